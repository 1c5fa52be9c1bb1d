//! A voice: one key that sounds, from its beginning to its exact zero.

use crate::dsp::CONTROL;
use crate::dsp::ramp::Ramp;
use crate::sound::{Sound, Strike};
use crate::timbre::Timbre;

/// Samples that are mixed together at most; see [`Instrument`](crate::Instrument).
pub const TICK: usize = 32;

/// A note whose peaks stay below this (-100 dB) has ended ...
const SILENCE: f32 = 1e-5;
/// ... once it has been so for longer than the slowest wave takes, in seconds.
const SILENCE_LASTS: f32 = 0.06;

/// What the notes are added to: both sides, and what goes into the room.
#[derive(Clone, Copy, Debug)]
pub struct Bus {
    pub left: [f32; TICK],
    pub right: [f32; TICK],
    pub room: [f32; TICK],
}

impl Bus {
    pub const EMPTY: Self = Self { left: [0.0; TICK], right: [0.0; TICK], room: [0.0; TICK] };
}

/// One note.
#[derive(Clone, Debug)]
pub struct Voice {
    sound: Sound,
    pub player: usize,
    pub key: u8,
    /// The key is down.
    pub is_held: bool,
    /// It makes way, and no longer counts.
    pub is_leaving: bool,
    /// Counts the notes of the instrument: the smaller, the older.
    pub number: u64,
    /// Samples of its life, up to the control of its slow parts.
    age: usize,
    gain: Ramp,
    /// The player's.
    level: Ramp,
    left: f32,
    right: f32,
    room: f32,
    peak: f32,
    loudness: f32,
    quiet: usize,
}

impl Voice {
    /// A note of a player that begins.
    pub fn start(timbre: Timbre, strike: &Strike, player: usize, level: f32, number: u64) -> Self {
        let sound = Sound::start(timbre, strike);
        let place = sound.place();
        // Equal power, 1 in the middle.
        let (left, right) = ((1.0 - place.side).sqrt(), (1.0 + place.side).sqrt());
        Self {
            sound,
            player,
            key: strike.key,
            is_held: true,
            is_leaving: false,
            number,
            age: 0,
            gain: Ramp::new(1.0),
            level: Ramp::new(level),
            left,
            right,
            room: place.room,
            peak: 0.0,
            // Nobody takes its place before it has been heard.
            loudness: 1.0,
            quiet: 0,
        }
    }

    /// The loudness that it had lately.
    pub fn loudness(&self) -> f32 {
        self.level.target() * self.loudness
    }

    /// Becomes as loud as its player, in some samples.
    pub fn set_level(&mut self, level: f32, samples: u32) {
        self.level.go(level, samples);
    }

    /// Hits of one group end one another.
    pub fn choke_group(&self) -> Option<u8> {
        self.sound.choke_group()
    }

    /// The key is let go.
    pub fn release(&mut self, rate: f32) {
        if self.is_held {
            self.is_held = false;
            self.sound.release(rate);
        }
    }

    /// Makes way, for the next note on its key.
    pub fn make_way(&mut self, rate: f32) {
        let seconds = self.sound.seconds_to_yield();
        self.leave(seconds, rate);
    }

    /// Fades out in some seconds.
    pub fn leave(&mut self, seconds: f32, rate: f32) {
        if !self.is_leaving {
            self.is_leaving = true;
            self.is_held = false;
            self.gain.go(0.0, ((seconds * rate) as u32).max(1));
        }
    }

    /// Adds its next samples, at most [`TICK`].
    pub fn render(&mut self, samples: usize, bus: &mut Bus, string: &mut [f32], rate: f32) {
        let mut mono = [0.0; TICK];
        let mono = &mut mono[..samples];
        let mut rest = &mut *mono;
        while !rest.is_empty() {
            if self.age == 0 {
                self.sound.control(rate);
            }
            let (now, later) = rest.split_at_mut(rest.len().min(CONTROL - self.age));
            self.sound.render(now, string);
            self.age = (self.age + now.len()) % CONTROL;
            rest = later;
        }
        if self.is_leaving {
            for sample in &mut *mono {
                // Without a corner at either end, which would click.
                let gain = self.gain.next();
                *sample *= gain * gain * (3.0 - 2.0 * gain);
            }
        }
        self.peak = mono.iter().fold(self.peak, |peak, sample| peak.max(sample.abs()));
        // After the peak: a note whose player is turned down has not ended.
        mono.iter_mut().for_each(|sample| *sample *= self.level.next());
        for (side, share) in
            [(&mut bus.left, self.left), (&mut bus.right, self.right), (&mut bus.room, self.room)]
        {
            for (sum, sample) in side.iter_mut().zip(&*mono) {
                *sum += share * sample;
            }
        }
    }

    /// To be called after each tick: whether it has ended.
    pub fn has_ended(&mut self, rate: f32) -> bool {
        self.loudness = self.peak.max(0.98 * self.loudness);
        self.quiet = if self.peak < SILENCE { self.quiet + TICK } else { 0 };
        self.peak = 0.0;
        self.gain.is_at(0.0) || self.quiet as f32 > SILENCE_LASTS * rate
    }
}
