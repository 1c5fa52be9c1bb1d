//! Organ: drawbars over tone wheels.
//!
//! Each drawbar adds one sine whose frequency is a small multiple of the lowest pipe's, an octave below the key
//! (Pekonen, Pihlajamäki and Välimäki, "Computationally efficient Hammond organ synthesis", DAFx 2011). The
//! registration is a full one: 16', 8', 5⅓', 4', 2⅔' and 2'. Such an organ knows no velocity; here it opens
//! the swell and pulls the upper drawbars. The tremulant moves the loudness alone, so that keys stay in tune.

use super::{StereoPlace, Strike};
use crate::dsp::CONTROL;
use crate::dsp::ramp::Ramp;
use crate::dsp::wave::{Phase, cosine, sine};
use crate::pitch;

/// Loudness beside the other timbres.
const GAIN: f32 = 0.12;
/// The levels of multiples 1 to 8 of half the key's frequency.
const DRAWBARS: [f32; 8] = [0.5, 1.0, 0.45, 0.6, 0.0, 0.35, 0.0, 0.25];
/// Seconds in which a contact closes, and opens.
const ATTACK: f32 = 0.008;
const RELEASE: f32 = 0.03;
/// Hertz and depth of the tremulant.
const TREMULANT: f32 = 6.1;
const DEPTH: f32 = 0.07;

#[derive(Clone, Copy, Debug)]
pub struct Organ {
    /// Of the sine an octave below the key.
    phase: Phase,
    step: f32,
    levels: [f32; 8],
    contact: Ramp,
    tremulant: Phase,
    sway: Ramp,
    loudness: f32,
    side: f32,
}

impl Organ {
    pub fn start(strike: &Strike) -> Self {
        let rate = strike.rate;
        let lowest = 0.5 * pitch::hertz(strike.key, rate) as f32;
        let levels = std::array::from_fn(|index| {
            let hertz = (index + 1) as f32 * lowest;
            let pulled = if index < 2 { 1.0 } else { 0.25 + 0.75 * strike.velocity };
            let heard = (20.0..0.42 * rate).contains(&hertz);
            if heard { pulled * DRAWBARS[index] } else { 0.0 }
        });
        let mut contact = Ramp::new(0.0);
        contact.go(1.0, (ATTACK * rate) as u32);
        Self {
            phase: Phase::default(),
            step: lowest / rate,
            levels,
            contact,
            tremulant: Phase::default(),
            sway: Ramp::new(1.0),
            loudness: GAIN * strike.loudness(),
            side: strike.side(),
        }
    }

    pub fn place(&self) -> StereoPlace {
        StereoPlace { side: 0.3 * self.side, room: 0.16 }
    }

    pub fn release(&mut self, rate: f32) {
        self.contact.go(0.0, (RELEASE * rate) as u32);
    }

    pub fn control(&mut self, rate: f32) {
        let wave = sine(self.tremulant.next(TREMULANT * CONTROL as f32 / rate));
        self.sway.go(1.0 + DEPTH * wave, CONTROL as u32);
    }

    /// The next samples, at most [`CONTROL`].
    pub fn render(&mut self, out: &mut [f32]) {
        let mut phases = [0.0; CONTROL];
        for phase in &mut phases[..out.len()] {
            *phase = self.phase.next(self.step);
        }
        let tones = self.tones(&phases);
        for (sample, tone) in out.iter_mut().zip(tones) {
            // Slow, fast, slow: no corner is heard.
            let now = self.contact.next();
            let swell = now * now * (3.0 - 2.0 * now) * self.sway.next();
            *sample = self.loudness * swell * tone;
        }
    }

    /// The drawbars: sin(n x) = 2 cos(x) sin((n - 1) x) - sin((n - 2) x), for all samples side by side.
    fn tones(&self, phases: &[f32; CONTROL]) -> [f32; CONTROL] {
        let double = phases.map(|phase| 2.0 * cosine(phase));
        let (mut now, mut before) = (phases.map(sine), [0.0; CONTROL]);
        let mut tones = [0.0; CONTROL];
        for level in self.levels {
            for index in 0..CONTROL {
                tones[index] += level * now[index];
                let next = double[index] * now[index] - before[index];
                (now[index], before[index]) = (next, now[index]);
            }
        }
        tones
    }
}
