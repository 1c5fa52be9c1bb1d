//! Small custom operations, each with its own backward pass: sums of table rows, dropout that holds
//! for a whole sequence, and the cross-entropy of a masked choice.

use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use multiversion::multiversion;
use rayon::prelude::*;

use super::slices::{operand, with_slice};

/// Rows of a result that one task computes. Fixed, so that sums over tasks have a fixed order.
const CHUNK: usize = 256;

/// Sums of table rows: row n of the result, (N, K), is the sum of the rows of `table`, (R, K), that
/// `rows[n * stride..][..fields]` names.
///
/// # Errors
/// Where a row does not exist, or the table is not in main memory.
pub fn sum_rows(
    table: &Tensor,
    rows: Arc<Vec<u32>>,
    fields: usize,
    stride: usize,
) -> Result<Tensor> {
    let count = table.dim(0)?;
    let selected = || rows.chunks_exact(stride).flat_map(|row| &row[..fields]);
    if fields > stride || selected().any(|&row| row as usize >= count) {
        candle_core::bail!("sum_rows: a row lies beyond the table's {count}");
    }
    table.contiguous()?.apply_op1(SumRows { rows, fields, stride })
}

struct SumRows {
    rows: Arc<Vec<u32>>,
    fields: usize,
    stride: usize,
}

impl CustomOp1 for SumRows {
    fn name(&self) -> &'static str {
        "sum_rows"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let table = operand(storage, layout)?;
        let width = layout.shape().dims2()?.1;
        let count = self.rows.len() / self.stride;
        let mut out = vec![0.0f32; count * width];
        out.par_chunks_mut(CHUNK * width).zip(self.rows.par_chunks(CHUNK * self.stride)).for_each(
            |(out, rows)| {
                gather(table, width, rows, self.fields, self.stride, out);
            },
        );
        Ok((CpuStorage::F32(out), (count, width).into()))
    }

    fn bwd(&self, table: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let (count, width) = table.dims2()?;
        // Each task adds up some columns for all rows: no two write to one place, and each place is
        // summed in the order of the rows however many tasks there are.
        let columns = width.div_ceil(rayon::current_num_threads()).next_multiple_of(16);
        let parts: Vec<Vec<f32>> = with_slice(&grad.contiguous()?, |grad| {
            Ok((0..width.div_ceil(columns))
                .into_par_iter()
                .map(|part| {
                    let first = part * columns;
                    let columns = columns.min(width - first);
                    let mut sums = vec![0.0f32; count * columns];
                    scatter(
                        grad,
                        width,
                        first,
                        &self.rows,
                        self.fields,
                        self.stride,
                        columns,
                        &mut sums,
                    );
                    sums
                })
                .collect())
        })?;
        let mut sums = vec![0.0f32; count * width];
        for (part, partial) in parts.iter().enumerate() {
            let columns_here = partial.len() / count;
            for (sums, partial) in
                sums.chunks_exact_mut(width).zip(partial.chunks_exact(columns_here))
            {
                sums[part * columns..][..columns_here].copy_from_slice(partial);
            }
        }
        Ok(Some(Tensor::from_vec(sums, table.shape(), table.device())?))
    }
}

#[multiversion(targets("x86_64+avx512f", "x86_64+avx2"))]
fn gather(
    table: &[f32],
    width: usize,
    rows: &[u32],
    fields: usize,
    stride: usize,
    out: &mut [f32],
) {
    for (rows, out) in rows.chunks_exact(stride).zip(out.chunks_exact_mut(width)) {
        for &row in &rows[..fields] {
            for (out, value) in out.iter_mut().zip(&table[row as usize * width..][..width]) {
                *out += value;
            }
        }
    }
}

#[allow(clippy::too_many_arguments, reason = "a kernel: plain slices and sizes")]
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2"))]
fn scatter(
    grad: &[f32],
    width: usize,
    first: usize,
    rows: &[u32],
    fields: usize,
    stride: usize,
    columns: usize,
    sums: &mut [f32],
) {
    for (rows, grad) in rows.chunks_exact(stride).zip(grad.chunks_exact(width)) {
        let grad = &grad[first..first + columns];
        for &row in &rows[..fields] {
            for (sum, value) in sums[row as usize * columns..][..columns].iter_mut().zip(grad) {
                *sum += value;
            }
        }
    }
}

/// Multiplies row n of `x`, (N, K), by row n mod B of `mask`, (B, K): dropout whose choice holds for
/// a whole sequence (Gal and Ghahramani, arXiv 1512.05287).
///
/// # Errors
/// Where the tensor is not in main memory.
pub fn scale_lanes(x: &Tensor, mask: Arc<Vec<f32>>) -> Result<Tensor> {
    x.contiguous()?.apply_op1(ScaleLanes { mask })
}

struct ScaleLanes {
    mask: Arc<Vec<f32>>,
}

impl ScaleLanes {
    fn apply(&self, x: &[f32]) -> Vec<f32> {
        let mut out = x.to_vec();
        out.par_chunks_mut(self.mask.len()).for_each(|lanes| {
            for (value, mask) in lanes.iter_mut().zip(self.mask.iter()) {
                *value *= mask;
            }
        });
        out
    }
}

impl CustomOp1 for ScaleLanes {
    fn name(&self) -> &'static str {
        "scale_lanes"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        Ok((CpuStorage::F32(self.apply(operand(storage, layout)?)), layout.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let scaled = with_slice(&grad.contiguous()?, |grad| Ok(self.apply(grad)))?;
        Ok(Some(Tensor::from_vec(scaled, x.shape(), x.device())?))
    }
}

/// The choice that a head has to make in each row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Targets {
    /// The entry that was chosen in the piece.
    pub chosen: Vec<u32>,
    /// The first entry that may be chosen: those before it are masked out.
    pub lowest: Vec<u32>,
    /// How much the row counts: 0 for padding.
    pub weight: Vec<f32>,
}

/// What a head's choices cost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ChoiceLoss {
    /// Sum of -ln P(chosen) over the rows, each times its weight.
    pub nats: f64,
    /// Sum of the weights of the rows whose likeliest entry was the one chosen.
    pub hits: f64,
}

/// The cross-entropy of masked choices: `logits` is (N, V), the result a tensor of one number, the sum
/// over the rows, for the backward pass; the same sum, in double precision, comes beside it.
///
/// # Errors
/// Where a target does not exist or is masked, or the logits are not in main memory.
pub fn choice_loss(logits: &Tensor, targets: Arc<Targets>) -> Result<(Tensor, ChoiceLoss)> {
    let (rows, entries) = logits.dims2()?;
    let exists = |(&chosen, &lowest): (&u32, &u32)| lowest <= chosen && (chosen as usize) < entries;
    if targets.chosen.len() != rows || !targets.chosen.iter().zip(&targets.lowest).all(exists) {
        candle_core::bail!(
            "choice_loss: a target lies outside the {entries} entries, or is masked"
        );
    }
    let found = Arc::new(Mutex::new(Found::default()));
    let loss =
        logits.contiguous()?.apply_op1(CrossEntropy { targets, found: Arc::clone(&found) })?;
    let sum = lock(&found).loss;
    Ok((loss, sum))
}

#[derive(Default)]
struct Found {
    loss: ChoiceLoss,
    /// Gradient of the sum with respect to the logits.
    grad: Vec<f32>,
}

struct CrossEntropy {
    targets: Arc<Targets>,
    found: Arc<Mutex<Found>>,
}

fn lock(found: &Mutex<Found>) -> std::sync::MutexGuard<'_, Found> {
    found.lock().unwrap_or_else(PoisonError::into_inner)
}

impl CustomOp1 for CrossEntropy {
    fn name(&self) -> &'static str {
        "choice_loss"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let entries = layout.shape().dims2()?.1;
        let mut grad = operand(storage, layout)?.to_vec();
        let parts: Vec<ChoiceLoss> = grad
            .par_chunks_mut(CHUNK * entries)
            .enumerate()
            .map(|(chunk, logits)| {
                let mut sum = ChoiceLoss::default();
                for (row, logits) in logits.chunks_exact_mut(entries).enumerate() {
                    let row = chunk * CHUNK + row;
                    let weight = self.targets.weight[row];
                    let (chosen, lowest) =
                        (self.targets.chosen[row] as usize, self.targets.lowest[row] as usize);
                    if weight == 0.0 {
                        logits.fill(0.0);
                        continue;
                    }
                    let (nats, hit) = cross_entropy(logits, chosen, lowest, weight);
                    sum.nats += f64::from(weight) * f64::from(nats);
                    sum.hits += f64::from(weight) * f64::from(u8::from(hit));
                }
                sum
            })
            .collect();
        let mut loss = ChoiceLoss::default();
        for part in parts {
            loss.nats += part.nats;
            loss.hits += part.hits;
        }
        *lock(&self.found) = Found { loss, grad };
        Ok((CpuStorage::F32(vec![loss.nats as f32]), Shape::from(1)))
    }

    fn bwd(&self, logits: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let scale = with_slice(grad, |grad| Ok(grad[0]))?;
        let mut d = std::mem::take(&mut lock(&self.found).grad);
        d.par_iter_mut().with_min_len(1 << 14).for_each(|d| *d *= scale);
        Ok(Some(Tensor::from_vec(d, logits.shape(), logits.device())?))
    }
}

/// Replaces logits by the gradient of `weight` * -ln P(chosen) and gives -ln P(chosen) and whether the
/// chosen entry was the likeliest.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2"))]
fn cross_entropy(logits: &mut [f32], chosen: usize, lowest: usize, weight: f32) -> (f32, bool) {
    use crate::network::kernel::activation::exp;
    let target = logits[chosen];
    let (masked, logits) = logits.split_at_mut(lowest);
    masked.fill(0.0);
    let best = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for logit in logits.iter_mut() {
        *logit = exp(*logit - best);
        sum += *logit;
    }
    for probability in logits.iter_mut() {
        *probability *= weight / sum;
    }
    logits[chosen - lowest] -= weight;
    (best + sum.ln() - target, target >= best)
}
