//! The notes that come in. They are read at the start of a block, so that what they change is known
//! before the player plays; the [`note_merger`](crate::audio::note_merger) passes them on.
//!
//! Runs on the audio thread.

use crate::audio::player::PitchClasses;

/// Most events that are placed at their own samples in a block. The others act at its end.
pub const MOST: usize = 512;
/// MIDI's channels.
pub const CHANNELS: u8 = 16;
/// MIDI's keys.
pub const KEYS: u8 = 128;

/// A key that goes down or up on the input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InputEvent {
    /// Sample in the block.
    pub timing: u32,
    /// MIDI channel, counted from 0; `None` is all of them.
    pub channel: Option<u8>,
    /// MIDI key number; `None` is all of them.
    pub key: Option<u8>,
    /// How hard the key goes down, 0 to 1; `None` where it goes up.
    pub velocity: Option<f32>,
}

impl InputEvent {
    /// The channels and keys that it means.
    pub fn keys(&self) -> impl Iterator<Item = (u8, u8)> + use<> {
        let channels = self.channel.map_or(0..CHANNELS, |channel| channel..channel + 1);
        let keys = self.key.map_or(0..KEYS, |key| key..key + 1);
        channels.flat_map(move |channel| keys.clone().map(move |key| (channel, key)))
    }

    /// Whether it means keys that exist, and where a key goes down exactly one, with a velocity that is a
    /// number. Hosts may send anything: to be checked before an event is used.
    pub fn is_usable(&self) -> bool {
        let known = self.channel.is_none_or(|channel| channel < CHANNELS)
            && self.key.is_none_or(|key| key < KEYS);
        let one = self.channel.is_some() && self.key.is_some();
        known && self.velocity.is_none_or(|velocity| one && velocity.is_finite())
    }
}

/// The events of a block, in order.
#[derive(Debug)]
pub struct Input {
    events: [InputEvent; MOST],
    count: usize,
}

impl Default for Input {
    fn default() -> Self {
        let nothing = InputEvent { timing: 0, channel: None, key: None, velocity: None };
        Self { events: [nothing; MOST], count: 0 }
    }
}

impl Input {
    /// Adds an event, and says whether there was room. One that is not usable is dropped, and needs none.
    pub fn push(&mut self, event: InputEvent) -> bool {
        if !event.is_usable() {
            return true;
        }
        let earliest = self.events().last().map_or(0, |last| last.timing);
        let Some(place) = self.events.get_mut(self.count) else { return false };
        *place = InputEvent { timing: event.timing.max(earliest), ..event };
        self.count += 1;
        true
    }

    /// The events so far.
    pub fn events(&self) -> &[InputEvent] {
        &self.events[..self.count]
    }

    /// Begins the next block.
    pub fn clear(&mut self) {
        self.count = 0;
    }
}

/// The keys that are held.
#[derive(Debug)]
pub struct Keys {
    /// The channels that hold each key, a bit each.
    held: [u16; KEYS as usize],
}

impl Default for Keys {
    fn default() -> Self {
        Self { held: [0; KEYS as usize] }
    }
}

impl Keys {
    /// Updates the keys by an event.
    pub fn update(&mut self, event: &InputEvent) {
        for (channel, key) in event.keys() {
            let held = &mut self.held[usize::from(key)];
            let bit = 1 << channel;
            *held = if event.velocity.is_some() { *held | bit } else { *held & !bit };
        }
    }

    /// The chord that the keys make.
    pub fn chord(&self) -> PitchClasses {
        (0..KEYS).filter(|&key| self.held[usize::from(key)] != 0).collect()
    }

    /// Forgets them all.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn velocities_that_are_no_numbers_are_not_heard() {
        let down = |velocity| InputEvent {
            timing: 0,
            channel: Some(0),
            key: Some(60),
            velocity: Some(velocity),
        };
        let mut input = Input::default();
        for velocity in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.5] {
            assert!(input.push(down(velocity)));
        }
        assert_eq!(input.events(), [down(0.5)]);
    }
}
