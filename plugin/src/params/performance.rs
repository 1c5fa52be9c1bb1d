//! The performance settings: how notes are played. They act at once.

use std::sync::Arc;

use nice_plug::formatters;
use nice_plug::prelude::*;

use super::{number_or, whole};
use crate::audio::player::performance::{Chords, SwingGrid, Timing, Touch};
use crate::audio::player::scale::{Outside, Scale, ScaleMap};
use crate::audio::player::{PartSettings, PerformanceSettings, Run};

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

/// How notes are played.
#[derive(Params)]
pub struct PerformanceParams {
    /// The key that is heard.
    #[id = "key"]
    pub key: EnumParam<Root>,
    /// Octaves up or down.
    #[id = "octave"]
    pub octave: IntParam,
    /// The scale on the key's root.
    #[id = "scale"]
    pub scale: EnumParam<Scale>,
    /// What becomes of notes outside the scale.
    #[id = "outside"]
    pub outside: EnumParam<Outside>,
    /// How much of the velocities' differences is kept.
    #[id = "velocity"]
    pub velocity: IntParam,
    /// Softer or harder.
    #[id = "velocity_curve"]
    pub velocity_curve: FloatParam,
    /// How much of its length a note sounds.
    #[id = "gate"]
    pub gate: IntParam,
    /// Where in a pair the second note falls.
    #[id = "swing"]
    pub swing: FloatParam,
    /// What swings.
    #[id = "swing_grid"]
    pub swing_grid: EnumParam<SwingGrid>,
    /// How far onsets stray.
    #[id = "humanise_timing"]
    pub humanise_timing: IntParam,
    /// How much of the timing and the accents of places is brought out.
    #[id = "groove"]
    pub groove: IntParam,
    /// How far velocities stray.
    #[id = "humanise_velocity"]
    pub humanise_velocity: IntParam,
    /// The MIDI channel, 0 for auto.
    #[id = "channel"]
    pub channel: IntParam,
    /// Where the chord that is held on the input rules.
    #[id = "chords"]
    pub chords: EnumParam<Chords>,
    /// Whether the notes that come in are passed on.
    #[id = "thru"]
    pub thru: BoolParam,
    /// When the song runs.
    #[id = "run"]
    pub run: EnumParam<Run>,
}

impl Default for PerformanceParams {
    fn default() -> Self {
        Self {
            key: EnumParam::new("Key", Root::C),
            octave: IntParam::new("Octave", 0, IntRange::Linear { min: -3, max: 3 }),
            scale: EnumParam::new("Scale", Scale::Record),
            outside: EnumParam::new("Outside scale", Outside::Snap),
            velocity: percent("Velocity", 100, 0..=200),
            velocity_curve: FloatParam::new(
                "Velocity curve",
                0.0,
                FloatRange::Linear { min: -1.0, max: 1.0 },
            )
            .with_step_size(0.01)
            .with_value_to_string(formatters::v2s_f32_rounded(2))
            .with_string_to_value(Arc::new(|text| text.trim().parse().ok())),
            gate: percent("Gate", 100, 5..=200),
            swing: FloatParam::new("Swing", 50.0, FloatRange::Linear { min: 50.0, max: 75.0 })
                .with_step_size(0.1)
                .with_unit(" %")
                .with_value_to_string(formatters::v2s_f32_rounded(1))
                .with_string_to_value(Arc::new(|text| number(text).parse().ok())),
            swing_grid: EnumParam::new("Swing grid", SwingGrid::Eighths),
            humanise_timing: percent("Humanise timing", 0, 0..=100),
            groove: percent("Groove", 0, 0..=100),
            humanise_velocity: percent("Humanise velocity", 0, 0..=100),
            channel: number_or("MIDI channel", "Auto", 16),
            chords: EnumParam::new("Chords in", Chords::Off),
            thru: BoolParam::new("Pass input on", true),
            run: EnumParam::new("Run", Run::Host),
        }
    }
}

impl PerformanceParams {
    /// The settings in force. Fractions are rounded to what is shown, so that a value that a host
    /// gives back a bit off plays the same.
    pub(super) fn performance(
        &self,
        take: u32,
        parts: PartSettings,
        silent: bool,
    ) -> PerformanceSettings {
        PerformanceSettings {
            shift: self.key.value().shift() + 12 * self.octave.value(),
            scale: ScaleMap::new(self.scale.value(), self.outside.value()),
            timing: Timing {
                gate: self.gate.value() as u16,
                swing: whole(self.swing.value() * 10.0) as u16,
                grid: self.swing_grid.value(),
                humanise: self.humanise_timing.value() as u8,
                groove: self.groove.value() as u8,
                take,
            },
            touch: Touch {
                amount: self.velocity.value() as u16,
                curve: whole(self.velocity_curve.value() * 100.0) as i8,
                humanise: self.humanise_velocity.value() as u8,
                groove: self.groove.value() as u8,
                take,
            },
            channel: u8::try_from(self.channel.value() - 1).ok(),
            parts,
            chords: self.chords.value(),
            thru: self.thru.value(),
            run: self.run.value(),
            silent,
        }
    }
}

/// A parameter in whole percents.
fn percent(name: &str, default: i32, range: std::ops::RangeInclusive<i32>) -> IntParam {
    let range = IntRange::Linear { min: *range.start(), max: *range.end() };
    IntParam::new(name, default, range)
        .with_unit(" %")
        .with_string_to_value(Arc::new(|text| number(text).parse().ok()))
}

/// The number of a percentage, however it is typed.
fn number(text: &str) -> &str {
    text.trim().trim_end_matches('%').trim_end()
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
    fn percentages_are_read_however_they_are_typed() {
        let gate = PerformanceParams::default().gate;
        for text in ["50", "50%", " 50 % "] {
            assert_eq!(gate.string_to_normalized_value(text), Some(gate.preview_normalized(50)));
        }
        assert_eq!(gate.string_to_normalized_value("half"), None);
    }

    #[test]
    fn keys_are_spelled_as_everywhere_else() {
        assert_eq!(Root::variants(), jukebox_model::key::PITCH_CLASSES);
    }
}
