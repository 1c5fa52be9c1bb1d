//! The command `jukebox`: learns a record from a collection of MIDI files, and composes with it.
//!
//! [`cli`] says what can be asked for. Each command has a module: [`mod@train`],
//! [`mod@compose`], [`mod@evaluate`], [`mod@report`], [`mod@inspect`] and [`mod@compact`]; `run` is the
//! first two. They share [`collection`] (MIDI files to learn from), [`plot`] (pictures), [`sound`],
//! [`mod@device`], [`files`] (which appear whole or not at all), [`memory`], [`names`] (of notes),
//! [`table`] and [`say`].

pub mod cli;
pub mod compact;
pub mod compose;
pub mod dataset;
pub mod evaluate;
pub mod files;
pub mod format;
pub mod inspect;
pub mod memory;
pub mod names;
pub mod render;
pub mod report;
pub mod table;
pub mod train;

pub use format as say;
pub(crate) use render as plot;
pub(crate) use render::sound;
