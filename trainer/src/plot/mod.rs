//! Pictures: the loss curve of a training, and the piano roll of a tune.

mod canvas;
mod loss;
mod roll;

pub use loss::{Point, loss};
pub use roll::roll;
