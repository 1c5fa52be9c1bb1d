//! The command `jukebox`: learns a record from a collection of MIDI files, and composes with it.
//!
//! [`cli`] says what can be asked for. Each command has a module: [`mod@train`], [`mod@compose`],
//! [`mod@evaluate`], [`mod@report`], [`mod@inspect`] and [`mod@compact`]; `run` is the first two. With the
//! feature `play` there is a module `play` as well. They
//! stand in layers, and imports go downwards only:
//!
//! ```text
//! cli
//! train   report   inspect   compact   play
//! evaluate         compose
//! dataset                     collections of MIDI files, divided and encoded
//! takes                       composed like given pieces
//! measures  render            form, harmony and groove of pieces; plots, piano rolls, sound
//! files  format  names  terminal  memory  advice  welcome  manual
//! ```

pub mod advice;
pub mod cli;
pub mod compact;
pub mod compose;
pub mod dataset;
pub mod evaluate;
pub mod files;
pub mod format;
pub mod inspect;
pub mod knobs;
pub mod manual;
pub mod measures;
pub mod memory;
pub mod names;
#[cfg(feature = "play")]
pub mod play;
pub mod render;
pub mod report;
pub mod takes;
pub mod terminal;
pub mod train;
pub mod welcome;
