//! AdamW over the network's variables where they lie, with the gradients' global norm clipped.
//!
//! Kingma and Ba, "Adam: A Method for Stochastic Optimization" (2015), algorithm 1 in the form of its
//! section 2 (both bias corrections folded into the rate); the decay is decoupled from the gradients:
//! Loshchilov and Hutter, "Decoupled Weight Decay Regularization" (2019), algorithm 2.
//!
//! candle-nn's own AdamW computes the same, but shows nobody its moments, without which no training could be
//! resumed. In main memory the variables are updated in place, on all cores, in blocks of a fixed size: the
//! number of threads changes no bit. On other devices it is a handful of tensor operations, and what comes
//! back from there is one number a step, the norm.

use std::sync::{Mutex, PoisonError};

use candle_core::backprop::GradStore;
use candle_core::{CpuStorage, Error, InplaceOp2, Layout, Result, Storage, Tensor, Var};
use candle_nn::{Optimizer, ParamsAdamW};
use rayon::prelude::*;

/// Numbers that one task works on at a time: 64 KiB of weights.
const BLOCK: usize = 16 * 1024;
/// Decay of the mean of the gradients.
const BETA_1: f64 = 0.9;
/// Decay of the mean of their squares. Shorter than the usual 0.999: the first gradients are steep, and
/// a training of a few thousand steps cannot wait until they are forgotten.
const BETA_2: f64 = 0.99;
/// Keeps the step finite where the gradients have been 0.
const EPSILON: f64 = 1e-8;

/// How it steps.
#[derive(Clone, Debug)]
pub struct Config {
    /// Learning rate, decays of the moments, epsilon, and the share of `lr` that weights lose a step.
    pub adamw: ParamsAdamW,
    /// Longest that all gradients, taken as one vector, may be; longer ones are scaled down together.
    pub clip: f64,
}

impl Config {
    /// The project's choice of decays.
    pub fn new(lr: f64, clip: f64, weight_decay: f64) -> Self {
        let adamw = ParamsAdamW { lr, beta1: BETA_1, beta2: BETA_2, eps: EPSILON, weight_decay };
        Self { adamw, clip }
    }
}

/// What Adam remembers of a variable's gradients.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// Running mean.
    pub mean: Vec<f32>,
    /// Running mean of the squares.
    pub square: Vec<f32>,
}

/// All that changes in an optimizer, beside the variables.
#[derive(Clone, Debug, PartialEq)]
pub struct AdamState {
    /// One for each variable, in their order.
    pub moments: Vec<Moments>,
    /// Steps done.
    pub steps: u64,
}

/// The optimizer.
pub struct Adam {
    variables: Vec<Var>,
    moments: MomentStore,
    steps: u64,
    config: Config,
}

/// Where the moments lie: beside their variables.
enum MomentStore {
    Host(Vec<Moments>),
    /// Mean and mean of squares.
    Device(Vec<[Tensor; 2]>),
}

impl Optimizer for Adam {
    type Config = Config;

    fn new(variables: Vec<Var>, config: Config) -> Result<Self> {
        let on_host = variables.iter().all(|variable| variable.device().is_cpu());
        Self::with(variables, config, on_host)
    }

    /// As [`Adam::clipped_step`]; a norm that is not finite is an error.
    fn step(&mut self, gradients: &GradStore) -> Result<()> {
        let norm = self.clipped_step(gradients)?;
        if !norm.is_finite() {
            candle_core::bail!("adam: a gradient holds a NaN or an infinity");
        }
        Ok(())
    }

    fn learning_rate(&self) -> f64 {
        self.config.adamw.lr
    }

    fn set_learning_rate(&mut self, rate: f64) {
        self.config.adamw.lr = rate;
    }
}

impl Adam {
    fn with(variables: Vec<Var>, config: Config, on_host: bool) -> Result<Self> {
        let moments = if on_host {
            let zeros = |variable: &Var| vec![0.0; variable.elem_count()];
            let both = |it: &Var| Moments { mean: zeros(it), square: zeros(it) };
            MomentStore::Host(variables.iter().map(both).collect())
        } else {
            let both = |it: &Var| Ok([it.zeros_like()?, it.zeros_like()?]);
            MomentStore::Device(variables.iter().map(both).collect::<Result<_>>()?)
        };
        Ok(Self { variables, moments, steps: 0, config })
    }

    /// Moves the variables one step and returns the norm of all gradients together, as it was before it was
    /// clipped. Where the norm is not finite nothing changes. A variable that has no gradient stays as it is.
    ///
    /// # Errors
    /// Where a gradient has another shape than its variable, or the device fails.
    pub fn clipped_step(&mut self, gradients: &GradStore) -> Result<f64> {
        let found: Vec<Option<Tensor>> = self
            .variables
            .iter()
            .map(|variable| gradients.get(variable).map(Tensor::contiguous).transpose())
            .collect::<Result<_>>()?;
        let norm = match self.moments {
            MomentStore::Host(_) => norm_on_host(found.iter().flatten())?,
            MomentStore::Device(_) => norm_on_device(found.iter().flatten())?,
        };
        if !norm.is_finite() {
            return Ok(norm);
        }
        self.steps += 1;
        let ParamsAdamW { lr, beta1, beta2, eps, weight_decay } = self.config.adamw.clone();
        let corrected = |beta: f64| 1.0 - beta.powf(self.steps as f64);
        let step = Step {
            scale: (self.config.clip / norm.max(f64::MIN_POSITIVE)).min(1.0) as f32,
            keep: (1.0 - lr * weight_decay) as f32,
            rate: (lr * corrected(beta2).sqrt() / corrected(beta1)) as f32,
            new: [(1.0 - beta1) as f32, (1.0 - beta2) as f32],
            epsilon: eps as f32,
        };
        let pairs = self.variables.iter().zip(&found);
        match &mut self.moments {
            MomentStore::Host(moments) => {
                for ((variable, gradient), moments) in pairs.zip(moments) {
                    let Some(gradient) = gradient else { continue };
                    let update = Update { step: &step, moments: Mutex::new(moments) };
                    variable.inplace_op2(gradient, &update)?;
                }
            }
            MomentStore::Device(moments) => {
                for ((variable, gradient), moments) in pairs.zip(moments) {
                    let Some(gradient) = gradient else { continue };
                    step.on_device(variable, gradient, moments)?;
                }
            }
        }
        Ok(norm)
    }

    /// What it remembers, to be kept.
    ///
    /// # Errors
    /// Where the device fails.
    pub fn state(&self) -> Result<AdamState> {
        let numbers = |tensor: &Tensor| tensor.flatten_all()?.to_vec1();
        let moments = match &self.moments {
            MomentStore::Host(moments) => moments.clone(),
            MomentStore::Device(moments) => moments
                .iter()
                .map(|[mean, square]| {
                    Ok(Moments { mean: numbers(mean)?, square: numbers(square)? })
                })
                .collect::<Result<_>>()?,
        };
        Ok(AdamState { moments, steps: self.steps })
    }

    /// Goes back to what was kept.
    ///
    /// # Errors
    /// Where it is that of other variables; nothing has changed then.
    pub fn restore(&mut self, state: AdamState) -> Result<()> {
        let lengths = state.moments.iter().map(|it| [it.mean.len(), it.square.len()]);
        if !lengths.eq(self.variables.iter().map(|it| [it.elem_count(); 2])) {
            candle_core::bail!("adam: the moments are those of other variables");
        }
        match &mut self.moments {
            MomentStore::Host(moments) => *moments = state.moments,
            MomentStore::Device(moments) => {
                let both = state.moments.iter().zip(&self.variables).map(|(it, variable)| {
                    let tensor = |numbers: &[f32]| {
                        Tensor::from_slice(numbers, variable.shape(), variable.device())
                    };
                    Ok([tensor(&it.mean)?, tensor(&it.square)?])
                });
                *moments = both.collect::<Result<_>>()?;
            }
        }
        self.steps = state.steps;
        Ok(())
    }

    /// Steps done.
    pub fn steps(&self) -> u64 {
        self.steps
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
    /// How much a new gradient and its square count in their means.
    new: [f32; 2],
    /// Keeps the step finite where the gradients have been 0.
    epsilon: f32,
}

impl Step {
    fn on_host(&self, weights: &mut [f32], gradient: &[f32], mean: &mut [f32], square: &mut [f32]) {
        let moments = mean.iter_mut().zip(square);
        for ((weight, gradient), (mean, square)) in weights.iter_mut().zip(gradient).zip(moments) {
            let gradient = gradient * self.scale;
            *mean += (gradient - *mean) * self.new[0];
            *square += (gradient * gradient - *square) * self.new[1];
            *weight = self.keep * *weight - self.rate * *mean / (square.sqrt() + self.epsilon);
        }
    }

    fn on_device(
        &self,
        variable: &Var,
        gradient: &Tensor,
        [mean, square]: &mut [Tensor; 2],
    ) -> Result<()> {
        let gradient = (gradient * f64::from(self.scale))?;
        let moved =
            |mean: &Tensor, new: Tensor, share: f32| mean + ((new - mean)? * f64::from(share))?;
        *square = moved(square, gradient.sqr()?, self.new[1])?;
        *mean = moved(mean, gradient, self.new[0])?;
        let direction = (&*mean / (square.sqrt()? + f64::from(self.epsilon))?)?;
        let kept = (variable.as_tensor() * f64::from(self.keep))?;
        variable.set(&(kept - (direction * f64::from(self.rate))?)?)
    }
}

/// One step of a variable in main memory.
struct Update<'a> {
    step: &'a Step,
    moments: Mutex<&'a mut Moments>,
}

impl InplaceOp2 for Update<'_> {
    fn name(&self) -> &'static str {
        "adam"
    }

    fn cpu_fwd(
        &self,
        weights: &mut CpuStorage,
        weights_layout: &Layout,
        gradient: &CpuStorage,
        gradient_layout: &Layout,
    ) -> Result<()> {
        let gradient = slice(gradient, gradient_layout)?;
        let (first, end) = offsets(weights_layout)?;
        let CpuStorage::F32(weights) = weights else {
            candle_core::bail!("adam: the weights are not in single precision");
        };
        let weights = &mut weights[first..end];
        let mut moments = self.moments.lock().unwrap_or_else(PoisonError::into_inner);
        let Moments { mean, square } = &mut **moments;
        if gradient.len() != weights.len() {
            candle_core::bail!("adam: a gradient has another shape than its variable");
        }
        let moments = mean.par_chunks_mut(BLOCK).zip(square.par_chunks_mut(BLOCK));
        let blocks = weights.par_chunks_mut(BLOCK).zip(gradient.par_chunks(BLOCK)).zip(moments);
        blocks.for_each(|((weights, gradient), (mean, square))| {
            self.step.on_host(weights, gradient, mean, square);
        });
        Ok(())
    }
}

fn offsets(layout: &Layout) -> Result<(usize, usize)> {
    layout.contiguous_offsets().ok_or_else(|| Error::Msg("adam: a tensor is not contiguous".into()))
}

fn slice<'s>(storage: &'s CpuStorage, layout: &Layout) -> Result<&'s [f32]> {
    let (first, end) = offsets(layout)?;
    Ok(&storage.as_slice::<f32>()?[first..end])
}

/// The length of all gradients as one vector.
fn norm_on_host<'t>(gradients: impl Iterator<Item = &'t Tensor>) -> Result<f64> {
    let squares = |block: &[f32]| block.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>();
    let mut sums: Vec<f64> = Vec::new();
    for gradient in gradients {
        let (storage, layout) = gradient.storage_and_layout();
        let Storage::Cpu(storage) = &*storage else {
            candle_core::bail!("adam: a gradient is not where its variable is");
        };
        sums.par_extend(slice(storage, layout)?.par_chunks(BLOCK).map(squares));
    }
    Ok(sums.iter().sum::<f64>().sqrt())
}

fn norm_on_device<'t>(gradients: impl Iterator<Item = &'t Tensor>) -> Result<f64> {
    let squares = gradients.map(|it| it.sqr()?.sum_all()).collect::<Result<Vec<_>>>()?;
    if squares.is_empty() {
        return Ok(0.0);
    }
    Ok(f64::from(Tensor::stack(&squares, 0)?.sum_all()?.sqrt()?.to_scalar::<f32>()?))
}

#[cfg(test)]
mod tests {
    use candle_core::Device;
    use candle_nn::AdamW;

    use super::*;

    fn config() -> Config {
        Config::new(0.1, 1.0, 0.0)
    }

    fn variable(numbers: &[f32]) -> Var {
        Var::new(numbers, &Device::Cpu).unwrap()
    }

    fn numbers(tensor: &Tensor) -> Vec<f32> {
        tensor.flatten_all().unwrap().to_vec1().unwrap()
    }

    /// Gradients of these variables: those of a sum in which each number has its gradient as a factor.
    fn gradients(pairs: &[(&Var, &[f32])]) -> GradStore {
        let terms = pairs.iter().map(|(variable, gradient)| {
            let factors = Tensor::from_slice(gradient, variable.shape(), &Device::Cpu).unwrap();
            (variable.as_tensor() * factors).unwrap().sum_all().unwrap()
        });
        terms.reduce(|a, b| (a + b).unwrap()).unwrap().backward().unwrap()
    }

    /// One step on a variable.
    fn step(adam: &mut Adam, variable: &Var, gradient: &[f32]) -> f64 {
        adam.clipped_step(&gradients(&[(variable, gradient)])).unwrap()
    }

    fn adam(variable: &Var) -> Adam {
        Adam::new(vec![variable.clone()], config()).unwrap()
    }

    #[test]
    fn the_first_step_goes_down_by_the_learning_rate() {
        let weights = variable(&[1.0, 1.0, 1.0]);
        let norm = step(&mut adam(&weights), &weights, &[0.3, -0.4, 0.0]);
        assert!((norm - 0.5).abs() < 1e-7);
        for (weight, expected) in numbers(&weights).iter().zip([0.9, 1.1, 1.0]) {
            assert!((weight - expected).abs() < 1e-5, "{weight} is not {expected}");
        }
    }

    /// In main memory, and with the operations of other devices.
    #[test]
    fn it_agrees_with_candle_nns_adamw_over_many_steps() {
        let config = Config::new(0.1, f64::INFINITY, 0.3);
        let start = |seed: u32| -> Vec<f32> {
            (0..40).map(|i| ((i * 7 + seed) as f32 * 0.37).sin() * 3.0).collect()
        };
        let pair = || [variable(&start(1)), variable(&start(2))];
        let [ours, on_device, theirs] = [pair(), pair(), pair()];
        let mut optimizers = [true, false].map(|on_host| {
            let variables = if on_host { &ours } else { &on_device };
            Adam::with(variables.to_vec(), config.clone(), on_host).unwrap()
        });
        let mut expected = AdamW::new(theirs.to_vec(), config.adamw).unwrap();
        for t in 0..200 {
            let rate = 0.1 / (1.0 + f64::from(t) * 0.05);
            let gradient = |seed: u32| -> Vec<f32> {
                (0..40).map(|i| ((i * 3 + seed + t * 11) as f32 * 0.7).sin() * 0.9).collect()
            };
            let (a, b) = (gradient(1), gradient(2));
            let of = |pair: &[Var; 2]| gradients(&[(&pair[0], &a[..]), (&pair[1], &b[..])]);
            for (optimizer, variables) in optimizers.iter_mut().zip([&ours, &on_device]) {
                optimizer.set_learning_rate(rate);
                optimizer.step(&of(variables)).unwrap();
            }
            expected.set_learning_rate(rate);
            expected.step(&of(&theirs)).unwrap();
        }
        for variables in [&ours, &on_device] {
            for (variable, expected) in variables.iter().zip(&theirs) {
                for (found, expected) in numbers(variable).iter().zip(numbers(expected)) {
                    assert!((found - expected).abs() < 2e-5, "{found} is not {expected}");
                }
            }
        }
        let [host, device] = optimizers.map(|it| it.state().unwrap());
        assert_eq!(host.steps, device.steps);
        for (host, device) in host.moments.iter().zip(&device.moments) {
            let pairs =
                host.mean.iter().zip(&device.mean).chain(host.square.iter().zip(&device.square));
            assert!(pairs.into_iter().all(|(a, b)| (a - b).abs() < 1e-6));
        }
    }

    #[test]
    fn a_weight_that_no_gradient_moves_decays() {
        let weights = variable(&[2.0, -1.0]);
        let config = Config::new(0.1, 1.0, 0.5);
        step(&mut Adam::new(vec![weights.clone()], config).unwrap(), &weights, &[0.0; 2]);
        assert_eq!(numbers(&weights), [1.9, -0.95]);
    }

    #[test]
    fn large_gradients_are_clipped_together() {
        let (a, b) = (variable(&[0.0; 2]), variable(&[0.0; 2]));
        let (mut clipped, mut small) = (adam(&a), adam(&b));
        assert_eq!(step(&mut clipped, &a, &[300.0, 400.0]), 500.0);
        step(&mut small, &b, &[0.6, 0.8]);
        assert_eq!(clipped.state().unwrap(), small.state().unwrap());
        assert_eq!(numbers(&a), numbers(&b));
    }

    #[test]
    fn a_gradient_that_is_no_number_changes_nothing() {
        let weights = variable(&[1.0, 2.0]);
        for on_host in [true, false] {
            let mut adam = Adam::with(vec![weights.clone()], config(), on_host).unwrap();
            let before = adam.state().unwrap();
            assert!(step(&mut adam, &weights, &[0.1, f32::NAN]).is_nan());
            assert_eq!(step(&mut adam, &weights, &[f32::INFINITY, 0.1]), f64::INFINITY);
            assert!(adam.step(&gradients(&[(&weights, &[f32::NAN, 0.0][..])])).is_err());
            assert_eq!((adam.state().unwrap(), numbers(&weights)), (before, vec![1.0, 2.0]));
        }
    }

    #[test]
    fn a_restored_optimizer_goes_on_to_the_bit() {
        for on_host in [true, false] {
            let gradient = |t: usize| [(t as f32).sin(), (t as f32 * 0.3).cos()];
            let weights = variable(&[1.0, -2.0]);
            let mut whole = Adam::with(vec![weights.clone()], config(), on_host).unwrap();
            for t in 0..5 {
                step(&mut whole, &weights, &gradient(t));
            }
            let (kept, copy) = (whole.state().unwrap(), variable(&numbers(&weights)));
            let mut resumed = Adam::with(vec![copy.clone()], config(), on_host).unwrap();
            resumed.restore(kept).unwrap();
            for t in 5..9 {
                step(&mut whole, &weights, &gradient(t));
                step(&mut resumed, &copy, &gradient(t));
            }
            assert_eq!(numbers(&weights), numbers(&copy));
            assert_eq!(whole.state().unwrap(), resumed.state().unwrap());
            assert!(resumed.restore(AdamState { moments: vec![], steps: 1 }).is_err());
        }
    }

    #[test]
    fn the_number_of_threads_changes_no_bit() {
        let length = 5 * BLOCK + 123;
        let gradient: Vec<f32> = (0..length).map(|i| (i as f32 * 0.37).sin()).collect();
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let weights = variable(&vec![0.5; length]);
            let mut adam = adam(&weights);
            let norm = pool.install(|| step(&mut adam, &weights, &gradient));
            (norm, adam.state().unwrap(), numbers(&weights))
        };
        assert_eq!(on(1), on(3));
    }
}
