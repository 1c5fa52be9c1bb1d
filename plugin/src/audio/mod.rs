//! What runs in `process()`, on the audio thread: no allocation, no free, no lock, no system call, and no
//! wait but in an offline render.

pub mod bar_recorder;
pub mod input;
pub mod instrument;
pub mod note_merger;
pub mod phrase_recorder;
pub mod player;
pub mod processor;
mod render_detector;
