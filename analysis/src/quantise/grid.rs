//! The grids that music uses, and which of them explains its onsets.

use jukebox_model::piece::Tick;

use crate::beats::density::Division;

/// The grid that a piece uses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Grid {
    /// That of the file: its notes lie on note values already, only its bars were inferred.
    OfFile,
    /// Each so many ticks from the beat on, such as 6 for 16th notes.
    Ticks(Tick),
    /// This many equal parts of a beat: 2, 4, 8, or 3, 6 and 12 with triplets or in compound meters.
    Even(u8),
    /// Eighths of which the second comes late: at this share of the beat, about 2/3.
    Swung(f64),
    /// 16ths of which each second comes late: at this share of the eighth.
    SwungSixteenths(f64),
}

/// Places of a grid in the beat, as shares of it, with the tick that each is written as.
pub fn places(grid: Grid, beat: Tick) -> Vec<(f64, Tick)> {
    match grid {
        Grid::OfFile => places(Grid::Ticks(1), beat),
        Grid::Ticks(step) => (0..beat)
            .step_by(step.max(1) as usize)
            .chain([beat])
            .map(|tick| (f64::from(tick) / f64::from(beat), tick))
            .collect(),
        Grid::Even(parts) => (0..=Tick::from(parts))
            .map(|part| {
                let share = f64::from(part) / f64::from(parts);
                (share, (share * f64::from(beat)).round() as Tick)
            })
            .collect(),
        Grid::Swung(late) => vec![(0.0, 0), (late, beat / 2), (1.0, beat)],
        Grid::SwungSixteenths(late) => vec![
            (0.0, 0),
            (0.5 * late, beat / 4),
            (0.5, beat / 2),
            (0.5 + 0.5 * late, 3 * beat / 4),
            (1.0, beat),
        ],
    }
}

/// Spread of onsets round their place in seconds, and the share of those that are anywhere.
const SPREAD: f64 = 0.022;
const ASTRAY: f64 = 0.05;

/// Likelihood of phases (with the length of their beat) on places that are all equally likely: more
/// places are each less likely, so that the plainest grid that explains the onsets wins.
fn likelihood(phases: &[(f64, f64)], places: &[(f64, Tick)]) -> f64 {
    let sum: f64 = phases.iter().map(|&(phase, length)| log_density(phase, length, places)).sum();
    sum / phases.len().max(1) as f64
}

/// The same of one phase.
fn log_density(phase: f64, length: f64, places: &[(f64, Tick)]) -> f64 {
    let each = (1.0 - ASTRAY) / (places.len() - 1) as f64;
    let density = |&(place, _): &(f64, Tick)| {
        let z = (phase - place) * length / SPREAD;
        (-0.5 * z * z).exp() * length / (SPREAD * 2.507)
    };
    (each * places.iter().map(density).sum::<f64>() + ASTRAY).ln()
}

/// The same of one onset that is some seconds from its place, which is one of a number in a beat, where onsets
/// have a spread.
pub fn log_likelihood(apart: f64, spread: f64, length: f64, places: usize) -> f64 {
    let z = apart / spread;
    let density = (-0.5 * z * z).exp() * length / (spread * 2.507);
    ((1.0 - ASTRAY) / places as f64 * density + ASTRAY).ln()
}

/// Finds the grid of phases in beats (0 to 1, with the length of the beat in seconds).
pub fn grid_of(phases: &[(f64, f64)], division: Division) -> Grid {
    let mut grids: Vec<Grid> = match division {
        Division::Simple => [2, 4, 8, 3, 6, 12].map(Grid::Even).to_vec(),
        Division::Compound => [3, 6, 12].map(Grid::Even).to_vec(),
    };
    if division == Division::Simple {
        grids.extend((56..=72).step_by(2).map(|late| Grid::Swung(f64::from(late) / 100.0)));
    }
    let value = |grid: &Grid| likelihood(phases, &places(*grid, 24));
    grids.into_iter().max_by(|a, b| value(a).total_cmp(&value(b))).unwrap_or(Grid::Even(4))
}

/// Most phases that a grid is found by.
const ENOUGH: usize = 4096;

/// Not more phases than a grid is found by.
fn some(phases: &[(f64, f64)]) -> Vec<(f64, f64)> {
    phases.iter().step_by(phases.len().div_ceil(ENOUGH).max(1)).copied().collect()
}

/// The first of the grids that explain phases best.
fn best_of(phases: &[(f64, f64)], grids: &[Grid]) -> Grid {
    let valued = grids.iter().map(|&grid| (grid, likelihood(phases, &places(grid, 24))));
    valued.rev().max_by(|a, b| a.1.total_cmp(&b.1)).map_or(Grid::Even(4), |it| it.0)
}

/// 16ths, straight or swung, whichever explain phases better.
pub fn sixteenths(phases: &[(f64, f64)]) -> Grid {
    // The last is a dotted rhythm.
    let late = (54..=68).step_by(2).chain([75]);
    let swung = late.map(|late| Grid::SwungSixteenths(f64::from(late) / 100.0));
    let grids: Vec<Grid> = std::iter::once(Grid::Even(4)).chain(swung).collect();
    best_of(&some(phases), &grids)
}

/// The grid of notes that were played to a click, whose beats are sure: 16ths may swing, too.
pub fn clicked_grid(phases: &[(f64, f64)], division: Division) -> Grid {
    let phases = some(phases);
    let plain = grid_of(&phases, division);
    match division {
        Division::Simple => best_of(&phases, &[plain, sixteenths(&phases), Grid::Swung(0.75)]),
        Division::Compound => plain,
    }
}

/// The place that is nearest to a share of the beat.
pub fn nearest(places: &[(f64, Tick)], phase: f64) -> (f64, Tick) {
    let after = places.partition_point(|&(share, _)| share <= phase);
    let (Some(&last), next) = (places[..after].last(), places.get(after)) else { return (0.0, 0) };
    match next {
        Some(&next) if next.0 - phase < phase - last.0 => next,
        _ => last,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phases(places: &[f64]) -> Vec<(f64, f64)> {
        // 10 ms early and late at 100 beats a minute.
        let late = |i: usize| 0.01 / 0.6 * ((i * 7 % 5) as f64 - 2.0) / 2.0;
        (0..200).map(|i| ((places[i % places.len()] + late(i)).rem_euclid(1.0), 0.6)).collect()
    }

    #[test]
    fn the_plainest_grid_that_explains_the_onsets_is_taken() {
        let grid = |places: &[f64]| grid_of(&phases(places), Division::Simple);
        assert_eq!(grid(&[0.0, 0.5]), Grid::Even(2));
        assert_eq!(grid(&[0.0, 0.25, 0.5, 0.75]), Grid::Even(4));
        assert_eq!(grid(&[0.0, 1.0 / 3.0, 2.0 / 3.0]), Grid::Even(3));
        assert!(matches!(grid(&[0.0, 0.62]), Grid::Swung(late) if (late - 0.62).abs() < 0.03));
    }
}
