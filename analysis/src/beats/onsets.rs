//! How much each note tells of the beat.

use crate::notes::Heard;

/// Notes whose onsets are nearer than this sound together, in seconds.
const TOGETHER: f64 = 0.030;

/// An onset, and how much it counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Onset {
    /// Seconds.
    pub at: f64,
    /// Quarter notes of the file's own time.
    pub quarter: f64,
    /// Weight, about 1 for a single note of middling length.
    pub weight: f64,
}

/// The onsets of notes that are sorted by onset, one for each note.
///
/// Long, loud and low notes count more (Temperley, The Cognition of Basic Musical Structures, 2001,
/// section 2.4: length and stress accents); n notes that start together count as the root of n.
pub fn onsets(notes: &[Heard]) -> Vec<Onset> {
    let mean_velocity =
        notes.iter().map(|note| f64::from(note.velocity)).sum::<f64>() / notes.len().max(1) as f64;
    let (mut first, mut last) = (0, 0);
    let mut onsets = Vec::with_capacity(notes.len());
    for note in notes {
        while notes[first].from < note.from - TOGETHER {
            first += 1;
        }
        while last < notes.len() && notes[last].from <= note.from + TOGETHER {
            last += 1;
        }
        let together = (last - first) as f64;
        let length = note.duration().min(1.0);
        let long = if note.drum { 1.0 } else { 0.6 + 0.8 * length / (length + 0.25) };
        let loud = (f64::from(note.velocity) / mean_velocity).sqrt();
        let low = if !note.drum && note.pitch < 50 { 1.3 } else { 1.0 };
        let weight = long * loud * low / together.sqrt();
        onsets.push(Onset { at: note.from, quarter: note.quarter, weight });
    }
    onsets
}
