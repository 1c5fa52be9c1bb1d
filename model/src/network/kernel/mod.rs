//! The arithmetic under the network, over plain slices.

pub mod activation;
#[cfg(feature = "train")]
pub mod cell;
#[cfg(feature = "train")]
pub mod matmul;
pub mod matvec;
pub(crate) mod simd;
#[cfg(feature = "train")]
mod tile;
