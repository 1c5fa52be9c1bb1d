//! Bars of five and of seven, where they are clear.
//!
//! They are rare, so that both what repeats and where strong beats are must say so: the music repeats itself
//! after multiples of five beats no less than of two, three or four, and the best row of bars of five explains
//! the beats' evidence far better than any of those; or it repeats itself so much more that a doubt is none.

use jukebox_model::meter::Meter;

use super::Bars;
use super::decode::{Assumptions, positions};
use super::features::features;
use super::half_beats;
use super::parallelism::Repetition;
use super::strength::BeatPlace::{self, Between, Down, Middle, Weak};
use super::strength::log_ratios;
use crate::notes::Heard;

/// Usual bars over beats.
const USUAL: [&[BeatPlace]; 3] = [&[Down, Weak], &[Down, Weak, Weak], &[Down, Weak, Middle, Weak]];

/// Bars of five and seven beats, by where their second half begins.
const FIVES: [&[BeatPlace]; 2] =
    [&[Down, Weak, Weak, Middle, Weak], &[Down, Weak, Middle, Weak, Weak]];
const SEVENS: [&[BeatPlace]; 2] =
    [&[Down, Weak, Weak, Weak, Middle, Weak, Weak], &[Down, Weak, Weak, Middle, Weak, Weak, Weak]];

/// The same over half beats: 5/8 and 7/8 in groups of two and three.
const USUAL_HALVES: [&[BeatPlace]; 3] = [
    &[Down, Between, Weak, Between],
    &[Down, Between, Weak, Between, Weak, Between],
    &[Down, Between, Weak, Between, Middle, Between, Weak, Between],
];
const FIVE_HALVES: [&[BeatPlace]; 2] =
    [&[Down, Between, Weak, Between, Between], &[Down, Between, Between, Weak, Between]];
const SEVEN_HALVES: [&[BeatPlace]; 3] = [
    &[Down, Between, Weak, Between, Weak, Between, Between],
    &[Down, Between, Weak, Between, Between, Weak, Between],
    &[Down, Between, Between, Weak, Between, Weak, Between],
];

/// Least lead in repetition where strong beats say so, and where nothing else does.
const REPEATS: f64 = -0.02;
const REPEATS_ALONE: f64 = 0.12;

/// Least lead of the score of the bars over that of usual ones, by beat.
const STRONG: f64 = 0.3;
const STRONG_HALVES: f64 = 0.5;

/// Bars that a piece must have.
const BARS: usize = 6;

/// Seconds below which a beat of such a bar is written as an eighth, where beats were found and where they
/// were halved.
const EIGHTH: f64 = 0.33;
const HALVED_EIGHTH: f64 = 0.4;

/// A meter of five or seven.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Odd {
    /// What the beats of a bar are.
    pub pattern: &'static [BeatPlace],
    /// How much more the music repeats itself so than after two, three or four beats.
    pub lead: f64,
}

/// The best of some patterns, and its score by beat.
fn best(
    ratios: &[[f64; 4]],
    patterns: &[&'static [BeatPlace]],
    beats: usize,
) -> (&'static [BeatPlace], f64) {
    let score = |pattern: &'static [BeatPlace]| {
        let assumptions = Assumptions { pattern, trust: 1.0, first: (0, 0.5) };
        positions(ratios, assumptions).1 / beats.max(1) as f64
    };
    let scored = patterns.iter().map(|&pattern| (pattern, score(pattern)));
    // The first of equals.
    scored.rev().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((USUAL[0], f64::NEG_INFINITY))
}

/// Fives or sevens over beats, with the evidence of each and their repetition.
pub fn over_beats(on_beats: &[[f64; 4]], repetition: &Repetition) -> Option<Odd> {
    let beats = on_beats.len();
    let usual = [2, 3, 4].map(|it| repetition.every(it)).into_iter().fold(f64::MIN, f64::max);
    let leads = [(5, &FIVES), (7, &SEVENS)]
        .map(|(count, patterns)| (repetition.every(count) - usual, count, patterns));
    let (lead, count, patterns) = if leads[1].0 > leads[0].0 { leads[1] } else { leads[0] };
    if lead < REPEATS || beats < BARS * count {
        return None;
    }
    let (pattern, score) = best(on_beats, patterns, beats);
    let is_clear = lead > REPEATS_ALONE || score - best(on_beats, &USUAL, beats).1 > STRONG;
    is_clear.then_some(Odd { pattern, lead })
}

/// Bars of five or seven half beats, and the half beats that are their beats.
pub fn over_half_beats(notes: &[Heard], beats: &[f64]) -> Option<(Vec<f64>, Bars)> {
    let halves = half_beats(beats);
    let repetition = Repetition::of(notes, &halves);
    let usual = [4, 6, 8, 12].map(|it| repetition.every(it)).into_iter().fold(f64::MIN, f64::max);
    let leads = [5, 7].map(|count| repetition.every(count) - usual);
    let (count, lead) = if leads[1] > leads[0] { (7, leads[1]) } else { (5, leads[0]) };
    if lead < REPEATS || halves.len() < BARS * count {
        return None;
    }
    let ratios = log_ratios(&features(notes, &halves));
    let (pattern, score) = match count {
        5 => best(&ratios, &FIVE_HALVES, beats.len()),
        _ => best(&ratios, &SEVEN_HALVES, beats.len()),
    };
    let lead = score - best(&ratios, &USUAL_HALVES, beats.len()).1;
    if lead < STRONG_HALVES {
        return None;
    }
    let assumptions = Assumptions { pattern, trust: 1.0, first: (0, 0.5) };
    let (positions, _) = positions(&ratios, assumptions);
    let lines = (0..halves.len()).filter(|&half| positions[half] == 0).collect();
    let meter = meter(count, &halves, HALVED_EIGHTH);
    Some((halves, Bars { meter, lines, confidence: lead / (lead + 0.3) }))
}

/// So many beats, as eighths where they are shorter than some seconds, else as quarters.
fn meter(count: usize, beats: &[f64], eighth: f64) -> Meter {
    let mean = (beats[beats.len() - 1] - beats[0]) / (beats.len() - 1).max(1) as f64;
    Meter::new(count as u8, if mean < eighth { 8 } else { 4 }).unwrap_or_default()
}

/// The meter of bars of five or seven of these beats.
pub fn meter_of(pattern: &[BeatPlace], beats: &[f64]) -> Meter {
    meter(pattern.len(), beats, EIGHTH)
}
