//! Composing a tune with a record: from options to a MIDI file, its picture and its sound.
//!
//! The modules stand in layers, and imports go downwards only:
//!
//! ```text
//! command                    the options of `compose`, and which of them go together
//! output                     what is made of a tune
//! tune                       composing
//! prompt   accompaniment     music that is given
//! given                      a MIDI file, as a record reads it
//! options  bars  parts       what can be asked for
//! ```

pub mod accompaniment;
pub mod bars;
mod chart;
pub mod command;
pub mod given;
pub mod options;
mod output;
pub mod parts;
pub mod prompt;
mod sheet;
pub mod tune;

pub use command::ComposeArgs;
pub use options::ComposeOptions;
pub use tune::{Task, Tune};
