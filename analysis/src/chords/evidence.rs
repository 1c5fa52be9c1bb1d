//! What sounds in each beat.

use crate::notes::Heard;

/// What sounds from one time to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Evidence {
    /// Share of each pitch class, half by time and half by onset; all 0 in silence.
    pub sounds: [f64; 12],
    /// Share of the time in which each pitch class is the lowest that sounds; sums to 1 at most.
    pub bass: [f64; 12],
}

/// Longest time for which a held sound counts, and for which the pedal alone carries one, in seconds:
/// both fade.
const HELD: f64 = 4.0;
const PEDALLED: f64 = 1.5;

/// Beats for which a note counts: more than music has in that time, and few where a file's tempo is
/// millions of beats a minute.
const HELD_BEATS: usize = 128;

/// An onset this little before a beat belongs to it, in seconds.
const EARLY: f64 = 0.06;

/// Where the bass is listened to between two beats.
const LISTEN: [f64; 4] = [0.15, 0.4, 0.65, 0.9];

/// Evidence between each time and the next: one fewer than times. Notes are sorted by onset.
pub fn evidence(notes: &[Heard], times: &[f64]) -> Vec<Evidence> {
    let spans = times.len().saturating_sub(1);
    let mut held = vec![[0.0; 12]; spans];
    let mut struck = vec![[0.0; 12]; spans];
    let mut lowest = vec![[128u8; LISTEN.len()]; spans];
    for note in notes.iter().filter(|note| !note.drum) {
        let class = usize::from(note.pitch % 12);
        let until =
            note.sounds_until.min(note.until.max(note.from + PEDALLED)).min(note.from + HELD);
        let first = times.partition_point(|&at| at <= note.from).saturating_sub(1);
        for span in first..spans.min(first + HELD_BEATS) {
            let (from, to) = (times[span], times[span + 1]);
            if from >= until {
                break;
            }
            held[span][class] += (until.min(to) - note.from.max(from)).max(0.0);
            for (listen, low) in LISTEN.iter().zip(&mut lowest[span]) {
                let at = from + listen * (to - from);
                if note.from <= at && at < until.max(note.sounds_until.min(note.from + HELD)) {
                    *low = (*low).min(note.pitch);
                }
            }
        }
        let span = times.partition_point(|&at| at <= note.from + EARLY);
        if (1..=spans).contains(&span) {
            struck[span - 1][class] += note.duration().clamp(0.0, 1.0).sqrt();
        }
    }
    (0..spans)
        .map(|span| {
            let mut evidence = Evidence::default();
            for part in [&held[span], &struck[span]] {
                let sum: f64 = part.iter().sum();
                if sum > 1e-6 {
                    for (share, value) in evidence.sounds.iter_mut().zip(part) {
                        *share += 0.5 * value / sum;
                    }
                }
            }
            for &low in lowest[span].iter().filter(|&&low| low < 128) {
                evidence.bass[usize::from(low % 12)] += 1.0 / LISTEN.len() as f64;
            }
            evidence
        })
        .collect()
}
