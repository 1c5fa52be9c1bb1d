//! The white-key frame, section by section: a medley or a piece that modulates has a key for each.

use jukebox_model::key::{KeySignature, white_key_shift};
use jukebox_model::piece::{Note, Piece, Tick};

use crate::key;
use crate::notes::Heard;

/// Bars that a key must last to have a frame of its own: what is shorter is a visit to another key, which is
/// to be learnt as such.
const FEWEST_BARS: usize = 8;

/// Semitones by which a section is moved at most.
const FIFTH: i8 = 7;

/// Ticks that are taken for a second: 120 quarter notes a minute.
const SECOND: f64 = 48.0;

/// Bars beyond which no key is looked for.
const MOST_BARS: u32 = 100_000;

/// The shifts in semitones that bring a piece's sections to the white keys, each from a tick on; the first from
/// 0. A piece in one key has one, that of [`Piece::to_white_keys`]. No section is moved by more than a fifth, or
/// pieces of many keys would wander out of the register of others; of two such shifts it has the one that is nearer
/// to that of the section before.
pub fn shifts(piece: &Piece) -> Vec<(Tick, i8)> {
    let pitched: Vec<Note> = piece.notes.iter().filter(|it| !piece.is_drum(it)).copied().collect();
    if pitched.is_empty() {
        return vec![(0, 0)];
    }
    let mut shifts: Vec<(Tick, i8)> = Vec::new();
    let sections = sections(piece);
    for (index, &(from, key)) in sections.iter().enumerate() {
        let until = sections.get(index + 1).map_or(Tick::MAX, |next| next.0);
        let range = |at: Tick| pitched.partition_point(|note| note.onset < at);
        let notes = &pitched[range(from)..range(until)];
        let key = if sections.len() > 1 { Some(key) } else { piece.key };
        let shift = white_key_shift(notes, key);
        match shifts.last() {
            None => shifts.push((from, shift)),
            Some(&(_, before)) if before == shift => {}
            Some(&(_, before)) => {
                let octaves = [shift, shift + 12, shift - 12];
                let near = octaves.into_iter().filter(|it| it.abs() <= FIFTH);
                let nearest = near.min_by_key(|it| (it.abs_diff(before), it.abs()));
                shifts.push((from, nearest.unwrap_or(shift)));
            }
        }
    }
    shifts
}

/// The ticks from which keys with other accidentals hold, and those keys; the first from 0.
fn sections(piece: &Piece) -> Vec<(Tick, KeySignature)> {
    let whole = vec![(0, piece.key.unwrap_or(KeySignature { sharps: 0, minor: false }))];
    let bars = piece.bars();
    if bars < 2 * FEWEST_BARS as u32 || bars > MOST_BARS {
        return whole;
    }
    let lines: Vec<Tick> = (0..=bars).map(|number| piece.meters.bar(number).start).collect();
    let heard = |note: &Note| Heard {
        from: f64::from(note.onset) / SECOND,
        until: f64::from(note.end()) / SECOND,
        sounds_until: f64::from(note.end()) / SECOND,
        quarter: f64::from(note.onset) / 24.0,
        pitch: note.pitch,
        velocity: note.velocity,
        drum: piece.is_drum(note),
        part: note.part.into(),
    };
    let notes: Vec<Heard> = piece.notes.iter().map(heard).collect();
    let seconds: Vec<f64> = lines.iter().map(|&line| f64::from(line) / SECOND).collect();
    // Bars with each key's accidentals; a relative minor has those of its major.
    let mut spans: Vec<(usize, usize, KeySignature)> = Vec::new();
    for span in key::keys(&notes, &seconds) {
        match spans.last_mut() {
            Some(last) if last.2.to_white_keys() == span.key.to_white_keys() => {
                last.1 = span.until_bar;
            }
            _ => spans.push((span.from_bar, span.until_bar, span.key)),
        }
    }
    let mut kept: Vec<(usize, usize, KeySignature)> = Vec::new();
    for span in spans {
        match kept.last_mut() {
            // A visit, or the return from one.
            Some(last)
                if span.1 - span.0 < FEWEST_BARS
                    || last.2.to_white_keys() == span.2.to_white_keys() =>
            {
                last.1 = span.1;
            }
            _ => kept.push(span),
        }
    }
    if kept.len() > 1 && kept[0].1 - kept[0].0 < FEWEST_BARS {
        kept[1].0 = 0;
        kept.remove(0);
    }
    match kept.len() {
        0 | 1 => whole,
        _ => kept.iter().map(|&(from, _, key)| (lines[from], key)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many bars of a tune in C, moved by semitones.
    fn bars(count: u32, from: u32, moved: u8) -> impl Iterator<Item = Note> {
        let tune = [60u8, 64, 67, 65, 62, 71, 67, 72];
        (0..count * 8).map(move |eighth| Note {
            onset: from * 96 + eighth * 12,
            part: 0,
            pitch: tune[(eighth % 8) as usize] + moved,
            duration: 12,
            velocity: 80,
        })
    }

    fn piece(notes: impl Iterator<Item = Note>) -> Piece {
        Piece { notes: notes.collect(), ..Piece::default() }
    }

    #[test]
    fn a_piece_in_one_key_has_the_frame_that_it_always_had() {
        let piece = piece(bars(24, 0, 2));
        assert_eq!(shifts(&piece), [(0, piece.to_white_keys().1)]);
    }

    #[test]
    fn each_tune_of_a_medley_comes_to_the_white_keys() {
        let piece = piece(bars(16, 0, 2).chain(bars(16, 16, 7)).chain(bars(16, 32, 3)));
        // From -2 up to 5 it would be a seventh, down to -7 it is a fourth.
        assert_eq!(shifts(&piece), [(0, -2), (16 * 96, -7), (32 * 96, -3)]);
        assert!(
            piece
                .shifted(&shifts(&piece))
                .notes
                .iter()
                .all(|it| { jukebox_model::key::is_white(it.pitch.into()) })
        );
    }

    #[test]
    fn sections_of_many_keys_stay_in_their_register() {
        let keys = [(7, 5), (10, 2), (5, 7), (2, -2)];
        let bars = (0..).zip(keys).flat_map(|(index, (moved, _))| bars(16, 16 * index, moved));
        let expected: Vec<(Tick, i8)> =
            (0..).zip(keys).map(|(index, (_, shift))| (16 * 96 * index, shift)).collect();
        assert_eq!(shifts(&piece(bars)), expected);
    }

    #[test]
    fn a_visit_to_another_key_is_learnt_as_such() {
        let piece = piece(bars(16, 0, 0).chain(bars(4, 16, 3)).chain(bars(16, 20, 0)));
        assert_eq!(shifts(&piece), [(0, 0)]);
    }
}
