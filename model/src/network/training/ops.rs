//! Sums of table rows as a custom operation, and the loops that it shares with the heads.

use std::ops::Range;
use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use super::slices::{operand, with_slice};
use crate::network::kernel::simd::vectorized;

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

impl SumRows {
    fn selection<'a>(&self, rows: &'a [u32]) -> Selection<'a> {
        Selection { rows, fields: self.fields, stride: self.stride }
    }
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
                gather(table, width, self.selection(rows), out);
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
                    let columns = first..first + columns;
                    scatter(grad, width, columns, self.selection(&self.rows), &mut sums);
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

/// Table rows that the rows of a batch select: the first `fields` of each `stride` numbers.
#[derive(Clone, Copy)]
pub(super) struct Selection<'a> {
    pub rows: &'a [u32],
    pub fields: usize,
    pub stride: usize,
}

impl<'a> Selection<'a> {
    #[inline(always)]
    fn each(self) -> impl Iterator<Item = &'a [u32]> {
        self.rows.chunks_exact(self.stride).map(move |rows| &rows[..self.fields])
    }
}

/// Adds to each row of `out`, `width` wide, the rows of `table` that are selected for it.
pub(super) fn gather(table: &[f32], width: usize, selection: Selection<'_>, out: &mut [f32]) {
    vectorized(gather_rows, (table, width, selection, out));
}

#[inline(always)]
fn gather_rows((table, width, selection, out): (&[f32], usize, Selection<'_>, &mut [f32])) {
    for (rows, out) in selection.each().zip(out.chunks_exact_mut(width)) {
        for &row in rows {
            for (out, value) in out.iter_mut().zip(&table[row as usize * width..][..width]) {
                *out += value;
            }
        }
    }
}

/// The reverse of [`gather`], for some columns of `grad`, whose rows are `width` wide: adds each row to the
/// rows of `sums`, as wide as there are columns, that are selected for it.
pub(super) fn scatter(
    grad: &[f32],
    width: usize,
    columns: Range<usize>,
    selection: Selection<'_>,
    sums: &mut [f32],
) {
    vectorized(scatter_rows, (grad, width, columns, selection, sums));
}

#[inline(always)]
fn scatter_rows(
    (grad, width, columns, selection, sums): (
        &[f32],
        usize,
        Range<usize>,
        Selection<'_>,
        &mut [f32],
    ),
) {
    let length = columns.len();
    for (rows, grad) in selection.each().zip(grad.chunks_exact(width)) {
        let grad = &grad[columns.clone()];
        for &row in rows {
            for (sum, value) in sums[row as usize * length..][..length].iter_mut().zip(grad) {
                *sum += value;
            }
        }
    }
}

/// Adds every row to `sum`.
pub(super) fn add_rows(rows: &[f32], sum: &mut [f32]) {
    vectorized(add_each, (rows, sum));
}

#[inline(always)]
fn add_each((rows, sum): (&[f32], &mut [f32])) {
    for row in rows.chunks_exact(sum.len()) {
        for (sum, value) in sum.iter_mut().zip(row) {
            *sum += value;
        }
    }
}
/// Multiplies each stretch of as many numbers as there are factors by them.
pub(super) fn scale_rows(rows: &mut [f32], factors: &[f32]) {
    vectorized(scale_each, (rows, factors));
}

#[inline(always)]
fn scale_each((rows, factors): (&mut [f32], &[f32])) {
    for row in rows.chunks_exact_mut(factors.len()) {
        for (value, factor) in row.iter_mut().zip(factors) {
            *value *= factor;
        }
    }
}
