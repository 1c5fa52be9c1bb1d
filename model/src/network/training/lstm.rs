//! A layer of LSTM over a batch of sequences, both directions at once, as one Candle operation.
//!
//! Candle's own LSTM makes dozens of small tensors a step. Here the input products of all steps are
//! large matrix products, each step adds one product with the recurrent weights, and the backward pass
//! (backpropagation through time) is written out over plain slices: see
//! `recurrence`. Directions and, where there are more threads, groups of lanes
//! run side by side.
//!
//! Shapes, with T steps, B lanes, E inputs, H units, D = 1 (forward) or 2 directions; a tensor's rows
//! are ordered by step, then by lane:
//!
//! * `x`: (D, T B, E), what each direction reads;
//! * `w`: (D, 4 H, E + H + 1), input weights, recurrent weights and bias side by side; gates in
//!   PyTorch's order: input, forget, cell, output;
//! * the result: (D, T B, H), the hidden states; the second direction reads from the last step to
//!   the first.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use super::buffer_pool::BufferPool;
use super::ops::add_rows;
use super::recurrence::{Backward, Forward, Pass, Sizes, Tape};
use super::slices::{operand, with_slice};

/// Hidden and cell state of one layer, (B, H) each.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerState {
    /// Hidden state.
    pub hidden: Vec<f32>,
    /// Cell state.
    pub cell: Vec<f32>,
}

/// Factors of what the lanes of a batch read, by lane: see [`lstm`].
pub type Mask = Arc<Vec<f32>>;

/// Where each direction must forget what it carries: (T B) numbers by which the state is multiplied
/// before a step, 0 or 1.
pub type Keep = Arc<Vec<f32>>;

/// Runs a layer. `mask`, (B, E), multiplies x in every step: dropout whose choice holds for a whole sequence
/// (Gal and Ghahramani, arXiv 1512.05287). `keep` has one entry for each direction; the forward direction starts from `start`,
/// the other from nothing. Gives the hidden states and the forward direction's state at the end.
/// Large arrays come from `pool` and go back there.
///
/// # Errors
/// Where the shapes do not fit or the tensors are not in main memory.
pub fn lstm(
    x: &Tensor,
    w: &Tensor,
    mask: Option<&Mask>,
    keep: &[Keep],
    start: LayerState,
    pool: &BufferPool,
) -> Result<(Tensor, LayerState)> {
    let (directions, rows, inputs) = x.dims3()?;
    let gates = w.dim(1)?;
    let hidden = gates / 4;
    let lanes = start.hidden.len() / hidden;
    let fits = w.dims3()? == (directions, 4 * hidden, inputs + hidden + 1)
        && mask.is_none_or(|mask| mask.len() == lanes * inputs)
        && keep.len() == directions
        && keep.iter().all(|keep| keep.len() == rows)
        && start.hidden.len() == lanes * hidden
        && start.cell.len() == lanes * hidden
        && lanes > 0
        && rows.is_multiple_of(lanes);
    if !fits {
        candle_core::bail!(
            "lstm: x {:?}, w {:?}, {} lanes: the shapes do not fit",
            x.shape(),
            w.shape(),
            lanes
        );
    }
    let sizes = Sizes { steps: rows / lanes, lanes, inputs, hidden };
    let groups = groups(lanes, rayon::current_num_threads() / directions);
    let tapes = Arc::new(Mutex::new(Vec::new()));
    let (mask, keep, pool) = (mask.cloned(), keep.to_vec(), pool.clone());
    let op = Lstm { sizes, mask, keep, start, groups, pool, tapes: Arc::clone(&tapes) };
    let groups = op.groups.clone();
    let out = x.contiguous()?.apply_op2(&w.contiguous()?, op)?;
    let last = (sizes.steps - 1) * lanes * hidden;
    let hidden = with_slice(&out, |out| Ok(out[last..last + lanes * sizes.hidden].to_vec()))?;
    let tapes = lock(&tapes);
    let cells = groups.iter().zip(tapes.iter());
    let cell = cells.flat_map(|(group, tape)| tape.last_cells(group.len(), sizes.hidden)).copied();
    Ok((out, LayerState { hidden, cell: cell.collect() }))
}

/// Fewest lanes of a group: with fewer, reading the weights would take longer than multiplying them.
const GROUP: usize = 4;

/// Divides the lanes among threads.
fn groups(lanes: usize, threads: usize) -> Vec<Range<usize>> {
    let count = threads.clamp(1, (lanes / GROUP).max(1));
    (0..count).map(|group| group * lanes / count..(group + 1) * lanes / count).collect()
}

struct Lstm {
    sizes: Sizes,
    mask: Option<Mask>,
    keep: Vec<Keep>,
    start: LayerState,
    /// Lanes that are worked on together.
    groups: Vec<Range<usize>>,
    pool: BufferPool,
    /// What the forward pass leaves for the backward pass: by direction, then by group.
    tapes: Arc<Mutex<Vec<Tape>>>,
}

fn lock(tapes: &Mutex<Vec<Tape>>) -> std::sync::MutexGuard<'_, Vec<Tape>> {
    tapes.lock().unwrap_or_else(PoisonError::into_inner)
}

impl CustomOp2 for Lstm {
    fn name(&self) -> &'static str {
        "lstm"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (x, w) = (operand(s1, l1)?, operand(s2, l2)?);
        let Sizes { steps, lanes, hidden, .. } = self.sizes;
        let (directions, rows) = (self.keep.len(), steps * lanes);
        let weights: Vec<Forward> = w
            .par_chunks_exact(w.len() / directions)
            .map(|w| Forward::new(w, &self.sizes))
            .collect();
        let mut out = vec![0.0f32; directions * rows * hidden];
        let tapes: Vec<Tape> = self
            .divide(&mut out, hidden)
            .into_par_iter()
            .enumerate()
            .map(|(part, mut out)| {
                let (pass, direction) = self.pass(part, x);
                pass.forward(&weights[direction], &mut out, &self.pool)
            })
            .collect();
        *lock(&self.tapes) = tapes;
        Ok((CpuStorage::F32(out), (directions, rows, hidden).into()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        w: &Tensor,
        out: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let grad = grad.contiguous()?;
        let tapes = std::mem::take(&mut *lock(&self.tapes));
        if tapes.len() != self.keep.len() * self.groups.len() {
            candle_core::bail!("lstm: the backward pass runs once for each forward pass");
        }
        let mut dx = vec![0.0f32; x.elem_count()];
        let mut dw = vec![0.0f32; w.elem_count()];
        with_slice(x, |x| {
            with_slice(w, |w| {
                with_slice(out, |out| {
                    with_slice(&grad, |grad| {
                        self.gradients(x, w, (out, grad), tapes, (&mut dx, &mut dw));
                        Ok(())
                    })
                })
            })
        })?;
        let device = x.device();
        Ok((
            Some(Tensor::from_vec(dx, x.shape(), device)?),
            Some(Tensor::from_vec(dw, w.shape(), device)?),
        ))
    }
}

impl Lstm {
    /// The gradients of inputs and weights.
    fn gradients(
        &self,
        x: &[f32],
        w: &[f32],
        (out, grad): (&[f32], &[f32]),
        tapes: Vec<Tape>,
        (dx, dw): (&mut [f32], &mut [f32]),
    ) {
        let Sizes { steps, lanes, inputs, hidden } = self.sizes;
        let size = w.len() / self.keep.len();
        let weights: Vec<Backward> =
            w.par_chunks_exact(size).map(|w| Backward::new(w, &self.sizes)).collect();
        // The first group of each direction writes its gradients where they belong, the others beside
        // it; then they are summed.
        let mut beside = vec![0.0f32; (self.groups.len() - 1) * dw.len()];
        let mut more = beside.chunks_exact_mut(size);
        let mut parts: Vec<&mut [f32]> = Vec::new();
        for dw in dw.chunks_exact_mut(size) {
            parts.push(dw);
            parts.extend(more.by_ref().take(self.groups.len() - 1));
        }
        let state = steps * lanes * hidden;
        self.divide(dx, inputs).into_par_iter().zip(parts).zip(tapes).enumerate().for_each(
            |(part, ((mut dx, dw), tape))| {
                let (pass, direction) = self.pass(part, x);
                let states = direction * state..(direction + 1) * state;
                let states = (&out[states.clone()], &grad[states]);
                pass.backward(&weights[direction], tape, states, &mut dx, dw);
            },
        );
        if self.groups.len() > 1 {
            let groups = beside.chunks_exact((self.groups.len() - 1) * size);
            for (dw, groups) in dw.chunks_exact_mut(size).zip(groups) {
                add_rows(groups, dw);
            }
        }
    }

    /// The work of a part of the divided batch, and its direction.
    fn pass<'a>(&'a self, part: usize, x: &'a [f32]) -> (Pass<'a>, usize) {
        let (direction, group) = (part / self.groups.len(), part % self.groups.len());
        let size = x.len() / self.keep.len();
        let pass = Pass {
            sizes: self.sizes,
            reverse: direction == 1,
            lanes: self.groups[group].clone(),
            x: &x[direction * size..][..size],
            mask: self.mask.as_ref().map(|mask| &mask[..]),
            keep: &self.keep[direction],
            start: &self.start,
            threads: (rayon::current_num_threads() / (self.keep.len() * self.groups.len())).max(1),
        };
        (pass, direction)
    }

    /// Divides a tensor of shape (D, T B, width): by direction, then by group of lanes, then by step.
    fn divide<'t>(&self, tensor: &'t mut [f32], width: usize) -> Vec<Vec<&'t mut [f32]>> {
        let Sizes { steps, lanes, .. } = self.sizes;
        let mut parts = Vec::new();
        for direction in tensor.chunks_exact_mut(steps * lanes * width) {
            let first = parts.len();
            parts.resize_with(first + self.groups.len(), || Vec::with_capacity(steps));
            for mut step in direction.chunks_exact_mut(lanes * width) {
                for (part, group) in parts[first..].iter_mut().zip(&self.groups) {
                    let (here, rest) = step.split_at_mut(group.len() * width);
                    part.push(here);
                    step = rest;
                }
            }
        }
        parts
    }
}
