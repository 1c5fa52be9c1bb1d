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

use bars::Bars;
use beats::Beats;
use chords::ChordSpan;
pub use error::AnalysisError;
use form::{Likeness, Section};
use jukebox_model::midi::Score;
use key::KeySpan;
use notes::{Heard, notes_of};
use parts::FilePart;

/// Seconds that a piece may last. Following its beats then takes 110 MB at most.
pub const LONGEST: f64 = 3.0 * 3600.0;

/// Beats that a file's meter may give a piece: nine a second for three hours.
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
}

/// Understands a score.
///
/// # Errors
/// Where it has no notes, lasts longer than [`LONGEST`], or states more than [`MOST_BEATS`]: a few bytes
/// can state any number of hours and beats, so this is looked at before anything is built.
pub fn analyse(score: &Score) -> Result<Analysis, AnalysisError> {
    if score.notes.is_empty() {
        return Err(AnalysisError::NoNotes);
    }
    let ends = score.notes.iter().map(|note| note.until.max(note.sounds_until));
    let seconds = ends.fold(0.0, f64::max);
    if seconds > LONGEST {
        return Err(AnalysisError::TooLong { seconds });
    }
    let stated = beats::stated_meter(score).filter(|_| beats::is_quantised(score));
    if let Some(meters) = &stated {
        let beats = meter_map::count(score, meters);
        if beats > MOST_BEATS as f64 {
            return Err(AnalysisError::TooManyBeats { beats });
        }
    }
    let (parts, part_of) = parts::parts(score);
    let notes = notes_of(score, &parts, &part_of);
    let stated = stated
        .map(|meters| meter_map::beats_and_bars(score, &meters))
        .filter(|(beats, _)| !beats::is_shifted(&notes, beats));
    let (beats, bars) = stated.unwrap_or_else(|| {
        let beats = beats::infer(&notes, score);
        let bars = bars::bars(&notes, &beats.times, beats.division);
        (beats, bars)
    });
    let end = notes.iter().map(|note| note.until).fold(0.0, f64::max);
    let mut times = beats.times.clone();
    times.extend((times.last().is_some_and(|&last| last < end)).then_some(end));
    let positions = bars.positions(beats.times.len());
    let chords = if parts.iter().all(|part| part.drums) {
        Vec::new()
    } else {
        let count = bars.beats_a_bar();
        chords::spans(&chords::chords(&notes, &times, &positions, count), &times)
    };
    let mut lines: Vec<f64> = bars.lines.iter().map(|&beat| beats.times[beat]).collect();
    lines.extend((lines.last().is_some_and(|&last| last < end)).then_some(end));
    let keys = key::keys(&notes, &lines);
    let likenesses = form::likenesses(&notes, &beats.times, &bars.lines);
    let sections = form::sections(&notes, &beats.times, &bars.lines);
    Ok(Analysis { notes, parts, beats, bars, chords, keys, likenesses, sections, end })
}
