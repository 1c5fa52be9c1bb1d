//! A bar by its plan: repeated, varied, or new.

use std::sync::Arc;

use super::guide::Guide;
use super::sampling::NoteRng;
use super::{Attempt, Choice, Composed, Composer, ComposerSettings, Future, Memory, UsualSettings};
use crate::meter::BarSlot;
use crate::motif::Strength;
use crate::network::Masks;
use crate::piece::{Note, Tick};
use crate::sheet::{BarNotes, Origin, Resemblance};
use crate::vocabulary::{BarChords, Harmony};

/// Most tries at a bar. The first one that is what was planned is taken, else the nearest to it.
const ATTEMPTS: u32 = 5;

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
        memory.bars.push(bar.number, BarNotes::new(bar, &notes));
        self.recall.went_on(&memory.past);
        Composed { notes, copied, after: memory }
    }

    /// The chords that a bar of a take is composed to: those of its two halves, or of the whole bar twice; as
    /// they are written, or else planned. `None` where the record knows no chords, and for a half that has none.
    pub fn chords(&mut self, bar: BarSlot, take: u32) -> BarChords {
        let harmonies = self.harmonies(bar, take);
        harmonies.map(|it| self.record.vocabulary().chord(it))
    }

    fn harmonies(&mut self, bar: BarSlot, take: u32) -> [Harmony; 2] {
        match self.written.chords(bar.number) {
            Some(written) => written.map(|it| self.record.vocabulary().harmony(it)),
            None => self.form.chords(self.record.form(), bar.meter, take, bar.number),
        }
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
        let form = self.record.form();
        let odds = UsualSettings::return_odds(settings.motif);
        let (origin, odds) = match self.written.origin(bar.number) {
            Some(written) => (written, 1.0),
            None if form.is_empty() || odds <= 0.0 => return Plan::Free,
            None => (self.form.origin(form, bar.meter, settings.take, bar.number, odds), odds),
        };
        // What comes of parts that are known is not planned here.
        let new = if future.parts == 0 { Plan::New } else { Plan::Free };
        let Origin::Like { back, resemblance } = origin else { return new };
        // What was played to other chords than are written for this bar does not come back.
        let other = bar.number.checked_sub(back).and_then(|other| self.written.chords(other));
        let is_alike = |from: &&Arc<BarNotes>| {
            other == self.written.chords(bar.number)
                && from.meter() == bar.meter
                && !from.is_empty()
                && future.stands_as(from, bar.start, end)
        };
        let Some(from) = past.bars.back(bar.number, back).filter(is_alike) else { return new };
        let from = BarNotes::clone(from);
        // Another variation was asked for, or other keys: it does not stay as it was.
        let repeats = settings.variation == 0 && self.is_within(&from, settings.register);
        match resemblance {
            Resemblance::Exact if repeats => Plan::Repeat(from),
            Resemblance::Exact => Plan::Vary { from, resemblance: Resemblance::Close, odds },
            _ => Plan::Vary { from, resemblance, odds },
        }
    }

    /// Whether all pitched notes of a bar lie in a register.
    fn is_within(&self, bar: &BarNotes, (low, high): (u8, u8)) -> bool {
        let vocabulary = self.record.vocabulary();
        bar.at(0).all(|it| vocabulary.is_drum(it.part.into()) || (low..=high).contains(&it.pitch))
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
        if future.parts != 0 {
            let standing = future.known[future.before(bar.start)..].iter();
            notes.extend(standing.map(|it| (it.note, false)).take_while(|it| it.0.onset < end));
        }
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
            _ => Strength::from_knob(0.0),
        };
        let registers = settings.register.0..=settings.register.1;
        let masks = Masks::within(self.record.vocabulary(), registers);
        let chords = self.harmonies(bar, settings.take);
        let mut best: Option<(f32, Attempt)> = None;
        for number in 0..ATTEMPTS {
            let mut choice = Choice {
                settings: *settings,
                rng: NoteRng::new(settings.take, settings.variation, bar.number, number),
                motif,
                masks: masks.clone(),
                guide: plan.guide(bar.start, number),
                chords,
                open: Vec::new(),
            };
            let attempt = self.attempt(past, bar, end, &mut choice, future);
            attempt.events.iter().for_each(|_| self.recall.memory.pop());
            let distance = plan.distance(past, &BarNotes::new(bar, &attempt.notes));
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
                let odds = odds / (1u32 << attempt) as f32;
                Some(Guide::new(from, start, *resemblance, odds))
            }
            _ => None,
        }
    }

    /// How far a bar is from what was planned; 0 where it is that.
    fn distance(&self, past: &Memory, bar: &BarNotes) -> f32 {
        match self {
            Self::Free | Self::Repeat(_) => 0.0,
            Self::New => {
                let likeness = past.bars.likeness(bar);
                if Resemblance::of(likeness).is_none() { 0.0 } else { likeness }
            }
            Self::Vary { from, resemblance, .. } => resemblance.distance(from.likeness(bar)),
        }
    }
}
