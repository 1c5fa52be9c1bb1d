//! A step of training as the trainer takes it.

use std::time::Duration;

use anyhow::Result;
use candle_core::Device;
use jukebox_model::vocabulary::Encoded;
use jukebox_trainer::dataset::streams::{BatchLayout, Streams};
use jukebox_trainer::dataset::training_data::TrainingData;
use jukebox_trainer::train::learner::{Learner, draw};
use jukebox_trainer::train::settings::{TrainingOptions, TrainingSettings};

use crate::{celtic, median};

/// The epoch whose batches are learnt.
const EPOCH: u32 = 1;

/// Sizes of a network of one layer, and of the batches that it learns.
#[derive(Clone, Copy)]
pub struct Sizes {
    pub units: usize,
    pub lanes: usize,
    pub steps: usize,
}

/// Notes a second where no future is known.
pub fn rate(budget: Duration) -> Result<f64> {
    let sizes = Sizes { units: 256, lanes: 64, steps: 128 };
    let data = celtic::training_data()?;
    let mut bench = StepBench::new(sizes, false, &data)?;
    Ok((sizes.lanes * sizes.steps) as f64 / median(budget, || bench.step())?)
}

/// A learner, and the full batches of a collection of which it learns one after another.
pub struct StepBench<'m> {
    learner: Learner,
    pieces: &'m [Encoded],
    batches: Vec<(u32, BatchLayout)>,
    next: usize,
}

impl<'m> StepBench<'m> {
    /// The batches of an epoch that know some of their future, or those that do not.
    pub fn new(sizes: Sizes, foresees: bool, data: &'m TrainingData) -> Result<Self> {
        let Sizes { units, lanes, steps } = sizes;
        let options = TrainingOptions {
            hidden: Some(units),
            batch: Some(lanes),
            sequence: Some(steps),
            ..TrainingOptions::default()
        };
        let settings = TrainingSettings::new(&options, data.notes());
        let lengths = data.training.iter().map(|piece| piece.events.len()).collect();
        let streams = Streams::new(lengths, lanes, steps);
        let is_full = |window: &BatchLayout| {
            window.iter().flatten().map(|slice| slice.events.len()).sum::<usize>() == lanes * steps
        };
        let batches =
            (0..).zip(streams.shuffled(settings.seed, EPOCH)).filter(|(batch, window)| {
                draw(settings.seed, (EPOCH, *batch)).0 == foresees && is_full(window)
            });
        let learner = Learner::new(&settings, &data.vocabulary, lanes, &Device::Cpu)?;
        Ok(Self { learner, pieces: &data.training, batches: batches.collect(), next: 0 })
    }

    /// Learns the next batch.
    pub fn step(&mut self) -> Result<()> {
        let (batch, window) = &self.batches[self.next];
        self.learner.step(window, self.pieces, (EPOCH, *batch), 1e-3)?;
        self.next = (self.next + 1) % self.batches.len();
        Ok(())
    }
}
