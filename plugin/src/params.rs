//! The parameters. Their ids are stable; `docs/parameters.md` names them all.

use std::sync::Arc;

use jukebox_model::composer::Settings;
use nice_plug::formatters;
use nice_plug::prelude::*;
use parking_lot::RwLock;

use crate::conductor::Shared;
use crate::editor::WindowSize;
use crate::player::Performance;
use crate::state::SongField;

/// A root of the key that is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum Root {
    /// C, the white keys: as the record was learnt.
    #[id = "c"]
    C,
    /// D flat.
    #[id = "db"]
    Db,
    /// D.
    #[id = "d"]
    D,
    /// E flat.
    #[id = "eb"]
    Eb,
    /// E.
    #[id = "e"]
    E,
    /// F.
    #[id = "f"]
    F,
    /// F sharp.
    #[id = "f#"]
    #[name = "F#"]
    FSharp,
    /// G.
    #[id = "g"]
    G,
    /// A flat.
    #[id = "ab"]
    Ab,
    /// A.
    #[id = "a"]
    A,
    /// B flat.
    #[id = "bb"]
    Bb,
    /// B.
    #[id = "b"]
    B,
}

impl Root {
    /// Semitones from the white keys, -6 to 5.
    fn shift(self) -> i32 {
        (self.to_index() as i32 + 6).rem_euclid(12) - 6
    }
}

/// All that a host can automate, and what it saves.
#[derive(Params)]
pub struct JukeboxParams {
    /// The song: record, take and plan.
    #[persist = "song"]
    song: SongField,
    /// The editor's window.
    #[persist = "window"]
    pub window: Arc<RwLock<WindowSize>>,

    /// The take number: the seed. A composition setting.
    #[id = "take"]
    pub take: IntParam,
    /// How daring the choices are. A composition setting.
    #[id = "temperature"]
    pub temperature: FloatParam,
    /// The key that is heard. Acts at once.
    #[id = "key"]
    pub key: EnumParam<Root>,
    /// Octaves up or down. Acts at once.
    #[id = "octave"]
    pub octave: IntParam,
    /// Releases every note and is silent.
    #[id = "bypass"]
    pub bypass: BoolParam,
}

impl JukeboxParams {
    /// The parameters at their defaults, over one instance's song.
    pub fn new(shared: Arc<Shared>) -> Self {
        let defaults = Settings::default();
        Self {
            song: SongField(shared),
            window: Arc::default(),
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
            key: EnumParam::new("Key", Root::C),
            octave: IntParam::new("Octave", 0, IntRange::Linear { min: -3, max: 3 }),
            bypass: BoolParam::new("Bypass", false).make_bypass(),
        }
    }

    /// The composition settings in force.
    pub fn settings(&self) -> Settings {
        Settings {
            take: self.take.value().max(1) as u32,
            // In whole hundredths: what a host saves and loads again may differ in the last bit,
            // and would be another tune.
            temperature: (self.temperature.value() * 100.0).round() / 100.0,
            ..Settings::default()
        }
    }

    /// The performance settings in force.
    pub fn performance(&self) -> Performance {
        Performance {
            shift: self.key.value().shift() + 12 * self.octave.value(),
            silent: self.bypass.value(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_nearest_way_from_the_white_keys() {
        let shifts: Vec<i32> = (0..12).map(|index| Root::from_index(index).shift()).collect();
        assert_eq!(shifts, [0, 1, 2, 3, 4, 5, -6, -5, -4, -3, -2, -1]);
    }

    #[test]
    fn keys_are_spelled_as_everywhere_else() {
        assert_eq!(Root::variants(), jukebox_model::key::PITCH_CLASSES);
    }

    #[test]
    fn the_defaults_are_those_of_the_composer() {
        let params = JukeboxParams::new(Arc::default());
        assert_eq!(params.settings(), Settings::default());
        assert_eq!(params.performance(), Performance::default());
    }
}
