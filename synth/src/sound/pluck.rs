//! Pluck: a string as a loop of delay.
//!
//! A wave runs round a delay as long as a cycle, losing treble and a little of everything at each pass
//! (Karplus and Strong, "Digital synthesis of plucked-string and drum timbres", Computer Music Journal
//! 7:2, 1983). Tuned as in Jaffe and Smith, "Extensions of the Karplus-Strong plucked-string algorithm"
//! (same issue): an allpass makes up the fraction of a sample, so that delay, allpass and loss together
//! last exactly one cycle at the fundamental. The loop is fed with one cycle of what an ideal string gives
//! when it is pulled aside and let go: a rectangle whose width is the place of the finger. Its corners are
//! rounder the softer the touch.

use super::{StereoPlace, Strike};
use crate::dsp::decay;
use crate::dsp::filter::OnePole;
use crate::dsp::noise::Noise;
use crate::dsp::ramp::Ramp;
use crate::dsp::{noise_scale, settled};
use crate::pitch;

/// Loudness beside the other timbres.
const GAIN: f32 = 0.55;
/// Where the finger is, as a share of the string.
const FINGER: f32 = 0.23;
/// Hertz at which the string's loss of treble is set.
const TREBLE: f64 = 3_000.0;
/// Seconds in which a string is stopped (by 60 dB).
const DAMPER: f32 = 0.18;
/// Seconds that a finger takes to come down on it: touched at once it would click.
const FINGER_SECONDS: f32 = 0.008;

/// Samples of memory that the longest string needs.
pub fn string_length(rate: f32) -> usize {
    (f64::from(rate) / pitch::LOWEST) as usize + 4
}

#[derive(Clone, Copy, Debug)]
pub struct Pluck {
    /// Whole samples of delay, and where in the string's memory the wave is written.
    delay: usize,
    at: usize,
    /// Samples since the beginning: before `delay` the memory holds nothing of ours.
    age: usize,
    allpass: Allpass,
    loss: Loss,
    /// Loss at each pass while the key is held, and after.
    keep: Ramp,
    keep_released: f32,
    /// Samples that it takes to stop the string.
    finger: u32,
    /// Samples in a cycle, and in a corner of the rectangle.
    cycle: f32,
    corner: f32,
    nail: Noise,
    scratch: decay::Decay,
    skin: OnePole,
    loudness: f32,
    side: f32,
}

#[derive(Clone, Copy, Debug)]
struct Allpass {
    coefficient: f32,
    input: f32,
    output: f32,
}

/// The loss of treble: a one-pole lowpass.
#[derive(Clone, Copy, Debug)]
struct Loss {
    share: f32,
    value: f32,
}

impl Pluck {
    pub fn start(strike: &Strike) -> Self {
        let rate = f64::from(strike.rate);
        let hertz = pitch::hertz(strike.key, strike.rate);
        let cycle = rate / hertz;
        let angle = std::f64::consts::TAU / cycle;
        let seconds = (5.5 * libm::pow(110.0 / hertz, 0.55)).clamp(0.35, 8.0);
        let per_cycle = |seconds: f64| libm::pow(10.0, -3.0 / (seconds * hertz));

        // Treble dies faster, and faster still where the touch was soft.
        let treble = TREBLE.max(2.5 * hertz).min(0.45 * rate);
        let treble_seconds = seconds * (0.10 + 0.16 * f64::from(strike.velocity));
        let loss = lowpass(
            std::f64::consts::TAU * treble / rate,
            per_cycle(treble_seconds) / per_cycle(seconds),
        );
        let (at_fundamental, loss_delay) = response(loss, angle);
        // A whole delay that leaves between 0.3 and 1.3 samples to the allpass, where it is flattest.
        let rest = cycle - loss_delay;
        let delay = (rest - 0.3).floor().max(1.0);
        let fraction = rest - delay;
        let coefficient =
            libm::sin((1.0 - fraction) * angle / 2.0) / libm::sin((1.0 + fraction) * angle / 2.0);

        let corner = (0.0018 - 0.0015 * f64::from(strike.velocity)) * rate;
        let keep = |seconds: f64| (per_cycle(seconds) / at_fundamental).min(0.9999) as f32;
        Self {
            delay: delay as usize,
            at: 0,
            age: 0,
            allpass: Allpass { coefficient: coefficient as f32, input: 0.0, output: 0.0 },
            loss: Loss { share: loss as f32, value: 0.0 },
            keep: Ramp::new(keep(seconds)),
            keep_released: keep(f64::from(DAMPER).min(seconds)),
            finger: (FINGER_SECONDS * strike.rate) as u32,
            cycle: cycle as f32,
            corner: corner.clamp(2.0, 0.5 * cycle) as f32,
            nail: Noise::new(strike.seed()),
            scratch: decay::Decay::new(
                0.10 * strike.velocity * noise_scale(strike.rate),
                0.012,
                strike.rate,
            ),
            skin: OnePole::new(2_500.0, strike.rate),
            loudness: GAIN * strike.loudness(),
            side: strike.side(),
        }
    }

    pub fn place(&self) -> StereoPlace {
        StereoPlace { side: 0.5 * self.side, room: 0.16 }
    }

    pub fn release(&mut self) {
        self.keep.go(self.keep_released, self.finger);
    }

    pub fn control(&mut self) {
        self.scratch.settle();
        self.skin.settle();
        self.allpass.output = settled(self.allpass.output);
        self.loss.value = settled(self.loss.value);
    }

    pub fn next(&mut self, string: &mut [f32]) -> f32 {
        let passed = if self.age < self.delay {
            0.0
        } else {
            let behind = self.at + string.len() - self.delay;
            string[if behind >= string.len() { behind - string.len() } else { behind }]
        };
        let wave = self.pull() + self.keep.next() * self.loss.next(self.allpass.next(passed));
        string[self.at] = wave;
        self.at += 1;
        if self.at == string.len() {
            self.at = 0;
        }
        self.age += 1;
        self.loudness * wave
    }

    /// One cycle of the rectangle, and the scratch of the nail.
    fn pull(&mut self) -> f32 {
        let now = self.age as f32;
        if now > self.cycle + self.corner {
            return 0.0;
        }
        let edge = |at: f32| {
            let x = ((now - at) / self.corner).clamp(0.0, 1.0);
            x * x * (3.0 - 2.0 * x)
        };
        let rectangle =
            (1.0 - FINGER) * edge(0.0) - edge(FINGER * self.cycle) + FINGER * edge(self.cycle);
        let nail = self.nail.next() * self.scratch.next();
        rectangle + self.skin.high(nail)
    }
}

impl Allpass {
    fn next(&mut self, input: f32) -> f32 {
        self.output = self.coefficient * (input - self.output) + self.input;
        self.input = input;
        self.output
    }
}

impl Loss {
    fn next(&mut self, input: f32) -> f32 {
        self.value = input + self.share * (self.value - input);
        self.value
    }
}

/// The coefficient of `(1 - d) / (1 - d z⁻¹)` that lets pass a share at an angle.
fn lowpass(angle: f64, share: f64) -> f64 {
    let square = (share * share).clamp(1e-6, 1.0 - 1e-9);
    let half = 1.0 - square * libm::cos(angle);
    let rest = 1.0 - square;
    (half - (half * half - rest * rest).max(0.0).sqrt()) / rest
}

/// What the same filter lets pass at an angle, and by how many samples it is late.
fn response(coefficient: f64, angle: f64) -> (f64, f64) {
    let (re, im) = (1.0 - coefficient * libm::cos(angle), coefficient * libm::sin(angle));
    ((1.0 - coefficient) / re.hypot(im), libm::atan2(im, re) / angle)
}
