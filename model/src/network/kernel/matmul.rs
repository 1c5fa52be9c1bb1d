//! Matrix products for training, by the `gemm` crate that Candle itself uses.

use gemm::Parallelism;

/// A matrix that is read: element (r, c) lies at `r * row + c * column` of the slice.
#[derive(Clone, Copy)]
pub struct View<'a> {
    data: &'a [f32],
    rows: usize,
    columns: usize,
    row: usize,
    column: usize,
}

impl<'a> View<'a> {
    /// A matrix stored by rows, `stride` elements from one row to the next.
    ///
    /// # Panics
    /// Where the slice is too short for it.
    pub fn by_rows(data: &'a [f32], rows: usize, columns: usize, stride: usize) -> Self {
        assert!(
            last_element(rows, columns, stride, 1) < data.len(),
            "a view lies inside its slice"
        );
        Self { data, rows, columns, row: stride, column: 1 }
    }

    /// The same elements with rows and columns exchanged.
    pub fn transposed(self) -> Self {
        Self { rows: self.columns, columns: self.rows, row: self.column, column: self.row, ..self }
    }
}

fn last_element(rows: usize, columns: usize, row: usize, column: usize) -> usize {
    rows.saturating_sub(1) * row + columns.saturating_sub(1) * column
}

/// `out (+)= left * right`, with `out` stored by rows, `stride` elements from one to the next;
/// `add` keeps what is in `out`.
///
/// # Panics
/// Where the shapes do not fit, or `out` is too short.
pub fn multiply(
    out: &mut [f32],
    stride: usize,
    add: bool,
    left: View<'_>,
    right: View<'_>,
    threads: usize,
) {
    assert_eq!(left.columns, right.rows, "inner sizes agree");
    let (rows, columns) = (left.rows, right.columns);
    if rows == 0 || columns == 0 {
        return;
    }
    assert!(
        columns <= stride && last_element(rows, columns, stride, 1) < out.len(),
        "the product fits"
    );
    let parallelism = if threads > 1 { Parallelism::Rayon(threads) } else { Parallelism::None };
    // SAFETY: `View::by_rows` checked that every element of both operands lies inside its slice, and
    // the assertion above that every element of the product lies inside `out`, which nothing else
    // borrows. Strides are element counts of slices, so they fit an isize.
    unsafe {
        gemm::gemm(
            rows,
            columns,
            left.columns,
            out.as_mut_ptr(),
            1,
            stride as isize,
            add,
            left.data.as_ptr(),
            left.column as isize,
            left.row as isize,
            right.data.as_ptr(),
            right.column as isize,
            right.row as isize,
            1.0f32,
            1.0f32,
            false,
            false,
            false,
            parallelism,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_equals_the_sum_written_out() {
        let (rows, inner, columns, stride) = (5, 7, 3, 4);
        let left: Vec<f32> = (0..rows * inner).map(|i| (i % 11) as f32 - 5.0).collect();
        // Stored transposed: (columns, inner).
        let right: Vec<f32> = (0..inner * columns).map(|i| (i % 7) as f32 - 3.0).collect();
        let mut out = vec![1.0; rows * stride];
        multiply(
            &mut out,
            stride,
            true,
            View::by_rows(&left, rows, inner, inner),
            View::by_rows(&right, columns, inner, inner).transposed(),
            1,
        );
        for r in 0..rows {
            for c in 0..columns {
                let sum: f32 = (0..inner).map(|k| left[r * inner + k] * right[c * inner + k]).sum();
                assert_eq!(out[r * stride + c], 1.0 + sum);
            }
            assert_eq!(out[r * stride + columns..(r + 1) * stride], [1.0]);
        }
    }

    #[test]
    #[should_panic(expected = "a view lies inside its slice")]
    fn a_view_beyond_its_slice_is_refused() {
        View::by_rows(&[0.0; 5], 2, 3, 3);
    }

    #[test]
    #[should_panic(expected = "the product fits")]
    fn a_product_beyond_its_slice_is_refused() {
        let one = [1.0; 4];
        multiply(
            &mut [0.0; 3],
            2,
            false,
            View::by_rows(&one, 2, 2, 2),
            View::by_rows(&one, 2, 2, 2),
            1,
        );
    }
}
