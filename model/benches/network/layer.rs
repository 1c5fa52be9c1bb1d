//! The fused LSTM operation.

use std::sync::Arc;

use candle_core::{Device, Tensor, Var};
use divan::Bencher;
use divan::counter::ItemsCount;
use jukebox_model::network::training::buffer_pool::BufferPool;
use jukebox_model::network::training::lstm::{Keep, LayerState, lstm};

const UNITS: usize = 256;
const STEPS: usize = 128;

/// A layer of 256 units that reads 256 inputs: forward and back.
#[divan::bench(args = [64, 16, 8])]
fn bidirectional_layer(bencher: Bencher<'_, '_>, lanes: usize) {
    layer(bencher, 2, lanes);
}

/// The same in one direction, as where nothing is known of the future.
#[divan::bench(args = [64, 16, 8])]
fn forward_layer(bencher: Bencher<'_, '_>, lanes: usize) {
    layer(bencher, 1, lanes);
}

fn layer(bencher: Bencher<'_, '_>, directions: usize, lanes: usize) {
    let rows = lanes * STEPS;
    let random = |shape: [usize; 3]| {
        Var::from_tensor(&Tensor::randn(0.0f32, 0.06, &shape, &Device::Cpu).unwrap()).unwrap()
    };
    let (x, w) =
        (random([directions, rows, UNITS]), random([directions, 4 * UNITS, 2 * UNITS + 1]));
    let keep: Vec<Keep> = (0..directions).map(|_| Arc::new(vec![1.0; rows])).collect();
    let zeros = vec![0.0; lanes * UNITS];
    let start = LayerState { hidden: zeros.clone(), cell: zeros };
    let pool = BufferPool::default();
    bencher.counter(ItemsCount::new(rows)).bench_local(|| {
        let (out, _) = lstm(&x, &w, None, &keep, start.clone(), &pool).unwrap();
        out.sum_all().unwrap().backward().unwrap()
    });
}
