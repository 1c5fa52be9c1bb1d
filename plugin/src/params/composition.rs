//! The composition settings: what is composed. They act on bars that are not yet heard.

use std::sync::Arc;

use jukebox_model::composer::{ChordSource, ComposerSettings};
use jukebox_model::key::pitch_name;
use jukebox_model::piece::Tick;
use jukebox_model::sheet::SongForm;
use nice_plug::formatters;
use nice_plug::prelude::*;

use super::whole;
use crate::records::store;
use crate::song::{CompositionSettings, MOST_BUILT_IN};

/// Whether the jukebox plays by itself or answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum Mode {
    /// It composes all the time.
    #[id = "compose"]
    Compose,
    /// It listens for some bars and answers for as many, in turn.
    #[id = "reply"]
    Reply,
}

/// How long the take is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum Length {
    /// It goes on for ever.
    #[id = "endless"]
    Endless,
    /// A loop of a bar.
    #[id = "1"]
    #[name = "1 bar"]
    One,
    /// A loop of 2 bars.
    #[id = "2"]
    #[name = "2 bars"]
    Two,
    /// A loop of 4 bars.
    #[id = "4"]
    #[name = "4 bars"]
    Four,
    /// A loop of 8 bars.
    #[id = "8"]
    #[name = "8 bars"]
    Eight,
    /// A loop of 16 bars.
    #[id = "16"]
    #[name = "16 bars"]
    Sixteen,
    /// A loop of 32 bars.
    #[id = "32"]
    #[name = "32 bars"]
    ThirtyTwo,
}

impl Length {
    /// Bars, or 0 for ever.
    fn bars(self) -> u32 {
        match self {
            Self::Endless => 0,
            _ => 1 << (self.to_index() - 1),
        }
    }
}

/// Which bars come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum Form {
    /// Those that come back in the collection.
    #[id = "learnt"]
    #[name = "As learnt"]
    AsLearnt,
    /// None.
    #[id = "new"]
    #[name = "Endless new"]
    EndlessNew,
    /// Sections of eight bars.
    #[id = "aaba"]
    #[name = "AABA"]
    Aaba,
    /// Sections of eight bars.
    #[id = "aabb"]
    #[name = "AABB"]
    Aabb,
    /// Sections of eight bars.
    #[id = "abac"]
    #[name = "ABAC"]
    Abac,
    /// A verse and a chorus of eight bars each, in turn.
    #[id = "verse-chorus"]
    #[name = "Verse and chorus"]
    VerseChorus,
    /// Sections of eight bars by the letters that were written.
    #[id = "written"]
    #[name = "By hand"]
    Written,
}

impl Form {
    fn song_form(self) -> SongForm {
        match self {
            Self::AsLearnt => SongForm::AsLearnt,
            Self::EndlessNew => SongForm::EndlessNew,
            Self::Aaba => SongForm::Aaba,
            Self::Aabb => SongForm::Aabb,
            Self::Abac => SongForm::Abac,
            Self::VerseChorus => SongForm::VerseChorus,
            Self::Written => SongForm::Written,
        }
    }
}

/// Which chords are played to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum Harmony {
    /// Those that the record plans.
    #[id = "learnt"]
    #[name = "As learnt"]
    AsLearnt,
    /// Those that were written.
    #[id = "written"]
    #[name = "By hand"]
    Written,
    /// Those that are heard on the input.
    #[id = "input"]
    #[name = "From input"]
    FromInput,
}

impl Harmony {
    /// Where its chords come from. In a dialogue the input is a phrase, and tells no chords.
    fn source(self, reply: bool) -> ChordSource {
        match self {
            Self::AsLearnt => ChordSource::AsLearnt,
            Self::FromInput if reply => ChordSource::AsLearnt,
            // Those that are heard are written as they come.
            Self::Written | Self::FromInput => ChordSource::Written,
        }
    }
}

/// Where a loop, or an exchange of phrases, begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum Anchor {
    /// At the song's first bar.
    #[id = "song"]
    #[name = "Bar 1"]
    Song,
    /// Where the host's loop starts, when it is on.
    #[id = "host"]
    #[name = "Host's loop"]
    Host,
}

/// What is composed.
#[derive(Params)]
pub struct CompositionParams {
    /// The built-in record of a number, or 0 for the one that was loaded.
    #[id = "record"]
    pub record: IntParam,
    /// The take number: the seed.
    #[id = "take"]
    pub take: IntParam,
    /// How daring the choices are.
    #[id = "temperature"]
    pub temperature: FloatParam,
    /// The share of the likely choices that may be made.
    #[id = "variety"]
    pub variety: IntParam,
    /// Fewer or more notes.
    #[id = "density"]
    pub density: IntParam,
    /// How much the music returns to what it has played.
    #[id = "motif"]
    pub motif: IntParam,
    /// The lowest pitch, before key and octave.
    #[id = "low"]
    pub low: IntParam,
    /// The highest pitch, before key and octave.
    #[id = "high"]
    pub high: IntParam,
    /// Which bars come back.
    #[id = "form"]
    pub form: EnumParam<Form>,
    /// Which chords it plays to.
    #[id = "harmony"]
    pub harmony: EnumParam<Harmony>,
    /// The part whose notes are those that come in, or 0 for none.
    #[id = "heard_as"]
    pub heard_as: IntParam,
    /// How long the take is.
    #[id = "length"]
    pub length: EnumParam<Length>,
    /// Where a loop begins.
    #[id = "anchor"]
    pub anchor: EnumParam<Anchor>,
    /// How much of the loop is composed anew in each round.
    #[id = "evolve"]
    pub evolve: IntParam,
    /// Whether it plays by itself or answers.
    #[id = "mode"]
    pub mode: EnumParam<Mode>,
    /// Bars to listen for, and to answer.
    #[id = "phrase"]
    pub phrase: IntParam,
}

/// A share in whole percent: what a host saves and loads again must be the same to the last bit, or
/// it would be another tune.
fn percent(name: &str, default: f32, min: i32) -> IntParam {
    let default = (default * 100.0).round() as i32;
    IntParam::new(name, default, IntRange::Linear { min, max: 100 }).with_unit(" %")
}

/// A share of 1.
fn share(param: &IntParam) -> f32 {
    param.value() as f32 / 100.0
}

fn pitch(name: &str, default: i32) -> IntParam {
    let parse = |text: &str| {
        let named = |key: &i32| pitch_name(*key as u8).eq_ignore_ascii_case(text.trim());
        text.trim().parse().ok().or_else(|| (0..128).find(named))
    };
    IntParam::new(name, default, IntRange::Linear { min: 0, max: 127 })
        .with_value_to_string(Arc::new(|key| pitch_name(key.clamp(0, 127) as u8)))
        .with_string_to_value(Arc::new(parse))
}

fn record() -> IntParam {
    let name = |number: i32| match store::built_in_names().nth(number as usize - 1) {
        Some(name) => name.to_owned(),
        None => format!("Built-in {number}"),
    };
    let print = move |number: i32| if number < 1 { "As loaded".to_owned() } else { name(number) };
    let parse = move |text: &str| {
        (0..=MOST_BUILT_IN as i32).find(|&number| print(number).eq_ignore_ascii_case(text.trim()))
    };
    IntParam::new("Record", 0, IntRange::Linear { min: 0, max: MOST_BUILT_IN as i32 })
        .with_value_to_string(Arc::new(print))
        .with_string_to_value(Arc::new(parse))
}

fn heard_as() -> IntParam {
    let print = |part: i32| if part < 1 { "Off".to_owned() } else { format!("Part {part}") };
    let parse = move |text: &str| {
        let text = text.trim();
        let called = |part: &i32| print(*part).eq_ignore_ascii_case(text);
        text.parse().ok().or_else(|| (0..=16).find(called))
    };
    IntParam::new("Heard as", 0, IntRange::Linear { min: 0, max: 16 })
        .with_value_to_string(Arc::new(print))
        .with_string_to_value(Arc::new(parse))
}

impl Default for CompositionParams {
    fn default() -> Self {
        let defaults = ComposerSettings::default();
        Self {
            record: record(),
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
            variety: percent("Variety", defaults.top_p, 5),
            density: percent("Density", defaults.density, -100),
            motif: percent("Motif", defaults.motif, 0),
            low: pitch("Lowest", i32::from(defaults.register.0)),
            high: pitch("Highest", i32::from(defaults.register.1)),
            form: EnumParam::new("Form", Form::AsLearnt),
            harmony: EnumParam::new("Chords", Harmony::AsLearnt),
            heard_as: heard_as(),
            length: EnumParam::new("Length", Length::Endless),
            anchor: EnumParam::new("Loop begins at", Anchor::Song),
            evolve: IntParam::new("Evolve", 0, IntRange::Linear { min: 0, max: 100 })
                .with_unit(" %"),
            mode: EnumParam::new("Mode", Mode::Compose),
            phrase: IntParam::new("Phrase", 4, IntRange::Linear { min: 1, max: 16 })
                .with_unit(" bars"),
        }
    }
}

impl CompositionParams {
    /// The take number.
    pub fn take(&self) -> u32 {
        self.take.value().max(1) as u32
    }

    /// The settings in force. `host_loop` is the tick at which the host's loop starts.
    pub fn settings(&self, host_loop: Option<Tick>) -> CompositionSettings {
        let reply = self.mode.value() == Mode::Reply;
        let key = |param: &IntParam| param.value().clamp(0, 127) as u8;
        CompositionSettings {
            notes: ComposerSettings {
                take: self.take(),
                // In whole hundredths, for the same reason as shares are in whole percent.
                temperature: whole(self.temperature.value() * 100.0) as f32 / 100.0,
                top_p: share(&self.variety),
                motif: share(&self.motif),
                density: share(&self.density),
                form: self.form.value().song_form(),
                chords: self.harmony.value().source(reply),
                register: (key(&self.low), key(&self.high)),
                ..ComposerSettings::default()
            },
            record: self.record.value().max(0) as u32,
            length: if reply { 0 } else { self.length.value().bars() },
            evolve: self.evolve.value().clamp(0, 100) as u32,
            anchor: match self.anchor.value() {
                Anchor::Song => 0,
                Anchor::Host => host_loop.unwrap_or(0),
            },
            reply: if reply { self.phrase.value().clamp(1, 16) as u32 } else { 0 },
            chords_heard: !reply && self.harmony.value() == Harmony::FromInput,
            heard_as: if reply { 0 } else { self.heard_as.value().clamp(0, 16) as u32 },
        }
    }
}
