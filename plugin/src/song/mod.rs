//! The song: what is saved with a project. A take, the record that it comes from, the plan by which
//! its bars are composed, what the user has done to them by hand, and what was played to it.

mod band;
mod by_hand;
mod composition_settings;
mod edits;
mod input;
mod kept;
mod loop_position;
mod rounds;
mod sheet;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

pub use band::Band;
pub use by_hand::Locking;
pub use composition_settings::{CompositionSettings, LONGEST_LOOP, MOST_BUILT_IN, Plan};
pub use edits::{EditHistory, Edits, MOST_REVISIONS, Revision, SheetByHand};
pub use input::{HeardInput, PlayedBar, PlayedNote};
pub use kept::{ALL_PARTS, Kept, Parts, bit};
pub use rounds::Rounds;
pub use sheet::{BarSheet, SheetReader};

use edits::SettingsKey;
use jukebox_model::composer::Composer;
use jukebox_model::meter::{BarSlot, Meter};
use jukebox_model::piece::{Note, Tick};
use jukebox_model::take::{Bar, Take};
use jukebox_model::vocabulary::Vocabulary;
use loop_position::LoopPosition;

/// Most bars of a song: more than four hours of 4/4 at 140 beats a minute.
pub const MOST_BARS: usize = 10_000;
/// Most notes of a bar: as many as a composer writes at most.
pub const MOST_NOTES: usize = 1024;
/// How often bars of a song can be composed again: each time is a variation of its own.
pub const MOST_ATTEMPTS: u32 = rounds::OWN - 1;

/// What has come of composing a bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// There is one bar more.
    Bar,
    /// It has got nearer: it is to be asked for again.
    Nearer,
    /// There is nothing to compose it with or from.
    Nothing,
}

/// Which record a song is composed with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordName {
    /// What people call it.
    pub name: String,
    /// The record's hash; empty where any version will do.
    pub hash: String,
    /// Its file, or `None` for the built-in record.
    pub path: Option<PathBuf>,
    /// Who plays it.
    pub band: Band,
}

impl RecordName {
    /// What to call it in a message.
    pub fn called(&self) -> Cow<'_, str> {
        match &self.path {
            _ if !self.name.is_empty() => Cow::Borrowed(&self.name),
            Some(path) => path.to_string_lossy(),
            None => Cow::Borrowed("built-in"),
        }
    }
}

/// A song.
#[derive(Clone, Debug, Default)]
pub struct Song {
    /// The record that composes it.
    pub record: RecordName,
    /// The file of the record that was loaded last, for when no built-in one is asked for by number.
    pub loaded: Option<PathBuf>,
    /// Its bars so far.
    pub take: Take,
    /// How each bar is composed.
    pub plan: Plan,
    /// Whether the host has told a meter; until then the grid is an assumption.
    pub meter_known: bool,
    /// What the user has done by hand.
    pub edits: Arc<Edits>,
    /// How often bars were composed again, ever.
    pub attempts: u32,
    /// What was played to the song, by bar.
    pub heard: BTreeMap<u32, Arc<Bar>>,
    /// The edits before and after: not saved.
    pub history: EditHistory,
    /// Bars that stood before the last edit, of which some may still be to be laid out: not saved. See
    /// [`Song::is_laying_out`].
    pub to_lay_out: usize,
}

impl Song {
    /// Begins another tune: every bar is composed anew.
    pub fn restart(&mut self, settings: CompositionSettings) {
        self.plan = Plan::default();
        self.plan.set(0, settings);
        self.forget_from(0);
    }

    /// Forgets the bars from one on, which are not those of the last edit any more.
    fn forget_from(&mut self, bar: u32) {
        self.take.truncate(bar as usize);
        self.to_lay_out = self.to_lay_out.min(bar as usize);
    }

    /// Whether bars that stood before the last edit are still to be composed or laid out again: by
    /// [`Song::compose_next`]. Until then the song is not to be saved or edited.
    pub fn is_laying_out(&self) -> bool {
        self.take.bars().len() < self.to_lay_out
    }

    /// Leaves it at the bars that there are.
    pub fn end_laying_out(&mut self) {
        self.to_lay_out = 0;
    }

    /// Changes the settings from a bar on. Bars that were composed to the same one stay.
    pub fn change(&mut self, settings: CompositionSettings, bar: u32) {
        if let Some(changed) = self.plan.set(bar, settings) {
            self.forget_from(changed);
        }
    }

    /// Changes the settings of the bars to come and keeps every bar that exists, for a song whose record
    /// is missing.
    pub fn change_beyond(&mut self, settings: CompositionSettings) {
        self.plan.set(self.take.bars().len() as u32, settings);
    }

    /// Takes the host's word that a bar of this meter starts at a tick. The first word holds from
    /// the song's start. Bars that no longer lie on the grid are forgotten; phrases stay in the bars of
    /// their numbers, as far as they fit in.
    pub fn hear_meter(&mut self, at: Tick, meter: Meter) {
        self.end_laying_out();
        let first = !std::mem::replace(&mut self.meter_known, true);
        let places = [(first, 0), (true, at)];
        for (_, at) in places.into_iter().filter(|&(heard, _)| heard) {
            let bar = self.take.meters().bar_at(at);
            if (bar.start, bar.meter) != (at, meter) {
                self.take.set_meter(at, meter);
            }
        }
        let meters = self.take.meters();
        for (&number, bar) in &mut self.heard {
            let slot = meters.bar(number);
            let end = meters.bar_end(slot);
            if (bar.slot, bar.end) != (slot, end) {
                *bar = Arc::new(bar.moved(slot, end));
            }
        }
    }

    /// Composes one more bar, takes it from where it is known, or takes a step towards it: a round of its
    /// loop at most.
    pub fn compose_next(
        &mut self,
        composer: Option<&mut Composer>,
        rounds: &mut Rounds,
    ) -> Progress {
        let slot = self.take.next_slot();
        let Some(settings) = self.plan.at(slot.number) else { return Progress::Nothing };
        if self.listens(slot.number) {
            self.take.push(self.heard.get(&slot.number).map_or(&Bar::default(), Arc::as_ref));
            return Progress::Bar;
        }
        let Some(composer) = composer else { return self.repeat(slot, &settings) };
        composer.set_sheet(self.edits.sheet_for(&settings, 0));
        if settings.reply > 0 {
            self.take.compose_next(composer, &settings.notes);
        } else if settings.is_loop() {
            let place = self.place(slot.number, &settings);
            let round = rounds.advance(place.round, &settings, slot.meter, &self.edits, composer);
            let Some(round) = round else { return Progress::Nearer };
            self.take.push(&round[place.slot as usize]);
        } else {
            match self.known(slot, &settings) {
                Some(kept) if kept.is_whole() => self.take.push(&kept.bar),
                kept => {
                    let here = kept.iter().flat_map(|it| it.notes_at(slot.start));
                    let to_come: Vec<Note> = here.chain(self.locked_to_come(slot)).collect();
                    let parts = kept.as_ref().map_or(0, |it| it.parts);
                    self.take.compose_among(composer, &settings.notes, &to_come, parts);
                }
            }
        }
        Progress::Bar
    }

    /// Plays a loop on without its record: its bars stand in the song.
    fn repeat(&mut self, slot: BarSlot, settings: &CompositionSettings) -> Progress {
        let Some(bar) = self.repeated(slot, settings).cloned() else { return Progress::Nothing };
        self.take.push(&bar);
        Progress::Bar
    }

    fn repeated(&self, slot: BarSlot, settings: &CompositionSettings) -> Option<&Arc<Bar>> {
        let before = slot.number.checked_sub(settings.length).filter(|_| settings.is_loop())?;
        self.take.bars().get(before as usize).filter(|bar| bar.slot.meter == slot.meter)
    }

    /// Whether the song goes on without its record.
    pub fn repeats(&self) -> bool {
        let slot = self.take.next_slot();
        let settings = self.plan.at(slot.number);
        settings.is_some_and(|settings| self.repeated(slot, &settings).is_some())
    }

    /// What is not to be composed of a bar: it is locked, or stands as it was edited.
    fn known(&self, slot: BarSlot, settings: &CompositionSettings) -> Option<Kept> {
        let key = SettingsKey::new(settings, &self.record.hash, None);
        let edited = self.edits.revision(&key, 0).and_then(|it| it.bars.get(&slot.number));
        let edited = edited.filter(|bar| bar.slot == slot);
        self.edits.standing(slot.number, slot.meter, self.heard_part(settings), edited)
    }

    /// The next locked bars of a song that goes on for ever: their notes. What is heard later is not foreseen: bars
    /// that have been played stay as they are.
    fn locked_to_come(&self, slot: BarSlot) -> Vec<Note> {
        let meters = self.take.meters();
        let mut next = slot.number;
        let after = self.edits.locks.range(slot.number + 1..).map_while(|(&number, kept)| {
            let place = meters.bar(number);
            let follows = next == slot.number || number == next + 1;
            next = number;
            let inside = |note: &Note| note.onset < place.end();
            (follows && kept.is_in(place.meter))
                .then(|| kept.notes_at(place.start).take_while(inside).collect::<Vec<_>>())
        });
        after.take(8).flatten().collect()
    }

    /// Where a bar lies in the loop that its settings ask for.
    fn place(&self, bar: u32, settings: &CompositionSettings) -> LoopPosition {
        LoopPosition::of(bar, settings.cycle().unwrap_or(1), settings.anchor, self.take.meters())
    }

    /// Takes down what was played to the song from a bar line to another, and forgets the bars from
    /// there on. Where nothing was played, an earlier phrase stays. `notes` are sorted; what no saved
    /// song may hold is left out.
    pub fn hear(&mut self, ticks: Range<Tick>, notes: &[Note]) -> bool {
        let kept = |note: &Note| Note {
            duration: note.duration.clamp(1, Vocabulary::MAX_TICKS),
            velocity: note.velocity.clamp(1, 127),
            ..*note
        };
        let within = |range: &Range<Tick>| {
            let notes = notes.iter().filter(|note| range.contains(&note.onset));
            notes.take(MOST_NOTES).map(kept).collect::<Vec<Note>>()
        };
        if within(&ticks).is_empty() {
            return false;
        }
        let meters = self.take.meters();
        let first = meters.bar_at(ticks.start);
        let mut slot = first;
        while slot.start < ticks.end && (slot.number as usize) < MOST_BARS {
            let end = meters.bar_end(slot);
            let notes = within(&(slot.start..end));
            self.heard.insert(slot.number, Arc::new(Bar { slot, end, notes, ..Bar::default() }));
            slot = meters.bar_at(end);
        }
        self.forget_from(first.number);
        true
    }

    /// Whether the song listens in a bar, so as to answer after it.
    pub fn listens(&self, bar: u32) -> bool {
        let settings = self.plan.at(bar).filter(|settings| settings.reply > 0);
        settings.is_some_and(|settings| self.place(bar, &settings).slot < settings.reply)
    }

    /// The number by which a bar of the song can be locked: its own, or that in its loop.
    fn number(&self, bar: u32) -> u32 {
        match self.plan.at(bar) {
            Some(settings) if settings.is_loop() => self.place(bar, &settings).slot,
            _ => bar,
        }
    }

    /// The parts of a bar of the song that are locked.
    pub fn locked(&self, bar: u32) -> Parts {
        let meter = self.take.meters().bar(bar).meter;
        let composed = self.plan.at(bar).is_some_and(|settings| settings.reply == 0);
        let kept = self.edits.locked(self.number(bar), meter).filter(|_| composed);
        kept.map_or(0, |kept| kept.parts)
    }

    /// Whether all of a bar of the song is locked.
    pub fn is_locked(&self, bar: u32) -> bool {
        self.locked(bar) == ALL_PARTS
    }

    /// The bars as they are played: in those in which it listens, the song is silent.
    pub fn sounding(&self) -> Vec<Arc<Bar>> {
        let sounds = |bar: &Arc<Bar>| match self.listens(bar.slot.number) {
            true => Arc::new(Bar { notes: Vec::new(), ..Bar::clone(bar) }),
            false => Arc::clone(bar),
        };
        self.take.bars().iter().map(sounds).collect()
    }

    /// Where the song listens, from one bar line to another.
    pub fn listening(&self) -> Vec<Range<Tick>> {
        let mut listens: Vec<Range<Tick>> = Vec::new();
        for bar in self.take.bars().iter().filter(|bar| self.listens(bar.slot.number)) {
            let begins = self
                .place(bar.slot.number, &self.plan.at(bar.slot.number).unwrap_or_default())
                .slot
                == 0;
            match listens.last_mut().filter(|last| last.end == bar.slot.start && !begins) {
                Some(last) => last.end = bar.end,
                None => listens.push(bar.slot.start..bar.end),
            }
        }
        listens
    }

    /// The bars of the song that are composed again when none are named: the loop, or all that is to
    /// come from a bar on.
    pub fn everywhere(&self, from: u32) -> Range<u32> {
        let all = self.take.bars().len() as u32;
        match self.plan.at(from).filter(CompositionSettings::is_loop) {
            Some(_) => 0..all,
            None => from..all,
        }
    }

    /// The bars' numbers in the loop that the song is in now; none where it goes on for ever.
    pub fn slots(&self) -> Vec<u32> {
        match self.plan.latest().filter(CompositionSettings::is_loop) {
            Some(settings) => {
                let bars = 0..self.take.bars().len() as u32;
                bars.map(|bar| self.place(bar, &settings).slot).collect()
            }
            None => Vec::new(),
        }
    }

    /// Whether no more bars can be added.
    pub fn is_full(&self) -> bool {
        self.take.bars().len() >= MOST_BARS
    }
}
