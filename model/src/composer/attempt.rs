//! A try at a bar: its notes, one after another.

use super::choosing::Choice;
use super::future::Future;
use super::past::Placed;
use super::{Composer, Memory};
use crate::meter::BarSlot;
use crate::piece::{Note, Tick};
use crate::vocabulary::{NoteEvent, PartSet};

/// Most notes in a bar: a damaged or strange record cannot compose for ever.
const MOST_NOTES: usize = 1024;

/// Most choices of a note among those of parts that are not known, before the bar is left as it is.
const MOST_CHOICES: u32 = 16;

/// What was composed of a bar so far.
pub(super) struct Attempt {
    /// The memory after its last note.
    pub memory: Memory,
    /// Its notes as events.
    pub events: Vec<Placed>,
    /// Its notes, sorted.
    pub notes: Vec<Note>,
    /// Which of them were brought back.
    pub copied: Vec<bool>,
}

impl Attempt {
    /// Nothing, after a memory.
    pub fn new(memory: Memory) -> Self {
        Self { memory, events: Vec::new(), notes: Vec::new(), copied: Vec::new() }
    }
}

impl Composer {
    /// One try at a bar: notes until the next one would lie beyond it, with random numbers of its own. The motif
    /// memory, which must be turned to the past, holds them afterwards.
    pub(super) fn attempt(
        &mut self,
        past: &Memory,
        bar: BarSlot,
        end: Tick,
        choice: &mut Choice,
        future: &Future,
    ) -> Attempt {
        let mut attempt = Attempt::new(past.clone());
        let mut next = future.before(bar.start);
        choice.due = choice.playing.unwrap_or(PartSet::NONE).without(future.parts());
        while attempt.notes.len() < MOST_NOTES {
            let ahead = future.ahead(next);
            let standing = ahead.note.filter(|it| future.has_parts() && it.onset < end);
            // All that known parts play in the bar has been: what they would play besides is chosen again.
            let is_over =
                |chosen: &(NoteEvent, Note, bool)| standing.is_none() && future.has_part(&chosen.1);
            let mut chosen = self.next_note(&attempt.memory, bar, end, ahead, choice);
            for _ in 0..MOST_CHOICES {
                if !chosen.as_ref().is_some_and(is_over) {
                    break;
                }
                chosen = self.next_note(&attempt.memory, bar, end, ahead, choice);
            }
            let chosen = chosen.filter(|chosen| !is_over(chosen));
            let stands = |note: &Note| {
                let place = |note: &Note| (note.onset, note.part, note.pitch);
                standing.is_some_and(|it| future.has_part(note) || place(note) >= place(it))
            };
            let (event, note, is_copied) = match (chosen, standing) {
                (Some(chosen), _) if !stands(&chosen.1) => chosen,
                (_, Some(standing)) => {
                    next += 1;
                    (self.event_after(&attempt.memory.previous, standing), *standing, false)
                }
                _ => break,
            };
            choice.due = choice.due.without(PartSet::NONE.with(event.part));
            self.add(&mut attempt, event, note, is_copied, bar);
        }
        attempt
    }

    /// Adds a note to what was composed of a bar, and remembers it.
    pub(super) fn add(
        &mut self,
        attempt: &mut Attempt,
        event: NoteEvent,
        note: Note,
        is_copied: bool,
        bar: BarSlot,
    ) {
        let place = self.remember(&mut attempt.memory, event, note.onset, bar);
        self.recall.memory.push(event, place);
        attempt.events.push((event, place));
        attempt.notes.push(note);
        attempt.copied.push(is_copied);
    }
}
