//! A bar by its plan: repeated, varied, or new.

use std::sync::Arc;

use super::attempt::Attempt;
use super::choosing::Choice;
use super::guide::Guide;
use super::sampling::NoteRng;
use super::{ChordSource, Composed, Composer, ComposerSettings, Future, Memory, UsualSettings};
use crate::meter::{BarSlot, Meter};
use crate::motif::Strength;
use crate::network::{Head, Masks};
use crate::piece::{Note, Tick};
use crate::sheet::{BarNotes, Origin, Resemblance};
use crate::vocabulary::{BarChords, Harmony, has_halves};

/// Most tries at a bar. The first one that is what was planned is taken, else the nearest to it.
const ATTEMPTS: u32 = 5;

/// Most that coming back counts inside a bar that is varied.
const MOST_ODDS: f32 = 16.0;

impl Composer {
    /// Composes one bar. `end` is the tick of the next bar line, which a meter change may bring
    /// forward. Where the future says that parts are known, the bar holds their notes as they stand, and those
    /// of the other parts among them: whenever the next note would be one of theirs, or come after it, it is
    /// that one.
    pub fn compose(
        &mut self,
        past: &Memory,
        bar: BarSlot,
        end: Tick,
        settings: &ComposerSettings,
        future: Option<&Future>,
    ) -> Composed {
        let nothing = self.nothing.clone();
        let future = future.unwrap_or(&nothing);
        self.sampler.set(settings, self.record.usual());
        self.recall.turn_to(&past.past);
        let plan = self.planned(past, bar, end, settings, future);
        let Attempt { mut memory, events, notes, copied } = match &plan {
            Plan::Repeat(from) => self.repeat(from, past, bar, end, future),
            _ => self.best_attempt(&plan, past, bar, end, settings, future),
        };
        memory.past = memory.past.and(events);
        let composed = BarNotes::new(bar, &notes).of_variation(settings.variation);
        memory.bars.push(bar.number, composed);
        self.recall.went_on(&memory.past);
        Composed { notes, copied, after: memory }
    }

    /// The chords that a bar is composed to: those of its two halves, or of the whole bar twice; as they are
    /// written, or else planned. `None` where the record knows no chords, and for a half that has none.
    pub fn chords(&mut self, bar: BarSlot, settings: &ComposerSettings) -> BarChords {
        let harmonies = self.harmonies(bar, settings);
        harmonies.map(|it| self.record.vocabulary().chord(it))
    }

    fn harmonies(&mut self, bar: BarSlot, settings: &ComposerSettings) -> [Harmony; 2] {
        let ComposerSettings { take, .. } = *settings;
        let mut number = bar.number;
        let found = loop {
            if let Some(written) = self.written_chords(number, settings) {
                break written.map(|it| self.record.vocabulary().harmony(it));
            }
            // The chords are planned for where a bar comes from by itself: what comes from elsewhere has those
            // of its source.
            let form = self.record.form();
            let natural = self.form.origin(form, bar.meter, take, number, 1.0);
            match self.origin(bar.meter, number, settings) {
                Some((origin @ Origin::Like { back, .. }, _)) if origin != natural => {
                    match number.checked_sub(back) {
                        Some(source) => number = source,
                        None => break [Harmony::UNKNOWN; 2],
                    }
                }
                _ => break self.form.chords(self.record.form(), bar.meter, take, number),
            }
        };
        if has_halves(bar.meter) { found } else { [found[0]; 2] }
    }

    /// The chords that are written for a bar, where these are asked for.
    fn written_chords(&self, number: u32, settings: &ComposerSettings) -> Option<BarChords> {
        let is_asked_for = settings.chords == ChordSource::Written;
        self.written.chords(number).filter(|_| is_asked_for)
    }

    /// Where a bar comes from, written or planned, and what coming back counts; `None` where nothing is planned.
    fn origin(
        &mut self,
        meter: Meter,
        number: u32,
        settings: &ComposerSettings,
    ) -> Option<(Origin, f32)> {
        if let Some(written) = self.written.origin(number) {
            return Some((written, 1.0));
        }
        let song = number.checked_sub(self.written.first);
        let asked = song.and_then(|bar| {
            let key = (meter, settings.take);
            let (first, written) = (&mut self.first_round, &self.written);
            settings.form.origin(first, written, self.record.form(), key, bar)
        });
        if let Some(asked) = asked {
            return Some((asked, 1.0));
        }
        let (form, odds) = (self.record.form(), UsualSettings::return_odds(settings.motif));
        if form.is_empty() || odds <= 0.0 {
            return None;
        }
        Some((self.form.origin(form, meter, settings.take, number, odds), odds))
    }

    /// What a bar shall be.
    fn planned(
        &mut self,
        past: &Memory,
        bar: BarSlot,
        end: Tick,
        settings: &ComposerSettings,
        future: &Future,
    ) -> Plan {
        let Some((origin, odds)) = self.origin(bar.meter, bar.number, settings) else {
            return Plan::Free;
        };
        // What comes of parts that are known is not planned here.
        let new = if future.has_parts() { Plan::Free } else { Plan::New };
        let Origin::Like { back, resemblance } = origin else { return new };
        // What was played to other chords than are written for this bar does not come back.
        let other = bar.number.checked_sub(back);
        let other = other.and_then(|other| self.written_chords(other, settings));
        let is_alike = |from: &&Arc<BarNotes>| {
            other == self.written_chords(bar.number, settings)
                && from.meter() == bar.meter
                && !from.is_empty()
                && future.stands_as(from, bar, end)
        };
        let Some(from) = past.bars.back(bar.number, back).filter(is_alike) else { return new };
        let from = BarNotes::clone(from);
        // Another variation was asked for, but not of what comes back, or other keys: it does not stay as it was.
        let as_asked = settings.variation == 0 || settings.variation == from.variation();
        match resemblance {
            Resemblance::Exact if as_asked && self.is_within(&from, settings.register) => {
                Plan::Repeat(from)
            }
            Resemblance::Exact => Plan::Vary { from, resemblance: Resemblance::Close, odds },
            _ => Plan::Vary { from, resemblance, odds },
        }
    }

    /// Whether all notes of a bar may be chosen in a register.
    fn is_within(&self, bar: &BarNotes, (low, high): (u8, u8)) -> bool {
        let masks = Masks::within(self.record.vocabulary(), low..=high);
        bar.at(0).all(|note| {
            let event = self.event(&note, 0, true);
            let entry = usize::from(event.pitch);
            let end = masks.end(Head::Pitch, &event, self.record.vocabulary().keys());
            masks.choice(Head::Pitch, &event, None).has(entry) && entry < end
        })
    }

    /// The notes of another bar, among those that stand.
    fn repeat(
        &mut self,
        from: &BarNotes,
        past: &Memory,
        bar: BarSlot,
        end: Tick,
        future: &Future,
    ) -> Attempt {
        let mut notes: Vec<(Note, bool)> =
            from.at(bar.start).filter(|it| !future.has_part(it)).map(|it| (it, true)).collect();
        notes.extend(future.standing(bar.start, end).map(|it| (it, false)));
        notes.sort_by_key(|(note, _)| (note.onset, note.part, note.pitch));
        let mut attempt = Attempt::new(past.clone());
        for (note, is_copied) in notes.into_iter().take_while(|(note, _)| note.onset < end) {
            let event = self.event_after(&attempt.memory.previous, &note);
            self.add(&mut attempt, event, note, is_copied, bar);
        }
        attempt
    }

    /// The first try at a bar that is what was planned, or the nearest to it.
    fn best_attempt(
        &mut self,
        plan: &Plan,
        past: &Memory,
        bar: BarSlot,
        end: Tick,
        settings: &ComposerSettings,
        future: &Future,
    ) -> Attempt {
        // What comes back is planned: the motif memory would bring back more.
        let motif = match plan {
            Plan::Free if self.record.form().is_empty() => {
                Strength::from_knob(self.record.usual().motif(settings.motif))
            }
            _ => Strength::NEVER,
        };
        let registers = settings.register.0..=settings.register.1;
        let mut choice = Choice {
            settings: *settings,
            rng: NoteRng::new(settings.take, settings.variation, bar.number, 0),
            motif,
            masks: Masks::within(self.record.vocabulary(), registers),
            guide: None,
            chords: self.harmonies(bar, settings),
            open: Vec::new(),
        };
        let mut best: Option<(f32, Attempt)> = None;
        for number in 0..ATTEMPTS {
            choice.rng = NoteRng::new(settings.take, settings.variation, bar.number, number);
            choice.guide = plan.guide(bar.start, number);
            let attempt = self.attempt(past, bar, end, &mut choice, future);
            attempt.events.iter().for_each(|_| self.recall.memory.pop());
            let distance = plan.distance(past, bar.number, &BarNotes::new(bar, &attempt.notes));
            if best.as_ref().is_none_or(|(least, _)| distance < *least) {
                best = Some((distance, attempt));
            }
            if distance <= 0.0 {
                break;
            }
        }
        let (_, attempt) = best.unwrap_or_else(|| (0.0, Attempt::new(past.clone())));
        for &(event, place) in &attempt.events {
            self.recall.memory.push(event, place);
        }
        attempt
    }
}

/// What a bar shall be.
enum Plan {
    /// What comes: of a record that has no plans with the motif memory.
    Free,
    /// None of the bars before.
    New,
    /// Like another bar, by so much. The odds are what coming back counts.
    Vary { from: BarNotes, resemblance: Resemblance, odds: f32 },
    /// Another bar.
    Repeat(BarNotes),
}

impl Plan {
    /// Who leads through a bar; from try to try less is taken over, for it is mostly too much.
    fn guide(&self, start: Tick, attempt: u32) -> Option<Guide> {
        match self {
            Self::Vary { from, resemblance, odds } => {
                let odds = odds.min(MOST_ODDS) / (1u32 << attempt) as f32;
                Some(Guide::new(from, start, *resemblance, odds))
            }
            _ => None,
        }
    }

    /// How far a bar is from what was planned; 0 where it is that.
    fn distance(&self, past: &Memory, number: u32, bar: &BarNotes) -> f32 {
        match self {
            Self::Free | Self::Repeat(_) => 0.0,
            Self::New => {
                let likeness = past.bars.likeness(number, bar);
                if Resemblance::of(likeness).is_none() { 0.0 } else { likeness }
            }
            Self::Vary { from, resemblance, .. } => resemblance.distance(from.likeness(bar)),
        }
    }
}
