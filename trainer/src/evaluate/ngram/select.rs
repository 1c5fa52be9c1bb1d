//! How far an n-gram looks back and how far it trusts what it finds there: whatever predicts best what
//! it has not counted.
//!
//! The pieces held out have no version among those counted, as the pieces that are evaluated have none
//! among those learnt. The fixed form and the one that goes on counting are chosen apart: the latter
//! reads the held-out pieces as it will read the others.

use jukebox_model::network::Head;
use jukebox_model::piece::{Note, Piece};
use jukebox_model::vocabulary::{Event, Vocabulary};
use rayon::prelude::*;

use super::kneser_ney::{Form, Glimpse, KneserNey, MOST_NOTES};
use crate::collection::kin;
use crate::evaluate::learnt::Learnt;
use crate::training::division::by_group;
use crate::training::streams::{Purpose, generator, shuffle};

/// Seed of the division.
const SEED: u64 = 1;
/// Share of the pieces that is held out.
const SHARE: f64 = 0.1;
/// Notes that the longest contexts may see.
const NOTES: [usize; 8] = [0, 1, 2, 3, 4, 6, 8, MOST_NOTES];
/// Contexts that a model holds, about: 30 to 60 bytes each. The more notes there are, the fewer of them
/// a context may see.
const MOST_CONTEXTS: usize = 6_000_000;
/// Notes to choose by: of larger collections, some of the pieces.
const MOST_LEARNT: usize = 500_000;
/// Below so many notes a tenth tells little: it is held out several times, each time another one.
const FEW_NOTES: usize = 50_000;
const MOST_FOLDS: usize = 5;
/// Discounts that are tried, as shares of the count.
const SHARES: [f64; 13] = [0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98];
/// Rounds in which each discount is chosen after the others.
const ROUNDS: usize = 2;

/// The best form of the n-gram, and what it costs.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    /// The form.
    pub form: Form,
    /// Nats of the held-out pieces.
    pub nats: f64,
}

/// The learnt pieces divided to choose by: in two, and small collections several times over.
pub struct Divisions<'l> {
    folds: Vec<Fold<'l>>,
    /// Most notes that a context may see.
    most: usize,
}

/// Pieces to count, and pieces to choose by.
#[derive(Default)]
struct Fold<'l> {
    counted: Vec<&'l [Event]>,
    held_out: Vec<&'l [Event]>,
}

/// What the held-out pieces cost, but for the discounts of the longest contexts.
#[derive(Default)]
struct Costs {
    /// Nats that no discount changes.
    settled: f64,
    /// The other choices.
    open: Vec<Glimpse>,
}

impl<'l> Divisions<'l> {
    /// Holds a tenth of the pieces out, versions of one tune on one side; or, of a handful, the end of
    /// each.
    pub fn new(learnt: &'l Learnt, vocabulary: &Vocabulary) -> Self {
        let events = some(learnt);
        let pieces: Vec<Piece> = events.par_iter().map(|it| piece(it, vocabulary)).collect();
        let pieces: Vec<&Piece> = pieces.iter().collect();
        let groups = kin::groups(pieces.len(), &kin::links(&pieces));
        let folds = (FEW_NOTES / learnt.notes().max(1)).clamp(1, MOST_FOLDS);
        let mut divisions: Vec<Fold<'l>> = (0..folds as u64)
            .filter_map(|seed| by_group(&groups, SHARE, SEED + seed))
            .map(|chosen| Fold::by_piece(&events, &chosen))
            .collect();
        if divisions.is_empty() {
            divisions.push(Fold::by_ends(&events));
        }
        Self { folds: divisions, most: MOST_CONTEXTS / learnt.notes().max(1) }
    }

    /// The best fixed form of a head with so many entries, and the best one that goes on counting;
    /// `None` where it was stopped.
    pub fn best(
        &self,
        head: Head,
        choices: usize,
        velocities: bool,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Option<[Found; 2]> {
        let mut best = [Found { form: Form::default(), nats: f64::INFINITY }; 2];
        // Where there is nothing to choose, nothing need be seen.
        let most = if choices > 1 { self.most } else { 0 };
        for notes in NOTES.into_iter().filter(|&notes| notes <= most) {
            if stop() {
                return None;
            }
            let form = Form { notes, velocities, discounts: None };
            for (best, (costs, start)) in best.iter_mut().zip(self.costs(head, choices, form)) {
                let (discounts, nats) = tune(&costs.open, start);
                if costs.settled + nats < best.nats {
                    let form = Form { discounts: Some(discounts), ..form };
                    *best = Found { form, nats: costs.settled + nats };
                }
            }
        }
        Some(best)
    }

    /// What the held-out pieces cost a form, fixed and going on counting, and the discounts that follow
    /// from the counts.
    fn costs(&self, head: Head, choices: usize, form: Form) -> [(Costs, [f64; 3]); 2] {
        let mut costs = [(Costs::default(), [0.5, 1.0, 1.5]), (Costs::default(), [0.5, 1.0, 1.5])];
        for Fold { counted, held_out } in &self.folds {
            let mut model = KneserNey::trained(head, choices, form, counted.iter().copied());
            for ((costs, discounts), adapt) in costs.iter_mut().zip([false, true]) {
                costs.add(&mut model, held_out, adapt);
                *discounts = model.longest_discounts();
            }
        }
        costs
    }
}

impl<'l> Fold<'l> {
    /// Holds the chosen pieces out.
    fn by_piece(pieces: &[&'l [Event]], chosen: &[usize]) -> Self {
        let mut fold = Self::default();
        for (index, piece) in pieces.iter().enumerate() {
            let kept = chosen.binary_search(&index).is_ok();
            if kept { &mut fold.held_out } else { &mut fold.counted }.push(piece);
        }
        fold
    }

    /// Holds the end of each piece out.
    fn by_ends(pieces: &[&'l [Event]]) -> Self {
        let mut fold = Self::default();
        for piece in pieces {
            let end = (piece.len() as f64 * SHARE).ceil() as usize;
            let (before, after) = piece.split_at(piece.len() - end);
            fold.counted.push(before);
            fold.held_out.push(after);
        }
        fold
    }
}

impl Costs {
    /// Adds what pieces cost a model, which may go on counting.
    fn add(&mut self, model: &mut KneserNey, pieces: &[&[Event]], adapt: bool) {
        for piece in pieces {
            for index in 0..piece.len() {
                let glimpse = model.glimpse(piece, index);
                if glimpse.is_open() {
                    self.open.push(glimpse);
                } else {
                    self.settled -= glimpse.probability(&[0.0; 3]).ln();
                }
                if adapt {
                    model.count(piece, index);
                }
            }
        }
    }
}

/// Learnt pieces to choose by: all, or some of many.
fn some(learnt: &Learnt) -> Vec<&[Event]> {
    let mut pieces: Vec<&[Event]> = learnt.pieces().collect();
    if learnt.notes() > MOST_LEARNT {
        shuffle(&mut pieces, &mut generator(SEED, Purpose::Split));
        let mut notes = 0;
        pieces.retain(|piece| {
            notes += piece.len();
            notes <= MOST_LEARNT
        });
    }
    pieces
}

/// The best discounts that are found by changing one at a time, and what they cost.
fn tune(glimpses: &[Glimpse], start: [f64; 3]) -> ([f64; 3], f64) {
    let mut best = (start, nats(glimpses, &start));
    for _ in 0..ROUNDS {
        for place in 0..3 {
            for share in SHARES {
                let mut discounts = best.0;
                discounts[place] = share * (place + 1) as f64;
                let nats = nats(glimpses, &discounts);
                if nats < best.1 {
                    best = (discounts, nats);
                }
            }
        }
    }
    best
}

/// What choices cost with some discounts.
fn nats(glimpses: &[Glimpse], discounts: &[f64; 3]) -> f64 {
    // One logarithm for a few: none is so unlikely that the product vanishes.
    let few =
        |few: &[Glimpse]| few.iter().map(|it| it.probability(discounts)).product::<f64>().ln();
    -glimpses.chunks(8).map(few).sum::<f64>()
}

/// Events as the notes that they stand for, near enough to tell versions of one tune.
fn piece(events: &[Event], vocabulary: &Vocabulary) -> Piece {
    let mut onset = 0;
    let note = |event: &Event| {
        onset += vocabulary.steps[usize::from(event.step)];
        Note {
            onset,
            pitch: vocabulary.pitches[usize::from(event.pitch)],
            duration: vocabulary.durations[usize::from(event.duration)],
            velocity: vocabulary.velocities[usize::from(event.velocity)],
        }
    };
    Piece { notes: events.iter().map(note).collect(), drums: vocabulary.drums, ..Piece::default() }
}

#[cfg(test)]
mod tests {
    use jukebox_model::meter::Meter;
    use jukebox_model::vocabulary::Encoded;

    use super::*;

    fn vocabulary() -> Vocabulary {
        Vocabulary {
            steps: vec![0, 12],
            pitches: (60..72).collect(),
            durations: vec![12],
            velocities: vec![80],
            meters: vec![Meter::COMMON],
            drums: false,
        }
    }

    /// Melodies of a rule each: after a note comes the one so many higher.
    fn learnt(rules: impl IntoIterator<Item = u16>) -> Learnt {
        let piece = |rule: u16| {
            let event =
                |index: u16| Event { step: 1, pitch: index * rule % 12, ..Event::default() };
            Encoded { events: (0..20).map(event).collect(), ..Encoded::default() }
        };
        Learnt::of(&rules.into_iter().map(piece).collect::<Vec<_>>())
    }

    /// Four rules that so many melodies have that none of these is taken for a version of another.
    fn commonplaces() -> Learnt {
        learnt([1, 5, 7, 11].repeat(70))
    }

    #[test]
    fn every_note_is_counted_or_held_out() {
        for rules in [vec![1, 5, 7, 11].repeat(3), vec![1, 1], vec![5], vec![]] {
            let learnt = learnt(rules.clone());
            for Fold { counted, held_out } in Divisions::new(&learnt, &vocabulary()).folds {
                let notes = |pieces: &[&[Event]]| pieces.iter().map(|it| it.len()).sum::<usize>();
                assert_eq!(notes(&counted) + notes(&held_out), learnt.notes());
                assert!(notes(&held_out) > 0 || rules.is_empty());
            }
        }
    }

    #[test]
    fn contexts_are_as_long_as_it_takes_and_trusted_where_they_never_err() {
        // By the last note alone it cannot be told which rule holds; by the last two it can.
        let learnt = commonplaces();
        let divisions = Divisions::new(&learnt, &vocabulary());
        let [fixed, adaptive] = divisions.best(Head::Pitch, 12, false, &|| false).unwrap();
        assert_eq!(fixed.form.notes, 2, "{fixed:?}");
        assert!(fixed.form.discounts.unwrap()[2] < 0.1, "{fixed:?}");
        assert!(adaptive.nats <= fixed.nats, "{adaptive:?}");
    }

    #[test]
    fn tuned_discounts_cost_no_more_than_those_of_the_formula() {
        let learnt = commonplaces();
        let form = Form { notes: 1, ..Form::default() };
        for (costs, start) in Divisions::new(&learnt, &vocabulary()).costs(Head::Pitch, 12, form) {
            let (discounts, tuned) = tune(&costs.open, start);
            assert!(tuned < nats(&costs.open, &start), "{discounts:?}");
        }
    }

    #[test]
    fn it_stops_when_asked_to() {
        let learnt = learnt([1, 5]);
        assert!(
            Divisions::new(&learnt, &vocabulary()).best(Head::Pitch, 12, false, &|| true).is_none()
        );
    }
}
