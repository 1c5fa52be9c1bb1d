//! One direction of an LSTM layer over some lanes of a batch: forward, and back through time.
//!
//! The steps are gone through in chunks of a few hundred rows, so that what a chunk computes is
//! still in the cache when it is needed: its input products, its steps, and on the way back its share
//! of the gradients of inputs and weights. The weights are packed once for a whole pass.

use rayon::prelude::*;

use super::buffer_pool::BufferPool;
use super::lstm::LayerState;
use super::ops::{add_rows, scale_rows};
use crate::network::kernel::cell::{activate, differentiate};
use crate::network::kernel::matmul::{MatrixView, PackedMatrix, Start, multiply};

/// Rows of a chunk on the way forward: enough for a product at full speed.
const FORWARD_ROWS: usize = 96;
/// Rows of a chunk on the way back: the sums of the weights' gradients pass through memory once for
/// each chunk.
const BACKWARD_ROWS: usize = 256;

/// Sizes of a layer and of a batch of T steps by B lanes.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    pub steps: usize,
    pub lanes: usize,
    pub inputs: usize,
    pub hidden: usize,
}

impl Sizes {
    /// Gates of a lane: 4 H.
    fn gates(&self) -> usize {
        4 * self.hidden
    }

    /// Columns of the weights: inputs, units, and the bias.
    pub fn columns(&self) -> usize {
        self.inputs + self.hidden + 1
    }
}

/// A direction's weights, packed for the way forward.
pub(super) struct Forward {
    /// (E, 4 H)
    input: PackedMatrix,
    /// (H, 4 H)
    recurrent: PackedMatrix,
    /// (4 H)
    bias: Vec<f32>,
}

impl Forward {
    /// Packs weights of shape (4 H, E + H + 1).
    pub fn new(w: &[f32], sizes: &Sizes) -> Self {
        let (gates, columns) = (sizes.gates(), sizes.columns());
        let part = |from: usize, width: usize| {
            PackedMatrix::new(MatrixView::by_rows(&w[from..], gates, width, columns).transposed())
        };
        Self {
            input: part(0, sizes.inputs),
            recurrent: part(sizes.inputs, sizes.hidden),
            bias: w.chunks_exact(columns).map(|row| row[columns - 1]).collect(),
        }
    }
}

/// A direction's weights, packed for the way back.
pub(super) struct Backward {
    /// (4 H, E)
    input: PackedMatrix,
    /// (4 H, H)
    recurrent: PackedMatrix,
}

impl Backward {
    /// Packs weights of shape (4 H, E + H + 1).
    pub fn new(w: &[f32], sizes: &Sizes) -> Self {
        let part = |from: usize, width: usize| {
            PackedMatrix::new(MatrixView::by_rows(
                &w[from..],
                sizes.gates(),
                width,
                sizes.columns(),
            ))
        };
        Self { input: part(0, sizes.inputs), recurrent: part(sizes.inputs, sizes.hidden) }
    }
}

/// What the way forward leaves for the way back, for the lanes of a [`Pass`].
pub(super) struct Tape {
    /// (T lanes, 4 H), after their activations.
    gates: Vec<f32>,
    /// (T lanes, H)
    cells: Vec<f32>,
    /// Where its memory goes when it is read.
    pool: BufferPool,
}

impl Tape {
    fn new(rows: usize, hidden: usize, pool: &BufferPool) -> Self {
        Self {
            gates: pool.take(rows * 4 * hidden),
            cells: pool.take(rows * hidden),
            pool: pool.clone(),
        }
    }

    /// The cells after the last step.
    pub fn last_cells(&self, lanes: usize, hidden: usize) -> &[f32] {
        &self.cells[self.cells.len() - lanes * hidden..]
    }
}

impl Drop for Tape {
    fn drop(&mut self) {
        self.pool.put(std::mem::take(&mut self.gates));
        self.pool.put(std::mem::take(&mut self.cells));
    }
}

/// One direction's work for some lanes.
pub(super) struct Pass<'a> {
    pub sizes: Sizes,
    /// Whether it reads from the last step to the first.
    pub reverse: bool,
    /// Its lanes of the batch.
    pub lanes: std::ops::Range<usize>,
    /// (T B, E)
    pub x: &'a [f32],
    /// (B, E): multiplies x in every step.
    pub mask: Option<&'a [f32]>,
    /// (T B)
    pub keep: &'a [f32],
    /// What the lanes of the batch carry in, for the forward direction.
    pub start: &'a LayerState,
    /// Threads to work with.
    pub threads: usize,
}

/// A step, and the one that was read before it.
type Step = (usize, Option<usize>);

impl Pass<'_> {
    /// Steps in the order in which this direction reads them.
    fn order(&self) -> Vec<Step> {
        let (steps, reverse) = (self.sizes.steps, self.reverse);
        (0..steps)
            .map(|i| match (reverse, i) {
                (false, _) => (i, i.checked_sub(1)),
                (true, 0) => (steps - 1, None),
                (true, _) => (steps - 1 - i, Some(steps - i)),
            })
            .collect()
    }

    /// Steps of a chunk of so many rows.
    fn chunk(&self, rows: usize) -> usize {
        (rows / self.lanes.len()).clamp(1, self.sizes.steps)
    }

    /// What this pass's lanes read in some consecutive steps, (rows, E): the inputs themselves, or, where
    /// there is a mask or other lanes lie between, a copy.
    fn read<'r>(&'r self, steps: std::ops::Range<usize>, copy: &'r mut Vec<f32>) -> &'r [f32] {
        let Sizes { lanes, inputs, .. } = self.sizes;
        if self.mask.is_none() && self.lanes.len() == lanes {
            return &self.x[steps.start * lanes * inputs..steps.end * lanes * inputs];
        }
        copy.clear();
        for step in steps {
            let first = (step * lanes + self.lanes.start) * inputs;
            copy.extend_from_slice(&self.x[first..][..self.lanes.len() * inputs]);
        }
        self.apply_mask(copy);
        copy
    }

    /// Multiplies rows of this pass's lanes, (rows, E), by the mask.
    fn apply_mask(&self, rows: &mut [f32]) {
        let inputs = self.sizes.inputs;
        if let Some(mask) = self.mask {
            scale_rows(rows, &mask[self.lanes.start * inputs..self.lanes.end * inputs]);
        }
    }

    /// The state before a step, forgotten where it must be: in `memory`, unless it is as `state` gives
    /// it. `state` is that of this pass's lanes after a step, and `start` what the batch carries in.
    fn before<'s>(
        &self,
        (step, previous): Step,
        state: impl Fn(usize) -> &'s [f32],
        start: &'s [f32],
        memory: &'s mut [f32],
    ) -> &'s [f32] {
        let hidden = self.sizes.hidden;
        let from = match previous {
            Some(previous) => state(previous),
            None if !self.reverse => &start[self.lanes.start * hidden..][..memory.len()],
            None => {
                memory.fill(0.0);
                return memory;
            }
        };
        let keep = self.keep(step);
        if keep.iter().all(|keep| *keep != 0.0) {
            return from;
        }
        let lanes = memory.chunks_exact_mut(hidden).zip(from.chunks_exact(hidden)).zip(keep);
        for ((memory, from), keep) in lanes {
            if *keep == 0.0 { memory.fill(0.0) } else { memory.copy_from_slice(from) }
        }
        memory
    }

    /// What each of its lanes keeps before a step.
    fn keep(&self, step: usize) -> &[f32] {
        &self.keep[step * self.sizes.lanes..][self.lanes.clone()]
    }

    /// The way forward. `out` receives the hidden states, (lanes, H) for each step.
    pub fn forward(&self, weights: &Forward, out: &mut [&mut [f32]], pool: &BufferPool) -> Tape {
        let Sizes { steps, inputs, hidden, .. } = self.sizes;
        let (lanes, width) = (self.lanes.len(), self.sizes.gates());
        let state = lanes * hidden;
        let mut tape = Tape::new(steps * lanes, hidden, pool);
        let (mut h, mut c) = (vec![0.0; state], vec![0.0; state]);
        let mut copy = Vec::new();
        for chunk in self.order().chunks(self.chunk(FORWARD_ROWS)) {
            let range = consecutive(chunk);
            let rows = range.len() * lanes;
            let gates = &mut tape.gates[range.start * lanes * width..][..rows * width];
            let x = self.read(range, &mut copy);
            let x = MatrixView::by_rows(x, rows, inputs, inputs);
            self.multiply(gates, width, Start::Row(&weights.bias), x, &weights.input);
            for &(step, previous) in chunk {
                let gates = &mut tape.gates[step * lanes * width..][..lanes * width];
                let at = (step, previous);
                let h = self.before(at, |step| &*out[step], &self.start.hidden, &mut h);
                let h = MatrixView::by_rows(h, lanes, hidden, hidden);
                multiply(gates, width, Start::Result, h, &weights.recurrent);
                // The cells before this step lie before or after its own.
                let (before, rest) = tape.cells.split_at_mut(step * state);
                let (cells, after) = rest.split_at_mut(state);
                let given = |step: usize| match self.reverse {
                    false => &before[step * state..][..state],
                    true => &after[..state],
                };
                let c = self.before(at, given, &self.start.cell, &mut c);
                activate(hidden, gates, c, cells, out[step]);
            }
        }
        tape
    }

    /// The way back. `out`, (T B, H), are the hidden states of the whole batch and `grad` their
    /// gradients; `dx` receives those of the inputs, (lanes, E) for each step, and `dw` those of the
    /// weights.
    pub fn backward(
        &self,
        weights: &Backward,
        mut tape: Tape,
        (out, grad): (&[f32], &[f32]),
        dx: &mut [&mut [f32]],
        dw: &mut [f32],
    ) {
        let Sizes { inputs, hidden, .. } = self.sizes;
        let (lanes, width, columns) = (self.lanes.len(), self.sizes.gates(), self.sizes.columns());
        let state = lanes * hidden;
        let mut memory = vec![0.0; state];
        let (mut dh, mut dc) = (vec![0.0; state], vec![0.0; state]);
        let mut bias = vec![0.0; width];
        let (mut copy, mut both) = (Vec::new(), PackedMatrix::default());
        let of_lanes = |step: usize| {
            let first = (step * self.sizes.lanes + self.lanes.start) * hidden;
            first..first + state
        };
        let order = self.order();
        let length = self.chunk(BACKWARD_ROWS);
        for (index, chunk) in order.chunks(length).enumerate().rev() {
            let range = consecutive(chunk);
            let rows = range.len() * lanes;
            // What the weights were multiplied with, side by side: inputs, and states before.
            both.resize(rows, inputs + hidden);
            let x = self.read(range.clone(), &mut copy);
            both.write(0, 0, MatrixView::by_rows(x, rows, inputs, inputs));
            for &(step, previous) in chunk.iter().rev() {
                let at = (step, previous);
                let h =
                    self.before(at, |step| &out[of_lanes(step)], &self.start.hidden, &mut memory);
                let row = (step - range.start) * lanes;
                both.write(row, inputs, MatrixView::by_rows(h, lanes, hidden, hidden));
                let cells = |step: usize| &tape.cells[step * state..][..state];
                let c = self.before(at, cells, &self.start.cell, &mut memory);
                let gates = &mut tape.gates[step * lanes * width..][..lanes * width];
                let grads = [&grad[of_lanes(step)], &dh];
                differentiate(hidden, gates, [cells(step), c], grads, &mut dc);
                if previous.is_none() {
                    continue;
                }
                let gates = MatrixView::by_rows(gates, lanes, width, width);
                multiply(&mut dh, hidden, Start::Zero, gates, &weights.recurrent);
                let keep = self.keep(step).iter().enumerate();
                for (lane, _) in keep.filter(|(_, keep)| **keep == 0.0) {
                    dh[lane * hidden..][..hidden].fill(0.0);
                    dc[lane * hidden..][..hidden].fill(0.0);
                }
            }
            let gates = &tape.gates[range.start * lanes * width..][..rows * width];
            add_rows(gates, &mut bias);
            let gates = MatrixView::by_rows(gates, rows, width, width);
            let last = index + 1 == order.len().div_ceil(length);
            let start = if last { Start::Zero } else { Start::Result };
            self.multiply(dw, columns, start, gates.transposed(), &both);
            copy.resize(rows * inputs, 0.0);
            self.multiply(&mut copy[..rows * inputs], inputs, Start::Zero, gates, &weights.input);
            self.apply_mask(&mut copy[..rows * inputs]);
            for (dx, rows) in dx[range].iter_mut().zip(copy.chunks_exact(lanes * inputs)) {
                dx.copy_from_slice(rows);
            }
        }
        for (row, bias) in dw.chunks_exact_mut(columns).zip(bias) {
            row[columns - 1] = bias;
        }
    }

    /// A product of many rows, on all of this pass's threads.
    fn multiply(
        &self,
        out: &mut [f32],
        stride: usize,
        start: Start<'_>,
        left: MatrixView<'_>,
        right: &PackedMatrix,
    ) {
        if self.threads == 1 {
            return multiply(out, stride, start, left, right);
        }
        let rows = left.rows().div_ceil(self.threads);
        out.par_chunks_mut(rows * stride).enumerate().for_each(|(part, out)| {
            multiply(out, stride, start, left.some_rows(part * rows, rows), right);
        });
    }
}

/// The steps of a chunk, in the order of time.
fn consecutive(chunk: &[Step]) -> std::ops::Range<usize> {
    let (first, last) = (chunk[0].0, chunk[chunk.len() - 1].0);
    first.min(last)..first.max(last) + 1
}
