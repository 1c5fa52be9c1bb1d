//! Long pieces to measure with.

use jukebox_model::piece::{Note, Piece};

/// A piece of four voices in eighths, a chord at a time: a file of so many notes.
pub fn piece(notes: usize) -> Piece {
    let note = |index: usize| {
        let (chord, voice) = ((index / 4) as u32, index % 4);
        // A walk that comes back every 7 and every 12 chords.
        let degree =
            [0, 2, 4, 5, 7, 9, 11][((chord % 7) * (chord % 7) % 7) as usize] + (chord % 12) as u8;
        Note {
            onset: 12 * chord,
            part: 0,
            pitch: 40 + 12 * voice as u8 + degree % 12,
            duration: 12,
            velocity: 70 + 10 * (chord % 4) as u8,
        }
    };
    Piece { notes: (0..notes).map(note).collect(), ..Piece::default() }
}
