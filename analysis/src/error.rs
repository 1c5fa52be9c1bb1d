//! Why a score is not analysed.

use std::error::Error;
use std::fmt;

use crate::{LONGEST, MOST_BEATS};

/// Why a score is not analysed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum AnalysisError {
    /// It has no notes.
    NoNotes,
    /// It lasts longer than [`LONGEST`].
    TooLong {
        /// Seconds until its last sound ends.
        seconds: f64,
    },
    /// It has more than [`MOST_BEATS`].
    TooManyBeats {
        /// How many.
        beats: f64,
    },
}

impl fmt::Display for AnalysisError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoNotes => f.write_str("there are no notes: analyse a piece that has some"),
            Self::TooLong { seconds } => {
                // Rounded up, so that it is never told as the limit itself.
                let hours = (seconds / 360.0).ceil() / 10.0;
                let most = LONGEST / 3600.0;
                write!(
                    f,
                    "the notes last {hours} hours, of at most {most} that are understood: \
                     analyse a shorter piece"
                )
            }
            Self::TooManyBeats { beats } => write!(
                f,
                "there are {beats:.0} beats, of at most {MOST_BEATS} that are understood: analyse a shorter \
                 piece, or one without time signatures"
            ),
        }
    }
}

impl Error for AnalysisError {}
