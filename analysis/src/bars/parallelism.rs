//! Repetition at the distance of bars: whether beats come in twos or threes.

use super::features::cosine;
use crate::notes::Heard;

/// Longest distance in beats that is looked at.
const FARTHEST: usize = 70;

/// Longest distance in beats of what returns as a whole.
const LONGEST_RETURN: usize = 48;

/// What each beat holds: weights of the pitch classes in its two halves, less their mean.
fn contents(notes: &[Heard], beats: &[f64]) -> Vec<[f64; 24]> {
    let mut contents = vec![[0.0; 24]; beats.len()];
    let mut next = 0;
    for note in notes.iter().filter(|note| !note.drum) {
        while next + 1 < beats.len() && beats[next + 1] <= note.from {
            next += 1;
        }
        let length = if next + 1 < beats.len() {
            beats[next + 1] - beats[next]
        } else {
            beats[next] - beats[next.saturating_sub(1)]
        };
        // To the nearest half beat: the last quarter belongs to the next beat.
        let place = (2.0 * (note.from - beats[next]) / length).round().clamp(0.0, 2.0) as usize;
        let beat = (next + place / 2).min(beats.len() - 1);
        let slot = place % 2 * 12 + usize::from(note.pitch % 12);
        contents[beat][slot] += note.duration().clamp(0.0, 1.0).sqrt();
    }
    let mut mean = [0.0; 24];
    for row in &contents {
        for (sum, value) in mean.iter_mut().zip(row) {
            *sum += value / contents.len() as f64;
        }
    }
    for row in &mut contents {
        for (value, mean) in row.iter_mut().zip(mean) {
            *value -= mean;
        }
    }
    contents
}

/// How alike beats are to those a distance after them.
pub struct Repetition {
    /// Mean correlation by distance in beats; 0 where too few beats are that far apart.
    similar: [f64; FARTHEST + 1],
    /// Longest distance that is known.
    usable: usize,
}

impl Repetition {
    /// Compares the beats of notes with each other.
    pub fn of(notes: &[Heard], beats: &[f64]) -> Self {
        let mut similar = [0.0; FARTHEST + 1];
        let usable = FARTHEST.min(beats.len().saturating_sub(4));
        if beats.is_empty() {
            return Self { similar, usable };
        }
        let contents = contents(notes, beats);
        for (distance, similar) in similar.iter_mut().enumerate().take(usable + 1).skip(1) {
            let pairs = contents.iter().zip(&contents[distance..]);
            *similar =
                pairs.map(|(a, b)| cosine(a, b)).sum::<f64>() / (beats.len() - distance) as f64;
        }
        Self { similar, usable }
    }

    /// How much more the music repeats itself after 2, 4, 8, 16 and 32 beats than after 3, 6, 12, 24
    /// and 48, as a difference of mean correlations.
    ///
    /// Parallel passages are heard in parallel places of the bar (Lerdahl, Jackendoff 1983, MPR 1;
    /// measured by autocorrelation as in Brown 1993).
    pub fn duple_over_triple(&self) -> f64 {
        let mean = |distances: [usize; 5]| {
            let (sum, count) = distances
                .iter()
                .filter(|&&it| it <= self.usable)
                .fold((0.0, 0.0), |(sum, count), &it| (sum + self.similar[it], count + 1.0));
            sum / f64::max(count, 1.0)
        };
        mean([2, 4, 8, 16, 32]) - mean([3, 6, 12, 24, 48])
    }

    /// How much more the music repeats itself after multiples of a number of beats than after any number of
    /// them.
    pub fn every(&self, beats: usize) -> f64 {
        let known = &self.similar[1..=self.usable.max(1)];
        let mean = known.iter().sum::<f64>() / known.len() as f64;
        let there = known.iter().skip(beats.max(1) - 1).step_by(beats.max(1));
        let (sum, count) = there.fold((0.0, 0.0), |(sum, count), it| (sum + it, count + 1.0));
        sum / f64::max(count, 1.0) - mean
    }

    /// How much more the music repeats itself after the best of 8, 16, 32, 12, 24 and 48 beats than
    /// after any number of them.
    pub fn returns(&self) -> f64 {
        let known = &self.similar[1..=self.usable.clamp(1, LONGEST_RETURN)];
        let mean = known.iter().sum::<f64>() / known.len() as f64;
        let best = [8, 16, 32, 12, 24, 48]
            .into_iter()
            .filter(|&it| it <= self.usable)
            .map(|it| self.similar[it])
            .fold(f64::NEG_INFINITY, f64::max);
        if best.is_finite() { best - mean } else { 0.0 }
    }
}
