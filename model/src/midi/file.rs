//! A MIDI file whose events are decoded: what [`import`](super::import) and
//! [`read_score`](super::read_score) are both made of.

use super::clock::FileClock;
use super::container::Container;
use super::events::{Events, TrackEvent};
use super::keys::Releases;
use super::pedal::Pedals;
use super::tracks::TrackReader;
use super::{Division, ImportError, ImportReport, PartChoice, Programs, Rounding};
use crate::key::KeySignature;
use crate::meter::MeterMap;
use crate::piece::Tick;

/// Tempo where a file names none, in microseconds a quarter note.
pub(super) const DEFAULT_TEMPO: u32 = 500_000;

/// Latest time of an event, in the file's ticks; what lies beyond is at it.
pub(super) const MAX_TICK: u64 = 1 << 40;

/// The format whose tracks are patterns to be played one after another.
const SEQUENTIAL: u16 = 2;

/// A MIDI file, its bytes read once. [`MidiFile::import`] and [`MidiFile::score`] give what they are made to
/// tell, from the same notes.
#[derive(Clone)]
pub struct MidiFile {
    /// Complete but for what depends on the part.
    pub(super) report: ImportReport,
    /// In the order of the file.
    pub(super) notes: Vec<RawNote>,
    pub(super) pedals: Pedals,
    pub(super) programs: Programs,
    /// Time signatures: numerator and denominator, 0 where it is none. In the order of the file.
    pub(super) meters: Vec<(Place, u8, u8)>,
    /// Microseconds a quarter note, not 0. In the order of the file.
    pub(super) tempi: Vec<(Place, u32)>,
    /// In the order of the file.
    pub(super) keys: Vec<(Place, KeySignature)>,
    /// The first marker or cue point.
    pub(super) first_mark: Option<Place>,
    /// Which release ends which note.
    pub(super) releases: Releases,
    /// The bars of patterns that follow one another.
    pub(super) patterns: Option<MeterMap>,
    /// The tempo that gives SMPTE time its quarter notes, where the file names one.
    pub(super) smpte_tempo: Option<u32>,
    /// From the file's time to the model's: the clock of each track, or one for all.
    pub(super) clocks: Vec<FileClock>,
}

/// Where a note's channel has named no program.
pub(super) const NO_PROGRAM: u8 = u8::MAX;

/// A time in the file's ticks, and the track that names it, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub at: u64,
    pub track: u16,
}

/// A note of a file; times in the file's ticks, at most [`MAX_TICK`].
#[derive(Clone, Copy, Debug)]
pub(super) struct RawNote {
    pub onset: u64,
    /// Release of the key, at or after the onset. Of several notes that a track holds on one key, it may be
    /// after the next onset.
    pub end: u64,
    /// The number of the onset's event in the file.
    pub order: u32,
    /// The number of the event that released it.
    pub release_order: u32,
    /// Counted from 0.
    pub track: u16,
    pub channel: u8,
    pub pitch: u8,
    pub velocity: u8,
    /// The program in force for its channel, 0 to 127, or [`NO_PROGRAM`].
    pub program: u8,
    /// Whether the file releases the note.
    pub released: bool,
    /// Whether it is a drum hit by the file's own word (see `drum_mode.rs`).
    pub drums: bool,
}

impl RawNote {
    /// Ends the note; `order` counts the events of the file.
    pub fn release(&mut self, at: u64, order: u32) {
        self.end = at.max(self.onset);
        self.release_order = order;
        self.released = true;
    }
}

impl MidiFile {
    /// Decodes a file; `releases` says which release ends which note.
    ///
    /// # Errors
    /// Bytes that are no MIDI file, or give no note, or too many.
    pub fn read(bytes: &[u8], releases: Releases) -> Result<Self, ImportError> {
        let Container { rmid, format, division, announced, tracks, cut, damage } =
            Container::open(bytes)?;
        let smpte_tempo = match division {
            Division::Quarter { .. } => None,
            Division::Smpte { .. } => first_tempo(&tracks),
        };
        let clock = FileClock::new(division, smpte_tempo.unwrap_or(DEFAULT_TEMPO));
        let report = ImportReport {
            format,
            rmid,
            division,
            title: String::new(),
            tracks: Vec::new(),
            channels: [0; 16],
            ignored_meters: 0,
            ignored_keys: 0,
            truncated: cut || tracks.len() < announced,
            damage,
            keys: Vec::new(),
            part: PartChoice::All,
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
        let file = Self { smpte_tempo, ..reader.finish() };
        if file.notes.is_empty() {
            let truncated = file.report.truncated;
            return Err(if truncated { ImportError::Truncated } else { ImportError::NoNotes });
        }
        Ok(file)
    }

    /// The clock of a track.
    pub(super) fn clock(&self, track: u16) -> &FileClock {
        self.clocks.get(usize::from(track)).unwrap_or(&self.clocks[0])
    }

    /// The tick of the model nearest to a place.
    pub(super) fn tick(&self, place: Place) -> Tick {
        self.clock(place.track).place(place.at).0
    }
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
