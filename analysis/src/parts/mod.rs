//! The parts of a piece: which tracks and channels they are, whether they are drums, and what each does.

mod drums;
mod role;

use jukebox_model::midi::Score;

pub use role::Role;

/// The first of General MIDI's sound effects, counted from 0; the rest are, too.
const EFFECTS: u8 = 120;

/// Notes of one track and channel.
#[derive(Clone, Debug, PartialEq)]
pub struct FilePart {
    /// The track's name; empty where it has none.
    pub name: String,
    /// Index of the track.
    pub track: u16,
    /// 0 to 15.
    pub channel: u8,
    /// The program that most of its notes have, 0 to 127; `None` where none is named.
    pub program: Option<u8>,
    /// Whether its notes have no pitch: drum hits, or the sounds of [`Role::Effects`].
    pub drums: bool,
    /// What it does.
    pub role: Role,
    /// Number of notes.
    pub notes: usize,
    /// Lowest and highest key.
    pub range: (u8, u8),
    /// Mean key.
    pub height: f64,
}

/// The parts of a score, in the order of tracks and channels, and the part of each note.
pub fn parts(score: &Score) -> (Vec<FilePart>, Vec<u16>) {
    let mut keys: Vec<(u16, u8)> = score.notes.iter().map(|it| (it.track, it.channel)).collect();
    keys.sort_unstable();
    keys.dedup();
    keys.truncate(usize::from(u16::MAX));
    let part_of: Vec<u16> = score
        .notes
        .iter()
        .map(|it| keys.binary_search(&(it.track, it.channel)).unwrap_or(keys.len() - 1) as u16)
        .collect();
    let mut notes_of = vec![Vec::new(); keys.len()];
    for (note, &part) in score.notes.iter().zip(&part_of) {
        notes_of[usize::from(part)].push(*note);
    }
    let mut parts: Vec<FilePart> = keys
        .iter()
        .zip(&notes_of)
        .map(|(&(track, channel), notes)| {
            let name = score.tracks.get(usize::from(track)).map_or("", |it| it.name.as_str());
            let program = usual_program(notes);
            let pitches = notes.iter().map(|it| it.pitch);
            let hits = notes.iter().filter(|note| note.drums).count();
            let hit = 2 * hits > notes.len() || drums::are_drums(name, program, notes);
            let effects = !hit && program.is_some_and(|it| it >= EFFECTS);
            FilePart {
                name: name.to_owned(),
                track,
                channel,
                program,
                drums: hit || effects,
                role: match (hit, effects) {
                    (true, _) => Role::Drums,
                    (_, true) => Role::Effects,
                    _ => Role::Middle,
                },
                notes: notes.len(),
                height: notes.iter().map(|it| f64::from(it.pitch)).sum::<f64>()
                    / notes.len().max(1) as f64,
                range: (pitches.clone().min().unwrap_or(0), pitches.max().unwrap_or(0)),
            }
        })
        .collect();
    role::assign(&mut parts, &notes_of);
    (parts, part_of)
}

/// The program of most notes.
fn usual_program(notes: &[jukebox_model::midi::ScoreNote]) -> Option<u8> {
    let mut counts = [0usize; 128];
    for program in notes.iter().filter_map(|note| note.program) {
        counts[usize::from(program & 127)] += 1;
    }
    let (program, &count) = counts.iter().enumerate().max_by_key(|&(_, count)| count)?;
    (count > 0).then_some(program as u8)
}

#[cfg(test)]
mod tests {
    use jukebox_model::midi::read_score;

    use super::*;

    #[test]
    fn a_drum_channel_by_the_word_of_the_file_is_a_part_of_drums() {
        // GS: channel 3 for drums, channel 10 for pitches; a note on each.
        let track = [
            &[0, 0xf0, 10, 0x41, 0x10, 0x42, 0x12, 0x40, 0x13, 0x15, 1, 0x17, 0xf7][..],
            &[0, 0xf0, 10, 0x41, 0x10, 0x42, 0x12, 0x40, 0x10, 0x15, 0, 0x1b, 0xf7],
            &[0, 0x92, 36, 90, 24, 0x82, 36, 0, 0, 0x99, 60, 90, 24, 0x89, 60, 0],
            &[0, 0xff, 0x2f, 0],
        ];
        let track = track.concat();
        let mut file = b"MThd\0\0\0\x06\0\0\0\x01\0\x18MTrk\0\0\0".to_vec();
        file.push(track.len() as u8);
        file.extend(track);
        let (parts, _) = parts(&read_score(&file).expect("a file"));
        let drums: Vec<_> = parts.iter().map(|part| (part.channel, part.drums)).collect();
        assert_eq!(drums, [(2, true), (9, false)]);
    }
}
