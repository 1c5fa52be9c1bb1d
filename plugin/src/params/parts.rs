//! The settings of the parts of a band: which of them this instance plays, and how. They act at once, on the notes
//! that start from then on; levels on what sounds.

use nice_plug::prelude::*;

use super::{level, number_or};
use crate::audio::player::PartSettings;
use crate::audio::player::parts::MOST_PARTS;

/// How the parts are played.
#[derive(Params)]
pub struct PartsParams {
    /// The part that this instance plays, or 0 for all.
    #[id = "part"]
    pub part: IntParam,
    /// Each part by itself.
    #[nested(array, group = "Part")]
    pub each: [PartParams; MOST_PARTS],
}

/// How a part is played.
#[derive(Params)]
pub struct PartParams {
    /// It is silent.
    #[id = "mute"]
    pub mute: BoolParam,
    /// The others are silent.
    #[id = "solo"]
    pub solo: BoolParam,
    /// The MIDI channel, 0 for auto.
    #[id = "channel"]
    pub channel: IntParam,
    /// Octaves up or down.
    #[id = "octave"]
    pub octave: IntParam,
    /// How loud its voice of the built-in instrument plays.
    #[id = "level"]
    pub level: FloatParam,
}

impl PartParams {
    fn new(number: usize) -> Self {
        let name = |what: &str| format!("Part {number} {what}");
        Self {
            mute: BoolParam::new(name("mute"), false),
            solo: BoolParam::new(name("solo"), false),
            channel: number_or(name("channel"), "Auto", 16),
            octave: IntParam::new(name("octave"), 0, IntRange::Linear { min: -3, max: 3 }),
            level: level(name("level")),
        }
    }
}

impl Default for PartsParams {
    fn default() -> Self {
        Self {
            part: number_or("Part", "All", 16),
            each: std::array::from_fn(|index| PartParams::new(index + 1)),
        }
    }
}

impl PartsParams {
    /// How the parts are played now.
    pub(super) fn settings(&self) -> PartSettings {
        let bits = |is_set: fn(&PartParams) -> bool| {
            let set = |(index, part)| u32::from(is_set(part)) << index;
            (0..).zip(&self.each).map(set).fold(0, std::ops::BitOr::bitor)
        };
        PartSettings {
            only: u8::try_from(self.part.value() - 1).ok(),
            muted: bits(|part| part.mute.value()),
            solo: bits(|part| part.solo.value()),
            channels: self.each.each_ref().map(|part| u8::try_from(part.channel.value() - 1).ok()),
            octaves: self.each.each_ref().map(|part| part.octave.value() as i8),
        }
    }

    /// How loud each part plays, in dB.
    pub(super) fn levels(&self) -> [f32; MOST_PARTS] {
        self.each.each_ref().map(|part| part.level.value())
    }
}
