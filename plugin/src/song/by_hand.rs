//! Editing a song by hand: locking bars, composing others again, and undoing either.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use jukebox_model::composer::{Composer, ComposerSettings};
use jukebox_model::meter::{BarSlot, Meter};
use jukebox_model::piece::Note;
use jukebox_model::take::Bar;

use super::edits::{Edits, SettingsKey, SheetByHand};
use super::kept::{Kept, Parts, bit};
use super::rounds::{self, Rounds};
use super::{CompositionSettings, MOST_ATTEMPTS, MOST_BARS, MOST_NOTES, Progress, Song};

/// Which bars are locked or unlocked.
#[derive(Clone, Debug)]
pub struct Locking {
    /// Bars of the song.
    pub bars: Range<u32>,
    /// Parts of them.
    pub parts: Parts,
    /// Whether they are locked, or unlocked.
    pub locked: bool,
    /// Whether it goes on with the edit before: bars that are locked on the way of one drag are one edit.
    pub go_on: bool,
}

impl Song {
    /// Takes a step towards what an edit at the playhead's bar needs to know, where that is not there
    /// yet: the song as it was edited before, and the round that it is in. Says whether all is there.
    pub fn is_ready_for_edit(
        &mut self,
        here: u32,
        composer: Option<&mut Composer>,
        rounds: &mut Rounds,
    ) -> bool {
        if self.is_laying_out() {
            if self.compose_next(composer, rounds) == Progress::Nothing {
                self.end_laying_out();
            }
            return false;
        }
        let settings = self.plan.at(here).filter(CompositionSettings::is_loop);
        let (Some(settings), Some(composer)) = (settings, composer) else { return true };
        let meter = self.take.meters().bar(here).meter;
        let number = self.round_of(here, &settings);
        rounds.advance(number, &settings, meter, &self.edits, composer).is_some()
    }

    /// Locks bars of the song against every change, or unlocks them; in a loop, the bars of the loop.
    /// `here` is the playhead's bar.
    pub fn lock(
        &mut self,
        Locking { bars, parts, locked, go_on }: Locking,
        here: u32,
        mut composer: Option<&mut Composer>,
        rounds: &mut Rounds,
    ) {
        self.remember(here, composer.as_deref_mut(), rounds);
        self.history.put_or_go_on(Arc::clone(&self.edits), go_on);
        let composed = bars.start..bars.end.min(self.take.bars().len() as u32);
        let exchange = |bar| self.plan.at(bar).is_some_and(|settings| settings.reply > 0);
        let composed: Vec<u32> = composed.filter(|&bar| !exchange(bar)).collect();
        for bar in composed {
            let (number, all) = (self.number(bar), self.record.band.all());
            let bar = Arc::clone(&self.take.bars()[bar as usize]);
            self.edits_mut().lock(number, &bar, parts, locked, all);
        }
        self.lay_out(here, composer, rounds);
    }

    /// Composes some parts of bars of the song again, but what is locked, between what stands before and after
    /// them, and among the parts that stand.
    ///
    /// # Errors
    /// In words, where there is nothing to compose again, or nothing new to be had.
    pub fn recompose(
        &mut self,
        bars: Range<u32>,
        parts: Parts,
        here: u32,
        composer: &mut Composer,
        rounds: &mut Rounds,
    ) -> Result<(), &'static str> {
        let bars = bars.start..bars.end.min(self.take.bars().len() as u32);
        let all = self.record.band.all();
        let heard = |bar: u32| self.plan.at(bar).and_then(|it| self.heard_part(&it)).map_or(0, bit);
        let stays = |bar: u32| (!parts | self.locked(bar) | heard(bar)) & all;
        let free = bars.filter(|&bar| !self.listens(bar)).map(|bar| (bar, stays(bar)));
        let free: Vec<(u32, Parts)> = free.filter(|&(_, stays)| stays != all).collect();
        let settings = self.plan.at(here).filter(|_| !free.is_empty());
        let settings = settings.ok_or(
            "All of it is locked, or heard on the input: unlock some to compose it again.",
        )?;
        if self.attempts >= MOST_ATTEMPTS {
            return Err(
                "This song has been composed again as often as it can be: choose a new take.",
            );
        }
        self.begin_edit(here, Some(composer), rounds);
        self.attempts += 1;
        if !settings.is_loop() {
            self.recompose_song(&free, composer);
            self.remember_song();
        } else {
            self.recompose_loop(&free, here, &settings, composer, rounds);
            self.lay_out(here, Some(composer), rounds);
        }
        Ok(())
    }

    /// Composes bars of a song that goes on for ever again, but the parts that stay in each.
    fn recompose_song(&mut self, bars: &[(u32, Parts)], composer: &mut Composer) {
        for run in bars.chunk_by(|a, b| (a.0 + 1, a.1) == *b) {
            let (Some(&(first, stays)), Some(&(last, _))) = (run.first(), run.last()) else {
                continue;
            };
            let Some(settings) = self.plan.at(first) else { continue };
            composer.set_sheet(self.edits.sheet_for(&settings, 0));
            let notes = ComposerSettings { variation: self.attempts, ..settings.notes };
            let range = first as usize..last as usize + 1;
            self.take.recompose_among(range, composer, &notes, stays);
        }
    }

    /// Composes bars of the loop round the playhead again, from its round on, but the parts that stay in each.
    fn recompose_loop(
        &mut self,
        bars: &[(u32, Parts)],
        here: u32,
        settings: &CompositionSettings,
        composer: &mut Composer,
        rounds: &mut Rounds,
    ) {
        let meter = self.take.meters().bar(here).meter;
        let number = self.round_of(here, settings);
        let round = rounds.round(number, settings, meter, &self.edits, composer);
        let again: Vec<(u32, Parts)> =
            bars.iter().map(|&(bar, stays)| (self.number(bar), stays)).collect();
        let keep = |(slot, bar): (u32, &Arc<Bar>)| match again.iter().find(|it| it.0 == slot) {
            Some(&(_, stays)) => Kept::some(bar, stays),
            None => Some(Kept::whole(bar)),
        };
        let known: Vec<_> = (0..).zip(&round).map(keep).collect();
        let varied = rounds::varied(settings, self.attempts);
        let round = rounds::refill(known, &varied, meter, &self.edits, composer);
        let key = SettingsKey::new(settings, composer.record().hash(), Some(meter));
        self.edits_mut().remember(key, number, (0..).zip(round).collect());
    }

    /// Writes the sheet by hand. Music that was edited to another one is composed anew, but what is locked.
    pub fn write_sheet(
        &mut self,
        sheet: SheetByHand,
        here: u32,
        mut composer: Option<&mut Composer>,
        rounds: &mut Rounds,
    ) {
        self.begin_edit(here, composer.as_deref_mut(), rounds);
        let edits = self.edits_mut();
        edits.sheet = sheet;
        edits.revisions.clear();
        self.lay_out(here, composer, rounds);
    }

    /// Puts bars of a meter at the song's beginning, locked, in the place of what was locked: the notes of each, counted
    /// from its bar line. What no saved song may hold is left out.
    pub fn put_bars(
        &mut self,
        bars: Vec<Vec<Note>>,
        meter: Meter,
        here: u32,
        mut composer: Option<&mut Composer>,
        rounds: &mut Rounds,
    ) {
        self.begin_edit(here, composer.as_deref_mut(), rounds);
        let locked = (0..MOST_BARS as u32).zip(bars).map(|(number, notes)| {
            let slot = BarSlot { number, start: number * meter.bar(), meter };
            let notes = notes.into_iter().filter(|note| note.onset < meter.bar()).take(MOST_NOTES);
            let notes = notes.map(|note| Note { onset: note.onset + slot.start, ..note });
            let bar = Bar { slot, end: slot.end(), notes: notes.collect(), ..Bar::default() };
            (number, Kept::whole(&Arc::new(bar)))
        });
        let locks = locked.collect();
        let edits = self.edits_mut();
        edits.locks = locks;
        edits.revisions.clear();
        self.lay_out(here, composer, rounds);
    }

    /// Puts what was played to the song, the last phrase before a bar, at the loop's beginning, locked.
    /// Says whether there was any.
    pub fn keep_phrase(
        &mut self,
        here: u32,
        mut composer: Option<&mut Composer>,
        rounds: &mut Rounds,
    ) -> bool {
        let Some((&last, _)) = self.heard.range(..=here).next_back() else { return false };
        let mut first = last;
        while first > 0 && self.heard.contains_key(&(first - 1)) {
            first -= 1;
        }
        let phrase: Vec<Arc<Bar>> =
            self.heard.range(first..=last).map(|(_, bar)| Arc::clone(bar)).collect();
        self.begin_edit(here, composer.as_deref_mut(), rounds);
        let edits = self.edits_mut();
        edits.locks.extend((0..).zip(phrase.iter().map(Kept::whole)));
        // The rest is composed to go with it.
        edits.revisions.clear();
        self.lay_out(here, composer, rounds);
        true
    }

    /// Goes back to the edits before the last, or forward again. Says whether there were any.
    pub fn undo(
        &mut self,
        redo: bool,
        here: u32,
        composer: &mut Composer,
        rounds: &mut Rounds,
    ) -> bool {
        let other = match redo {
            true => self.history.redo(&self.edits),
            false => self.history.undo(&self.edits),
        };
        let found = other.is_some();
        if let Some(edits) = other {
            self.edits = edits;
            self.lay_out(here, Some(composer), rounds);
        }
        found
    }

    /// How many edits can be undone, and done again.
    pub fn undone(&self) -> (usize, usize) {
        self.history.depth()
    }

    /// The edits in force, to be changed. Those that the history holds stay as they are.
    pub(super) fn edits_mut(&mut self) -> &mut Edits {
        Arc::make_mut(&mut self.edits)
    }

    /// Remembers the music as it stands, and the edits in force, before they change.
    pub(super) fn begin_edit(
        &mut self,
        here: u32,
        composer: Option<&mut Composer>,
        rounds: &mut Rounds,
    ) {
        self.remember(here, composer, rounds);
        self.history.put(Arc::clone(&self.edits));
    }

    /// Remembers the music as it stands: the round of the loop, or the song.
    fn remember(&mut self, here: u32, composer: Option<&mut Composer>, rounds: &mut Rounds) {
        let settings = self.plan.at(here).unwrap_or_default();
        if !settings.is_loop() {
            self.remember_song();
        } else if let Some(composer) = composer {
            let meter = self.take.meters().bar(here).meter;
            let number = self.round_of(here, &settings);
            let round = rounds.round(number, &settings, meter, &self.edits, composer);
            let key = SettingsKey::new(&settings, composer.record().hash(), Some(meter));
            self.edits_mut().remember(key, number, (0..).zip(round).collect());
        }
    }

    /// Remembers the bars of a song that goes on for ever, by the settings that they were composed to.
    fn remember_song(&mut self) {
        let mut bars: Vec<(SettingsKey, BTreeMap<u32, Arc<Bar>>)> = Vec::new();
        for bar in self.take.bars() {
            let settings = self.plan.at(bar.slot.number).unwrap_or_default();
            if settings.cycle().is_some() {
                continue;
            }
            let key = SettingsKey::new(&settings, &self.record.hash, None);
            match bars.iter_mut().find(|(of, _)| *of == key) {
                Some((_, bars)) => bars,
                None => {
                    bars.push((key, BTreeMap::new()));
                    &mut bars.last_mut().expect("one was added").1
                }
            }
            .insert(bar.slot.number, Arc::clone(bar));
        }
        for (key, bars) in bars {
            self.edits_mut().remember(key, 0, bars);
        }
    }

    /// The round that an edit at a bar acts from: without evolution, all rounds are alike.
    fn round_of(&self, bar: u32, settings: &CompositionSettings) -> u32 {
        if settings.evolve == 0 { 0 } else { self.place(bar, settings).round }
    }

    /// Forgets the bars that an edit may change. As many as there were are laid out again, bar by bar: see
    /// [`Song::is_laying_out`].
    pub(super) fn lay_out(
        &mut self,
        here: u32,
        composer: Option<&mut Composer>,
        rounds: &mut Rounds,
    ) {
        rounds.clear();
        // Without a composer only locks change: every bar stays.
        if composer.is_none() {
            return;
        }
        let keep =
            match self.plan.at(here).filter(|settings| settings.is_loop() && settings.evolve > 0) {
                // An evolving loop has come this way: only the rounds from here on change.
                Some(settings) => match self.place(here, &settings) {
                    place if place.round == 0 => 0,
                    place => here - place.slot,
                },
                None => 0,
            };
        self.to_lay_out = self.take.bars().len();
        self.take.truncate(keep as usize);
    }
}
