//! Adam with the gradients' global norm clipped and the weights decaying, over plain slices and on all
//! cores.
//!
//! Kingma and Ba, "Adam: A Method for Stochastic Optimization" (2015), algorithm 1 in the form of
//! its section 2 (both bias corrections folded into the rate); the decay
//! is decoupled from the gradients: Loshchilov and Hutter, "Decoupled Weight Decay Regularization"
//! (2019), algorithm 2. Sums run over blocks of a fixed
//! size, so that the result does not depend on the number of threads.

use rayon::prelude::*;

/// Numbers that one task works on at a time: 64 KiB of weights.
const BLOCK: usize = 16 * 1024;
/// Decay of the mean of the gradients.
const BETA_1: f64 = 0.9;
/// Decay of the mean of their squares. Shorter than the usual 0.999: the first gradients are steep, and
/// a training of a few thousand steps cannot wait until they are forgotten.
const BETA_2: f64 = 0.99;
/// Keeps the step finite where the gradients have been 0.
const EPSILON: f32 = 1e-8;

/// A tensor's weights and the gradient of the loss with respect to them, of one length.
#[derive(Debug)]
pub struct Parameter<'a> {
    /// What is learnt.
    pub weights: &'a mut [f32],
    /// Which way the loss grows.
    pub gradient: &'a [f32],
}

/// What Adam remembers of a tensor's gradients.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// Running mean.
    pub mean: Vec<f32>,
    /// Running mean of the squares.
    pub square: Vec<f32>,
}

/// The optimizer: its state is the moments and the number of steps, nothing else.
#[derive(Clone, Debug, PartialEq)]
pub struct Adam {
    /// One for each tensor, in the order of the parameters.
    pub moments: Vec<Moments>,
    /// Steps done.
    pub steps: u64,
}

/// A gradient holds a NaN or an infinity: no weight was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotFinite;

impl Adam {
    /// An optimizer for tensors of these lengths that has seen no gradient yet.
    pub fn new(lengths: impl IntoIterator<Item = usize>) -> Self {
        let zeros = |length| Moments { mean: vec![0.0; length], square: vec![0.0; length] };
        Self { moments: lengths.into_iter().map(zeros).collect(), steps: 0 }
    }

    /// Moves the weights one step and returns the norm of all gradients together, before it was
    /// clipped to `clip`. Each weight loses a share of `rate` times `decay`.
    ///
    /// # Errors
    /// [`NotFinite`], and nothing has changed.
    pub fn step(
        &mut self,
        parameters: &mut [Parameter<'_>],
        rate: f64,
        clip: f64,
        decay: f64,
    ) -> Result<f64, NotFinite> {
        let norm = global_norm(parameters);
        if !norm.is_finite() {
            return Err(NotFinite);
        }
        self.steps += 1;
        let corrected = |beta: f64| 1.0 - beta.powf(self.steps as f64);
        let step = Step {
            scale: (clip / norm.max(f64::MIN_POSITIVE)).min(1.0) as f32,
            keep: (1.0 - rate * decay) as f32,
            rate: (rate * corrected(BETA_2).sqrt() / corrected(BETA_1)) as f32,
        };
        for (parameter, moments) in parameters.iter_mut().zip(&mut self.moments) {
            let blocks = parameter
                .weights
                .par_chunks_mut(BLOCK)
                .zip(parameter.gradient.par_chunks(BLOCK))
                .zip(moments.mean.par_chunks_mut(BLOCK))
                .zip(moments.square.par_chunks_mut(BLOCK));
            blocks.for_each(|(((weights, gradient), mean), square)| {
                step.apply(weights, gradient, mean, square);
            });
        }
        Ok(norm)
    }
}

/// The numbers of one step that are the same for every weight.
struct Step {
    /// Factor that clips the gradients.
    scale: f32,
    /// Share of a weight that does not decay.
    keep: f32,
    /// Learning rate with both bias corrections.
    rate: f32,
}

impl Step {
    fn apply(&self, weights: &mut [f32], gradient: &[f32], mean: &mut [f32], square: &mut [f32]) {
        let moments = mean.iter_mut().zip(square);
        for ((weight, gradient), (mean, square)) in weights.iter_mut().zip(gradient).zip(moments) {
            let gradient = gradient * self.scale;
            *mean += (gradient - *mean) * (1.0 - BETA_1) as f32;
            *square += (gradient * gradient - *square) * (1.0 - BETA_2) as f32;
            *weight = self.keep * *weight - self.rate * *mean / (square.sqrt() + EPSILON);
        }
    }
}

/// The length of all gradients as one vector.
fn global_norm(parameters: &[Parameter<'_>]) -> f64 {
    let squares = |block: &[f32]| block.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>();
    let blocks: Vec<&[f32]> =
        parameters.iter().flat_map(|parameter| parameter.gradient.chunks(BLOCK)).collect();
    let sums: Vec<f64> = blocks.into_par_iter().map(squares).collect();
    sums.iter().sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One step on a tensor of these weights.
    fn step(adam: &mut Adam, weights: &mut [f32], gradient: &[f32]) -> Result<f64, NotFinite> {
        adam.step(&mut [Parameter { weights, gradient }], 0.1, 1.0, 0.0)
    }

    #[test]
    fn the_first_step_goes_down_by_the_learning_rate() {
        let mut weights = [1.0, 1.0, 1.0];
        let norm = step(&mut Adam::new([3]), &mut weights, &[0.3, -0.4, 0.0]).unwrap();
        assert!((norm - 0.5).abs() < 1e-7);
        for (weight, expected) in weights.iter().zip([0.9, 1.1, 1.0]) {
            assert!((weight - expected).abs() < 1e-5, "{weight} is not {expected}");
        }
    }

    #[test]
    fn it_agrees_with_the_textbook_over_many_steps() {
        let (mut m, mut v, mut w) = (0.0f64, 0.0f64, 3.0f64);
        let (mut adam, mut weights) = (Adam::new([1]), [3.0f32]);
        for t in 1..=200 {
            let gradient = (f64::from(t) * 0.7).sin() * 0.9;
            m = 0.9 * m + 0.1 * gradient;
            v = 0.99 * v + 0.01 * gradient * gradient;
            let (mean, square) = (m / (1.0 - 0.9f64.powi(t)), v / (1.0 - 0.99f64.powi(t)));
            w -= 0.1 * mean / (square.sqrt() + 1e-8);
            step(&mut adam, &mut weights, &[gradient as f32]).unwrap();
        }
        assert!((f64::from(weights[0]) - w).abs() < 1e-3, "{} is not {w}", weights[0]);
    }

    #[test]
    fn a_weight_that_no_gradient_moves_decays() {
        let mut weights = [2.0, -1.0];
        let gradient = &[0.0; 2];
        let parameter = Parameter { weights: &mut weights, gradient };
        Adam::new([2]).step(&mut [parameter], 0.1, 1.0, 0.5).unwrap();
        assert_eq!(weights, [1.9, -0.95]);
    }

    #[test]
    fn large_gradients_are_clipped_together() {
        let (mut clipped, mut small) = (Adam::new([2]), Adam::new([2]));
        let (mut a, mut b) = ([0.0; 2], [0.0; 2]);
        assert_eq!(step(&mut clipped, &mut a, &[300.0, 400.0]), Ok(500.0));
        step(&mut small, &mut b, &[0.6, 0.8]).unwrap();
        assert_eq!(clipped.moments, small.moments);
    }

    #[test]
    fn a_gradient_that_is_no_number_changes_nothing() {
        let mut adam = Adam::new([2]);
        let (before, mut weights) = (adam.clone(), [1.0, 2.0]);
        assert_eq!(step(&mut adam, &mut weights, &[0.1, f32::NAN]), Err(NotFinite));
        assert_eq!(step(&mut adam, &mut weights, &[f32::INFINITY, 0.1]), Err(NotFinite));
        assert_eq!((adam, weights), (before, [1.0, 2.0]));
    }

    #[test]
    fn the_number_of_threads_changes_no_bit() {
        let length = 5 * BLOCK + 123;
        let gradient: Vec<f32> = (0..length).map(|i| (i as f32 * 0.37).sin()).collect();
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let (mut adam, mut weights) = (Adam::new([length]), vec![0.5; length]);
            let norm = pool.install(|| step(&mut adam, &mut weights, &gradient).unwrap());
            (norm, adam, weights)
        };
        assert_eq!(on(1), on(3));
    }
}
