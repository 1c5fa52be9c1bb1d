//! Sine waves, of a polynomial: the same bits on every processor, and no call into a library.

use std::f32::consts::TAU;

/// A place in a cycle, from 0 to 1, that moves by a step a sample.
#[derive(Clone, Copy, Debug, Default)]
pub struct Phase(f32);

impl Phase {
    /// The place now; then goes on by less than a cycle.
    pub fn next(&mut self, step: f32) -> f32 {
        let now = self.0;
        self.0 += step;
        if self.0 >= 1.0 {
            self.0 -= 1.0;
        }
        now
    }
}

/// The sine of a place in a cycle, from 0 to 1.
///
/// A Taylor polynomial of degree 11 over a quarter of a cycle: right to 1e-7.
pub fn sine(phase: f32) -> f32 {
    // -sin of the phase half a cycle earlier, folded into a quarter on either side of zero.
    let away = phase - 0.5;
    let folded = if away.abs() > 0.25 { (0.5 - away.abs()).copysign(away) } else { away };
    let x = -TAU * folded;
    let square = x * x;
    let inner = 1.0 / 362_880.0 - square * (1.0 / 39_916_800.0);
    let inner = 1.0 / 5040.0 - square * inner;
    let inner = 1.0 / 120.0 - square * inner;
    let inner = 1.0 / 6.0 - square * inner;
    x - x * square * inner
}

/// The sine a quarter later.
pub fn cosine(phase: f32) -> f32 {
    let later = phase + 0.25;
    sine(if later >= 1.0 { later - 1.0 } else { later })
}

/// A bend that lets a wave saturate softly: straight at zero, never beyond ±1 (Padé's tanh).
pub fn saturate(x: f32) -> f32 {
    let x = x.clamp(-3.0, 3.0);
    x * (27.0 + x * x) / (27.0 + 9.0 * x * x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sines_are_right() {
        for step in 0..10_000 {
            let phase = step as f32 / 10_000.0;
            let angle = f64::from(phase) * std::f64::consts::TAU;
            assert!((f64::from(sine(phase)) - angle.sin()).abs() < 5e-7, "sine of {phase}");
            assert!((f64::from(cosine(phase)) - angle.cos()).abs() < 5e-7, "cosine of {phase}");
        }
    }

    #[test]
    fn saturation_is_odd_rises_and_stays_within_one() {
        let mut before = -1.0;
        for step in -500..=500 {
            let x = step as f32 / 100.0;
            let y = saturate(x);
            assert!(y > before - 1e-6 && y.abs() < 1.0 + 1e-6 && saturate(-x) == -y);
            before = y;
        }
        assert!((saturate(0.01) - 0.01).abs() < 1e-6);
    }
}
