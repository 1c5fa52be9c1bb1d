//! Whatever draws or sounds: the loss curve of a training, piano rolls, web pages with charts, and tunes as
//! sound. It knows pieces and numbers, and nothing of where they come from.

mod canvas;
pub mod loss;
pub mod page;
pub mod roll;
pub mod sound;
