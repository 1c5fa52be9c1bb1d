//! Whatever draws or sounds: the loss curve of a training, the piano roll of a tune, and its sound.

mod canvas;
mod loss;
mod roll;
pub mod sound;

pub use loss::{Point, loss};
pub use roll::roll;
