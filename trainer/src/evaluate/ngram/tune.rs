//! The discounts that predict held-out choices best, for every level of the contexts.
//!
//! The probability of a choice is a line over that of the level below it, and so a line over that of any
//! level: with the others held fast, the discounts of one are cheap to try.

use jukebox_model::network::Allowed;
use jukebox_model::vocabulary::NoteEvent;

use super::interpolation::ContextCounts;
use super::kneser_ney::KneserNey;

/// Discounts that are tried, as shares of the count.
const SHARES: [f64; 11] = [0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.75, 0.9, 0.98];
/// Rounds over all levels, from the longest contexts down.
const ROUNDS: usize = 2;
/// Choices to tune by: of more, every second or third.
const ENOUGH: usize = 20_000;
/// Nats that a change must save, or it is taken for chance.
const WORTH: f64 = 1.0;

/// Choices as a model sees them.
#[derive(Clone, Debug)]
pub struct TuningChoices {
    entries: usize,
    /// What the levels know of one choice after another.
    counts: Vec<ContextCounts>,
    /// Where each choice's levels end, and what each has with nothing known.
    ends: Vec<(usize, ChoiceShare)>,
}

/// The probability of a choice, and of all that is not forbidden together.
#[derive(Clone, Copy, Debug)]
struct ChoiceShare {
    choice: f64,
    allowed: f64,
}

impl ChoiceShare {
    /// The odds by a level, from those of the one below it.
    fn rise(self, view: &ContextCounts, discounts: &[f64; 3]) -> Self {
        let line = view.interpolation(discounts);
        Self {
            choice: line.choice + line.slope * self.choice,
            allowed: line.allowed + line.slope * self.allowed,
        }
    }

    /// The share of the choice in what is not forbidden.
    fn share(self) -> f64 {
        self.choice / self.allowed
    }
}

/// A choice with all levels but one held fast: its odds are `above` + `slope` times those of the level,
/// which has `below` of the next lower one.
struct OpenChoice {
    view: ContextCounts,
    below: ChoiceShare,
    above: ChoiceShare,
    slope: f64,
}

impl OpenChoice {
    fn share(&self, discounts: &[f64; 3]) -> f64 {
        let at = self.below.rise(&self.view, discounts);
        let choice = self.above.choice + self.slope * at.choice;
        let allowed = self.above.allowed + self.slope * at.allowed;
        ChoiceShare { choice, allowed }.share()
    }
}

impl TuningChoices {
    /// None yet, among so many entries.
    pub fn new(entries: usize) -> Self {
        Self { entries, counts: Vec::new(), ends: Vec::new() }
    }

    /// Adds the choice at an event of a piece.
    pub fn add(
        &mut self,
        model: &KneserNey,
        piece: &[NoteEvent],
        index: usize,
        allowed: Allowed<'_>,
    ) {
        model.context_counts(piece, index, allowed, &mut self.counts);
        let (all, may) = (self.entries, (0..self.entries).filter(|&entry| allowed.has(entry)));
        let share = may.count() as f64 / all as f64;
        let chance = ChoiceShare { choice: 1.0 / all as f64, allowed: share };
        self.ends.push((self.counts.len(), chance));
    }

    /// The best discounts of the longest contexts alone, and what the choices cost with them, in nats.
    pub fn tune_longest(&self, mut discounts: Vec<[f64; 3]>) -> (Vec<[f64; 3]>, f64) {
        if let Some(longest) = discounts.len().checked_sub(1) {
            self.tune_level(longest, &mut discounts);
        }
        let nats = self.nats(&discounts);
        (discounts, nats)
    }

    /// The best discounts of all levels that are found by changing one at a time, and what the choices
    /// cost with them, in nats.
    pub fn tune(&self, mut discounts: Vec<[f64; 3]>) -> (Vec<[f64; 3]>, f64) {
        for _ in 0..ROUNDS {
            for level in (0..discounts.len()).rev() {
                self.tune_level(level, &mut discounts);
            }
        }
        let nats = self.nats(&discounts);
        (discounts, nats)
    }

    fn tune_level(&self, level: usize, discounts: &mut [[f64; 3]]) {
        discounts[level] = best(&self.open(level, discounts), discounts[level]);
    }

    /// What the choices cost.
    fn nats(&self, discounts: &[[f64; 3]]) -> f64 {
        self.each().map(|(counts, chance)| -ascend(chance, counts, discounts).share().ln()).sum()
    }

    /// The choices of which a level knows something.
    fn open(&self, level: usize, discounts: &[[f64; 3]]) -> Vec<OpenChoice> {
        self.each()
            .step_by(self.ends.len().div_ceil(ENOUGH).max(1))
            .filter(|(counts, _)| counts.len() > level)
            .map(|(counts, chance)| {
                let below = ascend(chance, &counts[..level], discounts);
                let (higher, discounts) = (&counts[level + 1..], &discounts[level + 1..]);
                let above = ascend(ChoiceShare { choice: 0.0, allowed: 0.0 }, higher, discounts);
                let slopes =
                    higher.iter().zip(discounts).map(|(view, it)| view.interpolation(it).slope);
                OpenChoice { view: counts[level], below, above, slope: slopes.product() }
            })
            .collect()
    }

    /// The levels of each choice, and its odds with nothing known.
    fn each(&self) -> impl Iterator<Item = (&[ContextCounts], ChoiceShare)> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|it| it.0));
        starts.zip(&self.ends).map(|(start, &(end, chance))| (&self.counts[start..end], chance))
    }
}

/// The odds of a choice by its levels, from what they are below them.
fn ascend(below: ChoiceShare, counts: &[ContextCounts], discounts: &[[f64; 3]]) -> ChoiceShare {
    counts.iter().zip(discounts).fold(below, |below, (view, discounts)| below.rise(view, discounts))
}

/// The best discounts of a level.
fn best(choices: &[OpenChoice], start: [f64; 3]) -> [f64; 3] {
    let nats = |discounts: &[f64; 3]| {
        // One logarithm for a few: none is so unlikely that the product vanishes.
        let few =
            |few: &[OpenChoice]| few.iter().map(|it| it.share(discounts)).product::<f64>().ln();
        -choices.chunks(8).map(few).sum::<f64>()
    };
    let mut best = (start, nats(&start));
    for place in 0..3 {
        let from = best;
        for share in SHARES {
            let mut discounts = from.0;
            discounts[place] = share * (place + 1) as f64;
            let nats = nats(&discounts);
            if nats < best.1.min(from.1 - WORTH) {
                best = (discounts, nats);
            }
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use jukebox_model::network::Head;

    use super::super::contexts::CountedHead;
    use super::super::kneser_ney::NGramForm;
    use super::*;

    /// All entries from one on.
    fn from(lowest: usize) -> Allowed<'static> {
        Allowed { lowest, row: None }
    }

    /// Pieces that say everything twice, each in its own words.
    fn pieces() -> Vec<Vec<NoteEvent>> {
        let mut random = 7u32;
        let mut phrase = || {
            let mut event = || {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                NoteEvent { pitch: (random >> 29) as u16, ..NoteEvent::default() }
            };
            (0..40).map(|_| event()).collect::<Vec<_>>()
        };
        (0..30).map(|_| phrase().repeat(2)).collect()
    }

    #[test]
    fn tuned_discounts_predict_better_and_tell_chance_from_use() {
        let pieces = pieces();
        let form = NGramForm { notes: 4, ..NGramForm::default() };
        let counted = pieces[3..].iter().map(Vec::as_slice);
        let model = KneserNey::trained(CountedHead::plain(Head::Pitch, 8), form, counted);
        let mut choices = TuningChoices::new(8);
        for piece in &pieces[..3] {
            (0..piece.len()).for_each(|index| choices.add(&model, piece, index, from(0)));
        }
        let start = model.all_discounts();
        let (discounts, nats) = choices.tune(start.clone());
        assert!(nats < choices.nats(&start) - WORTH, "{discounts:?}");
        let chance = choices.ends.len() as f64 * 8f64.ln();
        assert!(nats < chance * 1.05, "noise costs little more than chance: {nats}, {chance}");
        let (_, again) = choices.tune(discounts);
        assert!(again <= nats);
    }

    #[test]
    fn a_choice_that_no_level_knows_costs_what_chance_says() {
        let model = KneserNey::new(CountedHead::plain(Head::Pitch, 8), NGramForm::default());
        let mut choices = TuningChoices::new(8);
        choices.add(&model, &[NoteEvent::default()], 0, from(0));
        choices.add(&model, &[NoteEvent { pitch: 6, ..NoteEvent::default() }], 0, from(5));
        let (_, nats) = choices.tune(vec![[0.5, 1.0, 1.5]; 2]);
        assert!((nats - 8f64.ln() - 3f64.ln()).abs() < 1e-12, "of 8, and of the 3 from the 5th on");
    }
}
