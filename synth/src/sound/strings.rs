//! Strings: three saw teeth side by side, through a lowpass that the bow opens.
//!
//! A bowed string sticks to the bow and slips back once a cycle, which is a saw tooth (Helmholtz's motion;
//! Fletcher and Rossing, "The Physics of Musical Instruments", 10.5), and many players are never quite together:
//! two saws a few cents beside the middle one beat with it (as in the string machines of the seventies). They
//! lie evenly about it, in pitch and in phase, so that what is heard is in tune at every moment.

use super::{StereoPlace, Strike};
use crate::dsp::CONTROL;
use crate::dsp::filter::{Pass, StateVariable};
use crate::dsp::pulse::saw;
use crate::dsp::ramp::Ramp;
use crate::dsp::wave::Phase;
use crate::pitch;

/// Loudness beside the other timbres.
const GAIN: f32 = 0.21;
/// How far the outer saws are from the middle one (a ratio: 7 cents), and how loud beside it.
const APART: f32 = 0.004;
const OUTER: f32 = 0.3;
/// Where the outer saws begin, as shares of a cycle beside the middle one: they draw level with it first.
const BEGIN: f32 = 0.15;
/// Hertz above which little passes, as in the bodies of violins.
const BODY: f32 = 6_000.0;
/// Seconds in which the bow is taken off.
const RELEASE: f32 = 0.07;

#[derive(Clone, Copy, Debug)]
pub struct Strings {
    /// Of the middle saw, the lower and the higher one.
    phases: [Phase; 3],
    steps: [f32; 3],
    filter: StateVariable,
    /// Hertz of the cut-off when the bow presses fully.
    open: f32,
    bow: Ramp,
    /// How far the bow has come, up to the control of the filter.
    pressed: f32,
    loudness: f32,
    side: f32,
}

impl Strings {
    pub fn start(strike: &Strike) -> Self {
        let rate = strike.rate;
        let hertz = pitch::hertz(strike.key, rate) as f32;
        let step = hertz / rate;
        let begun = |share: f32| {
            let mut phase = Phase::default();
            phase.next(share);
            phase
        };
        let mut bow = Ramp::new(0.0);
        bow.go(1.0, ((0.1 - 0.055 * strike.velocity) * rate) as u32);
        Self {
            phases: [begun(0.5), begun(0.5 + BEGIN), begun(0.5 - BEGIN)],
            steps: [step, step * (1.0 - APART), step * (1.0 + APART)],
            filter: StateVariable::new(hertz, 0.7, rate),
            open: ((300.0 + 1.5 * hertz) * (0.4 + 2.2 * strike.velocity)).min(BODY),
            bow,
            pressed: 0.0,
            loudness: GAIN * strike.loudness(),
            side: strike.side(),
        }
    }

    pub fn place(&self) -> StereoPlace {
        StereoPlace { side: 0.35 * self.side, room: 0.22 }
    }

    pub fn release(&mut self, rate: f32) {
        self.bow.go(0.0, (RELEASE * rate) as u32);
    }

    pub fn control(&mut self, rate: f32) {
        self.filter.tune(self.open * (0.4 + 0.6 * self.pressed), rate);
        self.filter.settle();
    }

    /// The next samples, at most [`CONTROL`].
    pub fn render(&mut self, out: &mut [f32]) {
        let mut waves = [0.0; CONTROL];
        for ((phase, &step), level) in
            self.phases.iter_mut().zip(&self.steps).zip([1.0, OUTER, OUTER])
        {
            let mut places = [0.0; CONTROL];
            for place in &mut places[..out.len()] {
                *place = phase.next(step);
            }
            let saws = places.map(|place| saw(place, step));
            waves.iter_mut().zip(saws).for_each(|(wave, saw)| *wave += level * saw);
        }
        let mut filter = self.filter;
        for (sample, wave) in out.iter_mut().zip(waves) {
            // Slow, fast, slow: no corner is heard.
            let now = self.bow.next();
            self.pressed = now * now * (3.0 - 2.0 * now);
            *sample = self.loudness * self.pressed * filter.next(wave, Pass::Low);
        }
        self.filter = filter;
    }
}
