//! How far an n-gram looks back and how far it trusts what it finds there: whatever predicts best what
//! it has not counted.
//!
//! The pieces held out have no version among those counted, as the pieces that are evaluated have none
//! among those learnt. The fixed form and the one that goes on counting are chosen apart: the latter
//! reads the held-out pieces as it will read the others.

use jukebox_model::network::Masks;
use jukebox_model::piece::{Note, Piece};
use jukebox_model::vocabulary::{NoteEvent, Vocabulary};
use rayon::prelude::*;

use super::contexts::{CountedHead, MOST_NOTES};
use super::kneser_ney::{KneserNey, NGramForm};
use super::tune::TuningChoices;
use crate::dataset::learnt::LearntPieces;
use crate::dataset::near_duplicates;
use crate::dataset::random::{RandomPurpose, generator, shuffle};
use crate::dataset::split::by_group;

/// Seed of the split.
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
/// Fewer pieces than these tell little: then other tenths are held out in turn, as long as no more notes
/// than these are counted.
const FEWEST: usize = 30;
const MOST_COUNTED: usize = 250_000;
const MOST_FOLDS: usize = 5;

/// The best form of the n-gram, and what it costs.
#[derive(Clone, Debug)]
pub struct BestForm {
    /// The form.
    pub form: NGramForm,
    /// Nats of the held-out pieces.
    pub nats: f64,
}

/// The learnt pieces split to choose by: in two, and small collections several times over.
pub struct Folds<'l> {
    folds: Vec<Fold<'l>>,
    /// Most notes that a context may see.
    most: usize,
    masks: Masks,
}

/// Pieces to count, and pieces to choose by.
#[derive(Default)]
struct Fold<'l> {
    counted: Vec<&'l [NoteEvent]>,
    held_out: Vec<&'l [NoteEvent]>,
}

/// The best form so far, and what it saw.
struct Candidate {
    found: BestForm,
    choices: TuningChoices,
}

impl Candidate {
    /// With the best discounts for all levels.
    fn tuned(self) -> BestForm {
        let Self { found: BestForm { form, .. }, choices } = self;
        let (discounts, nats) = choices.tune(form.discounts);
        BestForm { form: NGramForm { discounts, ..form }, nats }
    }
}

impl<'l> Folds<'l> {
    /// Holds a tenth of the pieces out, versions of one tune on one side; or, of a handful, the end of
    /// each.
    pub fn new(learnt: &'l LearntPieces, vocabulary: &Vocabulary) -> Self {
        let events = some(learnt);
        let pieces: Vec<Piece> = events.par_iter().map(|it| piece(it, vocabulary)).collect();
        let pieces: Vec<&Piece> = pieces.iter().collect();
        let groups = near_duplicates::groups(pieces.len(), &near_duplicates::links(&pieces));
        let number = (FEWEST as f64 / (SHARE * events.len().max(1) as f64)).ceil() as usize;
        let number = number.min(MOST_COUNTED / learnt.notes().max(1)).clamp(1, MOST_FOLDS);
        let mut folds: Vec<Fold<'l>> = (0..number as u64)
            .filter_map(|seed| by_group(&groups, SHARE, SEED + seed, |_| true))
            .map(|chosen| Fold::by_piece(&events, &chosen))
            .collect();
        if folds.is_empty() {
            folds.push(Fold::by_ends(&events));
        }
        let most = MOST_CONTEXTS / learnt.notes().max(1);
        Self { folds, most, masks: Masks::new(vocabulary) }
    }

    /// The best fixed form of a head, and the best one that goes on counting; `None` where it was stopped.
    pub fn best(
        &self,
        head: CountedHead,
        velocities: bool,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Option<[BestForm; 2]> {
        let mut best: [Option<Candidate>; 2] = [None, None];
        // Where there is nothing to choose, nothing need be seen.
        let most = if head.choices > 1 { self.most } else { 0 };
        for notes in NOTES.into_iter().filter(|&notes| notes <= most) {
            if stop() {
                return None;
            }
            let form = NGramForm { notes, velocities, discounts: Vec::new() };
            for (best, (choices, start)) in best.iter_mut().zip(self.read(head, &form)) {
                let (discounts, nats) = choices.tune_longest(start);
                if best.as_ref().is_none_or(|best| nats < best.found.nats) {
                    let form = NGramForm { discounts, ..form.clone() };
                    *best = Some(Candidate { found: BestForm { form, nats }, choices });
                }
            }
        }
        let [fixed, adaptive] = best.map(|best| best.map(Candidate::tuned));
        Some([fixed?, adaptive?])
    }

    /// The held-out choices as a form sees them, fixed and going on counting, and the discounts that
    /// follow from its counts.
    fn read(&self, head: CountedHead, form: &NGramForm) -> [(TuningChoices, Vec<[f64; 3]>); 2] {
        let mut both = [0; 2].map(|_| (TuningChoices::new(head.choices), Vec::new()));
        for Fold { counted, held_out } in &self.folds {
            let counted = counted.iter().copied();
            let mut model = KneserNey::trained(head, form.clone(), counted);
            for ((choices, discounts), adapt) in both.iter_mut().zip([false, true]) {
                for piece in held_out {
                    for (index, event) in piece.iter().enumerate() {
                        let previous = index.checked_sub(1).map(|previous| &piece[previous]);
                        let allowed = self.masks.choice(head.head, event, previous);
                        choices.add(&model, piece, index, allowed);
                        if adapt {
                            model.count(piece, index);
                        }
                    }
                }
                *discounts = model.all_discounts();
            }
        }
        both
    }
}

impl<'l> Fold<'l> {
    /// Holds the chosen pieces out.
    fn by_piece(pieces: &[&'l [NoteEvent]], chosen: &[usize]) -> Self {
        let mut fold = Self::default();
        for (index, piece) in pieces.iter().enumerate() {
            let kept = chosen.binary_search(&index).is_ok();
            if kept { &mut fold.held_out } else { &mut fold.counted }.push(piece);
        }
        fold
    }

    /// Holds the end of each piece out.
    fn by_ends(pieces: &[&'l [NoteEvent]]) -> Self {
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

/// Learnt pieces to choose by: all, or some of many.
fn some(learnt: &LearntPieces) -> Vec<&[NoteEvent]> {
    let mut pieces: Vec<&[NoteEvent]> = learnt.pieces().collect();
    if learnt.notes() > MOST_LEARNT {
        shuffle(&mut pieces, &mut generator(SEED, RandomPurpose::Split));
        let mut notes = 0;
        pieces.retain(|piece| {
            notes += piece.len();
            notes <= MOST_LEARNT
        });
    }
    pieces
}

/// Events as the notes that they stand for, near enough to tell versions of one tune.
fn piece(events: &[NoteEvent], vocabulary: &Vocabulary) -> Piece {
    let mut onset = 0;
    let note = |event: &NoteEvent| {
        onset += vocabulary.steps[usize::from(event.step)];
        Note {
            onset,
            part: event.part as u8,
            pitch: vocabulary.key(event.pitch),
            duration: vocabulary.durations[usize::from(event.duration)],
            velocity: vocabulary.velocities[usize::from(event.velocity)],
        }
    };
    Piece {
        notes: events.iter().map(note).collect(),
        drums: vocabulary.drums,
        parts: vocabulary.parts.clone(),
        ..Piece::default()
    }
}

#[cfg(test)]
mod tests {
    use jukebox_model::meter::Meter;
    use jukebox_model::network::Head;
    use jukebox_model::vocabulary::Encoded;

    use super::*;

    fn vocabulary() -> Vocabulary {
        Vocabulary {
            steps: vec![0, 12],
            pitches: (60..72).collect(),
            durations: vec![12],
            velocities: vec![80],
            meters: vec![Meter::COMMON],
            ..Vocabulary::default()
        }
    }

    fn pitches() -> CountedHead {
        CountedHead::plain(Head::Pitch, 12)
    }

    /// Melodies of a rule each: after a note comes the one so many higher.
    fn learnt(rules: impl IntoIterator<Item = u16>) -> LearntPieces {
        let piece = |rule: u16| {
            let event = |index: u16| NoteEvent {
                step: 1,
                pitch: index * rule % 12,
                ..NoteEvent::default()
            };
            Encoded { events: (0..20).map(event).collect(), ..Encoded::default() }
        };
        LearntPieces::of(&rules.into_iter().map(piece).collect::<Vec<_>>())
    }

    /// Four rules that so many melodies have that none of these is taken for a version of another.
    fn commonplaces() -> LearntPieces {
        learnt([1, 5, 7, 11].repeat(70))
    }

    #[test]
    fn every_note_is_counted_or_held_out() {
        for rules in [[1, 5, 7, 11].repeat(3), vec![1, 1], vec![5], vec![]] {
            let learnt = learnt(rules.clone());
            for Fold { counted, held_out } in Folds::new(&learnt, &vocabulary()).folds {
                let notes =
                    |pieces: &[&[NoteEvent]]| pieces.iter().map(|it| it.len()).sum::<usize>();
                assert_eq!(notes(&counted) + notes(&held_out), learnt.notes());
                assert!(notes(&held_out) > 0 || rules.is_empty());
            }
        }
    }

    #[test]
    fn contexts_are_as_long_as_it_takes_and_trusted_where_they_never_err() {
        // By the last note alone it cannot be told which rule holds; by the last two it can.
        let learnt = commonplaces();
        let folds = Folds::new(&learnt, &vocabulary());
        let [fixed, adaptive] = folds.best(pitches(), false, &|| false).unwrap();
        assert_eq!(fixed.form.notes, 2, "{fixed:?}");
        assert!(fixed.form.discounts[3][2] < 0.1, "{fixed:?}");
        assert!(adaptive.nats <= fixed.nats, "{adaptive:?}");
    }

    #[test]
    fn it_stops_when_asked_to() {
        let learnt = learnt([1, 5]);
        assert!(Folds::new(&learnt, &vocabulary()).best(pitches(), false, &|| true).is_none());
    }
}
