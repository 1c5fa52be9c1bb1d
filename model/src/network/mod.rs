//! The network: a two-sided LSTM with conditional heads.
//!
//! ```text
//! past events   -> embedding -> forward LSTM  --+
//!                                               +-> step -> part -> pitch -> duration -> velocity
//! future events -> embedding -> backward LSTM --+        (each head reads the choices before it,
//!                                                         the place in bar and phrase, and the
//!                                                         time left until the future)
//! ```
//!
//! The part is chosen only where a vocabulary has two parts or more; without them there are four heads.
//! The factored heads follow BachProp (Colombo, Brea, Gerstner: arXiv 1812.06669, section 3). Each
//! direction is a stack of its own, so that the forward one never sees what is to come.
//!
//! [`rows`] says which embedding rows an event, a place and a time select, [`masks`] what may be chosen;
//! [`weights`] names the
//! tensors, and [`Weights::extended`] fits them to a larger vocabulary; [`step`] composes with them, one
//! note at a time, in plain slices; the training side, behind the feature `train`, learns them in
//! Candle.

mod extend;
pub mod kernel;
pub mod masks;
pub mod rows;
pub mod step;
#[cfg(feature = "train")]
pub mod training;
pub mod weights;

pub use masks::{Allowed, Masks};
pub use weights::Weights;

use serde::{Deserialize, Serialize};

use crate::vocabulary::NoteEvent;

/// The choices that make a note, in the order in which they are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Head {
    /// Ticks since the previous onset.
    Step,
    /// Who plays, where a vocabulary has two parts or more.
    Part,
    /// The key number.
    Pitch,
    /// Ticks until the release.
    Duration,
    /// How loud.
    Velocity,
}

impl Head {
    /// All heads, in the order in which they choose. Arrays with a value for each are in this order.
    pub const ALL: [Head; 5] =
        [Head::Step, Head::Part, Head::Pitch, Head::Duration, Head::Velocity];
    /// Number of heads, with the one that chooses the part.
    pub const COUNT: usize = Self::ALL.len();
    /// The heads of a network whose notes choose no part.
    const PLAIN: [Head; 4] = [Head::Step, Head::Pitch, Head::Duration, Head::Velocity];

    /// The heads that choose, in their order: all, or all but the part.
    pub const fn choosing(parts: bool) -> &'static [Head] {
        if parts { &Self::ALL } else { &Self::PLAIN }
    }

    /// The name used in tensor names and tables.
    pub fn name(self) -> &'static str {
        match self {
            Head::Step => "step",
            Head::Part => "part",
            Head::Pitch => "pitch",
            Head::Duration => "duration",
            Head::Velocity => "velocity",
        }
    }
}

impl NoteEvent {
    /// The entry that a head has chosen.
    pub fn chosen(&self, head: Head) -> u16 {
        match head {
            Head::Step => self.step,
            Head::Part => self.part,
            Head::Pitch => self.pitch,
            Head::Duration => self.duration,
            Head::Velocity => self.velocity,
        }
    }
}

/// The sizes of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// Units of each LSTM layer, in each direction.
    pub hidden: usize,
    /// LSTM layers in each direction.
    pub layers: usize,
    /// Width of the event embedding that the first layers read.
    pub embedding: usize,
    /// Width of each head's inner layer.
    pub head: usize,
}

impl Config {
    /// Largest width that a record may ask for.
    pub const MAX_WIDTH: usize = 2048;
    /// Most layers that a record may ask for.
    pub const MAX_LAYERS: usize = 3;

    /// Checks that the sizes lie within limits.
    ///
    /// # Errors
    /// Says which size does not, and what it may be.
    pub fn validate(&self) -> Result<(), String> {
        for (name, size, most) in [
            ("hidden", self.hidden, Self::MAX_WIDTH),
            ("layers", self.layers, Self::MAX_LAYERS),
            ("embedding", self.embedding, Self::MAX_WIDTH),
            ("head", self.head, Self::MAX_WIDTH),
        ] {
            if !(1..=most).contains(&size) {
                return Err(format!("{name} is {size}; it may be 1 to {most}"));
            }
        }
        Ok(())
    }
}
