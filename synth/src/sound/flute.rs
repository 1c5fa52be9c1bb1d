//! Flute: a few harmonics, breath round them, and a vibrato that comes late.
//!
//! A flute's tone is a handful of harmonics that grow with the wind, so they are made one by one, only
//! those that lie in the band. The chiff of the attack, the breath and the vibrato, which moves loudness
//! more than pitch, are what makes it live (Fletcher and Rossing, "The Physics of Musical Instruments",
//! 16.10; Verge, Hirschberg and Caussé, "Sound production in recorderlike instruments", JASA 101, 1997).

use super::{Place, Strike};
use crate::dsp::filter::{Pass, StateVariable};
use crate::dsp::noise::Noise;
use crate::dsp::ramp::Ramp;
use crate::dsp::wave::{Phase, cosine, sine};
use crate::dsp::{CONTROL, decay::Decay, noise_scale};
use crate::pitch;

/// Loudness beside the other voices.
const GAIN: f32 = 0.145;
const HARMONICS: usize = 7;
/// Hertz of the vibrato, and seconds before it begins and until it is full.
const VIBRATO: f32 = 5.2;
const VIBRATO_BEGINS: f32 = 0.28;
const VIBRATO_FULL: f32 = 0.9;
/// How far it moves the pitch (a ratio: 10 cents), and the loudness.
const VIBRATO_PITCH: f32 = 0.0058;
const VIBRATO_LOUDNESS: f32 = 0.05;
/// Seconds in which the tone stops.
const RELEASE: f32 = 0.07;

#[derive(Clone, Copy, Debug)]
pub struct Flute {
    phase: Phase,
    step: f32,
    pitch: f32,
    vibrato: Phase,
    /// Seconds since the beginning.
    age: f32,
    levels: [f32; HARMONICS],
    /// The wind, from 0 to 1 and back, and what the vibrato makes of it.
    wind: Ramp,
    sway: Ramp,
    chiff: Decay,
    breath: Noise,
    breath_level: f32,
    tone: StateVariable,
    air: StateVariable,
    loudness: f32,
    side: f32,
}

impl Flute {
    pub fn start(strike: &Strike) -> Self {
        let rate = strike.rate;
        let hertz = pitch::hertz(strike.key, rate) as f32;
        // Low notes are rich, high ones nearly pure; wind adds overtones.
        let rich = (440.0 / hertz).sqrt().clamp(0.35, 1.3) * (0.45 + 0.55 * strike.velocity);
        let shape = [1.0, 0.62, 0.36, 0.15, 0.09, 0.045, 0.025];
        let mut power = 1.0;
        let levels = std::array::from_fn(|index| {
            let inside = (index + 1) as f32 * hertz < 0.42 * rate;
            let level = if inside { shape[index] * power } else { 0.0 };
            power *= rich;
            level
        });
        let mut wind = Ramp::new(0.0);
        wind.go(1.0, ((0.048 - 0.026 * strike.velocity) * rate) as u32);
        Self {
            phase: Phase::default(),
            step: hertz / rate,
            pitch: hertz / rate,
            vibrato: Phase::default(),
            age: 0.0,
            levels,
            wind,
            sway: Ramp::new(1.0),
            chiff: Decay::new(1.0, 0.11, rate),
            breath: Noise::new(strike.seed()),
            breath_level: noise_scale(rate),
            tone: StateVariable::new(1.02 * hertz, 3.0, rate),
            air: StateVariable::new(3_800.0, 0.8, rate),
            loudness: GAIN * (0.1 + 0.9 * strike.loudness()),
            side: strike.side(),
        }
    }

    pub fn place(&self) -> Place {
        Place { side: 0.2 * self.side, room: 0.2 }
    }

    pub fn release(&mut self, rate: f32) {
        self.wind.go(0.0, (RELEASE * rate) as u32);
    }

    pub fn control(&mut self, rate: f32) {
        let seconds = CONTROL as f32 / rate;
        self.age += seconds;
        let wave = sine(self.vibrato.next(VIBRATO * seconds));
        let depth = ((self.age - VIBRATO_BEGINS) / (VIBRATO_FULL - VIBRATO_BEGINS)).clamp(0.0, 1.0);
        self.step = self.pitch * (1.0 + VIBRATO_PITCH * depth * wave);
        self.sway.go(1.0 + VIBRATO_LOUDNESS * depth * wave, CONTROL as u32);
        self.chiff.settle();
        self.tone.settle();
        self.air.settle();
    }

    pub fn next(&mut self) -> f32 {
        let wind = self.wind.next();
        // Slow, fast, slow: no corner is heard.
        let wind = wind * wind * (3.0 - 2.0 * wind) * self.sway.next();
        let phase = self.phase.next(self.step);
        // sin(n x) = 2 cos(x) sin((n - 1) x) - sin((n - 2) x)
        let (double, mut now, mut before) = (2.0 * cosine(phase), sine(phase), 0.0);
        let mut tone = 0.0;
        let mut swell = wind;
        for level in self.levels {
            tone += level * swell * now;
            (now, before) = (double * now - before, now);
            // Overtones come after the fundamental and leave before it.
            swell *= wind;
        }
        let noise = self.breath.next() * self.breath_level;
        let chiff = self.chiff.next();
        let breath = self.tone.next(noise, Pass::Band) * (0.16 + 0.8 * chiff)
            + self.air.next(noise, Pass::Band) * (0.012 + 0.05 * chiff);
        self.loudness * (tone + wind * breath)
    }
}
