//! Choosing among likely entries, with dice that are the same on every machine.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::Settings;
use crate::network::kernel::activation::{exp, ln};

/// The dice of one bar, ChaCha8 keyed by take, bar and variation, and how daring they are.
pub(super) struct Dice {
    random: ChaCha8Rng,
    temperature: f32,
    top_p: f32,
}

impl Dice {
    pub(super) fn new(settings: &Settings, bar: u32) -> Self {
        let &Settings { take, variation, temperature, top_p, .. } = settings;
        let mut key = [0; 32];
        key[..4].copy_from_slice(&take.to_le_bytes());
        key[8..12].copy_from_slice(&bar.to_le_bytes());
        key[12..16].copy_from_slice(&variation.to_le_bytes());
        Self { random: ChaCha8Rng::from_seed(key), temperature: temperature.max(0.0), top_p }
    }

    /// Uniform in [0, 1), in steps of 2^-24.
    fn roll(&mut self) -> f32 {
        (self.random.next_u32() >> 8) as f32 / (1 << 24) as f32
    }
}

/// Chooses by probability; keeps its buffer from choice to choice.
#[derive(Default)]
pub(super) struct Chooser {
    /// Weight and place of every entry, the likeliest first.
    ranked: Vec<(f32, usize)>,
}

impl Chooser {
    /// The place of a choice among `probabilities` (at least one that is not 0): they are sharpened by
    /// the dice's temperature, then cut to the likeliest entries that hold `top_p` of them (Holtzman et
    /// al., arXiv 1904.09751, section 3.1).
    ///
    /// One roll of the dice is made whatever the settings, so that turning a knob does not reshuffle
    /// the rest of the bar.
    pub(super) fn choose(&mut self, probabilities: &[f32], dice: &mut Dice) -> usize {
        let roll = dice.roll();
        let best = probabilities.iter().copied().fold(0.0, f32::max);
        if dice.temperature < 0.01 {
            return probabilities.iter().position(|&it| it == best).unwrap_or(0);
        }
        self.ranked.clear();
        let log_best = ln(best);
        let weight = |&it: &f32| match it {
            0.0 => 0.0,
            _ => exp((ln(it) - log_best) / dice.temperature),
        };
        self.ranked.extend(
            probabilities.iter().map(weight).enumerate().map(|(place, weight)| (weight, place)),
        );
        self.ranked.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let total: f32 = self.ranked.iter().map(|&(weight, _)| weight).sum();
        let mut kept = 0.0;
        let mut entries = 0;
        while entries < self.ranked.len() && (entries == 0 || kept < dice.top_p * total) {
            kept += self.ranked[entries].0;
            entries += 1;
        }
        let mut left = roll * kept;
        for &(weight, place) in &self.ranked[..entries] {
            left -= weight;
            if left < 0.0 {
                return place;
            }
        }
        self.ranked[0].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(temperature: f32, top_p: f32) -> Settings {
        Settings { take: 7, temperature, top_p, ..Settings::default() }
    }

    fn frequencies(probabilities: &[f32], settings: &Settings) -> Vec<f32> {
        let mut counts = vec![0u16; probabilities.len()];
        let mut dice = Dice::new(settings, 3);
        let mut chooser = Chooser::default();
        for _ in 0..20_000 {
            counts[chooser.choose(probabilities, &mut dice)] += 1;
        }
        counts.into_iter().map(|count| f32::from(count) / 20_000.0).collect()
    }

    fn near(found: &[f32], expected: &[f32]) -> bool {
        found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 0.02)
    }

    #[test]
    fn frequencies_follow_the_probabilities() {
        let found = frequencies(&[0.5, 0.3, 0.2], &settings(1.0, 1.0));
        assert!(near(&found, &[0.5, 0.3, 0.2]), "{found:?}");
    }

    #[test]
    fn temperature_is_a_power() {
        // Squares of 1, 2 and 3 over their sum.
        let found = frequencies(&[1.0 / 6.0, 2.0 / 6.0, 3.0 / 6.0], &settings(0.5, 1.0));
        assert!(near(&found, &[1.0 / 14.0, 4.0 / 14.0, 9.0 / 14.0]), "{found:?}");
    }

    #[test]
    fn top_p_leaves_out_the_unlikely() {
        assert_eq!(frequencies(&[0.2, 0.5, 0.3], &settings(1.0, 0.79))[0], 0.0);
    }

    #[test]
    fn what_may_not_be_chosen_is_not_however_hot() {
        assert_eq!(frequencies(&[0.0, 0.9, 0.1], &settings(5.0, 1.0))[0], 0.0);
    }

    #[test]
    fn temperature_zero_takes_the_likeliest() {
        assert_eq!(frequencies(&[0.2, 0.5, 0.3], &settings(0.0, 1.0)), [0.0, 1.0, 0.0]);
    }
}
