//! How far an n-gram looks back: whatever predicts best what it has not counted.

use jukebox_model::network::Head;
use jukebox_model::vocabulary::{Event, Vocabulary};

use super::Masked;
use super::kneser_ney::{KneserNey, MOST_NOTES, Template};
use crate::evaluate::learnt::Learnt;
use crate::training::streams::{Purpose, generator, shuffle};

/// Seed of the division.
const SEED: u64 = 1;
/// One piece in so many is held out.
const SHARE: usize = 10;
/// Longer contexts are tried until so many in a row were no better.
const PATIENCE: usize = 2;

/// The learnt pieces in two: those to count, and those to choose the contexts by.
pub struct Halves<'l> {
    counted: Vec<&'l [Event]>,
    held_out: Vec<&'l [Event]>,
}

impl<'l> Halves<'l> {
    /// Holds a tenth of the pieces out, or the end of the only one.
    pub fn new(learnt: &'l Learnt) -> Self {
        let mut pieces: Vec<&[Event]> = learnt.pieces().collect();
        if let [piece] = pieces[..] {
            let (counted, held_out) = piece.split_at(piece.len() - piece.len().div_ceil(SHARE));
            return Self { counted: vec![counted], held_out: vec![held_out] };
        }
        shuffle(&mut pieces, &mut generator(SEED, Purpose::Split));
        let counted = pieces.split_off(pieces.len().div_ceil(SHARE));
        Self { counted, held_out: pieces }
    }

    /// The best template with or without velocities and what it costs; `None` where it was stopped.
    pub fn best(
        &self,
        head: Head,
        vocabulary: &Vocabulary,
        velocities: bool,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Option<(Template, f64)> {
        let mut best = (Template::default(), f64::INFINITY);
        for notes in 0..=MOST_NOTES {
            if stop() {
                return None;
            }
            let template = Template { notes, velocities };
            let cost = self.cost(head, vocabulary, template);
            if cost < best.1 {
                best = (template, cost);
            }
            if notes >= best.0.notes + PATIENCE {
                break;
            }
        }
        Some(best)
    }

    /// Nats of the held-out pieces.
    fn cost(&self, head: Head, vocabulary: &Vocabulary, template: Template) -> f64 {
        let mut masked = Masked::new(head, vocabulary);
        let counted = self.counted.iter().copied();
        let model = KneserNey::trained(head, masked.choices(), template, counted);
        for piece in &self.held_out {
            for index in 0..piece.len() {
                masked.count(piece, index, |odds| model.predict(piece, index, odds));
            }
        }
        masked.tally.total()
    }
}
