//! The composer: a record, settings and context become notes, bar by bar.

mod guide;
mod past;
mod planned;
mod sampling;
mod settings;
mod usual;

use std::ops::Range;
use std::sync::Arc;

pub use settings::ComposerSettings;
pub use usual::UsualSettings;

use self::guide::Guide;
use self::past::{Past, Placed, Recall};
use self::sampling::{NoteRng, Sampler};
use crate::meter::{BarSlot, MeterMap};
use crate::motif::{MotifMemory, Strength};
use crate::network::kernel::activation::softmax;
use crate::network::rows::{HeadRows, TimeLeft};
use crate::network::step::{Direction, Network, Scratch, State};
use crate::network::{Head, Masks};
use crate::piece::{Note, Tick};
use crate::record::Record;
use crate::sheet::{BarHistory, BarNotes, FormPlan, Resemblance, WrittenSheet};
use crate::vocabulary::{BarPosition, Harmony, NoteEvent, half, nearest};

/// Most notes in a bar: a damaged or strange record cannot compose for ever.
const MOST_NOTES: usize = 1024;

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
    /// Which of them were brought back by the motif memory, rather than thought up by the network.
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
struct Ahead<'f> {
    contexts: &'f [f32],
    /// The next note that stands.
    note: Option<&'f Note>,
}

impl Future {
    /// Whether a note is of a part whose notes stand.
    fn has_part(&self, note: &Note) -> bool {
        self.parts >> u32::from(note.part).min(31) & 1 == 1
    }

    /// Whether the parts that are known play in a bar closely as they do in an earlier one.
    fn stands_as(&self, from: &BarNotes, bar: BarSlot, end: Tick) -> bool {
        if self.parts == 0 {
            return true;
        }
        let theirs: Vec<Note> = from.at(bar.start).filter(|it| self.has_part(it)).collect();
        let inside = self.known[self.before(bar.start)..].iter().map(|it| it.note);
        let ours: Vec<Note> = inside.take_while(|it| it.onset < end).collect();
        let [theirs, ours] = [theirs, ours].map(|notes| BarNotes::new(bar, &notes));
        let likeness = ours.likeness(&theirs);
        (ours.is_empty() && theirs.is_empty())
            || Resemblance::of(likeness).is_some_and(|it| it >= Resemblance::Close)
    }

    /// Notes that stand before a tick.
    fn before(&self, tick: Tick) -> usize {
        match self.parts {
            0 => 0,
            _ => self.known.partition_point(|known| known.note.onset < tick),
        }
    }

    /// What stands from a note on.
    fn ahead(&self, next: usize) -> Ahead<'_> {
        match self.known.get(next) {
            Some(Known { note, contexts }) => Ahead { contexts, note: Some(note) },
            None => Ahead { contexts: &self.nothing, note: None },
        }
    }
}

impl Ahead<'_> {
    fn left(&self, from: Tick) -> TimeLeft {
        let left = |note: &Note| TimeLeft::new(note.onset.saturating_sub(from));
        self.note.map_or(TimeLeft::NOTHING, left)
    }
}

/// What was composed of a bar so far.
struct Attempt {
    memory: Memory,
    events: Vec<Placed>,
    notes: Vec<Note>,
    copied: Vec<bool>,
}

impl Attempt {
    fn new(memory: Memory) -> Self {
        Self { memory, events: Vec::new(), notes: Vec::new(), copied: Vec::new() }
    }
}

/// What chooses among the likely in one bar: the settings, random numbers, and how much copying counts.
struct Choice {
    settings: ComposerSettings,
    rng: NoteRng,
    motif: Strength,
    /// What may be chosen.
    masks: Masks,
    /// The bar that this one varies.
    guide: Option<Guide>,
    /// What is known of the chords of the bar's halves.
    chords: [Harmony; 2],
    /// For each part whether it may begin a note here: a line may where its last note has ended.
    open: Vec<bool>,
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
            written: WrittenSheet::default(),
            nothing: Future { known: Vec::new(), nothing: network.future(None), parts: 0 },
            network,
            record,
        }
    }

    /// The record that it plays.
    pub fn record(&self) -> &Arc<Record> {
        &self.record
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

    /// One try at a bar: notes until the next one would lie beyond it, with random numbers of its own. The motif
    /// memory, which must be turned to the past, holds them afterwards.
    fn attempt(
        &mut self,
        past: &Memory,
        bar: BarSlot,
        end: Tick,
        choice: &mut Choice,
        future: &Future,
    ) -> Attempt {
        let mut attempt = Attempt::new(past.clone());
        let mut next = future.before(bar.start);
        while attempt.notes.len() < MOST_NOTES {
            let ahead = future.ahead(next);
            let chosen = self.next_note(&attempt.memory, bar, end, ahead, choice);
            let standing = ahead.note.filter(|it| future.parts != 0 && it.onset < end);
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
            self.add(&mut attempt, event, note, is_copied, bar);
        }
        attempt
    }

    /// Adds a note to what was composed of a bar, and remembers it.
    fn add(
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

    /// Chooses one note; `None` where the next one lies beyond the bar. That choice is then made
    /// again in the next bar, among the steps that reach it: the same odds, and each bar has random
    /// numbers of its own.
    fn next_note(
        &mut self,
        memory: &Memory,
        bar: BarSlot,
        end: Tick,
        future: Ahead<'_>,
        choice: &mut Choice,
    ) -> Option<(NoteEvent, Note, bool)> {
        let record = Arc::clone(&self.record);
        let vocabulary = record.vocabulary();
        let previous = memory.previous;
        let rows = *self.network.rows();
        self.network.attend(&memory.state, future.contexts, &mut self.scratch);
        self.recall.memory.look_back();
        let mut event = NoteEvent::default();
        let before = future.left(previous.onset);

        if let Some(guide) = &mut choice.guide {
            guide.point(vocabulary, previous.onset, previous.event.as_ref(), bar.start, end);
        }

        let onset = if previous.event.is_some() {
            // A step of 0 adds to the chord, upwards; in a later bar the step must reach its line.
            let shortest = bar.start.saturating_sub(previous.onset);
            let first = vocabulary.steps.partition_point(|&step| step < shortest);
            let first = first.max(choice.masks.lowest(Head::Step, &event, previous.event.as_ref()));
            let first = first.max(self.first_free_step(memory, first));
            if first < vocabulary.steps.len() {
                let rows = rows.heads(
                    event,
                    previous.place,
                    previous.place,
                    [before; 2],
                    Harmony::UNKNOWN,
                );
                let steps = first..vocabulary.steps.len();
                event.step = self.choose(Head::Step, &rows, &event, steps, choice).0;
                previous.onset.saturating_add(vocabulary.steps[usize::from(event.step)])
            } else {
                // No step is long enough: the silence ends on the bar line.
                event.step = (vocabulary.steps.len() - 1) as u16;
                bar.start
            }
        } else {
            // The first note falls on the first beat: after a pickup nearly all of its bar is silent. It is
            // remembered as it would be read again.
            let silent = bar.start.saturating_sub(previous.onset);
            event.step = vocabulary.nearest_step(silent, true) as u16;
            bar.start
        };
        if onset >= end {
            return None;
        }

        let place = vocabulary.place(bar, onset);
        let left = [before, future.left(onset)];
        choice.open.clear();
        let open =
            (0..).zip(&memory.ends).map(|(it, &end)| end <= onset || !vocabulary.is_line(it));
        choice.open.extend(open);
        let mut copied = false;
        for &head in &rows.choosing()[1..] {
            let first = choice.masks.lowest(head, &event, previous.event.as_ref());
            let end = choice.masks.end(head, &event, rows.choices(head));
            let heads =
                rows.heads(event, previous.place, place, left, choice.chords[half(bar, onset)]);
            let (entry, is_copied) = self.choose(head, &heads, &event, first..end, choice);
            match head {
                Head::Step => {}
                Head::Part => event.part = entry,
                Head::Pitch => (event.pitch, copied) = (entry, is_copied),
                Head::Duration => event.duration = entry,
                Head::Velocity => event.velocity = entry,
            }
        }
        let note = Note {
            onset,
            part: event.part as u8,
            pitch: vocabulary.key(event.pitch),
            duration: vocabulary.durations[usize::from(event.duration)],
            velocity: vocabulary.velocities[usize::from(event.velocity)],
        };
        Some((event, note, copied))
    }

    /// The first step after which a part may begin a note, where all parts are lines that sound; 0 where no
    /// step is long enough.
    fn first_free_step(&self, memory: &Memory, least: usize) -> usize {
        let vocabulary = self.record.vocabulary();
        let parts = (0..).zip(&memory.ends);
        let free = parts.map(|(it, &end)| if vocabulary.is_line(it) { end } else { 0 }).min();
        let shortest = free.unwrap_or(0).saturating_sub(memory.previous.onset);
        let first = vocabulary.steps.partition_point(|&step| step < shortest);
        if first < vocabulary.steps.len() { first } else { least }
    }

    /// One choice of a head among some of its entries, and whether it owes more to the motif memory
    /// than to the network; `event` holds the choices made before.
    fn choose(
        &mut self,
        head: Head,
        rows: &[HeadRows; Head::COUNT],
        event: &NoteEvent,
        entries: Range<usize>,
        choice: &mut Choice,
    ) -> (u16, bool) {
        let odds = self.network.logits(head, &rows[head as usize], &mut self.scratch);
        let allowed = match head {
            Head::Part if choice.open[entries.clone()].contains(&true) => Some(&choice.open[..]),
            _ => choice.masks.allowed(head, event),
        };
        forbid(odds, allowed, f32::NEG_INFINITY);
        softmax(&mut odds[..entries.end], entries.start);
        odds[entries.end..].fill(0.0);
        forbid(odds, allowed, 0.0);
        let mut share = self.recall.memory.mix(head, event, odds, choice.motif);
        if let Some(guide) = &choice.guide {
            share = 1.0 - (1.0 - share) * (1.0 - guide.mix(head, event, entries.start, odds));
        }
        if head == Head::Step {
            choice.settings.thin_or_thicken(odds, &self.record.vocabulary().steps);
        }
        let entry =
            entries.start + self.sampler.sample(head, &odds[entries.clone()], &mut choice.rng);
        let own = (1.0 - share) * self.recall.memory.given(head, entry);
        (entry as u16, share > 0.0 && own < 0.5 * odds[entry])
    }

    /// Moves the network's state on by one event, and gives the event's place.
    fn remember(
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
    /// start of the song, in the white-key frame.
    /// Which variation of their bars they are, `variation` says.
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
        notes.first()?;
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

    /// A note that follows what was played.
    fn event_after(&self, previous: &Previous, note: &Note) -> NoteEvent {
        self.event(note, note.onset.saturating_sub(previous.onset), previous.event.is_none())
    }

    fn event(&self, note: &Note, step: Tick, start: bool) -> NoteEvent {
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

/// Sets the odds of the entries that may not be chosen, where any may not.
fn forbid(odds: &mut [f32], allowed: Option<&[bool]>, to: f32) {
    for (odds, _) in odds.iter_mut().zip(allowed.unwrap_or_default()).filter(|(_, it)| !**it) {
        *odds = to;
    }
}
