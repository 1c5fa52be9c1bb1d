//! The highest line of a piece.

use crate::piece::{Note, TICKS_PER_QUARTER, Tick};

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
