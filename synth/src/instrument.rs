//! The instrument: notes in, stereo sound out. Runs on the audio thread.

use crate::dsp::SAMPLE_RATES;
use crate::dsp::limiter::Limiter;
use crate::dsp::ramp::Ramp;
use crate::dsp::room::Room;
use crate::sound::{Strike, string_length};
use crate::timbre::Timbre;
use crate::voice::{Bus, TICK, Voice};

/// Notes that sound at once.
pub const POLYPHONY: usize = 48;
/// Players that an instrument has: each has a timbre and a level of its own.
pub const PLAYERS: usize = 32;
/// Those, and as many that are just making way.
const VOICES: usize = 2 * POLYPHONY;

/// Seconds of a change of level, and in which notes leave that another needs the place of, that are
/// choked, and that are all told to go.
const LEVEL: f32 = 0.02;
const STOLEN: f32 = 0.004;
const CHOKED: f32 = 0.025;
const ALL_OFF: f32 = 0.05;

/// A small instrument in stereo, with a little room round it. It has [`PLAYERS`] players, each with a [`Timbre`] of
/// its own: one who plays alone is the first, a band has one for each part. They share voices, room and limiter.
///
/// Events are placed by rendering up to them:
///
/// ```
/// use jukebox_synth::{Instrument, Timbre};
///
/// let mut instrument = Instrument::new(48_000.0);
/// instrument.set_timbre(Timbre::Pluck);
/// let (mut left, mut right) = ([0.0; 256], [0.0; 256]);
/// // A note that begins 100 samples into the block.
/// instrument.render(&mut left[..100], &mut right[..100]);
/// instrument.note_on(60, 0.8);
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

/// Who plays.
#[derive(Clone, Copy, Debug)]
struct Player {
    timbre: Timbre,
    level: Ramp,
}

impl Instrument {
    /// An instrument for a sample rate; rates outside 8 to 384 kHz are taken for the nearest of these.
    pub fn new(sample_rate: f32) -> Self {
        let rate = if sample_rate.is_nan() { 48_000.0 } else { sample_rate };
        let rate = rate.clamp(*SAMPLE_RATES.start(), *SAMPLE_RATES.end());
        Self {
            rate,
            players: [Player { timbre: Timbre::default(), level: Ramp::new(1.0) }; PLAYERS],
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

    /// The timbre of the notes to come of the first player; those that sound go on as they began.
    pub fn set_timbre(&mut self, timbre: Timbre) {
        self.players[0].timbre = timbre;
    }

    /// The timbre of the notes to come of a player, and the loudness of all its notes, as a factor from 0 to 2,
    /// which is reached without a click. A player that is not there is no error.
    pub fn set_player(&mut self, player: usize, timbre: Timbre, level: f32) {
        let samples = if self.is_silent { 0 } else { (LEVEL * self.rate) as u32 };
        let Some(player) = self.players.get_mut(player) else { return };
        player.timbre = timbre;
        let level = if level.is_nan() { player.level.target() } else { level.clamp(0.0, 2.0) };
        if level != player.level.target() {
            player.level.go(level, samples);
        }
    }

    /// The loudness of everything, as a factor from 0 to 2; it is reached without a click.
    pub fn set_level(&mut self, level: f32) {
        let level = if level.is_nan() { self.level.target() } else { level.clamp(0.0, 2.0) };
        let samples = if self.is_silent { 0 } else { (LEVEL * self.rate) as u32 };
        self.level.go(level, samples);
    }

    /// A key of the first player goes down. A velocity, above 0 and up to 1, that is not above 0 is a key that goes
    /// up.
    pub fn note_on(&mut self, key: u8, velocity: f32) {
        self.play(0, key, velocity);
    }

    /// A key of the first player goes up. A key that is not down is no error.
    pub fn note_off(&mut self, key: u8) {
        self.release(0, key);
    }

    /// A key of a player goes down, as in [`note_on`](Self::note_on). A player that is not there plays nothing.
    pub fn play(&mut self, player: usize, key: u8, velocity: f32) {
        let key = key.min(127);
        if velocity.is_nan() || velocity <= 0.0 {
            return self.release(player, key);
        }
        let Some(&Player { timbre, .. }) = self.players.get(player) else { return };
        let strike = Strike { key, velocity: velocity.min(1.0), rate: self.rate };
        self.notes += 1;
        let voice = Voice::start(player, timbre, &strike, self.notes);
        let choke = voice.choke_group();
        let rate = self.rate;
        for other in self.voices_of(player).filter(|other| !other.is_leaving) {
            if choke.is_some() && other.choke_group() == choke {
                other.leave(CHOKED, rate);
            } else if other.key == key {
                other.make_way(rate);
            }
        }
        if self.sounding() == POLYPHONY {
            self.steal();
        }
        let free = self.free_place();
        self.voices[free] = Some(voice);
        self.is_silent = false;
    }

    /// A key of a player goes up.
    pub fn release(&mut self, player: usize, key: u8) {
        let rate = self.rate;
        self.voices_of(player).filter(|voice| voice.key == key).for_each(|it| it.release(rate));
    }

    /// The notes of a player.
    fn voices_of(&mut self, player: usize) -> impl Iterator<Item = &mut Voice> {
        self.voices.iter_mut().flatten().filter(move |voice| voice.player == player)
    }

    /// All notes end, soon and without a click; the room rings out.
    pub fn all_off(&mut self) {
        for voice in self.voices.iter_mut().flatten() {
            voice.leave(ALL_OFF, self.rate);
        }
    }

    /// Silence at once: everything is as it was when new, but for timbres and levels.
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
            self.pass(samples);
            (left, right) = (left_later, right_later);
        }
        left.fill(0.0);
        right.fill(0.0);
    }

    /// Some samples, at most to the next tick, have passed.
    fn pass(&mut self, samples: usize) {
        self.since_tick += samples;
        if self.since_tick == TICK {
            self.tick();
        }
    }

    /// The next samples of both sides, at most to the next tick, without a limit.
    fn mix(&mut self, left: &mut [f32], right: &mut [f32]) {
        let mut bus = Bus::EMPTY;
        let length = self.strings.len() / VOICES;
        for (voice, string) in self.voices.iter_mut().zip(self.strings.chunks_exact_mut(length)) {
            if let Some(voice) = voice {
                // Each note goes the way of its player's level from where this stands.
                let level = self.players[voice.player].level;
                voice.render(left.len(), level, &mut bus, string, self.rate);
            }
        }
        self.players.iter_mut().for_each(|player| player.level.pass(left.len()));
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
        self.players.iter_mut().for_each(|it| it.level = Ramp::new(it.level.target()));
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
