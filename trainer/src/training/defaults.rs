//! What a training does where the user did not say otherwise: every default, and why.

use super::settings::{Options, Settings};

/// Units of each LSTM layer: the width at which the original's collections were learnt best in the
/// time that a newcomer waits.
const HIDDEN: usize = 256;
/// Layers in each direction. A second one costs as much again and gains little below a million notes.
const LAYERS: usize = 1;
/// Events in a window: 8 bars of a melody, far enough for gradients to see a phrase answered.
const SEQUENCE: usize = 64;
/// Most lanes: enough for the matrix products to run at full speed.
const MOST_LANES: usize = 32;
/// Fewest lanes.
const FEWEST_LANES: usize = 8;
/// Batches that an epoch has at least, before lanes are given up for it. Many small steps learn more
/// in a given time than few large ones: after the same 160,000 notes of Celtic tunes 16 lanes stood at
/// 2.6 nats a note, 32 at 3.3 and 64 of twice the length at 4.8.
const BATCHES_AN_EPOCH: usize = 400;
/// Steps of learning that a training has at least.
const STEPS: usize = 1200;
/// Fewest and most epochs.
const EPOCHS: (u32, u32) = (24, 60);
/// Epochs without a better validation before a training stops by itself: a quarter of all, at least
/// this many, for validation is noisy on few pieces.
const PATIENCE: u32 = 8;
/// Share of the pieces kept for validation.
pub const VALIDATION: f64 = 0.1;
/// Seed of everything random.
const SEED: u64 = 1;
/// Norm to which gradients are clipped: a rare steep batch does not undo the others.
pub const CLIP: f64 = 1.0;
/// Share of the lanes whose future is hidden, so that the composer can do without.
pub const HIDDEN_FUTURE: f64 = 0.5;
/// Farthest start of a known future, in events ahead.
pub const FARTHEST_FUTURE: usize = 32;

/// Dropout for a number of notes: the fewer, the easier they are learnt by heart.
fn dropout(notes: usize) -> f32 {
    match notes {
        ..30_000 => 0.5,
        30_000..150_000 => 0.4,
        _ => 0.3,
    }
}

/// Peak learning rate for a number of notes: large collections bear a high one.
fn learning_rate(notes: usize) -> f64 {
    if notes < 30_000 { 2e-3 } else { 4e-3 }
}

impl Settings {
    /// The settings for a collection with a number of notes to train on: what the user chose, and
    /// the rules of this file for the rest.
    pub fn new(options: &Options, notes: usize) -> Self {
        let sequence = options.sequence.unwrap_or(SEQUENCE);
        let lanes = (notes / (sequence * BATCHES_AN_EPOCH)).clamp(FEWEST_LANES, MOST_LANES);
        let batch = options.batch.unwrap_or(lanes);
        let steps_an_epoch = notes.div_ceil(sequence * batch).max(1);
        let epochs = (STEPS.div_ceil(steps_an_epoch) as u32).clamp(EPOCHS.0, EPOCHS.1);
        // With a time budget alone the clock decides.
        let epochs = options.epochs.or(options.minutes.is_none().then_some(epochs));
        let hidden = options.hidden.unwrap_or(HIDDEN);
        Self {
            hidden,
            layers: options.layers.unwrap_or(LAYERS),
            dropout: options.dropout.unwrap_or_else(|| dropout(notes)),
            learning_rate: options.learning_rate.unwrap_or_else(|| learning_rate(notes)),
            batch,
            sequence,
            epochs,
            minutes: options.minutes,
            patience: options
                .patience
                .unwrap_or(epochs.map_or(PATIENCE, |it| PATIENCE.max(it / 4))),
            seed: options.seed.unwrap_or(SEED),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_collections_take_enough_steps_and_large_ones_full_batches() {
        let small = Settings::new(&Options::default(), 9_000);
        assert_eq!((small.batch, small.epochs), (8, Some(60)));
        let celtic = Settings::new(&Options::default(), 418_000);
        assert_eq!((celtic.batch, celtic.epochs), (16, Some(24)));
        assert!(small.dropout > celtic.dropout);
    }

    #[test]
    fn a_time_budget_alone_sets_no_number_of_epochs() {
        let options = Options { minutes: Some(2.0), ..Options::default() };
        assert_eq!(Settings::new(&options, 418_000).epochs, None);
        let both = Options { epochs: Some(3), ..options };
        assert_eq!(Settings::new(&both, 418_000).epochs, Some(3));
    }

    #[test]
    fn what_the_user_says_holds() {
        let options = Options {
            hidden: Some(16),
            layers: Some(2),
            dropout: Some(0.0),
            learning_rate: Some(0.01),
            batch: Some(3),
            sequence: Some(20),
            epochs: Some(2),
            minutes: None,
            patience: Some(0),
            seed: Some(7),
        };
        let expected = Settings {
            hidden: 16,
            layers: 2,
            dropout: 0.0,
            learning_rate: 0.01,
            batch: 3,
            sequence: 20,
            epochs: Some(2),
            minutes: None,
            patience: 0,
            seed: 7,
        };
        assert_eq!(Settings::new(&options, 1), expected);
    }
}
