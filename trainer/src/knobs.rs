//! The knobs of the plugin that commands have, too.

use clap::Args;
use jukebox_model::composer::ComposerSettings;

/// How much a composer dares, and how much comes back.
#[derive(Args, Clone, Copy, Debug)]
#[group(skip)]
pub struct Knobs {
    /// 0 plays the likeliest notes, 1 plays as the collection does, more dares more
    #[arg(long, allow_negative_numbers = true, value_name = "T", default_value_t = ComposerSettings::default().temperature, value_parser = temperature)]
    pub temperature: f32,
    /// Share of the likely notes to choose from, above 0 and at most 1
    #[arg(long, allow_negative_numbers = true, value_name = "SHARE", default_value_t = ComposerSettings::default().top_p, value_parser = top_p)]
    pub top_p: f32,
    /// How much music returns to what it has played: from 0, never, to 1, wherever it can
    #[arg(long, allow_negative_numbers = true, value_name = "WEIGHT", default_value_t = ComposerSettings::default().motif, value_parser = motif)]
    pub motif: f32,
}

impl Knobs {
    /// What the composer is told of them, and all else as usual.
    pub fn settings(&self) -> ComposerSettings {
        let Self { temperature, top_p, motif } = *self;
        ComposerSettings { temperature, top_p, motif, ..ComposerSettings::default() }
    }
}

fn temperature(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(temperature) if (0.0..=5.0).contains(&temperature) => Ok(temperature),
        _ => Err("a number from 0 to 5".to_owned()),
    }
}

fn top_p(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(share) if share > 0.0 && share <= 1.0 => Ok(share),
        _ => Err("a share above 0, at most 1".to_owned()),
    }
}

fn motif(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(weight) if (0.0..=1.0).contains(&weight) => Ok(weight),
        _ => Err("a weight from 0 to 1".to_owned()),
    }
}
