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
use crate::vocabulary::{BarChords, Ensemble, Harmony, PartSet, has_halves};

/// Most tries at a bar. The first one that is what was planned is taken, else the nearest to it.
const ATTEMPTS: u32 = 5;

/// From try to try a part that is to play in a bar, and did not, counts so many times as much until it plays.
const URGE: f32 = 6.0;

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
        let mut number = bar.number;
        let found = loop {
            if let Some(written) = self.written_chords(number, settings) {
                break written.map(|it| self.record.vocabulary().harmony(it));
            }
            match self.elsewhere(BarSlot { number, ..bar }, settings) {
                Some(back) => match number.checked_sub(back) {
                    Some(source) => number = source,
                    None => break [Harmony::UNKNOWN; 2],
                },
                None => {
                    let form = self.record.form();
                    break self.form.chords(form, bar.meter, settings.take, number);
                }
            }
        };
        if has_halves(bar.meter) { found } else { [found[0]; 2] }
    }

    /// The parts that play in a bar where none is known; `None` where that is not planned.
    fn playing(&mut self, bar: BarSlot, settings: &ComposerSettings) -> Option<PartSet> {
        if !self.record.form().has_parts() {
            return None;
        }
        let mut number = bar.number;
        while let Some(back) = self.elsewhere(BarSlot { number, ..bar }, settings) {
            number = number.checked_sub(back)?;
        }
        Some(self.form.parts(self.record.form(), bar.meter, settings.take, number))
    }

    /// How many bars back a bar comes from, where that is elsewhere than by itself: chords and parts are planned for
    /// where bars come from by themselves, and what comes from elsewhere has those of its source.
    fn elsewhere(&mut self, bar: BarSlot, settings: &ComposerSettings) -> Option<u32> {
        let form = self.record.form();
        let natural = self.form.origin(form, bar.meter, settings.take, bar.number, 1.0);
        match self.origin(bar.meter, bar.number, settings) {
            Some((origin @ Origin::Like { back, .. }, _)) if origin != natural => Some(back),
            _ => None,
        }
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
        // What was played to other chords than are written for this bar does not come back as it was.
        let other = bar.number.checked_sub(back);
        let other = other.and_then(|other| self.written_chords(other, settings));
        let has_its_chords = other == self.written_chords(bar.number, settings);
        let is_alike = |from: &&Arc<BarNotes>| {
            (has_its_chords || self.record.form().moves())
                && from.meter() == bar.meter
                && !from.is_empty()
                && future.stands_as(from, bar, end)
        };
        let Some(from) = past.bars.back(bar.number, back).filter(is_alike) else { return new };
        let from = BarNotes::clone(from);
        let moved = self.moved(bar, back, settings);
        // Others may be planned to play than did there: such a bar is not as like, and what they play is new.
        let playing = self.playing(bar, settings).unwrap_or(PartSet::NONE);
        let lacking = playing.without(from.parts());
        if lacking == playing && playing != PartSet::NONE {
            return new;
        }
        let is_whole = lacking == PartSet::NONE;
        let is_bound = has_its_chords && is_whole;
        // Another variation was asked for, but not of what comes back, or other keys: it does not stay as it was.
        let as_asked = settings.variation == 0 || settings.variation == from.variation();
        match resemblance {
            Resemblance::Exact
                if as_asked && moved == [false; 2] && self.is_within(&from, settings.register) =>
            {
                Plan::Repeat(from)
            }
            Resemblance::Exact => Plan::Vary {
                from,
                resemblance: Resemblance::Close,
                odds,
                moved,
                is_whole,
                is_bound,
            },
            _ => Plan::Vary { from, resemblance, odds, moved, is_whole, is_bound },
        }
    }

    /// For each half of a bar whether it has another chord than the bar that lies so many bars back; never where
    /// the record does not move what comes back to its chord.
    fn moved(&mut self, bar: BarSlot, back: u32, settings: &ComposerSettings) -> [bool; 2] {
        let Some(source) = bar.number.checked_sub(back).filter(|_| self.record.form().moves())
        else {
            return [false; 2];
        };
        let before = self.harmonies(BarSlot { number: source, ..bar }, settings);
        let now = self.harmonies(bar, settings);
        std::array::from_fn(|half| before[half] != now[half])
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
        let planned = self.playing(bar, settings);
        // Parts that are known play what stands.
        let ensemble = planned.map_or(Ensemble::UNKNOWN, |planned| {
            let standing: Vec<Note> = future.standing(bar.start, end).collect();
            let set = planned.without(future.parts()).and(PartSet::of(&standing));
            self.record.vocabulary().ensemble(set)
        });
        let mut choice = Choice {
            settings: *settings,
            rng: NoteRng::new(settings.take, settings.variation, bar.number, 0),
            motif,
            masks: Masks::within(self.record.vocabulary(), registers),
            guide: None,
            chords: self.harmonies(bar, settings),
            playing: planned.map(|it| it.and(future.parts())),
            ensemble,
            due: PartSet::NONE,
            urge: 1.0,
            open: Vec::new(),
        };
        let mut best: Option<(f32, Attempt)> = None;
        let mut share = 1.0;
        for number in 0..ATTEMPTS {
            choice.rng = NoteRng::new(settings.take, settings.variation, bar.number, number);
            choice.guide = plan.guide(bar, share, choice.playing);
            choice.urge = URGE.powi(number as i32);
            let attempt = self.attempt(past, bar, end, &mut choice, future);
            attempt.events.iter().for_each(|_| self.recall.memory.pop());
            let notes = BarNotes::new(bar, &attempt.notes);
            let distance = plan.distance(past, bar.number, &notes) + choice.lacking();
            // It is mostly too much that was taken over; notes that have moved make it too little, too.
            share *=
                if self.record.form().moves() && plan.is_too_unlike(&notes) { 2.0 } else { 0.5 };
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
    /// Like another bar, by so much. The odds are what coming back counts; halves that are moved have another
    /// chord. It is whole where all parts that are to play are in the other bar, and bound to be as like as was
    /// planned where it is whole and has no other chords by a user's hand.
    Vary {
        from: BarNotes,
        resemblance: Resemblance,
        odds: f32,
        moved: [bool; 2],
        is_whole: bool,
        is_bound: bool,
    },
    /// Another bar.
    Repeat(BarNotes),
}

impl Plan {
    /// Who leads through a bar, which takes over more or less than usual.
    fn guide(&self, bar: BarSlot, share: f32, playing: Option<PartSet>) -> Option<Guide> {
        match self {
            Self::Vary { from, resemblance, odds, moved, is_whole, .. } => {
                let odds = odds.min(MOST_ODDS) * share;
                let guide = Guide::new(from, bar, *resemblance, odds, *moved);
                Some(guide.among(playing, *is_whole))
            }
            _ => None,
        }
    }

    /// Whether a bar has less of the one that it varies than was planned.
    fn is_too_unlike(&self, bar: &BarNotes) -> bool {
        match self {
            Self::Vary { from, resemblance, .. } => {
                Resemblance::of(from.likeness(bar)) < Some(*resemblance)
            }
            _ => false,
        }
    }

    /// How far a bar is from what was planned; 0 where it is that.
    fn distance(&self, past: &Memory, number: u32, bar: &BarNotes) -> f32 {
        match self {
            Self::Free | Self::Repeat(_) | Self::Vary { is_bound: false, .. } => 0.0,
            Self::New => {
                let likeness = past.bars.likeness(number, bar);
                if Resemblance::of(likeness).is_none() { 0.0 } else { likeness }
            }
            Self::Vary { from, resemblance, .. } => resemblance.distance(from.likeness(bar)),
        }
    }
}
