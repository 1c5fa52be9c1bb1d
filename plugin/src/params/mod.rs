//! The parameters. Their ids are stable; `docs/parameters.md` names them all.

mod composition;
mod look;
mod parts;
mod performance;
mod sound;
mod window_size;

use std::sync::Arc;

use jukebox_model::piece::Tick;
use nice_plug::formatters;
use nice_plug::prelude::*;
use parking_lot::RwLock;

pub use composition::{Anchor, CompositionParams, Form, Harmony, Length, Mode};
pub use look::{Look, Star};
pub use parts::{PartParams, PartsParams};
pub use performance::{PerformanceParams, Root};
pub use sound::SoundParams;
pub use window_size::WindowSize;

use crate::audio::instrument::SoundSettings;
use crate::audio::player::PerformanceSettings;
use crate::shared::Shared;
use crate::song::CompositionSettings;
use crate::state::SongField;

/// All that a host can automate, and what it saves.
#[derive(Params)]
pub struct JukeboxParams {
    /// The song: record, take and plan.
    #[persist = "song"]
    song: SongField,
    /// The editor's window.
    #[persist = "window"]
    pub window: Arc<RwLock<WindowSize>>,
    /// The editor's habits, and the starred takes.
    #[persist = "look"]
    pub look: Arc<RwLock<Look>>,

    /// What is composed.
    #[nested(group = "Composition")]
    pub composition: CompositionParams,
    /// How it is played.
    #[nested(group = "Performance")]
    pub performance: PerformanceParams,
    /// How each part of a band is played.
    #[nested(group = "Parts")]
    pub parts: PartsParams,
    /// How the built-in instrument sounds.
    #[nested(group = "Sound")]
    pub sound: SoundParams,
    /// Releases every note and is silent.
    #[id = "bypass"]
    pub bypass: BoolParam,
}

impl JukeboxParams {
    /// The parameters at their defaults, over one instance's song.
    pub fn new(shared: Arc<Shared>) -> Self {
        Self {
            song: SongField(shared),
            window: Arc::default(),
            look: Arc::default(),
            composition: CompositionParams::default(),
            performance: PerformanceParams::default(),
            parts: PartsParams::default(),
            sound: SoundParams::default(),
            bypass: BoolParam::new("Bypass", false).make_bypass(),
        }
    }

    /// The composition settings in force. `host_loop` is the tick at which the host's loop starts.
    pub fn composition_settings(&self, host_loop: Option<Tick>) -> CompositionSettings {
        self.composition.settings(host_loop)
    }

    /// The performance settings in force.
    pub fn performance(&self) -> PerformanceSettings {
        let parts = self.parts.settings();
        self.performance.performance(self.composition.take(), parts, self.bypass.value())
    }

    /// How the built-in instrument sounds now.
    pub fn sound_settings(&self) -> SoundSettings {
        SoundSettings { levels: self.parts.levels(), ..self.sound.settings() }
    }
}

/// The nearest whole number. The audio thread asks for several in each block: a cast costs less than a
/// call of the maths library.
fn whole(value: f32) -> i32 {
    (value + 0.5f32.copysign(value)) as i32
}

/// A whole number from 1 on, or 0, which is called by a word.
fn number_or(name: impl Into<String>, word: &'static str, max: i32) -> IntParam {
    let print = move |number: i32| if number < 1 { word.to_owned() } else { number.to_string() };
    let parse = move |text: &str| match text.trim() {
        text if text.eq_ignore_ascii_case(word) => Some(0),
        text => text.parse().ok(),
    };
    IntParam::new(name, 0, IntRange::Linear { min: 0, max })
        .with_value_to_string(Arc::new(print))
        .with_string_to_value(Arc::new(parse))
}

/// A level in dB.
fn level(name: impl Into<String>) -> FloatParam {
    FloatParam::new(name, 0.0, FloatRange::Linear { min: -40.0, max: 6.0 })
        .with_step_size(0.1)
        .with_unit(" dB")
        .with_value_to_string(formatters::v2s_f32_rounded(1))
        .with_string_to_value(Arc::new(|text| {
            text.trim().trim_end_matches("dB").trim().parse().ok()
        }))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// One parameter, whatever its kind.
    pub struct Knob {
        pub id: String,
        param: ParamPtr,
    }

    impl Knob {
        fn print(&self, normalized: f32) -> String {
            // SAFETY: a test keeps its parameters longer than the knobs.
            unsafe { self.param.normalized_value_to_string(normalized, true) }
        }

        fn parse(&self, text: &str) -> Option<f32> {
            // SAFETY: as above.
            unsafe { self.param.string_to_normalized_value(text) }
        }

        fn name(&self) -> String {
            // SAFETY: as above.
            unsafe { self.param.name().to_owned() }
        }
    }

    fn knobs(params: &JukeboxParams) -> Vec<Knob> {
        params.param_map().into_iter().map(|(id, param, _)| Knob { id, param }).collect()
    }

    /// Sets a parameter as a user types it.
    pub fn turn(params: &JukeboxParams, id: &str, text: &str) {
        let knobs = knobs(params);
        let knob = knobs.iter().find(|knob| knob.id == id).expect(id);
        let value = knob.parse(text).expect(text);
        // SAFETY: the parameters are borrowed until the end of the function.
        unsafe { knob.param._internal_set_normalized_value(value) };
    }

    #[test]
    fn the_defaults_are_those_of_the_composer_and_the_player() {
        let params = JukeboxParams::new(Arc::default());
        assert_eq!(params.composition_settings(None), CompositionSettings::default());
        assert_eq!(params.performance(), PerformanceSettings::default());
    }

    #[test]
    fn every_value_parses_back_from_the_text_that_it_prints() {
        let params = JukeboxParams::new(Arc::default());
        for knob in knobs(&params) {
            for step in 0..=1000 {
                let text = knob.print(step as f32 / 1000.0);
                let parsed = knob.parse(&text);
                let parsed = parsed.unwrap_or_else(|| panic!("{}: \"{text}\"", knob.id));
                assert_eq!(knob.print(parsed), text, "{}", knob.id);
            }
        }
    }

    #[test]
    fn every_parameter_is_documented() {
        let documented = include_str!("../../../docs/parameters.md");
        let params = JukeboxParams::new(Arc::default());
        for knob in knobs(&params) {
            // A row tells of the settings of all parts: it names that of the first.
            let part = knob.id.rsplit_once('_').and_then(|(_, part)| part.parse::<u32>().ok());
            if part.is_none_or(|part| part == 1) {
                let row = format!("| `{}` | {} |", knob.id, knob.name());
                assert!(documented.contains(&row), "docs/parameters.md has no row {row}");
            }
        }
    }
}
