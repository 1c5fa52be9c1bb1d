//! Electric piano: a tine swings before a magnetic pickup.
//!
//! What the coil hears is the change of the flux, and the flux falls with the tine's distance from the
//! pole: `1 / (1 + u²)`, where `u` is where the tine is, seen from beside the pole. A small swing gives
//! nearly a sine; a large one leaves the straight part of the curve, and the tone barks. So velocity and
//! decay colour the sound by themselves (Pfeifle and Bader, "Real-time finite difference physical models of
//! musical instruments on a FPGA", 2013; Falaize and Hélie, "Passive simulation of the nonlinear
//! port-Hamiltonian modeling of a Rhodes Piano", JSV 390, 2017). The tine's own overtones, those of a
//! clamped bar at 6.27 and 17.55 times its fundamental (Fletcher and Rossing, "The Physics of Musical
//! Instruments", 2.15), are the ping of the attack.

use super::{StereoPlace, Strike, add};
use crate::dsp::decay::{self, Decay};
use crate::dsp::filter::OnePole;
use crate::dsp::mode::Mode;
use crate::dsp::noise::Noise;
use crate::dsp::wave::{Phase, cosine, sine};
use crate::dsp::{CONTROL, noise_scale};
use crate::pitch;

/// How far beside the pole's axis the tine rests, in units of its distance: sets octave against
/// fundamental.
const OFFSET: f32 = 0.42;
/// Loudness beside the other timbres.
const GAIN: f32 = 0.66;
/// Seconds in which a damper stops the tine (by 60 dB).
const DAMPER: f32 = 0.28;

#[derive(Clone, Copy, Debug)]
pub struct ElectricPiano {
    phase: Phase,
    step: f32,
    /// The tine's swing: falls fast at first, while tine and tone bar settle, then slowly.
    swing: [Decay; 2],
    /// What is left of the hammer's touch: the swing begins softly.
    touch: Decay,
    hammer: Hammer,
    side: f32,
}

/// What is heard of the hammer: the tine's overtones, and a thump.
#[derive(Clone, Copy, Debug)]
struct Hammer {
    overtones: [Mode; 2],
    noise: Noise,
    thump: Decay,
    felt: OnePole,
}

impl ElectricPiano {
    pub fn start(strike: &Strike) -> Self {
        let rate = strike.rate;
        let hertz = pitch::hertz(strike.key, rate) as f32;
        let seconds = (12.0 * libm::powf(220.0 / hertz, 0.65)).clamp(1.1, 18.0);
        // High tines are short and swing less, which also keeps their harmonics in the band.
        let swing = (0.04 + 1.08 * strike.loudness()) * (700.0 / hertz).sqrt().clamp(0.3, 1.15);
        let loudness = strike.loudness();
        let ping = |ratio: f32, level: f32, seconds: f32| {
            Mode::new(ratio * hertz, level * loudness * strike.velocity, seconds, rate)
        };
        Self {
            phase: Phase::default(),
            step: hertz / rate,
            swing: [
                Decay::new(0.45 * swing, 0.25 * seconds, rate),
                Decay::new(0.55 * swing, seconds, rate),
            ],
            touch: Decay::new(1.0, 0.008, rate),
            hammer: Hammer {
                overtones: [ping(6.27, 0.05, 0.35), ping(17.55, 0.03, 0.09)],
                noise: Noise::new(strike.seed()),
                thump: Decay::new(0.12 * loudness * noise_scale(rate), 0.03, rate),
                felt: OnePole::new(500.0 + 2500.0 * strike.velocity, rate),
            },
            side: strike.side(),
        }
    }

    pub fn place(&self) -> StereoPlace {
        StereoPlace { side: 0.45 * self.side, room: 0.16 }
    }

    pub fn release(&mut self, rate: f32) {
        for swing in &mut self.swing {
            swing.fall_in(DAMPER, rate);
        }
        for overtone in &mut self.hammer.overtones {
            overtone.damp(decay::factor(DAMPER, rate));
        }
    }

    pub fn control(&mut self) {
        self.swing.iter_mut().for_each(Decay::settle);
        self.touch.settle();
        self.hammer.overtones.iter_mut().for_each(Mode::settle);
        self.hammer.thump.settle();
        self.hammer.felt.settle();
    }

    /// The next samples, at most [`CONTROL`].
    pub fn render(&mut self, out: &mut [f32]) {
        let (mut phases, mut swings) = ([0.0; CONTROL], [0.0; CONTROL]);
        for (phase, swing) in phases.iter_mut().zip(&mut swings).take(out.len()) {
            *phase = self.phase.next(self.step);
            *swing = (self.swing[0].next() + self.swing[1].next()) * (1.0 - self.touch.next());
        }
        // All samples side by side.
        let (sines, cosines) = (phases.map(sine), phases.map(cosine));
        let heard: [f32; CONTROL] = std::array::from_fn(|index| {
            let place = OFFSET + swings[index] * sines[index];
            // The change of the flux 1 / (1 + u²), over the speed of the phase.
            let narrow = 1.0 / (1.0 + place * place);
            swings[index] * cosines[index] * place * narrow * narrow
        });
        out.copy_from_slice(&heard[..out.len()]);
        add(out, &mut self.hammer, Hammer::next);
        out.iter_mut().for_each(|sample| *sample *= GAIN);
    }
}

impl Hammer {
    fn next(&mut self) -> f32 {
        let ping = self.overtones[0].next() + self.overtones[1].next();
        ping + self.felt.low(self.noise.next() * self.thump.next())
    }
}
