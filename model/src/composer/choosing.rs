//! One note: head after head, under the masks, with what may come back mixed in.

use std::ops::Range;
use std::sync::Arc;

use super::future::Ahead;
use super::guide::Guide;
use super::sampling::NoteRng;
use super::{Composer, ComposerSettings, Memory, Previous};
use crate::meter::BarSlot;
use crate::motif::Strength;
use crate::network::kernel::activation::softmax;
use crate::network::rows::{HeadRows, TimeLeft};
use crate::network::{Head, Masks};
use crate::piece::{Note, Tick};
use crate::vocabulary::{
    BarPosition, Ensemble, Harmony, KnownSheet, NoteEvent, PartSet, Vocabulary, half,
};

/// What chooses among the likely in one bar: the settings, random numbers, and how much copying counts.
pub(super) struct Choice {
    /// What is asked for.
    pub settings: ComposerSettings,
    /// The random numbers of this try.
    pub rng: NoteRng,
    /// How much the motif memory counts.
    pub motif: Strength,
    /// What may be chosen.
    pub masks: Masks,
    /// The bar that this one varies.
    pub guide: Option<Guide>,
    /// What is known of the chords of the bar's halves.
    pub chords: [Harmony; 2],
    /// The parts that play in the bar, where that is planned.
    pub playing: Option<PartSet>,
    /// Those of them that have yet to play.
    pub due: PartSet,
    /// How many times as much they count until then.
    pub urge: f32,
    /// What the network knows of who plays.
    pub ensemble: Ensemble,
    /// For each part whether it may begin a note here: a line may where its last note has ended.
    pub open: Vec<bool>,
}

/// Most choices that fall on a part that rests, before only those that play are chosen from.
const MOST_RESTS: u32 = 24;

/// What is known of a note when its heads choose, but for the choices before.
struct NoteContext {
    previous: Previous,
    place: BarPosition,
    /// The time left from the previous onset, and from its own.
    left: [TimeLeft; 2],
    sheet: KnownSheet,
}

impl Choice {
    /// Opens the parts that may begin a note at a tick: where only those that play may, the others are closed.
    fn open(&mut self, memory: &Memory, onset: Tick, vocabulary: &Vocabulary, only_playing: bool) {
        let playing = self.playing.filter(|_| only_playing).unwrap_or(PartSet::ALL);
        let is_open = |(part, &end): (u16, &Tick)| {
            (end <= onset || !vocabulary.is_line(part)) && playing.has(part)
        };
        self.open.clear();
        self.open.extend((0..).zip(&memory.ends).map(is_open));
    }

    /// What is known of the sheet where a chord is played.
    fn sheet(&self, harmony: Harmony) -> KnownSheet {
        KnownSheet { harmony, ensemble: self.ensemble }
    }

    /// Lets parts that have yet to play count more.
    fn urge(&self, odds: &mut [f32]) {
        if self.due == PartSet::NONE || self.urge == 1.0 {
            return;
        }
        for (_, odds) in (0..).zip(&mut *odds).filter(|(part, _)| self.due.has(*part)) {
            *odds *= self.urge;
        }
        let sum: f32 = odds.iter().sum();
        odds.iter_mut().for_each(|it| *it /= sum.max(f32::MIN_POSITIVE));
    }

    /// Share of the parts that are to play and do not.
    pub fn lacking(&self) -> f32 {
        let playing = self.playing.unwrap_or(PartSet::NONE);
        self.due.count() as f32 / playing.count().max(1) as f32
    }
}

impl Composer {
    /// Chooses one note, of the parts that play; `None` where the next one lies beyond the bar. That choice is then
    /// made again in the next bar, among the steps that reach it: the same odds, and each bar has random
    /// numbers of its own.
    pub(super) fn next_note(
        &mut self,
        memory: &Memory,
        bar: BarSlot,
        end: Tick,
        future: Ahead<'_>,
        choice: &mut Choice,
    ) -> Option<(NoteEvent, Note, bool)> {
        let record = Arc::clone(&self.record);
        let vocabulary = record.vocabulary();
        let previous = memory.previous;
        self.network.attend(&memory.state, future.contexts, &mut self.scratch);
        if choice.motif != Strength::NEVER {
            self.recall.memory.look_back();
        }
        if let Some(guide) = &mut choice.guide {
            guide.point(vocabulary, previous.onset, previous.event.as_ref(), end);
        }
        let before = future.left(previous.onset);
        let mut rests = 0;
        // When and who are chosen anew until it is one that plays: so the odds of the parts that rest are divided
        // among these. Who plays first beyond the bar tells whether the bar is over for them.
        let (mut event, onset) = loop {
            let (mut event, onset) = self.when(memory, bar, before, choice);
            let is_last = rests == MOST_RESTS;
            choice.open(memory, onset, vocabulary, is_last);
            let Some(playing) = choice.playing else { break (event, onset) };
            let slot = if onset < end { bar } else { BarSlot { start: end, ..bar.next() } };
            let left = [before, future.left(onset)];
            let known = NoteContext {
                previous,
                place: vocabulary.place(slot, onset),
                left,
                sheet: choice.sheet(Harmony::UNKNOWN),
            };
            event.part = self.choose_next(Head::Part, &event, &known, choice).0;
            match playing.has(event.part) {
                true => break (event, onset),
                false if is_last => return None,
                false => rests += 1,
            }
        };
        if onset >= end {
            return None;
        }
        let known = NoteContext {
            previous,
            place: vocabulary.place(bar, onset),
            left: [before, future.left(onset)],
            sheet: choice.sheet(choice.chords[half(bar, onset)]),
        };
        let mut copied = false;
        for &head in &self.network.rows().choosing()[1..] {
            if head == Head::Part && choice.playing.is_some() {
                continue;
            }
            let (entry, is_copied) = self.choose_next(head, &event, &known, choice);
            match head {
                Head::Step => {}
                Head::Part => event.part = entry,
                Head::Pitch => (event.pitch, copied) = (entry, is_copied),
                Head::Duration => event.duration = entry,
                Head::Velocity => event.velocity = entry,
            }
        }
        let note = Note {
            onset,
            part: event.part as u8,
            pitch: vocabulary.key(event.pitch),
            duration: vocabulary.durations[usize::from(event.duration)],
            velocity: vocabulary.velocities[usize::from(event.velocity)],
        };
        Some((event, note, copied))
    }

    /// Chooses when the next note of all parts begins: an event of its step alone, and its onset.
    fn when(
        &mut self,
        memory: &Memory,
        bar: BarSlot,
        left: TimeLeft,
        choice: &mut Choice,
    ) -> (NoteEvent, Tick) {
        let record = Arc::clone(&self.record);
        let vocabulary = record.vocabulary();
        let previous = memory.previous;
        let mut event = NoteEvent::default();
        if previous.event.is_none() {
            // The first note falls on the first beat: after a pickup nearly all of its bar is silent. It is
            // remembered as it would be read again.
            let silent = bar.start.saturating_sub(previous.onset);
            event.step = vocabulary.nearest_step(silent, true) as u16;
            return (event, bar.start);
        }
        // A step of 0 adds to the chord, upwards; in a later bar the step must reach its line.
        let shortest = bar.start.saturating_sub(previous.onset);
        let first = vocabulary.steps.partition_point(|&step| step < shortest);
        let first = first.max(choice.masks.lowest(Head::Step, &event, previous.event.as_ref()));
        let first = first.max(self.first_free_step(memory, first));
        if first >= vocabulary.steps.len() {
            // No step is long enough: the silence ends on the bar line.
            event.step = (vocabulary.steps.len() - 1) as u16;
            return (event, bar.start);
        }
        let (place, left) = (previous.place, [left; 2]);
        let rows =
            self.network.rows().heads(event, place, place, left, choice.sheet(Harmony::UNKNOWN));
        let steps = first..vocabulary.steps.len();
        event.step = self.choose(Head::Step, &rows, &event, steps, choice).0;
        (event, previous.onset.saturating_add(vocabulary.steps[usize::from(event.step)]))
    }

    /// One choice of a head after the step, among what may follow.
    fn choose_next(
        &mut self,
        head: Head,
        event: &NoteEvent,
        known: &NoteContext,
        choice: &mut Choice,
    ) -> (u16, bool) {
        let NoteContext { previous, place, left, sheet } = *known;
        let rows = *self.network.rows();
        let first = choice.masks.lowest(head, event, previous.event.as_ref());
        let end = choice.masks.end(head, event, rows.choices(head));
        let rows = rows.heads(*event, previous.place, place, left, sheet);
        self.choose(head, &rows, event, first..end, choice)
    }

    /// The first step after which a part may begin a note, where all parts are lines that sound; 0 where no
    /// step is long enough.
    fn first_free_step(&self, memory: &Memory, least: usize) -> usize {
        let vocabulary = self.record.vocabulary();
        let parts = (0..).zip(&memory.ends);
        let free = parts.map(|(it, &end)| if vocabulary.is_line(it) { end } else { 0 }).min();
        let shortest = free.unwrap_or(0).saturating_sub(memory.previous.onset);
        let first = vocabulary.steps.partition_point(|&step| step < shortest);
        if first < vocabulary.steps.len() { first } else { least }
    }

    /// One choice of a head among some of its entries, and whether it was brought back: as the guide has it, or
    /// more by the motif memory than by the network. `event` holds the choices made before.
    fn choose(
        &mut self,
        head: Head,
        rows: &[HeadRows; Head::COUNT],
        event: &NoteEvent,
        entries: Range<usize>,
        choice: &mut Choice,
    ) -> (u16, bool) {
        let odds = self.network.logits(head, &rows[head as usize], &mut self.scratch);
        let allowed = match head {
            Head::Part if choice.open[entries.clone()].contains(&true) => Some(&choice.open[..]),
            _ => choice.masks.allowed(head, event),
        };
        forbid(odds, allowed, f32::NEG_INFINITY);
        softmax(&mut odds[..entries.end], entries.start);
        odds[entries.end..].fill(0.0);
        forbid(odds, allowed, 0.0);
        if head == Head::Part {
            choice.urge(odds);
        }
        let share = self.recall.memory.mix(head, event, odds, choice.motif);
        let offered = choice.guide.as_ref().and_then(|it| it.mix(head, event, entries.start, odds));
        if head == Head::Step {
            choice.settings.thin_or_thicken(odds, &self.record.vocabulary().steps);
        }
        let entry =
            entries.start + self.sampler.sample(head, &odds[entries.clone()], &mut choice.rng);
        let is_remembered = || {
            let own = (1.0 - share) * self.recall.memory.given(head, entry);
            own < 0.5 * odds[entry]
        };
        let is_back = offered == Some(entry) || share > 0.0 && is_remembered();
        (entry as u16, is_back)
    }
}

/// Sets the odds of the entries that may not be chosen, where any may not.
fn forbid(odds: &mut [f32], allowed: Option<&[bool]>, to: f32) {
    for (odds, _) in odds.iter_mut().zip(allowed.unwrap_or_default()).filter(|(_, it)| !**it) {
        *odds = to;
    }
}
