//! The instrument: notes in, stereo sound out. Runs on the audio thread.

use crate::dsp::SAMPLE_RATES;
use crate::dsp::limiter::Limiter;
use crate::dsp::ramp::Ramp;
use crate::dsp::room::Room;
use crate::sound::{Strike, string_length};
use crate::timbre::Timbre;
use crate::voice::{Bus, TICK, Voice};

/// Notes that sound at once, of all players together.
pub const POLYPHONY: usize = 48;
/// Those, and some that are just making way.
const VOICES: usize = POLYPHONY + 32;
/// Players that an instrument has, each with a timbre and a level of its own.
pub const PLAYERS: usize = 16;

/// Seconds of a change of level, and in which notes leave that another needs the place of, that are
/// choked, and that are all told to go.
const LEVEL: f32 = 0.02;
const STOLEN: f32 = 0.004;
const CHOKED: f32 = 0.025;
const ALL_OFF: f32 = 0.05;

/// A small instrument for up to [`PLAYERS`] players, in stereo, with a little room round it.
///
/// Each player has a [`Timbre`] and a level, and its keys are its own: players share the voices, the room and
/// the limiter, so that a band needs no more memory than one player does. Players that nobody has set play
/// the default timbre at level 1.
///
/// Events are placed by rendering up to them:
///
/// ```
/// use jukebox_synth::{Instrument, Timbre};
///
/// let mut instrument = Instrument::new(48_000.0);
/// instrument.set_player(0, Timbre::Pluck, 1.0);
/// let (mut left, mut right) = ([0.0; 256], [0.0; 256]);
/// // A note that begins 100 samples into the block.
/// instrument.render(&mut left[..100], &mut right[..100]);
/// instrument.note_on(0, 60, 0.8);
/// instrument.render(&mut left[100..], &mut right[100..]);
/// assert!(left[..100].iter().all(|&sample| sample == 0.0));
/// assert!(left[100..].iter().any(|&sample| sample != 0.0));
/// ```
///
/// [`new`](Self::new) makes all memory that is ever needed: everything else allocates nothing, frees
/// nothing, locks nothing and asks the system nothing. The same notes at the same samples give the same
/// sound, bit for bit, however it is cut into blocks, and on every processor.
#[derive(Clone, Debug)]
pub struct Instrument {
    rate: f32,
    players: [Player; PLAYERS],
    voices: Box<[Option<Voice>]>,
    /// Memory for the strings of the voices, one after the other.
    strings: Box<[f32]>,
    notes: u64,
    room: Room,
    level: Ramp,
    limiter: Limiter,
    /// Samples since the last tick. What is decided for many samples at once (which notes have ended) is
    /// decided at ticks, which count from the first note after a silence and not from a block's start.
    since_tick: usize,
    is_silent: bool,
}

/// How the notes to come of a player sound.
#[derive(Clone, Copy, Debug)]
struct Player {
    timbre: Timbre,
    level: f32,
}

impl Instrument {
    /// An instrument for a sample rate; rates outside 8 to 384 kHz are taken for the nearest of these.
    pub fn new(sample_rate: f32) -> Self {
        let rate = if sample_rate.is_nan() { 48_000.0 } else { sample_rate };
        let rate = rate.clamp(*SAMPLE_RATES.start(), *SAMPLE_RATES.end());
        Self {
            rate,
            players: [Player { timbre: Timbre::default(), level: 1.0 }; PLAYERS],
            voices: vec![None; VOICES].into(),
            strings: touched(VOICES * string_length(rate)),
            notes: 0,
            room: Room::new(rate),
            level: Ramp::new(1.0),
            limiter: Limiter::new(rate),
            since_tick: 0,
            is_silent: true,
        }
    }

    /// What a player plays from now on, and how loud it is, as a factor from 0 to 2.
    ///
    /// Notes that sound keep their timbre. The level acts on them as well; it is reached without a click.
    /// Levels of [`Timbre::balance`] make players of different timbres about equally loud. A level that is
    /// not a number changes nothing, and a player that is not there is no error.
    pub fn set_player(&mut self, player: usize, timbre: Timbre, level: f32) {
        let Some(set) = self.players.get_mut(player) else { return };
        set.timbre = timbre;
        let level = level.clamp(0.0, 2.0);
        if level.is_nan() || level == set.level {
            return;
        }
        set.level = level;
        let samples = (LEVEL * self.rate) as u32;
        for voice in self.voices.iter_mut().flatten().filter(|voice| voice.player == player) {
            voice.set_level(level, samples);
        }
    }

    /// The loudness of everything, as a factor from 0 to 2; it is reached without a click.
    pub fn set_level(&mut self, level: f32) {
        let level = if level.is_nan() { self.level.target() } else { level.clamp(0.0, 2.0) };
        let samples = if self.is_silent { 0 } else { (LEVEL * self.rate) as u32 };
        self.level.go(level, samples);
    }

    /// A key of a player goes down. A velocity, above 0 and up to 1, that is not above 0 is a key that goes
    /// up. A player that is not there plays nothing.
    pub fn note_on(&mut self, player: usize, key: u8, velocity: f32) {
        let key = key.min(127);
        if velocity.is_nan() || velocity <= 0.0 {
            return self.note_off(player, key);
        }
        let Some(&Player { timbre, level }) = self.players.get(player) else { return };
        let strike = Strike { key, velocity: velocity.min(1.0), rate: self.rate };
        self.notes += 1;
        let voice = Voice::start(timbre, &strike, player, level, self.notes);
        let choke = voice.choke_group();
        let own = |other: &&mut Voice| other.player == player && !other.is_leaving;
        for other in self.voices.iter_mut().flatten().filter(own) {
            if choke.is_some() && other.choke_group() == choke {
                other.leave(CHOKED, self.rate);
            } else if other.key == key {
                other.make_way(self.rate);
            }
        }
        if self.sounding() == POLYPHONY {
            self.steal();
        }
        let free = self.free_place();
        self.voices[free] = Some(voice);
        self.is_silent = false;
    }

    /// A key of a player goes up. A key that is not down is no error.
    pub fn note_off(&mut self, player: usize, key: u8) {
        let meant = |voice: &&mut Voice| voice.player == player && voice.key == key;
        for voice in self.voices.iter_mut().flatten().filter(meant) {
            voice.release(self.rate);
        }
    }

    /// All notes of a player end, soon and without a click; those of the others go on.
    pub fn player_off(&mut self, player: usize) {
        for voice in self.voices.iter_mut().flatten().filter(|voice| voice.player == player) {
            voice.leave(ALL_OFF, self.rate);
        }
    }

    /// All notes end, soon and without a click; the room rings out.
    pub fn all_off(&mut self) {
        for voice in self.voices.iter_mut().flatten() {
            voice.leave(ALL_OFF, self.rate);
        }
    }

    /// Silence at once: everything is as it was when new, but for the players and the level.
    pub fn reset(&mut self) {
        self.voices.fill(None);
        self.room.clear();
        self.fall_silent();
        self.notes = 0;
    }

    /// Nothing sounds: until the next note, [`render`](Self::render) writes zeros and costs nothing.
    pub fn is_silent(&self) -> bool {
        self.is_silent
    }

    /// Writes the next samples over what is in both sides, each within ±1. Of slices of different
    /// lengths, what one is longer is left alone.
    pub fn render(&mut self, left: &mut [f32], right: &mut [f32]) {
        let length = left.len().min(right.len());
        let (mut left, mut right) = (&mut left[..length], &mut right[..length]);
        while !left.is_empty() && !self.is_silent {
            let samples = left.len().min(TICK - self.since_tick);
            let (left_now, left_later) = left.split_at_mut(samples);
            let (right_now, right_later) = right.split_at_mut(samples);
            self.mix(left_now, right_now);
            for (left, right) in left_now.iter_mut().zip(right_now) {
                [*left, *right] = self.limiter.next([*left, *right]);
            }
            self.since_tick += samples;
            if self.since_tick == TICK {
                self.tick();
            }
            (left, right) = (left_later, right_later);
        }
        left.fill(0.0);
        right.fill(0.0);
    }

    /// The next samples of both sides, at most to the next tick, without a limit.
    fn mix(&mut self, left: &mut [f32], right: &mut [f32]) {
        let mut bus = Bus::EMPTY;
        let length = self.strings.len() / VOICES;
        for (voice, string) in self.voices.iter_mut().zip(self.strings.chunks_exact_mut(length)) {
            if let Some(voice) = voice {
                voice.render(left.len(), &mut bus, string, self.rate);
            }
        }
        for (index, (left, right)) in left.iter_mut().zip(right).enumerate() {
            let [room_left, room_right] = self.room.next(bus.room[index]);
            let level = self.level.next();
            let both = [bus.left[index] + room_left, bus.right[index] + room_right];
            [*left, *right] = both.map(|sample| level * sample);
        }
    }

    /// Takes out what has ended.
    fn tick(&mut self) {
        self.since_tick = 0;
        let mut any = false;
        for voice in &mut self.voices {
            if voice.as_mut().is_some_and(|voice| voice.has_ended(self.rate)) {
                *voice = None;
            }
            any |= voice.is_some();
        }
        if self.room.is_silent_after(TICK) && !any {
            self.fall_silent();
        }
    }

    fn fall_silent(&mut self) {
        self.limiter.clear();
        self.level = Ramp::new(self.level.target());
        self.since_tick = 0;
        self.is_silent = true;
    }

    /// Notes that count.
    fn sounding(&self) -> usize {
        self.voices.iter().flatten().filter(|voice| !voice.is_leaving).count()
    }

    /// Lets one note leave: a released one before one that is held, then the quietest, then the oldest.
    fn steal(&mut self) {
        let counting = self.voices.iter_mut().flatten().filter(|voice| !voice.is_leaving);
        let victim = counting.min_by(|a, b| {
            (a.is_held.cmp(&b.is_held))
                .then(a.loudness().total_cmp(&b.loudness()))
                .then(a.number.cmp(&b.number))
        });
        if let Some(voice) = victim {
            voice.leave(STOLEN, self.rate);
        }
    }

    /// A free voice, or that of the oldest note that is leaving anyway.
    fn free_place(&self) -> usize {
        let places = self.voices.iter().enumerate();
        let order = |voice: &Option<Voice>| {
            voice.as_ref().map_or((false, 0), |voice| (!voice.is_leaving, voice.number + 1))
        };
        places.min_by_key(|(_, voice)| order(voice)).map_or(0, |(place, _)| place)
    }
}

/// Memory whose pages are there: the audio thread does not wait for the system to bring them.
fn touched(length: usize) -> Box<[f32]> {
    let mut memory = vec![0.0; length];
    std::hint::black_box(&mut memory).fill(0.0);
    memory.into()
}
