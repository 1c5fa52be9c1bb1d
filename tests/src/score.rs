//! What a take sounds like along a playhead's path, and whether that is what was heard.

use anyhow::{Result, bail};
use jukebox_model::composer::{Composer, ComposerSettings};
use jukebox_model::meter::MeterMap;
use jukebox_model::piece::Note;
use jukebox_model::record::Record;
use jukebox_model::take::Take;
use std::sync::Arc;

use crate::notes::PlayedNote;
use crate::song::{Stretch, quarters};

/// What the arithmetic leaves of positions that are the same, in quarter notes.
const ROUNDING: f64 = 1e-9;

/// Composes the first bars of a take.
pub fn compose(
    record: Arc<Record>,
    settings: &ComposerSettings,
    meters: MeterMap,
    bars: usize,
) -> Take {
    let mut composer = Composer::new(record);
    let mut take = Take::new(meters);
    for _ in 0..bars {
        take.compose_next(&mut composer, settings);
    }
    take
}

/// A note that belongs into the recording, at the exact times of its ends in samples.
#[derive(Clone, Copy, Debug)]
pub struct ExpectedNote {
    /// Time of the note-on.
    pub on: f64,
    /// Time of the note-off.
    pub off: f64,
    /// MIDI key number.
    pub key: u8,
    /// MIDI velocity.
    pub velocity: u8,
}

/// The notes of a take (sorted, no pitch overlapping itself) along a path, in the order of their
/// starts. A note sounds where the playhead passes its onset, until the playhead passes its end, jumps
/// or stops, or the plugin is made to forget it.
pub fn along(path: &[Stretch], notes: &[Note]) -> Vec<ExpectedNote> {
    let mut expected = Vec::new();
    for (index, stretch) in path.iter().enumerate() {
        if stretch.speed == 0.0 {
            continue;
        }
        // A note at the border belongs to the later stretch, whichever way the arithmetic rounds.
        let range = stretch.position - ROUNDING..stretch.position_at(stretch.end) - ROUNDING;
        for note in notes.iter().filter(|note| range.contains(&quarters(note.onset))) {
            expected.push(ExpectedNote {
                on: stretch.start + (quarters(note.onset) - stretch.position) / stretch.speed,
                off: passes(&path[index..], quarters(note.end())),
                key: note.pitch,
                velocity: note.velocity,
            });
        }
    }
    expected
}

/// When a path from its first stretch on comes to a position, or leaves the way to it.
fn passes(path: &[Stretch], position: f64) -> f64 {
    for pair in path.windows(2) {
        let (stretch, next) = (pair[0], pair[1]);
        let end = stretch.position_at(stretch.end);
        let goes_on = next.speed > 0.0 && !next.fresh && (next.position - end).abs() < ROUNDING;
        if position <= end || !goes_on {
            return (stretch.start + (position - stretch.position) / stretch.speed)
                .min(stretch.end);
        }
    }
    path.last()
        .map_or(0.0, |last| (last.start + (position - last.position) / last.speed).min(last.end))
}

/// How well a recording fits.
#[derive(Clone, Copy, Debug)]
pub struct Fit {
    /// Notes compared.
    pub notes: usize,
    /// The largest distance of a note-on or note-off from its exact time, in samples.
    pub worst: f64,
}

/// Compares what was heard with what belongs there: the same keys and velocities, each start and end
/// less than `tolerance` samples from its exact time.
///
/// # Errors
/// Lists the first differences.
pub fn compare(expected: &[ExpectedNote], played: &[PlayedNote], tolerance: f64) -> Result<Fit> {
    let mut worst = 0.0f64;
    let mut differences = Vec::new();
    // A key never overlaps itself, so its notes have one order; notes of different keys that start
    // less than a sample apart have not.
    for key in 0..128 {
        let played: Vec<_> = played.iter().filter(|note| note.key == key).collect();
        // A tick less than a sample before a jump or a stop may belong to its sample: then it is silent.
        let sounds = |note: &&ExpectedNote| {
            note.off - note.on >= 1.0
                || played.iter().any(|played| (played.on as f64 - note.on).abs() <= 1.0)
        };
        let expected: Vec<_> =
            expected.iter().filter(|note| note.key == key).filter(sounds).collect();
        for index in 0..expected.len().max(played.len()) {
            match (expected.get(index), played.get(index)) {
                (Some(want), Some(got)) => {
                    let on = (got.on as f64 - want.on).abs();
                    let off = (got.off as f64 - want.off).abs();
                    worst = worst.max(on).max(off);
                    if on >= tolerance || off >= tolerance || got.velocity != want.velocity {
                        differences.push((want.on, format!("{got:?} instead of {want:?}")));
                        break;
                    }
                }
                (Some(want), None) => {
                    differences.push((want.on, format!("nothing instead of {want:?}")));
                    break;
                }
                (None, Some(got)) => {
                    differences.push((got.on as f64, format!("{got:?} too much")));
                    break;
                }
                (None, None) => {}
            }
        }
    }
    if differences.is_empty() {
        return Ok(Fit { notes: expected.len(), worst });
    }
    differences.sort_by(|a, b| a.0.total_cmp(&b.0));
    let lines: Vec<_> = differences.into_iter().take(10).map(|(_, line)| line).collect();
    bail!("{} notes expected, {} played:\n{}", expected.len(), played.len(), lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretch(start: f64, end: f64, position: f64, speed: f64) -> Stretch {
        Stretch { start, end, position, speed, fresh: false }
    }

    fn note(onset: u32, duration: u32) -> Note {
        Note { onset, part: 0, pitch: 60, duration, velocity: 80 }
    }

    #[test]
    fn a_note_ends_with_itself_or_where_the_playhead_leaves_it() {
        // A quarter note is 10 samples; the tempo doubles at quarter 1; the loop wraps from 2 to 0.
        let path = [
            stretch(0.0, 10.0, 0.0, 0.1),
            stretch(10.0, 15.0, 1.0, 0.2),
            stretch(15.0, 20.0, 0.0, 0.1),
            stretch(20.0, 30.0, 0.5, 0.0),
        ];
        let times = |onset, duration| -> Vec<_> {
            along(&path, &[note(onset, duration)]).iter().map(|note| (note.on, note.off)).collect()
        };
        assert_eq!(times(0, 12), [(0.0, 5.0), (15.0, 20.0)]);
        assert_eq!(times(12, 24), [(5.0, 12.5)]);
        assert_eq!(times(36, 48), [(12.5, 15.0)]);
    }

    #[test]
    fn every_kind_of_difference_is_told() {
        let want = ExpectedNote { on: 10.0, off: 20.4, key: 60, velocity: 80 };
        let got = PlayedNote { on: 10, off: 20, key: 60, velocity: 80 };
        assert_eq!(compare(&[want], &[got], 1.0).unwrap().notes, 1);
        let wrong = [
            PlayedNote { on: 11, ..got },
            PlayedNote { off: 22, ..got },
            PlayedNote { key: 61, ..got },
            PlayedNote { velocity: 81, ..got },
        ];
        for wrong in wrong {
            assert!(compare(&[want], &[wrong], 1.0).is_err(), "{wrong:?}");
        }
        assert!(compare(&[want], &[], 1.0).is_err());
        assert!(compare(&[], &[got], 1.0).is_err());
    }
}
