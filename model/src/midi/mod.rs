//! Standard MIDI files: import to a [`Piece`](crate::piece::Piece), and export.
//!
//! Import reads formats 0, 1 and 2, bare or in a RIFF wrapper (`.rmi`), and brings them to the
//! model's time (see [`Division`]). It is made for files as they are: what can be read is read, and
//! the [`ImportReport`] says what was lost. No bytes make it panic, nor take more memory than a small
//! multiple of their own size. `docs/import.md` lists the rules.
//!
//! Runs on any thread but the audio thread: it allocates.

mod clock;
mod container;
mod drum_mode;
mod error;
mod events;
mod export;
mod file;
mod import;
mod keys;
mod lines;
mod melody;
mod opening;
mod part;
mod pedal;
mod programs;
mod report;
mod score;
mod text;
mod time_map;
mod tracks;

pub use clock::Division;
pub use error::ImportError;
pub use export::{Instrument, Mark, export, export_for, export_marked};
pub use file::MidiFile;
pub use import::{Import, ImportOptions, import};
pub use keys::Releases;
pub use lines::{Line, Lines, NamePattern};
pub use melody::highest_line;
pub use part::{PartChoice, PartError};
pub use report::{Damage, ImportReport, Rounding, TrackReport};
pub use score::{Score, ScoreNote, ScoreTrack, read_score};
pub use time_map::TimeMap;

use programs::Programs;

/// Most notes that a file may hold.
pub const MAX_NOTES: usize = 4_000_000;

/// Length that a piece may have, in ticks: a million bars of 4/4. What a file puts after it, most
/// likely by a damaged time, is dropped.
pub const MAX_LENGTH: crate::piece::Tick = 96_000_000;

/// General MIDI's drum channel, counted from 0.
use crate::piece::DRUM_CHANNEL;
