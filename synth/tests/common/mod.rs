//! What the tests share: an instrument that is played from a list, and measurements.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::f64::consts::TAU;

use jukebox_synth::{Instrument, Timbre};

/// What is done to the instrument at a sample.
#[derive(Clone, Copy, Debug)]
pub enum KeyEvent {
    On(usize, u8, f32),
    Off(usize, u8),
    Player(usize, Timbre, f32),
    PlayerOff(usize),
    Level(f32),
    AllOff,
}

impl KeyEvent {
    pub fn apply(self, instrument: &mut Instrument) {
        match self {
            Self::On(player, key, velocity) => instrument.note_on(player, key, velocity),
            Self::Off(player, key) => instrument.note_off(player, key),
            Self::Player(player, timbre, level) => instrument.set_player(player, timbre, level),
            Self::PlayerOff(player) => instrument.player_off(player),
            Self::Level(level) => instrument.set_level(level),
            Self::AllOff => instrument.all_off(),
        }
    }
}

/// An instrument whose player 0 has a timbre.
pub fn instrument(timbre: Timbre, rate: f32) -> Instrument {
    let mut instrument = Instrument::new(rate);
    instrument.set_player(0, timbre, 1.0);
    instrument
}

/// The next samples of an instrument, both sides. What is in the buffers before must not matter.
pub fn render(instrument: &mut Instrument, samples: usize) -> [Vec<f32>; 2] {
    let (mut left, mut right) = (vec![f32::NAN; samples], vec![f32::NAN; samples]);
    instrument.render(&mut left, &mut right);
    [left, right]
}

/// The mean of both sides.
pub fn mono([left, right]: &[Vec<f32>; 2]) -> Vec<f32> {
    left.iter().zip(right).map(|(left, right)| 0.5 * (left + right)).collect()
}

/// A note alone, held for some seconds, and what comes after it for some more.
pub fn note(
    timbre: Timbre,
    key: u8,
    velocity: f32,
    rate: f32,
    [held, after]: [f32; 2],
) -> Vec<f32> {
    let mut instrument = instrument(timbre, rate);
    instrument.note_on(0, key, velocity);
    let mut samples = mono(&render(&mut instrument, (held * rate) as usize));
    instrument.note_off(0, key);
    samples.extend(mono(&render(&mut instrument, (after * rate) as usize)));
    samples
}

/// Root of the mean of the squares.
pub fn loudness(samples: &[f32]) -> f32 {
    (samples.iter().map(|it| it * it).sum::<f32>() / samples.len() as f32).sqrt()
}

/// The loudest sample.
pub fn peak(samples: &[f32]) -> f32 {
    samples.iter().fold(0.0, |peak, it| peak.max(it.abs()))
}

/// The largest bend of a wave: what clicks have more of than anything else.
pub fn bend(samples: &[f32]) -> f32 {
    samples.windows(3).map(|it| (it[0] - 2.0 * it[1] + it[2]).abs()).fold(0.0, f32::max)
}

/// Level and phase of what sounds at a frequency, in a Hann window.
pub fn at(samples: &[f32], hertz: f64, rate: f32) -> (f64, f64) {
    let (mut re, mut im) = (0.0, 0.0);
    for (index, sample) in samples.iter().enumerate() {
        let window = 1.0 - (TAU * index as f64 / samples.len() as f64).cos();
        let angle = TAU * hertz * index as f64 / f64::from(rate);
        re += window * f64::from(*sample) * angle.cos();
        im -= window * f64::from(*sample) * angle.sin();
    }
    (2.0 * re.hypot(im) / samples.len() as f64, im.atan2(re))
}

/// By how many cents what sounds near a frequency differs from it: how far its phase has moved between
/// two windows.
pub fn cents_from(samples: &[f32], hertz: f64, rate: f32) -> f64 {
    let window = samples.len() * 2 / 3;
    let apart = samples.len() - window;
    let (first, second) =
        (at(&samples[..window], hertz, rate).1, at(&samples[apart..], hertz, rate).1);
    let turned = second - first - TAU * hertz * apart as f64 / f64::from(rate);
    let turned = turned - TAU * (turned / TAU).round();
    let away = turned / TAU * f64::from(rate) / apart as f64;
    1200.0 * (1.0 + away / hertz).log2()
}

/// Decibels of a ratio of levels.
pub fn decibels(ratio: f64) -> f64 {
    20.0 * ratio.log10()
}

/// The frequency of a key.
pub fn hertz(key: u8) -> f64 {
    440.0 * 2f64.powf((f64::from(key) - 69.0) / 12.0)
}

/// All timbres but the drums.
pub const PITCHED: [Timbre; 8] = [
    Timbre::ElectricPiano,
    Timbre::Pluck,
    Timbre::Flute,
    Timbre::Bass,
    Timbre::Piano,
    Timbre::Organ,
    Timbre::Strings,
    Timbre::Lead,
];
