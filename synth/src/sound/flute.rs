//! Flute: a few harmonics, breath round them, and a vibrato that comes late.
//!
//! A flute's tone is a handful of harmonics that grow with the wind, so they are made one by one, only
//! those that lie in the band. The chiff of the attack, the breath and the vibrato, which moves loudness
//! more than pitch, are what makes it live (Fletcher and Rossing, "The Physics of Musical Instruments",
//! 16.10; Verge, Hirschberg and Caussé, "Sound production in recorderlike instruments", JASA 101, 1997).

use super::{StereoPlace, Strike, add};
use crate::dsp::filter::{Pass, StateVariable};
use crate::dsp::noise::Noise;
use crate::dsp::ramp::Ramp;
use crate::dsp::wave::{Phase, cosine, sine};
use crate::dsp::{CONTROL, decay::Decay, noise_scale};
use crate::pitch;

/// Loudness beside the other timbres.
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
    breath: Breath,
    loudness: f32,
    side: f32,
}

/// Noise round the fundamental, and above everything; most of it in the chiff of the attack.
#[derive(Clone, Copy, Debug)]
struct Breath {
    noise: Noise,
    level: f32,
    chiff: Decay,
    tone: StateVariable,
    air: StateVariable,
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
            breath: Breath {
                noise: Noise::new(strike.seed()),
                level: noise_scale(rate),
                chiff: Decay::new(1.0, 0.11, rate),
                tone: StateVariable::new(1.02 * hertz, 3.0, rate),
                air: StateVariable::new(3_800.0, 0.8, rate),
            },
            loudness: GAIN * (0.1 + 0.9 * strike.loudness()),
            side: strike.side(),
        }
    }

    pub fn place(&self) -> StereoPlace {
        StereoPlace { side: 0.2 * self.side, room: 0.2 }
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
        self.breath.chiff.settle();
        self.breath.tone.settle();
        self.breath.air.settle();
    }

    /// The next samples, at most [`CONTROL`].
    pub fn render(&mut self, out: &mut [f32]) {
        let (mut phases, mut winds) = ([0.0; CONTROL], [0.0; CONTROL]);
        for (phase, wind) in phases.iter_mut().zip(&mut winds).take(out.len()) {
            *phase = self.phase.next(self.step);
            // Slow, fast, slow: no corner is heard.
            let now = self.wind.next();
            *wind = now * now * (3.0 - 2.0 * now) * self.sway.next();
        }
        out.copy_from_slice(&self.tones(&phases, &winds)[..out.len()]);
        let mut winds = winds.into_iter();
        add(out, &mut self.breath, |breath| winds.next().unwrap_or(0.0) * breath.next());
        out.iter_mut().for_each(|sample| *sample *= self.loudness);
    }

    /// The harmonics: sin(n x) = 2 cos(x) sin((n - 1) x) - sin((n - 2) x), for all samples side by side.
    fn tones(&self, phases: &[f32; CONTROL], winds: &[f32; CONTROL]) -> [f32; CONTROL] {
        let double = phases.map(|phase| 2.0 * cosine(phase));
        let (mut now, mut before) = (phases.map(sine), [0.0; CONTROL]);
        let (mut swell, mut tones) = (*winds, [0.0; CONTROL]);
        for level in self.levels {
            for index in 0..CONTROL {
                tones[index] += level * swell[index] * now[index];
                let next = double[index] * now[index] - before[index];
                (now[index], before[index]) = (next, now[index]);
                // Overtones come after the fundamental and leave before it.
                swell[index] *= winds[index];
            }
        }
        tones
    }
}

impl Breath {
    fn next(&mut self) -> f32 {
        let noise = self.noise.next() * self.level;
        let chiff = self.chiff.next();
        self.tone.next(noise, Pass::Band) * (0.16 + 0.8 * chiff)
            + self.air.next(noise, Pass::Band) * (0.012 + 0.05 * chiff)
    }
}
