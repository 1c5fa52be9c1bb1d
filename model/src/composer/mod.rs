//! The composer: a record, settings and context become notes, bar by bar.
//!
//! ```text
//! planned: what a bar shall be -> attempt: tries at it -> choosing: note after note -> sampling: entry by entry
//!                                   past, future, reading: what was and what is known; guide: a bar to vary
//! ```

mod attempt;
mod choosing;
mod future;
mod guide;
mod past;
mod planned;
mod reading;
mod sampling;
mod settings;
mod usual;

use std::sync::Arc;

pub use future::Future;
pub use settings::{ChordSource, ComposerSettings};
pub use usual::UsualSettings;

use self::past::{Past, Recall};
use self::sampling::Sampler;
use crate::meter::BarSlot;
use crate::motif::MotifMemory;
use crate::network::step::{Direction, Network, Scratch, State};
use crate::piece::{Note, Tick};
use crate::record::Record;
use crate::sheet::{BarHistory, FirstRound, FormPlan, WrittenSheet};
use crate::vocabulary::{BarPosition, NoteEvent};

/// What the composer knows of the past at a bar line: a few KB, kept with each bar so that going
/// back to it re-reads nothing.
#[derive(Clone, Debug)]
pub struct Memory {
    state: State,
    previous: Previous,
    past: Past,
    /// The tick at which the last note of each part ends.
    ends: Vec<Tick>,
    /// The last bars: what bars that come from others are made of.
    bars: BarHistory,
}

/// A composed bar.
#[derive(Clone, Debug)]
pub struct Composed {
    /// Its notes, sorted, onsets in ticks from the start of the song.
    pub notes: Vec<Note>,
    /// Which of them were brought back, by the plan or the motif memory, rather than thought up by the network.
    pub copied: Vec<bool>,
    /// The memory at its end.
    pub after: Memory,
}

/// The last event, or the start of the song.
#[derive(Clone, Copy, Debug)]
struct Previous {
    onset: Tick,
    place: BarPosition,
    /// `None` at the start.
    event: Option<NoteEvent>,
}

/// Plays a record. Instances share the record's weights; a composer adds small buffers of its own,
/// so that composing a note allocates nothing.
pub struct Composer {
    record: Arc<Record>,
    network: Arc<Network>,
    scratch: Scratch,
    recall: Recall,
    sampler: Sampler,
    form: FormPlan,
    first_round: FirstRound,
    written: WrittenSheet,
    /// Stands in for a future where none is given.
    nothing: Future,
}

impl Composer {
    /// A composer that plays this record.
    pub fn new(record: Arc<Record>) -> Self {
        let network = record.network();
        Self {
            scratch: network.scratch(),
            recall: Recall::new(MotifMemory::new(record.vocabulary(), record.motif().clone())),
            sampler: Sampler::default(),
            form: FormPlan::default(),
            first_round: FirstRound::default(),
            written: WrittenSheet::default(),
            nothing: Future::nothing(&network),
            network,
            record,
        }
    }

    /// The record that it plays.
    pub fn record(&self) -> &Arc<Record> {
        &self.record
    }

    /// What is written of the sheet that it composes to.
    pub fn sheet(&self) -> &WrittenSheet {
        &self.written
    }

    /// Composes to what is written of a sheet from now on.
    pub fn set_sheet(&mut self, sheet: WrittenSheet) {
        self.written = sheet;
    }

    /// The memory before the first bar.
    pub fn begin(&mut self, first: BarSlot) -> Memory {
        let place = self.record.vocabulary().place(first, first.start);
        let mut state = self.network.initial();
        let rows = self.network.rows().start(place);
        self.network.read(Direction::Forward, &rows, &mut state, &mut self.scratch);
        let previous = Previous { onset: first.start, place, event: None };
        let ends = vec![0; self.record.vocabulary().parts.len().max(1)];
        Memory { state, previous, past: Past::default(), ends, bars: BarHistory::default() }
    }
}
