//! The heart of a matrix product: a tile of the result stays in registers while the inner dimension
//! runs.
//!
//! Written once over `pulp`'s vectors, which are those of the processor that it runs on.

use pulp::{Arch, Simd, WithSimd};

use super::matmul::{MatrixView, PackedMatrix, Start};

/// Rows of a tile at most.
const ROWS: usize = 6;
/// Columns of a tile at most: four of the widest vectors.
const COLUMNS: usize = 64;
/// Inner indices that are gone through at a time.
const UNROLL: usize = 4;
/// Rows for which all panels are gone through before the next rows: they stay in the cache.
const BLOCK: usize = 96;

/// Rows of a tile, and its vectors of columns: sums that leave registers for the operands. There are 32 of
/// AVX-512's and of ARM's, and 16 of AVX2's, where four rows suit batches of 4, 8 and 16 lanes.
const fn tile(lanes: usize) -> (usize, usize) {
    match lanes {
        16 | 4 => (6, 4),
        8 => (4, 3),
        _ => (4, 1),
    }
}

/// Columns of a tile on this processor, and so of a panel.
pub(super) fn panel_width() -> usize {
    struct Width;
    impl WithSimd for Width {
        type Output = usize;

        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> usize {
            tile(S::F32_LANES).1 * S::F32_LANES
        }
    }
    Arch::new().dispatch(Width)
}

/// `out = start + left * right`, of sizes that fit.
pub(super) struct Product<'a> {
    pub out: &'a mut [f32],
    pub stride: usize,
    pub start: Start<'a>,
    pub left: MatrixView<'a>,
    pub right: &'a PackedMatrix,
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match tile(S::F32_LANES) {
            (6, 4) => self.blocks::<S, 4, 6>(simd),
            (4, 3) => self.blocks::<S, 3, 4>(simd),
            _ => self.blocks::<S, 1, 4>(simd),
        }
    }
}

impl Product<'_> {
    /// Computes it, with the widest vectors that the processor has.
    pub fn compute(self) {
        Arch::new().dispatch(self);
    }

    /// Computes it in tiles of up to M rows by V vectors of columns.
    #[inline(always)]
    fn blocks<S: Simd, const V: usize, const M: usize>(self, simd: S) {
        let Self { out, stride, start, left, right } = self;
        let (inner, columns) = (right.rows, right.columns);
        let width = V * S::F32_LANES;
        // A tile that ends inside a vector is computed here, for the result ends before it does.
        let mut edge = [0.0f32; ROWS * COLUMNS];
        let mut bias = [0.0f32; COLUMNS];
        let mut packed_left = Vec::new();
        for block in (0..left.rows).step_by(BLOCK) {
            let rows = BLOCK.min(left.rows - block);
            let tiles = rows.div_ceil(M);
            // Tiles of equal height, but for one row.
            let bounds = |tile: usize| [tile * rows / tiles, (tile + 1) * rows / tiles];
            if left.column != 1 {
                packed_left.resize(rows * inner, 0.0);
                // A few inner indices for all tiles: each cache line is read once, and written once.
                for k in (0..inner).step_by(UNROLL) {
                    let some = k..inner.min(k + UNROLL);
                    for [from, to] in (0..tiles).map(bounds) {
                        let into = &mut packed_left[from * inner..to * inner];
                        gather(left, block + from, to - from, some.clone(), into);
                    }
                }
            }
            let tiles_of = |panel: usize| {
                let first = panel * right.width;
                let end = columns.min(first + right.width);
                (first..end).step_by(width).map(move |from| (first, from, end))
            };
            let panels = 0..columns.div_ceil(right.width);
            for (first, from_column, end) in panels.flat_map(tiles_of) {
                let panel = &right.data[first * inner..][..inner * right.width];
                let here = width.min(end - from_column);
                // Narrower tiles are compiled only where their waste was measured: for AVX2.
                let vectors = if const { V == 3 } { here.div_ceil(S::F32_LANES) } else { V };
                let width = vectors * S::F32_LANES;
                let start = match start {
                    Start::Row(row) => {
                        bias[..here].copy_from_slice(&row[from_column..][..here]);
                        Start::Row(&bias[..width])
                    }
                    other => other,
                };
                for [from, to] in (0..tiles).map(bounds) {
                    let tile = Tile {
                        start,
                        left: match left.column {
                            1 => &left.data[(block + from) * left.row..],
                            _ => &packed_left[from * inner..to * inner],
                        },
                        row: (left.column == 1).then_some(left.row),
                        panel: S::as_simd_f32s(panel).0,
                        panel_width: right.width / S::F32_LANES,
                        first: (from_column - first) / S::F32_LANES,
                    };
                    let height = to - from;
                    let out = &mut out[(block + from) * stride + from_column..];
                    if here == width {
                        tile.compute::<S, V, M>(simd, [height, vectors], out, stride);
                        continue;
                    }
                    let lines = out.chunks_mut(stride).zip(edge.chunks_exact_mut(width));
                    for (line, edge) in lines.take(height) {
                        edge[..here].copy_from_slice(&line[..here]);
                    }
                    tile.compute::<S, V, M>(simd, [height, vectors], &mut edge, width);
                    let lines = out.chunks_mut(stride).zip(edge.chunks_exact(width));
                    for (line, edge) in lines.take(height) {
                        line[..here].copy_from_slice(&edge[..here]);
                    }
                }
            }
        }
    }
}

/// Brings the rows of a tile, of a view that lies by columns, close together for some inner indices: the
/// numbers of all rows for each index in turn.
#[inline(always)]
fn gather(
    left: MatrixView<'_>,
    first: usize,
    height: usize,
    inner: std::ops::Range<usize>,
    into: &mut [f32],
) {
    match height {
        1 => gather_rows::<1>(left, first, inner, into),
        2 => gather_rows::<2>(left, first, inner, into),
        3 => gather_rows::<3>(left, first, inner, into),
        4 => gather_rows::<4>(left, first, inner, into),
        5 => gather_rows::<5>(left, first, inner, into),
        _ => gather_rows::<ROWS>(left, first, inner, into),
    }
}

#[inline(always)]
fn gather_rows<const R: usize>(
    left: MatrixView<'_>,
    first: usize,
    inner: std::ops::Range<usize>,
    into: &mut [f32],
) {
    let into = into.as_chunks_mut::<R>().0;
    for (k, into) in inner.clone().zip(&mut into[inner]) {
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
    /// Vectors of a row of the panel.
    panel_width: usize,
    /// The first vector of the panel's rows that is used.
    first: usize,
}

impl<T: Copy> Tile<'_, T> {
    /// A tile of so many rows, M at most, and vectors of columns.
    #[inline(always)]
    fn compute<S: Simd<f32s = T>, const V: usize, const M: usize>(
        self,
        simd: S,
        [height, vectors]: [usize; 2],
        out: &mut [f32],
        stride: usize,
    ) {
        if const { V != 3 } {
            return self.columns::<S, V, M>(simd, height, out, stride);
        }
        match vectors {
            1 => self.columns::<S, 1, M>(simd, height, out, stride),
            2 => self.columns::<S, 2, M>(simd, height, out, stride),
            _ => self.columns::<S, 3, M>(simd, height, out, stride),
        }
    }

    /// A tile of V vectors of columns.
    #[inline(always)]
    fn columns<S: Simd<f32s = T>, const V: usize, const M: usize>(
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
            5 if const { M > 4 } => self.rows::<S, V, 5>(simd, out, stride),
            6 if const { M > 4 } => self.rows::<S, V, 6>(simd, out, stride),
            _ => self.rows::<S, V, 4>(simd, out, stride),
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
        let panel = self.panel.chunks_exact(self.panel_width);
        let panel = panel.map(|row| &row[self.first..self.first + V]);
        match self.row {
            Some(row) => {
                let inner = panel.len();
                let rows: [&[f32]; R] = std::array::from_fn(|r| &self.left[r * row..][..inner]);
                // Several inner indices at a time: one check of the rows' lengths serves them all.
                let (blocks, rest) = (inner / UNROLL, inner % UNROLL);
                let mut panel = panel;
                for block in 0..blocks {
                    let left: [&[f32; UNROLL]; R] =
                        std::array::from_fn(|r| &rows[r].as_chunks::<UNROLL>().0[block]);
                    for (k, right) in panel.by_ref().take(UNROLL).enumerate() {
                        add_products(simd, &mut sums, |r| left[r][k], right);
                    }
                }
                for (k, right) in (inner - rest..inner).zip(panel) {
                    add_products(simd, &mut sums, |r| rows[r][k], right);
                }
            }
            None => {
                for (left, right) in self.left.as_chunks::<R>().0.iter().zip(panel) {
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
        let right = PackedMatrix::new(MatrixView::by_rows(&right, 20, 75, 75));
        let mut out = numbers(17 * 75);
        let left = MatrixView::by_rows(&left, 17, 20, 20);
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
