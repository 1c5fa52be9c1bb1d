//! The network: a two-sided LSTM with four conditional heads.
//!
//! ```text
//! past events   -> embedding -> forward LSTM  --+
//!                                               +-> step -> pitch -> duration -> velocity
//! future events -> embedding -> backward LSTM --+        (each head reads the choices before it,
//!                                                         the place in bar and phrase, and the
//!                                                         time left until the future)
//! ```
//!
//! The factored heads follow BachProp (Colombo, Brea, Gerstner: arXiv 1812.06669, section 3). Each
//! direction is a stack of its own, so that the forward one never sees what is to come.
//!
//! [`rows`] says which embedding rows an event, a place and a time select; [`weights`] names the
//! tensors, and [`Weights::extended`] fits them to a larger vocabulary; [`step`] composes with them, one
//! note at a time, in plain slices; the training side, behind the feature `train`, learns them in
//! Candle.

mod extend;
pub mod kernel;
pub mod rows;
pub mod step;
#[cfg(feature = "train")]
pub mod training;
pub mod weights;

pub use weights::Weights;

use serde::{Deserialize, Serialize};

/// The four choices that make a note, in the order in which they are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Head {
    /// Ticks since the previous onset.
    Step,
    /// The key number.
    Pitch,
    /// Ticks until the release.
    Duration,
    /// How loud.
    Velocity,
}

impl Head {
    /// All heads, in the order in which they choose.
    pub const ALL: [Head; 4] = [Head::Step, Head::Pitch, Head::Duration, Head::Velocity];

    /// The name used in tensor names and tables.
    pub fn name(self) -> &'static str {
        match self {
            Head::Step => "step",
            Head::Pitch => "pitch",
            Head::Duration => "duration",
            Head::Velocity => "velocity",
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
