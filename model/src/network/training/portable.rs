//! The loss of a batch out of Candle's own operations, for devices other than the CPU.
//!
//! It is what the fused operations compute, as large matrix products: the input products of all steps
//! in one, one product a step with the recurrent weights of both directions, the heads' products over
//! all rows. A test on the CPU holds it against the fused operations.

use std::sync::Arc;

use candle_core::{D, DType, Device, Error, Result, Tensor};

use super::batch::{Batch, HEAD_STRIDE};
use super::graph::Carry;
use super::heads::{ChoiceLoss, Choices, layout};
use super::lstm::LayerState;
use crate::network::rows::{EVENT_FIELDS, Rows};
use crate::network::{Config, Head};

/// Stands in for the logits of entries that may not be chosen.
const MASKED: f32 = -1e9;

/// The network's variables, as the graph holds them.
pub(super) struct Variables<'a> {
    /// (rows, E)
    pub embedding: &'a Tensor,
    /// One a layer: (2, 4 H, inputs + H + 1).
    pub layers: Vec<&'a Tensor>,
    /// All heads end to end.
    pub heads: &'a Tensor,
}

/// The objective of a batch and what each head's choices cost. `masks` silence the inputs of each layer
/// and those of the heads, (B, width) each; the carried states are moved on.
pub(super) fn loss(
    config: &Config,
    rows: &Rows,
    variables: &Variables<'_>,
    batch: &Batch,
    carry: &mut Carry,
    masks: Option<&[Arc<Vec<f32>>]>,
) -> Result<(Tensor, Choices)> {
    let directions = batch.keep.len();
    let place = Place { device: variables.heads.device(), steps: batch.steps, lanes: batch.lanes };
    let silence = |x: Tensor, index: usize| -> Result<Tensor> {
        let Some(masks) = masks else { return Ok(x) };
        let shape = (1, 1, batch.lanes, x.dim(D::Minus1)?);
        x.broadcast_mul(&Tensor::from_slice(&masks[index], shape, place.device)?)
    };
    let embedded = sum_rows(variables.embedding, &batch.inputs, EVENT_FIELDS, EVENT_FIELDS)?;
    let shape = (directions, batch.steps, batch.lanes, config.embedding);
    let mut x = silence(embedded.reshape(shape)?, 0)?;
    for (index, (weights, state)) in variables.layers.iter().zip(&mut carry.layers).enumerate() {
        let weights = weights.narrow(0, 0, directions)?;
        let (out, end) = layer(&x, &weights, batch, state, &place)?;
        *state = end;
        x = silence(out, index + 1)?;
    }
    heads(config, rows, variables.heads, batch, &x, &place)
}

/// Where a batch is computed, and its sizes.
struct Place<'a> {
    device: &'a Device,
    steps: usize,
    lanes: usize,
}

/// Sums of table rows: row n of the result is the sum of the rows that `selected[n * stride..][..fields]`
/// names.
fn sum_rows(table: &Tensor, selected: &[u32], fields: usize, stride: usize) -> Result<Tensor> {
    let count = selected.len() / stride;
    let selected = Tensor::from_slice(selected, (count, stride), table.device())?;
    let mut sum = None;
    for field in 0..fields {
        let rows = selected.narrow(1, field, 1)?.contiguous()?.flatten_all()?;
        let rows = table.index_select(&rows, 0)?;
        sum = Some(match sum {
            Some(sum) => (sum + rows)?,
            None => rows,
        });
    }
    sum.ok_or_else(|| Error::Msg("a sum of no rows".into()))
}

/// Brings the second direction's steps into the order in which it reads them, and back.
fn turn(x: &Tensor, place: &Place<'_>) -> Result<Tensor> {
    if x.dim(0)? == 1 {
        return Ok(x.clone());
    }
    let reversed: Vec<u32> = (0..place.steps as u32).rev().collect();
    let reversed = Tensor::from_vec(reversed, place.steps, place.device)?;
    let second = x.narrow(0, 1, 1)?.contiguous()?.index_select(&reversed, 1)?;
    Tensor::cat(&[x.narrow(0, 0, 1)?, second], 0)
}

/// A layer of LSTM over (D, T, B, inputs): the hidden states, (D, T, B, H), and the forward
/// direction's state at the end.
fn layer(
    x: &Tensor,
    weights: &Tensor,
    batch: &Batch,
    start: &LayerState,
    place: &Place<'_>,
) -> Result<(Tensor, LayerState)> {
    let Place { device, steps, lanes } = *place;
    let (directions, _, _, inputs) = x.dims4()?;
    let hidden = weights.dim(1)? / 4;
    let part = |from: usize, width: usize| -> Result<Tensor> {
        weights.narrow(2, from, width)?.transpose(1, 2)?.contiguous()
    };
    let (input, recurrent, bias) =
        (part(0, inputs)?, part(inputs, hidden)?, part(inputs + hidden, 1)?);
    let x = turn(x, place)?.contiguous()?.reshape((directions, steps * lanes, inputs))?;
    let gates = x.matmul(&input)?.broadcast_add(&bias)?;
    let gates = gates.reshape((directions, steps, lanes, 4 * hidden))?;

    let first = |values: &[f32]| -> Result<Tensor> {
        let forward = Tensor::from_slice(values, (1, lanes, hidden), device)?;
        let backward = Tensor::zeros((directions - 1, lanes, hidden), DType::F32, device)?;
        if directions == 1 { Ok(forward) } else { Tensor::cat(&[forward, backward], 0) }
    };
    let (mut h, mut c) = (first(&start.hidden)?, first(&start.cell)?);
    let mut out = Vec::with_capacity(steps);
    for (step, gates) in split(&gates)?.into_iter().enumerate() {
        let keep: Vec<f32> = (0..directions)
            .flat_map(|direction| {
                let step = if direction == 0 { step } else { steps - 1 - step };
                &batch.keep[direction][step * lanes..][..lanes]
            })
            .copied()
            .collect();
        if keep.contains(&0.0) {
            let keep = Tensor::from_vec(keep, (directions, lanes, 1), device)?;
            (h, c) = (h.broadcast_mul(&keep)?, c.broadcast_mul(&keep)?);
        }
        let gates = (gates + h.matmul(&recurrent)?)?;
        let gate = |index: usize| gates.narrow(2, index * hidden, hidden);
        c = ((sigmoid(&gate(1)?)? * c)? + (sigmoid(&gate(0)?)? * gate(2)?.tanh()?)?)?;
        h = (sigmoid(&gate(3)?)? * c.tanh()?)?;
        out.push(h.clone());
    }
    let end = |state: &Tensor| state.get(0)?.flatten_all()?.to_vec1::<f32>();
    let end = LayerState { hidden: end(&h)?, cell: end(&c)? };
    Ok((turn(&Tensor::stack(&out, 1)?, place)?, end))
}

/// The steps of (D, T, B, K), one by one. Candle's gradient of a part is as large as the whole: halves of
/// halves keep that from growing with the square of the steps.
fn split(x: &Tensor) -> Result<Vec<Tensor>> {
    let steps = x.dim(1)?;
    if steps == 1 {
        return Ok(vec![x.squeeze(1)?]);
    }
    let half = steps / 2;
    let mut parts = split(&x.narrow(1, 0, half)?)?;
    parts.extend(split(&x.narrow(1, half, steps - half)?)?);
    Ok(parts)
}

/// 1 / (1 + e^-x), by the hyperbolic tangent, which never overflows.
fn sigmoid(x: &Tensor) -> Result<Tensor> {
    x.affine(0.5, 0.0)?.tanh()?.affine(0.5, 0.5)
}

/// From the hidden states to the objective and the costs.
fn heads(
    config: &Config,
    rows: &Rows,
    parameters: &Tensor,
    batch: &Batch,
    states: &Tensor,
    place: &Place<'_>,
) -> Result<(Tensor, Choices)> {
    let &Config { hidden, head: width, .. } = config;
    let count = place.steps * place.lanes;
    let mut first = 0;
    let mut parts = Vec::new();
    for (_, [rows, columns]) in layout(config, rows) {
        parts.push(parameters.narrow(0, first, rows * columns)?.reshape((rows, columns))?);
        first += rows * columns;
    }
    // The contexts' weights of all heads, the learned stand-in, then three tensors a head.
    let contexts = Tensor::cat(&parts[..4], 0)?;
    let context = |x: &Tensor, side: usize| {
        x.matmul(&contexts.narrow(1, side * hidden, hidden)?.t()?.contiguous()?)
    };
    let states = states.reshape((batch.keep.len(), count, hidden))?;
    let past = context(&states.get(0)?, 0)?;
    let inner = if batch.foresees {
        let known = Tensor::cat(&[states.get(1)?, parts[4].clone()], 0)?;
        let read = Tensor::from_slice(&batch.future, count, place.device)?;
        (past + context(&known.index_select(&read, 0)?, 1)?)?
    } else {
        past.broadcast_add(&context(&parts[4], 1)?)?
    };

    let mut nats = Vec::new();
    let mut hits = Vec::new();
    for head in Head::ALL {
        let index = head as usize;
        let [table, output, bias] = [0, 1, 2].map(|part| &parts[5 + 3 * index + part]);
        let fields = Rows::head_fields(head);
        let selected = sum_rows(table, &batch.heads[index], fields, HEAD_STRIDE)?;
        let inner = (inner.narrow(1, index * width, width)? + selected)?.relu()?;
        let logits = inner.matmul(&output.t()?.contiguous()?)?.broadcast_add(bias)?;

        let targets = &batch.targets[index];
        let entries = rows.choices(head);
        let column = |values: &[u32]| Tensor::from_slice(values, (count, 1), place.device);
        let numbers = Tensor::arange(0u32, entries as u32, place.device)?.reshape((1, entries))?;
        let numbers = numbers.broadcast_as((count, entries))?.contiguous()?;
        let lowest = column(&targets.lowest)?.broadcast_as((count, entries))?.contiguous()?;
        let masked = Tensor::full(MASKED, (count, entries), place.device)?;
        let logits = numbers.ge(&lowest)?.where_cond(&logits, &masked)?;

        let weight = Tensor::from_slice(&targets.weight, (count, 1), place.device)?;
        let best = logits.max_keepdim(1)?.detach();
        let sum = logits.broadcast_sub(&best)?.exp()?.sum_keepdim(1)?.log()?;
        let chosen = logits.gather(&column(&targets.chosen)?, 1)?;
        nats.push((((sum + &best)? - &chosen)? * &weight)?.sum_all()?);
        let hit = chosen.detach().ge(&best)?.to_dtype(DType::F32)?;
        hits.push((hit * weight)?.sum_all()?);
    }
    let nats = Tensor::stack(&nats, 0)?;
    let objective = nats.sum_all()?.affine(1.0 / batch.notes.max(1) as f64, 0.0)?.reshape(1)?;
    // One transfer for all sums.
    let sums = Tensor::cat(&[nats.detach(), Tensor::stack(&hits, 0)?], 0)?.to_vec1::<f32>()?;
    let choice = |head: usize| ChoiceLoss {
        nats: f64::from(sums[head]),
        hits: f64::from(sums[head + Head::ALL.len()]),
    };
    Ok((objective, std::array::from_fn(choice)))
}
