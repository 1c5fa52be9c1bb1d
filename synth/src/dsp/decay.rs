//! Exponential decay.

use super::settled;

/// The factor a sample that lets a sound fall by 60 dB in some seconds.
pub fn factor(seconds: f32, rate: f32) -> f32 {
    libm::exp(-std::f64::consts::LN_10 * 3.0 / (f64::from(seconds) * f64::from(rate))) as f32
}

/// Falls from a level towards zero, as what rings freely does.
#[derive(Clone, Copy, Debug)]
pub struct Decay {
    value: f32,
    factor: f32,
}

impl Decay {
    /// From `start`, by 60 dB in `seconds`.
    pub fn new(start: f32, seconds: f32, rate: f32) -> Self {
        Self { value: start, factor: factor(seconds, rate) }
    }

    /// Falls as it did, from a level anew.
    pub fn again_from(self, start: f32) -> Self {
        Self { value: start, ..self }
    }

    /// Goes on falling at another pace.
    pub fn fall_in(&mut self, seconds: f32, rate: f32) {
        self.factor = self.factor.min(factor(seconds, rate));
    }

    /// The level now.
    pub fn value(&self) -> f32 {
        self.value
    }

    /// The level now, then a sample later.
    pub fn next(&mut self) -> f32 {
        let now = self.value;
        self.value *= self.factor;
        now
    }

    /// To be called every [`CONTROL`](super::CONTROL) samples: ends what nobody hears.
    pub fn settle(&mut self) {
        self.value = settled(self.value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_falls_by_sixty_decibels_in_its_time_and_ends_at_zero() {
        let mut decay = Decay::new(1.0, 0.5, 48_000.0);
        for _ in 0..24_000 {
            decay.next();
        }
        assert!((decay.value() / 1e-3 - 1.0).abs() < 1e-2, "{}", decay.value());
        for sample in 0..200_000 {
            if sample % 16 == 0 {
                decay.settle();
            }
            assert!(!decay.next().is_subnormal());
        }
        assert_eq!(decay.value(), 0.0);
    }
}
