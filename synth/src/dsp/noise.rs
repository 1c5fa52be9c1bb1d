//! White noise.

/// A xorshift generator (Marsaglia, "Xorshift RNGs", Journal of Statistical Software 8, 2003).
#[derive(Clone, Copy, Debug)]
pub struct Noise(u32);

impl Noise {
    /// A seed gives the same noise every time.
    pub fn new(seed: u32) -> Self {
        // Neighbouring seeds are spread over the whole period; zero is the one state that stays.
        Self((seed.wrapping_mul(0x9e37_79b9) ^ 0x85eb_ca6b).max(1))
    }

    /// The next sample, even between -1 and 1.
    pub fn next(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0.cast_signed() as f32 * (1.0 / 2_147_483_648.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_even_white_and_differs_by_its_seed() {
        for seed in 0..200 {
            let mut noise = Noise::new(seed);
            let samples: Vec<f32> = (0..20_000).map(|_| noise.next()).collect();
            assert!(samples.iter().all(|it| it.abs() <= 1.0));
            let mean = |values: &mut dyn Iterator<Item = f32>| values.sum::<f32>() / 20_000.0;
            assert!(mean(&mut samples.iter().copied()).abs() < 0.025, "seed {seed}");
            let power = mean(&mut samples.iter().map(|it| it * it));
            assert!((power - 1.0 / 3.0).abs() < 0.012, "seed {seed}: {power}");
            let next = mean(&mut samples.windows(2).map(|pair| pair[0] * pair[1]));
            assert!(next.abs() < 0.012, "seed {seed}: {next}");
        }
        assert_ne!(Noise::new(1).next(), Noise::new(2).next());
    }
}
