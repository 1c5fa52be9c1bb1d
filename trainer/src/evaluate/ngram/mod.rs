//! The baselines: what counting alone predicts.
//!
//! They choose a note's fields in the network's order and under the network's masks, so that the
//! same events cost nats that can be compared. Nothing is spared to make them strong: each head has
//! contexts of its own length, chosen on pieces that were not counted, and so are its discounts.

mod contexts;
mod interpolation;
mod kneser_ney;
mod select;
mod tune;
mod unigram;

use indicatif::ProgressBar;
use jukebox_model::network::rows::Rows;
use jukebox_model::network::{Head, Masks};
use jukebox_model::vocabulary::{Encoded, NoteEvent, Vocabulary};
use rayon::prelude::*;

pub use self::kneser_ney::NGramForm;

use self::contexts::CountedHead;
use self::kneser_ney::KneserNey;
use self::select::{BestForm, Folds};
use self::unigram::unigram;
use super::tally::Tally;
use crate::dataset::learnt::LearntPieces;

/// What some pieces cost each baseline.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Baselines {
    /// Frequencies alone.
    pub unigram: Tally,
    /// The n-gram that has counted what was learnt.
    pub kneser_ney: Tally,
    /// The same, going on counting while it reads the pieces one after another.
    pub adaptive: Tally,
    /// The form of each head's n-gram.
    pub forms: [NGramForm; Head::COUNT],
    /// The form of each head's n-gram that goes on counting.
    pub adaptive_forms: [NGramForm; Head::COUNT],
}

impl Baselines {
    /// Counts what was learnt and measures pieces by it. `bar` moves on by as many notes as the pieces have;
    /// `stop` is asked from several threads. `None` where it asked to stop.
    pub fn measure(
        vocabulary: &Vocabulary,
        learnt: &LearntPieces,
        pieces: &[Encoded],
        bar: &ProgressBar,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Option<Self> {
        let (rows, masks) = (Rows::new(vocabulary), Masks::new(vocabulary));
        let counting = Counting { vocabulary, rows, masks, learnt, pieces, bar, stop };
        let threads = rayon::current_num_threads().min(THREADS);
        match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
            Ok(pool) => pool.install(|| counting.run()),
            Err(_) => counting.run(),
        }
    }
}

/// Models that are held at a time: the memory does not grow with the machine.
const THREADS: usize = 2;

/// The baselines at work.
struct Counting<'c> {
    vocabulary: &'c Vocabulary,
    rows: Rows,
    masks: Masks,
    learnt: &'c LearntPieces,
    pieces: &'c [Encoded],
    bar: &'c ProgressBar,
    stop: &'c (dyn Fn() -> bool + Sync),
}

impl Counting<'_> {
    fn run(&self) -> Option<Baselines> {
        let forms = self.forms()?;
        let tasks = self.tasks(&[false, true]);
        let share = self.notes() / 2 / tasks.len();
        let tallies: Option<Vec<(bool, Tally)>> = tasks
            .into_par_iter()
            .map(|(head, adapt)| {
                let form = forms[usize::from(adapt)][head as usize].clone();
                let tally = self.tally(head, form, adapt)?;
                self.bar.inc(share as u64);
                Some((adapt, tally))
            })
            .collect();
        let [forms, adaptive_forms] = forms;
        let mut baselines = Baselines { forms, adaptive_forms, ..Baselines::default() };
        for (adapt, tally) in tallies? {
            if adapt { baselines.adaptive += tally } else { baselines.kneser_ney += tally }
        }
        for &head in self.rows.choosing() {
            baselines.unigram += self.unigram(head);
        }
        Some(baselines)
    }

    /// The best form for each head, fixed and going on counting.
    fn forms(&self) -> Option<[[NGramForm; Head::COUNT]; 2]> {
        let folds = Folds::new(self.learnt, self.vocabulary);
        // With one velocity, seeing it tells nothing.
        let kinds = if self.vocabulary.velocities.len() > 1 { 2 } else { 1 };
        let tasks = self.tasks(&[false, true][..kinds]);
        let share = self.notes() / 2 / tasks.len();
        let found: Option<Vec<(Head, [BestForm; 2])>> = tasks
            .into_par_iter()
            .map(|(head, velocities)| {
                let counted = CountedHead::new(head, &self.rows);
                let found = folds.best(counted, velocities, self.stop)?;
                self.bar.inc(share as u64);
                Some((head, found))
            })
            .collect();
        let found = found?;
        Some([0, 1].map(|adaptive| {
            Head::ALL.map(|head| {
                let own = found.iter().filter(|(of, _)| *of == head).map(|(_, it)| &it[adaptive]);
                let best = own.min_by(|a, b| a.nats.total_cmp(&b.nats));
                best.map_or(NGramForm::default(), |it| it.form.clone())
            })
        }))
    }

    /// What the pieces cost the n-gram of a head.
    fn tally(&self, head: Head, form: NGramForm, adapt: bool) -> Option<Tally> {
        let mut masked = Masked::new(head, self);
        let counted = CountedHead::new(head, &self.rows);
        let mut model = KneserNey::trained(counted, form, self.learnt.pieces());
        for piece in self.pieces {
            if (self.stop)() {
                return None;
            }
            let events = &piece.events;
            for index in 0..events.len() {
                masked.count(events, index, |odds| model.predict(events, index, odds));
                if adapt {
                    model.count(events, index);
                }
            }
        }
        Some(masked.tally)
    }

    /// What the pieces cost by the frequencies of a head's entries.
    fn unigram(&self, head: Head) -> Tally {
        let mut masked = Masked::new(head, self);
        let shares = unigram(head, masked.odds.len(), self.learnt.pieces());
        for piece in self.pieces {
            for index in 0..piece.events.len() {
                masked.count(&piece.events, index, |odds| odds.copy_from_slice(&shares));
            }
        }
        masked.tally
    }

    /// Every head that chooses, in each of some ways.
    fn tasks(&self, ways: &[bool]) -> Vec<(Head, bool)> {
        let heads = self.rows.choosing();
        ways.iter().flat_map(|&way| heads.iter().map(move |&head| (head, way))).collect()
    }

    /// Notes to be read: what the progress is counted in.
    fn notes(&self) -> usize {
        self.pieces.iter().map(|piece| piece.events.len()).sum()
    }
}

/// Counts the choices of one head under its mask.
struct Masked<'c> {
    head: Head,
    masks: &'c Masks,
    odds: Vec<f64>,
    probabilities: Vec<f32>,
    tally: Tally,
}

impl<'c> Masked<'c> {
    fn new(head: Head, counting: &'c Counting<'_>) -> Self {
        let choices = counting.rows.choices(head);
        Self {
            head,
            masks: &counting.masks,
            odds: vec![0.0; choices],
            probabilities: vec![0.0; choices],
            tally: Tally::default(),
        }
    }

    /// Counts the choice at an event of a piece by the probabilities that `predict` fills in; what is
    /// forbidden of them is divided among the rest.
    fn count(&mut self, piece: &[NoteEvent], index: usize, predict: impl FnOnce(&mut [f64])) {
        predict(&mut self.odds);
        let event = &piece[index];
        let previous = index.checked_sub(1).map(|previous| &piece[previous]);
        let allowed = self.masks.choice(self.head, event, previous);
        for (entry, odds) in self.odds.iter_mut().enumerate() {
            *odds = if allowed.has(entry) { *odds } else { 0.0 };
        }
        let sum: f64 = self.odds.iter().sum();
        for (probability, odds) in self.probabilities.iter_mut().zip(&self.odds) {
            *probability = (odds / sum) as f32;
        }
        self.tally.count(self.head, &self.probabilities, event.chosen(self.head).into());
    }
}
