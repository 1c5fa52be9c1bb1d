//! The baselines: what counting alone predicts.
//!
//! They choose a note's four fields in the network's order and under the network's masks, so that the
//! same events cost nats that can be compared. Nothing is spared to make them strong: each head has
//! contexts of its own length, chosen on pieces that were not counted.

mod kneser_ney;
mod select;
mod unigram;

use jukebox_model::network::Head;
use jukebox_model::network::rows::Rows;
use jukebox_model::vocabulary::{Encoded, Event, Vocabulary};
use rayon::prelude::*;

pub use self::kneser_ney::Template;

use self::kneser_ney::KneserNey;
use self::select::Halves;
use self::unigram::unigram;
use super::learnt::Learnt;
use super::measure::Work;
use super::tally::{Tally, chosen, lowest};

/// What some pieces cost each baseline.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Baselines {
    /// Frequencies alone.
    pub unigram: Tally,
    /// The n-gram that has counted what was learnt.
    pub kneser_ney: Tally,
    /// The same, going on counting while it reads the pieces one after another.
    pub adaptive: Tally,
    /// What each head's n-gram sees.
    pub templates: [Template; 4],
}

impl Baselines {
    /// Counts what was learnt and measures pieces by it; `None` where the work was stopped.
    pub fn measure(
        vocabulary: &Vocabulary,
        learnt: &Learnt,
        pieces: &[Encoded],
        work: &Work<'_>,
    ) -> Option<Self> {
        let halves = Halves::new(learnt);
        // With one velocity, seeing it tells nothing.
        let velocities = &[false, true][..if vocabulary.velocities.len() > 1 { 2 } else { 1 }];
        let tasks: Vec<(Head, bool)> =
            velocities.iter().flat_map(|&it| Head::ALL.map(|head| (head, it))).collect();
        let found: Option<Vec<(Head, (Template, f64))>> = tasks
            .into_par_iter()
            .map(|(head, velocities)| {
                Some((head, halves.best(head, vocabulary, velocities, work.stop)?))
            })
            .collect();
        let found = found?;
        let templates = Head::ALL.map(|head| {
            let own = found.iter().filter(|(of, _)| *of == head).map(|(_, found)| found);
            own.min_by(|a, b| a.1.total_cmp(&b.1)).map_or(Template::default(), |it| it.0)
        });
        let parts: Option<Vec<Self>> = Head::ALL
            .into_par_iter()
            .map(|head| Self::of(head, templates[head as usize], vocabulary, learnt, pieces, work))
            .collect();
        let mut baselines = Self { templates, ..Self::default() };
        for part in parts? {
            baselines.unigram += part.unigram;
            baselines.kneser_ney += part.kneser_ney;
            baselines.adaptive += part.adaptive;
        }
        Some(baselines)
    }

    /// The same for one head.
    fn of(
        head: Head,
        template: Template,
        vocabulary: &Vocabulary,
        learnt: &Learnt,
        pieces: &[Encoded],
        work: &Work<'_>,
    ) -> Option<Self> {
        let [mut plain, mut fixed, mut adaptive] =
            std::array::from_fn(|_| Masked::new(head, vocabulary));
        let shares = unigram(head, plain.choices(), learnt.pieces());
        let mut model = KneserNey::trained(head, plain.choices(), template, learnt.pieces());
        for piece in pieces {
            let events = &piece.events;
            for index in 0..events.len() {
                plain.count(events, index, |odds| odds.copy_from_slice(&shares));
                fixed.count(events, index, |odds| model.predict(events, index, odds));
            }
        }
        for piece in pieces {
            if (work.stop)() {
                return None;
            }
            let events = &piece.events;
            for index in 0..events.len() {
                adaptive.count(events, index, |odds| model.predict(events, index, odds));
                model.count(events, index);
            }
        }
        Some(Self {
            unigram: plain.tally,
            kneser_ney: fixed.tally,
            adaptive: adaptive.tally,
            ..Self::default()
        })
    }
}

/// Counts the choices of one head under its mask.
struct Masked {
    head: Head,
    pitches: usize,
    odds: Vec<f64>,
    probabilities: Vec<f32>,
    tally: Tally,
}

impl Masked {
    fn new(head: Head, vocabulary: &Vocabulary) -> Self {
        let choices = Rows::new(vocabulary).choices(head);
        Self {
            head,
            pitches: vocabulary.pitches.len(),
            odds: vec![0.0; choices],
            probabilities: vec![0.0; choices],
            tally: Tally::default(),
        }
    }

    fn choices(&self) -> usize {
        self.odds.len()
    }

    /// Counts the choice at an event of a piece by the probabilities that `predict` fills in; what is
    /// forbidden of them is divided among the rest.
    fn count(&mut self, piece: &[Event], index: usize, predict: impl FnOnce(&mut [f64])) {
        predict(&mut self.odds);
        let event = &piece[index];
        let previous = index.checked_sub(1).map(|previous| &piece[previous]);
        let lowest = lowest(self.head, event, previous, self.pitches);
        let sum: f64 = self.odds[lowest..].iter().sum();
        self.probabilities[..lowest].fill(0.0);
        for (probability, odds) in self.probabilities[lowest..].iter_mut().zip(&self.odds[lowest..])
        {
            *probability = (odds / sum) as f32;
        }
        self.tally.count(self.head, &self.probabilities, chosen(event, self.head));
    }
}
