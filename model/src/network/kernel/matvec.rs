//! A matrix of weights times a vector: what composing one note consists of.
//!
//! A step is bound by reading the weights, so they are kept in half precision where that loses
//! nothing, and laid out in the order in which they are read. Every output is a sum in the order of
//! the inputs, in plain multiplications and additions: the vector width of the processor changes
//! nothing in it, and so the same bits come out everywhere.

use multiversion::multiversion;

/// Outputs that are summed side by side, in registers.
const TILE: usize = 32;

/// A matrix prepared for multiplying vectors.
///
/// Tiles of 32 outputs follow each other; in a tile, the 32 weights of each input in turn.
#[derive(Clone, Debug)]
pub struct Matrix {
    outputs: usize,
    inputs: usize,
    tiles: Vec<f32>,
}

impl Matrix {
    /// Prepares a matrix given by rows: `weights` has shape (`outputs`, `inputs`).
    ///
    /// # Panics
    /// Where `weights` has another length.
    pub fn new(outputs: usize, inputs: usize, weights: &[f32]) -> Self {
        assert_eq!(weights.len(), outputs * inputs, "a matrix has outputs * inputs weights");
        let mut tiles = vec![0.0; outputs.next_multiple_of(TILE) * inputs];
        for (tile, packed) in tiles.chunks_exact_mut(TILE * inputs).enumerate() {
            for (input, column) in packed.chunks_exact_mut(TILE).enumerate() {
                for (lane, weight) in column.iter_mut().enumerate() {
                    let output = tile * TILE + lane;
                    if output < outputs {
                        *weight = weights[output * inputs + input];
                    }
                }
            }
        }
        Self { outputs, inputs, tiles }
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
        multiply_add(&self.tiles, vector, sum);
    }
}

#[multiversion(targets("x86_64+avx512f", "x86_64+avx2"))]
fn multiply_add(tiles: &[f32], vector: &[f32], sum: &mut [f32]) {
    for (tile, sum) in tiles.chunks_exact(TILE * vector.len()).zip(sum.chunks_mut(TILE)) {
        let mut sums = [0.0f32; TILE];
        sums[..sum.len()].copy_from_slice(sum);
        for (weights, &x) in tile.chunks_exact(TILE).zip(vector) {
            for (sum, weight) in sums.iter_mut().zip(weights) {
                *sum += weight * x;
            }
        }
        sum.copy_from_slice(&sums[..sum.len()]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_equals_the_sum_written_out() {
        for (outputs, inputs) in [(1, 1), (31, 7), (32, 5), (33, 64), (100, 3)] {
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
            Matrix::new(outputs, inputs, &weights).multiply_add(&vector, &mut sum);
            assert_eq!(sum, expected, "{outputs} x {inputs}");
        }
    }
}
