//! What the trainer and the plugin of AI Jukebox share.
//!
//! The way of the music through this crate:
//!
//! ```text
//! MIDI file -> midi -> Piece -> vocabulary -> events -> network -> Record
//! Record + settings + past (+ future) -> composer, with its motif memory -> bars of a Take -> midi -> MIDI file
//! ```
//!
//! The crate knows no host, no window and no command line. The differentiable network needs
//! Candle and stands behind the feature `train`; loading a record and composing with it do not.

#![deny(missing_docs)]

pub mod chord;
pub mod composer;
pub mod format;
pub mod key;
pub mod meter;
pub mod midi;
pub mod motif;
pub mod network;
pub mod piece;
pub mod pitch_classes;
pub mod random;
pub mod record;
pub mod sheet;
pub mod take;
pub mod vocabulary;
