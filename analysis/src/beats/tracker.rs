//! Beats from onsets alone.
//!
//! A semi-Markov model of the kind of the bar pointer (Whiteley, Cemgil, Godsill 2006; Krebs, Böck,
//! Widmer 2015, with tempo changes at beats only): each beat has a length, lengths change little from
//! beat to beat, and onsets have likely places in a beat. The best path is found by dynamic programming.

use super::density::{Division, log_likelihood};
use super::onsets::Onset;

/// Resolution in seconds. Beats are put to the onsets exactly afterwards.
const FRAME: f64 = 0.016;

/// Shortest and longest beat in frames.
const SHORTEST: usize = 18;
const LONGEST: usize = 94;

/// Relative change of a beat's length from beat to beat that is usual.
const DRIFT: f64 = 0.035;

/// The length of beat that listeners prefer in seconds, and its spread in octaves (Parncutt 1994).
const PREFERRED: (f64, f64) = (0.60, 0.55);

/// How much an onset counts: onsets are not independent of each other.
const TEMPER: f64 = 0.6;

/// Tables that depend on nothing.
struct Tables {
    /// For each division and length: log likelihood at each frame of the beat.
    places: [Vec<Vec<f32>>; 2],
    /// For each length: logarithm of its prior.
    prior: Vec<f32>,
    /// For each length: lengths before it, with the logarithm of the step.
    steps: Vec<Vec<(usize, f32)>>,
}

const LENGTHS: usize = LONGEST - SHORTEST + 1;

/// Lengths and divisions of a beat.
const STATES: usize = 2 * LENGTHS;

/// No state: a beat that none is before. States are kept as bytes, one for each frame and state: 10 KB a
/// second, 104 MB for the longest piece that is analysed.
const NONE: u8 = u8::MAX;
const _: () = assert!(STATES <= NONE as usize);

/// Frames whose scores are kept: a beat looks back at most at its longest length, and the last beat is
/// sought among as many frames.
const KEPT: usize = LONGEST + 1;

impl Tables {
    fn new() -> Self {
        let places = Division::ALL.map(|division| {
            (SHORTEST..=LONGEST)
                .map(|length| {
                    (0..length)
                        .map(|frame| {
                            let phase = frame as f64 / length as f64;
                            (TEMPER * log_likelihood(division, phase, length as f64 * FRAME)) as f32
                        })
                        .collect()
                })
                .collect()
        });
        let seconds = |index: usize| (SHORTEST + index) as f64 * FRAME;
        let prior = (0..LENGTHS)
            .map(|index| {
                let octaves = (seconds(index) / PREFERRED.0).log2() / PREFERRED.1;
                (-0.5 * octaves * octaves) as f32
            })
            .collect();
        let steps = (0..LENGTHS)
            .map(|to| {
                (0..LENGTHS)
                    .filter_map(|from| {
                        let z = (seconds(to) / seconds(from)).ln() / DRIFT;
                        (z.abs() < 3.5).then_some((from, (-0.5 * z * z) as f32))
                    })
                    .collect()
            })
            .collect();
        Self { places, prior, steps }
    }
}

/// Beats with one division, and how likely they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Tracked {
    /// How the beats divide.
    pub division: Division,
    /// Seconds, from at or before the first onset to after the last.
    pub beats: Vec<f64>,
    /// Logarithm of the likelihood against onsets at random, by the onsets' weight.
    pub fit: f64,
}

/// The most likely beats for each division; empty without onsets.
pub fn track(onsets: &[Onset]) -> Vec<Tracked> {
    let (Some(first), Some(last)) = (onsets.first(), onsets.last()) else {
        return Vec::new();
    };
    let tables = Tables::new();
    let start = first.at - LONGEST as f64 * FRAME;
    let frames = ((last.at - start) / FRAME) as usize + LONGEST + 2;
    // Onsets by frame.
    let mut salience = vec![0f32; frames];
    for onset in onsets {
        salience[((onset.at - start) / FRAME).round() as usize] += onset.weight as f32;
    }
    let sounding: Vec<(usize, f32)> =
        salience.iter().copied().enumerate().filter(|&(_, it)| it > 0.0).collect();
    // First of `sounding` at or after each frame.
    let mut from = vec![0usize; frames + 1];
    let mut next = 0;
    for (frame, slot) in from.iter_mut().enumerate() {
        while next < sounding.len() && sounding[next].0 < frame {
            next += 1;
        }
        *slot = next;
    }
    // Score of a beat at a frame after one of a length and division.
    let mut score = vec![f32::NEG_INFINITY; KEPT * STATES];
    let mut before = vec![NONE; frames * STATES];
    for at in 0..frames {
        // Where the frame before the kept ones was.
        let here = at % KEPT * STATES;
        score[here..here + STATES].fill(f32::NEG_INFINITY);
        for index in 0..LENGTHS {
            let length = SHORTEST + index;
            let Some(begin) = at.checked_sub(length) else { break };
            // The first beat may be anywhere up to the longest beat after the start.
            let may_begin = begin <= LONGEST;
            let mut arrive = [f32::NEG_INFINITY; 2];
            let mut come = [NONE; 2];
            let past = &score[begin % KEPT * STATES..][..STATES];
            for &(earlier, step) in &tables.steps[index] {
                for division in 0..2 {
                    let value = past[2 * earlier + division] + step;
                    if value > arrive[division] {
                        arrive[division] = value;
                        come[division] = (2 * earlier + division) as u8;
                    }
                }
            }
            for division in 0..2 {
                if may_begin && arrive[division] < 0.0 {
                    (arrive[division], come[division]) = (0.0, NONE);
                }
                if arrive[division] == f32::NEG_INFINITY {
                    continue;
                }
                let table = &tables.places[division][index];
                let mut sum = tables.prior[index];
                for &(frame, weight) in &sounding[from[begin]..from[at]] {
                    sum += weight * table[frame - begin];
                }
                let state = 2 * index + division;
                score[here + state] = arrive[division] + sum;
                before[at * STATES + state] = come[division];
            }
        }
    }
    let weight: f64 = onsets.iter().map(|onset| onset.weight).sum();
    let seconds = |frame: usize| start + frame as f64 * FRAME;
    let best_of = |division: usize| {
        // The last onset belongs to the interval before the last beat.
        let mut best = (f32::NEG_INFINITY, 0, division);
        for at in frames.saturating_sub(KEPT)..frames {
            for index in 0..LENGTHS {
                let state = 2 * index + division;
                let begin = at.saturating_sub(SHORTEST + index);
                let value = score[at % KEPT * STATES + state];
                if from[begin] < sounding.len() && from[at] == sounding.len() && value > best.0 {
                    best = (value, at, state);
                }
            }
        }
        let (likelihood, mut at, mut state) = best;
        let mut beats = vec![seconds(at)];
        while let Some(previous) = at.checked_sub(SHORTEST + state / 2) {
            beats.push(seconds(previous));
            let come = before[at * STATES + state];
            if come == NONE {
                break;
            }
            (at, state) = (previous, usize::from(come));
        }
        beats.reverse();
        refine(&mut beats, onsets);
        let fit = f64::from(likelihood) / weight;
        Tracked { division: Division::ALL[division], beats, fit }
    };
    vec![best_of(0), best_of(1)]
}

/// Moves beats most of the way to the mean of the onsets round them.
fn refine(beats: &mut [f64], onsets: &[Onset]) {
    /// Seconds on either side.
    const NEAR: f64 = 0.045;
    for beat in beats {
        let from = onsets.partition_point(|onset| onset.at < *beat - NEAR);
        let near = onsets[from..].iter().take_while(|onset| onset.at <= *beat + NEAR);
        let (sum, weight) = near.fold((0.0, 0.0), |(sum, weight), onset| {
            (sum + onset.weight * (onset.at - *beat), weight + onset.weight)
        });
        if weight > 0.0 {
            *beat += 0.7 * sum / weight;
        }
    }
}
