//! The settings of a training: the options that the user may give, and what holds in the end.

use anyhow::{Result, bail};
use clap::Args;
use jukebox_model::network::Config;
use serde::{Deserialize, Serialize};

/// The choices that a user may leave to the rules of [`super::defaults`].
#[derive(Args, Clone, Debug, Default)]
#[group(skip)]
pub struct TrainingOptions {
    /// Times that the whole collection is learnt [default: 16 or 24, more for fewer notes]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000), help_heading = "How long")]
    pub epochs: Option<u32>,
    /// Ends within so many minutes, with a finished record; the learning rate follows the clock
    #[arg(long, allow_negative_numbers = true, value_name = "M", value_parser = positive, help_heading = "How long")]
    pub minutes: Option<f64>,
    /// Stops after so many epochs without a better validation; 0 never [default: 8]
    #[arg(long, value_name = "N", help_heading = "How long")]
    pub patience: Option<u32>,
    /// Units of each LSTM layer, in each direction [default: 128 or 192, more for more
    /// notes; the record's with --from]
    #[arg(long, value_name = "UNITS", value_parser = size::<{ Config::MAX_WIDTH }>, help_heading = "Network")]
    pub hidden: Option<usize>,
    /// LSTM layers in each direction, 1 to 3 [default: 1; the record's with --from]
    #[arg(long, value_name = "N", value_parser = size::<{ Config::MAX_LAYERS }>, help_heading = "Network")]
    pub layers: Option<usize>,
    /// Share of the units silenced while learning, against learning by heart [default: 0.2 or 0.3,
    /// more for fewer notes; 0.3 or 0.5 with --from]
    #[arg(long, allow_negative_numbers = true, value_name = "SHARE", value_parser = dropout, help_heading = "Learning")]
    pub dropout: Option<f32>,
    /// Highest learning rate; it warms up, then falls along a cosine [default: 0.008 or
    /// 0.01; 0.004 with --from]
    #[arg(long, allow_negative_numbers = true, value_name = "RATE", value_parser = rate, help_heading = "Learning")]
    pub learning_rate: Option<f64>,
    /// How fast weights that nothing teaches fade, against learning by heart [default: 0.2 or 0.4,
    /// more for more notes]
    #[arg(long, allow_negative_numbers = true, value_name = "RATE", value_parser = decay, help_heading = "Learning")]
    pub weight_decay: Option<f64>,
    /// Lanes of music learnt side by side [default: 4 to 16, more for more notes]
    #[arg(long, value_name = "LANES", value_parser = size::<1024>, help_heading = "Learning")]
    pub batch: Option<usize>,
    /// Notes of each lane in a step of learning [default: 64]
    #[arg(long, value_name = "NOTES", value_parser = size::<4096>, help_heading = "Learning")]
    pub sequence: Option<usize>,
    /// Number that everything random follows from [default: 1]
    #[arg(long, value_name = "N", help_heading = "Learning")]
    pub seed: Option<u64>,
}

fn size<const MOST: usize>(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if (1..=MOST).contains(&number) => Ok(number),
        _ => Err(format!("a whole number from 1 to {MOST}")),
    }
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(number) if number > 0.0 && number < 1e6 => Ok(number),
        _ => Err("a number above 0".to_owned()),
    }
}

fn dropout(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(share) if (0.0..=0.9).contains(&share) => Ok(share),
        _ => Err("a share from 0 to 0.9".to_owned()),
    }
}

fn decay(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if (0.0..=1.0).contains(&rate) => Ok(rate),
        _ => Err("a number from 0 to 1".to_owned()),
    }
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if rate > 0.0 && rate <= 1.0 => Ok(rate),
        _ => Err("a number above 0, at most 1; 0.004 is usual".to_owned()),
    }
}

/// How a training goes. Together with the pieces and the number of threads it decides every bit of
/// the result, unless there is a time budget.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainingSettings {
    /// Units of each LSTM layer.
    pub hidden: usize,
    /// LSTM layers.
    pub layers: usize,
    /// Share of the units silenced.
    pub dropout: f32,
    /// Peak learning rate.
    pub learning_rate: f64,
    /// Share of a weight that decays in a step of learning, over the learning rate.
    pub weight_decay: f64,
    /// Lanes.
    pub batch: usize,
    /// Events in a window.
    pub sequence: usize,
    /// Epochs at most; `None` where only the time budget counts.
    pub epochs: Option<u32>,
    /// Minutes at most.
    pub minutes: Option<f64>,
    /// Epochs without a better validation before it stops; 0 never.
    pub patience: u32,
    /// Seed of everything random.
    pub seed: u64,
}

impl TrainingSettings {
    /// The sizes of the network.
    pub fn config(&self) -> Config {
        Config {
            hidden: self.hidden,
            layers: self.layers,
            embedding: self.hidden,
            head: (self.hidden / 2).max(1),
        }
    }

    /// Settings to go on with: those of the training so far, and what the user now says of its
    /// length. Nothing else may change.
    ///
    /// # Errors
    /// Names what differs.
    pub fn resumed(&self, options: &TrainingOptions) -> Result<Self> {
        fn differs<T: PartialEq + ToString>(name: &str, now: Option<T>, then: T) -> Option<String> {
            let now = now.filter(|now| *now != then)?;
            Some(format!("--{name} was {} and is now {}", then.to_string(), now.to_string()))
        }
        let differences: Vec<String> = [
            differs("hidden", options.hidden, self.hidden),
            differs("layers", options.layers, self.layers),
            differs("dropout", options.dropout, self.dropout),
            differs("learning-rate", options.learning_rate, self.learning_rate),
            differs("weight-decay", options.weight_decay, self.weight_decay),
            differs("batch", options.batch, self.batch),
            differs("sequence", options.sequence, self.sequence),
            differs("seed", options.seed, self.seed),
        ]
        .into_iter()
        .flatten()
        .collect();
        if !differences.is_empty() {
            bail!("cannot resume with other settings: {}", differences.join("; "));
        }
        Ok(Self {
            epochs: options.epochs.or(self.epochs),
            minutes: options.minutes.or(self.minutes),
            patience: options.patience.unwrap_or(self.patience),
            ..self.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_training_goes_on_with_its_own_settings_only() {
        let settings = TrainingSettings::new(&TrainingOptions::default(), 100_000);
        let same = TrainingOptions { hidden: Some(settings.hidden), ..TrainingOptions::default() };
        assert_eq!(settings.resumed(&same).unwrap(), settings);
        let longer = TrainingOptions { epochs: Some(99), ..TrainingOptions::default() };
        assert_eq!(settings.resumed(&longer).unwrap().epochs, Some(99));
        let other =
            TrainingOptions { hidden: Some(16), seed: Some(2), ..TrainingOptions::default() };
        let error = settings.resumed(&other).unwrap_err().to_string();
        let hidden = format!("--hidden was {} and is now 16", settings.hidden);
        assert!(error.contains(&hidden), "{error}");
        assert!(error.contains("--seed was 1 and is now 2"), "{error}");
    }
}
