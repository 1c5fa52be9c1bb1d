//! The composition settings: what is composed. They act on bars that are not yet heard.

use std::sync::Arc;

use jukebox_model::composer::Settings;
use nice_plug::formatters;
use nice_plug::prelude::*;

/// What is composed.
#[derive(Params)]
pub struct CompositionParams {
    /// The take number: the seed.
    #[id = "take"]
    pub take: IntParam,
    /// How daring the choices are.
    #[id = "temperature"]
    pub temperature: FloatParam,
}

impl Default for CompositionParams {
    fn default() -> Self {
        let defaults = Settings::default();
        Self {
            take: IntParam::new(
                "Take",
                defaults.take as i32,
                IntRange::Linear { min: 1, max: 999 },
            ),
            temperature: FloatParam::new(
                "Temperature",
                defaults.temperature,
                FloatRange::Linear { min: 0.0, max: 2.0 },
            )
            .with_step_size(0.01)
            .with_value_to_string(formatters::v2s_f32_rounded(2))
            .with_string_to_value(Arc::new(|text| text.trim().parse().ok())),
        }
    }
}

impl CompositionParams {
    /// The settings in force.
    pub fn settings(&self) -> Settings {
        Settings {
            take: self.take.value().max(1) as u32,
            // In whole hundredths: what a host saves and loads again may differ in the last bit,
            // and would be another tune.
            temperature: (self.temperature.value() * 100.0).round() / 100.0,
            ..Settings::default()
        }
    }
}
