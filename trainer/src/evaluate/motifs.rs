//! The network with its motif memory, over pieces one after another.
//!
//! As the adaptive n-gram does, it remembers all that it has read, earlier pieces included, and learns
//! while it reads how this music repeats itself: it starts from the general weights, whatever the
//! record has, so that nothing which is evaluated was seen before.

use jukebox_model::motif::{self, Fit, MotifMemory, Strength};
use jukebox_model::network::Head;
use jukebox_model::vocabulary::{Encoded, Vocabulary};

use super::scoring::Predictions;
use super::tally::Tally;

/// A motif memory at work, and what choices cost with it.
pub struct MotifScorer {
    memory: MotifMemory,
    heads: &'static [Head],
    fit: Fit,
    probabilities: Vec<f32>,
    /// What the choices so far cost.
    pub tally: Tally,
}

impl MotifScorer {
    /// A memory of nothing.
    pub fn new(vocabulary: &Vocabulary) -> Self {
        Self {
            memory: MotifMemory::new(
                vocabulary,
                motif::MotifWeights::general(vocabulary.has_parts()),
            ),
            heads: Head::choosing(vocabulary.has_parts()),
            fit: Fit::default(),
            probabilities: Vec::new(),
            tally: Tally::default(),
        }
    }

    /// Scores a piece, of which the network alone gave these predictions, and takes it into the memory.
    pub fn score(&mut self, piece: &Encoded, network: &Predictions) {
        self.memory.start_piece();
        for (index, (event, place)) in piece.events.iter().zip(&piece.places).enumerate() {
            self.memory.look_back();
            for &head in self.heads {
                self.probabilities.clear();
                self.probabilities.extend_from_slice(network.of(index, head));
                self.memory.mix(head, event, &mut self.probabilities, Strength::NATURAL);
                self.tally.count(head, &self.probabilities, usize::from(event.chosen(head)));
            }
            self.memory.learn(event, &mut self.fit);
            self.memory.push(*event, *place);
        }
    }

    /// The weights that fit what was read.
    pub fn weights(&self) -> &motif::MotifWeights {
        self.memory.weights()
    }
}
