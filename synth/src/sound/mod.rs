//! What a timbre sounds like, from a key and a velocity.
//!
//! A sound depends on its key, its velocity and the sample rate, and on nothing that was played before: a
//! note sounds the same wherever a song is begun. Each is one mono source; where it stands and how far
//! away is told by [`StereoPlace`].

mod bass;
mod drums;
mod electric_piano;
mod flute;
mod lead;
mod organ;
mod piano;
mod pluck;
mod strings;

use bass::Bass;
use drums::Hit;
use electric_piano::ElectricPiano;
use flute::Flute;
use lead::Lead;
use organ::Organ;
use piano::Piano;
use pluck::Pluck;
use strings::Strings;

pub use pluck::string_length;

use crate::timbre::Timbre;

/// What a sound is made from.
#[derive(Clone, Copy, Debug)]
pub struct Strike {
    /// MIDI key.
    pub key: u8,
    /// Above 0, at most 1.
    pub velocity: f32,
    /// Samples a second.
    pub rate: f32,
}

impl Strike {
    /// The loudness of a velocity as most instruments have it: half of it is 9 dB softer.
    fn loudness(&self) -> f32 {
        self.velocity * self.velocity.sqrt()
    }

    /// Low keys to the left, high keys to the right, as before a keyboard: -1 to 1.
    fn side(&self) -> f32 {
        (f32::from(self.key) - 64.0) * (1.0 / 64.0)
    }

    /// A seed that differs from key to key.
    fn seed(&self) -> u32 {
        u32::from(self.key) + 1
    }
}

/// Where a sound stands.
#[derive(Clone, Copy, Debug)]
pub struct StereoPlace {
    /// From -1, left, to 1, right.
    pub side: f32,
    /// How loud it is in the room, beside itself.
    pub room: f32,
}

/// One sounding note.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::large_enum_variant, reason = "on the audio thread nothing is boxed")]
pub enum Sound {
    ElectricPiano(ElectricPiano),
    Pluck(Pluck),
    Flute(Flute),
    Bass(Bass),
    Piano(Piano),
    Organ(Organ),
    Strings(Strings),
    Lead(Lead),
    Hit(Hit),
}

impl Sound {
    /// A note that begins.
    pub fn start(timbre: Timbre, strike: &Strike) -> Self {
        match timbre {
            Timbre::ElectricPiano => Self::ElectricPiano(ElectricPiano::start(strike)),
            Timbre::Pluck => Self::Pluck(Pluck::start(strike)),
            Timbre::Flute => Self::Flute(Flute::start(strike)),
            Timbre::Bass => Self::Bass(Bass::start(strike)),
            Timbre::Piano => Self::Piano(Piano::start(strike)),
            Timbre::Organ => Self::Organ(Organ::start(strike)),
            Timbre::Strings => Self::Strings(Strings::start(strike)),
            Timbre::Lead => Self::Lead(Lead::start(strike)),
            Timbre::Drums => Self::Hit(Hit::start(strike)),
        }
    }

    /// Where it stands.
    pub fn place(&self) -> StereoPlace {
        match self {
            Self::ElectricPiano(sound) => sound.place(),
            Self::Pluck(sound) => sound.place(),
            Self::Flute(sound) => sound.place(),
            Self::Bass(sound) => sound.place(),
            Self::Piano(sound) => sound.place(),
            Self::Organ(sound) => sound.place(),
            Self::Strings(sound) => sound.place(),
            Self::Lead(sound) => sound.place(),
            Self::Hit(sound) => sound.place(),
        }
    }

    /// Hits of one group end one another, as a foot does with a hi-hat.
    pub fn choke_group(&self) -> Option<u8> {
        match self {
            Self::Hit(hit) => hit.choke_group(),
            _ => None,
        }
    }

    /// Seconds in which it makes way for the next note on its key.
    pub fn seconds_to_yield(&self) -> f32 {
        match self {
            Self::Hit(hit) => hit.seconds_to_yield(),
            _ => 0.012,
        }
    }

    /// The key is let go.
    pub fn release(&mut self, rate: f32) {
        match self {
            Self::ElectricPiano(sound) => sound.release(rate),
            Self::Pluck(sound) => sound.release(),
            Self::Flute(sound) => sound.release(rate),
            Self::Bass(sound) => sound.release(rate),
            Self::Piano(sound) => sound.release(rate),
            Self::Organ(sound) => sound.release(rate),
            Self::Strings(sound) => sound.release(rate),
            Self::Lead(sound) => sound.release(rate),
            // A drum is not held: it rings out by itself.
            Self::Hit(_) => {}
        }
    }

    /// What changes slowly, every [`CONTROL`](crate::dsp::CONTROL) samples of its life.
    pub fn control(&mut self, rate: f32) {
        match self {
            Self::ElectricPiano(sound) => sound.control(),
            Self::Pluck(sound) => sound.control(),
            Self::Flute(sound) => sound.control(rate),
            Self::Bass(sound) => sound.control(rate),
            Self::Piano(sound) => sound.control(),
            Self::Organ(sound) => sound.control(rate),
            Self::Strings(sound) => sound.control(rate),
            Self::Lead(sound) => sound.control(rate),
            Self::Hit(sound) => sound.control(),
        }
    }

    /// The next samples, at most [`CONTROL`](crate::dsp::CONTROL). `string` is memory of its own of [`string_length`] samples, which may hold
    /// anything when a sound begins.
    pub fn render(&mut self, out: &mut [f32], string: &mut [f32]) {
        match self {
            Self::ElectricPiano(sound) => sound.render(out),
            Self::Pluck(sound) => fill(out, sound, |sound| sound.next(string)),
            Self::Flute(sound) => sound.render(out),
            Self::Bass(sound) => sound.render(out),
            Self::Piano(sound) => sound.render(out),
            Self::Organ(sound) => sound.render(out),
            Self::Strings(sound) => sound.render(out),
            Self::Lead(sound) => sound.render(out),
            Self::Hit(sound) => sound.render(out),
        }
    }
}

/// Writes samples one after the other. What makes them is taken from its memory meanwhile, into the
/// registers of the processor: it would wait for its own writes there, three times longer than it works.
fn fill<T: Copy>(out: &mut [f32], source: &mut T, mut next: impl FnMut(&mut T) -> f32) {
    let mut local = *source;
    out.fill_with(|| next(&mut local));
    *source = local;
}

/// The same, for samples that are added to others.
fn add<T: Copy>(out: &mut [f32], source: &mut T, mut next: impl FnMut(&mut T) -> f32) {
    let mut local = *source;
    out.iter_mut().for_each(|sample| *sample += next(&mut local));
    *source = local;
}
