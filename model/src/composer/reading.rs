//! Notes as events: those that were composed, and those that exist.

use super::past::Placed;
use super::{Composer, Memory, Previous};
use crate::meter::{BarSlot, MeterMap};
use crate::network::step::Direction;
use crate::piece::{Note, Tick};
use crate::sheet::BarNotes;
use crate::vocabulary::{BarPosition, NoteEvent, nearest};

impl Composer {
    /// Moves the network's state on by one event, and gives the event's place.
    pub(super) fn remember(
        &mut self,
        memory: &mut Memory,
        event: NoteEvent,
        onset: Tick,
        bar: BarSlot,
    ) -> BarPosition {
        let place = self.record.vocabulary().place(bar, onset);
        let rows = self.network.rows().event(event, Some(event.step), place);
        self.network.read(Direction::Forward, &rows, &mut memory.state, &mut self.scratch);
        memory.previous = Previous { onset, place, event: Some(event) };
        let duration = self.record.vocabulary().durations[usize::from(event.duration)];
        let end = &mut memory.ends[usize::from(event.part)];
        *end = (*end).max(onset.saturating_add(duration));
        place
    }

    /// Reads notes that exist, as if it had composed them. `notes` are sorted, in ticks from the
    /// start of the song, in the white-key frame; `variation` is the one of their bars that they are.
    pub fn read(
        &mut self,
        past: &Memory,
        meters: &MeterMap,
        notes: &[Note],
        variation: u32,
    ) -> Memory {
        let mut memory = past.clone();
        let mut events: Vec<Placed> = Vec::with_capacity(notes.len());
        for inside in notes.chunk_by(|a, b| meters.bar_at(a.onset) == meters.bar_at(b.onset)) {
            let bar = meters.bar_at(inside[0].onset);
            for note in inside {
                let event = self.event_after(&memory.previous, note);
                let place = self.remember(&mut memory, event, note.onset, bar);
                events.push((event, place));
            }
            let read = BarNotes::new(bar, inside).of_variation(variation);
            memory.bars.push(bar.number, read);
        }
        memory.past = memory.past.and(events);
        memory
    }

    /// A note that follows what was played.
    pub(super) fn event_after(&self, previous: &Previous, note: &Note) -> NoteEvent {
        self.event(note, note.onset.saturating_sub(previous.onset), previous.event.is_none())
    }

    /// A note as an event, so many ticks after the one before; `start` says whether it is the first of the song.
    pub(super) fn event(&self, note: &Note, step: Tick, start: bool) -> NoteEvent {
        let vocabulary = self.record.vocabulary();
        let part = vocabulary.nearest_part(note.part);
        NoteEvent {
            step: vocabulary.nearest_step(step, start || step == 0) as u16,
            part,
            pitch: vocabulary.nearest_key(part, note.pitch),
            duration: nearest(&vocabulary.durations, note.duration) as u16,
            velocity: nearest(&vocabulary.velocities, note.velocity) as u16,
        }
    }
}
