//! How the learning rate runs over a training: a short warm-up, then half a cosine down.

use std::f64::consts::PI;

/// Steps until the full rate. More only cost time; with none, the first batches change the weights too much.
const WARM_UP: f64 = 10.0;
/// What is left of the rate at the end, as a share.
const FLOOR: f64 = 0.02;

/// The learning rate of a step. `steps` counts those done; `progress` is the share of the training
/// that is over, 0 to 1, by epochs or by the clock.
pub fn learning_rate(peak: f64, steps: u64, progress: f64) -> f64 {
    let warm = ((steps + 1) as f64 / WARM_UP).min(1.0);
    let fall = 0.5 * (1.0 + (PI * progress.clamp(0.0, 1.0)).cos());
    peak * warm * (FLOOR + (1.0 - FLOOR) * fall)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_rises_then_falls_to_nearly_nothing() {
        let rate = |steps, progress| learning_rate(4e-3, steps, progress);
        assert!(rate(0, 0.0) < rate(5, 0.01) && rate(5, 0.01) < rate(9, 0.02));
        assert!((rate(1000, 0.5) - 4e-3 * 0.51).abs() < 1e-9);
        assert!((rate(2000, 1.0) - 8e-5).abs() < 1e-9);
        assert_eq!(rate(2000, 1.0), rate(2000, 7.0));
    }
}
