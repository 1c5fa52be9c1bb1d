//! Which steps, pitches, durations and velocities a vocabulary keeps.

use super::Vocabulary;
use crate::piece::Piece;

impl Vocabulary {
    /// The vocabulary of a collection, or `None` where the pieces hold no note. The pieces are taken
    /// as they are: bring them to the white keys first (see [`crate::key::white_key_shift`]).
    pub fn learn<'a>(pieces: impl IntoIterator<Item = &'a Piece>) -> Option<Self> {
        let _ = pieces.into_iter();
        todo!()
    }
}
