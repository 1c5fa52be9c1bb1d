//! The parts of a piece: which tracks and channels they are, whether they are drums, and what each does.

mod drums;
mod role;

use jukebox_model::midi::Score;

pub use role::Role;

/// General MIDI's drum channel, counted from 0.
const DRUM_CHANNEL: u8 = 9;

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
    /// Whether its notes are drum hits.
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
            let drums = channel == DRUM_CHANNEL || drums::are_drums(name, program, notes);
            FilePart {
                name: name.to_owned(),
                track,
                channel,
                program,
                drums,
                role: if drums { Role::Drums } else { Role::Middle },
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
