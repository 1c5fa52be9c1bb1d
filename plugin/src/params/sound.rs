//! The settings of the built-in sound.

use std::sync::Arc;

use nice_plug::formatters;
use nice_plug::prelude::*;

use crate::audio::instrument::{SoundSettings, TimbreChoice};

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
            level: FloatParam::new("Level", 0.0, FloatRange::Linear { min: -40.0, max: 6.0 })
                .with_step_size(0.1)
                .with_unit(" dB")
                .with_value_to_string(formatters::v2s_f32_rounded(1))
                .with_string_to_value(Arc::new(|text| {
                    text.trim().trim_end_matches("dB").trim().parse().ok()
                })),
            instrument: EnumParam::new("Instrument", TimbreChoice::Auto),
        }
    }
}

impl SoundParams {
    /// The settings in force.
    pub fn settings(&self) -> SoundSettings {
        SoundSettings {
            on: self.on.value(),
            level: self.level.value(),
            timbre: self.instrument.value(),
        }
    }
}
