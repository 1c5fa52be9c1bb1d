//! Which of several rows of beats is the music's: how beats divide, which level of the pulse is the beat,
//! and on which foot it stands.
//!
//! Following onsets finds a pulse; its half, its double and what lies between fit the onsets almost as
//! well. They are told apart by what repeats, what is strong and which tempo is usual, weighed by a
//! conditional logit model (McFadden 1974).

use super::density::{Division, log_likelihood};
use super::onsets::Onset;
use super::tracker::Tracked;
use crate::bars::parallelism::Repetition;
use crate::bars::texture::Texture;
use crate::bars::{bars, features, half_beats, odd, returns, strength};
use crate::notes::Heard;

/// Number of features of a candidate.
pub const FEATURES: usize = 26;

/// Weights of the features in single lines and in music of many voices, as `examples/fit_beats.rs` prints
/// them.
pub const WEIGHTS: [[f64; FEATURES]; 2] = [
    [
        12.049, 13.627, 3.138, 6.631, -3.203, 5.380, -5.928, -0.252, -1.596, -0.399, 7.217, 0.022,
        -0.047, -0.172, 0.859, 12.791, 5.744, 2.074, -6.975, 0.529, -1.401, -0.498, -5.915, 5.487,
        -0.252, -0.172,
    ],
    [
        -6.418, 7.974, 0.958, 7.633, 12.563, -1.730, -3.671, -2.913, 1.142, 2.491, 3.663, 0.000,
        0.000, 1.348, 0.113, -2.530, 2.534, 6.199, -8.688, -6.144, -5.902, 1.773, -0.413, 1.536,
        0.000, 0.000,
    ],
];

/// Beats that may be the music's.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Seconds.
    pub times: Vec<f64>,
    /// How they divide.
    pub division: Division,
    /// Fit of the pulse that they come from.
    pub fit: f64,
    /// Whether the music is a single line.
    pub is_line: bool,
    /// What speaks for them.
    pub features: [f64; FEATURES],
}

impl Candidate {
    /// How likely they are, as a logarithm up to a constant of the piece.
    pub fn value(&self) -> f64 {
        let weights = &WEIGHTS[usize::from(!self.is_line)];
        self.features.iter().zip(weights).map(|(feature, weight)| feature * weight).sum()
    }
}

/// Shortest and longest beat in seconds.
const BEAT: std::ops::RangeInclusive<f64> = 0.28..=1.45;

/// Length of a beat from which tempi are counted, in seconds, and how near to a beat is on it, as a share.
const USUAL: f64 = 0.6;
const NEAR: f64 = 0.15;

/// Fewest beats of a candidate, where the music has more.
const FEWEST: usize = 8;

/// Seconds before the first onset at which a beat may lie.
const BEFORE: f64 = 0.1;

/// The candidates that follow from each pulse, the pulse itself first.
pub fn candidates(notes: &[Heard], onsets: &[Onset], pulses: Vec<Tracked>) -> Vec<Candidate> {
    let Some(first) = notes.first().map(|note| note.from) else { return Vec::new() };
    let piece = Piece { notes, onsets, beginnings: returns::beginnings(notes) };
    let mut found = Vec::new();
    for Tracked { division, beats: pulse, fit } in pulses {
        let every_other =
            |from: usize| pulse.iter().skip(from).step_by(2).copied().collect::<Vec<_>>();
        let moved = |by: f64| {
            pulse.windows(2).map(|pair| pair[0] + by * (pair[1] - pair[0])).collect::<Vec<_>>()
        };
        let [a, b] = match division {
            Division::Simple => [moved(0.5), half_beats(&pulse)],
            Division::Compound => [moved(1.0 / 3.0), moved(2.0 / 3.0)],
        };
        let rows = [pulse.clone(), a, b, every_other(0), every_other(1)];
        for (index, row) in rows.into_iter().enumerate() {
            let times: Vec<f64> = row.into_iter().filter(|&at| at > first - BEFORE).collect();
            let Some(seconds) = mean_gap(&times) else { continue };
            if index > 0 && (times.len() < FEWEST || !BEAT.contains(&seconds)) {
                continue;
            }
            let texture = Texture::of(notes, &times);
            let features = piece.describe(&times, division, fit, &texture);
            let is_line = texture.is_line();
            found.push(Candidate { times, division, fit, is_line, features });
        }
    }
    found
}

fn mean_gap(times: &[f64]) -> Option<f64> {
    (times.len() > 1).then(|| (times[times.len() - 1] - times[0]) / (times.len() - 1) as f64)
}

/// How much a meter of five or seven that is clear counts, beside its lead, as one of two or four does by the
/// difference of mean correlations.
const ODD: f64 = 0.1;

/// What is known of a piece before its beats are.
struct Piece<'a> {
    notes: &'a [Heard],
    onsets: &'a [Onset],
    /// Where passages begin that return.
    beginnings: Vec<(f64, f64)>,
}

impl Piece<'_> {
    /// What speaks for beats, with a texture of the piece, in the order of [`WEIGHTS`]: fit of the pulse
    /// and of the beats, strength, repetition, tempo, division, bars, returns, density, the first and the
    /// last onset, where onsets, beginnings and long notes are, how many beats have an onset.
    fn describe(
        &self,
        times: &[f64],
        division: Division,
        fit: f64,
        texture: &Texture,
    ) -> [f64; FEATURES] {
        let Self { notes, onsets, beginnings } = self;
        let seconds = mean_gap(times).unwrap_or(USUAL);
        let octaves = (seconds / USUAL).log2();
        let ratios = strength::log_ratios(&features::features(notes, &half_beats(times)));
        let repetition = Repetition::of(notes, times);
        let on_beats: Vec<[f64; 4]> = ratios.iter().step_by(2).copied().collect();
        // Bars of five or seven repeat themselves neither by twos nor by threes.
        let odd = match division {
            Division::Simple => odd::over_beats(&on_beats, &repetition),
            Division::Compound => None,
        };
        let contrast = odd.map_or(repetition.duple_over_triple(), |odd| odd.lead.max(0.0) + ODD);
        let one = |is: bool| f64::from(u8::from(is));
        let (line, compound) = (one(texture.is_line()), one(division == Division::Compound));
        let on_beat = |at: f64| {
            let next = times.partition_point(|&beat| beat <= at - NEAR * seconds);
            one(times.get(next).is_some_and(|&beat| beat < at + NEAR * seconds))
        };
        let first = on_beat(notes[0].from);
        let struck = |at: &&f64| {
            let next = onsets.partition_point(|it| it.at < **at - NEAR * seconds);
            onsets.get(next).is_some_and(|it| it.at < **at + NEAR * seconds)
        };
        let all = shares(onsets.iter().map(|it| (it.at, it.weight)), times);
        let begin = shares(beginnings.iter().copied(), times);
        let long = notes.iter().filter(|it| !it.drum && it.duration() > 0.8 * seconds);
        let long = shares(long.map(|it| (it.from, it.duration().min(2.0))), times);
        [
            fit,
            placed(onsets, times, division),
            strength::beat_evidence(&ratios),
            contrast,
            contrast.abs(),
            octaves,
            octaves * octaves,
            compound,
            compound * octaves,
            bars(notes, times, division).confidence,
            repetition.returns(),
            line * texture.onsets_a_beat,
            line * texture.onsets_a_beat * texture.onsets_a_beat,
            first,
            on_beat(notes[notes.len() - 1].from),
            all[0],
            all[1],
            all[2],
            all[3],
            begin[0],
            begin[1],
            long[0],
            long[1],
            times.iter().filter(struck).count() as f64 / times.len() as f64,
            line * compound,
            line * first,
        ]
    }
}

/// Mean log likelihood of the onsets' places in the beats.
fn placed(onsets: &[Onset], times: &[f64], division: Division) -> f64 {
    let (mut sum, mut weight) = (0.0, 1e-9);
    let mut next = 0;
    for onset in onsets {
        let (phase, period) = phase(onset.at, times, &mut next);
        sum += onset.weight * log_likelihood(division, phase, period);
        weight += onset.weight;
    }
    sum / weight
}

/// Shares of what is on a beat, halfway, at a quarter or three, and at a third or two: marks with their
/// weights, by time.
fn shares(marks: impl Iterator<Item = (f64, f64)>, times: &[f64]) -> [f64; 4] {
    /// Spread of what is at a place, as a share of the beat.
    const SPREAD: f64 = 0.07;
    let (mut sums, mut all) = ([0.0; 4], 1e-9);
    let mut next = 0;
    for (at, weight) in marks {
        let phase = phase(at, times, &mut next).0;
        all += weight;
        let near = |place: f64| {
            let apart = ((phase - place + 0.5).rem_euclid(1.0) - 0.5) / SPREAD;
            weight * (-0.5 * apart * apart).exp()
        };
        sums[0] += near(0.0);
        sums[1] += near(0.5);
        sums[2] += near(0.25) + near(0.75);
        sums[3] += near(1.0 / 3.0) + near(2.0 / 3.0);
    }
    sums.map(|sum| sum / all)
}

/// Phase of a time in its beat and how long that lasts; `next` is the beat of an earlier time. Beats go on
/// before the first and after the last.
fn phase(at: f64, times: &[f64], next: &mut usize) -> (f64, f64) {
    while *next + 2 < times.len() && times[*next + 1] <= at {
        *next += 1;
    }
    let (from, period) = (times[*next], times[*next + 1] - times[*next]);
    (((at - from) / period).rem_euclid(1.0), period)
}
