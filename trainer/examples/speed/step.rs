//! A step of training as the trainer takes it.

use std::time::{Duration, Instant};

use anyhow::Result;
use candle_core::Device;
use jukebox_trainer::training::learner::{Learner, draw};
use jukebox_trainer::training::settings::{Options, Settings};
use jukebox_trainer::training::streams::Streams;

use crate::material;

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
    Ok((sizes.lanes * sizes.steps) as f64 / seconds(sizes, false, budget)?)
}

/// Seconds of the median step, of those that know some of the future or of those that do not. Only
/// full batches count.
pub fn seconds(sizes: Sizes, foresees: bool, budget: Duration) -> Result<f64> {
    let Sizes { units, lanes, steps } = sizes;
    let material = material::celtic()?;
    let options = Options {
        hidden: Some(units),
        batch: Some(lanes),
        sequence: Some(steps),
        learning_rate: Some(1e-3),
        ..Options::default()
    };
    let settings = Settings::new(&options, material.notes());
    let lengths = material.training.iter().map(|piece| piece.events.len()).collect();
    let streams = Streams::new(lengths, lanes, steps);
    let mut learner = Learner::new(&settings, &material.vocabulary, streams.lanes(), &Device::Cpu)?;
    let mut times = Vec::new();
    let begin = Instant::now();
    for epoch in 1.. {
        learner.start_epoch(streams.lanes());
        for (batch, window) in (0..).zip(streams.shuffled(settings.seed, epoch)) {
            if draw(settings.seed, (epoch, batch)).0 != foresees {
                continue;
            }
            let start = Instant::now();
            let sums = learner.step(&window, &material.training, (epoch, batch), 1e-3)?;
            if sums.notes == lanes * steps {
                times.push(start.elapsed().as_secs_f64());
            }
            // The first one asks for its memory.
            if times.len() >= 4 && begin.elapsed() >= budget {
                times.remove(0);
                times.sort_by(f64::total_cmp);
                return Ok(times[times.len() / 2]);
            }
        }
    }
    unreachable!("epochs do not end")
}
