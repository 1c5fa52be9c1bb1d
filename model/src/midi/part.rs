//! Which of a file's notes make the piece.

use std::fmt;
use std::num::NonZeroU16;
use std::str::FromStr;

use super::{ImportError, TrackReport};
use crate::piece::{Note, TICKS_PER_QUARTER, Tick};

/// Which of a file's notes make the piece. Written as `all`, `first`, `melody`, `drums` or a track
/// number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Part {
    /// Every pitched channel: all but channel 10.
    #[default]
    All,
    /// The first track with pitched notes.
    First,
    /// The highest line of the pitched channels.
    Melody,
    /// Channel 10, the drums.
    Drums,
    /// The track of a number, 1 being the first in the file. Its pitched notes, or its drums where
    /// it has nothing else.
    Track(NonZeroU16),
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::First => f.write_str("first"),
            Self::Melody => f.write_str("melody"),
            Self::Drums => f.write_str("drums"),
            Self::Track(number) => number.fmt(f),
        }
    }
}

/// Why a part cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a part: write all, first, melody, drums or a track number from 1 up")]
pub struct PartError(String);

impl FromStr for Part {
    type Err = PartError;

    fn from_str(text: &str) -> Result<Self, PartError> {
        let text = text.trim();
        let named = [Self::All, Self::First, Self::Melody, Self::Drums];
        match named.into_iter().find(|part| part.to_string().eq_ignore_ascii_case(text)) {
            Some(part) => Ok(part),
            None => text.parse().map(Self::Track).map_err(|_| PartError(text.to_owned())),
        }
    }
}

/// The notes that a part takes from a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Selection {
    /// The one track to take notes from, counted from 0; `None` takes all.
    pub track: Option<u16>,
    /// Whether to take channel 10, or all others.
    pub drums: bool,
}

impl Part {
    /// Finds the part's notes in a file that has some.
    ///
    /// # Errors
    /// Where the part is empty; the error says what the file has instead.
    pub(super) fn select(self, tracks: &[TrackReport]) -> Result<Selection, ImportError> {
        let pitched = tracks.iter().position(|track| track.notes > 0);
        let drums = tracks.iter().any(|track| track.drums > 0);
        let from = |index: usize, drums| Selection { track: Some(index as u16), drums };
        let found = match self {
            Self::All | Self::Melody => pitched.map(|_| Selection { track: None, drums: false }),
            Self::First => pitched.map(|index| from(index, false)),
            Self::Drums => drums.then_some(Selection { track: None, drums: true }),
            Self::Track(number) => {
                let index = usize::from(number.get()) - 1;
                let filled = |track: &&TrackReport| track.notes + track.drums > 0;
                tracks.get(index).filter(filled).map(|track| from(index, track.notes == 0))
            }
        };
        found.ok_or_else(|| ImportError::EmptyPart { part: self, advice: self.advice(tracks) })
    }

    /// What the file has instead of this part. Commands that let nobody choose say it, too.
    fn advice(self, tracks: &[TrackReport]) -> String {
        /// Tracks to list, at most.
        const MOST: usize = 8;
        match self {
            Self::All | Self::First | Self::Melody => {
                "the file has only drums (channel 10), the part drums".to_owned()
            }
            Self::Drums => "the file has no drums (channel 10), its part is all".to_owned(),
            Self::Track(_) => {
                let filled = |track: &TrackReport| track.notes + track.drums > 0;
                let name = |(index, track): (usize, &TrackReport)| match track.name.as_str() {
                    "" => (index + 1).to_string(),
                    name => format!("{} ({name})", index + 1),
                };
                let mut names: Vec<String> = tracks
                    .iter()
                    .enumerate()
                    .filter(|(_, track)| filled(track))
                    .map(name)
                    .take(MOST + 1)
                    .collect();
                if names.len() > MOST {
                    names[MOST] = "...".to_owned();
                }
                format!("tracks with notes are {}", names.join(", "))
            }
        }
    }
}

/// How far a melody falls at most, in semitones, below its last notes: what lies deeper accompanies it.
const FALL: u8 = 12;
/// So many last notes tell where a melody lies.
const LAST: usize = 4;
/// How long a melody rests before it may go on anywhere: two bars of 4/4.
const REST: Tick = 8 * TICKS_PER_QUARTER;

/// The highest line of a piece: at each onset its highest note, unless
///
/// - a note of the line that is higher sounds on through half of it or more, as a held melody note does
///   above its accompaniment, or
/// - it lies more than an octave below each of the line's last notes, and the line has rested for less
///   than two bars: where a melody breathes, its accompaniment does not become the melody. A piece with
///   two notes on less than a quarter of its onsets has no accompaniment, and leaps as far as it likes.
///
/// Each note ends where the next one starts. `notes` are sorted.
pub fn highest_line(notes: &[Note]) -> Vec<Note> {
    let chords = || notes.chunk_by(|a, b| a.onset == b.onset);
    let accompanied = 4 * chords().filter(|chord| chord.len() > 1).count() >= chords().count();
    let mut line: Vec<Note> = Vec::new();
    for chord in chords() {
        let Some(&top) = chord.last() else { continue };
        let recent = line.iter().rev().take(LAST).map(|note| note.pitch);
        let floor = recent.min().filter(|_| accompanied).unwrap_or(0).saturating_sub(FALL);
        if let Some(last) = line.last_mut() {
            let covered = u64::from(last.end().saturating_sub(top.onset));
            let is_covered = last.pitch > top.pitch && 2 * covered >= u64::from(top.duration);
            let rested = top.onset.saturating_sub(last.end());
            if is_covered || (top.pitch < floor && rested < REST) {
                continue;
            }
            last.duration = last.duration.min(top.onset - last.onset);
        }
        line.push(top);
    }
    line
}
