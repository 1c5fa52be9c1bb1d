//! The command `jukebox`: learns a record from a collection of MIDI files, and composes with it.
//!
//! [`cli`] says what can be asked for. Each command has a module: [`training`] (`train`),
//! [`mod@compose`], [`mod@evaluate`], [`mod@report`], [`mod@inspect`] and [`mod@press`]; `run` is the
//! first two. They share [`collection`] (MIDI files to learn from), [`plot`] (pictures), [`sound`],
//! [`mod@device`], [`files`] (which appear whole or not at all), [`memory`], [`names`] (of notes),
//! [`table`] and [`say`].

pub mod cli;
pub mod collection;
pub mod compose;
pub mod device;
pub mod evaluate;
pub mod files;
pub mod inspect;
pub mod memory;
pub mod names;
pub mod plot;
pub mod press;
pub mod report;
pub mod say;
pub mod sound;
pub mod table;
pub mod training;
