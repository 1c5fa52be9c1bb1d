//! The network as it is trained: in Candle, differentiable, a whole batch of sequences at once.
//!
//! Candle holds the variables and differentiates. On the CPU the work is done by three custom operations,
//! each with its own backward pass: [`ops`] (sums of table rows), [`lstm`] (a layer, both directions, a core
//! each), [`heads`] (everything from the states to the loss). On other devices candle-nn's layers compute the
//! same loss: `portable`, where the network is defined in a page.

pub mod batch;
pub mod buffer_pool;
mod choice_loss;
mod graph;
mod head_parameters;
pub mod heads;
pub mod lstm;
pub mod ops;
mod portable;
mod recurrence;
mod slices;

pub use batch::{Batch, Foresight, Lane, Window};
pub use choice_loss::{ChoiceLoss, Choices};
pub use graph::{Carry, Graph, Loss};
