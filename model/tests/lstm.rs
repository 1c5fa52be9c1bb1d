//! The fused LSTM against candle-nn's, opened from a shipped record, and against finite differences.
#![cfg(feature = "train")]

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use candle_core::{DType, Device, Result, Tensor, Var};
use candle_nn::VarBuilder;
use candle_nn::rnn::{Direction, LSTM, LSTMConfig, LSTMState, RNN};
use jukebox_model::network::training::buffer_pool::BufferPool;
use jukebox_model::network::training::lstm::{self, Keep, LayerState};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

const STEPS: usize = 7;
const LANES: usize = 3;
const INPUTS: usize = 5;
const HIDDEN: usize = 4;

fn lstm(x: &Tensor, w: &Tensor, keep: &[Keep], start: LayerState) -> Result<(Tensor, LayerState)> {
    lstm::lstm(x, w, None, keep, start, &BufferPool::default())
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

/// The LSTM tensors of a shipped record, under its own names, as variables.
fn record(name: &str) -> HashMap<String, Var> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../records").join(name);
    let tensors = candle_core::safetensors::load(path, &Device::Cpu).unwrap();
    let lstm = tensors.into_iter().filter(|(name, _)| name.starts_with("lstm."));
    lstm.map(|(name, tensor)| {
        (name, Var::from_tensor(&tensor.to_dtype(DType::F32).unwrap()).unwrap())
    })
    .collect()
}

/// A layer's weights as the fused operation reads them, to be differentiated.
fn pack(record: &HashMap<String, Var>, layer: usize) -> Result<Tensor> {
    let direction = |suffix: &str| {
        let get = |part: &str| record[&format!("lstm.{part}_l{layer}{suffix}")].as_tensor();
        let bias = (get("bias_ih") + get("bias_hh"))?.unsqueeze(1)?;
        Tensor::cat(&[get("weight_ih"), get("weight_hh"), &bias], 1)
    };
    Tensor::stack(&[direction("")?, direction("_reverse")?], 0)
}

/// What candle-nn's layers give for x, (2, T B, inputs): the hidden states, (2, T B, H), and the forward
/// cells at the end. It has no word for forgetting: the state is multiplied between its steps.
fn reference(
    record: &HashMap<String, Var>,
    layer: usize,
    x: &Tensor,
    keep: &[f32],
    start: &LayerState,
) -> Result<(Tensor, Tensor)> {
    let named = record.iter().map(|(name, var)| (name.clone(), var.as_tensor().clone()));
    let tensors = VarBuilder::from_tensors(named.collect(), DType::F32, &Device::Cpu).pp("lstm");
    let hidden = start.hidden.len() / LANES;
    let mut directions = Vec::new();
    let mut last_cell = None;
    for (index, direction) in [Direction::Forward, Direction::Backward].into_iter().enumerate() {
        let config = LSTMConfig { layer_idx: layer, direction, ..LSTMConfig::default() };
        let lstm = LSTM::new(x.dim(2)?, hidden, config, tensors.clone())?;
        let mut state = match direction {
            Direction::Forward => {
                let state =
                    |values: &[f32]| Tensor::from_slice(values, (LANES, hidden), x.device());
                LSTMState::new(state(&start.hidden)?, state(&start.cell)?)
            }
            Direction::Backward => lstm.zero_state(LANES)?,
        };
        let mut out = vec![None; STEPS];
        for i in 0..STEPS {
            let step = if index == 0 { i } else { STEPS - 1 - i };
            let keep = Tensor::from_slice(&keep[step * LANES..][..LANES], (LANES, 1), x.device())?;
            let kept = LSTMState::new(state.h.broadcast_mul(&keep)?, state.c.broadcast_mul(&keep)?);
            state = lstm.step(&x.get(index)?.narrow(0, step * LANES, LANES)?, &kept)?;
            out[step] = Some(state.h.clone());
        }
        last_cell.get_or_insert(state.c);
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
fn states_and_gradients_of_a_records_layers_equal_candle_nns() {
    let record = record("celtic.safetensors");
    let layers = record.keys().filter(|name| name.starts_with("lstm.weight_hh")).count() / 2;
    for layer in 0..layers {
        let shape = |part: &str| record[&format!("lstm.{part}_l{layer}")].dims2().unwrap();
        let (inputs, hidden) = (shape("weight_ih").1, shape("weight_hh").1);
        let x = variable(&[2, STEPS * LANES, inputs], 1);
        let state = |seed: u64| numbers(LANES * hidden, seed);
        let start = LayerState { hidden: state(3), cell: state(4) };
        let keep = keep();
        let shared = Arc::new(keep.clone());
        let w = pack(&record, layer).unwrap();
        let (out, end) = lstm(&x, &w, &[Arc::clone(&shared), shared], start.clone()).unwrap();
        let (expected, cell) = reference(&record, layer, &x, &keep, &start).unwrap();
        assert!(worst(&out, &expected) < 1e-5);
        let end_cell = Tensor::from_vec(end.cell, (LANES, hidden), &Device::Cpu).unwrap();
        assert!(worst(&end_cell, &cell) < 1e-5);

        // A loss with a different gradient at every place.
        let weights = variable(&[2, STEPS * LANES, hidden], 5);
        let loss = |out: &Tensor| (out * weights.as_tensor()).unwrap().sum_all().unwrap();
        let (ours, theirs) = (loss(&out).backward().unwrap(), loss(&expected).backward().unwrap());
        let of_layer = record.iter().filter(|(name, _)| {
            name.ends_with(&format!("_l{layer}")) || name.ends_with(&format!("_l{layer}_reverse"))
        });
        let compared: Vec<_> = of_layer.map(|(name, var)| (name.as_str(), var)).collect();
        assert_eq!(compared.len(), 8);
        for (name, variable) in compared.into_iter().chain([("x", &x)]) {
            let difference = worst(ours.get(variable).unwrap(), theirs.get(variable).unwrap());
            assert!(difference < 1e-4, "{name}: {difference}");
        }
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

/// With all lanes together, and divided among threads.
#[test]
fn a_mask_multiplies_what_every_step_reads_and_its_gradient() {
    let x = variable(&[2, STEPS * LANES, INPUTS], 1);
    let w = variable(&[2, 4 * HIDDEN, INPUTS + HIDDEN + 1], 2);
    let numbers: Vec<f32> = (0..LANES * INPUTS).map(|i| (i % 3) as f32 * 0.8).collect();
    let factors = Tensor::from_slice(&numbers, (1, 1, LANES, INPUTS), &Device::Cpu).unwrap();
    let mask = Arc::new(numbers);
    let by_hand = x.reshape((2, STEPS, LANES, INPUTS)).unwrap().broadcast_mul(&factors).unwrap();
    let by_hand = by_hand.reshape((2, STEPS * LANES, INPUTS)).unwrap();
    let keep = [Arc::new(keep()), Arc::new(keep())];
    let pool = BufferPool::default();
    let (found, _) = lstm::lstm(&x, &w, Some(&mask), &keep, start(), &pool).unwrap();
    let (expected, _) = lstm(&by_hand, &w, &keep, start()).unwrap();
    assert_eq!(worst(&found, &expected), 0.0);
    let gradients = |out: &Tensor| out.sqr().unwrap().sum_all().unwrap().backward().unwrap();
    let (found, expected) = (gradients(&found), gradients(&expected));
    for variable in [&x, &w] {
        assert!(worst(found.get(variable).unwrap(), expected.get(variable).unwrap()) < 1e-6);
    }
    let short = Arc::new(vec![1.0; LANES]);
    assert!(lstm::lstm(&x, &w, Some(&short), &keep, start(), &pool).is_err());
}

#[test]
fn shapes_that_do_not_fit_are_an_error() {
    let x = variable(&[1, STEPS * LANES, INPUTS], 1);
    let w = variable(&[1, 4 * HIDDEN, INPUTS + HIDDEN], 2);
    assert!(lstm(&x, &w, &[Arc::new(keep())], start()).is_err());
}
