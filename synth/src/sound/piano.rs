//! Piano: the partials of a stiff string that a hammer strikes.
//!
//! A string's stiffness raises its partials: the nth lies at `n sqrt(1 + B n²)` times the lowest (Fletcher and
//! Rossing, "The Physics of Musical Instruments", 12.3). The hammer stays on the string for longer the softer it
//! strikes, and so excites fewer of them; those that have a node where it strikes stay silent. A tone falls
//! fast at first and slowly later, as the two or three strings of a key come to swing against one another
//! (Weinreich, "Coupled piano strings", JASA 62, 1977).

use super::{StereoPlace, Strike, add};
use crate::dsp::decay::{self, Decay};
use crate::dsp::filter::OnePole;
use crate::dsp::noise::Noise;
use crate::dsp::ramp::Ramp;
use crate::dsp::{CONTROL, noise_scale, settled};
use crate::pitch;

/// Loudness beside the other timbres.
const GAIN: f32 = 0.09;
/// Partials, and how many of them are calculated at once.
const PARTIALS: usize = 16;
const LANES: usize = 8;
/// Where the hammer strikes, as a share of the string.
const HAMMER: f64 = 0.118;
/// Seconds in which a damper stops the string (by 60 dB), and that it takes to come down on it.
const DAMPER: f32 = 0.22;

#[derive(Clone, Copy, Debug)]
pub struct Piano {
    string: Partials,
    /// The first, fast decay is that of what this adds to 1.
    prompt: Decay,
    touch: Ramp,
    /// Falls once the key is let go.
    damper: Decay,
    knock: Knock,
    side: f32,
}

/// The partials, side by side: complex numbers that turn and shrink (see [`Mode`](crate::dsp::mode::Mode)).
#[derive(Clone, Copy, Debug)]
struct Partials {
    re: [f32; PARTIALS],
    im: [f32; PARTIALS],
    turn_re: [f32; PARTIALS],
    turn_im: [f32; PARTIALS],
}

/// The hammer's and the key's noise.
#[derive(Clone, Copy, Debug)]
struct Knock {
    noise: Noise,
    level: Decay,
    wood: OnePole,
}

impl Piano {
    pub fn start(strike: &Strike) -> Self {
        let rate = strike.rate;
        let hertz = pitch::hertz(strike.key, rate);
        let seconds = (14.0 * libm::pow(220.0 / hertz, 0.6)).clamp(1.0, 22.0) as f32;
        let mut touch = Ramp::new(0.0);
        touch.go(1.0, (0.002 * rate) as u32);
        Self {
            string: Partials::struck(strike, hertz, seconds),
            prompt: Decay::new(1.6, 0.22 * seconds, rate),
            touch,
            damper: Decay::new(GAIN * strike.loudness(), 1e9, rate),
            knock: Knock {
                noise: Noise::new(strike.seed()),
                level: Decay::new(0.35 * strike.velocity * noise_scale(rate), 0.05, rate),
                wood: OnePole::new(250.0 + 900.0 * strike.velocity, rate),
            },
            side: strike.side(),
        }
    }

    pub fn place(&self) -> StereoPlace {
        StereoPlace { side: 0.5 * self.side, room: 0.2 }
    }

    pub fn release(&mut self, rate: f32) {
        self.damper.fall_in(DAMPER, rate);
    }

    pub fn control(&mut self) {
        self.string.settle();
        self.prompt.settle();
        self.damper.settle();
        self.knock.level.settle();
        self.knock.wood.settle();
    }

    /// The next samples, at most [`CONTROL`].
    pub fn render(&mut self, out: &mut [f32]) {
        self.string.next(out);
        for sample in &mut *out {
            *sample *= self.touch.next() * (1.0 + self.prompt.next());
        }
        add(out, &mut self.knock, Knock::next);
        out.iter_mut().for_each(|sample| *sample *= self.damper.next());
    }
}

impl Partials {
    /// Those of a string that has been struck, which rings for some seconds.
    fn struck(strike: &Strike, hertz: f64, seconds: f32) -> Self {
        let rate = f64::from(strike.rate);
        // Short strings are stiffer than long ones.
        let stiff = (0.000_35 * libm::pow(hertz / 260.0, 1.2)).clamp(0.000_1, 0.01);
        let reach = (500.0 + 1.1 * hertz) * (0.45 + 1.6 * f64::from(strike.velocity));
        let mut partials = Self {
            re: [0.0; PARTIALS],
            im: [0.0; PARTIALS],
            turn_re: [0.0; PARTIALS],
            turn_im: [0.0; PARTIALS],
        };
        for index in 0..PARTIALS {
            let number = (index + 1) as f64;
            let raised = (1.0 + stiff * number * number) / (1.0 + stiff);
            let partial = number * hertz * libm::sqrt(raised);
            if partial > 0.42 * rate {
                break;
            }
            let node = libm::sin(std::f64::consts::PI * number * HAMMER).abs();
            let level = node / libm::sqrt(number) * libm::exp(-partial / reach);
            let angle = std::f64::consts::TAU * partial / rate;
            // Treble is lost sooner.
            let lasts = seconds / (1.0 + 0.22 * index as f32);
            let keep = f64::from(decay::factor(lasts, strike.rate));
            partials.re[index] = level as f32;
            partials.turn_re[index] = (keep * libm::cos(angle)) as f32;
            partials.turn_im[index] = (keep * libm::sin(angle)) as f32;
        }
        // Whatever the hammer excites, a blow is as loud on every key.
        let power = partials.re.iter().map(|level| level * level).sum::<f32>();
        partials.re.iter_mut().for_each(|level| *level *= 1.0 / power.sqrt());
        partials
    }

    /// The next samples. Some partials stay in the processor's registers for all of them, then the others.
    fn next(&mut self, out: &mut [f32]) {
        let mut sums = [[0.0; LANES]; CONTROL];
        for first in (0..PARTIALS).step_by(LANES) {
            let lanes = |all: &[f32; PARTIALS]| -> [f32; LANES] {
                std::array::from_fn(|lane| all[first + lane])
            };
            let (mut re, mut im) = (lanes(&self.re), lanes(&self.im));
            let (turn_re, turn_im) = (lanes(&self.turn_re), lanes(&self.turn_im));
            for sum in &mut sums[..out.len()] {
                for lane in 0..LANES {
                    sum[lane] += im[lane];
                    let (x, y) = (re[lane], im[lane]);
                    re[lane] = x * turn_re[lane] - y * turn_im[lane];
                    im[lane] = x * turn_im[lane] + y * turn_re[lane];
                }
            }
            self.re[first..first + LANES].copy_from_slice(&re);
            self.im[first..first + LANES].copy_from_slice(&im);
        }
        for (sample, [a, b, c, d, e, f, g, h]) in out.iter_mut().zip(sums) {
            *sample = ((a + e) + (b + f)) + ((c + g) + (d + h));
        }
    }

    fn settle(&mut self) {
        for (re, im) in self.re.iter_mut().zip(&mut self.im) {
            if settled(*re) == 0.0 && settled(*im) == 0.0 {
                (*re, *im) = (0.0, 0.0);
            }
        }
    }
}

impl Knock {
    fn next(&mut self) -> f32 {
        self.wood.low(self.noise.next() * self.level.next())
    }
}
