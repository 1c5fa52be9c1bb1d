//! Bars as they are written, each one's notes once, and what refers to them: locks, revisions, parts that were heard.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jukebox_model::meter::{BarSlot, Meter, MeterMap};
use jukebox_model::piece::{Note, Tick};
use jukebox_model::take::{Bar, Take};
use jukebox_model::vocabulary::{BarChords, Vocabulary};
use serde::{Deserialize, Serialize};

use super::saved_note::SavedNote;
use crate::audio::player::parts::MOST_PARTS;
use crate::song::{
    ALL_PARTS, CompositionSettings, Edits, HeardInput, Kept, MOST_BARS, MOST_NOTES, MOST_REVISIONS,
    Parts, Plan, Revision,
};

/// Most notes of the bars that repeat others and have to be written out: what a state of a few bytes may
/// grow to, about 50 MB. Those that a state names one by one are bounded by its own length.
const MOST_REPEATED: usize = 1 << 22;

/// The notes of a bar.
type SavedNotes = Vec<SavedNote>;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum SavedBar {
    /// The same notes as an earlier bar of the song.
    Again(usize),
    Notes(SavedNotes),
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SavedRevision {
    #[serde(rename = "brief")]
    pub settings: CompositionSettings,
    pub record: String,
    pub meter: Option<Meter>,
    pub round: u32,
    pub bars: Vec<(u32, SavedBar)>,
}

/// Writes each bar's notes once.
#[derive(Default)]
pub(super) struct BarWriter(HashMap<SavedNotes, usize>);

impl BarWriter {
    fn notes(bar: &Bar) -> SavedNotes {
        let note = |note: &Note| SavedNote { onset: note.onset - bar.slot.start, ..(*note).into() };
        bar.notes.iter().map(note).collect()
    }

    /// A bar of the song, to which later ones may refer.
    pub fn add(&mut self, index: usize, bar: &Bar) -> SavedBar {
        let notes = Self::notes(bar);
        match self.0.get(&notes) {
            Some(&earlier) => SavedBar::Again(earlier),
            None => {
                self.0.insert(notes.clone(), index);
                SavedBar::Notes(notes)
            }
        }
    }

    pub fn refer(&self, bar: &Bar) -> SavedBar {
        let notes = Self::notes(bar);
        self.0.get(&notes).copied().map_or(SavedBar::Notes(notes), SavedBar::Again)
    }
}

/// Reads bars that may refer to those of the song. What a bar refers to is written out once for each
/// place that it has, however often it stands there.
pub(super) struct BarReader<'a> {
    saved: &'a [SavedBar],
    /// Notes that may still be written out.
    left: Cell<usize>,
    /// The bars that refer to others, by what they refer to and their place, and the song's own.
    standing: RefCell<HashMap<Place, Arc<Bar>>>,
}

/// The bar that is referred to, and where: number, bar line, meter and end.
type Place = (usize, u32, Tick, Meter, Tick);

fn place(source: usize, BarSlot { number, start, meter }: BarSlot, end: Tick) -> Place {
    (source, number, start, meter, end)
}

impl<'a> BarReader<'a> {
    pub fn new(saved: &'a [SavedBar]) -> Self {
        Self { saved, left: Cell::new(MOST_REPEATED), standing: RefCell::default() }
    }

    /// Why something cannot be read that is not what it should be.
    pub fn why(&self, damage: &str) -> String {
        match self.left.get() {
            0 => format!("its bars repeat others, to more than {MOST_REPEATED} notes in all"),
            _ => damage.to_owned(),
        }
    }

    /// Bars of the song serve others that have the same notes in the same place.
    pub fn stand(&self, take: &Take) {
        let places = self.saved.iter().enumerate().zip(take.bars()).map(|((index, saved), bar)| {
            let source = match saved {
                SavedBar::Again(earlier) => *earlier,
                SavedBar::Notes(_) => index,
            };
            (place(source, bar.slot, bar.end), Arc::clone(bar))
        });
        self.standing.borrow_mut().extend(places);
    }

    /// The notes of a bar, checked; `None` where they are damaged, or too many.
    fn notes(&self, bar: &SavedBar, slot: BarSlot, end: Tick) -> Option<Vec<Note>> {
        let saved = match bar {
            SavedBar::Notes(notes) => notes,
            SavedBar::Again(earlier) => match self.saved.get(*earlier)? {
                SavedBar::Notes(notes) => {
                    let left = self.left.get().checked_sub(notes.len());
                    self.left.set(left.unwrap_or(0));
                    left?;
                    notes
                }
                SavedBar::Again(_) => return None,
            },
        };
        let note = |&SavedNote { onset: after, part, pitch, duration, velocity }: &SavedNote| {
            let sound = (1..=Vocabulary::MAX_TICKS).contains(&duration)
                && (1..=127).contains(&velocity)
                && pitch < 128;
            let onset = slot.start.checked_add(after).filter(|&onset| sound && onset < end)?;
            Some(Note { onset, part, pitch, duration, velocity })
        };
        if saved.len() > MOST_NOTES {
            return None;
        }
        let notes: Vec<Note> = saved.iter().map(note).collect::<Option<_>>()?;
        let place = |note: &Note| (note.onset, note.part, note.pitch);
        notes.is_sorted_by(|a, b| place(a) < place(b)).then_some(notes)
    }

    pub fn bar(&self, bar: &SavedBar, slot: BarSlot, end: Tick) -> Option<Arc<Bar>> {
        let place = match bar {
            SavedBar::Again(earlier) => Some(place(*earlier, slot, end)),
            SavedBar::Notes(_) => None,
        };
        if let Some(bar) = place.and_then(|place| self.standing.borrow().get(&place).cloned()) {
            return Some(bar);
        }
        let notes = self.notes(bar, slot, end)?;
        let bar = Arc::new(Bar { slot, end, notes, ..Bar::default() });
        if let Some(place) = place {
            self.standing.borrow_mut().insert(place, Arc::clone(&bar));
        }
        Some(bar)
    }

    pub fn take(&self, meters: MeterMap, plan: &Plan) -> Result<Take, String> {
        let damaged = |bar: usize| format!("bar {} is damaged", bar + 1);
        let mut bars = Vec::with_capacity(self.saved.len());
        let mut slot = meters.bar(0);
        for (index, saved) in self.saved.iter().enumerate() {
            let end = meters.bar_end(slot);
            let backwards = !matches!(saved, SavedBar::Again(earlier) if *earlier >= index);
            let notes = self.notes(saved, slot, end).filter(|_| backwards);
            let settings = plan.at(index as u32);
            let (Some(settings), Some(notes)) = (settings, notes) else {
                return Err(self.why(&damaged(index)));
            };
            bars.push((settings.notes, notes));
            slot = meters.bar_at(end);
        }
        let take = Take::restore(meters, bars);
        if take.bars().len() < self.saved.len() {
            return Err(damaged(take.bars().len()));
        }
        Ok(take)
    }

    pub fn edits(
        &self,
        locks: &[(u32, Meter, SavedBar)],
        part_locks: &[(u32, Meter, Parts, SavedBar)],
        revisions: &[SavedRevision],
        meters: &MeterMap,
    ) -> Option<Edits> {
        let whole = locks.iter().map(|(number, meter, bar)| (number, meter, ALL_PARTS, bar));
        let some =
            part_locks.iter().map(|(number, meter, parts, bar)| (number, meter, *parts, bar));
        let locks = whole.chain(some).map(|(number, meter, parts, bar)| {
            let slot = in_loop(*number, *meter)?;
            let bar = self.bar(bar, slot, slot.end())?;
            Some((*number, Kept::some(&bar, parts)?))
        });
        let revision = |saved: &SavedRevision| {
            let bars = saved.bars.iter().map(|(number, bar)| {
                let slot = match saved.meter {
                    Some(meter) => in_loop(*number, meter)?,
                    None => in_song(*number, meters)?,
                };
                let end = saved.meter.map_or_else(|| meters.bar_end(slot), |_| slot.end());
                Some((*number, self.bar(bar, slot, end)?))
            });
            let bars = bars.collect::<Option<BTreeMap<_, _>>>()?;
            // A loop is edited as a whole.
            let whole = saved.meter.is_none() || bars.keys().copied().eq(0..saved.settings.length);
            let usable = saved.settings.is_usable() && whole;
            let (settings, record) = (saved.settings, saved.record.clone());
            let (meter, round) = (saved.meter, saved.round);
            usable.then(|| Arc::new(Revision { settings, record, meter, round, bars }))
        };
        Some(Edits {
            locks: locks.collect::<Option<_>>()?,
            revisions: revisions
                .iter()
                .take(MOST_REVISIONS)
                .map(revision)
                .collect::<Option<_>>()?,
            ..Edits::default()
        })
    }

    pub fn input(
        &self,
        chords: &[(u32, BarChords)],
        parts: &[(u8, u32, Meter, SavedBar)],
    ) -> Option<HeardInput> {
        let in_song = |(at, chords): &(u32, BarChords)| {
            ((*at as usize) < MOST_BARS).then_some((*at, *chords))
        };
        let chords = chords.iter().map(in_song).collect::<Option<BTreeMap<_, _>>>()?;
        let part = |(part, number, meter, bar): &(u8, u32, Meter, SavedBar)| {
            let slot = in_loop(*number, *meter)?;
            let bar = self.bar(bar, slot, slot.end())?;
            let own =
                usize::from(*part) < MOST_PARTS && bar.notes.iter().all(|note| note.part == *part);
            own.then_some(((*part, *number), bar))
        };
        let parts = parts.iter().map(part).collect::<Option<BTreeMap<_, _>>>()?;
        Some(HeardInput { chords: Arc::new(chords), parts: Arc::new(parts) })
    }
}

/// A bar of the song's grid.
pub(super) fn in_song(number: u32, meters: &MeterMap) -> Option<BarSlot> {
    ((number as usize) < MOST_BARS).then(|| meters.bar(number))
}

/// A bar on the grid of a loop.
fn in_loop(number: u32, meter: Meter) -> Option<BarSlot> {
    ((number as usize) < MOST_BARS).then(|| BarSlot { number, start: number * meter.bar(), meter })
}
