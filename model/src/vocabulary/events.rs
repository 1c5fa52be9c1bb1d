//! Pieces as sequences of events.

use super::Vocabulary;
use super::place::Place;
use crate::piece::{Piece, Tick};

/// A note as the network reads and writes it: places in the lists of the [`Vocabulary`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Event {
    /// Place in [`Vocabulary::steps`].
    pub step: u16,
    /// Place in [`Vocabulary::pitches`].
    pub pitch: u16,
    /// Place in [`Vocabulary::durations`].
    pub duration: u16,
    /// Place in [`Vocabulary::velocities`].
    pub velocity: u16,
}

/// A piece as events, with the place and time of each.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Encoded {
    /// The events in order.
    pub events: Vec<Event>,
    /// The place of each event's onset.
    pub places: Vec<Place>,
    /// The onset of each event, in ticks from the start of the piece.
    pub onsets: Vec<Tick>,
    /// The place where the piece starts.
    pub start: Place,
}

/// How many values of a collection are not in its vocabulary and were moved to the nearest that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Rounding {
    /// Notes in all.
    pub notes: usize,
    /// Steps that were moved.
    pub steps: usize,
    /// Pitches that were moved, by octaves where that suffices.
    pub pitches: usize,
    /// Durations that were moved.
    pub durations: usize,
}

impl Vocabulary {
    /// A piece as events, and what had to be moved to the nearest entry. The piece is taken as it
    /// is: bring it to the white keys first (see [`crate::key::white_key_shift`]).
    pub fn encode(&self, piece: &Piece) -> (Encoded, Rounding) {
        let _ = piece;
        todo!()
    }
}
