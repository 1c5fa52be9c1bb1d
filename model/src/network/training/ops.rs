//! Small custom operations, each with its own backward pass: sums of table rows, and dropout that
//! holds for a whole sequence.

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use multiversion::multiversion;
use rayon::prelude::*;

use super::slices::{operand, with_slice};

/// Rows of a result that one task computes.
const CHUNK: usize = 256;

/// Sums of table rows: row n of the result is the sum of the rows of `table`, (R, K), that
/// `rows[n * stride..][..fields]` names. Its shape is (P, N / P, K), where P is the number of `parts`: to
/// be given another one later, a gradient would be copied.
///
/// # Errors
/// Where a row does not exist, the parts are not equal, or the table is not in main memory.
pub fn sum_rows(
    table: &Tensor,
    rows: Arc<Vec<u32>>,
    fields: usize,
    stride: usize,
    parts: usize,
) -> Result<Tensor> {
    let count = table.dim(0)?;
    let selected = || rows.chunks_exact(stride).flat_map(|row| &row[..fields]);
    if fields > stride || selected().any(|&row| row as usize >= count) {
        candle_core::bail!("sum_rows: a row lies beyond the table's {count}");
    }
    if !rows.len().is_multiple_of(stride * parts) {
        candle_core::bail!("sum_rows: the rows do not make {parts} equal parts");
    }
    table.contiguous()?.apply_op1(SumRows { rows, fields, stride, parts })
}

struct SumRows {
    rows: Arc<Vec<u32>>,
    fields: usize,
    stride: usize,
    parts: usize,
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
        Ok((CpuStorage::F32(out), (self.parts, count / self.parts, width).into()))
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
pub(super) fn gather(
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

/// The reverse of [`gather`], for some `columns` of `grad` from `first` on: adds each row to the rows
/// of `sums` that are named for it.
#[allow(clippy::too_many_arguments, reason = "a kernel: plain slices and sizes")]
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2"))]
pub(super) fn scatter(
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

/// Adds every row to `sum`.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2"))]
pub(super) fn add_rows(rows: &[f32], sum: &mut [f32]) {
    for row in rows.chunks_exact(sum.len()) {
        for (sum, value) in sum.iter_mut().zip(row) {
            *sum += value;
        }
    }
}

/// Multiplies row n of `x`, (..., K), by row n mod B of `mask`, (B, K): dropout whose choice holds for
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
