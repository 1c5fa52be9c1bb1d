//! The default of every training option, and why.
//!
//! The runs behind the rules, and how sure they are, stand in `docs/training.md`.

use jukebox_model::network::Config;

use super::settings::{TrainingOptions, TrainingSettings};

/// Layers in each direction. A second one costs as much again and gains little below a million notes.
const LAYERS: usize = 1;
/// Events in a window: 8 bars of a melody, far enough for gradients to see a phrase answered.
const SEQUENCE: usize = 64;
/// Share of the pieces held out for validation when going on from a record, mostly with few pieces (else it
/// is [`USUAL_SHARE`](crate::dataset::split::USUAL_SHARE)). The best epoch comes early there and must
/// be found: by 2 of 20 songs the records of four seeds lay 0.22 nats apart, by 4 of them 0.06, and
/// better by 0.04 in the mean.
pub const GOING_ON_VALIDATION: f64 = 0.2;
/// Seed of everything random.
const SEED: u64 = 1;
/// Norm to which gradients are clipped: a rare steep batch does not undo the others.
pub const CLIP: f64 = 1.0;
/// Share of the batches whose choices know some of their future; the others hide it, for the composer
/// mostly plays without. A batch that hides it does not run the backward LSTM at all and costs half.
pub const FORESEEN: f64 = 0.5;
/// Share of the lanes that know the chords, where a collection has any: the others learn to play without.
pub const SHEET_KNOWN: f64 = 0.85;

/// Share of the lanes of those batches that know whole parts, where notes choose their part.
pub const PARTS_KNOWN: f64 = 0.5;
/// Farthest start of a known future, in events ahead.
pub const FARTHEST_FUTURE: usize = 32;

/// Units of each LSTM layer for a number of notes. On 60,000 notes of Celtic tunes 128 units came as
/// far as 256 did with more dropout, in a third of the time; 256 were not tried beyond.
fn hidden(notes: usize) -> usize {
    if notes < 100_000 { 128 } else { 192 }
}

/// Dropout for a number of notes: the fewer, the easier they are learnt by heart. Shares from 0.2 to
/// 0.45 lie within 0.05 nats of each other.
fn dropout(notes: usize) -> f32 {
    if notes < 30_000 { 0.3 } else { 0.2 }
}

/// Weight decay for a number of notes: how fast fades what nothing teaches any more. At 9,000 notes and a rate of 0.006 a decay of 0.3 gained 0.06 nats over none, and 1 half as much; 0.4
/// gained 0.08 over 0.1 at 200,000 notes of Celtic tunes, and 0.84 and 0.55 at 98,000 and 61,000 notes of
/// Freedoom, whose pieces are few and various.
fn weight_decay(notes: usize) -> f64 {
    if notes < 30_000 { 0.2 } else { 0.4 }
}

/// Peak learning rate for a number of notes. With weight decay, 0.01 did better at 60,000 notes than
/// 0.004 without; at 9,000 notes 0.006 and 0.01 came out alike.
fn learning_rate(notes: usize) -> f64 {
    if notes < 30_000 { 8e-3 } else { 1e-2 }
}

/// Lanes for a number of notes. Many small steps learn more in a given time than few large ones, down
/// to where a matrix product is too thin to run well.
fn lanes(notes: usize) -> usize {
    match notes {
        ..30_000 => 4,
        30_000..150_000 => 8,
        _ => 16,
    }
}

/// Epochs for a number of notes: where validation stops improving while the learning rate falls.
fn epochs(notes: usize) -> u32 {
    if notes < 30_000 { 24 } else { 16 }
}

/// Epochs without a better validation before a training stops by itself. Validation is noisy on few
/// pieces, and the falling rate brings a late gain that must not be cut off.
const PATIENCE: u32 = 8;

impl TrainingSettings {
    /// The settings for a collection with a number of notes to train on: what the user chose, and
    /// the rules of this file for the rest.
    pub fn new(options: &TrainingOptions, notes: usize) -> Self {
        // With a time budget alone the clock decides.
        let epochs = options.epochs.or(options.minutes.is_none().then(|| epochs(notes)));
        Self {
            hidden: options.hidden.unwrap_or_else(|| hidden(notes)),
            layers: options.layers.unwrap_or(LAYERS),
            dropout: options.dropout.unwrap_or_else(|| dropout(notes)),
            learning_rate: options.learning_rate.unwrap_or_else(|| learning_rate(notes)),
            weight_decay: options.weight_decay.unwrap_or_else(|| weight_decay(notes)),
            batch: options.batch.unwrap_or_else(|| lanes(notes)),
            sequence: options.sequence.unwrap_or(SEQUENCE),
            epochs,
            minutes: options.minutes,
            patience: options.patience.unwrap_or(PATIENCE),
            seed: options.seed.unwrap_or(SEED),
        }
    }
}

/// Peak learning rate for going on from a record: of 0.001 to 0.008 the best for music that is far from
/// the record's, and level with the best for what is near.
const GOING_ON_RATE: f64 = 4e-3;

/// Dropout for going on from a record. Its network is as wide as its own collection asked for, and a few
/// pieces are soon learnt by heart in it: 0.5 gained 0.07 nats over 0.3 on 1,000 notes, and 0.11 on
/// 5,000. With many more it was not tried.
fn going_on_dropout(notes: usize) -> f32 {
    if notes < 30_000 { 0.5 } else { 0.3 }
}

impl TrainingSettings {
    /// The settings for going on from a record with a network of these sizes, on a number of notes: the
    /// network is the record's, and the rest is as for any collection of that size.
    pub fn going_on(options: &TrainingOptions, notes: usize, config: &Config) -> Self {
        Self {
            hidden: config.hidden,
            layers: config.layers,
            learning_rate: options.learning_rate.unwrap_or(GOING_ON_RATE),
            dropout: options.dropout.unwrap_or_else(|| going_on_dropout(notes)),
            ..Self::new(options, notes)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_collections_take_narrow_networks_and_small_steps() {
        let small = TrainingSettings::new(&TrainingOptions::default(), 9_000);
        assert_eq!((small.hidden, small.batch, small.epochs), (128, 4, Some(24)));
        let celtic = TrainingSettings::new(&TrainingOptions::default(), 418_000);
        assert_eq!((celtic.hidden, celtic.batch, celtic.epochs), (192, 16, Some(16)));
        assert!(small.dropout > celtic.dropout);
    }

    #[test]
    fn going_on_keeps_the_network_and_takes_smaller_steps() {
        let config = Config { hidden: 40, layers: 2, embedding: 40, head: 20 };
        let (new, on) = (
            TrainingSettings::new(&TrainingOptions::default(), 5_000),
            TrainingSettings::going_on(&TrainingOptions::default(), 5_000, &config),
        );
        assert_eq!((on.hidden, on.layers), (40, 2));
        assert!(on.learning_rate < new.learning_rate && on.dropout > new.dropout);
        let options = TrainingOptions {
            learning_rate: Some(0.1),
            dropout: Some(0.0),
            ..TrainingOptions::default()
        };
        let told = TrainingSettings::going_on(&options, 5_000, &config);
        assert_eq!((told.learning_rate, told.dropout, told.epochs), (0.1, 0.0, on.epochs));
    }

    #[test]
    fn a_time_budget_alone_sets_no_number_of_epochs() {
        let options = TrainingOptions { minutes: Some(2.0), ..TrainingOptions::default() };
        assert_eq!(TrainingSettings::new(&options, 418_000).epochs, None);
        let both = TrainingOptions { epochs: Some(3), ..options };
        assert_eq!(TrainingSettings::new(&both, 418_000).epochs, Some(3));
    }

    #[test]
    fn what_the_user_says_holds() {
        let options = TrainingOptions {
            hidden: Some(16),
            layers: Some(2),
            dropout: Some(0.0),
            learning_rate: Some(0.01),
            weight_decay: Some(0.0),
            batch: Some(3),
            sequence: Some(20),
            epochs: Some(2),
            minutes: None,
            patience: Some(0),
            seed: Some(7),
        };
        let expected = TrainingSettings {
            hidden: 16,
            layers: 2,
            dropout: 0.0,
            learning_rate: 0.01,
            weight_decay: 0.0,
            batch: 3,
            sequence: 20,
            epochs: Some(2),
            minutes: None,
            patience: 0,
            seed: 7,
        };
        assert_eq!(TrainingSettings::new(&options, 1), expected);
    }
}
