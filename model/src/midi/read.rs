//! From the bytes of a file to all that it holds, in the model's time.

use midly::{MetaMessage, TrackEventKind};

use super::clock::Clock;
use super::container::Container;
use super::events::Events;
use super::tracks::Reader;
use super::{Division, ImportError, ImportReport, Part, Rounding};
use crate::key::KeySignature;
use crate::meter::MeterMap;
use crate::piece::{TempoChange, Tick};

/// Tempo where a file names none, in microseconds a quarter note.
const DEFAULT_TEMPO: u32 = 500_000;

/// The format whose tracks are patterns to be played one after another.
const SEQUENTIAL: u8 = 2;

/// All that a file holds.
pub(super) struct Score {
    /// Complete but for what depends on the part.
    pub report: ImportReport,
    /// In the order of the file.
    pub notes: Vec<RawNote>,
    pub meters: MeterMap,
    pub tempi: Vec<TempoChange>,
    pub key: Option<KeySignature>,
}

/// A note of a file.
#[derive(Clone, Copy)]
pub(super) struct RawNote {
    pub onset: Tick,
    /// Tick of the release, at or after the onset.
    pub end: Tick,
    /// Distance in ticks from the onset in the file to the rounded one.
    pub error: f32,
    /// Counted from 0.
    pub track: u16,
    pub drum: bool,
    /// Whether the file releases the note.
    pub released: bool,
    pub pitch: u8,
    pub velocity: u8,
}

/// Reads a file.
///
/// # Errors
/// Bytes that are no MIDI file, or give no note, or too many.
pub(super) fn read(bytes: &[u8]) -> Result<Score, ImportError> {
    let Container { rmid, format, division, announced, tracks, cut } = Container::open(bytes)?;
    let tempo = match division {
        Division::Quarter { .. } => None,
        Division::Smpte { .. } => first_tempo(&tracks),
    };
    let clock = Clock::new(division, tempo.unwrap_or(DEFAULT_TEMPO));
    let report = ImportReport {
        format,
        rmid,
        division,
        tracks: Vec::new(),
        channels: [0; 16],
        ignored_meters: 0,
        truncated: cut || tracks.len() < announced,
        part: Part::All,
        rounding: Rounding::default(),
        merged: 0,
        unreleased: 0,
        beyond: 0,
    };
    let mut reader = Reader::new(clock, report);
    for track in tracks {
        let end = reader.track(Events::new(track))?;
        if format == SEQUENTIAL {
            reader.start_next_pattern(end);
        }
    }
    let mut score = reader.finish();
    if score.notes.is_empty() {
        let truncated = score.report.truncated;
        return Err(if truncated { ImportError::Truncated } else { ImportError::NoNotes });
    }
    if let Some(micros) = tempo {
        score.tempi = vec![TempoChange::from_micros(0, micros)];
    }
    Ok(score)
}

/// The tempo that comes first in time, in microseconds a quarter note.
fn first_tempo(tracks: &[&[u8]]) -> Option<u32> {
    let first_of_track = |track: &&[u8]| {
        let mut at = 0;
        Events::new(track).find_map(|event| {
            at += u64::from(event.delta.as_int());
            match event.kind {
                TrackEventKind::Meta(MetaMessage::Tempo(tempo)) if tempo > 0 => {
                    Some((at, tempo.as_int()))
                }
                _ => None,
            }
        })
    };
    tracks.iter().filter_map(first_of_track).min_by_key(|&(at, _)| at).map(|(_, tempo)| tempo)
}
