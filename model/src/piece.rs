//! A piece: the music of one file, in the model's own time.

use serde::{Deserialize, Serialize};

use crate::key::{KeySignature, white_key_shift};
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

    /// The piece some semitones higher, with its key signature. Pitches that leave MIDI's range are
    /// brought back by octaves. Drums stay as they are.
    pub fn transposed(&self, semitones: i8) -> Self {
        let mut piece = self.clone();
        if self.drums || semitones == 0 {
            return piece;
        }
        for note in &mut piece.notes {
            note.pitch = fold(i32::from(note.pitch) + i32::from(semitones));
        }
        tidy(&mut piece.notes);
        piece.key = self.key.map(|key| key.transposed(semitones));
        piece
    }

    /// The piece in the white-key frame, and the semitones, -6 to 5, that brought it there (see
    /// [`white_key_shift`]). Drums stay as they are.
    pub fn to_white_keys(&self) -> (Self, i8) {
        let shift = if self.drums { 0 } else { white_key_shift(&self.notes, self.key) };
        (self.transposed(shift), shift)
    }
}

/// The pitch in MIDI's range that is whole octaves away from a pitch, and nearest to it.
fn fold(pitch: i32) -> u8 {
    let folded = match pitch {
        ..0 => pitch.rem_euclid(12),
        0..=127 => pitch,
        // 116 to 127 is the highest octave.
        128.. => 116 + (pitch - 116) % 12,
    };
    folded as u8
}

/// Brings notes into the order and form that a [`Piece`] has: sorts them, merges those that start
/// one pitch at one onset (the longest duration and the loudest velocity stay) and cuts every note
/// that still sounds when its own pitch starts again. Returns how many were merged into others.
pub fn tidy(notes: &mut Vec<Note>) -> usize {
    let before = notes.len();
    notes.sort_unstable();
    notes.dedup_by(|next, kept| {
        let same = (next.onset, next.pitch) == (kept.onset, kept.pitch);
        if same {
            kept.duration = kept.duration.max(next.duration);
            kept.velocity = kept.velocity.max(next.velocity);
        }
        same
    });
    release_before_repeat(notes);
    before - notes.len()
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
