//! The chords of a collection's pieces.

use std::borrow::Cow;

use jukebox_analysis::sheet::bar_chords;
use jukebox_model::piece::{Piece, Tick};
use jukebox_model::sheet::Form;
use jukebox_model::vocabulary::{BarChords, Encoded, RoundedValues, Vocabulary};

/// Mean number of pitched notes that sound at once, while any does, from which on music has chords to learn.
/// What a single line implies costs more to tell than it saves.
const POLYPHONY: f64 = 1.5;

/// Whether music has chords to learn.
pub fn has_chords(pieces: &[&Piece]) -> bool {
    polyphony(pieces) >= POLYPHONY
}

/// A piece as a vocabulary has it, with its chords where the vocabulary has any.
#[derive(Debug)]
pub struct Harmonised<'p> {
    piece: Cow<'p, Piece>,
    chords: Vec<BarChords>,
}

impl<'p> Harmonised<'p> {
    /// A piece in the parts of a vocabulary.
    pub fn new(vocabulary: &Vocabulary, piece: &'p Piece) -> Self {
        let piece = vocabulary.adopt(piece);
        let chords = if vocabulary.chords.is_empty() { Vec::new() } else { bar_chords(&piece) };
        Self { piece, chords }
    }

    /// Its events, and what was moved to the nearest entry.
    pub fn encode(&self, vocabulary: &Vocabulary) -> (Encoded, RoundedValues) {
        let (encoded, rounded) = vocabulary.encode(&self.piece);
        let encoded = vocabulary.harmonised(encoded, &self.piece, &self.chords);
        (vocabulary.arranged(encoded, &self.piece), rounded)
    }

    /// Where its bars come from, and their chords.
    pub fn form(&self, vocabulary: &Vocabulary) -> Form {
        Form::of(&self.piece, vocabulary, &self.chords)
    }
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
        let band = piece(&[48, 60, 64, 67]);
        assert!(has_chords(&[&band]) && !has_chords(&[&piece(&[60])]));
        let bars = bar_chords(&band);
        let vocabulary = Vocabulary::learn([&band]).unwrap().with_chords(&bars);
        assert_eq!(vocabulary.chords, ["C", "F"].map(|it| it.parse().unwrap()));
        let encoded = Harmonised::new(&vocabulary, &band).encode(&vocabulary).0;
        let chord = |index| vocabulary.chord(encoded.harmony(index)).unwrap().to_string();
        assert_eq!([0, 15, 16, 63].map(chord), ["C", "C", "F", "F"]);
    }
}
