//! Bass: a saw tooth and a sine below it, through a lowpass that closes after the attack.
//!
//! The subtractive timbre of the seventies: an oscillator without mirror images (see
//! [`pulse`](crate::dsp::pulse)), a filter whose cut-off follows key, velocity and an envelope, and a
//! little saturation, which keeps basses audible on small loudspeakers.

use super::{StereoPlace, Strike};
use crate::dsp::CONTROL;
use crate::dsp::decay::Decay;
use crate::dsp::filter::{OnePole, Pass, StateVariable};
use crate::dsp::pulse::saw;
use crate::dsp::ramp::Ramp;
use crate::dsp::wave::{Phase, saturate, sine};
use crate::pitch;

/// Loudness beside the other timbres.
const GAIN: f32 = 0.24;
/// Seconds of the attack, and in which a released note ends (by 60 dB).
const ATTACK: f32 = 0.003;
const RELEASE: f32 = 0.13;

#[derive(Clone, Copy, Debug)]
pub struct Bass {
    phase: Phase,
    step: f32,
    hertz: f32,
    filter: StateVariable,
    /// Hertz that the envelope adds to the cut-off.
    open: Decay,
    /// A bent wave has an offset, which is taken out.
    offset: OnePole,
    attack: Ramp,
    body: Decay,
    side: f32,
}

impl Bass {
    pub fn start(strike: &Strike) -> Self {
        let rate = strike.rate;
        let hertz = pitch::hertz(strike.key, rate) as f32;
        let mut attack = Ramp::new(0.0);
        attack.go(1.0, (ATTACK * rate) as u32);
        Self {
            phase: Phase::default(),
            step: hertz / rate,
            hertz,
            filter: StateVariable::new(hertz, 1.1, rate),
            open: Decay::new((350.0 + 4.0 * hertz) * 4.0 * strike.loudness(), 0.55, rate),
            offset: OnePole::new(12.0, rate),
            attack,
            body: Decay::new(GAIN * strike.loudness(), 10.0, rate),
            side: strike.side(),
        }
    }

    pub fn place(&self) -> StereoPlace {
        StereoPlace { side: 0.08 * self.side, room: 0.05 }
    }

    pub fn release(&mut self, rate: f32) {
        self.body.fall_in(RELEASE, rate);
    }

    pub fn control(&mut self, rate: f32) {
        let open = self.open.value();
        self.filter.tune(70.0 + 1.4 * self.hertz + open, rate);
        self.open.settle();
        self.body.settle();
        self.filter.settle();
        self.offset.settle();
    }

    /// The next samples, at most [`CONTROL`].
    pub fn render(&mut self, out: &mut [f32]) {
        let mut waves = [0.0; CONTROL];
        for wave in &mut waves[..out.len()] {
            self.open.next();
            *wave = self.phase.next(self.step);
        }
        // The sine stands where the saw's own fundamental does: they add.
        let mut waves = waves.map(|phase| saw(phase, self.step) - 0.7 * sine(phase));
        let mut filter = self.filter;
        for wave in &mut waves[..out.len()] {
            *wave = 0.9 * filter.next(*wave, Pass::Low);
        }
        self.filter = filter;
        out.copy_from_slice(&waves.map(saturate)[..out.len()]);
        for sample in out {
            *sample = self.offset.high(*sample) * self.attack.next() * self.body.next();
        }
    }
}
