//! The network as it is trained: in Candle, differentiable, a whole batch of sequences at once.
//!
//! Candle holds the variables and differentiates; what its own operations do slowly or not at all
//! are custom operations here, each with its own backward pass: [`lstm`] (both directions, a core
//! each), [`heads`] (everything from the states to the loss), [`ops`] (sums of table rows, dropout
//! that holds for a sequence). They run on the CPU. On other devices the same loss is computed with
//! Candle's own operations, in `portable`.

pub mod batch;
mod graph;
pub mod heads;
pub mod lstm;
pub mod ops;
mod portable;
mod recurrence;
mod slices;
pub mod spare;

pub use batch::{Batch, Foresight, Lane, Window};
pub use graph::{Carry, Graph, Loss};
pub use heads::{ChoiceLoss, Choices};
