//! The settings of the built-in sound.

use nice_plug::prelude::*;

use super::level;
use crate::audio::instrument::{SoundSettings, TimbreChoice};
use crate::audio::player::parts::MOST_PARTS;

/// How the built-in instrument sounds.
#[derive(Params)]
pub struct SoundParams {
    /// Whether it sounds.
    #[id = "sound"]
    pub on: BoolParam,
    /// How loud.
    #[id = "level"]
    pub level: FloatParam,
    /// What plays.
    #[id = "instrument"]
    pub instrument: EnumParam<TimbreChoice>,
}

impl Default for SoundParams {
    fn default() -> Self {
        Self {
            on: BoolParam::new("Sound", true),
            level: level("Level"),
            instrument: EnumParam::new("Instrument", TimbreChoice::Auto),
        }
    }
}

impl SoundParams {
    /// The settings in force, with no part louder than another.
    pub(super) fn settings(&self) -> SoundSettings {
        SoundSettings {
            on: self.on.value(),
            level: self.level.value(),
            timbre: self.instrument.value(),
            levels: [0.0; MOST_PARTS],
        }
    }
}
