//! Sampling of one entry by its probability, the same on every machine.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::{ComposerSettings, UsualSettings};
use crate::network::Head;
use crate::network::kernel::activation::{exp, ln};

/// The random numbers of one bar: ChaCha8, keyed by take, bar, variation and attempt. Nothing else has a part in
/// them.
pub(super) struct NoteRng(ChaCha8Rng);

impl NoteRng {
    pub(super) fn new(take: u32, variation: u32, bar: u32, attempt: u32) -> Self {
        let mut key = [0; 32];
        key[..4].copy_from_slice(&take.to_le_bytes());
        key[8..12].copy_from_slice(&bar.to_le_bytes());
        key[12..16].copy_from_slice(&variation.to_le_bytes());
        key[24..28].copy_from_slice(&attempt.to_le_bytes());
        Self(ChaCha8Rng::from_seed(key))
    }

    /// Uniform in [0, 1), in steps of 2^-24.
    fn uniform(&mut self) -> f32 {
        (self.0.next_u32() >> 8) as f32 / (1 << 24) as f32
    }
}

/// Samples with a temperature and top-p. It keeps its buffer from sample to sample.
#[derive(Default)]
pub(super) struct Sampler {
    temperature: [f32; Head::COUNT],
    top_p: f32,
    /// Weight and place of every entry, the likeliest first.
    ranked: Vec<(f32, usize)>,
}

impl Sampler {
    /// Takes over the temperature and top-p of settings, as a record means them.
    pub(super) fn set(&mut self, settings: &ComposerSettings, usual: &UsualSettings) {
        self.temperature =
            Head::ALL.map(|head| usual.temperature(head, settings.temperature.max(0.0)));
        self.top_p = usual.top_p(settings.top_p);
    }

    /// The place of a sample among `probabilities`, of which at least one is not 0. They are raised to
    /// the power of 1 / temperature, then cut to the likeliest entries that hold `top_p` of them (Holtzman
    /// et al., arXiv 1904.09751, section 3.1). A temperature of 0 takes the likeliest.
    ///
    /// One number is drawn whatever the settings, so that the later notes of a bar draw the same numbers
    /// after a setting was changed.
    pub(super) fn sample(&mut self, head: Head, probabilities: &[f32], rng: &mut NoteRng) -> usize {
        let drawn = rng.uniform();
        let temperature = self.temperature[head as usize];
        let best = probabilities.iter().copied().fold(0.0, f32::max);
        if temperature < 0.01 {
            return probabilities.iter().position(|&it| it == best).unwrap_or(0);
        }
        self.ranked.clear();
        let log_best = ln(best);
        let weight = |&it: &f32| match it {
            0.0 => 0.0,
            _ => exp((ln(it) - log_best) / temperature),
        };
        self.ranked.extend(
            probabilities.iter().map(weight).enumerate().map(|(place, weight)| (weight, place)),
        );
        self.ranked.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let total: f32 = self.ranked.iter().map(|&(weight, _)| weight).sum();
        let mut kept = 0.0;
        let mut entries = 0;
        while entries < self.ranked.len() && (entries == 0 || kept < self.top_p * total) {
            kept += self.ranked[entries].0;
            entries += 1;
        }
        let mut left = drawn * kept;
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

    fn settings(temperature: f32, top_p: f32) -> ComposerSettings {
        ComposerSettings { take: 7, temperature, top_p, ..ComposerSettings::default() }
    }

    fn frequencies(probabilities: &[f32], settings: &ComposerSettings) -> Vec<f32> {
        let mut counts = vec![0u16; probabilities.len()];
        let mut rng = NoteRng::new(settings.take, settings.variation, 3, 0);
        let mut sampler = Sampler::default();
        sampler.set(settings, &UsualSettings::default());
        for _ in 0..20_000 {
            counts[sampler.sample(Head::Pitch, probabilities, &mut rng)] += 1;
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
