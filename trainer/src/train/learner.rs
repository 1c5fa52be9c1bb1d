//! The network and its optimizer: one step of learning, one validation.

use anyhow::{Context, Result, bail};
use candle_core::{Device, Tensor};
use candle_nn::Optimizer;
use jukebox_model::network::training::{Batch, Carry, Choices, Foresight, Graph, Lane, Window};
use jukebox_model::network::{Head, Weights};
use jukebox_model::vocabulary::{Encoded, Vocabulary};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use super::adam::{Adam, AdamState, Config};
use super::defaults;
use super::settings::TrainingSettings;
use crate::dataset::random::{RandomPurpose, generator};
use crate::dataset::streams::{BatchLayout, PieceSlice, Streams};

/// What choices cost, summed over notes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LossSums {
    /// Nats of each head, in the order of [`Head::ALL`].
    #[serde(deserialize_with = "nats_of_heads")]
    pub nats: [f64; Head::COUNT],
    /// Notes.
    pub notes: usize,
}

/// Nats of each head; older checkpoints have none of the part.
fn nats_of_heads<'de, D: Deserializer<'de>>(from: D) -> Result<[f64; Head::COUNT], D::Error> {
    let list = Vec::<f64>::deserialize(from)?;
    let choosing = Head::choosing(list.len() == Head::COUNT);
    if list.len() != choosing.len() {
        return Err(D::Error::invalid_length(list.len(), &"nats of four or five heads"));
    }
    let mut nats = [0.0; Head::COUNT];
    choosing.iter().zip(list).for_each(|(&head, it)| nats[head as usize] = it);
    Ok(nats)
}

impl LossSums {
    fn of(choices: &Choices, notes: usize) -> Self {
        Self { nats: choices.map(|choice| choice.nats), notes }
    }

    /// Nats a note, all heads together.
    pub fn loss(&self) -> f64 {
        self.nats.iter().sum::<f64>() / self.notes.max(1) as f64
    }

    /// Nats a note of each head.
    pub fn heads(&self) -> [f64; Head::COUNT] {
        self.nats.map(|nats| nats / self.notes.max(1) as f64)
    }
}

impl std::ops::AddAssign for LossSums {
    fn add_assign(&mut self, other: Self) {
        for (sum, nats) in self.nats.iter_mut().zip(other.nats) {
            *sum += nats;
        }
        self.notes += other.notes;
    }
}

/// Lanes of a validation.
const VALIDATION_LANES: usize = 64;

/// A network, its optimizer, and the states that its lanes carry from batch to batch.
pub struct Learner {
    graph: Graph,
    adam: Adam,
    carry: Carry,
    settings: TrainingSettings,
}

/// Everything that changes while learning, but for the counters of the loop.
#[derive(Clone, Debug, PartialEq)]
pub struct LearnerState {
    /// The variables, in the graph's order.
    pub weights: Vec<Vec<f32>>,
    /// The optimizer.
    pub adam: AdamState,
    /// What the lanes carry.
    pub carry: Carry,
}

impl Learner {
    /// A network that has learnt nothing yet; the seed decides its first weights.
    ///
    /// # Errors
    /// Where the device fails.
    pub fn new(
        settings: &TrainingSettings,
        vocabulary: &Vocabulary,
        lanes: usize,
        device: &Device,
    ) -> Result<Self> {
        let graph = Graph::new(settings.config(), vocabulary, settings.seed, device)?;
        Self::with(settings, graph, lanes)
    }

    /// A network that goes on from what it is.
    ///
    /// # Errors
    /// Where the device fails.
    pub fn with(settings: &TrainingSettings, graph: Graph, lanes: usize) -> Result<Self> {
        let variables = graph.variables().map(|(_, variable)| variable.clone()).collect();
        let config = Config::new(settings.learning_rate, defaults::CLIP, settings.weight_decay);
        Ok(Self {
            adam: Adam::new(variables, config)?,
            carry: Carry::new(graph.config(), lanes),
            settings: settings.clone(),
            graph,
        })
    }

    /// What has been learnt so far, to be kept.
    ///
    /// # Errors
    /// Where the device fails.
    pub fn state(&self) -> Result<LearnerState> {
        let numbers = self.graph.variables().map(|(_, it)| it.flatten_all()?.to_vec1());
        let weights = numbers.collect::<candle_core::Result<_>>()?;
        Ok(LearnerState { weights, adam: self.adam.state()?, carry: self.carry.clone() })
    }

    /// Goes back to a state that was kept.
    ///
    /// # Errors
    /// Where the state is that of another network.
    pub fn restore(&mut self, state: LearnerState) -> Result<()> {
        let carried = |carry: &Carry| {
            carry
                .layers
                .iter()
                .map(|layer| [layer.hidden.len(), layer.cell.len()])
                .collect::<Vec<_>>()
        };
        let lengths = state.weights.iter().map(Vec::len);
        if !lengths.eq(self.graph.variables().map(|(_, variable)| variable.elem_count()))
            || carried(&state.carry) != carried(&self.carry)
            || self.adam.restore(state.adam).is_err()
        {
            bail!("the checkpoint is that of another network");
        }
        for ((_, variable), weights) in self.graph.variables().zip(&state.weights) {
            let device = self.graph.device();
            variable.set(&Tensor::from_slice(weights, variable.shape(), device)?)?;
        }
        self.carry = state.carry;
        Ok(())
    }

    /// Forgets what the lanes carry: an epoch starts.
    pub fn start_epoch(&mut self, lanes: usize) {
        self.carry = Carry::new(self.graph.config(), lanes);
    }

    /// Learns one batch at a learning rate, and gives what its choices cost before. `window` refers to `pieces`
    /// by index; `epoch` counts from 1, `batch` from 0, and both choose the batch's random numbers. The lanes carry
    /// their states on to the next call.
    ///
    /// # Errors
    /// Where the loss or its gradient is no finite number: no variable was changed then.
    pub fn step(
        &mut self,
        window: &BatchLayout,
        pieces: &[Encoded],
        (epoch, batch): (u32, u32),
        rate: f64,
    ) -> Result<LossSums> {
        let (foresees, mut noise) = draw(self.settings.seed, (epoch, batch));
        let vocabulary = self.graph.vocabulary();
        let parts = if vocabulary.has_parts() { vocabulary.parts.len() as u32 } else { 0 };
        let has_sheet = !vocabulary.chords.is_empty() || !vocabulary.ensembles.is_empty();
        let lanes = lanes(window, pieces, || {
            // Nothing is drawn where there is no sheet: such a training goes on as before there were any.
            let knows_sheet = has_sheet && chance(&mut noise, defaults::SHEET_KNOWN);
            let foresight = match foresees {
                true if parts > 0 && chance(&mut noise, defaults::PARTS_KNOWN) => {
                    Foresight::Parts(known_parts(&mut noise, parts))
                }
                true => {
                    Foresight::Events(1 + noise.next_u32() as usize % defaults::FARTHEST_FUTURE)
                }
                false => Foresight::Hidden,
            };
            (foresight, knows_sheet)
        });
        let batch = Batch::new(self.graph.vocabulary(), self.settings.sequence, &lanes);
        let dropout = Some((self.settings.dropout, &mut noise));
        let loss = self.graph.loss(&batch, &mut self.carry, dropout)?;
        let sums = LossSums::of(&loss.choices, loss.notes);

        let gradients = loss.objective.backward()?;
        self.adam.set_learning_rate(rate);
        if !sums.loss().is_finite() || !self.adam.clipped_step(&gradients)?.is_finite() {
            bail!(self.diverged());
        }
        Ok(sums)
    }

    /// What the choices in some pieces cost, with the chords known, no future and no dropout. The learner does not change.
    /// `None` where `stop` asked to stop; it is asked before each batch.
    ///
    /// # Errors
    /// Where the loss is no finite number.
    pub fn validate(
        &self,
        pieces: &[Encoded],
        stop: impl Fn() -> bool,
    ) -> Result<Option<LossSums>> {
        let lengths = pieces.iter().map(|piece| piece.events.len()).collect();
        let streams = Streams::new(lengths, VALIDATION_LANES, self.settings.sequence);
        let mut carry = Carry::new(self.graph.config(), streams.lanes());
        let mut sums = LossSums::default();
        for window in streams.longest_first() {
            if stop() {
                return Ok(None);
            }
            let lanes = lanes(&window, pieces, || (Foresight::Hidden, true));
            let batch = Batch::new(self.graph.vocabulary(), self.settings.sequence, &lanes);
            let loss = self.graph.loss(&batch, &mut carry, None)?;
            sums += LossSums::of(&loss.choices, loss.notes);
        }
        if !sums.loss().is_finite() {
            bail!(self.diverged());
        }
        Ok(Some(sums))
    }

    /// The weights as a record stores them.
    ///
    /// # Errors
    /// Where the device fails.
    pub fn weights(&self) -> Result<Weights> {
        self.graph.weights().context("cannot read the weights")
    }

    /// The sizes of the network.
    pub fn config(&self) -> jukebox_model::network::Config {
        *self.graph.config()
    }

    /// Steps of learning so far.
    pub fn steps(&self) -> u64 {
        self.adam.steps()
    }

    fn diverged(&self) -> String {
        let rate = self.settings.learning_rate;
        format!(
            "the loss is no longer a finite number: the learning rate of {rate} is too high for \
             this collection. The records of the finished epochs are good; start again with \
             --overwrite --learning-rate {}",
            rate / 4.0
        )
    }
}

/// The lanes of a batch.
fn lanes<'a>(
    window: &BatchLayout,
    pieces: &'a [Encoded],
    mut known: impl FnMut() -> (Foresight, bool),
) -> Vec<Lane<'a>> {
    let lane = |slices: &Vec<PieceSlice>| {
        let (foresight, knows_sheet) = known();
        let windows = slices
            .iter()
            .map(|slice| Window {
                piece: &pieces[slice.piece],
                start: slice.events.start,
                events: slice.events.len(),
            })
            .collect();
        Lane { windows, foresight, knows_sheet }
    };
    window.iter().map(lane).collect()
}

/// Whether a batch knows some of its future, and the generator of all else that is random in it. `seed` is the
/// training's; epochs count from 1, batches from 0.
pub fn draw(seed: u64, (epoch, batch): (u32, u32)) -> (bool, ChaCha8Rng) {
    let mut noise = generator(seed, RandomPurpose::Noise { epoch, batch });
    let foresees = chance(&mut noise, defaults::FORESEEN);
    (foresees, noise)
}

/// Some of so many parts, a bit for each: of three times once all but one, as when one is written anew, once a
/// single one, as when it is accompanied, and once any.
fn known_parts(noise: &mut ChaCha8Rng, parts: u32) -> u32 {
    let all = u32::MAX >> (32 - parts);
    let one = 1 << (noise.next_u32() % parts);
    match noise.next_u32() % 3 {
        0 => all & !one,
        1 => one,
        // Neither none nor all: a part is in, and another out.
        _ => {
            let other = 1 << (noise.next_u32() % parts);
            let any = (noise.next_u32() & all | one) & !other;
            if any == 0 { one } else { any }
        }
    }
}

/// True in a share of the cases, 0 to 1; draws one number.
fn chance(noise: &mut ChaCha8Rng, share: f64) -> bool {
    f64::from(noise.next_u32()) < share * 2f64.powi(32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checkpoints_of_before_there_were_parts_are_read() {
        let read = |text: &str| serde_json::from_str::<LossSums>(text);
        let older = read(r#"{"nats":[1.0,2.0,3.0,4.0],"notes":5}"#).unwrap();
        assert_eq!(older, LossSums { nats: [1.0, 0.0, 2.0, 3.0, 4.0], notes: 5 });
        assert_eq!(read(&serde_json::to_string(&older).unwrap()).unwrap(), older);
        assert!(read(r#"{"nats":[1.0,2.0],"notes":5}"#).is_err());
    }
}
