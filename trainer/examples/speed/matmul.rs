//! Plain matrix products: what the machine can do at most.

use std::time::Duration;

use jukebox_model::network::kernel::matmul::{MatrixView, PackedMatrix, Start, multiply};
use rayon::prelude::*;

use crate::median;

/// The layer's product with the input weights: rows, inner dimension, columns.
const SIZES: [usize; 3] = [8192, 512, 1024];

/// Multiplications and additions a second, in thousand millions.
pub fn rate(budget: Duration) -> f64 {
    let [rows, inner, columns] = SIZES;
    let numbers =
        |count: usize| -> Vec<f32> { (0..count).map(|i| (i % 97) as f32 * 0.01).collect() };
    let (left, right) = (numbers(rows * inner), numbers(inner * columns));
    let mut out = vec![0.0; rows * columns];
    let part = rows.div_ceil(rayon::current_num_threads());
    let seconds = median(budget, || {
        // Packed anew each time, as any library must.
        let right = PackedMatrix::new(MatrixView::by_rows(&right, inner, columns, columns));
        out.par_chunks_mut(part * columns).zip(left.par_chunks(part * inner)).for_each(
            |(out, left)| {
                let left = MatrixView::by_rows(left, left.len() / inner, inner, inner);
                multiply(out, columns, Start::Zero, left, &right);
            },
        );
        Ok(())
    });
    2.0 * (rows * inner * columns) as f64 / seconds.unwrap_or(f64::INFINITY) / 1e9
}
