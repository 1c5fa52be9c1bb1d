//! From the bytes of a file to all that it holds, in the model's time.

use midly::{Format, MetaMessage, Timing, TrackEventKind, TrackIter};

use super::clock::Clock;
use super::events::Events;
use super::tracks::Reader;
use super::{Division, ImportError, ImportReport, Part, Rounding};
use crate::key::KeySignature;
use crate::meter::MeterMap;
use crate::piece::{TempoChange, Tick};

/// Tempo where a file names none, in microseconds a quarter note.
const DEFAULT_TEMPO: u32 = 500_000;

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
    let rmid = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"RMID");
    if !rmid {
        check_header(bytes)?;
    }
    let damaged = |error: midly::Error| ImportError::Header(error.to_string());
    let (header, tracks) = midly::parse(bytes).map_err(damaged)?;
    let division = Division::from(header.timing);
    let tempo = match header.timing {
        Timing::Metrical(_) => DEFAULT_TEMPO,
        Timing::Timecode(..) => first_tempo(tracks.clone()).unwrap_or(DEFAULT_TEMPO),
    };
    let clock = Clock::new(division, tempo)
        .ok_or_else(|| ImportError::Header("its unit of time has no length".to_owned()))?;
    let report = ImportReport {
        format: match header.format {
            Format::SingleTrack => 0,
            Format::Parallel => 1,
            Format::Sequential => 2,
        },
        rmid,
        division,
        tracks: Vec::new(),
        channels: [0; 16],
        ignored_meters: 0,
        truncated: false,
        part: Part::All,
        rounding: Rounding::default(),
        merged: 0,
        unreleased: 0,
        beyond: 0,
    };

    // midly's hint is the number of tracks that the header announces.
    let announced = tracks.size_hint().0;
    let mut reader = Reader::new(clock, report);
    for track in tracks.flatten().take(usize::from(u16::MAX)) {
        let end = reader.track(Events::new(track))?;
        if header.format == Format::Sequential {
            reader.start_next_pattern(end);
        }
    }
    let mut score = reader.finish();
    score.report.truncated |= score.report.tracks.len() < announced;
    if score.notes.is_empty() {
        let truncated = score.report.truncated;
        return Err(if truncated { ImportError::Truncated } else { ImportError::NoNotes });
    }
    if let (Division::Smpte { .. }, Some(first)) = (division, score.tempi.first()) {
        score.tempi = vec![TempoChange { at: 0, bpm: first.bpm }];
    }
    Ok(score)
}

/// Checks what can be told from the first bytes of a file without wrapper.
fn check_header(bytes: &[u8]) -> Result<(), ImportError> {
    if bytes.is_empty() {
        return Err(ImportError::Empty);
    }
    if !bytes.starts_with(b"MThd") {
        return Err(ImportError::foreign(bytes));
    }
    match bytes.get(8..14) {
        None => Err(ImportError::Truncated),
        Some([0, 0..=2, ..]) => Ok(()),
        Some(format) => Err(ImportError::Header(format!(
            "format {} is none of 0, 1 and 2",
            u16::from_be_bytes([format[0], format[1]])
        ))),
    }
}

/// The tempo that comes first in time, in microseconds a quarter note.
fn first_tempo(tracks: TrackIter<'_>) -> Option<u32> {
    let first_of_track = |track| {
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
    tracks.flatten().filter_map(first_of_track).min_by_key(|&(at, _)| at).map(|(_, tempo)| tempo)
}
