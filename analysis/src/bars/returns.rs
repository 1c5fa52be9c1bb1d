//! Where passages begin that are heard again.
//!
//! Two passages of the same pitches seldom begin at any place: what returns is a phrase, and phrases begin
//! at bar lines or shortly before them (Lerdahl, Jackendoff 1983, grouping preference rule 6; Cambouropoulos
//! 2006 finds boundaries by exact repetition likewise).

use crate::notes::Heard;

/// Onsets that are nearer than this are one, in seconds.
const TOGETHER: f64 = 0.035;

/// Fewest onsets of a passage, and how far apart two of them may be, in onsets.
const PASSAGE: usize = 8;
const FARTHEST: usize = 600;

/// Seconds at which passages begin that come twice, and for how many onsets they do, at most 64.
pub fn beginnings(notes: &[Heard]) -> Vec<(f64, f64)> {
    // The highest note of each onset.
    let mut tops: Vec<(f64, u8)> = Vec::new();
    for note in notes.iter().filter(|note| !note.drum) {
        match tops.last_mut() {
            Some((at, top)) if note.from - *at < TOGETHER => *top = note.pitch.max(*top),
            _ => tops.push((note.from, note.pitch)),
        }
    }
    let mut weights = vec![0.0; tops.len()];
    for lag in PASSAGE..tops.len().min(FARTHEST) {
        let mut begin = 0;
        for i in 0..=tops.len() - lag {
            if i + lag < tops.len() && tops[i].1 == tops[i + lag].1 {
                continue;
            }
            let length = i - begin;
            if length >= PASSAGE {
                let weight = length.min(64) as f64;
                // The first passage of all begins where the piece does.
                if begin > 0 {
                    weights[begin] += weight;
                }
                weights[begin + lag] += weight;
            }
            begin = i + 1;
        }
    }
    tops.iter().zip(weights).filter(|it| it.1 > 0.0).map(|(top, weight)| (top.0, weight)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passage_that_returns_begins_where_it_does() {
        // Twelve notes, ten others, the twelve again.
        let passage = [60, 62, 64, 65, 67, 65, 64, 62, 67, 69, 71, 72];
        let others = [50, 51, 53, 50, 55, 54, 52, 57, 56, 58];
        let pitches = passage.into_iter().chain(others).chain(passage).chain([40]);
        let note = |(index, pitch): (usize, u8)| Heard {
            from: index as f64,
            until: index as f64 + 0.9,
            sounds_until: index as f64 + 0.9,
            quarter: index as f64,
            pitch,
            velocity: 80,
            drum: false,
            part: 0,
        };
        let notes: Vec<Heard> = pitches.enumerate().map(note).collect();
        assert_eq!(beginnings(&notes), [(22.0, 12.0)]);
    }
}
