//! Which instruments a file's tracks name.

use std::collections::HashMap;

/// The first program that each track names for each channel.
#[derive(Default)]
pub(super) struct Programs(HashMap<(u8, u16), u8>);

impl Programs {
    pub fn name(&mut self, channel: u8, track: u16, program: u8) {
        self.0.entry((channel, track)).or_insert(program);
    }

    /// Whether two tracks may play one instrument on a channel: they do not name two.
    pub fn agree(&self, channel: u8, one: u16, other: u16) -> bool {
        let program = |track| self.0.get(&(channel, track));
        match (program(one), program(other)) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        }
    }
}
