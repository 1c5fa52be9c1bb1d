//! The network in candle-nn's layers: what computes a batch's loss on devices other than the CPU.
//!
//! The layers open tensors under a record's own names (see [`weights`](crate::network::weights)). On the
//! CPU the tests hold the fused operations against this definition.
//!
//! Shapes, with T steps, B lanes, E = embedding, H = hidden, K = head width: a batch has T B rows, ordered by
//! step, then by lane.

use std::sync::Arc;

use candle_core::{D, DType, Device, Result, Tensor};
use candle_nn::rnn::{Direction, LSTM, LSTMConfig, LSTMState, RNN};
use candle_nn::{Embedding, Linear, Module, VarBuilder, embedding, linear, linear_no_bias, ops};

use super::batch::{Batch, HEAD_STRIDE, Targets};
use super::choice_loss::{ChoiceLoss, Choices};
use super::graph::Carry;
use super::lstm::LayerState;
use crate::network::rows::Rows;
use crate::network::{Config, Head};

/// Stands in for the logits of entries that may not be chosen.
const MASKED: f32 = -1e9;

/// The layers that a batch needs.
pub(super) struct Network {
    /// (rows, E)
    embedding: Embedding,
    /// One stack a direction: the forward one and, where the batch foresees, the backward one.
    stacks: Vec<Vec<LSTM>>,
    /// (1, H): stands in for the backward state where nothing is known to come.
    unknown: Tensor,
    /// In the order in which they choose.
    heads: Vec<HeadLayers>,
    rows: Rows,
}

struct HeadLayers {
    /// Forward and backward state, (2 H), to (K).
    context: Linear,
    /// (table rows, K)
    table: Embedding,
    /// (K) to the choices.
    output: Linear,
}

impl Network {
    /// Opens the layers; `lstm.bias_hh` is not asked for: `lstm.bias_ih` is the sum of both.
    ///
    /// # Errors
    /// Where a tensor is missing or has another shape.
    pub fn new(
        config: &Config,
        rows: &Rows,
        directions: usize,
        tensors: &VarBuilder<'_>,
    ) -> Result<Self> {
        let &Config { hidden, layers, embedding: width, head } = config;
        let layer = |layer_idx: usize, direction: Direction| {
            let inputs = if layer_idx == 0 { width } else { hidden };
            let lstm =
                LSTMConfig { layer_idx, direction, b_hh_init: None, ..LSTMConfig::default() };
            LSTM::new(inputs, hidden, lstm, tensors.pp("lstm"))
        };
        let stack = |direction| (0..layers).map(|index| layer(index, direction)).collect();
        let both = [Direction::Forward, Direction::Backward].into_iter();
        let head_layers = |it: Head| {
            let tensors = tensors.pp("heads").pp(it.name());
            Ok(HeadLayers {
                context: linear_no_bias(2 * hidden, head, tensors.pp("context"))?,
                table: Embedding::new(tensors.get((rows.head(it), head), "table")?, head),
                output: linear(head, rows.choices(it), tensors.pp("output"))?,
            })
        };
        Ok(Self {
            embedding: embedding(rows.embedding(), width, tensors.pp("embed"))?,
            stacks: both.take(directions).map(stack).collect::<Result<_>>()?,
            unknown: tensors.get(hidden, "future.unknown")?.unsqueeze(0)?,
            heads: rows.choosing().iter().copied().map(head_layers).collect::<Result<_>>()?,
            rows: *rows,
        })
    }

    /// The objective of a batch, in nats a note, and what each head's choices cost.
    ///
    /// `masks`, (B, width) each, multiply what each layer reads and what the heads read. The carried
    /// states are moved on.
    ///
    /// # Errors
    /// Where the device fails.
    pub fn loss(
        &self,
        batch: &Batch,
        carry: &mut Carry,
        masks: Option<&[Arc<Vec<f32>>]>,
    ) -> Result<(Tensor, Choices)> {
        let fields = self.rows.event_fields();
        let selected = rows(&batch.inputs, fields, fields, self.device())?;
        let embedded = self.embedding.forward(&selected)?.sum(1)?;
        let inputs = embedded.chunk(self.stacks.len(), 0)?;
        let mut states = Vec::new();
        for (direction, (stack, mut x)) in self.stacks.iter().zip(inputs).enumerate() {
            for (index, lstm) in stack.iter().enumerate() {
                let start = match direction {
                    0 => carried(&carry.layers[index], batch.lanes, self.device())?,
                    _ => lstm.zero_state(batch.lanes)?,
                };
                x = apply_mask(&x, masks.map(|masks| &masks[index]), batch.lanes)?;
                let (out, end) = read(lstm, &x, batch, direction, start)?;
                if direction == 0 {
                    carry.layers[index] = LayerState { hidden: host(&end.h)?, cell: host(&end.c)? };
                }
                x = out;
            }
            states.push(apply_mask(&x, masks.map(|masks| &masks[stack.len()]), batch.lanes)?);
        }
        self.choices(batch, &states)
    }

    /// From the hidden states, (T B, H) a direction, to the objective and the costs.
    fn choices(&self, batch: &Batch, states: &[Tensor]) -> Result<(Tensor, Choices)> {
        let (count, hidden) = states[0].dims2()?;
        let future = match states.get(1) {
            Some(backward) => {
                let read = Tensor::from_slice(&batch.future, count, self.device())?;
                Tensor::cat(&[backward, &self.unknown], 0)?.index_select(&read, 0)?
            }
            None => self.unknown.broadcast_as((count, hidden))?,
        };
        let context = Tensor::cat(&[&states[0], &future], 1)?;
        let (mut nats, mut hits) = (Vec::new(), Vec::new());
        let choosing = self.rows.choosing();
        for (&head, layers) in choosing.iter().zip(&self.heads) {
            let (selected, targets) = (&batch.heads[head as usize], &batch.targets[head as usize]);
            let selected = rows(selected, self.rows.head_fields(head), HEAD_STRIDE, self.device())?;
            let table = layers.table.forward(&selected)?.sum(1)?;
            let logits =
                layers.output.forward(&(layers.context.forward(&context)? + table)?.relu()?)?;
            let log_odds = ops::log_softmax(&masked(&logits, targets)?, 1)?;

            let column = |values: &[u32]| Tensor::from_slice(values, (count, 1), self.device());
            let chosen = log_odds.gather(&column(&targets.chosen)?, 1)?;
            let weight = Tensor::from_slice(&targets.weight, (count, 1), self.device())?;
            nats.push((&chosen * &weight)?.sum_all()?.neg()?);
            let likeliest = log_odds.detach().max_keepdim(1)?;
            let hit = chosen.detach().ge(&likeliest)?.to_dtype(DType::F32)?;
            hits.push((hit * weight)?.sum_all()?);
        }
        let nats = Tensor::stack(&nats, 0)?;
        let objective = (nats.sum_all()? / batch.notes.max(1) as f64)?.reshape(1)?;
        // One transfer for all sums.
        let sums = host(&Tensor::cat(&[nats.detach(), Tensor::stack(&hits, 0)?], 0)?)?;
        let mut choices = Choices::default();
        let (nats, hits) = sums.split_at(choosing.len());
        for ((&head, &nats), &hits) in choosing.iter().zip(nats).zip(hits) {
            choices[head as usize] = ChoiceLoss { nats: nats.into(), hits: hits.into() };
        }
        Ok((objective, choices))
    }

    fn device(&self) -> &Device {
        self.unknown.device()
    }
}

/// Reads all steps of x, (T B, inputs), from first to last, or in the second direction from last to first.
/// Gives the hidden states, (T B, H), and the state at the end.
fn read(
    lstm: &LSTM,
    x: &Tensor,
    batch: &Batch,
    direction: usize,
    mut state: LSTMState,
) -> Result<(Tensor, LSTMState)> {
    let lanes = batch.lanes;
    let mut steps: Vec<(usize, Tensor)> = split(x, batch.steps)?.into_iter().enumerate().collect();
    if direction == 1 {
        steps.reverse();
    }
    let mut out = Vec::with_capacity(steps.len());
    for (step, x) in steps {
        let keep = &batch.keep[direction][step * lanes..][..lanes];
        if keep.contains(&0.0) {
            let keep = Tensor::from_slice(keep, (lanes, 1), x.device())?;
            state = LSTMState::new(state.h.broadcast_mul(&keep)?, state.c.broadcast_mul(&keep)?);
        }
        state = lstm.step(&x, &state)?;
        out.push(state.h.clone());
    }
    if direction == 1 {
        out.reverse();
    }
    Ok((Tensor::cat(&out, 0)?, state))
}

/// The rows of x in `parts` equal parts. Candle's gradient of a part is as large as the whole: halves of
/// halves keep that from growing with the square of the parts.
fn split(x: &Tensor, parts: usize) -> Result<Vec<Tensor>> {
    if parts == 1 {
        return Ok(vec![x.clone()]);
    }
    let (half, rows) = (parts / 2, x.dim(0)? / parts);
    let mut all = split(&x.narrow(0, 0, half * rows)?, half)?;
    all.extend(split(&x.narrow(0, half * rows, (parts - half) * rows)?, parts - half)?);
    Ok(all)
}

/// Table rows as a tensor: the first `fields` of each `stride`.
fn rows(selected: &[u32], fields: usize, stride: usize, device: &Device) -> Result<Tensor> {
    let all = Tensor::from_slice(selected, (selected.len() / stride, stride), device)?;
    all.narrow(1, 0, fields)?.contiguous()
}

/// Multiplies x, (T B, width), by a mask, (B, width), in every step.
fn apply_mask(x: &Tensor, mask: Option<&Arc<Vec<f32>>>, lanes: usize) -> Result<Tensor> {
    let Some(mask) = mask else { return Ok(x.clone()) };
    let (count, width) = x.dims2()?;
    let mask = Tensor::from_slice(mask, (1, lanes, width), x.device())?;
    x.reshape((count / lanes, lanes, width))?.broadcast_mul(&mask)?.reshape((count, width))
}

/// Logits, (T B, choices), of which those before each row's lowest, and those that its part does not use, may
/// not be chosen.
fn masked(logits: &Tensor, targets: &Targets) -> Result<Tensor> {
    let (device, entries) = (logits.device(), logits.dim(D::Minus1)?);
    let mut mask = Vec::with_capacity(logits.elem_count());
    for (row, &lowest) in targets.lowest.iter().enumerate() {
        let allowed = targets.allowed(row, entries);
        let may = |entry: usize| entry >= lowest as usize && allowed.is_none_or(|it| it[entry]);
        mask.extend((0..entries).map(|entry| u8::from(may(entry))));
    }
    let mask = Tensor::from_vec(mask, logits.shape(), device)?;
    mask.where_cond(logits, &Tensor::full(MASKED, logits.shape(), device)?)
}

fn carried(state: &LayerState, lanes: usize, device: &Device) -> Result<LSTMState> {
    let tensor =
        |numbers: &[f32]| Tensor::from_slice(numbers, (lanes, numbers.len() / lanes), device);
    Ok(LSTMState::new(tensor(&state.hidden)?, tensor(&state.cell)?))
}

fn host(tensor: &Tensor) -> Result<Vec<f32>> {
    tensor.flatten_all()?.to_vec1()
}
