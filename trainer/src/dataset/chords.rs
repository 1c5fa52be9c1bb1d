//! The chords of a collection's pieces.

use jukebox_analysis::sheet::bar_chords;
use jukebox_model::piece::{Piece, Tick};
use jukebox_model::sheet::Form;
use jukebox_model::vocabulary::{Encoded, RoundedValues, Vocabulary};
use rayon::prelude::*;

/// Mean number of pitched notes that sound at once, while any does, from which on music has chords to learn.
/// What a single line implies costs more to tell than it saves.
const POLYPHONY: f64 = 1.5;

/// The vocabulary with the chords of some pieces, where they have any.
pub fn learn_chords(vocabulary: Vocabulary, pieces: &[&Piece]) -> Vocabulary {
    if polyphony(pieces) < POLYPHONY {
        return vocabulary;
    }
    let bars: Vec<_> = pieces.par_iter().map(|piece| bar_chords(piece)).collect();
    vocabulary.with_chords(bars.iter().flatten())
}

/// A piece as events of a vocabulary, in its parts and to its chords, and what was moved to the nearest entry.
pub fn encode(vocabulary: &Vocabulary, piece: &Piece) -> (Encoded, RoundedValues) {
    let piece = vocabulary.adopt(piece);
    let (encoded, rounded) = vocabulary.encode(&piece);
    let chords = if vocabulary.chords.is_empty() { Vec::new() } else { bar_chords(&piece) };
    (vocabulary.harmonised(encoded, &piece, &chords), rounded)
}

/// Where the bars of a piece come from, and their chords where the vocabulary has any.
pub fn form(vocabulary: &Vocabulary, piece: &Piece) -> Form {
    let chords = if vocabulary.chords.is_empty() { Vec::new() } else { bar_chords(piece) };
    Form::of(piece, vocabulary, &chords)
}

/// Mean number of pitched notes that sound at once, while any does.
fn polyphony(pieces: &[&Piece]) -> f64 {
    let (mut sounding, mut time) = (0u64, 0u64);
    for piece in pieces {
        let mut until: Tick = 0;
        for note in piece.notes.iter().filter(|it| !piece.is_drum(it)) {
            sounding += u64::from(note.duration);
            time += u64::from(note.end().saturating_sub(note.onset.max(until)));
            until = until.max(note.end());
        }
    }
    sounding as f64 / time.max(1) as f64
}

#[cfg(test)]
mod tests {
    use jukebox_model::piece::Note;

    use super::*;

    fn piece(pitches: &[u8]) -> Piece {
        let notes = (0..16u32).flat_map(|beat| {
            pitches.iter().map(move |&pitch| Note {
                onset: 24 * beat,
                part: 0,
                pitch: pitch + (beat / 4 % 2) as u8 * 5,
                duration: 24,
                velocity: 80,
            })
        });
        Piece { notes: notes.collect(), ..Piece::default() }
    }

    #[test]
    fn music_of_many_notes_has_chords_and_a_line_has_none() {
        let chords = |piece: &Piece| {
            let vocabulary = Vocabulary::learn([piece]).unwrap();
            learn_chords(vocabulary, &[piece]).chords
        };
        let band = piece(&[48, 60, 64, 67]);
        assert_eq!(chords(&band), ["C", "F"].map(|it| it.parse().unwrap()));
        assert!(chords(&piece(&[60])).is_empty());
        let vocabulary = learn_chords(Vocabulary::learn([&band]).unwrap(), &[&band]);
        let encoded = encode(&vocabulary, &band).0;
        let chord = |index| vocabulary.chord(encoded.harmony(index)).unwrap().to_string();
        assert_eq!([0, 15, 16, 63].map(chord), ["C", "C", "F", "F"]);
    }
}
