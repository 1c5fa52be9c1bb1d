//! Waves with edges, without the mirror images that edges bring in a sampled world.
//!
//! A step is replaced by the integral of a cubic B-spline, four samples wide (Välimäki, Pekonen and Nam,
//! "Perceptually informed synthesis of bandlimited classical waveforms using integrated polynomial
//! interpolation", JASA 131, 2012). What is mirrored lies some 60 dB lower than in the plain wave.

/// What to add to a step of height 1 at a distance in samples from it, so that it is smooth.
fn smoothing(distance: f32) -> f32 {
    let away = distance.abs();
    let before = if away < 1.0 {
        0.5 - away * (2.0 / 3.0 - away * away * (1.0 / 3.0 - away * 0.125))
    } else {
        let rest = 2.0 - away;
        rest * rest * rest * rest * (1.0 / 24.0)
    };
    if distance < 0.0 { before } else { -before }
}

/// The smoothing of a step at the border of cycles, at a place in a cycle of `1 / step` samples.
fn at_border(phase: f32, step: f32) -> f32 {
    let width = 2.0 * step;
    if phase < width {
        smoothing(phase / step)
    } else if phase > 1.0 - width {
        smoothing((phase - 1.0) / step)
    } else {
        0.0
    }
}

/// A saw tooth that rises from -1 to 1, at a place in its cycle. `step` is the share of a cycle that a
/// sample takes, at most a quarter.
pub fn saw(phase: f32, step: f32) -> f32 {
    2.0 * phase - 1.0 - 2.0 * at_border(phase, step)
}

/// A square wave.
pub fn square(phase: f32, step: f32) -> f32 {
    let later = if phase < 0.5 { phase + 0.5 } else { phase - 0.5 };
    let plain = if phase < 0.5 { 1.0 } else { -1.0 };
    plain + 2.0 * (at_border(phase, step) - at_border(later, step))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::wave::Phase;

    /// The loudest part of a wave that is not one of its harmonics, and its fundamental, by a Fourier
    /// transform over whole cycles.
    fn spectrum(wave: fn(f32, f32) -> f32, cycles: usize) -> (f64, f64) {
        const SAMPLES: usize = 2000;
        let step = cycles as f32 / SAMPLES as f32;
        let mut phase = Phase::default();
        let samples: Vec<f32> = (0..SAMPLES).map(|_| wave(phase.next(step), step)).collect();
        let level = |bin: usize| {
            let (mut re, mut im) = (0.0, 0.0);
            for (index, sample) in samples.iter().enumerate() {
                let angle =
                    std::f64::consts::TAU * ((index * bin) % SAMPLES) as f64 / SAMPLES as f64;
                re += f64::from(*sample) * angle.cos();
                im += f64::from(*sample) * angle.sin();
            }
            re.hypot(im) / (SAMPLES as f64 / 2.0)
        };
        // Mirror images near the top of the band are not what disturbs.
        let foreign = (1..SAMPLES / 4).filter(|bin| bin % cycles != 0).map(level);
        (foreign.fold(0.0, f64::max), level(cycles))
    }

    #[test]
    fn edges_bring_no_mirror_images_into_the_lower_half_of_the_band() {
        for wave in [saw, square] {
            // 2.5 kHz and 1 kHz at 48 kHz, neither dividing it.
            for cycles in [103, 41] {
                let (foreign, fundamental) = spectrum(wave, cycles);
                let decibels = 20.0 * (foreign / fundamental).log10();
                assert!(decibels < -60.0, "{cycles} cycles: {decibels} dB");
            }
        }
        let (foreign, fundamental) = spectrum(|phase, _| 2.0 * phase - 1.0, 103);
        assert!(20.0 * (foreign / fundamental).log10() > -40.0, "the plain wave has them");
    }

    #[test]
    fn waves_have_the_height_and_fundamental_of_their_shape() {
        let (_, fundamental) = spectrum(saw, 10);
        assert!((fundamental - std::f64::consts::FRAC_2_PI).abs() < 0.005, "{fundamental}");
        let (_, fundamental) = spectrum(square, 10);
        assert!((fundamental - 2.0 * std::f64::consts::FRAC_2_PI).abs() < 0.01, "{fundamental}");
    }
}
