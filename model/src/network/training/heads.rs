//! The heads and the loss, as one Candle operation.
//!
//! Everything after the LSTM is a handful of thin products and lookups, whose small tensors would
//! cost more to make than to compute. Here they are done for a chunk of rows at a time, which stays
//! in the cache. Since the result is the loss itself, the same pass computes the gradients: the
//! backward pass hands them out.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use super::batch::{Batch, HEAD_STRIDE, Targets};
use super::choice_loss::{ChoiceLoss, Choices, cross_entropy_rows};
use super::head_parameters::Offsets;
use super::lstm::Mask;
use super::ops::{Selection, add_rows, gather, scale_rows, scatter};
use super::slices::{operand, with_slice};
use crate::network::kernel::matmul::{MatrixView, PackedMatrix, Start, multiply};
use crate::network::kernel::simd::vectorized;
use crate::network::rows::Rows;
use crate::network::{Config, Head};

/// Chunks that a batch is divided into, whatever the number of threads, so that sums have a fixed order.
const CHUNKS: usize = 8;
/// Rows of a chunk at least, where there are two: each one adds up gradients of its own.
const CHUNK_ROWS: usize = 256;

/// Parameters whose gradients one task adds up.
const BLOCK: usize = 16 * 1024;

/// The loss of a batch, in nats a note, as a tensor of one number; and what each head's choices cost.
///
/// `states`, (D, T B, H), are the hidden states of the forward and, where the batch foresees, the
/// backward direction, which `mask`, (B, H), multiplies in every step; `parameters` lie as [`layout`] says.
/// `gradients` says whether they are wanted.
pub(super) fn heads(
    config: &Config,
    rows: &Rows,
    batch: &Batch,
    states: &Tensor,
    parameters: &Tensor,
    mask: Option<&Mask>,
    gradients: bool,
) -> Result<(Tensor, Choices)> {
    let exists = |head: Head, targets: &Targets| {
        let entries = rows.choices(head) as u32;
        let table = rows.head(head) as u32;
        let fields = rows.head_fields(head);
        let allowed = |row: usize, chosen: u32| {
            let allowed = targets.allowed(row, entries as usize);
            // Padding chooses nothing.
            targets.weight[row] == 0.0 || allowed.is_none_or(|it| it[chosen as usize])
        };
        let chosen = targets.chosen.iter().zip(&targets.lowest).enumerate();
        targets.part.iter().all(|&part| (part as usize) < rows.choices(Head::Part))
            && chosen.clone().all(|(_, (chosen, lowest))| lowest <= chosen && *chosen < entries)
            && chosen.clone().all(|(row, (chosen, _))| allowed(row, *chosen))
            && batch.heads[head as usize]
                .chunks_exact(HEAD_STRIDE)
                .all(|row| row[..fields].iter().all(|&row| row < table))
    };
    let count = batch.steps * batch.lanes;
    let fits = states.dims3()? == (batch.keep.len(), count, config.hidden)
        && rows.choosing().iter().all(|&head| exists(head, &batch.targets[head as usize]))
        && mask.is_none_or(|mask| mask.len() == batch.lanes * config.hidden)
        && batch.future.iter().all(|&row| row as usize <= count);
    if !fits {
        candle_core::bail!("heads: the batch does not fit the network and its vocabulary");
    }
    let computed = Arc::new(Mutex::new(Computed::default()));
    let op = Heads {
        sizes: Sizes { hidden: config.hidden, width: config.head, lanes: batch.lanes, count },
        mask: mask.cloned(),
        rows: *rows,
        offsets: Offsets::new(config, rows),
        future: batch.foresees.then(|| Arc::clone(&batch.future)),
        heads: batch.heads.clone(),
        targets: batch.targets.clone(),
        scale: 1.0 / batch.notes.max(1) as f32,
        gradients,
        computed: Arc::clone(&computed),
    };
    let loss = states.contiguous()?.apply_op2(parameters, op)?;
    let choices = lock(&computed).choices;
    Ok((loss, choices))
}

#[derive(Clone, Copy)]
struct Sizes {
    hidden: usize,
    width: usize,
    lanes: usize,
    /// Rows of the batch: T B.
    count: usize,
}

struct Heads {
    sizes: Sizes,
    mask: Option<Mask>,
    rows: Rows,
    offsets: Offsets,
    /// The row whose backward state each row reads; `None` where the whole batch knows nothing.
    future: Option<Arc<Vec<u32>>>,
    heads: [Arc<Vec<u32>>; Head::COUNT],
    targets: [Arc<Targets>; Head::COUNT],
    /// One over the notes.
    scale: f32,
    /// Whether the gradients are wanted.
    gradients: bool,
    computed: Arc<Mutex<Computed>>,
}

/// What the pass finds: the loss, and where they are wanted its gradients.
#[derive(Default)]
struct Computed {
    choices: Choices,
    states: Vec<f32>,
    parameters: Vec<f32>,
}

fn lock(computed: &Mutex<Computed>) -> std::sync::MutexGuard<'_, Computed> {
    computed.lock().unwrap_or_else(PoisonError::into_inner)
}

impl CustomOp2 for Heads {
    fn name(&self) -> &'static str {
        "heads"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (states, parameters) = (operand(s1, l1)?, operand(s2, l2)?);
        let Sizes { hidden, lanes, count, .. } = self.sizes;
        // Whole steps, so that every chunk begins with the first lane.
        let rows = count.div_ceil(CHUNKS).max(CHUNK_ROWS.min(count.div_ceil(2)));
        let chunk = rows.next_multiple_of(lanes);
        let mut d_past = vec![0.0f32; count * hidden];
        let mut d_future = vec![0.0f32; if self.future.is_some() { count * hidden } else { 0 }];
        let packed = Packed::new(self, parameters);
        let mut futures: Vec<&mut [f32]> = d_future.chunks_mut(chunk * hidden).collect();
        futures.resize_with(count.div_ceil(chunk), Default::default);
        let parts: Vec<(Choices, Vec<f32>)> = d_past
            .par_chunks_mut(chunk * hidden)
            .zip(futures)
            .enumerate()
            .map(|(index, (d_past, d_future))| {
                let first = index * chunk;
                let rows = first..(first + chunk).min(count);
                self.pass(states, parameters, &packed, rows, d_past, d_future)
            })
            .collect();
        let mut computed = Computed { states: d_past, ..Computed::default() };
        computed.parameters = vec![0.0; if self.gradients { self.offsets.end } else { 0 }];
        for (choices, _) in &parts {
            for (sum, choice) in computed.choices.iter_mut().zip(choices) {
                sum.nats += choice.nats;
                sum.hits += choice.hits;
            }
        }
        computed.parameters.par_chunks_mut(BLOCK).enumerate().for_each(|(block, sums)| {
            for (_, gradient) in &parts {
                add_rows(&gradient[block * BLOCK..][..sums.len()], sums);
            }
        });
        if let Some(future) = &self.future {
            self.add_future_gradients(future, &mut d_future, &mut computed);
        }
        let nats: f64 = computed.choices.iter().map(|choice| choice.nats).sum();
        *lock(&self.computed) = computed;
        Ok((CpuStorage::F32(vec![(nats * f64::from(self.scale)) as f32]), Shape::from(1)))
    }

    fn bwd(
        &self,
        states: &Tensor,
        parameters: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        if !self.gradients {
            candle_core::bail!("heads: no gradients were asked for");
        }
        let scale = with_slice(grad, |grad| Ok(grad[0]))?;
        let mut computed = std::mem::take(&mut *lock(&self.computed));
        if scale != 1.0 {
            computed
                .states
                .iter_mut()
                .chain(&mut computed.parameters)
                .for_each(|value| *value *= scale);
        }
        let device = states.device();
        Ok((
            Some(Tensor::from_vec(computed.states, states.shape(), device)?),
            Some(Tensor::from_vec(computed.parameters, parameters.shape(), device)?),
        ))
    }
}

/// The matrices among the parameters, packed once for all rows. C heads choose.
struct Packed {
    /// From the forward state, and from the backward state, to the contexts of all heads: (H, C K).
    contexts: [PackedMatrix; 2],
    /// From inner layer to choices, by the order of the heads: (K, choices).
    outputs: Vec<PackedMatrix>,
    /// The same the other way round, where gradients are wanted.
    back: Option<([PackedMatrix; 2], Vec<PackedMatrix>)>,
}

impl Packed {
    fn new(heads: &Heads, parameters: &[f32]) -> Self {
        let Sizes { hidden, width, .. } = heads.sizes;
        let choosing = heads.rows.choosing();
        let contexts = [0, 1].map(|side| {
            let outputs = choosing.len() * width;
            MatrixView::by_rows(&parameters[side * hidden..], outputs, hidden, 2 * hidden)
        });
        let output = |&head: &Head| {
            let first = heads.offsets.output[head as usize];
            MatrixView::by_rows(&parameters[first..], heads.rows.choices(head), width, width)
        };
        let outputs = || choosing.iter().map(output);
        let back = || (contexts.map(PackedMatrix::new), outputs().map(PackedMatrix::new).collect());
        Self {
            contexts: contexts.map(|view| PackedMatrix::new(view.transposed())),
            outputs: outputs().map(|view| PackedMatrix::new(view.transposed())).collect(),
            back: heads.gradients.then(back),
        }
    }
}

impl Heads {
    /// The loss of some rows, and the gradients of the parameters; `d_past` and `d_future` receive those
    /// of the rows' states.
    fn pass(
        &self,
        states: &[f32],
        parameters: &[f32],
        packed: &Packed,
        rows: Range<usize>,
        d_past: &mut [f32],
        d_future: &mut [f32],
    ) -> (Choices, Vec<f32>) {
        let Sizes { hidden, width, count, .. } = self.sizes;
        let n = rows.len();
        let contexts = self.rows.choosing().len() * width;
        let unknown = &parameters[self.offsets.unknown..][..hidden];
        let mut copy = Vec::new();
        let past = &states[rows.start * hidden..rows.end * hidden];
        let past = match &self.mask {
            Some(mask) => {
                copy.extend_from_slice(past);
                scale_rows(&mut copy, mask);
                &copy[..]
            }
            None => past,
        };
        let past = MatrixView::by_rows(past, n, hidden, hidden);

        // Every row's future state; or one row, where no row knows anything.
        let mut known = Vec::with_capacity(n * hidden);
        match &self.future {
            Some(future) => {
                for &row in &future[rows.clone()] {
                    let row = row as usize;
                    if row >= count {
                        known.extend_from_slice(unknown);
                        continue;
                    }
                    known.extend_from_slice(&states[(count + row) * hidden..][..hidden]);
                    if let Some(mask) = self.mask_of(row) {
                        let first = known.len() - hidden;
                        scale_rows(&mut known[first..], mask);
                    }
                }
            }
            None => known.extend_from_slice(unknown),
        }
        let known_rows = known.len() / hidden;
        let known = MatrixView::by_rows(&known, known_rows, hidden, hidden);
        let mut of_known = vec![0.0f32; known_rows * contexts];
        multiply(&mut of_known, contexts, Start::Zero, known, &packed.contexts[1]);
        let (mut context, start) = match self.future {
            Some(_) => (of_known, Start::Result),
            None => (vec![0.0f32; n * contexts], Start::Row(&of_known)),
        };
        multiply(&mut context, contexts, start, past, &packed.contexts[0]);

        let mut gradient = vec![0.0f32; if self.gradients { self.offsets.end } else { 0 }];
        let mut choices = Choices::default();
        for &head in self.rows.choosing() {
            choices[head as usize] =
                self.head(head, parameters, packed, rows.clone(), &mut context, &mut gradient);
        }
        let Some((weights, _)) = &packed.back else { return (choices, gradient) };

        // `context` now holds its own gradient.
        let d_context = MatrixView::by_rows(&context, n, contexts, contexts);
        multiply(d_past, hidden, Start::Zero, d_context, &weights[0]);
        if let Some(mask) = &self.mask {
            scale_rows(d_past, mask);
        }
        let (past, known) = (PackedMatrix::new(past), PackedMatrix::new(known));
        multiply(&mut gradient, 2 * hidden, Start::Zero, d_context.transposed(), &past);
        if self.future.is_some() {
            multiply(d_future, hidden, Start::Zero, d_context, &weights[1]);
            multiply(
                &mut gradient[hidden..],
                2 * hidden,
                Start::Zero,
                d_context.transposed(),
                &known,
            );
        } else {
            let mut sum = vec![0.0f32; contexts];
            add_rows(&context, &mut sum);
            let sum = MatrixView::by_rows(&sum, 1, contexts, contexts);
            multiply(&mut gradient[self.offsets.unknown..], hidden, Start::Zero, sum, &weights[1]);
            multiply(&mut gradient[hidden..], 2 * hidden, Start::Zero, sum.transposed(), &known);
        }
        (choices, gradient)
    }

    /// One head over some rows; replaces its columns of `context` by their gradient.
    fn head(
        &self,
        head: Head,
        parameters: &[f32],
        packed: &Packed,
        rows: Range<usize>,
        context: &mut [f32],
        gradient: &mut [f32],
    ) -> ChoiceLoss {
        let width = self.sizes.width;
        let (index, n, entries) = (head as usize, rows.len(), self.rows.choices(head));
        let (order, contexts) = (self.rows.order(head), self.rows.choosing().len() * width);
        let (table_size, fields) = (self.rows.head(head) * width, self.rows.head_fields(head));
        let selected = &self.heads[index][rows.start * HEAD_STRIDE..rows.end * HEAD_STRIDE];
        let selected = Selection { rows: selected, fields, stride: HEAD_STRIDE };
        let table = &parameters[self.offsets.table[index]..][..table_size];
        let bias = &parameters[self.offsets.bias[index]..][..entries];

        let mut inner = Vec::with_capacity(n * width);
        for row in context.chunks_exact(contexts) {
            inner.extend_from_slice(&row[order * width..][..width]);
        }
        gather(table, width, selected, &mut inner);
        inner.iter_mut().for_each(|value| *value = value.max(0.0));
        let mut logits = vec![0.0f32; n * entries];
        let inner_view = MatrixView::by_rows(&inner, n, width, width);
        multiply(&mut logits, entries, Start::Row(bias), inner_view, &packed.outputs[order]);

        let targets = (&*self.targets[index], rows, self.scale);
        let sum = vectorized(cross_entropy_rows, (&mut logits[..], entries, targets));
        let Some((_, outputs)) = &packed.back else { return sum };

        let d_logits = MatrixView::by_rows(&logits, n, entries, entries);
        multiply(
            &mut gradient[self.offsets.output[index]..],
            width,
            Start::Zero,
            d_logits.transposed(),
            &PackedMatrix::new(inner_view),
        );
        add_rows(&logits, &mut gradient[self.offsets.bias[index]..][..entries]);
        let mut d_inner = vec![0.0f32; n * width];
        multiply(&mut d_inner, width, Start::Zero, d_logits, &outputs[order]);
        for (d, inner) in d_inner.iter_mut().zip(&inner) {
            *d = if *inner > 0.0 { *d } else { 0.0 };
        }
        let d_table = &mut gradient[self.offsets.table[index]..][..table_size];
        scatter(&d_inner, width, 0..width, selected, d_table);
        for (context, d) in context.chunks_exact_mut(contexts).zip(d_inner.chunks_exact(width)) {
            context[order * width..][..width].copy_from_slice(d);
        }
        sum
    }

    /// What multiplies the states of a row of the batch.
    fn mask_of(&self, row: usize) -> Option<&[f32]> {
        let Sizes { hidden, lanes, .. } = self.sizes;
        self.mask.as_ref().map(|mask| &mask[row % lanes * hidden..][..hidden])
    }

    /// Adds each row's gradient to the backward state that it read, or to the learned stand-in.
    fn add_future_gradients(&self, future: &[u32], d_future: &mut [f32], computed: &mut Computed) {
        let Sizes { hidden, count, .. } = self.sizes;
        computed.states.resize(2 * count * hidden, 0.0);
        if !self.gradients {
            return;
        }
        for (&row, d) in future.iter().zip(d_future.chunks_exact_mut(hidden)) {
            let row = row as usize;
            if row >= count {
                add_rows(d, &mut computed.parameters[self.offsets.unknown..][..hidden]);
                continue;
            }
            if let Some(mask) = self.mask_of(row) {
                scale_rows(d, mask);
            }
            add_rows(d, &mut computed.states[(count + row) * hidden..][..hidden]);
        }
    }
}
