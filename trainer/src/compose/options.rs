//! How a tune is composed: what may be asked of every tune.

use clap::Args;
use jukebox_model::composer::{ChordSource, ComposerSettings};
use jukebox_model::key::KeySignature;
use jukebox_model::meter::Meter;
use jukebox_model::midi::Instrument;
use jukebox_model::sheet::FormLetters;

use crate::knobs::Knobs;

/// Bars of a tune whose length nobody says.
const BARS: u32 = 16;
/// Bars of a section where nobody says how many the tune has.
const SECTION: u32 = 8;

/// How a tune is composed. The same options and record give the same file.
#[derive(Args, Clone, Debug)]
#[group(skip)]
#[command(next_help_heading = "The tune")]
pub struct ComposeOptions {
    /// Bars to compose, after those of a prompt [default: 16]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub bars: Option<u32>,
    /// Quarter notes a minute [default: the given file's, or the usual one of the record's collection]
    #[arg(long, allow_negative_numbers = true, value_name = "BPM", value_parser = tempo)]
    pub tempo: Option<f64>,
    /// Time signature, such as 6/8 [default: the prompt's last, or 4/4, or the record's first where
    /// it has no 4/4]
    #[arg(long, value_name = "METER")]
    pub meter: Option<Meter>,
    /// Key, such as D or Em: the white keys are moved there [default: the given file's, or C]
    #[arg(long, value_name = "KEY")]
    pub key: Option<KeySignature>,
    #[command(flatten)]
    knobs: Knobs,
    /// Chords to play to, in the key of the tune, such as "Am F C G", a chord a bar, or "| Am | F G | % |", or a
    /// file that holds them: again and again [default: the record composes its own]
    #[arg(long, value_name = "CHART")]
    pub chords: Option<String>,
    /// Sections of like length by their letters, such as AABA, or "A A' B A": a letter that comes again brings
    /// its section back, with a stroke varied [default: the record composes its own; eight bars each]
    #[arg(long, value_name = "LETTERS")]
    pub form: Option<FormLetters>,
    /// Number of the take: another number is another tune
    #[arg(long, value_name = "N", default_value_t = ComposerSettings::default().take)]
    pub take: u32,
    /// General MIDI program that the file names for its notes, counted from 1: 1 is a grand piano, 74 a flute
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=128))]
    pub program: u8,
    /// MIDI channel of the file's notes [default: 1, or 10 for drums]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=16))]
    pub channel: Option<u8>,
}

impl ComposeOptions {
    /// What the file says of who plays a tune without parts.
    pub(super) fn instrument(&self) -> Instrument {
        Instrument { channel: self.channel.map(|it| it - 1), program: self.program - 1 }
    }

    /// What the composer is told.
    pub(super) fn settings(&self) -> ComposerSettings {
        let chords = ChordSource::Written;
        ComposerSettings { take: self.take, chords, ..self.knobs.settings() }
    }

    /// Bars to compose where nothing else says how many.
    pub(super) fn bars(&self) -> u32 {
        let sections = self.form.as_ref().map(|form| form.0.len() as u32);
        self.bars.unwrap_or(sections.map_or(BARS, |sections| sections * SECTION))
    }
}

fn tempo(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(bpm) if (10.0..=999.0).contains(&bpm) => Ok(bpm),
        _ => Err("a number from 10 to 999".to_owned()),
    }
}
