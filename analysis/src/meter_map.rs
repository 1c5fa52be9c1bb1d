//! Beats and bars of a file whose grid and meter are true.

use jukebox_model::meter::Meter;
use jukebox_model::midi::Score;

use crate::bars::Bars;
use crate::beats::density::Division;
use crate::beats::{Beats, Source};

/// Length of a beat as it is felt, in quarter notes: the dotted quarter of 6/8, the half note of 2/2.
pub fn felt(meter: Meter) -> f64 {
    let denominator = f64::from(meter.denominator());
    if meter.is_compound() { 12.0 / denominator } else { 4.0 / denominator }
}

/// Quarter notes at which the last note ends.
fn end(score: &Score) -> f64 {
    score.notes.iter().map(|note| note.end).max().unwrap_or(0) as f64 / score.time.quarter
}

/// How many beats [`beats_and_bars`] gives, give or take those that rounding makes. Bars hold whole
/// beats, so only the last beat before a change or the end is cut.
pub fn count(score: &Score, meters: &[(f64, Meter)]) -> f64 {
    let end = end(score);
    let beats = |(index, &(from, meter)): (usize, &(f64, Meter))| {
        let until = meters.get(index + 1).map_or(end, |next| next.0).min(end);
        ((until - from).max(0.0) / felt(meter)).ceil()
    };
    meters.iter().enumerate().map(beats).sum()
}

/// Beats and bars as the file states them; meters are quarter notes and what holds from there.
pub fn beats_and_bars(score: &Score, meters: &[(f64, Meter)]) -> (Beats, Bars) {
    let end = end(score);
    let (mut times, mut lines) = (Vec::new(), Vec::new());
    let mut longest = (0.0, Meter::COMMON);
    for (index, &(from, meter)) in meters.iter().enumerate() {
        let until = meters.get(index + 1).map_or(end, |next| next.0).min(end);
        if until - from > longest.0 {
            longest = (until - from, meter);
        }
        let bar = 4.0 * f64::from(meter.numerator()) / f64::from(meter.denominator());
        let beat = felt(meter);
        let mut line = from;
        while line < until - 1e-6 {
            lines.push(times.len());
            let mut place = line;
            while place < (line + bar).min(until) - 1e-6 {
                times.push(score.time.seconds(place * score.time.quarter));
                place += beat;
            }
            line += bar;
        }
    }
    let division = if longest.1.is_compound() { Division::Compound } else { Division::Simple };
    let beats = Beats { times, division, source: Source::File, confidence: 1.0 };
    (beats, Bars { meter: longest.1, lines, confidence: 1.0 })
}
