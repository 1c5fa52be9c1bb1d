//! Lead: a square wave and a saw tooth through a lowpass, with a late vibrato.
//!
//! The subtractive voice of a monophonic synthesizer: oscillators without mirror images (see
//! [`pulse`](crate::dsp::pulse)) through a filter that velocity opens and an envelope closes a little
//! (Zavalishin, "The Art of VA Filter Design", 4). Struck hard it serves for brass, whose spectrum grows with
//! its loudness as well (Risset and Mathews, "Analysis of musical-instrument tones", Physics Today 22:2, 1969).

use super::{StereoPlace, Strike};
use crate::dsp::CONTROL;
use crate::dsp::decay::Decay;
use crate::dsp::filter::{Pass, StateVariable};
use crate::dsp::pulse::{saw, square};
use crate::dsp::ramp::Ramp;
use crate::dsp::wave::{Phase, sine};
use crate::pitch;

/// Loudness beside the other timbres.
const GAIN: f32 = 0.13;
/// Seconds of the attack, and in which the tone stops.
const ATTACK: f32 = 0.012;
const RELEASE: f32 = 0.06;
/// Hertz above which the filter never opens.
const WIDEST: f32 = 7_000.0;
/// Hertz of the vibrato, seconds before it begins and until it is full, and how far it moves the pitch (a
/// ratio: 12 cents).
const VIBRATO: f32 = 5.6;
const VIBRATO_BEGINS: f32 = 0.3;
const VIBRATO_FULL: f32 = 0.8;
const VIBRATO_PITCH: f32 = 0.007;

#[derive(Clone, Copy, Debug)]
pub struct Lead {
    phase: Phase,
    step: f32,
    pitch: f32,
    vibrato: Phase,
    /// Seconds since the beginning.
    age: f32,
    filter: StateVariable,
    /// Hertz of the cut-off in the end, and what the envelope adds to it.
    cut: f32,
    open: Decay,
    gate: Ramp,
    loudness: f32,
    side: f32,
}

impl Lead {
    pub fn start(strike: &Strike) -> Self {
        let rate = strike.rate;
        let hertz = pitch::hertz(strike.key, rate) as f32;
        let mut gate = Ramp::new(0.0);
        gate.go(1.0, (ATTACK * rate) as u32);
        Self {
            phase: Phase::default(),
            step: hertz / rate,
            pitch: hertz / rate,
            vibrato: Phase::default(),
            age: 0.0,
            filter: StateVariable::new(hertz, 1.0, rate),
            cut: (300.0 + 0.8 * hertz) * (0.4 + 2.0 * strike.velocity),
            open: Decay::new((500.0 + 3.0 * hertz) * strike.loudness(), 0.5, rate),
            gate,
            loudness: GAIN * strike.loudness(),
            side: strike.side(),
        }
    }

    pub fn place(&self) -> StereoPlace {
        StereoPlace { side: 0.25 * self.side, room: 0.16 }
    }

    pub fn release(&mut self, rate: f32) {
        self.gate.go(0.0, (RELEASE * rate) as u32);
    }

    pub fn control(&mut self, rate: f32) {
        let seconds = CONTROL as f32 / rate;
        self.age += seconds;
        let wave = sine(self.vibrato.next(VIBRATO * seconds));
        let depth = ((self.age - VIBRATO_BEGINS) / (VIBRATO_FULL - VIBRATO_BEGINS)).clamp(0.0, 1.0);
        self.step = self.pitch * (1.0 + VIBRATO_PITCH * depth * wave);
        self.filter.tune((self.cut + self.open.value()).min(WIDEST), rate);
        self.open.settle();
        self.filter.settle();
    }

    /// The next samples, at most [`CONTROL`].
    pub fn render(&mut self, out: &mut [f32]) {
        let mut places = [0.0; CONTROL];
        for place in &mut places[..out.len()] {
            self.open.next();
            *place = self.phase.next(self.step);
        }
        // The saw falls, so that its fundamental stands where the square's does.
        let waves = places.map(|at| 0.5 * square(at, self.step) - 0.7 * saw(at, self.step));
        let mut filter = self.filter;
        for (sample, wave) in out.iter_mut().zip(waves) {
            // Slow, fast, slow: no corner is heard.
            let now = self.gate.next();
            let gate = now * now * (3.0 - 2.0 * now);
            *sample = self.loudness * gate * filter.next(wave, Pass::Low);
        }
        self.filter = filter;
    }
}
