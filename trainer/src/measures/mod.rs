//! What is measured of music, one piece at a time: form, harmony, groove, dynamics and drums.
//!
//! ```text
//! Piece -> bars -> form, harmony, groove, dynamics, drums   values of one piece
//!                        |
//!                  values, shares                           their mean and spread over a set
//!                        |
//!                  distances                                of two sets; of a set's halves, the yardstick
//! ```
//!
//! All of it reads the first [`MOST_BARS`] bars with notes, knows neither network nor files, and is cheap enough
//! for a search that composes hundreds of pieces.

mod bars;
mod distances;
mod drums;
mod dynamics;
pub mod form;
mod groove;
mod harmony;
mod shares;
mod values;

pub use bars::MOST_BARS;
pub use distances::{Distances, distances, halves};
pub use drums::Drums;
pub use dynamics::Dynamics;
pub use form::{Form, FormProfile};
pub use groove::Groove;
pub use harmony::Harmony;
pub use shares::{Shares, total_variation};
pub use values::{Spread, Values, deviations, profile};

use jukebox_model::piece::{Note, Piece};
use rayon::prelude::*;

use self::bars::bars;

/// Notes that a piece needs for harmony, groove, dynamics or drums: of fewer nothing can be said.
const FEWEST_NOTES: usize = 24;

/// All that is measured of one piece; `None` where it has too little of something.
#[derive(Clone, Debug)]
pub struct Measured {
    /// How it repeats itself.
    pub form: Option<Form>,
    /// What sounds together; of pitched notes.
    pub harmony: Option<Harmony>,
    /// When notes start and how long they are; of pitched notes where there are any.
    pub groove: Option<Groove>,
    /// How loud they are; of pitched notes where there are any.
    pub dynamics: Option<Dynamics>,
    /// How drums are played.
    pub drums: Option<Drums>,
}

impl Measured {
    /// Measures a piece.
    pub fn of(piece: &Piece) -> Self {
        let bars = bars(piece);
        let notes = || bars.iter().flat_map(|bar| bar.notes).copied();
        let (drums, pitched): (Vec<Note>, Vec<Note>) = notes().partition(|it| piece.is_drum(it));
        let line = if pitched.is_empty() { &drums } else { &pitched };
        Self {
            form: form::measure_bars(piece, &bars),
            harmony: harmony::measure(&pitched, &bars),
            groove: groove::measure(line, &bars),
            dynamics: dynamics::measure(line, &bars),
            drums: drums::measure(&drums, &bars),
        }
    }

    /// Measures pieces on all cores, in their order.
    pub fn all(pieces: &[Piece]) -> Vec<Self> {
        pieces.par_iter().map(Self::of).collect()
    }
}

#[cfg(test)]
mod tests {
    use jukebox_model::piece::Tick;

    use super::*;

    /// A piece of notes: onset, pitch, duration, velocity.
    pub(super) fn piece(notes: impl IntoIterator<Item = (Tick, u8, Tick, u8)>) -> Piece {
        let note =
            |(onset, pitch, duration, velocity)| Note { onset, part: 0, pitch, duration, velocity };
        let mut notes: Vec<Note> = notes.into_iter().map(note).collect();
        notes.sort_unstable();
        Piece { notes, ..Piece::default() }
    }

    #[test]
    fn drums_have_no_harmony_and_pitched_notes_no_drums() {
        let beat = piece((0..64).map(|it| (12 * it, if it % 2 == 0 { 36 } else { 42 }, 6, 90)));
        let tune = Measured::of(&beat);
        assert!(tune.harmony.is_some() && tune.drums.is_none());
        let drums = Measured::of(&Piece { drums: true, ..beat });
        assert!(drums.harmony.is_none() && drums.drums.is_some() && drums.groove.is_some());
    }

    #[test]
    fn silence_and_a_single_note_are_too_little_for_anything() {
        for piece in [Piece::default(), piece([(0, 60, 24, 80)])] {
            let Measured { form, harmony, groove, dynamics, drums } = Measured::of(&piece);
            assert!(form.is_none() && harmony.is_none() && groove.is_none());
            assert!(dynamics.is_none() && drums.is_none());
        }
    }
}
