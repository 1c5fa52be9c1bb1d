//! From the bytes of a file to all that it holds, in the model's time.

use super::clock::FileClock;
use super::container::Container;
use super::events::{Events, TrackEvent};
use super::keys::Releases;
use super::opening::{Changes, Opening};
use super::pedal::Pedals;
use super::tracks::TrackReader;
use super::{
    DRUM_CHANNEL, Division, ImportError, ImportReport, MAX_LENGTH, Part, Programs, Rounding,
};
use crate::key::KeySignature;
use crate::meter::MeterMap;
use crate::piece::{TempoChange, Tick};

/// Tempo where a file names none, in microseconds a quarter note.
const DEFAULT_TEMPO: u32 = 500_000;

/// The format whose tracks are patterns to be played one after another.
const SEQUENTIAL: u16 = 2;

/// All that a file holds.
pub(super) struct Score {
    /// Complete but for what depends on the part.
    pub report: ImportReport,
    /// In the order of the file.
    pub notes: Vec<RawNote>,
    pub pedals: Pedals,
    pub programs: Programs,
    /// Time signatures, where they are not yet in `meters`.
    pub changes: Changes,
    pub meters: MeterMap,
    pub tempi: Vec<TempoChange>,
    pub keys: Vec<(Tick, KeySignature)>,
}

/// A note of a file.
#[derive(Clone, Copy)]
pub(super) struct RawNote {
    pub onset: Tick,
    /// The number of the onset's event in the file.
    pub order: u32,
    /// Tick of the release, at or after the onset.
    pub end: Tick,
    /// The number of the event that released it.
    pub release_order: u32,
    /// Distance in ticks from the onset in the file to the rounded one.
    pub error: f32,
    /// Counted from 0.
    pub track: u16,
    pub channel: u8,
    /// Whether the file releases the note.
    pub released: bool,
    pub pitch: u8,
    pub velocity: u8,
}

impl RawNote {
    pub fn is_drum(&self) -> bool {
        self.channel == DRUM_CHANNEL
    }
}

/// Reads a file.
///
/// # Errors
/// Bytes that are no MIDI file, or give no note, or too many.
pub(super) fn read(bytes: &[u8], releases: Releases) -> Result<Score, ImportError> {
    let Container { rmid, format, division, announced, tracks, cut, damage } =
        Container::open(bytes)?;
    let tempo = match division {
        Division::Quarter { .. } => None,
        Division::Smpte { .. } => first_tempo(&tracks),
    };
    let clock = FileClock::new(division, tempo.unwrap_or(DEFAULT_TEMPO));
    let report = ImportReport {
        format,
        rmid,
        division,
        tracks: Vec::new(),
        channels: [0; 16],
        ignored_meters: 0,
        ignored_keys: 0,
        truncated: cut || tracks.len() < announced,
        damage,
        keys: Vec::new(),
        part: Part::All,
        rounding: Rounding::default(),
        merged: 0,
        unreleased: 0,
        pedalled: 0,
        beyond: 0,
        pickup: 0,
        trimmed: 0,
    };
    let mut reader = TrackReader::new(clock, report, releases);
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
    score.open(format == SEQUENTIAL);
    score.report.keys.clone_from(&score.keys);
    Ok(score)
}

impl Score {
    /// Lays out the bars, and the notes on them.
    fn open(&mut self, sequential: bool) {
        let onsets = || self.notes.iter().map(|note| note.onset);
        let opening = match sequential {
            true => Opening::of(std::mem::take(&mut self.meters)),
            false => Opening::new(std::mem::take(&mut self.changes), onsets().min().unwrap_or(0)),
        };
        let fits = opening.place(onsets().max().unwrap_or(0)) < MAX_LENGTH;
        if fits && opening.before + opening.without > 0 {
            self.report.pickup = opening.before;
            self.report.trimmed = opening.without;
            let place = |at: &mut Tick| *at = opening.place(*at).min(MAX_LENGTH);
            for note in &mut self.notes {
                place(&mut note.onset);
                place(&mut note.end);
            }
            self.pedals.ticks().for_each(place);
            self.tempi.iter_mut().for_each(|it| it.at = opening.place_change(it.at));
            self.keys.iter_mut().for_each(|it| it.0 = opening.place_change(it.0));
            keep_last(&mut self.tempi, |it| it.at);
            keep_last(&mut self.keys, |it| it.0);
        }
        self.meters = opening.meters;
    }
}

/// Of several changes at one tick, keeps the last.
fn keep_last<T>(changes: &mut Vec<T>, at: impl Fn(&T) -> Tick) {
    changes.reverse();
    changes.dedup_by_key(|it| at(it));
    changes.reverse();
}

/// The tempo that comes first in time, in microseconds a quarter note.
fn first_tempo(tracks: &[&[u8]]) -> Option<u32> {
    let first_of_track = |track: &&[u8]| {
        Events::new(track).find_map(|(at, event)| match event {
            TrackEvent::Meta { kind: 0x51, data: &[high, middle, low] } => {
                let micros = u32::from_be_bytes([0, high, middle, low]);
                (micros > 0).then_some((at, micros))
            }
            _ => None,
        })
    };
    tracks.iter().filter_map(first_of_track).min_by_key(|&(at, _)| at).map(|(_, tempo)| tempo)
}
