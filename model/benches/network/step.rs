//! A step of training without its optimizer, and its parts.

use candle_core::Device;
use divan::Bencher;
use divan::counter::ItemsCount;
use jukebox_model::network::Config;
use jukebox_model::network::training::{Batch, Carry, Foresight, Graph, Lane, Window};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::music::TUNES_AS_EVENTS;

const CONFIG: Config = Config { hidden: 256, layers: 1, embedding: 256, head: 128 };

/// Lanes and steps: the largest, and what is used for large and for small collections.
const SIZES: [(usize, usize); 3] = [(64, 128), (16, 64), (4, 64)];

fn batch((lanes, steps): (usize, usize), foresight: Foresight) -> Batch {
    let (vocabulary, tunes) = &*TUNES_AS_EVENTS;
    let long = tunes.iter().filter(|tune| tune.events.len() >= steps).cycle();
    let lane = |piece| Lane {
        windows: vec![Window { piece, start: 0, events: steps }],
        foresight,
        knows_sheet: true,
    };
    let lanes: Vec<Lane<'_>> = long.take(lanes).map(lane).collect();
    Batch::new(vocabulary, steps, &lanes)
}

#[divan::bench(args = SIZES)]
fn making_a_batch(bencher: Bencher<'_, '_>, size: (usize, usize)) {
    batch(size, Foresight::Hidden);
    bencher.counter(ItemsCount::new(size.0 * size.1)).bench(|| batch(size, Foresight::Hidden));
}

#[divan::bench(args = SIZES)]
fn loss_and_gradients(bencher: Bencher<'_, '_>, size: (usize, usize)) {
    measure(bencher, size, Foresight::Hidden, true);
}

#[divan::bench(args = SIZES)]
fn loss_and_gradients_with_a_future(bencher: Bencher<'_, '_>, size: (usize, usize)) {
    measure(bencher, size, Foresight::Events(4), true);
}

#[divan::bench(args = SIZES)]
fn validation_loss(bencher: Bencher<'_, '_>, size: (usize, usize)) {
    measure(bencher, size, Foresight::Hidden, false);
}

fn measure(bencher: Bencher<'_, '_>, size: (usize, usize), foresight: Foresight, gradients: bool) {
    let graph = Graph::new(CONFIG, &TUNES_AS_EVENTS.0, 1, &Device::Cpu).unwrap();
    let batch = batch(size, foresight);
    let mut carry = Carry::new(&CONFIG, size.0);
    let mut random = ChaCha8Rng::seed_from_u64(1);
    bencher.counter(ItemsCount::new(batch.notes)).bench_local(|| {
        let dropout = gradients.then_some((0.2, &mut random));
        let loss = graph.loss(&batch, &mut carry, dropout).unwrap();
        gradients.then(|| loss.objective.backward().unwrap())
    });
}
