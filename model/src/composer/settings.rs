//! How to compose, and what that does to the odds of each choice.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::network::kernel::activation::{exp, ln};
use crate::piece::Tick;
use crate::vocabulary::Vocabulary;

/// How strongly the density acts: at its ends, the odds of a step are divided or multiplied by about
/// the fifth power of its length.
const DENSITY: f32 = 2.5;
/// Ticks up to which steps count as equally short: a sixteenth.
const SHORT: f32 = 6.0;

/// How to compose. The same settings, record, meters and past give the same bars.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ComposerSettings {
    /// The take number: the seed.
    pub take: u32,
    /// Counts the attempts at the same bars with the same seed.
    pub variation: u32,
    /// 0 always plays the likeliest note; 1 plays as the collection does; more dares more.
    pub temperature: f32,
    /// The share of likely notes to choose from, above 0 and at most 1.
    pub top_p: f32,
    /// The weight of the motif memory: 0 never looks back, at 0.5 the odds of copying are those found in
    /// music, at 1 it copies wherever that fills no bar more than an earlier one was. A composer hears its own copies and copies them again,
    /// so that somewhat less than 0.5 returns as often as music does.
    pub motif: f32,
    /// From -1, the fewest notes, through 0, as the record has learnt, to 1, the most.
    pub density: f32,
    /// The lowest and the highest pitch, in the white-key frame. Drums ignore it.
    pub register: (u8, u8),
}

impl Default for ComposerSettings {
    fn default() -> Self {
        Self {
            take: 1,
            variation: 0,
            temperature: 0.9,
            top_p: 0.95,
            motif: 0.3,
            density: 0.0,
            register: (0, 127),
        }
    }
}

impl ComposerSettings {
    /// Whether every value lies where it is defined, as those of a file may not.
    pub fn is_usable(&self) -> bool {
        (0.0..=5.0).contains(&self.temperature)
            && self.top_p > 0.0
            && self.top_p <= 1.0
            && (0.0..=1.0).contains(&self.motif)
            && (-1.0..=1.0).contains(&self.density)
            && self.register.1 < 128
    }

    /// Moves the odds of the steps (in ticks) towards fewer or more notes.
    pub(super) fn thin_or_thicken(&self, odds: &mut [f32], steps: &[Tick]) {
        if self.density == 0.0 {
            return;
        }
        for (odds, &step) in odds.iter_mut().zip(steps) {
            let length = ln(1.0 + step as f32 / SHORT);
            *odds *= exp(-DENSITY * self.density * length);
        }
    }

    /// The places in a vocabulary of the pitches that lie in the register; the nearest one where none
    /// does.
    pub(super) fn pitches(&self, vocabulary: &Vocabulary) -> Range<usize> {
        let pitches = &vocabulary.pitches;
        if vocabulary.drums {
            return 0..pitches.len();
        }
        let (low, high) = self.register;
        let first = pitches.partition_point(|&pitch| pitch < low);
        let end = pitches.partition_point(|&pitch| pitch <= high);
        if first < end {
            return first..end;
        }
        let nearest = vocabulary.nearest_pitch(low.midpoint(high));
        nearest..nearest + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::Meter;

    fn vocabulary(drums: bool) -> Vocabulary {
        Vocabulary {
            steps: vec![0, 6, 12, 24],
            pitches: vec![60, 62, 64, 65, 67],
            durations: vec![12],
            velocities: vec![80],
            meters: vec![Meter::COMMON],
            drums,
        }
    }

    #[test]
    fn the_register_names_the_pitches_that_lie_in_it() {
        let places = |low, high, drums| {
            let settings =
                ComposerSettings { register: (low, high), ..ComposerSettings::default() };
            settings.pitches(&vocabulary(drums))
        };
        assert_eq!(places(0, 127, false), 0..5);
        assert_eq!(places(61, 65, false), 1..4);
        assert_eq!(places(61, 65, true), 0..5);
        assert_eq!(places(90, 100, false), 4..5);
        assert_eq!(places(63, 63, false).len(), 1);
        assert_eq!(places(67, 60, false).len(), 1, "a register upside down");
    }

    #[test]
    fn density_favours_short_steps_or_long_ones() {
        let odds = |density| {
            let settings = ComposerSettings { density, ..ComposerSettings::default() };
            let mut odds = [0.25; 4];
            settings.thin_or_thicken(&mut odds, &vocabulary(false).steps);
            odds
        };
        assert_eq!(odds(0.0), [0.25; 4]);
        assert!(odds(0.5).is_sorted_by(|a, b| a > b));
        assert!(odds(-0.5).is_sorted_by(|a, b| a < b));
    }
}
