//! A band: several instruments at once. Runs on the audio thread.

use crate::dsp::SAMPLE_RATES;
use crate::dsp::limiter::Limiter;
use crate::instrument::Instrument;
use crate::timbre::Timbre;

/// Instruments that play together, each with its timbre and its level: what they play is added up, and limited
/// together. Like an [`Instrument`] it allocates nothing once it is made, gives the same bits however its sound is
/// cut into blocks, and ends in exact silence. A band of one instrument sounds as the instrument does.
#[derive(Clone, Debug)]
pub struct Band {
    players: Box<[Instrument]>,
    limiter: Limiter,
}

impl Band {
    /// A band of these timbres; the rate as for [`Instrument::new`]. The more play, the softer each is: eight
    /// play at half of their level each.
    pub fn new(sample_rate: f32, timbres: &[Timbre]) -> Self {
        let level = 1.0 / libm::cbrtf(timbres.len().max(1) as f32);
        let player = |&timbre: &Timbre| {
            let mut player = Instrument::new(sample_rate);
            player.set_timbre(timbre);
            player.set_level(if timbres.len() > 1 { level * balance(timbre) } else { 1.0 });
            player
        };
        let rate = if sample_rate.is_nan() { 48_000.0 } else { sample_rate };
        let rate = rate.clamp(*SAMPLE_RATES.start(), *SAMPLE_RATES.end());
        Self { players: timbres.iter().map(player).collect(), limiter: Limiter::new(rate) }
    }

    /// A key of an instrument, counted from 0, goes down; without a velocity it goes up (see
    /// [`Instrument::note_on`]). An instrument that is not there plays nothing.
    pub fn note_on(&mut self, player: usize, key: u8, velocity: f32) {
        if let Some(player) = self.players.get_mut(player) {
            player.note_on(key, velocity);
        }
    }

    /// Nothing sounds: until the next note, [`render`](Self::render) writes zeros.
    pub fn is_silent(&self) -> bool {
        self.players.iter().all(Instrument::is_silent)
    }

    /// Writes the next samples over what is in both sides, each within ±1. Of slices of different lengths, what
    /// one is longer is left alone.
    pub fn render(&mut self, left: &mut [f32], right: &mut [f32]) {
        // One has its own limiter.
        if let [alone] = &mut *self.players {
            return alone.render(left, right);
        }
        let length = left.len().min(right.len());
        let (left, right) = (&mut left[..length], &mut right[..length]);
        left.fill(0.0);
        right.fill(0.0);
        for player in &mut self.players {
            player.add_to(left, right);
        }
        for (left, right) in left.iter_mut().zip(right) {
            [*left, *right] = self.limiter.next([*left, *right]);
        }
    }
}

/// The level of a timbre among others, so that parts of the same velocities are about equally loud (ITU-R
/// BS.1770): what is held sounds louder than what dies away.
fn balance(timbre: Timbre) -> f32 {
    match timbre {
        Timbre::ElectricPiano | Timbre::Bass => 1.0,
        Timbre::Flute => 0.8,
        Timbre::Pluck => 1.25,
        Timbre::Drums => 1.3,
    }
}
