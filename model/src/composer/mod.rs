//! The composer: a record, settings and context become note events, bar by bar.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::meter::{BarSlot, MeterMap};
use crate::piece::Note;
use crate::record::Record;

/// How to compose. The same settings, record, meters and past give the same bars.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// The take number: the seed.
    pub take: u32,
    /// 0 always plays the likeliest note; 1 plays as the collection does; more dares more.
    pub temperature: f32,
    /// The share of likely notes to choose from, above 0 and at most 1.
    pub top_p: f32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { take: 1, temperature: 0.9, top_p: 0.95 }
    }
}

/// What the composer knows of the past at a bar line: a few KB, kept with each bar so that going
/// back to it re-reads nothing.
#[derive(Clone, Debug)]
pub struct Memory {}

/// What is known to come: read once, then used for every bar before it.
#[derive(Clone, Debug)]
pub struct Future {}

/// Plays a record. It holds the record's weights by reference and small buffers of its own, so
/// that composing a note allocates nothing.
pub struct Composer {
    record: Arc<Record>,
}

impl Composer {
    /// A composer that plays this record.
    pub fn new(record: Arc<Record>) -> Self {
        Self { record }
    }

    /// The record that it plays.
    pub fn record(&self) -> &Arc<Record> {
        &self.record
    }

    /// The memory before the first bar.
    pub fn begin(&mut self) -> Memory {
        todo!()
    }

    /// Composes one bar: its notes (onsets in ticks from the start of the song, sorted) and the
    /// memory at its end. `end` is the tick of the next bar line, which a meter change may bring
    /// forward.
    pub fn compose(
        &mut self,
        past: &Memory,
        bar: BarSlot,
        end: u32,
        settings: &Settings,
        future: Option<&Future>,
    ) -> (Vec<Note>, Memory) {
        let _ = (past, bar, end, settings, future);
        todo!()
    }

    /// Reads notes that exist, as if it had composed them. `notes` are sorted, in ticks from the
    /// start of the song, in the white-key frame.
    pub fn read(&mut self, past: &Memory, meters: &MeterMap, notes: &[Note]) -> Memory {
        let _ = (past, meters, notes);
        todo!()
    }

    /// Reads notes that are known to come, from their end back to the first of them; `None` where
    /// there are none.
    pub fn foresee(&mut self, meters: &MeterMap, notes: &[Note]) -> Option<Future> {
        let _ = (meters, notes);
        todo!()
    }
}
