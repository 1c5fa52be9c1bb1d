//! Drums: one hit, made of what a [`Recipe`] names.
//!
//! A drum is a few modes that ring (a membrane's at 1, 1.59 and 2.14 times its fundamental; Fletcher and
//! Rossing, "The Physics of Musical Instruments", 18.1), often bent downwards as the skin slackens; a
//! noise through a filter, for wires, jingles and sticks; and for cymbals and bells six square waves that
//! share no divisor, as in the TR-808 (Werner, Abel and Smith, "The TR-808 cymbal: a physically-informed,
//! circuit-bendable, digital model", ICMC 2014; "A physically-informed, circuit-bendable, digital model of
//! the Roland TR-808 bass drum circuit", DAFx 2014; Reid, "Synth Secrets", Sound on Sound 2002).

mod kit;

use kit::{Burst, Clang, Recipe, Tone};

use super::{StereoPlace, Strike, add};
use crate::dsp::decay::Decay;
use crate::dsp::filter::{OnePole, Pass, StateVariable};
use crate::dsp::noise::Noise;
use crate::dsp::noise_scale;
use crate::dsp::pulse::square;
use crate::dsp::ramp::Ramp;
use crate::dsp::wave::{Phase, sine};

/// Loudness beside the other timbres.
const GAIN: f32 = 0.6;
/// Seconds in which each but the last of a burst's repeats ends (by 60 dB).
const REPEAT: f32 = 0.03;

#[derive(Clone, Copy, Debug)]
pub struct Hit {
    skins: [Option<Skin>; kit::TONES],
    hisses: [Option<Hiss>; kit::BURSTS],
    metal: Option<Metal>,
    place: StereoPlace,
    choke: Option<u8>,
    seconds_to_yield: f32,
}

impl Hit {
    pub fn start(strike: &Strike) -> Self {
        let Recipe { tones, bursts, clang, place, choke, seconds_to_yield } =
            Recipe::of(strike.key);
        let mut seed = strike.seed() * 4;
        Self {
            skins: tones.map(|tone| Some(Skin::new(&tone?, strike))),
            hisses: bursts.map(|burst| {
                seed += 1;
                Some(Hiss::new(&burst?, strike, seed))
            }),
            metal: clang.map(|clang| Metal::new(&clang, strike)),
            place,
            choke,
            seconds_to_yield,
        }
    }

    pub fn place(&self) -> StereoPlace {
        self.place
    }

    pub fn choke_group(&self) -> Option<u8> {
        self.choke
    }

    pub fn seconds_to_yield(&self) -> f32 {
        self.seconds_to_yield
    }

    pub fn control(&mut self) {
        for skin in self.skins.iter_mut().flatten() {
            skin.level.settle();
            skin.bend.settle();
        }
        for hiss in self.hisses.iter_mut().flatten() {
            hiss.level.settle();
            hiss.filter.settle();
        }
        if let Some(metal) = &mut self.metal {
            metal.level.settle();
            metal.filter.settle();
            metal.tilt.settle();
        }
    }

    pub fn render(&mut self, out: &mut [f32]) {
        out.fill(0.0);
        for skin in self.skins.iter_mut().flatten() {
            add(out, skin, Skin::next);
        }
        for hiss in self.hisses.iter_mut().flatten() {
            add(out, hiss, Hiss::next);
        }
        if let Some(metal) = &mut self.metal {
            add(out, metal, Metal::next);
        }
    }
}

/// A mode of a membrane or a bar.
#[derive(Clone, Copy, Debug)]
struct Skin {
    phase: Phase,
    step: f32,
    bend: Decay,
    level: Decay,
}

impl Skin {
    fn new(tone: &Tone, strike: &Strike) -> Self {
        let rate = strike.rate;
        let level =
            if tone.hertz < 0.45 * rate { GAIN * tone.level * strike.loudness() } else { 0.0 };
        // A harder stroke stretches the skin further.
        let bend = tone.bend * (0.4 + 0.6 * strike.velocity);
        Self {
            phase: Phase::default(),
            step: tone.hertz / rate,
            bend: Decay::new(bend, tone.bend_seconds, rate),
            level: Decay::new(level, tone.seconds, rate),
        }
    }

    fn next(&mut self) -> f32 {
        let step = self.step * (1.0 + self.bend.next());
        sine(self.phase.next(step.min(0.45))) * self.level.next()
    }
}

/// Noise through a filter, once or a few times.
#[derive(Clone, Copy, Debug)]
struct Hiss {
    noise: Noise,
    filter: StateVariable,
    pass: Pass,
    attack: Ramp,
    level: Decay,
    /// What the last of the repeats begins with, the repeats to come, and the samples between them.
    last: Decay,
    repeats: u32,
    gap: u32,
    until_next: u32,
}

impl Hiss {
    fn new(burst: &Burst, strike: &Strike, seed: u32) -> Self {
        let rate = strike.rate;
        // A harder stroke has more of it than of the rest.
        let level = GAIN * burst.level * strike.loudness() * (0.6 + 0.4 * strike.velocity);
        let last = Decay::new(level * noise_scale(rate), burst.seconds, rate);
        let level = if burst.repeats == 0 { last } else { Decay::new(last.value(), REPEAT, rate) };
        let mut attack = Ramp::new(if burst.attack == 0.0 { 1.0 } else { 0.0 });
        attack.go(1.0, (burst.attack * rate) as u32);
        let gap = ((burst.gap * rate) as u32).max(1);
        Self {
            noise: Noise::new(seed),
            filter: StateVariable::new(burst.hertz, burst.resonance, rate),
            pass: burst.pass,
            attack,
            level,
            last,
            repeats: burst.repeats,
            gap,
            until_next: gap,
        }
    }

    fn next(&mut self) -> f32 {
        if self.repeats > 0 {
            self.until_next -= 1;
            if self.until_next == 0 {
                self.repeats -= 1;
                self.until_next = self.gap;
                self.level = match self.repeats {
                    0 => self.last,
                    _ => self.level.again_from(self.last.value()),
                };
            }
        }
        let level = self.level.next() * self.attack.next();
        self.filter.next(self.noise.next() * level, self.pass)
    }
}

/// Square waves that share no divisor, through a filter.
#[derive(Clone, Copy, Debug)]
struct Metal {
    phases: [Phase; 6],
    steps: [f32; 6],
    filter: StateVariable,
    pass: Pass,
    tilt: OnePole,
    level: Decay,
}

impl Metal {
    fn new(clang: &Clang, strike: &Strike) -> Self {
        let rate = strike.rate;
        Self {
            phases: Default::default(),
            steps: clang.hertz.map(|hertz| (hertz / rate).min(0.25)),
            filter: StateVariable::new(clang.cut, clang.resonance, rate),
            pass: clang.pass,
            tilt: OnePole::new(6_000.0 + 10_000.0 * strike.velocity, rate),
            level: Decay::new(GAIN * clang.level * strike.loudness(), clang.seconds, rate),
        }
    }

    fn next(&mut self) -> f32 {
        let mut sum = 0.0;
        for (phase, &step) in self.phases.iter_mut().zip(&self.steps) {
            // A clang of fewer waves leaves the others at rest.
            if step > 0.0 {
                sum += square(phase.next(step), step);
            }
        }
        self.tilt.low(self.filter.next(sum * self.level.next(), self.pass))
    }
}
