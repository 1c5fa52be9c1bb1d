//! The network over a batch: variables, loss, and the way to and from a record's weights.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use candle_core::{DType, Device, Result, Tensor as CandleTensor, Var};
use candle_nn::VarBuilder;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::batch::Batch;
use super::buffer_pool::BufferPool;
use super::choice_loss::Choices;
use super::head_parameters::layout;
use super::heads::heads;
use super::lstm::{LayerState, Mask, lstm};
use super::ops::sum_rows;
use super::portable;
use crate::network::Config;
use crate::network::rows::Rows;
use crate::network::weights::{DIRECTIONS, Tensor, Weights, shapes};
use crate::vocabulary::Vocabulary;

/// The variable that holds all heads, and the one that holds the event embedding.
const HEADS: &str = "heads";
const EMBEDDING: &str = "embed.weight";

/// The trainable network.
///
/// Its variables are the record's tensors (see [`weights`](crate::network::weights)), but for the
/// LSTM, whose tensors lie side by side as [`lstm`](super::lstm) reads them (`lstm.lN`, shape (2,
/// 4 H, inputs + H + 1)), and the heads, whose tensors lie end to end (`heads`).
pub struct Graph {
    config: Config,
    vocabulary: Vocabulary,
    rows: Rows,
    names: Vec<String>,
    variables: BTreeMap<String, Var>,
    device: Device,
    /// Whether it computes with Candle's own operations.
    portable: bool,
    pool: BufferPool,
}

/// The forward direction's states between the batches of a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Carry {
    /// One a layer.
    pub layers: Vec<LayerState>,
}

impl Carry {
    /// The state before anything is read, for a number of lanes.
    pub fn new(config: &Config, lanes: usize) -> Self {
        let zeros = || vec![0.0; lanes * config.hidden];
        Self {
            layers: (0..config.layers)
                .map(|_| LayerState { hidden: zeros(), cell: zeros() })
                .collect(),
        }
    }
}

/// What a batch cost.
pub struct Loss {
    /// Nats a note, as a tensor of one number, to differentiate.
    pub objective: CandleTensor,
    /// What each head's choices cost, in all.
    pub choices: Choices,
    /// Notes in the batch.
    pub notes: usize,
}

impl Graph {
    /// A new network with random weights, the same for the same seed.
    ///
    /// # Errors
    /// Where the device fails.
    pub fn new(
        config: Config,
        vocabulary: &Vocabulary,
        seed: u64,
        device: &Device,
    ) -> Result<Self> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let tensors = shapes(&config, vocabulary).into_iter().map(|(name, shape)| {
            let data = initial(&name, &shape, &config, &mut random);
            (name, Tensor { shape, data })
        });
        Self::from_weights(config, vocabulary, &Weights::new(tensors.collect()), device)
    }

    /// The network of weights that [`Weights::validate`] has accepted.
    ///
    /// # Errors
    /// Where the device fails.
    pub fn from_weights(
        config: Config,
        vocabulary: &Vocabulary,
        weights: &Weights,
        device: &Device,
    ) -> Result<Self> {
        let mut names = Vec::new();
        let mut variables = BTreeMap::new();
        let mut add = |name: String, shape: &[usize], data: Vec<f32>| -> Result<()> {
            variables.insert(
                name.clone(),
                Var::from_tensor(&CandleTensor::from_vec(data, shape, device)?)?,
            );
            names.push(name);
            Ok(())
        };
        for layer in 0..config.layers {
            let (shape, data) = pack_lstm(&config, weights, layer);
            add(format!("lstm.l{layer}"), &shape, data)?;
        }
        let rows = Rows::new(vocabulary);
        let heads: Vec<f32> = layout(&config, &rows)
            .iter()
            .flat_map(|(name, _)| weights.get(name))
            .copied()
            .collect();
        add(HEADS.to_owned(), &[heads.len()], heads)?;
        let embedding = weights.get(EMBEDDING).to_vec();
        add(EMBEDDING.to_owned(), &[rows.embedding(), config.embedding], embedding)?;
        let (vocabulary, device) = (vocabulary.clone(), device.clone());
        let (portable, pool) = (!device.is_cpu(), BufferPool::default());
        Ok(Self { config, vocabulary, rows, names, variables, device, portable, pool })
    }

    /// The same network, computed as on a device other than the CPU: with Candle's own operations.
    #[must_use]
    pub fn portable(self) -> Self {
        Self { portable: true, ..self }
    }

    /// The sizes of the network.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Every variable by name, in a fixed order.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &Var)> {
        self.names.iter().map(|name| (name.as_str(), &self.variables[name]))
    }

    /// The weights as a record stores them.
    ///
    /// # Errors
    /// Where the device fails.
    pub fn weights(&self) -> Result<Weights> {
        let numbers = |name: &str| self.get(name).flatten_all()?.to_vec1::<f32>();
        let mut tensors = BTreeMap::new();
        for layer in 0..self.config.layers {
            unpack_lstm(&self.config, &numbers(&format!("lstm.l{layer}"))?, layer, &mut tensors);
        }
        let mut all = self.pieces_of_heads(numbers(HEADS)?);
        all.insert(EMBEDDING.to_owned(), numbers(EMBEDDING)?);
        for (name, shape) in shapes(&self.config, &self.vocabulary) {
            if let Some(data) = all.remove(&name) {
                tensors.insert(name, Tensor { shape, data });
            }
        }
        Ok(Weights::new(tensors))
    }

    /// What a batch costs. The forward direction starts from `carry`, which is moved on.
    ///
    /// For training, `dropout` silences a share of the LSTM's units and inputs for the length of the
    /// batch, chosen by the generator; the share may be 0. Without it there are no gradients.
    ///
    /// # Errors
    /// Where the batch does not fit the network, or the device fails.
    pub fn loss(
        &self,
        batch: &Batch,
        carry: &mut Carry,
        dropout: Option<(f32, &mut ChaCha8Rng)>,
    ) -> Result<Loss> {
        let Config { hidden, embedding, layers, .. } = self.config;
        let directions = batch.keep.len();
        let gradients = dropout.is_some();
        // One mask for the inputs of each layer, and one for those of the heads.
        let masks: Option<Vec<Mask>> =
            dropout.filter(|(rate, _)| *rate > 0.0).map(|(rate, random)| {
                let widths = std::iter::once(embedding).chain(std::iter::repeat_n(hidden, layers));
                widths.map(|width| Arc::new(mask(batch.lanes * width, rate, random))).collect()
            });
        if self.portable {
            let tensors = VarBuilder::from_tensors(self.named()?, DType::F32, &self.device);
            let network = portable::Network::new(&self.config, &self.rows, directions, &tensors)?;
            let (objective, choices) = network.loss(batch, carry, masks.as_deref())?;
            return Ok(Loss { objective, choices, notes: batch.notes });
        }
        let mask = |index: usize| masks.as_ref().map(|masks| &masks[index]);
        let fields = self.rows.event_fields();
        let inputs = Arc::clone(&batch.inputs);
        let mut x = sum_rows(self.get(EMBEDDING), inputs, fields, fields, directions)?;
        for (layer, state) in carry.layers.iter_mut().enumerate() {
            let both = self.get(&format!("lstm.l{layer}"));
            let w = if directions == 2 { both.clone() } else { both.narrow(0, 0, 1)? };
            let start = state.clone();
            (x, *state) = lstm(&x, &w, mask(layer), &batch.keep, start, &self.pool)?;
        }

        // The heads keep all their units: narrow as they are, they learn worse without.
        let (objective, choices) =
            heads(&self.config, &self.rows, batch, &x, self.get(HEADS), mask(layers), gradients)?;
        Ok(Loss { objective, choices, notes: batch.notes })
    }

    /// The network's vocabulary.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Where the variables lie.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The heads' tensors, cut out of the variable that holds them.
    fn pieces_of_heads(&self, mut rest: Vec<f32>) -> BTreeMap<String, Vec<f32>> {
        let mut pieces = BTreeMap::new();
        for (name, [rows, columns]) in layout(&self.config, &self.rows) {
            let after = rest.split_off(rows * columns);
            pieces.insert(name, std::mem::replace(&mut rest, after));
        }
        pieces
    }

    /// The variables' parts under the record's names and in its shapes, to be differentiated.
    /// `lstm.bias_hh` is left out, for `lstm.bias_ih` is the sum of both.
    fn named(&self) -> Result<HashMap<String, CandleTensor>> {
        let mut parts = HashMap::from([(EMBEDDING.to_owned(), self.get(EMBEDDING).clone())]);
        for layer in 0..self.config.layers {
            let (inputs, hidden) = (inputs(&self.config, layer), self.config.hidden);
            for (index, direction) in DIRECTIONS.into_iter().enumerate() {
                let w = self.get(&format!("lstm.l{layer}")).get(index)?;
                let columns = [("weight_ih", inputs), ("weight_hh", hidden), ("bias_ih", 1)];
                let mut first = 0;
                for (part, width) in columns {
                    let name = format!("lstm.{part}_l{layer}{direction}");
                    parts.insert(name, w.narrow(1, first, width)?.contiguous()?);
                    first += width;
                }
            }
        }
        let mut first = 0;
        for (name, [rows, columns]) in layout(&self.config, &self.rows) {
            parts.insert(name, self.get(HEADS).narrow(0, first, rows * columns)?);
            first += rows * columns;
        }
        let named =
            shapes(&self.config, &self.vocabulary).into_iter().filter_map(|(name, shape)| {
                let part = parts.remove(&name)?;
                Some(part.reshape(shape).map(|part| (name, part)))
            });
        named.collect()
    }

    fn get(&self, name: &str) -> &CandleTensor {
        self.variables[name].as_tensor()
    }
}

/// A dropout mask: 0 for a share of the places, and 1 / (1 - share) for the others.
fn mask(size: usize, rate: f32, random: &mut ChaCha8Rng) -> Vec<f32> {
    let scale = 1.0 / (1.0 - rate);
    (0..size).map(|_| if uniform(random) < rate { 0.0 } else { scale }).collect()
}

/// Uniform in [0, 1).
fn uniform(random: &mut ChaCha8Rng) -> f32 {
    (random.next_u32() >> 8) as f32 / (1 << 24) as f32
}

/// First values of a tensor: uniform within a bound that keeps the scale of what it multiplies; the
/// forget gates start open (Jozefowicz et al. 2015, section 3).
fn initial(name: &str, shape: &[usize], config: &Config, random: &mut ChaCha8Rng) -> Vec<f32> {
    let size = shape.iter().product();
    let inputs = shape[shape.len() - 1] as f32;
    let bound = match name {
        _ if name.starts_with("lstm.bias_ih") => {
            let forget = config.hidden..2 * config.hidden;
            return (0..size).map(|gate| f32::from(u8::from(forget.contains(&gate)))).collect();
        }
        _ if name.starts_with("lstm.bias_hh") || name.ends_with(".bias") => return vec![0.0; size],
        // A sum of nine or ten rows has about unit variance.
        "embed.weight" => 0.6,
        _ if name.ends_with(".table") => 0.1,
        _ => 1.0 / inputs.sqrt(),
    };
    (0..size).map(|_| (2.0 * uniform(random) - 1.0) * bound).collect()
}

/// A layer's tensors side by side, both directions.
fn pack_lstm(config: &Config, weights: &Weights, layer: usize) -> ([usize; 3], Vec<f32>) {
    let (gates, hidden, inputs) = (4 * config.hidden, config.hidden, inputs(config, layer));
    let columns = inputs + hidden + 1;
    let mut data = Vec::with_capacity(2 * gates * columns);
    for direction in DIRECTIONS {
        let get = |part: &str| weights.get(&format!("lstm.{part}_l{layer}{direction}"));
        let (ih, hh) = (get("weight_ih"), get("weight_hh"));
        let (bias, more) = (get("bias_ih"), get("bias_hh"));
        for gate in 0..gates {
            data.extend_from_slice(&ih[gate * inputs..][..inputs]);
            data.extend_from_slice(&hh[gate * hidden..][..hidden]);
            data.push(bias[gate] + more[gate]);
        }
    }
    ([2, gates, columns], data)
}

/// The reverse of [`pack_lstm`].
fn unpack_lstm(
    config: &Config,
    data: &[f32],
    layer: usize,
    tensors: &mut BTreeMap<String, Tensor>,
) {
    let (gates, hidden, inputs) = (4 * config.hidden, config.hidden, inputs(config, layer));
    let columns = inputs + hidden + 1;
    for (direction, data) in DIRECTIONS.into_iter().zip(data.chunks_exact(gates * columns)) {
        let take = |from: usize, to: usize| -> Vec<f32> {
            data.chunks_exact(columns).flat_map(|row| &row[from..to]).copied().collect()
        };
        let mut add = |part: &str, shape: Vec<usize>, data: Vec<f32>| {
            tensors.insert(format!("lstm.{part}_l{layer}{direction}"), Tensor { shape, data });
        };
        add("weight_ih", vec![gates, inputs], take(0, inputs));
        add("weight_hh", vec![gates, hidden], take(inputs, inputs + hidden));
        add("bias_ih", vec![gates], take(inputs + hidden, columns));
        add("bias_hh", vec![gates], vec![0.0; gates]);
    }
}

fn inputs(config: &Config, layer: usize) -> usize {
    if layer == 0 { config.embedding } else { config.hidden }
}
