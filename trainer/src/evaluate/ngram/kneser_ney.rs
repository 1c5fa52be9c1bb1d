//! The n-gram: interpolated Kneser-Ney smoothing with modified discounts (Chen and Goodman 1999,
//! "An empirical study of smoothing techniques for language modeling", section 3), one head at a time.
//!
//! A choice sees the fields of its note that are already chosen, then whole notes, the newest first. Its
//! contexts lie one inside the other: each level sees one note, or below those one field, more.
//!
//! It counts as it goes: a choice is counted at its longest context, and at the next shorter one only
//! where it was new. A count of a shorter context is then the number of different longer ones in which
//! the choice was seen, which is what Kneser-Ney asks for; so going on counting and counting anew give
//! the same model.
//!
//! The discounts of each level may be given, or follow from its counts. The formula for the latter
//! supposes that what was counted twice was met twice, and music says everything twice; those that are
//! given were chosen on held-out pieces, as the paper does at its best (see [`super::tune`]).

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use jukebox_model::network::Allowed;
use jukebox_model::vocabulary::NoteEvent;
use serde::Serialize;

use super::contexts::{ContextKeys, CountedHead, HashedKeys, MOST_LEVELS};
use super::interpolation::{ContextCounts, discount, formula};

/// What the longest contexts see, and how far the counts are trusted.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct NGramForm {
    /// Notes before this one that they see, at most 12.
    pub notes: usize,
    /// Whether they see how loud those were.
    pub velocities: bool,
    /// For each level, from the one that sees nothing on, what is taken from counts of 1, of 2 and of 3
    /// or more: above 0 and below 1, 2 and 3. Where there are none, they follow from the counts.
    pub discounts: Vec<[f64; 3]>,
}

/// The model of one head.
pub struct KneserNey {
    of: CountedHead,
    form: NGramForm,
    /// By context: the first entry that was seen there, and whether there are more.
    contexts: HashMap<u64, SeenEntry, BuildHasherDefault<HashedKeys>>,
    /// The further entries of all contexts.
    more: Vec<SeenEntry>,
    /// At each level, how many entries of contexts were counted once, twice, three and four times.
    frequencies: [[u64; 4]; MOST_LEVELS],
}

/// How often an entry was seen in a context.
#[derive(Clone, Copy, Debug)]
struct SeenEntry {
    count: u32,
    entry: u16,
    /// Where the context's next entry lies in the list of further ones, counted from 1; 0 for none.
    next: u32,
}

impl KneserNey {
    /// A model of a head that has seen nothing: every entry is as likely.
    pub fn new(of: CountedHead, form: NGramForm) -> Self {
        Self {
            of,
            form,
            contexts: HashMap::default(),
            more: Vec::new(),
            frequencies: [[0; 4]; MOST_LEVELS],
        }
    }

    /// A model that has seen pieces.
    pub fn trained<'e>(
        of: CountedHead,
        form: NGramForm,
        pieces: impl IntoIterator<Item = &'e [NoteEvent]>,
    ) -> Self {
        let mut model = Self::new(of, form);
        for piece in pieces {
            for index in 0..piece.len() {
                model.count(piece, index);
            }
        }
        model
    }

    /// Counts the choice at an event of a piece.
    pub fn count(&mut self, piece: &[NoteEvent], index: usize) {
        let entry = piece[index].chosen(self.of.head);
        let ContextKeys { keys, levels } = self.contexts_of(piece, index);
        for level in (0..levels).rev() {
            let count = self.increment(keys[level], entry);
            let frequencies = &mut self.frequencies[level];
            if let Some(before) = frequencies.get_mut((count as usize).wrapping_sub(2)) {
                *before -= 1;
            }
            if let Some(now) = frequencies.get_mut(count as usize - 1) {
                *now += 1;
            }
            if count > 1 {
                break;
            }
        }
    }

    /// Counts an entry in a context, and gives its new count.
    fn increment(&mut self, key: u64, entry: u16) -> u32 {
        let new = SeenEntry { count: 0, entry, next: 0 };
        let first = self.contexts.entry(key).or_insert(new);
        let seen = if first.entry == entry {
            first
        } else {
            let mut at = first.next as usize;
            while at > 0 && self.more[at - 1].entry != entry {
                at = self.more[at - 1].next as usize;
            }
            if at == 0 {
                self.more.push(SeenEntry { next: first.next, ..new });
                at = self.more.len();
                first.next = at as u32;
            }
            &mut self.more[at - 1]
        };
        seen.count = seen.count.saturating_add(1);
        seen.count
    }

    /// The probability of every entry at an event of a piece, of which it reads what comes before the
    /// choice.
    pub fn predict(&self, piece: &[NoteEvent], index: usize, probabilities: &mut [f64]) {
        probabilities.fill(1.0 / self.of.choices as f64);
        let ContextKeys { keys, levels } = self.contexts_of(piece, index);
        for (level, key) in keys[..levels].iter().enumerate() {
            // What was never seen in a shorter context was not in a longer one.
            let Some(&first) = self.contexts.get(key) else { break };
            let discounts = self.discounts(level);
            let ContextSums { total, taken } = self.sums(first, &discounts);
            for probability in probabilities.iter_mut() {
                *probability *= taken / total;
            }
            for seen in self.entries(first) {
                let count = f64::from(seen.count);
                probabilities[usize::from(seen.entry)] +=
                    (count - discount(&discounts, seen.count)) / total;
            }
        }
    }

    /// What each level knows of the choice at an event of a piece, as far as its contexts were seen.
    pub fn context_counts(
        &self,
        piece: &[NoteEvent],
        index: usize,
        allowed: Allowed<'_>,
        counts: &mut Vec<ContextCounts>,
    ) {
        let entry = piece[index].chosen(self.of.head);
        let ContextKeys { keys, levels } = self.contexts_of(piece, index);
        for key in &keys[..levels] {
            let Some(&first) = self.contexts.get(key) else { break };
            let mut view = ContextCounts::default();
            for seen in self.entries(first) {
                let place = seen.count.min(3) as usize - 1;
                view.total += seen.count;
                view.entries[place] += 1;
                if allowed.has(seen.entry.into()) {
                    view.allowed += seen.count;
                    view.allowed_entries[place] += 1;
                }
                if seen.entry == entry {
                    view.count = seen.count;
                }
            }
            counts.push(view);
        }
    }

    fn contexts_of(&self, piece: &[NoteEvent], index: usize) -> ContextKeys {
        ContextKeys::of(self.of, (self.form.notes, self.form.velocities), piece, index)
    }

    /// The discounts of a level.
    fn discounts(&self, level: usize) -> [f64; 3] {
        let given = self.form.discounts.get(level).copied();
        given.unwrap_or_else(|| formula(&self.frequencies[level]))
    }

    /// The discounts of all levels.
    pub fn all_discounts(&self) -> Vec<[f64; 3]> {
        (0..=self.of.before.len() + self.form.notes).map(|level| self.discounts(level)).collect()
    }

    fn sums(&self, first: SeenEntry, discounts: &[f64; 3]) -> ContextSums {
        let mut sums = ContextSums { total: 0.0, taken: 0.0 };
        for seen in self.entries(first) {
            sums.total += f64::from(seen.count);
            sums.taken += discount(discounts, seen.count);
        }
        sums
    }

    /// The entries of a context, from its first one on.
    fn entries(&self, first: SeenEntry) -> impl Iterator<Item = SeenEntry> {
        let next = |seen: &SeenEntry| self.more.get((seen.next as usize).wrapping_sub(1)).copied();
        std::iter::successors(Some(first), next)
    }
}

/// Of a context: all its counts together, and what is taken from them.
struct ContextSums {
    total: f64,
    taken: f64,
}

#[cfg(test)]
mod tests {
    use jukebox_model::network::Head;
    use jukebox_model::random::splitmix64;

    use super::super::contexts::MOST_NOTES;
    use super::*;

    /// A piece of pitches, all else alike.
    fn melody(pitches: &[u16]) -> Vec<NoteEvent> {
        pitches.iter().map(|&pitch| NoteEvent { pitch, ..NoteEvent::default() }).collect()
    }

    fn model(notes: usize, pieces: &[Vec<NoteEvent>]) -> KneserNey {
        let form = NGramForm { notes, ..NGramForm::default() };
        KneserNey::trained(
            CountedHead::plain(Head::Pitch, 3),
            form,
            pieces.iter().map(Vec::as_slice),
        )
    }

    fn predict(model: &KneserNey, pitches: &[u16]) -> Vec<f64> {
        let mut probabilities = vec![0.0; model.of.choices];
        model.predict(&melody(pitches), pitches.len() - 1, &mut probabilities);
        probabilities
    }

    fn assert_close(found: &[f64], expected: &[f64]) {
        let close = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-12;
        assert!(found.iter().zip(expected).all(close), "{found:?} is not {expected:?}");
    }

    /// Real tunes do not fit here; these are long and irregular enough to fill all levels.
    fn wandering(number: usize, length: usize) -> Vec<Vec<NoteEvent>> {
        let mut random = 1u64;
        let mut next = |most: u64| {
            random = splitmix64(random);
            (random % most * (random >> 32) % most) as u16
        };
        let mut event = || NoteEvent {
            step: next(3),
            part: 0,
            pitch: next(6),
            duration: next(4),
            velocity: next(2),
        };
        (0..number).map(|_| (0..length).map(|_| event()).collect()).collect()
    }

    #[test]
    fn a_small_example_is_as_computed_by_hand() {
        // Contexts: nothing; the step (always 0); then the note before, or the start.
        let model = model(1, &[melody(&[0, 1, 0, 1, 0, 2])]);
        // After 0: 1 twice, 2 once. After 1: 0 twice. At the start: 0 once.
        assert_eq!(model.frequencies[2], [2, 2, 0, 0]);
        // Below, by the step: 0 was seen in two contexts, 1 and 2 in one each.
        assert_eq!(model.frequencies[1], [2, 1, 0, 0]);
        // And with nothing known each was seen after one step.
        assert_eq!(model.frequencies[0], [3, 0, 0, 0]);
        // Level 0: half of each count of 1 is taken: 1/2 of a third each, and half of uniform.
        let lowest = [1.0 / 3.0; 3];
        // Level 1: Y = 2/4; D1 = 1 - 2 Y 1/2 = 1/2; D2 = 2 - 0 takes all, so half: 1.
        let level = |counts: [f64; 3], discounts: [f64; 3], below: [f64; 3]| -> [f64; 3] {
            let total: f64 = counts.iter().sum();
            let taken: f64 = discounts.iter().sum();
            std::array::from_fn(|i| (counts[i] - discounts[i] + taken * below[i]) / total)
        };
        let middle = level([2.0, 1.0, 1.0], [1.0, 0.5, 0.5], lowest);
        // Level 2: Y = 2/6; D1 = 1 - 2/3 · 2/2 = 1/3; D2 takes all, so half: 1.
        let after_0 = level([0.0, 2.0, 1.0], [0.0, 1.0, 1.0 / 3.0], middle);
        assert_close(&predict(&model, &[0, 0]), &after_0);
        let after_1 = level([2.0, 0.0, 0.0], [1.0, 0.0, 0.0], middle);
        assert_close(&predict(&model, &[0, 1, 0]), &after_1);
        let at_start = level([1.0, 0.0, 0.0], [1.0 / 3.0, 0.0, 0.0], middle);
        assert_close(&predict(&model, &[0]), &at_start);
        // What followed a 2 is not known: it is as if nothing had come before.
        assert_close(&predict(&model, &[2, 0]), &middle);
    }

    #[test]
    fn probabilities_add_up_to_one_and_none_is_zero() {
        let pieces = wandering(20, 50);
        for &head in Head::choosing(false) {
            for notes in [0, 1, 3, MOST_NOTES] {
                for discounts in [vec![], vec![[0.1, 0.3, 2.9]; 2]] {
                    let form = NGramForm { notes, velocities: true, discounts };
                    let known = pieces[1..].iter().map(Vec::as_slice);
                    let model = KneserNey::trained(CountedHead::plain(head, 7), form, known);
                    let mut probabilities = vec![0.0; 7];
                    for index in 0..50 {
                        model.predict(&pieces[0], index, &mut probabilities);
                        assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-9);
                        assert!(probabilities.iter().all(|&it| it > 0.0));
                        let (mut counts, lowest) = (Vec::new(), index % 3);
                        let allowed = Allowed { lowest, row: None };
                        model.context_counts(&pieces[0], index, allowed, &mut counts);
                        let start = (1.0 / 7.0, (7 - lowest) as f64 / 7.0);
                        let (found, mass) = counts.iter().zip(model.all_discounts()).fold(
                            start,
                            |(choice, allowed), (view, discounts)| {
                                let line = view.interpolation(&discounts);
                                let rise = |start: f64, below: f64| start + line.slope * below;
                                (rise(line.choice, choice), rise(line.allowed, allowed))
                            },
                        );
                        let expected = probabilities[lowest..].iter().sum::<f64>();
                        assert!((mass - expected).abs() < 1e-12);
                        let expected = probabilities[usize::from(pieces[0][index].chosen(head))];
                        assert!((found - expected).abs() < 1e-12);
                    }
                }
            }
        }
    }

    #[test]
    fn going_on_counting_is_the_same_as_counting_anew() {
        let pieces = wandering(12, 60);
        let form = NGramForm { notes: 3, ..NGramForm::default() };
        let train = |pieces: &[Vec<NoteEvent>]| {
            KneserNey::trained(
                CountedHead::plain(Head::Duration, 4),
                form.clone(),
                pieces.iter().map(Vec::as_slice),
            )
        };
        let (anew, mut model) = (train(&pieces), train(&pieces[6..]));
        for piece in &pieces[..6] {
            for index in 0..piece.len() {
                model.count(piece, index);
            }
        }
        assert_eq!(model.frequencies, anew.frequencies);
        let (mut a, mut b) = (vec![0.0; 4], vec![0.0; 4]);
        for index in 0..60 {
            model.predict(&pieces[3], index, &mut a);
            anew.predict(&pieces[3], index, &mut b);
            assert_close(&a, &b);
        }
    }

    #[test]
    fn a_shorter_context_counts_in_how_many_longer_ones_an_entry_was_seen() {
        // 1 always follows 0, however often; 2 follows everything.
        let model = model(1, &[melody(&[0, 1, 0, 1, 0, 1, 0, 1, 2, 2, 0, 2])]);
        let unknown = predict(&model, &[9, 0]);
        assert!(unknown[2] > unknown[1], "{unknown:?}");
    }

    #[test]
    fn contexts_do_not_reach_across_the_start_of_a_piece() {
        let apart = model(2, &[melody(&[0, 1]), melody(&[2, 0])]);
        let start = predict(&apart, &[0]);
        assert!(start[0] > start[1] && start[2] > start[1], "0 and 2 start pieces: {start:?}");
        let unseen = predict(&apart, &[0, 1, 0]);
        assert_close(&unseen, &predict(&apart, &[1, 0]));
    }

    #[test]
    fn discounts_are_those_of_the_paper_where_counts_allow() {
        // Y = 100 / 200; D1 = 1 - 2 Y 50/100, D2 = 2 - 3 Y 20/50, D3 = 3 - 4 Y 10/20.
        assert_close(&formula(&[100, 50, 20, 10]), &[0.5, 1.4, 2.0]);
        assert_close(&formula(&[0; 4]), &[0.5, 1.0, 1.5]);
        assert_close(&formula(&[10, 5, 40, 1]), &[0.5, 1.0, 2.95]);
    }
}
