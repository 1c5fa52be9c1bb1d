//! The music of a take, read from its MIDI file, and what the site's scripts get of it.

mod midi;
mod notation;
mod sections;

pub use midi::{Take, read};
pub use notation::data;

/// Ticks in a quarter note, to which onsets and lengths are brought.
pub const QUARTER: u32 = 24;
