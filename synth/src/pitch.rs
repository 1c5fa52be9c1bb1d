//! From keys to hertz.

/// The semitones of an octave as ratios: powers of the twelfth root of two.
const SEMITONES: [f64; 12] = [
    1.0,
    1.059_463_094_359_295_3,
    1.122_462_048_309_373,
    1.189_207_115_002_721,
    1.259_921_049_894_873_2,
    1.334_839_854_170_034_4,
    std::f64::consts::SQRT_2,
    1.498_307_076_876_681_5,
    1.587_401_051_968_199_4,
    1.681_792_830_507_429,
    1.781_797_436_280_678_5,
    1.887_748_625_363_386_8,
];

/// Below this no ear hears a tone.
pub const LOWEST: f64 = 20.0;

/// The frequency of a MIDI key: equal temperament, with A at 440 Hz.
///
/// A key whose tone could not be heard (below 20 Hz) or would leave the band (above a quarter of the
/// sample rate) sounds in the nearest octave in which it can be.
pub fn hertz(key: u8, rate: f32) -> f64 {
    // Key 9 is the A five octaves below the one of 440 Hz.
    let above = usize::from(key) + 3;
    let mut hertz = 13.75 / 2.0 * SEMITONES[above % 12] * f64::from(1u32 << (above / 12));
    while hertz < LOWEST {
        hertz *= 2.0;
    }
    while hertz > f64::from(rate) / 4.0 {
        hertz /= 2.0;
    }
    hertz
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_the_frequencies_of_equal_temperament() {
        for (key, expected) in [(69, 440.0), (57, 220.0), (60, 261.625_565_3), (108, 4_186.009_045)]
        {
            assert!((hertz(key, 48_000.0) - expected).abs() < 1e-6, "key {key}");
        }
        for key in 20..120 {
            let ratio = hertz(key + 1, 192_000.0) / hertz(key, 192_000.0);
            assert!((ratio - 2f64.powf(1.0 / 12.0)).abs() < 1e-12);
        }
    }

    #[test]
    fn every_key_can_be_heard_at_every_sample_rate() {
        for rate in [8_000.0, 44_100.0, 192_000.0] {
            for key in 0..=127 {
                let octaves = (hertz(key, rate) / hertz(key, 384_000.0)).log2();
                assert!((LOWEST..=f64::from(rate) / 4.0).contains(&hertz(key, rate)));
                assert!((octaves - octaves.round()).abs() < 1e-9);
            }
        }
    }
}
