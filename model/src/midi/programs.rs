//! Which instruments a file's tracks name.

use std::collections::HashMap;

/// The first program that each track names for each channel.
#[derive(Default)]
pub(super) struct Programs(HashMap<(u8, u16), u8>);

impl Programs {
    pub fn name(&mut self, channel: u8, track: u16, program: u8) {
        self.0.entry((channel, track)).or_insert(program);
    }

    /// The program that a track names for a channel.
    pub fn of(&self, channel: u8, track: u16) -> Option<u8> {
        self.0.get(&(channel, track)).copied()
    }

    /// The program that the first track which names one names for a channel.
    pub fn of_channel(&self, channel: u8) -> Option<u8> {
        let named = self.0.iter().filter(|&(&(it, _), _)| it == channel);
        named.min_by_key(|&(&(_, track), _)| track).map(|(_, &program)| program)
    }

    /// Whether tracks that name these programs for a channel may play one instrument on it: they do not
    /// name two.
    pub fn agree(one: Option<u8>, other: Option<u8>) -> bool {
        match (one, other) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        }
    }
}
