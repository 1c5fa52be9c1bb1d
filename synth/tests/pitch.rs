//! Notes are in tune and clean.

mod common;

use common::{PITCHED, at, cents_from, decibels, hertz, note};
use jukebox_synth::Timbre;

/// Cents by which a held note is off.
fn off_by(timbre: Timbre, key: u8, velocity: f32, rate: f32) -> f64 {
    // After the attack; before the vibrato of a flute, and after the filter of a bass has closed.
    let from = if timbre == Timbre::Bass { 0.8 } else { 0.06 };
    let samples = note(timbre, key, velocity, rate, [from + 0.21, 0.0]);
    let steady = &samples[(from * rate) as usize..];
    cents_from(steady, hertz(key), rate)
}

#[test]
fn every_key_is_in_tune_at_every_sample_rate() {
    for timbre in PITCHED {
        for rate in [44_100.0, 48_000.0, 96_000.0] {
            for key in (33..=108).step_by(5) {
                let cents = off_by(timbre, key, 0.8, rate);
                assert!(cents.abs() < 2.0, "{timbre}, key {key}, {rate} Hz: {cents:.2} cents");
            }
        }
        for (rate, key) in [(8_000.0, 60), (22_050.0, 84), (192_000.0, 72)] {
            let cents = off_by(timbre, key, 0.8, rate);
            assert!(cents.abs() < 2.0, "{timbre}, key {key}, {rate} Hz: {cents:.2} cents");
        }
    }
}

#[test]
fn loudness_moves_no_pitch() {
    for timbre in PITCHED {
        for velocity in [0.1, 0.5, 1.0] {
            let cents = off_by(timbre, 64, velocity, 48_000.0);
            assert!(cents.abs() < 2.0, "{timbre} at {velocity}: {cents:.2} cents");
        }
    }
}

/// Harmonics above the band would be mirrored into it, out of tune. Those near its top nobody hears.
#[test]
fn high_keys_bring_no_mirror_images() {
    let rate = 48_000.0;
    for timbre in PITCHED {
        for key in [91, 97, 103, 108] {
            let samples = note(timbre, key, 1.0, rate, [0.6, 0.0]);
            let steady = &samples[(0.1 * rate) as usize..];
            let fundamental = at(steady, hertz(key), rate).0;
            for harmonic in 2..40 {
                let above = f64::from(harmonic) * hertz(key);
                let mirrored = f64::from(rate) - above;
                let nearest = (mirrored / hertz(key)).round() * hertz(key);
                if above > 24_000.0
                    && (200.0..18_000.0).contains(&mirrored)
                    && (mirrored - nearest).abs() > 100.0
                {
                    let level = decibels(at(steady, mirrored, rate).0 / fundamental);
                    assert!(
                        level < -60.0,
                        "{timbre}, key {key}: {level:.0} dB at {mirrored:.0} Hz"
                    );
                }
            }
        }
    }
}

#[test]
fn a_harder_touch_is_louder_and_brighter() {
    let rate = 48_000.0;
    for timbre in PITCHED {
        let overtones = |velocity: f32| {
            let samples = note(timbre, 57, velocity, rate, [0.3, 0.0]);
            let level = |harmonic: f64| at(&samples, harmonic * hertz(57), rate).0;
            (level(1.0), (2..=6).map(|it| level(f64::from(it))).sum::<f64>())
        };
        let [soft, medium, hard] = [0.2, 0.55, 1.0].map(overtones);
        assert!(soft.0 < medium.0 && medium.0 < hard.0, "{timbre}");
        let bright = |(fundamental, overtones): (f64, f64)| overtones / fundamental;
        assert!(
            bright(hard) > 1.1 * bright(medium) && bright(medium) > 1.1 * bright(soft),
            "{timbre}: {:.2} {:.2} {:.2}",
            bright(soft),
            bright(medium),
            bright(hard)
        );
    }
}
