//! How to compose, and what that does to the odds of each choice.

use serde::{Deserialize, Serialize};

use crate::network::kernel::activation::{exp, ln};
use crate::piece::Tick;
use crate::sheet::SongForm;

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
    /// Which bars come back.
    #[serde(skip_serializing_if = "is_default")]
    pub form: SongForm,
    /// Which chords it plays to.
    #[serde(skip_serializing_if = "is_default")]
    pub chords: ChordSource,
    /// The lowest and the highest pitch, in the white-key frame (see
    /// [`Masks::within`](crate::network::Masks::within)). Drums ignore it.
    pub register: (u8, u8),
}

/// Which chords are played to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChordSource {
    /// Those of the plan.
    #[default]
    AsLearnt,
    /// Those of the [`WrittenSheet`](crate::sheet::WrittenSheet), where it has any.
    Written,
}

/// What is as it always was is not written down: older versions do not know it.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
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
            form: SongForm::AsLearnt,
            chords: ChordSource::AsLearnt,
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn density_favours_short_steps_or_long_ones() {
        let odds = |density| {
            let settings = ComposerSettings { density, ..ComposerSettings::default() };
            let mut odds = [0.25; 4];
            settings.thin_or_thicken(&mut odds, &[0, 6, 12, 24]);
            odds
        };
        assert_eq!(odds(0.0), [0.25; 4]);
        assert!(odds(0.5).is_sorted_by(|a, b| a > b));
        assert!(odds(-0.5).is_sorted_by(|a, b| a < b));
    }
}
