//! A mode: one way in which a body rings, a sine that dies away.

use super::{decay, settled};

/// A complex number that turns and shrinks by the same factor every sample (the "phasor" or coupled form;
/// Mathews and Smith, "Methods for synthesizing very high Q parametrically well behaved two pole
/// filters", SMAC 2003). It costs four multiplications, and stays stable at any frequency.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mode {
    re: f32,
    im: f32,
    turn_re: f32,
    turn_im: f32,
}

impl Mode {
    /// A sine from its zero on: hertz, the level, and the seconds in which it falls by 60 dB. One above the
    /// band is silent.
    pub fn new(hertz: f32, level: f32, seconds: f32, rate: f32) -> Self {
        if hertz >= 0.45 * rate {
            return Self::default();
        }
        let angle = std::f64::consts::TAU * f64::from(hertz) / f64::from(rate);
        let factor = f64::from(decay::factor(seconds, rate));
        Self {
            re: level,
            im: 0.0,
            turn_re: (factor * libm::cos(angle)) as f32,
            turn_im: (factor * libm::sin(angle)) as f32,
        }
    }

    /// The next sample.
    pub fn next(&mut self) -> f32 {
        let now = self.im;
        (self.re, self.im) = (
            self.re * self.turn_re - self.im * self.turn_im,
            self.re * self.turn_im + self.im * self.turn_re,
        );
        now
    }

    /// Shrinks faster from now on, by a further factor a sample.
    pub fn damp(&mut self, factor: f32) {
        self.turn_re *= factor;
        self.turn_im *= factor;
    }

    /// To be called every [`CONTROL`](super::CONTROL) samples: ends what nobody hears.
    pub fn settle(&mut self) {
        if settled(self.re) == 0.0 && settled(self.im) == 0.0 {
            (self.re, self.im) = (0.0, 0.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rings_at_its_frequency_and_dies_in_its_time() {
        let rate = 48_000.0;
        let mut mode = Mode::new(1000.0, 1.0, 0.25, rate);
        let samples: Vec<f32> = (0..48_000)
            .map(|sample| {
                if sample % 16 == 0 {
                    mode.settle();
                }
                mode.next()
            })
            .collect();
        // A quarter of 48 samples after the start of a cycle is its crest.
        assert!((samples[12] - 0.993).abs() < 0.003 && samples[24].abs() < 1e-4);
        assert!((samples[12_012] / 1e-3 - 1.0).abs() < 0.02, "{}", samples[12_012]);
        assert!(samples.iter().all(|it| !it.is_subnormal()));
        assert_eq!(Mode::new(30_000.0, 1.0, 1.0, rate).next(), 0.0);
    }
}
