//! Beats that the file's own time holds, but for where they begin.
//!
//! Transcriptions whose tempo was tracked, and performances to a click, have the length of the beat in
//! their tempo events, while the first beat is not at tick 0.

use super::density::{Division, log_likelihood};
use super::onsets::Onset;

/// Beats at a constant distance in the file's own time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FileGrid {
    /// Length of a beat in quarter notes of the file.
    pub period: f64,
    /// Place of the first beat at or after 0, in quarter notes: below the period.
    pub phase: f64,
    /// How beats divide.
    pub division: Division,
    /// Mean logarithm of the likelihood of an onset against one at random.
    pub fit: f64,
}

/// Steps in which phases are tried, in a quarter note.
const STEPS: usize = 96;

/// How well beats of a length fit at each phase, best first; neighbours of a better one are left out.
pub fn fits(
    onsets: &[Onset],
    period: f64,
    division: Division,
    seconds_a_quarter: f64,
) -> Vec<FileGrid> {
    let steps = (period * STEPS as f64).round() as usize;
    let total: f64 = onsets.iter().map(|onset| onset.weight).sum();
    let mut histogram = vec![0.0; steps];
    for onset in onsets {
        let place = (onset.quarter / period).rem_euclid(1.0) * steps as f64;
        histogram[place.round() as usize % steps] += onset.weight / total;
    }
    let table: Vec<f64> = (0..steps)
        .map(|step| {
            log_likelihood(division, step as f64 / steps as f64, period * seconds_a_quarter)
        })
        .collect();
    let mut fits: Vec<FileGrid> = (0..steps)
        .map(|phase| {
            let fit = (0..steps)
                .map(|step| histogram[step] * table[(step + steps - phase) % steps])
                .sum();
            FileGrid { period, phase: phase as f64 / STEPS as f64, division, fit }
        })
        .collect();
    fits.sort_by(|a, b| b.fit.total_cmp(&a.fit));
    let mut kept: Vec<FileGrid> = Vec::new();
    for grid in fits {
        let near = |other: &FileGrid| {
            let apart = (grid.phase - other.phase).rem_euclid(period);
            apart.min(period - apart) < 0.12 * period
        };
        if !kept.iter().any(near) {
            kept.push(grid);
        }
    }
    kept
}
