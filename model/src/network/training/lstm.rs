//! A layer of LSTM over a batch of sequences, both directions at once, as one Candle operation.
//!
//! Candle's own LSTM makes dozens of small tensors a step. Here the input products of all steps are
//! one large matrix product, each step adds one product with the recurrent weights, and the backward
//! pass (backpropagation through time) is written out over plain slices. Each direction runs on a
//! core of its own.
//!
//! Shapes, with T steps, B lanes, E inputs, H units, D = 1 (forward) or 2 directions; a tensor's rows
//! are ordered by step, then by lane:
//!
//! * `x`: (D, T B, E), what each direction reads;
//! * `w`: (D, 4 H, E + H + 1), input weights, recurrent weights and bias side by side; gates in
//!   PyTorch's order: input, forget, cell, output;
//! * the result: (D, T B, H), the hidden states; the second direction reads from the last step to
//!   the first.

use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor};
use multiversion::multiversion;
use rayon::prelude::*;

use super::ops::add_rows;
use super::slices::{operand, with_slice};
use crate::network::kernel::activation::{activate_gates, tanh};
use crate::network::kernel::matmul::{View, multiply};

/// Hidden and cell state of one layer, (B, H) each.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerState {
    /// Hidden state.
    pub hidden: Vec<f32>,
    /// Cell state.
    pub cell: Vec<f32>,
}

/// Where each direction must forget what it carries: (T B) numbers by which the state is multiplied
/// before a step, 0 or 1.
pub type Keep = Arc<Vec<f32>>;

/// Runs a layer. `keep` has one entry for each direction; the forward direction starts from `start`,
/// the other from nothing. Gives the hidden states and the forward direction's state at the end.
///
/// # Errors
/// Where the shapes do not fit or the tensors are not in main memory.
pub fn lstm(
    x: &Tensor,
    w: &Tensor,
    keep: &[Keep],
    start: LayerState,
) -> Result<(Tensor, LayerState)> {
    let (directions, rows, inputs) = x.dims3()?;
    let (_, gates, columns) = w.dims3()?;
    let hidden = gates / 4;
    let lanes = start.hidden.len() / hidden;
    let fits = w.dims3()? == (directions, 4 * hidden, inputs + hidden + 1)
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
    let sizes = Sizes { steps: rows / lanes, lanes, inputs, hidden, columns };
    let tapes = Arc::new(Mutex::new(Vec::new()));
    let op = Lstm { sizes, keep: keep.to_vec(), start, tapes: Arc::clone(&tapes) };
    let out = x.contiguous()?.apply_op2(&w.contiguous()?, op)?;
    let last = (sizes.steps - 1) * lanes * hidden;
    let hidden = with_slice(&out, |out| Ok(out[last..last + lanes * sizes.hidden].to_vec()))?;
    let cell = lock(&tapes)[0].cells[last..].to_vec();
    Ok((out, LayerState { hidden, cell }))
}

#[derive(Clone, Copy)]
struct Sizes {
    steps: usize,
    lanes: usize,
    inputs: usize,
    hidden: usize,
    /// Columns of the weights: inputs + hidden + 1.
    columns: usize,
}

struct Lstm {
    sizes: Sizes,
    keep: Vec<Keep>,
    start: LayerState,
    /// What the forward pass leaves for the backward pass, by direction.
    tapes: Arc<Mutex<Vec<Tape>>>,
}

#[derive(Default)]
struct Tape {
    /// (T B, 4 H), after their activations.
    gates: Vec<f32>,
    /// (T B, H)
    cells: Vec<f32>,
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
        let rows = steps * lanes;
        let mut out = vec![0.0f32; self.keep.len() * rows * hidden];
        let tapes: Vec<Tape> = out
            .par_chunks_exact_mut(rows * hidden)
            .enumerate()
            .map(|(direction, out)| self.pass(direction, x, w).forward(out))
            .collect();
        *lock(&self.tapes) = tapes;
        Ok((CpuStorage::F32(out), (self.keep.len(), rows, hidden).into()))
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
        if tapes.len() != self.keep.len() {
            candle_core::bail!("lstm: the backward pass runs once for each forward pass");
        }
        let mut dx = vec![0.0f32; x.elem_count()];
        let mut dw = vec![0.0f32; w.elem_count()];
        let state = self.sizes.steps * self.sizes.lanes * self.sizes.hidden;
        with_slice(x, |x| {
            with_slice(w, |w| {
                with_slice(out, |out| {
                    with_slice(&grad, |grad| {
                        let directions = self.keep.len();
                        dx.par_chunks_exact_mut(x.len() / directions)
                            .zip(dw.par_chunks_exact_mut(w.len() / directions))
                            .zip(tapes)
                            .enumerate()
                            .for_each(|(direction, ((dx, dw), tape))| {
                                let part = direction * state..(direction + 1) * state;
                                self.pass(direction, x, w).backward(
                                    tape,
                                    &out[part.clone()],
                                    &grad[part],
                                    dx,
                                    dw,
                                );
                            });
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
    fn pass<'a>(&'a self, direction: usize, x: &'a [f32], w: &'a [f32]) -> Pass<'a> {
        let (x_size, w_size) = (x.len() / self.keep.len(), w.len() / self.keep.len());
        Pass {
            sizes: self.sizes,
            reverse: direction == 1,
            x: &x[direction * x_size..][..x_size],
            w: &w[direction * w_size..][..w_size],
            keep: &self.keep[direction],
            start: &self.start,
            threads: (rayon::current_num_threads() / self.keep.len()).max(1),
        }
    }
}

/// One direction's work.
struct Pass<'a> {
    sizes: Sizes,
    reverse: bool,
    x: &'a [f32],
    w: &'a [f32],
    keep: &'a [f32],
    start: &'a LayerState,
    threads: usize,
}

impl Pass<'_> {
    /// Steps in the order in which this direction reads them, each with the one read before it.
    fn order(&self) -> impl DoubleEndedIterator<Item = (usize, Option<usize>)> + use<> {
        let (steps, reverse) = (self.sizes.steps, self.reverse);
        (0..steps).map(move |i| match (reverse, i) {
            (false, _) => (i, i.checked_sub(1)),
            (true, 0) => (steps - 1, None),
            (true, _) => (steps - 1 - i, Some(steps - i)),
        })
    }

    /// The state before a step, forgotten where it must be: `states` holds the layer's (T B, H), and
    /// `start` what holds before the first step of the forward direction.
    fn before(
        &self,
        states: &[f32],
        start: &[f32],
        step: usize,
        previous: Option<usize>,
        into: &mut [f32],
    ) {
        let Sizes { lanes, hidden, .. } = self.sizes;
        let from = match previous {
            Some(previous) => &states[previous * lanes * hidden..][..lanes * hidden],
            None if !self.reverse => start,
            None => return into.fill(0.0),
        };
        for (lane, (into, from)) in
            into.chunks_exact_mut(hidden).zip(from.chunks_exact(hidden)).enumerate()
        {
            let keep = self.keep[step * lanes + lane];
            for (into, from) in into.iter_mut().zip(from) {
                *into = keep * from;
            }
        }
    }

    fn forward(&self, out: &mut [f32]) -> Tape {
        let Sizes { steps, lanes, inputs, hidden, columns } = self.sizes;
        let (rows, width) = (steps * lanes, 4 * hidden);
        let mut gates = vec![0.0f32; rows * width];
        let bias: Vec<f32> = self.w.chunks_exact(columns).map(|row| row[columns - 1]).collect();
        for row in gates.chunks_exact_mut(width) {
            row.copy_from_slice(&bias);
        }
        let input = View::by_rows(self.w, width, inputs, columns).transposed();
        multiply(
            &mut gates,
            width,
            true,
            View::by_rows(self.x, rows, inputs, inputs),
            input,
            self.threads,
        );

        // Laid out as the product below reads them, once for all steps.
        let mut recurrent = vec![0.0f32; hidden * width];
        for (gate, row) in self.w.chunks_exact(columns).enumerate() {
            for (unit, &weight) in row[inputs..inputs + hidden].iter().enumerate() {
                recurrent[unit * width + gate] = weight;
            }
        }
        let recurrent = View::by_rows(&recurrent, hidden, width, width);
        let mut cells = vec![0.0f32; rows * hidden];
        let (mut h, mut c) = (vec![0.0f32; lanes * hidden], vec![0.0f32; lanes * hidden]);
        for (step, previous) in self.order() {
            self.before(out, &self.start.hidden, step, previous, &mut h);
            self.before(&cells, &self.start.cell, step, previous, &mut c);
            let gates = &mut gates[step * lanes * width..][..lanes * width];
            multiply(
                gates,
                width,
                true,
                View::by_rows(&h, lanes, hidden, hidden),
                recurrent,
                self.threads,
            );
            let part = step * lanes * hidden..(step + 1) * lanes * hidden;
            activate(hidden, gates, &c, &mut cells[part.clone()], &mut out[part]);
        }
        Tape { gates, cells }
    }

    fn backward(&self, tape: Tape, out: &[f32], grad: &[f32], dx: &mut [f32], dw: &mut [f32]) {
        let Sizes { steps, lanes, inputs, hidden, columns } = self.sizes;
        let (rows, width) = (steps * lanes, 4 * hidden);
        let Tape { mut gates, cells } = tape;
        // Recurrent weights by rows, close together.
        let recurrent: Vec<f32> = self
            .w
            .chunks_exact(columns)
            .flat_map(|row| &row[inputs..inputs + hidden])
            .copied()
            .collect();
        let recurrent = View::by_rows(&recurrent, width, hidden, hidden);
        let mut before = vec![0.0f32; rows * hidden];
        let mut c = vec![0.0f32; lanes * hidden];
        let (mut dh, mut dc) = (vec![0.0f32; lanes * hidden], vec![0.0f32; lanes * hidden]);
        for (step, previous) in self.order().rev() {
            let part = step * lanes * hidden..(step + 1) * lanes * hidden;
            self.before(out, &self.start.hidden, step, previous, &mut before[part.clone()]);
            self.before(&cells, &self.start.cell, step, previous, &mut c);
            let gates = &mut gates[step * lanes * width..][..lanes * width];
            differentiate(hidden, gates, &cells[part.clone()], &c, &grad[part], &mut dh, &mut dc);
            multiply(
                &mut dh,
                hidden,
                false,
                View::by_rows(gates, lanes, width, width),
                recurrent,
                self.threads,
            );
            for (lane, &keep) in self.keep[step * lanes..][..lanes].iter().enumerate() {
                if keep == 0.0 {
                    dh[lane * hidden..][..hidden].fill(0.0);
                    dc[lane * hidden..][..hidden].fill(0.0);
                }
            }
        }
        let d_gates = View::by_rows(&gates, rows, width, width);
        multiply(
            dx,
            inputs,
            false,
            d_gates,
            View::by_rows(self.w, width, inputs, columns),
            self.threads,
        );
        let d_gates = d_gates.transposed();
        multiply(
            dw,
            columns,
            false,
            d_gates,
            View::by_rows(self.x, rows, inputs, inputs),
            self.threads,
        );
        multiply(
            &mut dw[inputs..],
            columns,
            false,
            d_gates,
            View::by_rows(&before, rows, hidden, hidden),
            self.threads,
        );
        let mut bias = vec![0.0f32; width];
        add_rows(&gates, &mut bias);
        for (row, bias) in dw.chunks_exact_mut(columns).zip(bias) {
            row[columns - 1] = bias;
        }
    }
}

/// The four gates of a lane. All slices have one known length, so that loops over them vectorise.
#[inline(always)]
fn quarters(gates: &mut [f32], hidden: usize) -> [&mut [f32]; 4] {
    let (i, rest) = gates.split_at_mut(hidden);
    let (f, rest) = rest.split_at_mut(hidden);
    let (g, o) = rest.split_at_mut(hidden);
    [i, f, g, &mut o[..hidden]]
}

/// One step of all lanes: gates become their activations; `before` is the cell state before it.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2"))]
fn activate(hidden: usize, gates: &mut [f32], before: &[f32], cells: &mut [f32], out: &mut [f32]) {
    let lanes = gates.chunks_exact_mut(4 * hidden).zip(before.chunks_exact(hidden));
    let states = cells.chunks_exact_mut(hidden).zip(out.chunks_exact_mut(hidden));
    for ((gates, before), (cells, out)) in lanes.zip(states) {
        // One slice at a time: loops over many at once do not vectorise.
        activate_gates(gates);
        let [i, f, g, o] = quarters(gates, hidden);
        for ((cell, before), (i, (f, g))) in
            cells.iter_mut().zip(before).zip(i.iter().zip(f.iter().zip(g.iter())))
        {
            *cell = f * before + i * g;
        }
        for (out, cell) in out.iter_mut().zip(cells.iter()) {
            *out = tanh(*cell);
        }
        for (out, o) in out.iter_mut().zip(o.iter()) {
            *out *= o;
        }
    }
}

/// The step back: activations become gradients of the gates before them. `dh` and `dc` hold what
/// later steps ask for, and receive in `dc` what the step before is asked for.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2"))]
fn differentiate(
    hidden: usize,
    gates: &mut [f32],
    cells: &[f32],
    before: &[f32],
    grad: &[f32],
    dh: &mut [f32],
    dc: &mut [f32],
) {
    let lanes = gates
        .chunks_exact_mut(4 * hidden)
        .zip(cells.chunks_exact(hidden))
        .zip(before.chunks_exact(hidden));
    let grads =
        grad.chunks_exact(hidden).zip(dh.chunks_exact(hidden)).zip(dc.chunks_exact_mut(hidden));
    let mut tanhs = vec![0.0f32; hidden];
    for (((gates, cells), before), ((grad, dh), dc)) in lanes.zip(grads) {
        for (t, cell) in tanhs.iter_mut().zip(cells) {
            *t = tanh(*cell);
        }
        let [i, f, g, o] = quarters(gates, hidden);
        for unit in 0..hidden {
            let dh = grad[unit] + dh[unit];
            let t = tanhs[unit];
            let d = dc[unit] + dh * o[unit] * (1.0 - t * t);
            dc[unit] = d * f[unit];
            let (di, df, dg) = (d * g[unit], d * before[unit], d * i[unit]);
            o[unit] = dh * t * o[unit] * (1.0 - o[unit]);
            i[unit] = di * i[unit] * (1.0 - i[unit]);
            f[unit] = df * f[unit] * (1.0 - f[unit]);
            g[unit] = dg * (1.0 - g[unit] * g[unit]);
        }
    }
}
