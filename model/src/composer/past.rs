//! The events of a take up to a bar line, for the motif memory.
//!
//! Each bar adds a link to those before it, so that all bars of a take share one list. The composer
//! keeps a memory of the bars that it was in last: going on costs nothing, and going back to an
//! earlier bar takes back only what lies between.

use std::sync::Arc;

use crate::motif::MotifMemory;
use crate::vocabulary::{BarPosition, NoteEvent};

/// An event, and the place of its onset.
pub(super) type Placed = (NoteEvent, BarPosition);

/// A list of stretches of events, from the last one back.
#[derive(Clone, Debug, Default)]
pub(super) struct Past(Option<Arc<Stretch>>);

#[derive(Debug)]
struct Stretch {
    events: Vec<Placed>,
    before: Past,
    /// Stretches before this one.
    depth: usize,
}

impl Past {
    /// This past and some events more.
    pub fn and(self, events: Vec<Placed>) -> Self {
        if events.is_empty() {
            return self;
        }
        let depth = self.0.as_ref().map_or(0, |last| last.depth + 1);
        Self(Some(Arc::new(Stretch { events, before: self, depth })))
    }
}

impl Drop for Stretch {
    /// A long list is taken apart link by link: the usual way would nest a call for each.
    fn drop(&mut self) {
        let mut next = self.before.0.take();
        while let Some(mut stretch) = next.and_then(Arc::into_inner) {
            next = stretch.before.0.take();
        }
    }
}

/// A motif memory that can be brought to any past of a take. The composing thread owns it.
pub(super) struct Recall {
    pub memory: MotifMemory,
    /// What the memory holds, from the first stretch on.
    held: Vec<Arc<Stretch>>,
}

impl Recall {
    pub fn new(memory: MotifMemory) -> Self {
        Self { memory, held: Vec::new() }
    }

    /// Takes note that the events of the last stretch of a past, which follows the one that it was
    /// turned to, were pushed already.
    pub fn went_on(&mut self, past: &Past) {
        if let Some(stretch) = past.0.as_ref().filter(|stretch| stretch.depth == self.held.len()) {
            self.held.push(Arc::clone(stretch));
        }
    }

    /// Brings the memory to a past, from wherever it was.
    pub fn turn_to(&mut self, past: &Past) {
        let mut missing = Vec::new();
        let mut next = past.0.as_ref();
        while let Some(stretch) = next {
            if self.held.get(stretch.depth).is_some_and(|held| Arc::ptr_eq(held, stretch)) {
                break;
            }
            missing.push(Arc::clone(stretch));
            next = stretch.before.0.as_ref();
        }
        let common = next.map_or(0, |stretch| stretch.depth + 1);
        for stretch in self.held.drain(common..).rev() {
            (0..stretch.events.len()).for_each(|_| self.memory.pop());
        }
        for stretch in missing.into_iter().rev() {
            for &(event, place) in &stretch.events {
                self.memory.push(event, place);
            }
            self.held.push(stretch);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::Meter;
    use crate::motif::MotifWeights;
    use crate::vocabulary::Vocabulary;

    fn events(pitches: &[u16]) -> Vec<Placed> {
        let event =
            |&pitch: &u16| (NoteEvent { pitch, ..NoteEvent::default() }, BarPosition::default());
        pitches.iter().map(event).collect()
    }

    fn recall() -> Recall {
        let vocabulary = Vocabulary {
            steps: vec![0, 12],
            pitches: vec![60, 62, 64],
            durations: vec![12],
            velocities: vec![80],
            meters: vec![Meter::COMMON],
            ..Vocabulary::default()
        };
        Recall::new(MotifMemory::new(&vocabulary, MotifWeights::default()))
    }

    #[test]
    fn the_memory_follows_to_any_past() {
        let mut recall = recall();
        let one = Past::default().and(events(&[0, 1]));
        let two = one.clone().and(events(&[2]));
        let other = one.clone().and(events(&[1, 1, 1]));
        for (past, length) in [(&two, 3), (&other, 5), (&one, 2), (&Past::default(), 0), (&two, 3)]
        {
            recall.turn_to(past);
            assert_eq!(recall.memory.len(), length);
        }
    }

    #[test]
    fn a_past_of_a_hundred_thousand_bars_can_be_dropped() {
        let past = (0..100_000).fold(Past::default(), |past, _| past.and(events(&[0])));
        let copy = past.clone();
        drop(past);
        drop(copy);
    }
}
