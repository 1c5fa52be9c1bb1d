//! What is known to come, and what stands among the notes to compose.

use super::Composer;
use crate::meter::{BarSlot, MeterMap};
use crate::network::rows::TimeLeft;
use crate::network::step::{Direction, Network};
use crate::piece::{Note, Tick};
use crate::sheet::{BarNotes, Resemblance};
use crate::vocabulary::PartSet;

/// What is known to come: read once, then used for every bar before it, and for those in which known parts
/// play.
#[derive(Clone, Debug)]
pub struct Future {
    /// What stands, in order: of notes after the bars that are composed the first is enough.
    known: Vec<Known>,
    /// What the heads read where nothing is known to come.
    nothing: Vec<f32>,
    /// Parts whose notes stand among those that are composed, a bit for each.
    parts: u32,
}

/// A note that stands.
#[derive(Clone, Debug)]
struct Known {
    note: Note,
    /// What the heads read of it and of all that stands after it.
    contexts: Vec<f32>,
}

/// What stands ahead of a choice.
#[derive(Clone, Copy)]
pub(super) struct Ahead<'f> {
    /// What the heads read.
    pub contexts: &'f [f32],
    /// The next note that stands.
    pub note: Option<&'f Note>,
}

impl Future {
    /// Nothing is known.
    pub(super) fn nothing(network: &Network) -> Self {
        Self { known: Vec::new(), nothing: network.future(None), parts: 0 }
    }

    /// Whether parts are known whose notes stand among those that are composed.
    pub(super) fn has_parts(&self) -> bool {
        self.parts != 0
    }

    /// The first sixteen of them.
    pub(super) fn parts(&self) -> PartSet {
        PartSet(self.parts as u16)
    }

    /// The notes that stand from a tick to another.
    pub(super) fn standing(&self, from: Tick, to: Tick) -> impl Iterator<Item = Note> + '_ {
        let known = if self.has_parts() { &self.known[self.before(from)..] } else { &[] };
        known.iter().map(|it| it.note).take_while(move |it| it.onset < to)
    }

    /// Whether a note is of a part whose notes stand.
    pub(super) fn has_part(&self, note: &Note) -> bool {
        self.parts >> u32::from(note.part).min(31) & 1 == 1
    }

    /// Whether the parts that are known play in a bar closely as they do in an earlier one.
    pub(super) fn stands_as(&self, from: &BarNotes, bar: BarSlot, end: Tick) -> bool {
        if !self.has_parts() {
            return true;
        }
        let theirs: Vec<Note> = from.at(bar.start).filter(|it| self.has_part(it)).collect();
        let ours: Vec<Note> = self.standing(bar.start, end).collect();
        let [theirs, ours] = [theirs, ours].map(|notes| BarNotes::new(bar, &notes));
        let likeness = ours.likeness(&theirs);
        (ours.is_empty() && theirs.is_empty())
            || Resemblance::of(likeness).is_some_and(|it| it >= Resemblance::Close)
    }

    /// Notes that stand before a tick.
    pub(super) fn before(&self, tick: Tick) -> usize {
        match self.parts {
            0 => 0,
            _ => self.known.partition_point(|known| known.note.onset < tick),
        }
    }

    /// What stands from a note on.
    pub(super) fn ahead(&self, next: usize) -> Ahead<'_> {
        match self.known.get(next) {
            Some(Known { note, contexts }) => Ahead { contexts, note: Some(note) },
            None => Ahead { contexts: &self.nothing, note: None },
        }
    }
}

impl Ahead<'_> {
    pub(super) fn left(&self, from: Tick) -> TimeLeft {
        let left = |note: &Note| TimeLeft::new(note.onset.saturating_sub(from));
        self.note.map_or(TimeLeft::NOTHING, left)
    }
}

impl Composer {
    /// Reads notes that are known to come, from their end back to the first of them; `None` where
    /// there are none. Notes as for [`Composer::read`].
    pub fn foresee(&mut self, meters: &MeterMap, notes: &[Note]) -> Option<Future> {
        self.foresee_among(meters, notes, 0)
    }

    /// The same, where the notes of some parts, a bit for each, stand among those that will be composed. All
    /// known notes from the first bar to compose on are given, those after the bars too.
    pub fn foresee_among(
        &mut self,
        meters: &MeterMap,
        notes: &[Note],
        parts: u32,
    ) -> Option<Future> {
        // Parts that are known rest where they have no notes.
        if notes.is_empty() && parts == 0 {
            return None;
        }
        let mut known = Vec::new();
        let mut state = self.network.initial();
        let mut following = None;
        for note in notes.iter().rev() {
            let event = self.event(note, 0, true);
            let step = following.map(|onset: Tick| self.step(onset - note.onset));
            let place = self.record.vocabulary().place(meters.bar_at(note.onset), note.onset);
            let rows = self.network.rows().event(event, step, place);
            self.network.read(Direction::Backward, &rows, &mut state, &mut self.scratch);
            following = Some(note.onset);
            if parts != 0 || std::ptr::eq(note, &notes[0]) {
                known.push(Known { note: *note, contexts: self.network.future(Some(&state)) });
            }
        }
        known.reverse();
        Some(Future { known, parts, ..self.nothing.clone() })
    }

    /// The nearest step to some ticks; none at all adds to a chord.
    fn step(&self, ticks: Tick) -> u16 {
        self.record.vocabulary().nearest_step(ticks, ticks == 0) as u16
    }
}
