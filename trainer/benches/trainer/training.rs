//! Steps of learning, optimizer and all, and validation.

use candle_core::Device;
use divan::Bencher;
use divan::counter::ItemsCount;
use jukebox_model::midi::PartChoice;
use jukebox_trainer::dataset::Collection;
use jukebox_trainer::dataset::streams::Streams;
use jukebox_trainer::dataset::training_data::TrainingData;
use jukebox_trainer::train::learner::Learner;
use jukebox_trainer::train::settings::{TrainingOptions, TrainingSettings};

use crate::celtic;

/// Steps that are timed together: half of them know some of their future.
const STEPS: usize = 20;

/// The Celtic tunes by the rules, and in the largest of the usual batches.
#[divan::bench(args = [(192, 16, 64), (256, 64, 128)], sample_count = 5)]
fn twenty_steps(bencher: Bencher<'_, '_>, (units, lanes, steps): (usize, usize, usize)) {
    let (data, settings) = prepare(units, lanes, steps);
    let lengths = data.training.iter().map(|piece| piece.events.len()).collect();
    let windows = Streams::new(lengths, lanes, steps).shuffled(settings.seed, 1);
    let mut learner = Learner::new(&settings, &data.vocabulary, lanes, &Device::Cpu).unwrap();
    bencher.counter(ItemsCount::new(STEPS * lanes * steps)).bench_local(|| {
        for (batch, window) in (0..).zip(&windows[..STEPS]) {
            learner.step(window, &data.training, (1, batch), 1e-3).unwrap();
        }
    });
}

/// The end of an epoch, without its files.
#[divan::bench(sample_count = 3)]
fn validation(bencher: Bencher<'_, '_>) {
    let (data, settings) = prepare(192, 16, 64);
    let learner = Learner::new(&settings, &data.vocabulary, 16, &Device::Cpu).unwrap();
    let notes: usize = data.validation.iter().map(|piece| piece.events.len()).sum();
    bencher
        .counter(ItemsCount::new(notes))
        .bench_local(|| learner.validate(&data.validation, || false).unwrap());
}

fn prepare(units: usize, lanes: usize, steps: usize) -> (TrainingData, TrainingSettings) {
    let collection = Collection::read(&[celtic()], PartChoice::All).unwrap();
    let data = TrainingData::new(&collection, None, 0.1, 1, None).unwrap();
    let options = TrainingOptions {
        hidden: Some(units),
        batch: Some(lanes),
        sequence: Some(steps),
        ..TrainingOptions::default()
    };
    let settings = TrainingSettings::new(&options, data.notes());
    (data, settings)
}
