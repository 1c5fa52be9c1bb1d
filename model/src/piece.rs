//! A piece: the music of one file, in the model's own time.

use serde::{Deserialize, Serialize};

use crate::key::KeySignature;
use crate::meter::MeterMap;

/// Musical time in 1/24 of a quarter note (the rate of MIDI clock): a 32nd note is 3 ticks, a 16th
/// 6, a triplet eighth 8.
pub type Tick = u32;

/// Ticks in a quarter note.
pub const TICKS_PER_QUARTER: Tick = 24;

/// One note: when, which, how long, how loud.
///
/// The field order gives the sorting order of a piece: by onset, and inside an onset from the
/// lowest pitch up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Note {
    /// Ticks from the start of the piece.
    pub onset: Tick,
    /// MIDI key number, 0 to 127.
    pub pitch: u8,
    /// Ticks until the release, at least 1.
    pub duration: Tick,
    /// MIDI velocity, 1 to 127.
    pub velocity: u8,
}

impl Note {
    /// The tick at which the note is released.
    pub fn end(&self) -> Tick {
        self.onset.saturating_add(self.duration)
    }
}

/// A tempo from a tick on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TempoChange {
    /// Ticks from the start of the piece.
    pub at: Tick,
    /// Quarter notes a minute.
    pub bpm: f64,
}

/// The music of one file after import.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Piece {
    /// The title in the file; empty where it has none.
    pub title: String,
    /// The bar grid.
    pub meters: MeterMap,
    /// Tempo changes in order; none means 120 quarter notes a minute.
    pub tempi: Vec<TempoChange>,
    /// The first key signature, where the file has one.
    pub key: Option<KeySignature>,
    /// Whether the notes are drum hits (General MIDI percussion), which are never transposed.
    pub drums: bool,
    /// Sorted (see [`Note`]); one pitch never starts twice at one onset.
    pub notes: Vec<Note>,
}

impl Piece {
    /// The tempo in force at a tick, in quarter notes a minute.
    pub fn tempo_at(&self, tick: Tick) -> f64 {
        self.tempi
            .iter()
            .take_while(|change| change.at <= tick)
            .last()
            .map_or(120.0, |change| change.bpm)
    }

    /// The tick at which the last note has ended.
    pub fn end(&self) -> Tick {
        self.notes.iter().map(Note::end).max().unwrap_or(0)
    }

    /// Number of bars that hold a note's onset or sound, counted from the first bar.
    pub fn bars(&self) -> u32 {
        match self.end() {
            0 => 0,
            end => self.meters.bar_at(end - 1).number + 1,
        }
    }

    /// Number of different onsets: a chord counts once.
    pub fn onsets(&self) -> usize {
        let mut onsets: Vec<Tick> = self.notes.iter().map(|note| note.onset).collect();
        onsets.dedup();
        onsets.len()
    }
}

/// Cuts every note that still sounds when its own pitch starts again. `notes` are sorted.
pub fn release_before_repeat(notes: &mut [Note]) {
    let mut next_onset = [Tick::MAX; 128];
    for note in notes.iter_mut().rev() {
        let next = &mut next_onset[usize::from(note.pitch & 127)];
        note.duration = note.duration.min(next.saturating_sub(note.onset));
        *next = note.onset;
    }
}
