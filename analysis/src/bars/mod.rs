//! Where the bars begin, and in which meter.

mod decode;
pub mod features;
pub mod odd;
pub mod parallelism;
pub mod returns;
pub mod strength;
pub mod texture;

use jukebox_model::meter::Meter;

use crate::beats::density::Division;
use crate::notes::Heard;
use decode::{Assumptions, positions};
use strength::BeatPlace::{self, Down, Middle, Weak};
use texture::Texture;

/// Bars over a row of beats.
#[derive(Clone, Debug, PartialEq)]
pub struct Bars {
    /// The usual meter.
    pub meter: Meter,
    /// Indices of the beats that begin a bar, ascending.
    pub lines: Vec<usize>,
    /// How sure they are, 0 to 1.
    pub confidence: f64,
}

impl Bars {
    /// Beats of a usual bar.
    pub fn beats_a_bar(&self) -> usize {
        let mut gaps: Vec<usize> = self.lines.windows(2).map(|pair| pair[1] - pair[0]).collect();
        gaps.sort_unstable();
        gaps.get(gaps.len() / 2).copied().unwrap_or(4)
    }

    /// For each of a number of beats, how many beats after the bar line it is. Beats before the first
    /// bar line are those of a bar that ends there.
    pub fn positions(&self, beats: usize) -> Vec<usize> {
        let bar = self.beats_a_bar().max(1);
        let position = |beat: usize| match self.lines.partition_point(|&line| line <= beat) {
            0 => (bar - self.lines.first().map_or(0, |&line| line - beat) % bar) % bar,
            line => beat - self.lines[line - 1],
        };
        (0..beats).map(position).collect()
    }
}

/// Below this, beats come in threes (see [`parallelism::Repetition::duple_over_triple`]).
const TRIPLE: f64 = 0.0;

/// Beats that a piece needs for its repetitions to tell its meter.
const ENOUGH_BEATS: usize = 24;

/// Points at the beats and halfway between them.
pub fn half_beats(beats: &[f64]) -> Vec<f64> {
    let mut points = Vec::with_capacity(2 * beats.len());
    for pair in beats.windows(2) {
        points.extend([pair[0], 0.5 * (pair[0] + pair[1])]);
    }
    points.extend(beats.last());
    points
}

/// Finds the bars.
///
/// Beats come in threes where the music repeats itself so, else in twos or fours: in twos where they
/// divide in three (6/8), and in a single line of quick notes, as dance tunes are notated; else in
/// fours; in fives and sevens where that is clear (see [`odd`]). The bar lines are the path that fits best the beats' evidence, with few bars cut short.
pub fn bars(notes: &[Heard], beats: &[f64], division: Division) -> Bars {
    let points = half_beats(beats);
    let ratios = strength::log_ratios(&features::features(notes, &points));
    let on_beats: Vec<[f64; 4]> = ratios.iter().step_by(2).copied().collect();
    let repetition = parallelism::Repetition::of(notes, beats);
    let contrast = repetition.duple_over_triple();
    let triple = beats.len() >= ENOUGH_BEATS && contrast < TRIPLE;
    let texture = Texture::of(notes, beats);
    let quick_line = texture.is_line() && texture.onsets_a_beat > 2.3;
    let odd = match division {
        Division::Simple => odd::over_beats(&on_beats, &repetition),
        Division::Compound => None,
    };
    let pattern: &[BeatPlace] = match (odd, triple, division) {
        (Some(odd), ..) => odd.pattern,
        (_, true, _) => &[Down, Weak, Weak],
        (_, false, Division::Compound) => &[Down, Weak],
        (_, false, Division::Simple) if quick_line => &[Down, Weak],
        (_, false, Division::Simple) => &[Down, Weak, Middle, Weak],
    };
    let begin = notes.first().map_or(0.0, |note| note.from);
    let first = beats.partition_point(|&beat| beat < begin - 0.07);
    let (trust, bonus) = match texture.is_line() {
        true if texture.onsets_a_beat > 1.9 => (0.35, 6.0),
        true => (1.0, 0.5),
        false => (0.8, 1.5),
    };
    let assumptions = Assumptions { pattern, trust, first: (first, bonus) };
    let (positions, score) = positions(&on_beats, assumptions);
    let lines: Vec<usize> = (0..beats.len()).filter(|&beat| positions[beat] == 0).collect();
    let count = pattern.len() as u8;
    let meter = match division {
        _ if odd.is_some() => odd::meter_of(pattern, beats),
        Division::Simple => Meter::new(count, 4).unwrap_or_default(),
        Division::Compound => Meter::new(3 * count, 8).unwrap_or_default(),
    };
    let certain = (score / beats.len().max(1) as f64).max(0.0);
    Bars { meter, lines, confidence: certain / (certain + 0.15) }
}
