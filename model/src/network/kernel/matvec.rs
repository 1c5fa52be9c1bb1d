//! A matrix of weights times a vector: what composing one note consists of.
//!
//! A step is bound by reading the weights, so they are kept in half precision, laid out in the order in
//! which they are read: those of a network of two layers of 256 units then fit a second-level cache.
//! (Where rounding them would be in the way, they are kept as they are.) Every output is a sum in the
//! order of the inputs, in plain multiplications and additions of single precision, and widening a
//! weight is exact: the vector width of the processor changes nothing, and so the same bits come out
//! everywhere.

use half::f16;

use super::simd::vectorized;

/// Outputs that lie side by side: so many sums are in the making at once that none waits for its
/// last addition.
const TILE: usize = 64;
/// The last tile is as wide as its outputs need, in steps of so many.
const LANES: usize = 16;

/// A matrix prepared for multiplying vectors.
#[derive(Clone, Debug)]
pub struct Matrix {
    outputs: usize,
    inputs: usize,
    weights: StoredWeights,
}

/// Tiles of 64 outputs follow each other, the last one narrower; in a tile, the weights of each input in
/// turn.
#[derive(Clone, Debug)]
enum StoredWeights {
    Half(Vec<f16>),
    Single(Vec<f32>),
}

impl Matrix {
    /// Prepares a matrix given by rows: `weights` has shape (`outputs`, `inputs`). Each weight is
    /// rounded to half precision, the farthest to ±65,504.
    ///
    /// # Panics
    /// Where `weights` has another length.
    pub fn new(outputs: usize, inputs: usize, weights: &[f32]) -> Self {
        let (least, most) = (f16::MIN.to_f32(), f16::MAX.to_f32());
        let round = |weight: f32| f16::from_f32(weight.clamp(least, most));
        let weights = StoredWeights::Half(tiles(outputs, inputs, weights, round));
        Self { outputs, inputs, weights }
    }

    /// The same without rounding: twice as large, and half as fast where the cache is too small.
    ///
    /// # Panics
    /// Where `weights` has another length.
    pub fn precise(outputs: usize, inputs: usize, weights: &[f32]) -> Self {
        let weights = StoredWeights::Single(tiles(outputs, inputs, weights, |weight| weight));
        Self { outputs, inputs, weights }
    }

    /// Number of inputs.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Number of outputs.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Adds the product with a vector: `sum += self * vector`.
    ///
    /// # Panics
    /// Where `vector` is not as long as the inputs or `sum` not as long as the outputs.
    pub fn multiply_add(&self, vector: &[f32], sum: &mut [f32]) {
        assert_eq!((vector.len(), sum.len()), (self.inputs, self.outputs));
        match &self.weights {
            #[cfg(target_arch = "x86_64")]
            StoredWeights::Half(tiles) if f16c::is_available() => {
                f16c::multiply_add(tiles, vector, sum)
            }
            StoredWeights::Half(tiles) => vectorized(half, (&tiles[..], vector, sum)),
            StoredWeights::Single(tiles) => vectorized(single, (&tiles[..], vector, sum)),
        }
    }
}

/// Lays a matrix out in tiles.
fn tiles<T: Copy + Default>(
    outputs: usize,
    inputs: usize,
    weights: &[f32],
    convert: impl Fn(f32) -> T,
) -> Vec<T> {
    assert_eq!(weights.len(), outputs * inputs, "a matrix has outputs * inputs weights");
    let mut tiles = vec![T::default(); outputs.next_multiple_of(LANES) * inputs];
    for (tile, packed) in tiles.chunks_mut(TILE * inputs).enumerate() {
        let width = packed.len() / inputs;
        let rows = weights.chunks_exact(inputs).skip(tile * TILE).take(width);
        for (lane, row) in rows.enumerate() {
            for (column, weight) in packed.chunks_exact_mut(width).zip(row) {
                column[lane] = convert(*weight);
            }
        }
    }
    tiles
}

/// Goes through the tiles. `$kernel` adds the products of a tile of 16, 32, 48 or 64 outputs; its
/// number of vectors of `$lanes` outputs is a constant.
macro_rules! by_tiles {
    ($kernel:ident, $lanes:literal, $tiles:ident, $vector:ident, $sum:ident) => {
        for (tile, sum) in $tiles.chunks(TILE * $vector.len()).zip($sum.chunks_mut(TILE)) {
            let mut sums = [0.0f32; TILE];
            sums[..sum.len()].copy_from_slice(sum);
            match tile.len() / $vector.len() / LANES {
                1 => $kernel::<{ LANES / $lanes }>(tile, $vector, &mut sums),
                2 => $kernel::<{ 2 * LANES / $lanes }>(tile, $vector, &mut sums),
                3 => $kernel::<{ 3 * LANES / $lanes }>(tile, $vector, &mut sums),
                _ => $kernel::<{ 4 * LANES / $lanes }>(tile, $vector, &mut sums),
            }
            sum.copy_from_slice(&sums[..sum.len()]);
        }
    };
}

/// For processors that cannot widen by themselves.
#[inline(always)]
fn half((tiles, vector, sum): (&[f16], &[f32], &mut [f32])) {
    by_tiles!(half_tile, 16, tiles, vector, sum);
}

#[inline(always)]
fn single((tiles, vector, sum): (&[f32], &[f32], &mut [f32])) {
    by_tiles!(single_tile, 16, tiles, vector, sum);
}

#[inline(always)]
fn half_tile<const N: usize>(tile: &[f16], vector: &[f32], sums: &mut [f32; TILE]) {
    any_tile::<N, f16>(tile, vector, sums, widen);
}

#[inline(always)]
fn single_tile<const N: usize>(tile: &[f32], vector: &[f32], sums: &mut [f32; TILE]) {
    any_tile::<N, f32>(tile, vector, sums, |weight| weight);
}

/// A tile of N times 16 outputs.
#[inline(always)]
fn any_tile<const N: usize, T: Copy>(
    tile: &[T],
    vector: &[f32],
    sums: &mut [f32; TILE],
    widen: impl Fn(T) -> f32,
) {
    let mut vectors = [[0.0f32; 16]; N];
    for (vector, sums) in vectors.iter_mut().zip(sums.chunks_exact(16)) {
        vector.copy_from_slice(sums);
    }
    for (weights, x) in tile.chunks_exact(16 * N).zip(vector) {
        for (sums, weights) in vectors.iter_mut().zip(weights.chunks_exact(16)) {
            for (sum, weight) in sums.iter_mut().zip(weights) {
                *sum += widen(*weight) * x;
            }
        }
    }
    for (vector, sums) in vectors.iter().zip(sums.chunks_exact_mut(16)) {
        sums.copy_from_slice(vector);
    }
}

/// A finite weight in single precision, without a branch: sign, exponent and fraction go where they
/// belong, and a product with a power of two moves the exponent.
#[inline(always)]
fn widen(weight: f16) -> f32 {
    let bits = i32::from(weight.to_bits() as i16) << 13;
    f32::from_bits(bits as u32 & 0x8fff_e000) * f32::from_bits((127 + 112) << 23)
}

/// For x86 processors that widen eight weights in one instruction, which all of the last ten years do.
#[cfg(target_arch = "x86_64")]
mod f16c {
    use std::arch::x86_64::{
        _mm_loadu_si128, _mm256_add_ps, _mm256_cvtph_ps, _mm256_loadu_ps, _mm256_mul_ps,
        _mm256_set1_ps, _mm256_setzero_ps, _mm256_storeu_ps,
    };

    use half::f16;

    use super::{LANES, TILE};

    pub fn is_available() -> bool {
        is_x86_feature_detected!("avx") && is_x86_feature_detected!("f16c")
    }

    /// # Panics
    /// Where the processor cannot do it.
    pub fn multiply_add(tiles: &[f16], vector: &[f32], sum: &mut [f32]) {
        assert!(is_available());
        // SAFETY: the processor has the features that the function is compiled for.
        unsafe { all(tiles, vector, sum) }
    }

    #[target_feature(enable = "avx,f16c")]
    fn all(tiles: &[f16], vector: &[f32], sum: &mut [f32]) {
        by_tiles!(tile, 8, tiles, vector, sum);
    }

    /// A tile of N times 8 outputs.
    #[target_feature(enable = "avx,f16c")]
    #[inline]
    fn tile<const N: usize>(tile: &[f16], vector: &[f32], sums: &mut [f32; TILE]) {
        let mut vectors = [_mm256_setzero_ps(); N];
        for (vector, sums) in vectors.iter_mut().zip(sums.chunks_exact(8)) {
            // SAFETY: the slice has the eight numbers that are read.
            *vector = unsafe { _mm256_loadu_ps(sums.as_ptr()) };
        }
        for (weights, x) in tile.chunks_exact(8 * N).zip(vector) {
            let x = _mm256_set1_ps(*x);
            for (sum, weights) in vectors.iter_mut().zip(weights.chunks_exact(8)) {
                // SAFETY: the slice has the eight weights that are read, of 16 bits each.
                let weights = unsafe { _mm_loadu_si128(weights.as_ptr().cast()) };
                *sum = _mm256_add_ps(*sum, _mm256_mul_ps(_mm256_cvtph_ps(weights), x));
            }
        }
        for (vector, sums) in vectors.iter().zip(sums.chunks_exact_mut(8)) {
            // SAFETY: the slice has the eight places that are written.
            unsafe { _mm256_storeu_ps(sums.as_mut_ptr(), *vector) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_equals_the_sum_written_out() {
        for (outputs, inputs) in [(1, 1), (16, 3), (31, 7), (32, 5), (33, 64), (64, 2), (200, 3)] {
            let weights: Vec<f32> =
                (0..outputs * inputs).map(|i| ((i * 37) % 19) as f32 - 9.0).collect();
            let vector: Vec<f32> = (0..inputs).map(|i| (i % 5) as f32 - 2.0).collect();
            let mut sum: Vec<f32> = (0..outputs).map(|i| i as f32).collect();
            let mut expected = sum.clone();
            for (output, expected) in expected.iter_mut().enumerate() {
                for input in 0..inputs {
                    *expected += weights[output * inputs + input] * vector[input];
                }
            }
            let start = sum.clone();
            Matrix::new(outputs, inputs, &weights).multiply_add(&vector, &mut sum);
            assert_eq!(sum, expected, "{outputs} x {inputs}");
            sum = start;
            Matrix::precise(outputs, inputs, &weights).multiply_add(&vector, &mut sum);
            assert_eq!(sum, expected, "{outputs} x {inputs}");
        }
    }

    #[test]
    fn every_processor_gives_the_same_bits() {
        let numbers = |count: usize| -> Vec<f32> { (0..count).map(|i| (i as f32).sin()).collect() };
        let (outputs, inputs) = (150, 70);
        let rounded: Vec<f32> =
            numbers(outputs * inputs).iter().map(|&it| f16::from_f32(it).to_f32()).collect();
        let matrix = Matrix::new(outputs, inputs, &rounded);
        let StoredWeights::Half(tiles) = &matrix.weights else { panic!("it is in half precision") };
        let vector = numbers(inputs);
        // In the order of the inputs, whatever the width of the vectors.
        let by_hand = |output: usize| {
            let row = &rounded[output * inputs..][..inputs];
            row.iter().zip(&vector).fold((output as f32).sin(), |sum, (w, x)| sum + w * x)
        };
        let expected: Vec<f32> = (0..outputs).map(by_hand).collect();
        let mut sums = [numbers(outputs), numbers(outputs), numbers(outputs)];
        vectorized(half, (&tiles[..], &vector[..], &mut sums[0][..]));
        matrix.multiply_add(&vector, &mut sums[1]);
        Matrix::precise(outputs, inputs, &rounded).multiply_add(&vector, &mut sums[2]);
        for sum in sums {
            assert_eq!(sum, expected);
        }
    }

    #[test]
    fn every_finite_weight_widens_exactly() {
        for bits in 0..=u16::MAX {
            let weight = f16::from_bits(bits);
            if weight.is_finite() {
                assert_eq!(widen(weight).to_bits(), weight.to_f32().to_bits(), "{weight}");
            }
        }
    }

    #[test]
    fn weights_out_of_range_stay_finite() {
        let mut sum = [0.0; 2];
        Matrix::new(2, 1, &[1e30, f32::MIN]).multiply_add(&[1.0], &mut sum);
        assert_eq!(sum, [65504.0, -65504.0]);
    }
}
