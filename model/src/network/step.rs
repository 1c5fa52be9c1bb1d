//! The network as the composer runs it: one event at a time, in plain slices.
//!
//! The embedding is folded into the first layers' input weights, so that reading an event adds nine or ten
//! table rows and multiplies one matrix a layer. Matrices are kept in half precision, as a compact record
//! holds them anyway; of another it changes a note's cost by less than a ten-thousandth of a nat. Every sum has
//! a fixed order (see [`kernel::matvec`](super::kernel::matvec)): the same record gives the same bits on every
//! machine.

use super::kernel::activation::{activate_gates, tanh};
use super::kernel::matvec::Matrix;
use super::kernel::simd::vectorized;
use super::rows::{EventRows, HeadRows, Rows};
use super::weights::DIRECTIONS;
use super::{Config, Head, Weights};
use crate::vocabulary::Vocabulary;

/// Which way a stack of LSTM layers reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the past towards the present.
    Forward,
    /// From the end of what is known to come back to its first event.
    Backward,
}

/// The state of a stack of LSTM layers after some events.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Hidden state of every layer, one after another.
    hidden: Vec<f32>,
    /// Cell state of every layer, one after another.
    cell: Vec<f32>,
}

/// A record's network, prepared for composing. Instances share one by reference.
pub struct Network {
    config: Config,
    rows: Rows,
    stacks: [Stack; 2],
    unknown: Vec<f32>,
    /// Forward state to the contexts of the C heads that choose: (C K, H); and the same for the backward
    /// state.
    contexts: [Matrix; 2],
    /// By the order in which they choose.
    heads: Vec<HeadWeights>,
}

/// One direction.
struct Stack {
    /// Gates of layer 0 by embedding row, (rows, 4 H); the biases are in the rows of the steps, of
    /// which every event selects one.
    gates: Vec<f32>,
    /// Recurrent weights of every layer: (4 H, H).
    recurrent: Vec<Matrix>,
    /// Input weights and biases of the layers above the first: (4 H, H) and (4 H).
    input: Vec<(Matrix, Vec<f32>)>,
}

struct HeadWeights {
    /// (rows, K)
    table: Vec<f32>,
    /// (choices, K)
    output: Matrix,
    bias: Vec<f32>,
}

/// Working memory for one caller, so that a step allocates nothing.
pub struct Scratch {
    gates: Vec<f32>,
    below: Vec<f32>,
    contexts: Vec<f32>,
    inner: Vec<f32>,
    logits: Vec<f32>,
}

impl Network {
    /// Prepares weights that [`Weights::validate`] has accepted for this configuration and
    /// vocabulary. Matrices are rounded to half precision.
    pub fn new(config: &Config, vocabulary: &Vocabulary, weights: &Weights) -> Self {
        Self::with(config, vocabulary, weights, Matrix::new)
    }

    /// The same without rounding: slower, to be held against other implementations.
    pub fn precise(config: &Config, vocabulary: &Vocabulary, weights: &Weights) -> Self {
        Self::with(config, vocabulary, weights, Matrix::precise)
    }

    fn with(
        config: &Config,
        vocabulary: &Vocabulary,
        weights: &Weights,
        matrix: fn(usize, usize, &[f32]) -> Matrix,
    ) -> Self {
        let rows = Rows::new(vocabulary);
        let &Config { hidden, head: width, .. } = config;
        let context = |side: usize| {
            let choosing = rows.choosing().iter();
            let all: Vec<f32> = choosing
                .flat_map(|head| {
                    let weight = weights.get(&format!("heads.{}.context.weight", head.name()));
                    weight
                        .chunks_exact(2 * hidden)
                        .flat_map(move |row| &row[side * hidden..(side + 1) * hidden])
                })
                .copied()
                .collect();
            matrix(rows.choosing().len() * width, hidden, &all)
        };
        let heads = rows.choosing().iter().map(|&head| {
            let get = |part: &str| weights.get(&format!("heads.{}.{part}", head.name()));
            HeadWeights {
                table: get("table").to_vec(),
                output: matrix(rows.choices(head), width, get("output.weight")),
                bias: get("output.bias").to_vec(),
            }
        });
        Self {
            config: *config,
            rows,
            stacks: DIRECTIONS
                .map(|direction| Stack::new(config, &rows, weights, direction, matrix)),
            unknown: weights.get("future.unknown").to_vec(),
            contexts: [context(0), context(1)],
            heads: heads.collect(),
        }
    }

    /// The division of the embedding tables.
    pub fn rows(&self) -> &Rows {
        &self.rows
    }

    /// Working memory for this network.
    pub fn scratch(&self) -> Scratch {
        let Config { hidden, head: width, .. } = self.config;
        let most = Head::ALL.iter().map(|&head| self.rows.choices(head)).max().unwrap_or(0);
        Scratch {
            gates: vec![0.0; 4 * hidden],
            below: vec![0.0; hidden],
            contexts: vec![0.0; self.heads.len() * width],
            inner: vec![0.0; width],
            logits: vec![0.0; most],
        }
    }

    /// The state before anything is read.
    pub fn initial(&self) -> State {
        let size = self.config.layers * self.config.hidden;
        State { hidden: vec![0.0; size], cell: vec![0.0; size] }
    }

    /// Reads one event, given by its embedding rows.
    pub fn read(
        &self,
        direction: Direction,
        rows: &EventRows,
        state: &mut State,
        scratch: &mut Scratch,
    ) {
        let hidden = self.config.hidden;
        let stack = &self.stacks[direction as usize];
        let layers = state.hidden.chunks_exact_mut(hidden).zip(state.cell.chunks_exact_mut(hidden));
        for (layer, (h, c)) in layers.enumerate() {
            if layer == 0 {
                vectorized(sum_rows, (&stack.gates[..], &rows[..], &mut scratch.gates[..]));
            } else {
                let (input, bias) = &stack.input[layer - 1];
                scratch.gates.copy_from_slice(bias);
                input.multiply_add(&scratch.below, &mut scratch.gates);
            }
            stack.recurrent[layer].multiply_add(h, &mut scratch.gates);
            vectorized(cell, (&mut scratch.gates[..], c, &mut *h));
            scratch.below.copy_from_slice(h);
        }
    }

    /// What the heads read of the future: of the backward state, or of the learned stand-in where
    /// nothing is known to come. Shape (C K).
    pub fn future(&self, backward: Option<&State>) -> Vec<f32> {
        let state = backward.map_or(&self.unknown[..], |state| self.top(state));
        let mut contexts = vec![0.0; self.contexts[1].outputs()];
        self.contexts[1].multiply_add(state, &mut contexts);
        contexts
    }

    /// Prepares the heads for the next event: the forward state, and what [`Network::future`] gave.
    pub fn attend(&self, forward: &State, future: &[f32], scratch: &mut Scratch) {
        scratch.contexts.copy_from_slice(future);
        self.contexts[0].multiply_add(self.top(forward), &mut scratch.contexts);
    }

    /// The logits of a head that chooses, after [`Network::attend`].
    pub fn logits<'s>(
        &self,
        head: Head,
        rows: &HeadRows,
        scratch: &'s mut Scratch,
    ) -> &'s mut [f32] {
        let width = self.config.head;
        let order = self.rows.order(head);
        let weights = &self.heads[order];
        let rows = &rows[..self.rows.head_fields(head)];
        vectorized(sum_rows, (&weights.table[..], rows, &mut scratch.inner[..]));
        let context = &scratch.contexts[order * width..][..width];
        for (inner, context) in scratch.inner.iter_mut().zip(context) {
            *inner = (*inner + context).max(0.0);
        }
        let logits = &mut scratch.logits[..weights.bias.len()];
        logits.copy_from_slice(&weights.bias);
        weights.output.multiply_add(&scratch.inner, logits);
        logits
    }

    fn top<'s>(&self, state: &'s State) -> &'s [f32] {
        &state.hidden[state.hidden.len() - self.config.hidden..]
    }
}

impl Stack {
    fn new(
        config: &Config,
        rows: &Rows,
        weights: &Weights,
        direction: &str,
        matrix: fn(usize, usize, &[f32]) -> Matrix,
    ) -> Self {
        let &Config { hidden, layers, embedding, .. } = config;
        let get =
            |part: &str, layer: usize| weights.get(&format!("lstm.{part}_l{layer}{direction}"));
        let bias = |layer: usize| -> Vec<f32> {
            get("bias_ih", layer).iter().zip(get("bias_hh", layer)).map(|(a, b)| a + b).collect()
        };
        let mut gates = vec![0.0; rows.embedding() * 4 * hidden];
        let columns = transposed(get("weight_ih", 0), embedding);
        let bias_of_first = bias(0);
        let embeddings = weights.get("embed.weight").chunks_exact(embedding);
        for (row, (gates, embedding)) in
            gates.chunks_exact_mut(4 * hidden).zip(embeddings).enumerate()
        {
            if rows.is_step(row) {
                gates.copy_from_slice(&bias_of_first);
            }
            vectorized(fold, (&columns[..], embedding, gates));
        }
        Self {
            gates,
            recurrent: (0..layers)
                .map(|layer| matrix(4 * hidden, hidden, get("weight_hh", layer)))
                .collect(),
            input: (1..layers)
                .map(|layer| (matrix(4 * hidden, hidden, get("weight_ih", layer)), bias(layer)))
                .collect(),
        }
    }
}

/// A matrix given by rows of a length, by columns.
fn transposed(matrix: &[f32], length: usize) -> Vec<f32> {
    (0..length).flat_map(|column| matrix.iter().skip(column).step_by(length)).copied().collect()
}

/// Adds the product of a matrix, given by columns as long as the sum, and a vector.
#[inline(always)]
fn fold((columns, vector, sum): (&[f32], &[f32], &mut [f32])) {
    for (column, x) in columns.chunks_exact(sum.len()).zip(vector) {
        for (sum, weight) in sum.iter_mut().zip(column) {
            *sum += weight * x;
        }
    }
}

/// `sum` = the sum of some rows of a table whose rows are as long as it.
#[inline(always)]
fn sum_rows((table, rows, sum): (&[f32], &[u32], &mut [f32])) {
    let width = sum.len();
    sum.fill(0.0);
    for &row in rows {
        for (sum, value) in sum.iter_mut().zip(&table[row as usize * width..][..width]) {
            *sum += value;
        }
    }
}

/// One LSTM cell: gates (input, forget, cell, output) before their activations, `c` and `h` in place.
#[inline(always)]
fn cell((gates, c, h): (&mut [f32], &mut [f32], &mut [f32])) {
    activate_gates(gates);
    let hidden = h.len();
    let (i, rest) = gates.split_at(hidden);
    let (f, rest) = rest.split_at(hidden);
    let (g, o) = rest.split_at(hidden);
    for ((c, i), (f, g)) in c.iter_mut().zip(i).zip(f.iter().zip(g)) {
        *c = f * *c + i * g;
    }
    for (h, c) in h.iter_mut().zip(c.iter()) {
        *h = tanh(*c);
    }
    for (h, o) in h.iter_mut().zip(o) {
        *h *= o;
    }
}
