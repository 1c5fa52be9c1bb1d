//! The usual settings of a record: what the knobs' defaults shall mean for it, found by composing.
//!
//! Temperatures, top-p and the strength of the motif memory are swept one after another. Each candidate composes the
//! same take numbers in the same meters, and the one whose takes lie nearest to people's pieces in form, harmony, groove,
//! dynamics and drums is kept. How much is composed is counted in notes, not in time: the same training finds the
//! same settings.

use std::sync::Arc;

use anyhow::{Context, Result};
use jukebox_model::composer::{ComposerSettings, UsualSettings};
use jukebox_model::network::Head;
use jukebox_model::piece::Piece;
use jukebox_model::record::{Precision, Record};

use crate::format::{self, counted};
use crate::measures::{self, Distances, FormProfile, Measured};
use crate::takes;

/// Values that are tried, from the least daring on.
const MOTIFS: [f32; 9] = [0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.65];
const TEMPERATURES: [f32; 5] = [0.7, 0.8, 0.9, 1.0, MOST_TEMPERATURE];
const TOP_PS: [f32; 4] = [0.9, 0.95, 0.98, 0.99];
/// Highest temperature of a head, which the knob's default of 0.9 makes 1: more dare than the collection has wins
/// by numbers where validation pieces are unlike the others, and takes fall apart by it.
const MOST_TEMPERATURE: f32 = 1.1;
/// What the temperature of each head is multiplied by in the end.
const FACTORS: [f32; 2] = [0.8, 1.25];

/// Bars and takes of a candidate, at most and at least: the first that can be paid for holds.
const SHAPES: [(u32, usize); 3] = [(32, 16), (16, 16), (16, 8)];
/// Most takes of a candidate.
const MOST_TAKES: usize = 64;
/// In the end the best candidate and the start compose so many times as many takes.
const CONFIRMED: usize = 2;
/// Candidates that must be paid for: those of the motif memory, and the last two.
const FEWEST_CANDIDATES: usize = MOTIFS.len() + 2 * CONFIRMED;
/// The candidates of a whole sweep, or somewhat more.
const CANDIDATES: usize = 44;

/// A candidate is better where it costs less than this share of the best before it: what is less is luck.
const BETTER: f64 = 0.97;
/// The first take of all candidates, and of the last two: none is one that people look at first.
const FIRST_TAKE: u32 = 10_001;
const OTHER_TAKE: u32 = 20_001;

/// Halves of people's pieces that lie nearer than this count as so far apart, in the order of
/// [`Distances::values`]: few or equal pieces make no yardstick.
const LEAST: [f64; 7] = [0.02, 0.1, 0.1, 0.1, 0.03, 0.1, 0.1];
/// How much each distance counts; those that are of one matter share its weight.
const WEIGHTS: [f64; 7] = [1.0, 0.5, 0.5, 0.5, 0.5, 1.0, 1.0];
/// What it costs where people's pieces have something, such as drums, and takes have none.
const LACKING: f64 = 10.0;
/// What it costs where all takes are stuck and no piece is. One take may be so by luck.
const STUCK: f64 = 10.0;

/// A search that has ended.
pub(super) struct Outcome {
    /// What came of it.
    pub found: Found,
    /// What was tried, in order, and what it cost; what is found is followed by what other takes cost, first at the start.
    pub tried: Vec<(UsualSettings, f64)>,
}

/// What came of a search.
pub(super) enum Found {
    /// Better settings.
    Settings(Better),
    /// None that is better.
    NothingBetter,
    /// The user stopped it.
    Stopped,
}

/// Better settings, and what takes cost with and without them.
pub(super) struct Better {
    /// The settings.
    pub settings: UsualSettings,
    before: f64,
    after: f64,
}

/// The search for a record's usual settings.
pub(super) struct UsualSearch {
    /// The record as a file, of which each candidate is made.
    record: Vec<u8>,
    start: UsualSettings,
    heads: &'static [Head],
    /// Whether the record plans what comes back, so that no motif memory is at work.
    plans: bool,
    /// Notes that may be composed.
    budget: u64,
    shape: Shape,
    models: Vec<Piece>,
    people: People,
}

/// How much each candidate composes.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Shape {
    bars: u32,
    takes: usize,
    /// Notes that all its takes have if they are like people's pieces.
    notes: u64,
}

impl Shape {
    /// The largest that a budget pays for, in notes; `None` where it pays for none.
    fn affordable(models: &[Piece], budget: u64) -> Option<Self> {
        SHAPES.into_iter().find_map(|(bars, fewest)| {
            let notes: usize = models.iter().map(|it| takes::excerpt(it, bars).notes.len()).sum();
            let notes = |takes: usize| (takes * notes / models.len().max(1)) as u64;
            let shape = |takes| Self { bars, takes, notes: notes(takes) };
            let pays = |takes: usize, candidates: usize| notes(takes) * candidates as u64 <= budget;
            let many = (fewest..=MOST_TAKES).rev().find(|&takes| pays(takes, CANDIDATES));
            (notes(fewest) > 0 && pays(fewest, FEWEST_CANDIDATES))
                .then(|| shape(many.unwrap_or(fewest)))
        })
    }
}

impl UsualSearch {
    /// A search for a record's settings, with takes like the models and a budget in notes; `None` where that
    /// is too small, or there are fewer than two models.
    pub(super) fn new(record: &Record, models: &[Piece], budget: u64) -> Option<Self> {
        let shape = Shape::affordable(models, budget).filter(|_| models.len() > 1)?;
        let cut = |it: &Piece| takes::excerpt(it, it.bars().min(shape.bars));
        let models: Vec<Piece> = models.iter().map(cut).collect();
        Some(Self {
            record: record.to_bytes(Precision::Single),
            start: *record.usual(),
            heads: Head::choosing(record.vocabulary().has_parts()),
            plans: !record.form().is_empty(),
            budget,
            shape,
            people: People::of(&models),
            models,
        })
    }

    /// What it will do, in words.
    pub(super) fn plan(&self) -> String {
        let Self { shape: Shape { bars, takes, .. }, budget, .. } = self;
        format!(
            "composing to find its usual settings: {} of up to {} for each choice, about {} at most",
            counted(*takes, "take"),
            counted(*bars as usize, "bar"),
            counted(*budget as usize, "note")
        )
    }

    /// Sweeps the settings. Called from the training's thread; composes on all cores. `stop` is asked before each take.
    ///
    /// # Errors
    /// Where a candidate cannot be made of the record.
    pub(super) fn run(&self, stop: &(dyn Fn() -> bool + Sync)) -> Result<Outcome> {
        let mut costs = Costs { search: self, stop, spent: 0, known: Vec::new() };
        let best = self.sweep(&mut costs)?;
        let found = match stop() {
            true => Found::Stopped,
            false if best == self.start => Found::NothingBetter,
            false => self.confirmed(best, &mut costs)?,
        };
        Ok(Outcome { found, tried: costs.known })
    }

    /// The settings that cost least, as far as the budget goes.
    fn sweep(&self, costs: &mut Costs<'_>) -> Result<UsualSettings> {
        let mut best = self.start;
        let Some(mut lowest) = costs.of(best)? else { return Ok(best) };
        for stage in self.stages() {
            let mut nearest = (best, lowest);
            for candidate in stage.candidates(best) {
                let Some(cost) = costs.of(candidate)? else { break };
                if cost < nearest.1 {
                    nearest = (candidate, cost);
                }
            }
            if nearest.1 < BETTER * lowest {
                (best, lowest) = nearest;
            }
        }
        Ok(best)
    }

    /// Whether the best is better than the start. The lowest of many is low by luck, too: other takes, and more of them, decide.
    fn confirmed(&self, best: UsualSettings, costs: &mut Costs<'_>) -> Result<Found> {
        let takes = CONFIRMED * self.shape.takes;
        let mut again = |settings| costs.composed(settings, OTHER_TAKE, takes);
        let (Some(before), Some(after)) = (again(self.start)?, again(best)?) else {
            return Ok(Found::Stopped);
        };
        Ok(if after < before {
            Found::Settings(Better { settings: best, before, after })
        } else {
            Found::NothingBetter
        })
    }

    /// What is swept, in order. The motif memory comes first, for form is its work, and once more when the
    /// rest is settled; a record that plans its form does without.
    fn stages(&self) -> Vec<Stage> {
        let motif = [Stage::Motif].into_iter().filter(|_| !self.plans);
        let heads = self.heads.iter().map(|&head| Stage::Head(head));
        let rest = [Stage::Temperature, Stage::TopP].into_iter().chain(heads);
        motif.clone().chain(rest).chain(motif).collect()
    }
}

impl Outcome {
    /// What was tried, a line each.
    pub(super) fn table(&self, record: &Record) -> String {
        let heads = Head::choosing(record.vocabulary().has_parts());
        let line = |(settings, cost): &(UsualSettings, f64)| {
            format!("{cost:8.3}  {}", format::usual_settings(settings, heads))
        };
        self.tried.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

impl Better {
    /// The settings and what they are worth, in words.
    pub(super) fn line(&self, record: &Record) -> String {
        let Self { settings, before, after } = self;
        let heads = Head::choosing(record.vocabulary().has_parts());
        format!(
            "usual settings: {}. Takes lie {after:.2} times as far from people's pieces as halves of these from \
             each other, {before:.2} times before",
            format::usual_settings(settings, heads)
        )
    }
}

/// A setting that is swept while the others stay.
#[derive(Clone, Copy, Debug)]
enum Stage {
    Motif,
    /// Of all heads.
    Temperature,
    TopP,
    /// The temperature of one head.
    Head(Head),
}

impl Stage {
    /// What is tried beside the best so far.
    fn candidates(self, best: UsualSettings) -> Vec<UsualSettings> {
        let values = match self {
            Self::Motif => &MOTIFS[..],
            Self::Temperature => &TEMPERATURES,
            Self::TopP => &TOP_PS,
            Self::Head(_) => &FACTORS,
        };
        let with = |&value: &f32| {
            let mut settings = best;
            match self {
                Self::Motif => settings.motif = value,
                Self::Temperature => settings.temperature.fill(value),
                Self::TopP => settings.top_p = value,
                Self::Head(head) => {
                    let temperature = &mut settings.temperature[head as usize];
                    // In hundredths, as it is shown.
                    let hundredths = (100.0 * *temperature * value).round();
                    *temperature = (hundredths / 100.0).min(MOST_TEMPERATURE);
                }
            }
            settings
        };
        values.iter().map(with).collect()
    }
}

/// Composes candidates, counts the notes and remembers what they cost.
struct Costs<'s> {
    search: &'s UsualSearch,
    stop: &'s (dyn Fn() -> bool + Sync),
    spent: u64,
    known: Vec<(UsualSettings, f64)>,
}

impl Costs<'_> {
    /// What a candidate costs; `None` where the user stops it, or the budget pays for it and the last two no longer.
    fn of(&mut self, settings: UsualSettings) -> Result<Option<f64>> {
        if let Some((_, cost)) = self.known.iter().find(|(known, _)| *known == settings) {
            return Ok(Some(*cost));
        }
        let Shape { takes, notes, .. } = self.search.shape;
        if self.spent + (1 + 2 * CONFIRMED as u64) * notes > self.search.budget {
            return Ok(None);
        }
        self.composed(settings, FIRST_TAKE, takes)
    }

    /// What so many takes from a number on cost; `None` where the user stops it.
    fn composed(
        &mut self,
        settings: UsualSettings,
        first: u32,
        takes: usize,
    ) -> Result<Option<f64>> {
        let UsualSearch { record, models, people, .. } = self.search;
        let record = Record::parse(record, "the record").context("a candidate cannot be read")?;
        let record = Arc::new(record.with_usual(settings)?);
        let knobs = ComposerSettings { take: first, ..ComposerSettings::default() };
        let Some(takes) = takes::compose(&record, models, takes, knobs, self.stop) else {
            return Ok(None);
        };
        self.spent += takes.iter().map(|it| it.notes.len() as u64).sum::<u64>();
        let cost = people.cost(&Measured::all(&takes));
        self.known.push((settings, cost));
        Ok(Some(cost))
    }
}

/// People's pieces, which takes are held against.
struct People {
    pieces: Vec<Measured>,
    yardstick: Distances,
    /// Share of them that is stuck.
    stuck: f64,
}

impl People {
    fn of(models: &[Piece]) -> Self {
        let pieces = Measured::all(models);
        Self { yardstick: measures::halves(&pieces), stuck: stuck(&pieces), pieces }
    }

    /// How far takes lie from them, in units of what lies between halves of them, and a penalty for more takes that are
    /// stuck than pieces are.
    fn cost(&self, takes: &[Measured]) -> f64 {
        let apart = measures::distances(takes, &self.pieces).values().into_iter();
        let (mut sum, mut weights) = (0.0, 0.0);
        for (index, (apart, yardstick)) in apart.zip(self.yardstick.values()).enumerate() {
            let Some(yardstick) = yardstick else { continue };
            weights += WEIGHTS[index];
            sum += WEIGHTS[index] * apart.map_or(LACKING, |it| it / yardstick.max(LEAST[index]));
        }
        let mean = if weights > 0.0 { sum / weights } else { 0.0 };
        let luck = 1.0 / takes.len().max(1) as f64;
        mean + STUCK * (stuck(takes) - self.stuck - luck).max(0.0)
    }
}

/// Share of pieces that are stuck, of those that have a form.
fn stuck(pieces: &[Measured]) -> f64 {
    FormProfile::of(pieces.iter().filter_map(|it| it.form.as_ref())).map_or(0.0, |it| it.stuck)
}

#[cfg(test)]
mod tests {
    use jukebox_model::piece::Note;

    use super::*;

    /// Sixteen bars of eighths with a line of its own for each seed; those that are stuck go round in a bar.
    fn piece(seed: u32, stuck: bool) -> Piece {
        let note = |it: u32| Note {
            onset: 12 * it,
            part: 0,
            pitch: 60 + if stuck { it % 8 } else { it * it * (seed + 3) % 13 } as u8,
            duration: 12,
            velocity: 80,
        };
        Piece { notes: (0..128).map(note).collect(), ..Piece::default() }
    }

    #[test]
    fn a_budget_pays_for_a_shape_or_none() {
        let models = [piece(1, false), piece(2, false)];
        let shape = |budget| Shape::affordable(&models, budget);
        assert_eq!(shape(8 * 128 * 13 - 1), None);
        assert_eq!(shape(8 * 128 * 13), Some(Shape { bars: 16, takes: 8, notes: 8 * 128 }));
        assert_eq!(shape(20 * 128 * 44), Some(Shape { bars: 32, takes: 20, notes: 20 * 128 }));
        assert_eq!(shape(u64::MAX / 1_000_000).map(|it| it.takes), Some(MOST_TAKES));
        assert_eq!(Shape::affordable(&[], 1000), None);
    }

    #[test]
    fn takes_like_people_cost_less_than_takes_that_are_stuck() {
        let people = People::of(&(0..8).map(|it| piece(it, false)).collect::<Vec<_>>());
        let cost = |seeds: std::ops::Range<u32>, stuck| {
            people.cost(&Measured::all(&seeds.map(|it| piece(it, stuck)).collect::<Vec<_>>()))
        };
        assert_eq!(cost(0..8, false), 0.0);
        assert!(cost(4..12, true) > cost(4..12, false) + STUCK * 7.0 / 8.0);
    }

    #[test]
    fn every_candidate_is_usable_and_differs_in_one_setting() {
        let start = UsualSettings::default();
        for stage in [Stage::Motif, Stage::Temperature, Stage::TopP, Stage::Head(Head::Pitch)] {
            for candidate in stage.candidates(start) {
                assert!(candidate.is_usable(), "{candidate:?}");
                let changed = [
                    candidate.motif != start.motif,
                    candidate.top_p != start.top_p,
                    candidate.temperature != start.temperature,
                ];
                assert!(changed.iter().filter(|it| **it).count() <= 1, "{candidate:?}");
            }
        }
    }
}
