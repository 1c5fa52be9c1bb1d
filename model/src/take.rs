//! A take: the composed song timeline, bar by bar.

use std::ops::Range;
use std::sync::Arc;

use crate::composer::{Composed, Composer, ComposerSettings, Memory};
use crate::meter::{BarSlot, Meter, MeterMap};
use crate::piece::{Note, Tick};

/// Bars after a gap that are read when it is filled.
const FORESEEN: usize = 32;

/// A composed bar. It never changes: recomposing puts another in its place.
#[derive(Clone, Debug, Default)]
pub struct Bar {
    /// Number, bar line and meter.
    pub slot: BarSlot,
    /// Tick of the next bar line.
    pub end: Tick,
    /// Notes whose onset lies in the bar, sorted; onsets in ticks from the start of the song, pitches
    /// in the white-key frame (or drum keys). They may sound beyond the bar.
    pub notes: Vec<Note>,
    /// Which of the notes were brought back by the motif memory; empty for a bar that was restored.
    pub copied: Vec<bool>,
    /// The settings that it was composed with.
    pub settings: ComposerSettings,
    /// What the composer knew at its end; `None` for a bar that was restored and not yet re-read.
    pub after: Option<Memory>,
}

impl Bar {
    fn new(slot: BarSlot, end: Tick, settings: &ComposerSettings, composed: Composed) -> Self {
        let Composed { notes, copied, after } = composed;
        Self { slot, end, notes, copied, settings: *settings, after: Some(after) }
    }

    /// The same music in another place: the notes whose onset lies before its end.
    pub fn moved(&self, slot: BarSlot, end: Tick) -> Self {
        let from = self.slot.start;
        let here = |note: &Note| Note { onset: note.onset - from + slot.start, ..*note };
        let notes: Vec<Note> =
            self.notes.iter().map(here).take_while(|note| note.onset < end).collect();
        let copied = self.copied.iter().copied().take(notes.len()).collect();
        Self { slot, end, notes, copied, settings: self.settings, after: None }
    }
}

/// A song timeline from its first bar on: a bar grid, and the bars composed so far.
#[derive(Clone, Debug, Default)]
pub struct Take {
    meters: MeterMap,
    bars: Vec<Arc<Bar>>,
}

impl Take {
    /// An empty take over a bar grid.
    pub fn new(meters: MeterMap) -> Self {
        Self { meters, bars: Vec::new() }
    }

    /// A take of bars that were composed before, such as those in a saved state. Each must lie where
    /// the grid puts it: those from the first that does not are dropped.
    pub fn restore(
        meters: MeterMap,
        bars: impl IntoIterator<Item = (ComposerSettings, Vec<Note>)>,
    ) -> Self {
        let mut take = Self::new(meters);
        for (settings, notes) in bars {
            let slot = take.next_slot();
            let end = take.meters.bar_end(slot);
            let inside = |note: &Note| {
                (slot.start..end).contains(&note.onset) && note.pitch < 128 && note.duration > 0
            };
            if !notes.iter().all(inside) || !notes.is_sorted() {
                break;
            }
            take.bars.push(Arc::new(Bar { slot, end, notes, settings, ..Bar::default() }));
        }
        take
    }

    /// The bars composed so far, from the song's first.
    pub fn bars(&self) -> &[Arc<Bar>] {
        &self.bars
    }

    /// The bar grid.
    pub fn meters(&self) -> &MeterMap {
        &self.meters
    }

    /// Tick up to which the take is composed.
    pub fn end(&self) -> Tick {
        self.bars.last().map_or(0, |bar| bar.end)
    }

    /// The bar that [`Take::compose_next`] will compose.
    pub fn next_slot(&self) -> BarSlot {
        self.meters.bar_at(self.end())
    }

    /// Composes one more bar.
    pub fn compose_next(&mut self, composer: &mut Composer, settings: &ComposerSettings) {
        self.compose_towards(composer, settings, &[]);
    }

    /// Composes one more bar that leads to what is known to come: sorted notes after the bar, in ticks
    /// of this take.
    pub fn compose_towards(
        &mut self,
        composer: &mut Composer,
        settings: &ComposerSettings,
        to_come: &[Note],
    ) {
        self.compose_among(composer, settings, to_come, 0);
    }

    /// The same, but the notes of some parts, a bit for each, stand in the bar, too: the others play to them.
    /// `to_come` begins with those.
    pub fn compose_among(
        &mut self,
        composer: &mut Composer,
        settings: &ComposerSettings,
        to_come: &[Note],
        parts: u32,
    ) {
        let past = self.memory(composer, self.bars.len());
        let future = composer.foresee_among(&self.meters, to_come, parts);
        let slot = self.next_slot();
        let end = self.meters.bar_end(slot);
        let composed = composer.compose(&past, slot, end, settings, future.as_ref());
        self.bars.push(Arc::new(Bar::new(slot, end, settings, composed)));
    }

    /// Goes on in the last bar from a tick in it: what stands before stays, new notes start there or later.
    pub fn go_on_from(&mut self, from: Tick, composer: &mut Composer, settings: &ComposerSettings) {
        let Some(last) = self.bars.last().filter(|bar| from < bar.end).cloned() else { return };
        // The memory holds all that stands in the bar: its next note comes after the last one.
        let past = self.memory(composer, self.bars.len());
        let Composed { notes, copied, .. } =
            composer.compose(&past, last.slot, last.end, settings, None);
        let kept = last.notes.iter().take_while(|note| note.onset < from).count();
        let mut bar = Bar { settings: *settings, after: None, ..Bar::clone(&last) };
        bar.notes.truncate(kept);
        bar.copied.resize(kept, false);
        for (note, copied) in notes.into_iter().zip(copied).filter(|(it, _)| it.onset >= from) {
            bar.notes.push(note);
            bar.copied.push(copied);
        }
        self.bars.pop();
        self.bars.push(Arc::new(bar));
    }

    /// Adds a bar that exists, of this take or another, wherever it was: its notes move to the next
    /// bar's place, and those that lie beyond it are left out.
    pub fn push(&mut self, bar: &Bar) {
        let slot = self.next_slot();
        self.bars.push(Arc::new(bar.moved(slot, self.meters.bar_end(slot))));
    }

    /// Composes some bars anew, between what stands before them and what stands after.
    ///
    /// # Panics
    /// Where the range ends beyond the take.
    pub fn recompose(
        &mut self,
        range: Range<usize>,
        composer: &mut Composer,
        settings: &ComposerSettings,
    ) {
        self.recompose_among(range, composer, settings, 0);
    }

    /// The same, but the notes of some parts, a bit for each, stay as they are: the others play to them.
    ///
    /// # Panics
    /// Where the range ends beyond the take.
    pub fn recompose_among(
        &mut self,
        range: Range<usize>,
        composer: &mut Composer,
        settings: &ComposerSettings,
        parts: u32,
    ) {
        let stays = |note: &&Note| parts >> u32::from(note.part).min(31) & 1 == 1;
        let standing = self.bars[range.clone()].iter().flat_map(|bar| bar.notes.iter());
        let after = self.bars[range.end..].iter().take(FORESEEN);
        let to_come: Vec<Note> =
            standing.filter(stays).chain(after.flat_map(|bar| bar.notes.iter())).copied().collect();
        let future = composer.foresee_among(&self.meters, &to_come, parts);
        let mut past = self.memory(composer, range.start);
        for bar in &mut self.bars[range.clone()] {
            let Bar { slot, end, .. } = **bar;
            let composed = composer.compose(&past, slot, end, settings, future.as_ref());
            past = composed.after.clone();
            *bar = Arc::new(Bar::new(slot, end, settings, composed));
        }
        // Those that follow now have another past: they are read again when it is asked for.
        for bar in &mut self.bars[range.end..] {
            *bar = Arc::new(Bar { after: None, ..Bar::clone(bar) });
        }
    }

    /// The composer's memory at the start of a bar; bars that were restored are read again from the
    /// last one that still has its memory.
    fn memory(&self, composer: &mut Composer, bar: usize) -> Memory {
        let before = &self.bars[..bar];
        let known = before.iter().rposition(|bar| bar.after.is_some());
        let mut memory = match known.and_then(|index| before[index].after.clone()) {
            Some(memory) => memory,
            None => composer.begin(self.meters.bar(0)),
        };
        for bar in &before[known.map_or(0, |index| index + 1)..] {
            memory = composer.read(&memory, &self.meters, &bar.notes, bar.settings.variation);
        }
        memory
    }

    /// Forgets every bar from a number on, so that they are composed anew.
    pub fn truncate(&mut self, bars: usize) {
        self.bars.truncate(bars);
    }

    /// Sets the meter from a bar line on and forgets the bars that no longer lie on the grid.
    pub fn set_meter(&mut self, at: Tick, meter: Meter) {
        self.meters.change(at, meter);
        let lies = |bar: &Arc<Bar>| {
            bar.slot == self.meters.bar_at(bar.slot.start)
                && bar.end == self.meters.bar_end(bar.slot)
        };
        let keep = self.bars.iter().take_while(|bar| lies(bar)).count();
        self.bars.truncate(keep);
    }

    /// All notes in order, as they are played: a pitch that starts again while it sounds is
    /// released first.
    pub fn notes(&self) -> Vec<Note> {
        let mut notes: Vec<Note> =
            self.bars.iter().flat_map(|bar| bar.notes.iter().copied()).collect();
        crate::piece::release_before_repeat(&mut notes);
        notes
    }
}
