//! What AI Jukebox understands of a piece: pieces in, annotations out.
//!
//! ```text
//! midi::read_score -> parts -> notes -> beats -> bars -> chords, keys, form, quantised notes
//! ```
//!
//! No network, no command line, no host. Runs on any thread but the audio thread: it allocates.

#![deny(missing_docs)]

pub mod bars;
pub mod beats;
pub mod chords;
mod error;
pub mod form;
pub mod key;
mod meter_map;
pub mod notes;
pub mod parts;
pub mod quantise;
mod rhythm;
pub mod sheet;
pub mod white_keys;

use bars::Bars;
use beats::Beats;
use chords::ChordSpan;
pub use error::AnalysisError;
use form::{Likeness, Section};
use jukebox_model::key::KeySignature;
use jukebox_model::midi::Score;
use key::KeySpan;
use notes::Heard;
use parts::FilePart;
pub use rhythm::Rhythm;

/// Seconds that a piece may last.
pub const LONGEST: f64 = 24.0 * 3600.0;

/// Beats that a piece may have: nine a second for three hours.
pub const MOST_BEATS: usize = 100_000;

/// What is understood of a piece.
#[derive(Clone, Debug, PartialEq)]
pub struct Analysis {
    /// Its notes, by onset.
    pub notes: Vec<Heard>,
    /// Its parts.
    pub parts: Vec<FilePart>,
    /// Its beats.
    pub beats: Beats,
    /// Its bars.
    pub bars: Bars,
    /// Its chords, one after another from the first beat to the end; empty for drums alone.
    pub chords: Vec<ChordSpan>,
    /// Its keys, over bars.
    pub keys: Vec<KeySpan>,
    /// For each bar the earlier one that it is like.
    pub likenesses: Vec<Option<Likeness>>,
    /// Its sections, over bars.
    pub sections: Vec<Section>,
    /// Seconds at which the last note has ended.
    pub end: f64,
}

impl Analysis {
    /// Seconds of the bar lines.
    pub fn bar_lines(&self) -> Vec<f64> {
        self.bars.lines.iter().map(|&beat| self.beats.times[beat]).collect()
    }

    /// The key at a time in seconds; C where none is known.
    pub fn key_at(&self, seconds: f64) -> KeySignature {
        let lines =
            self.bars.lines.partition_point(|&beat| self.beats.times[beat] <= seconds + 1e-6);
        let until = self.keys.partition_point(|span| span.until_bar < lines);
        self.keys
            .get(until)
            .or(self.keys.last())
            .map_or(KeySignature { sharps: 0, minor: false }, |span| span.key)
    }
}

/// Understands a score.
///
/// # Errors
/// As [`Rhythm::of`].
pub fn analyse(score: &Score) -> Result<Analysis, AnalysisError> {
    Rhythm::of(score).map(Rhythm::analyse)
}
