//! The trained numbers, by tensor name.
//!
//! Names, shapes and gate order (input, forget, cell, output) of the LSTM are those of
//! `torch.nn.LSTM`, one direction at a time. With E = embedding, H = hidden, K = head width:
//!
//! | tensor | shape |
//! | --- | --- |
//! | `embed.weight` | (embedding rows, E) |
//! | `lstm.weight_ih_lN`, `lstm.weight_ih_lN_reverse` | (4 H, E) for layer 0, (4 H, H) above |
//! | `lstm.weight_hh_lN`, `..._reverse` | (4 H, H) |
//! | `lstm.bias_ih_lN`, `lstm.bias_hh_lN`, `..._reverse` | (4 H) |
//! | `future.unknown` | (H): stands in for the backward state where nothing is known to come |
//! | `heads.NAME.context.weight` | (K, 2 H): forward state, then backward state |
//! | `heads.NAME.table` | (table rows, K), see [`rows`](super::rows) |
//! | `heads.NAME.output.weight` | (choices, K) |
//! | `heads.NAME.output.bias` | (choices) |

use std::collections::BTreeMap;

use super::rows::Rows;
use super::{Config, Head};
use crate::vocabulary::Vocabulary;

/// One tensor.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// Its sizes, the outermost first.
    pub shape: Vec<usize>,
    /// Its numbers, by rows.
    pub data: Vec<f32>,
}

/// The trained numbers, by tensor name.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Weights {
    tensors: BTreeMap<String, Tensor>,
}

/// Why weights do not fit a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeightsError {
    /// A tensor is missing.
    #[error("the tensor {0} is missing")]
    Missing(String),
    /// A tensor has another shape than the configuration and vocabulary ask for.
    #[error(
        "the tensor {name} has shape {found:?}; the network and vocabulary ask for {expected:?}"
    )]
    Shape {
        /// The tensor.
        name: String,
        /// Its shape.
        found: Vec<usize>,
        /// The shape that it should have.
        expected: Vec<usize>,
    },
    /// A tensor holds a number that is infinite or not a number.
    #[error("the tensor {0} holds a number that is not finite")]
    NotFinite(String),
}

/// The suffix of a direction's tensors: none for the forward one.
pub const DIRECTIONS: [&str; 2] = ["", "_reverse"];

/// Name and shape of every tensor of a network, in a fixed order.
pub fn shapes(config: &Config, vocabulary: &Vocabulary) -> Vec<(String, Vec<usize>)> {
    let rows = Rows::new(vocabulary);
    let Config { hidden, layers, embedding, head: width } = *config;
    let mut shapes = vec![("embed.weight".to_owned(), vec![rows.embedding(), embedding])];
    for layer in 0..layers {
        let input = if layer == 0 { embedding } else { hidden };
        for direction in DIRECTIONS {
            let name = |part: &str| format!("lstm.{part}_l{layer}{direction}");
            shapes.push((name("weight_ih"), vec![4 * hidden, input]));
            shapes.push((name("weight_hh"), vec![4 * hidden, hidden]));
            shapes.push((name("bias_ih"), vec![4 * hidden]));
            shapes.push((name("bias_hh"), vec![4 * hidden]));
        }
    }
    shapes.push(("future.unknown".to_owned(), vec![hidden]));
    for &head in rows.choosing() {
        let name = |part: &str| format!("heads.{}.{part}", head.name());
        shapes.push((name("context.weight"), vec![width, 2 * hidden]));
        shapes.push((name("table"), vec![rows.head(head), width]));
        shapes.push((name("output.weight"), vec![rows.choices(head), width]));
        shapes.push((name("output.bias"), vec![rows.choices(head)]));
    }
    shapes
}

impl Weights {
    /// Weights out of named tensors.
    pub fn new(tensors: BTreeMap<String, Tensor>) -> Self {
        Self { tensors }
    }

    /// Every tensor, by name.
    pub fn tensors(&self) -> &BTreeMap<String, Tensor> {
        &self.tensors
    }

    /// The weights of a network whose heads think the same but are surer of it, or less sure: each one's
    /// scores are multiplied by a factor, in the order of [`Head::ALL`].
    pub fn sharpened(mut self, factors: [f32; Head::COUNT]) -> Self {
        for (head, factor) in Head::ALL.into_iter().zip(factors) {
            for part in ["weight", "bias"] {
                let name = format!("heads.{}.output.{part}", head.name());
                if let Some(tensor) = self.tensors.get_mut(&name) {
                    tensor.data.iter_mut().for_each(|number| *number *= factor);
                }
            }
        }
        self
    }

    /// Checks that every tensor of a network is there, has its shape, and is finite.
    ///
    /// # Errors
    /// Names the first tensor that is not as it should be.
    pub fn validate(&self, config: &Config, vocabulary: &Vocabulary) -> Result<(), WeightsError> {
        for (name, expected) in shapes(config, vocabulary) {
            let Some(tensor) = self.tensors.get(&name) else {
                return Err(WeightsError::Missing(name));
            };
            if tensor.shape != expected || tensor.data.len() != expected.iter().product::<usize>() {
                return Err(WeightsError::Shape { name, found: tensor.shape.clone(), expected });
            }
            if !tensor.data.iter().all(|number| number.is_finite()) {
                return Err(WeightsError::NotFinite(name));
            }
        }
        Ok(())
    }

    /// The numbers of a tensor that [`Weights::validate`] has found to be there.
    pub(crate) fn get(&self, name: &str) -> &[f32] {
        &self.tensors[name].data
    }
}
