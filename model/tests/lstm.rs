//! The fused LSTM against the same layer written out in Candle's own operations.
#![cfg(feature = "train")]

use std::sync::Arc;

use candle_core::{D, Device, Result, Tensor, Var};
use jukebox_model::network::training::lstm::{self, Keep, LayerState};
use jukebox_model::network::training::spare::Spare;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

const STEPS: usize = 7;
const LANES: usize = 3;
const INPUTS: usize = 5;
const HIDDEN: usize = 4;

fn lstm(x: &Tensor, w: &Tensor, keep: &[Keep], start: LayerState) -> Result<(Tensor, LayerState)> {
    lstm::lstm(x, w, keep, start, &Spare::default())
}

fn numbers(count: usize, seed: u64) -> Vec<f32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    (0..count).map(|_| random.next_u32() as f32 / u32::MAX as f32 - 0.5).collect()
}

fn variable(shape: &[usize], seed: u64) -> Var {
    let data = numbers(shape.iter().product(), seed);
    Var::from_tensor(&Tensor::from_vec(data, shape, &Device::Cpu).unwrap()).unwrap()
}

/// Step 3 of lane 1 forgets what came before, and so does step 5 of lane 2.
fn keep() -> Vec<f32> {
    let mut keep = vec![1.0; STEPS * LANES];
    keep[3 * LANES + 1] = 0.0;
    keep[5 * LANES + 2] = 0.0;
    keep
}

fn sigmoid(x: &Tensor) -> Result<Tensor> {
    (x.neg()?.exp()? + 1.0)?.recip()
}

/// The layer in small Candle operations; gives the hidden states and the forward cell at the end.
fn reference(x: &Tensor, w: &Tensor, keep: &[f32], start: &LayerState) -> Result<(Tensor, Tensor)> {
    let mut directions = Vec::new();
    let mut last_cell = None;
    for direction in 0..2 {
        let (x, w) = (x.get(direction)?, w.get(direction)?);
        let ih = w.narrow(1, 0, INPUTS)?.t()?;
        let hh = w.narrow(1, INPUTS, HIDDEN)?.t()?;
        let bias = w.narrow(1, INPUTS + HIDDEN, 1)?.t()?;
        let state = |values: &[f32]| match direction {
            0 => Tensor::from_slice(values, (LANES, HIDDEN), &Device::Cpu),
            _ => Tensor::zeros((LANES, HIDDEN), candle_core::DType::F32, &Device::Cpu),
        };
        let (mut h, mut c) = (state(&start.hidden)?, state(&start.cell)?);
        let mut out = vec![None; STEPS];
        for i in 0..STEPS {
            let step = if direction == 0 { i } else { STEPS - 1 - i };
            let keep =
                Tensor::from_slice(&keep[step * LANES..][..LANES], (LANES, 1), &Device::Cpu)?;
            (h, c) = (h.broadcast_mul(&keep)?, c.broadcast_mul(&keep)?);
            let x = x.narrow(0, step * LANES, LANES)?;
            let gates =
                (x.matmul(&ih)? + h.matmul(&hh)?)?.broadcast_add(&bias)?.chunk(4, D::Minus1)?;
            c = ((sigmoid(&gates[1])? * c)? + (sigmoid(&gates[0])? * gates[2].tanh()?)?)?;
            h = (sigmoid(&gates[3])? * c.tanh()?)?;
            out[step] = Some(h.clone());
        }
        last_cell.get_or_insert(c);
        let out: Vec<Tensor> = out.into_iter().flatten().collect();
        directions.push(Tensor::cat(&out, 0)?);
    }
    Ok((Tensor::stack(&directions, 0)?, last_cell.expect("two directions ran")))
}

fn worst(a: &Tensor, b: &Tensor) -> f32 {
    (a - b).unwrap().abs().unwrap().flatten_all().unwrap().max(0).unwrap().to_scalar().unwrap()
}

fn start() -> LayerState {
    LayerState { hidden: numbers(LANES * HIDDEN, 3), cell: numbers(LANES * HIDDEN, 4) }
}

#[test]
fn states_and_gradients_equal_those_of_candles_own_operations() {
    let x = variable(&[2, STEPS * LANES, INPUTS], 1);
    let w = variable(&[2, 4 * HIDDEN, INPUTS + HIDDEN + 1], 2);
    let keep = keep();
    let shared = Arc::new(keep.clone());
    let (out, end) = lstm(&x, &w, &[Arc::clone(&shared), shared], start()).unwrap();
    let (expected, cell) = reference(&x, &w, &keep, &start()).unwrap();
    assert!(worst(&out, &expected) < 1e-6);
    let end_cell = Tensor::from_vec(end.cell, (LANES, HIDDEN), &Device::Cpu).unwrap();
    assert!(worst(&end_cell, &cell) < 1e-6);

    // A loss with a different gradient at every place.
    let weights = variable(&[2, STEPS * LANES, HIDDEN], 5);
    let loss = |out: &Tensor| (out * weights.as_tensor()).unwrap().sum_all().unwrap();
    let (ours, theirs) = (loss(&out).backward().unwrap(), loss(&expected).backward().unwrap());
    for variable in [&x, &w] {
        assert!(worst(ours.get(variable).unwrap(), theirs.get(variable).unwrap()) < 1e-5);
    }
}

#[test]
fn gradients_equal_finite_differences() {
    let x = numbers(2 * STEPS * LANES * INPUTS, 1);
    let w = numbers(2 * 4 * HIDDEN * (INPUTS + HIDDEN + 1), 2);
    let keep = Arc::new(keep());
    let sum = |x: &[f32], w: &[f32]| -> (f64, Var, Tensor) {
        let x = Tensor::from_slice(x, (2, STEPS * LANES, INPUTS), &Device::Cpu).unwrap();
        let w = Tensor::from_slice(w, (2, 4 * HIDDEN, INPUTS + HIDDEN + 1), &Device::Cpu).unwrap();
        let w = Var::from_tensor(&w).unwrap();
        let (out, _) = lstm(&x, &w, &[Arc::clone(&keep), Arc::clone(&keep)], start()).unwrap();
        let loss = out.sqr().unwrap().sum_all().unwrap();
        let values = out.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        (values.iter().map(|&value| f64::from(value) * f64::from(value)).sum(), w, loss)
    };
    let (_, variable, loss) = sum(&x, &w);
    let gradient = loss
        .backward()
        .unwrap()
        .get(&variable)
        .unwrap()
        .flatten_all()
        .unwrap()
        .to_vec1::<f32>()
        .unwrap();
    for index in (0..w.len()).step_by(7) {
        let moved = |by: f32| {
            let mut moved = w.clone();
            moved[index] += by;
            sum(&x, &moved).0
        };
        let slope = (moved(5e-3) - moved(-5e-3)) / 1e-2;
        assert!(
            (slope - f64::from(gradient[index])).abs() < 2e-3,
            "{index}: {slope} {}",
            gradient[index]
        );
    }
}

#[test]
fn a_sequence_in_two_halves_equals_the_whole() {
    let x = variable(&[1, STEPS * LANES, INPUTS], 1);
    let w = variable(&[1, 4 * HIDDEN, INPUTS + HIDDEN + 1], 2);
    let keep = keep();
    let part = |from: usize, steps: usize, start: LayerState| {
        let x = x.narrow(1, from * LANES, steps * LANES).unwrap();
        lstm(&x, &w, &[Arc::new(keep[from * LANES..(from + steps) * LANES].to_vec())], start)
            .unwrap()
    };
    let (whole, end) = part(0, STEPS, start());
    let (first, middle) = part(0, 4, start());
    let (second, last) = part(4, STEPS - 4, middle);
    assert!(worst(&whole, &Tensor::cat(&[first, second], 1).unwrap()) < 1e-6);
    assert!(end.cell.iter().zip(&last.cell).all(|(a, b)| (a - b).abs() < 1e-6));
}

#[test]
fn dividing_the_lanes_among_threads_changes_no_state_and_hardly_a_gradient() {
    let lanes = 13;
    let x = variable(&[2, STEPS * lanes, INPUTS], 1);
    let w = variable(&[2, 4 * HIDDEN, INPUTS + HIDDEN + 1], 2);
    let mut keep = vec![1.0; STEPS * lanes];
    keep[2 * lanes + 11] = 0.0;
    let keep = Arc::new(keep);
    let start =
        || LayerState { hidden: numbers(lanes * HIDDEN, 3), cell: numbers(lanes * HIDDEN, 4) };
    let run = |directions: usize, threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let (x, w) = (x.narrow(0, 0, directions).unwrap(), w.narrow(0, 0, directions).unwrap());
            let keep = vec![Arc::clone(&keep); directions];
            let (out, end) = lstm(&x, &w, &keep, start()).unwrap();
            (out.clone(), end, out.sqr().unwrap().sum_all().unwrap().backward().unwrap())
        })
    };
    for (directions, threads) in [(1, 2), (1, 5), (2, 8)] {
        let ((out, end, gradients), (expected, last, wanted)) =
            (run(directions, threads), run(directions, 1));
        assert_eq!(worst(&out, &expected), 0.0, "{directions} {threads}");
        assert_eq!(end, last);
        for variable in [&x, &w] {
            let difference = worst(gradients.get(variable).unwrap(), wanted.get(variable).unwrap());
            assert!(difference < 1e-5, "{directions} {threads}: {difference}");
        }
    }
}

#[test]
fn shapes_that_do_not_fit_are_an_error() {
    let x = variable(&[1, STEPS * LANES, INPUTS], 1);
    let w = variable(&[1, 4 * HIDDEN, INPUTS + HIDDEN], 2);
    assert!(lstm(&x, &w, &[Arc::new(keep())], start()).is_err());
}
