//! The arithmetic under the network, over plain slices.

pub mod activation;
#[cfg(feature = "train")]
pub mod matmul;
pub mod matvec;
