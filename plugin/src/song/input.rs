//! What is heard on the input and played to from then on: chords of the sheet, and the notes of a part.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use jukebox_model::chord::Chord;
use jukebox_model::composer::Composer;
use jukebox_model::meter::{BarSlot, Meter};
use jukebox_model::piece::{Note, Tick, tidy};
use jukebox_model::sheet::{ChordTrack, heard_chords};
use jukebox_model::take::Bar;
use jukebox_model::vocabulary::{BarChords, Vocabulary};

use super::kept::{Kept, bit};
use super::{CompositionSettings, MOST_BARS, MOST_NOTES, Rounds, Song};

/// What was heard, by the number of the bar in the song or loop. Copies share it.
#[derive(Clone, Debug, Default)]
pub struct HeardInput {
    /// Chords of bars, in the white-key frame.
    pub chords: Arc<BTreeMap<u32, BarChords>>,
    /// Bars of parts: their notes of that part.
    pub parts: Arc<BTreeMap<(u8, u32), Arc<Bar>>>,
}

impl HeardInput {
    /// Whether nothing was heard.
    pub fn is_empty(&self) -> bool {
        self.chords.is_empty() && self.parts.is_empty()
    }

    /// Whether it is a copy of another.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.chords, &other.chords) && Arc::ptr_eq(&self.parts, &other.parts)
    }

    /// The chords as composition settings play to them; none where they do not.
    pub fn track(&self, settings: &CompositionSettings) -> ChordTrack {
        match settings.hears_chords() {
            true => ChordTrack {
                from: Arc::clone(&self.chords),
                cycle: settings.is_loop().then_some(settings.length),
            },
            false => ChordTrack::default(),
        }
    }

    /// What was heard of a part in the bar of a number, where that is in a meter.
    pub fn part(&self, part: u8, number: u32, meter: Meter) -> Option<&Arc<Bar>> {
        self.parts.get(&(part, number)).filter(|bar| bar.slot.meter == meter)
    }

    /// A part of a bar that is heard, and rests where nothing was.
    pub fn kept(&self, part: u8, number: u32, meter: Meter) -> Kept {
        let bar = self.part(part, number, meter).cloned().unwrap_or_else(|| {
            let slot = BarSlot { number, start: 0, meter };
            Arc::new(Bar { slot, end: meter.bar(), ..Bar::default() })
        });
        Kept { bar, parts: bit(part) }
    }
}

/// A note that was played, and whether its key was struck while the song ran there: one that was held before
/// belongs to chords alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlayedNote {
    /// The note as it was played, in the key that is heard.
    pub note: Note,
    /// Whether it was struck there.
    pub struck: bool,
}

/// A bar that somebody has played to, or has until now.
#[derive(Clone, Debug)]
pub struct PlayedBar<'a> {
    /// From where to where it was heard: to its end.
    pub ticks: Range<Tick>,
    /// The notes that sound in it, and others before.
    pub notes: &'a [PlayedNote],
    /// Semitones from the white keys to the key that is heard.
    pub shift: i32,
    /// Octaves by which the part that is heard is moved.
    pub octave: i32,
}

impl Song {
    /// The part that is heard on the input where settings hold, and rests where nothing was heard.
    pub fn heard_part(&self, settings: &CompositionSettings) -> Option<u8> {
        settings.heard_part(self.record.band.parts.len())
    }

    /// The bars in which the song plays to what comes in, each by itself.
    pub fn hearing(&self) -> Vec<Range<Tick>> {
        let hears = |bar: u32| {
            let settings = self.plan.at(bar);
            settings.is_some_and(|it| it.hears_chords() || self.heard_part(&it).is_some())
        };
        let bars = self.take.bars().iter().filter(|bar| hears(bar.slot.number));
        bars.map(|bar| bar.slot.start..bar.end).collect()
    }

    /// Remembers what was played in a bar. Where that is something else than before, the bars that it changes
    /// are forgotten, to be composed to it. `here` is the playhead's bar. Says whether anything has changed.
    pub fn hear_bar(
        &mut self,
        played: &PlayedBar<'_>,
        here: u32,
        composer: &mut Composer,
        rounds: &mut Rounds,
    ) -> bool {
        let meters = self.take.meters();
        let slot = meters.bar_at(played.ticks.start);
        let settings = self.plan.at(slot.number);
        let fits = meters.bar_end(slot) == played.ticks.end && (slot.number as usize) < MOST_BARS;
        let Some(settings) = settings.filter(|_| fits) else { return false };
        let mut input = self.edits.input.clone();
        let mut first = self.hear_chords(&mut input, &settings, slot, played);
        if let Some(part) = self.heard_part(&settings) {
            let changed = self.hear_part(&mut input, part, slot, played);
            first = [first, changed].into_iter().flatten().min();
        }
        let Some(first) = first else { return false };
        let from = self.number(first);
        self.history.hear(&input, from);
        self.edits_mut().hear(input, from);
        if settings.is_loop() {
            self.lay_out(here, Some(composer), rounds);
        } else {
            self.forget_from(first);
        }
        true
    }

    /// Hears the chords of a bar; gives the bar, where they are others than before.
    fn hear_chords(
        &self,
        input: &mut HeardInput,
        settings: &CompositionSettings,
        slot: BarSlot,
        played: &PlayedBar<'_>,
    ) -> Option<u32> {
        if !settings.hears_chords() {
            return None;
        }
        let number = self.number(slot.number);
        let shift = (played.shift % 12) as i8;
        let before = number.checked_sub(1).and_then(|before| input.track(settings).at(before));
        let before = before.and_then(|chords| chords[1]).map(|it: Chord| it.transposed(shift));
        let notes: Vec<Note> = played.notes.iter().map(|it| it.note).collect();
        let chords = heard_chords(&notes, slot, played.ticks.clone(), before)?;
        let chords = chords.map(|chord| chord.map(|it| it.transposed(-shift)));
        let known = input.chords.get(&number) == Some(&chords);
        (!known).then(|| {
            Arc::make_mut(&mut input.chords).insert(number, chords);
            slot.number
        })
    }

    /// Hears the notes of a part in a bar, and how long those last that began before; gives the first bar in which
    /// they are others than before. Where nothing is played, what was heard there before stays.
    fn hear_part(
        &self,
        input: &mut HeardInput,
        part: u8,
        slot: BarSlot,
        played: &PlayedBar<'_>,
    ) -> Option<u32> {
        let drums = self.record.band.parts.get(usize::from(part)).is_some_and(|it| it.drums);
        let shift = if drums { 0 } else { played.shift + 12 * played.octave };
        let own = |it: &PlayedNote| {
            let pitch = u8::try_from(i32::from(it.note.pitch) - shift).ok()?;
            let duration = it.note.duration.clamp(1, Vocabulary::MAX_TICKS);
            let velocity = it.note.velocity.clamp(1, 127);
            let note = Note { part, pitch, duration, velocity, ..it.note };
            (it.struck && pitch < 128).then_some(note)
        };
        let notes: Vec<Note> = played.notes.iter().filter_map(own).collect();
        let mut first = None;
        for note in notes.iter().filter(|note| note.onset < slot.start) {
            let began = self.take.meters().bar_at(note.onset);
            let place = (part, self.number(began.number));
            let Some(bar) = input.part(part, place.1, began.meter) else { continue };
            let onset = note.onset - began.start + bar.slot.start;
            let is_it = |it: &&Note| (it.onset, it.pitch) == (onset, note.pitch);
            if bar.notes.iter().find(is_it).is_some_and(|it| it.duration != note.duration) {
                let lasts = |it: &Note| match is_it(&it) {
                    true => Note { duration: note.duration, ..*it },
                    false => *it,
                };
                let notes = bar.notes.iter().map(lasts).collect();
                let bar = Arc::new(Bar { notes, ..Bar::clone(bar) });
                Arc::make_mut(&mut input.parts).insert(place, bar);
                first = first.into_iter().chain([began.number]).min();
            }
        }
        let number = self.number(slot.number);
        let mut now: Vec<Note> =
            notes.iter().filter(|note| played.ticks.contains(&note.onset)).copied().collect();
        if now.is_empty() {
            return first;
        }
        let before = input.part(part, number, slot.meter).map(Kept::whole);
        let before: Vec<Note> = before.iter().flat_map(|it| it.notes_at(slot.start)).collect();
        now.extend(before.iter().filter(|note| note.onset < played.ticks.start));
        tidy(&mut now);
        now.truncate(MOST_NOTES);
        if now != before {
            let bar = Bar { slot, end: played.ticks.end, notes: now, ..Bar::default() };
            Arc::make_mut(&mut input.parts).insert((part, number), Arc::new(bar));
            first = first.into_iter().chain([slot.number]).min();
        }
        first
    }

    /// Forgets all that was heard on the input. Can be undone.
    pub fn forget_input(
        &mut self,
        here: u32,
        mut composer: Option<&mut Composer>,
        rounds: &mut Rounds,
    ) {
        self.begin_edit(here, composer.as_deref_mut(), rounds);
        self.edits_mut().hear(HeardInput::default(), 0);
        self.lay_out(here, composer, rounds);
    }
}
