//! The baselines: what counting alone predicts.
//!
//! They choose a note's four fields in the network's order and under the network's masks, so that the
//! same events cost nats that can be compared.

mod unigram;

use jukebox_model::network::Head;
use jukebox_model::network::rows::Rows;
use jukebox_model::vocabulary::{Encoded, Vocabulary};

use self::unigram::unigram;
use super::learnt::Learnt;
use super::tally::{Tally, chosen, lowest};

/// What some pieces cost each baseline.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Baselines {
    /// Frequencies alone.
    pub unigram: Tally,
}

impl Baselines {
    /// Counts what was learnt and measures pieces by it.
    pub fn measure(vocabulary: &Vocabulary, learnt: &Learnt, pieces: &[Encoded]) -> Self {
        let rows = Rows::new(vocabulary);
        let mut baselines = Self::default();
        for head in Head::ALL {
            let shares = unigram(head, rows.choices(head), learnt.pieces());
            let mut probabilities = vec![0.0; shares.len()];
            for piece in pieces {
                let mut previous = None;
                for event in &piece.events {
                    let lowest = lowest(head, event, previous, vocabulary.pitches.len());
                    normalise(&shares, lowest, &mut probabilities);
                    baselines.unigram.count(head, &probabilities, chosen(event, head));
                    previous = Some(event);
                }
            }
        }
        baselines
    }
}

/// Divides what is forbidden, the entries before `lowest`, among the rest.
fn normalise(shares: &[f64], lowest: usize, probabilities: &mut [f32]) {
    let sum: f64 = shares[lowest..].iter().sum();
    probabilities[..lowest].fill(0.0);
    for (probability, share) in probabilities[lowest..].iter_mut().zip(&shares[lowest..]) {
        *probability = (share / sum) as f32;
    }
}
