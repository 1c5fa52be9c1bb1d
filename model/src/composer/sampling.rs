//! Choosing among likely entries, with dice that are the same on every machine.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::Settings;
use crate::network::kernel::activation::exp;

/// The dice of one bar, ChaCha8 keyed by take and bar, and how daring they are.
pub(super) struct Dice {
    random: ChaCha8Rng,
    temperature: f32,
    top_p: f32,
}

impl Dice {
    pub(super) fn new(settings: &Settings, bar: u32) -> Self {
        let &Settings { take, temperature, top_p } = settings;
        let mut key = [0; 32];
        key[..4].copy_from_slice(&take.to_le_bytes());
        key[8..12].copy_from_slice(&bar.to_le_bytes());
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
    /// The place of a choice among `logits` (at least one): the softmax at the dice's
    /// temperature, cut to the likeliest entries that hold `top_p` of it (Holtzman et al., arXiv
    /// 1904.09751, section 3.1).
    ///
    /// One roll of the dice is made whatever the settings, so that turning a knob does not reshuffle
    /// the rest of the bar.
    pub(super) fn choose(&mut self, logits: &[f32], dice: &mut Dice) -> usize {
        let roll = dice.roll();
        let best = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        if dice.temperature < 0.01 {
            return logits.iter().position(|&logit| logit == best).unwrap_or(0);
        }
        self.ranked.clear();
        let weight = |&logit: &f32| exp((logit - best) / dice.temperature);
        self.ranked
            .extend(logits.iter().map(weight).enumerate().map(|(place, weight)| (weight, place)));
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
        Settings { take: 7, temperature, top_p }
    }

    fn frequencies(logits: &[f32], settings: &Settings) -> Vec<f32> {
        let mut counts = vec![0u16; logits.len()];
        let mut dice = Dice::new(settings, 3);
        let mut chooser = Chooser::default();
        for _ in 0..20_000 {
            counts[chooser.choose(logits, &mut dice)] += 1;
        }
        counts.into_iter().map(|count| f32::from(count) / 20_000.0).collect()
    }

    #[test]
    fn frequencies_follow_the_softmax() {
        let logits = [0.5f32.ln(), 0.3f32.ln(), 0.2f32.ln()];
        let found = frequencies(&logits, &settings(1.0, 1.0));
        assert!(
            found
                .iter()
                .zip([0.5, 0.3, 0.2])
                .all(|(found, expected)| (found - expected).abs() < 0.02),
            "{found:?}"
        );
    }

    #[test]
    fn top_p_leaves_out_the_unlikely() {
        let logits = [0.2f32.ln(), 0.5f32.ln(), 0.3f32.ln()];
        assert_eq!(frequencies(&logits, &settings(1.0, 0.79))[0], 0.0);
    }

    #[test]
    fn temperature_zero_takes_the_likeliest() {
        assert_eq!(frequencies(&[0.0, 2.0, 1.0], &settings(0.0, 1.0)), [0.0, 1.0, 0.0]);
    }
}
