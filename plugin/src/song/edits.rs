//! What a user has done to the music by hand: bars that are locked, and bars that were composed
//! again. Each edit is kept as a whole, so that it can be undone.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use jukebox_model::meter::Meter;
use jukebox_model::sheet::WrittenSheet;
use jukebox_model::take::Bar;
use jukebox_model::vocabulary::BarChords;

use super::composition_settings::CompositionSettings;
use super::input::HeardInput;
use super::kept::{ALL_PARTS, Kept, Parts};

/// Changes that can be undone.
pub const MOST_UNDONE: usize = 32;
/// Settings whose edited music is remembered; the oldest are forgotten.
pub const MOST_REVISIONS: usize = 16;

/// The bars of a song, or the round of a loop, as they stood after an edit: what is played whenever
/// the same settings come back.
#[derive(Clone, Debug)]
pub struct Revision {
    /// The settings.
    pub settings: CompositionSettings,
    /// The hash of the record.
    pub record: String,
    /// The loop's meter; `None` for a song that goes on for ever.
    pub meter: Option<Meter>,
    /// The round of the loop from which on it holds.
    pub round: u32,
    /// The bars by their number in the song or loop.
    pub bars: BTreeMap<u32, Arc<Bar>>,
}

/// Which music a revision is of.
#[derive(Clone, Debug, PartialEq)]
pub struct SettingsKey {
    /// The settings that decide the notes: with neither evolution nor anchor.
    pub settings: CompositionSettings,
    /// The hash of the record.
    pub record: String,
    /// The meter of a loop.
    pub meter: Option<Meter>,
}

impl SettingsKey {
    /// The key of what a record plays to composition settings.
    pub fn new(settings: &CompositionSettings, record: &str, meter: Option<Meter>) -> Self {
        let settings =
            CompositionSettings { evolve: 0, anchor: 0, record: 0, reply: 0, ..*settings };
        Self { settings, record: record.to_owned(), meter }
    }
}

impl Revision {
    fn is_of(&self, key: &SettingsKey) -> bool {
        (&self.settings, &self.record, self.meter) == (&key.settings, &key.record, key.meter)
    }
}

/// All edits in force.
#[derive(Clone, Debug, Default)]
pub struct Edits {
    /// The locked bars, by their number in the song or loop: all of them, or some of their parts.
    pub locks: BTreeMap<u32, Kept>,
    /// The edited music, the oldest first.
    pub revisions: Vec<Arc<Revision>>,
    /// What was written of the sheet.
    pub sheet: SheetByHand,
    /// What was heard on the input. It is no edit: those that can be undone hear it, too.
    pub input: HeardInput,
}

/// Chords and sections that were written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SheetByHand {
    /// The chords of bars, in the white-key frame, again and again from the first bar on.
    pub chords: Arc<[BarChords]>,
    /// The letters of sections, each varied or not.
    pub letters: Arc<[(char, bool)]>,
}

impl SheetByHand {
    /// As a composer reads it, where the song's first bar has a number.
    pub fn from_bar(&self, first: u32) -> WrittenSheet {
        let Self { chords, letters } = self.clone();
        WrittenSheet { chords, letters, first, ..WrittenSheet::default() }
    }
}

impl Edits {
    /// The newest revision of some music that holds in a round.
    pub fn revision(&self, key: &SettingsKey, round: u32) -> Option<&Revision> {
        let of_it = self.revisions.iter().filter(|it| it.is_of(key) && it.round <= round);
        of_it.max_by_key(|it| it.round).map(Arc::as_ref)
    }

    /// The sheet that composition settings ask for, where the song's first bar has a number.
    pub fn sheet_for(&self, settings: &CompositionSettings, first: u32) -> WrittenSheet {
        let sheet = self.sheet.from_bar(first);
        match settings.hears_chords() {
            true => WrittenSheet { chords: [].into(), heard: self.input.track(settings), ..sheet },
            false => sheet,
        }
    }

    /// What is locked of the bar of a number, where it is in a meter.
    pub fn locked(&self, number: u32, meter: Meter) -> Option<&Kept> {
        self.locks.get(&number).filter(|kept| kept.is_in(meter))
    }

    /// What stands of the bar of a number, in a meter, whatever is composed: what is locked, and else what is heard
    /// of a part, if any is.
    pub fn stands(&self, number: u32, meter: Meter, heard: Option<u8>) -> Option<Kept> {
        let locked = self.locked(number, meter);
        match (locked, heard) {
            (Some(locked), Some(part)) if !locked.is_whole() => {
                let heard = self.input.kept(part, number, meter);
                Some(heard.with(&locked.bar, locked.parts))
            }
            (None, Some(part)) => Some(self.input.kept(part, number, meter)),
            (locked, _) => locked.cloned(),
        }
    }

    /// What stands of the bar of a number, in a meter: what does so whatever is composed, or all of an edited bar that
    /// plays the same there.
    pub fn standing(
        &self,
        number: u32,
        meter: Meter,
        heard: Option<u8>,
        edited: Option<&Arc<Bar>>,
    ) -> Option<Kept> {
        let stands = self.stands(number, meter, heard);
        let edited = edited.filter(|bar| stands.as_ref().is_none_or(|it| it.is_played_by(bar)));
        match edited {
            Some(edited) if !stands.as_ref().is_some_and(Kept::is_whole) => {
                Some(Kept::whole(edited))
            }
            _ => stands,
        }
    }

    /// Locks parts of a bar, or unlocks them. `all` are the parts that the record has.
    pub fn lock(&mut self, number: u32, bar: &Arc<Bar>, parts: Parts, locked: bool, all: Parts) {
        let standing = self.locked(number, bar.slot.meter).cloned();
        let before = standing.as_ref().map_or(0, |it| it.parts);
        let after = if locked { before | parts } else { before & !parts };
        // A record's parts are all that there is.
        let after = if after & all == all { ALL_PARTS } else { after & all };
        if after == 0 {
            self.locks.remove(&number);
            return;
        }
        let kept = match standing {
            Some(standing) if locked => standing.with(bar, parts & !before),
            Some(standing) => standing,
            None => Kept::whole(bar),
        };
        self.locks.insert(number, Kept { parts: after, ..kept });
    }

    /// Hears something else on the input from the bar of a number on. Music that was edited to what was heard before is
    /// composed anew from there; a loop as a whole.
    pub fn hear(&mut self, input: HeardInput, from: u32) {
        self.input = input;
        self.revisions.retain(|it| !it.settings.hears() || it.meter.is_none());
        for revision in self.revisions.iter_mut().filter(|it| it.settings.hears()) {
            Arc::make_mut(revision).bars.retain(|&number, _| number < from);
        }
    }

    /// Remembers music as it stands, from a round of its loop on.
    pub fn remember(&mut self, key: SettingsKey, round: u32, bars: BTreeMap<u32, Arc<Bar>>) {
        self.revisions.retain(|it| !it.is_of(&key) || it.round < round);
        let SettingsKey { settings, record, meter } = key;
        self.revisions.push(Arc::new(Revision { settings, record, meter, round, bars }));
        let surplus = self.revisions.len().saturating_sub(MOST_REVISIONS);
        self.revisions.drain(..surplus);
    }
}

/// The edits before and after those in force. Edits are shared, so that a copy is made in no time.
#[derive(Clone, Debug, Default)]
pub struct EditHistory {
    before: VecDeque<Arc<Edits>>,
    after: Vec<Arc<Edits>>,
    /// Whether the last edit is one that may go on: bars that a pointer locks on its way.
    open: bool,
}

impl EditHistory {
    /// A new edit is about to take the place of some.
    pub fn put(&mut self, edits: Arc<Edits>) {
        self.open = false;
        self.after.clear();
        self.before.push_back(edits);
        if self.before.len() > MOST_UNDONE {
            self.before.pop_front();
        }
    }

    /// As [`EditHistory::put`], for an edit that may go on; where it does go on, what it began with stays.
    pub fn put_or_go_on(&mut self, edits: Arc<Edits>, goes_on: bool) {
        if !(self.open && goes_on) {
            self.put(edits);
        }
        self.open = true;
    }

    /// Something was heard on the input, whatever is undone.
    pub fn hear(&mut self, input: &HeardInput, from: u32) {
        for edits in self.before.iter_mut().chain(&mut self.after) {
            Arc::make_mut(edits).hear(input.clone(), from);
        }
    }

    /// The edits before, in exchange for those in force.
    pub fn undo(&mut self, now: &Arc<Edits>) -> Option<Arc<Edits>> {
        let edits = self.before.pop_back()?;
        self.open = false;
        self.after.push(Arc::clone(now));
        Some(edits)
    }

    /// The edits that were undone last, in exchange for those in force.
    pub fn redo(&mut self, now: &Arc<Edits>) -> Option<Arc<Edits>> {
        let edits = self.after.pop()?;
        self.open = false;
        self.before.push_back(Arc::clone(now));
        Some(edits)
    }

    /// How many edits can be undone, and done again.
    pub fn depth(&self) -> (usize, usize) {
        (self.before.len(), self.after.len())
    }

    /// The edits that can be undone.
    #[cfg(test)]
    pub fn steps(&self) -> Vec<Arc<Edits>> {
        self.before.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edits(locks: u32) -> Arc<Edits> {
        let locks = (0..locks).map(|bar| (bar, Kept::whole(&Arc::default()))).collect();
        Arc::new(Edits { locks, ..Edits::default() })
    }

    #[test]
    fn the_last_thirty_two_edits_can_be_undone_and_done_again() {
        let mut history = EditHistory::default();
        let mut now = edits(0);
        for number in 1..=40 {
            history.put(std::mem::replace(&mut now, edits(number)));
        }
        for number in (8..40).rev() {
            now = history.undo(&now).unwrap();
            assert_eq!(now.locks.len(), number);
        }
        assert!(history.undo(&now).is_none());
        for number in 9..=40 {
            now = history.redo(&now).unwrap();
            assert_eq!(now.locks.len(), number);
        }
        assert!(history.redo(&now).is_none());
        now = history.undo(&now).unwrap();
        history.put(now);
        assert_eq!(history.depth(), (32, 0), "a new edit forgets what was undone");
    }

    #[test]
    fn a_revision_holds_from_its_round_on_and_for_its_settings() {
        let key = |length, meter| {
            SettingsKey::new(
                &CompositionSettings { length, ..CompositionSettings::default() },
                "hash",
                meter,
            )
        };
        let four = key(4, Some(Meter::COMMON));
        let mut edits = Edits::default();
        edits.remember(four.clone(), 0, BTreeMap::new());
        edits.remember(four.clone(), 5, BTreeMap::new());
        let round = |key: &SettingsKey, round| edits.revision(key, round).map(|it| it.round);
        assert_eq!(
            [0, 4, 5, 9].map(|number| round(&four, number)),
            [Some(0), Some(0), Some(5), Some(5)]
        );
        assert_eq!(round(&key(8, Some(Meter::COMMON)), 9), None);
        assert_eq!(round(&key(4, Some(Meter::new(6, 8).unwrap())), 9), None);
        edits.remember(four.clone(), 2, BTreeMap::new());
        assert_eq!(
            edits.revision(&four, 9).map(|it| it.round),
            Some(2),
            "what followed it is gone"
        );
    }
}
