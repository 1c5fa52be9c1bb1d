//! Which instruments a file's tracks name.

use std::collections::{BTreeSet, HashMap};

/// The first program that each track names for each channel.
#[derive(Clone, Default)]
pub(super) struct Programs {
    of_tracks: HashMap<(u8, u16), u8>,
    /// The first that is named for each channel.
    of_channels: [Option<u8>; 16],
}

impl Programs {
    /// A track, no earlier one than the last, names a program.
    pub fn name(&mut self, channel: u8, track: u16, program: u8) {
        self.of_tracks.entry((channel, track)).or_insert(program);
        self.of_channels[usize::from(channel)].get_or_insert(program);
    }

    /// The program that a track names for a channel.
    pub fn of(&self, channel: u8, track: u16) -> Option<u8> {
        self.of_tracks.get(&(channel, track)).copied()
    }

    /// The program that a track names for a channel, or else the first track that names one.
    pub fn of_line(&self, channel: u8, track: u16) -> Option<u8> {
        self.of(channel, track).or(self.of_channels[usize::from(channel)])
    }

    /// The programs that are named, in order.
    pub fn named(&self) -> impl Iterator<Item = u8> + use<> {
        self.of_tracks.values().copied().collect::<BTreeSet<u8>>().into_iter()
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
