//! A layer of LSTM as it is trained: forward, and back.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use candle_core::{Device, Var};
use jukebox_model::network::training::buffer_pool::BufferPool;
use jukebox_model::network::training::lstm::{Keep, LayerState, lstm};

use crate::median;

/// Sizes of a layer, and of the batch that it reads.
#[derive(Clone, Copy)]
pub struct Sizes {
    pub units: usize,
    pub lanes: usize,
    pub steps: usize,
    pub directions: usize,
}

/// Steps of lanes a second.
pub fn rate(budget: Duration) -> Result<f64> {
    let sizes = Sizes { units: 256, lanes: 64, steps: 128, directions: 2 };
    Ok((sizes.lanes * sizes.steps) as f64 / median(budget, work(sizes)?)?)
}

/// The layer forward and back: gradients of inputs and weights.
pub fn work(sizes: Sizes) -> Result<impl FnMut() -> Result<()>> {
    let Sizes { units, lanes, steps, directions } = sizes;
    let random = |shape: [usize; 3]| Var::randn(0.0f32, 0.06, &shape, &Device::Cpu);
    let x = random([directions, steps * lanes, units])?;
    let w = random([directions, 4 * units, 2 * units + 1])?;
    let all: Keep = Arc::new(vec![1.0; steps * lanes]);
    let keep = vec![all; directions];
    let zeros = vec![0.0; lanes * units];
    let start = LayerState { hidden: zeros.clone(), cell: zeros };
    let pool = BufferPool::default();
    Ok(move || {
        let (out, _) = lstm(&x, &w, None, &keep, start.clone(), &pool)?;
        out.sum_all()?.backward()?;
        Ok(())
    })
}
