//! The network: a two-sided LSTM with four conditional heads.

use serde::{Deserialize, Serialize};

/// The sizes of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// Units of each LSTM layer, in each direction.
    pub hidden: usize,
    /// LSTM layers in each direction, 1 to 3.
    pub layers: usize,
    /// Width of the event embedding that the first layers read.
    pub embedding: usize,
    /// Width of each head's inner layer.
    pub head: usize,
}

/// The trained numbers, by tensor name.
pub struct Weights {}
