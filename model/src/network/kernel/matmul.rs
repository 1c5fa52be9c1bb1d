//! Matrix products for training.
//!
//! The right operand is packed once into [`PackedMatrix`] and then used for many products: the recurrent
//! weights of an LSTM are multiplied once a step, and packing them each time, as a general library
//! must, costs as much as the product of a small batch. `tile` computes it.
//!
//! Every number of a result is a sum in the order of the inner dimension, however the rows are
//! divided among calls and threads.

use super::tile::{Product, panel_width};

/// A matrix that is read: element (r, c) lies at `r * row + c * column` of the slice.
#[derive(Clone, Copy)]
pub struct MatrixView<'a> {
    pub(super) data: &'a [f32],
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) row: usize,
    pub(super) column: usize,
}

impl<'a> MatrixView<'a> {
    /// A matrix stored by rows, `stride` elements from one row to the next.
    ///
    /// # Panics
    /// Where the slice is too short for it.
    pub fn by_rows(data: &'a [f32], rows: usize, columns: usize, stride: usize) -> Self {
        assert!(
            columns <= stride && last_element(rows, columns, stride) < data.len().max(1),
            "a view lies inside its slice"
        );
        Self { data, rows, columns, row: stride, column: 1 }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// At most `count` of its rows from `first` on.
    pub fn some_rows(self, first: usize, count: usize) -> Self {
        let first = first.min(self.rows);
        let data = &self.data[(first * self.row).min(self.data.len())..];
        Self { data, rows: count.min(self.rows - first), ..self }
    }

    /// The same elements with rows and columns exchanged.
    pub fn transposed(self) -> Self {
        Self { rows: self.columns, columns: self.rows, row: self.column, column: self.row, ..self }
    }
}

fn last_element(rows: usize, columns: usize, stride: usize) -> usize {
    rows.saturating_sub(1) * stride + columns.saturating_sub(1)
}

/// The right operand of products: panels as wide as a tile of the result, each row by row, so that a tile
/// reads one panel from end to end; the last one is filled up with zeros.
#[derive(Clone, Debug)]
pub struct PackedMatrix {
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Columns of a panel.
    pub(super) width: usize,
    pub(super) data: Vec<f32>,
}

impl Default for PackedMatrix {
    fn default() -> Self {
        Self { rows: 0, columns: 0, width: panel_width(), data: Vec::new() }
    }
}

impl PackedMatrix {
    /// Packs a matrix.
    pub fn new(matrix: MatrixView<'_>) -> Self {
        let mut panels = Self::default();
        panels.resize(matrix.rows, matrix.columns);
        panels.write(0, 0, matrix);
        panels
    }

    /// Makes room for a matrix of a size; what it holds is anything until it is written.
    pub fn resize(&mut self, rows: usize, columns: usize) {
        if (self.rows, self.columns) != (rows, columns) {
            (self.rows, self.columns) = (rows, columns);
            self.data.clear();
            self.data.resize(rows * columns.next_multiple_of(self.width), 0.0);
        }
    }

    /// Writes a part of the matrix, from a row and a column on.
    ///
    /// # Panics
    /// Where it reaches beyond the matrix.
    pub fn write(&mut self, row: usize, column: usize, part: MatrixView<'_>) {
        assert!(
            row + part.rows <= self.rows && column + part.columns <= self.columns,
            "a part lies inside its matrix"
        );
        let width = self.width;
        let mut from = 0;
        while from < part.columns {
            let (panel, first) = ((column + from) / width, (column + from) % width);
            let count = (width - first).min(part.columns - from);
            let rows = &mut self.data[(panel * self.rows + row) * width..][..part.rows * width];
            if part.column == 1 {
                for (r, into) in rows.chunks_exact_mut(width).enumerate() {
                    into[first..first + count]
                        .copy_from_slice(&part.data[r * part.row + from..][..count]);
                }
            } else {
                transpose(&part, from..from + count, first, rows, width);
            }
            from += count;
        }
    }
}

/// Writes some columns of a view, each of which lies close together in memory, into a panel, from its
/// column `first` on.
fn transpose(
    part: &MatrixView<'_>,
    columns: std::ops::Range<usize>,
    first: usize,
    panel: &mut [f32],
    width: usize,
) {
    /// Rows at a time: a cache line of each column.
    const LINE: usize = 16;
    for (block, rows) in panel.chunks_mut(LINE * width).enumerate() {
        for (c, column) in columns.clone().enumerate() {
            let column = &part.data[column * part.column + block * LINE..];
            for (row, value) in rows.chunks_exact_mut(width).zip(column) {
                row[first + c] = *value;
            }
        }
    }
}

/// What the sums of a product start from.
#[derive(Clone, Copy, Debug)]
pub enum Start<'a> {
    /// 0.
    Zero,
    /// What stands in the result.
    Result,
    /// The same row of numbers for all rows: a bias.
    Row(&'a [f32]),
}

/// `out = start + left * right`, with `out` stored by rows, `stride` elements from one to the next.
///
/// # Panics
/// Where the shapes do not fit, or `out` is too short.
pub fn multiply(
    out: &mut [f32],
    stride: usize,
    start: Start<'_>,
    left: MatrixView<'_>,
    right: &PackedMatrix,
) {
    assert_eq!(left.columns, right.rows, "inner sizes agree");
    let columns = right.columns;
    if left.rows == 0 || columns == 0 {
        return;
    }
    let fits = match start {
        Start::Row(row) => row.len() == columns,
        Start::Zero | Start::Result => true,
    };
    assert!(
        fits && columns <= stride && last_element(left.rows, columns, stride) < out.len(),
        "the product fits"
    );
    Product { out, stride, start, left, right }.compute();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_equals_the_sum_written_out() {
        for (rows, inner, columns) in
            [(5, 7, 3), (1, 1, 1), (6, 9, 64), (14, 30, 130), (100, 3, 65), (4, 8, 48)]
        {
            let stride = columns + 1;
            let left: Vec<f32> = (0..rows * inner).map(|i| (i % 11) as f32 - 5.0).collect();
            let right: Vec<f32> = (0..inner * columns).map(|i| (i % 7) as f32 - 3.0).collect();
            let flipped = |data: &[f32], rows: usize, columns: usize| -> Vec<f32> {
                (0..rows * columns).map(|i| data[i % rows * columns + i / rows]).collect()
            };
            let (left_t, right_t) = (flipped(&left, rows, inner), flipped(&right, inner, columns));
            let lefts = [
                MatrixView::by_rows(&left, rows, inner, inner),
                MatrixView::by_rows(&left_t, inner, rows, rows).transposed(),
            ];
            let rights = [
                MatrixView::by_rows(&right, inner, columns, columns),
                MatrixView::by_rows(&right_t, columns, inner, inner).transposed(),
            ];
            let bias: Vec<f32> = (0..columns).map(|c| c as f32).collect();
            let starts = [Start::Zero, Start::Result, Start::Row(&bias)];
            let cases = lefts.iter().flat_map(|left| rights.iter().map(move |right| (left, right)));
            for ((left_view, right_view), start) in
                cases.flat_map(|case| starts.map(|start| (case, start)))
            {
                let mut out = vec![1.0; rows * stride];
                multiply(&mut out, stride, start, *left_view, &PackedMatrix::new(*right_view));
                for r in 0..rows {
                    for c in 0..columns {
                        let sum: f32 =
                            (0..inner).map(|k| left[r * inner + k] * right[k * columns + c]).sum();
                        let first = match start {
                            Start::Zero => 0.0,
                            Start::Result => 1.0,
                            Start::Row(row) => row[c],
                        };
                        assert_eq!(out[r * stride + c], first + sum, "{rows} {inner} {columns}");
                    }
                    assert_eq!(out[r * stride + columns..(r + 1) * stride], [1.0]);
                }
            }
        }
    }

    #[test]
    fn panels_are_written_in_parts() {
        let data: Vec<f32> = (0..20 * 100).map(|i| i as f32).collect();
        let whole = PackedMatrix::new(MatrixView::by_rows(&data, 20, 100, 100));
        let mut parts = PackedMatrix::default();
        parts.resize(20, 100);
        for (row, rows) in [(0, 13), (13, 7)] {
            for (column, columns) in [(0, 40), (40, 60)] {
                let part = MatrixView::by_rows(&data[row * 100 + column..], rows, columns, 100);
                parts.write(row, column, part);
            }
        }
        assert_eq!(parts.data, whole.data);
    }

    #[test]
    fn how_rows_are_divided_among_calls_changes_no_bit() {
        let numbers = |count: usize| -> Vec<f32> { (0..count).map(|i| (i as f32).sin()).collect() };
        let (rows, inner, columns) = (23, 50, 70);
        let (left, right) = (numbers(rows * inner), numbers(inner * columns));
        let right = PackedMatrix::new(MatrixView::by_rows(&right, inner, columns, columns));
        let product = |from: usize, rows: usize| {
            let mut out = vec![0.0; rows * columns];
            let left = MatrixView::by_rows(&left[from * inner..], rows, inner, inner);
            multiply(&mut out, columns, Start::Zero, left, &right);
            out
        };
        let parts = [product(0, 5), product(5, 17), product(22, 1)].concat();
        assert_eq!(product(0, rows), parts);
    }

    #[test]
    #[should_panic(expected = "a view lies inside its slice")]
    fn a_view_beyond_its_slice_is_refused() {
        MatrixView::by_rows(&[0.0; 5], 2, 3, 3);
    }

    #[test]
    #[should_panic(expected = "the product fits")]
    fn a_product_beyond_its_slice_is_refused() {
        let one = [1.0; 4];
        let view = MatrixView::by_rows(&one, 2, 2, 2);
        multiply(&mut [0.0; 3], 2, Start::Zero, view, &PackedMatrix::new(view));
    }
}
