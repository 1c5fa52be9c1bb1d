//! The heart of a matrix product: a tile of the result stays in registers while the inner dimension
//! runs.
//!
//! Written once over `pulp`'s vectors, which are those of the processor that it runs on.

use pulp::{Arch, Simd, WithSimd};

use super::matmul::{PANEL, Panels, Start, View};

/// Rows of a tile at most: with four vectors of columns each, and what they are multiplied with, they
/// fill the register file of AVX-512.
const ROWS: usize = 6;
/// Rows for which all panels are gone through before the next rows: they stay in the cache.
const BLOCK: usize = 96;

/// `out = start + left * right`, of sizes that fit.
pub(super) struct Product<'a> {
    pub out: &'a mut [f32],
    pub stride: usize,
    pub start: Start<'a>,
    pub left: View<'a>,
    pub right: &'a Panels,
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // As many vectors of columns as leave registers for the operands: there are 32 of the widest
        // and of ARM's, and 16 of the others.
        match S::F32_LANES {
            16 => self.blocks::<S, 4>(simd),
            8 => self.blocks::<S, 2>(simd),
            4 => self.blocks::<S, 4>(simd),
            _ => self.blocks::<S, 1>(simd),
        }
    }
}

impl Product<'_> {
    /// Computes it, with the widest vectors that the processor has.
    pub fn compute(self) {
        Arch::new().dispatch(self);
    }

    /// Computes it in tiles of up to six rows by V vectors of columns.
    #[inline(always)]
    fn blocks<S: Simd, const V: usize>(self, simd: S) {
        let Self { out, stride, start, left, right } = self;
        let (inner, columns) = (right.rows, right.columns);
        let width = V * S::F32_LANES;
        // A tile at the right edge is computed here, for the result ends before it does.
        let mut edge = [0.0f32; ROWS * PANEL];
        let mut bias = [0.0f32; PANEL];
        let mut close = Vec::new();
        for block in (0..left.rows).step_by(BLOCK) {
            let rows = BLOCK.min(left.rows - block);
            let tiles = rows.div_ceil(ROWS);
            // Tiles of equal height, but for one row.
            let bounds = |tile: usize| [tile * rows / tiles, (tile + 1) * rows / tiles];
            if left.column != 1 {
                close.resize(rows * inner, 0.0);
                for [from, to] in (0..tiles).map(bounds) {
                    gather(left, block + from, to - from, &mut close[from * inner..to * inner]);
                }
            }
            for first in (0..columns).step_by(width) {
                let here = width.min(columns - first);
                let panel = &right.data[first / PANEL * inner * PANEL..][..inner * PANEL];
                let start = match start {
                    Start::Row(row) => {
                        bias[..here].copy_from_slice(&row[first..first + here]);
                        Start::Row(&bias[..width])
                    }
                    other => other,
                };
                for [from, to] in (0..tiles).map(bounds) {
                    let tile = Tile {
                        start,
                        left: match left.column {
                            1 => &left.data[(block + from) * left.row..],
                            _ => &close[from * inner..to * inner],
                        },
                        row: (left.column == 1).then_some(left.row),
                        panel: S::as_simd_f32s(panel).0,
                        first: first % PANEL / S::F32_LANES,
                    };
                    let (height, out) = (to - from, &mut out[(block + from) * stride + first..]);
                    if here == width {
                        tile.compute::<S, V>(simd, height, out, stride);
                        continue;
                    }
                    let lines = out.chunks_mut(stride).zip(edge.chunks_exact_mut(width));
                    for (line, edge) in lines.take(height) {
                        edge[..here].copy_from_slice(&line[..here]);
                    }
                    tile.compute::<S, V>(simd, height, &mut edge, width);
                    let lines = out.chunks_mut(stride).zip(edge.chunks_exact(width));
                    for (line, edge) in lines.take(height) {
                        line[..here].copy_from_slice(&edge[..here]);
                    }
                }
            }
        }
    }
}

/// Brings some rows of a view that lies by columns close together, in the order in which the inner
/// dimension runs.
#[inline(always)]
fn gather(left: View<'_>, first: usize, height: usize, into: &mut [f32]) {
    match height {
        1 => gather_rows::<1>(left, first, into),
        2 => gather_rows::<2>(left, first, into),
        3 => gather_rows::<3>(left, first, into),
        4 => gather_rows::<4>(left, first, into),
        5 => gather_rows::<5>(left, first, into),
        _ => gather_rows::<ROWS>(left, first, into),
    }
}

#[inline(always)]
fn gather_rows<const R: usize>(left: View<'_>, first: usize, into: &mut [f32]) {
    for (k, into) in into.chunks_exact_mut(R).enumerate() {
        into.copy_from_slice(&left.data[k * left.column + first..][..R]);
    }
}

/// What a tile of the result is computed from.
#[derive(Clone, Copy)]
struct Tile<'a, T> {
    start: Start<'a>,
    /// Its rows of the left operand.
    left: &'a [f32],
    /// Elements from one row of it to the next; `None` where the numbers of all rows lie together
    /// for each inner index.
    row: Option<usize>,
    panel: &'a [T],
    /// The first vector of the panel's rows that is used.
    first: usize,
}

impl<T: Copy> Tile<'_, T> {
    #[inline(always)]
    fn compute<S: Simd<f32s = T>, const V: usize>(
        self,
        simd: S,
        height: usize,
        out: &mut [f32],
        stride: usize,
    ) {
        match height {
            1 => self.rows::<S, V, 1>(simd, out, stride),
            2 => self.rows::<S, V, 2>(simd, out, stride),
            3 => self.rows::<S, V, 3>(simd, out, stride),
            4 => self.rows::<S, V, 4>(simd, out, stride),
            5 => self.rows::<S, V, 5>(simd, out, stride),
            _ => self.rows::<S, V, ROWS>(simd, out, stride),
        }
    }

    /// A tile of R rows.
    #[inline(always)]
    fn rows<S: Simd<f32s = T>, const V: usize, const R: usize>(
        self,
        simd: S,
        out: &mut [f32],
        stride: usize,
    ) {
        let width = V * S::F32_LANES;
        let mut sums = [[simd.splat_f32s(0.0); V]; R];
        match self.start {
            Start::Zero => {}
            Start::Result => {
                for (r, sums) in sums.iter_mut().enumerate() {
                    sums.copy_from_slice(S::as_simd_f32s(&out[r * stride..][..width]).0);
                }
            }
            Start::Row(row) => {
                for sums in &mut sums {
                    sums.copy_from_slice(S::as_simd_f32s(&row[..width]).0);
                }
            }
        }
        let panel = self.panel.chunks_exact(PANEL / S::F32_LANES);
        let panel = panel.map(|row| &row[self.first..self.first + V]);
        match self.row {
            Some(row) => {
                let rows: [&[f32]; R] =
                    std::array::from_fn(|r| &self.left[r * row..][..panel.len()]);
                for (k, right) in panel.enumerate() {
                    add_products(simd, &mut sums, |r| rows[r][k], right);
                }
            }
            None => {
                for (left, right) in self.left.chunks_exact(R).zip(panel) {
                    add_products(simd, &mut sums, |r| left[r], right);
                }
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            S::as_mut_simd_f32s(&mut out[r * stride..][..width]).0.copy_from_slice(sums);
        }
    }
}

/// One inner index: every sum grows by the product of its row's and its column's number.
#[inline(always)]
fn add_products<S: Simd, const V: usize, const R: usize>(
    simd: S,
    sums: &mut [[S::f32s; V]; R],
    left: impl Fn(usize) -> f32,
    right: &[S::f32s],
) {
    // A copy, so that it is loaded once for all rows.
    let mut vectors = [simd.splat_f32s(0.0); V];
    vectors.copy_from_slice(right);
    for (r, sums) in sums.iter_mut().enumerate() {
        let left = simd.splat_f32s(left(r));
        for (sum, right) in sums.iter_mut().zip(vectors) {
            *sum = simd.mul_add_f32s(left, right, *sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The product with one set of vectors.
    fn product(run: impl FnOnce(Product<'_>)) -> Vec<f32> {
        let numbers =
            |count: usize| -> Vec<f32> { (0..count).map(|i| (i % 13) as f32 - 6.0).collect() };
        let (left, right) = (numbers(17 * 20), numbers(20 * 75));
        let right = Panels::new(View::by_rows(&right, 20, 75, 75));
        let mut out = numbers(17 * 75);
        let left = View::by_rows(&left, 17, 20, 20);
        run(Product { out: &mut out, stride: 75, start: Start::Result, left, right: &right });
        out
    }

    #[test]
    fn every_instruction_set_gives_the_same_sums_of_whole_numbers() {
        let expected = product(|it| it.compute());
        assert_eq!(product(|it| it.with_simd(pulp::Scalar::new())), expected);
        #[cfg(target_arch = "x86_64")]
        if let Some(avx2) = pulp::x86::V3::try_new() {
            assert_eq!(product(|it| Simd::vectorize(avx2, it)), expected);
        }
    }
}
