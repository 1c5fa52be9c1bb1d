//! The notes so far, and where each has come before.

use std::collections::HashMap;

use crate::vocabulary::{BarPosition, NoteEvent, PHRASE, Vocabulary};

/// No position, or no interval.
pub(super) const NONE: u32 = u32::MAX;

/// An event that was played.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heard {
    pub event: NoteEvent,
    pub place: BarPosition,
    /// Semitones from the note of its part before it; `None` for the first of a piece. Of a drum in a band,
    /// which has no intervals, the pitch entry.
    pub interval: Option<i16>,
    /// Position of the last note of its part before it, in this piece or an earlier one, or `NONE`.
    before: u32,
    /// Bars since the first event of its piece.
    pub bar: u32,
    /// Position of the first event of its piece.
    pub start: usize,
}

/// Events in order, with chains from each back to the last one that was like it.
#[derive(Clone, Debug)]
pub(super) struct NoteHistory {
    pitches: Vec<u8>,
    /// The pitch entry of the lowest drum in a band; those before it are pitches.
    drums: u16,
    /// Position of the last note of each part, or `NONE`.
    latest: Vec<u32>,
    heard: Vec<Heard>,
    /// Where the current piece starts.
    start: usize,
    /// By step, pitch and duration.
    notes: Chain,
    /// By step, interval and duration.
    moves: Chain,
    /// By place in the bar.
    places: Chain,
}

impl NoteHistory {
    pub fn new(vocabulary: &Vocabulary) -> Self {
        Self {
            pitches: vocabulary.pitches.clone(),
            drums: vocabulary.pitches.len() as u16,
            latest: vec![NONE; vocabulary.parts.len().max(1)],
            heard: Vec::new(),
            start: 0,
            notes: Chain::default(),
            moves: Chain::default(),
            places: Chain::default(),
        }
    }

    pub fn len(&self) -> usize {
        self.heard.len()
    }

    pub fn get(&self, at: usize) -> &Heard {
        &self.heard[at]
    }

    /// The last event of the current piece.
    pub fn last(&self) -> Option<usize> {
        self.heard.len().checked_sub(1).filter(|&last| last >= self.start)
    }

    pub fn start_piece(&mut self) {
        self.start = self.heard.len();
    }

    pub fn push(&mut self, event: NoteEvent, place: BarPosition) {
        let last = self.last().map(|last| self.heard[last]);
        let heard = Heard {
            event,
            place,
            interval: self.interval(event),
            before: self.latest[usize::from(event.part)],
            // No step reaches as far as a phrase.
            bar: last.map_or(0, |last| {
                last.bar
                    + (PHRASE + u32::from(place.phrase) - u32::from(last.place.phrase)) % PHRASE
            }),
            start: self.start,
        };
        self.latest[usize::from(event.part)] = self.heard.len() as u32;
        self.notes.push(note_key(&heard));
        self.moves.push(move_key(&heard));
        self.places.push(place_key(&heard));
        self.heard.push(heard);
    }

    /// What an event to come is after the notes so far (see [`Heard::interval`]).
    fn interval(&self, event: NoteEvent) -> Option<i16> {
        if event.pitch >= self.drums {
            return self.last().map(|_| event.pitch as i16);
        }
        let before = self.pitch_before(event.part)?;
        Some(i16::from(self.pitches[usize::from(event.pitch)]) - before)
    }

    /// The last pitch of a part in the current piece.
    fn pitch_before(&self, part: u16) -> Option<i16> {
        let at = self.latest[usize::from(part)];
        let heard = self.heard.get(at as usize).filter(|_| at as usize >= self.start)?;
        self.pitches.get(usize::from(heard.event.pitch)).map(|&pitch| i16::from(pitch))
    }

    pub fn pop(&mut self) {
        if let Some(heard) = self.heard.pop() {
            self.notes.pop(note_key(&heard));
            self.moves.pop(move_key(&heard));
            self.places.pop(place_key(&heard));
            self.latest[usize::from(heard.event.part)] = heard.before;
            self.start = self.heard.last().map_or(0, |last| last.start);
        }
    }

    /// Earlier positions with the same note, the latest first.
    pub fn after_same_note(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        self.notes.back_from(at).filter(|&earlier| self.goes_on(earlier))
    }

    /// Earlier positions that were reached by the same interval, the latest first.
    pub fn after_same_move(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        let moved = self.heard[at].interval.is_some();
        self.moves.back_from(at).filter(move |&earlier| moved && self.goes_on(earlier))
    }

    /// Earlier positions at the same place of a bar, the latest first.
    pub fn at_same_place(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        self.places.back_from(at).filter(|&earlier| self.goes_on(earlier))
    }

    /// Whether an event of the same piece follows.
    fn goes_on(&self, at: usize) -> bool {
        self.heard.get(at + 1).is_some_and(|next| next.start == self.heard[at].start)
    }

    pub fn is_same_note(&self, a: usize, b: usize) -> bool {
        let (a, b) = (self.heard[a].event, self.heard[b].event);
        let key = |it: NoteEvent| (it.step, it.part, it.pitch, it.duration);
        key(a) == key(b)
    }

    pub fn is_same_move(&self, a: usize, b: usize) -> bool {
        let (a, b) = (&self.heard[a], &self.heard[b]);
        let key = |it: &Heard| (it.event.step, it.event.part, it.interval, it.event.duration);
        a.interval.is_some() && key(a) == key(b)
    }

    /// Notes up to `a` that are the same as those up to `b`.
    pub fn match_length(&self, a: usize, b: usize, most: usize) -> usize {
        let inside = self.common(a, b).min(most);
        (0..inside).take_while(|back| self.is_same_note(a - back, b - back)).count()
    }

    /// Moves up to `a` that are the same as those up to `b`.
    pub fn moved_match_length(&self, a: usize, b: usize, most: usize) -> usize {
        let inside = self.common(a, b).min(most);
        (0..inside).take_while(|back| self.is_same_move(a - back, b - back)).count()
    }

    /// How far back both positions reach inside their pieces.
    fn common(&self, a: usize, b: usize) -> usize {
        let reach = |at: usize| at + 1 - self.heard[at].start;
        reach(a).min(reach(b))
    }

    /// The pitch entry of an event that was heard, moved to follow the last note of its part as it did there.
    pub fn moved_pitch(&self, copied: &Heard) -> Option<u16> {
        if copied.event.pitch >= self.drums {
            return Some(copied.event.pitch);
        }
        let from = self.pitch_before(copied.event.part)?;
        let pitch = u8::try_from(from.checked_add(copied.interval?)?).ok()?;
        self.pitches.binary_search(&pitch).ok().map(|entry| entry as u16)
    }
}

fn note_key(heard: &Heard) -> u64 {
    let NoteEvent { step, part, pitch, duration, .. } = heard.event;
    key([part, step, pitch, duration])
}

fn move_key(heard: &Heard) -> u64 {
    let NoteEvent { step, part, duration, .. } = heard.event;
    key([part, step, heard.interval.unwrap_or(i16::MIN) as u16, duration])
}

fn place_key(heard: &Heard) -> u64 {
    let BarPosition { within, beat, meter, .. } = heard.place;
    key([0, u16::from(within), u16::from(beat), u16::from(meter)])
}

fn key(fields: [u16; 4]) -> u64 {
    fields.into_iter().fold(0, |key, part| key << 16 | u64::from(part))
}

/// Positions with the same key, linked backwards.
#[derive(Clone, Debug, Default)]
struct Chain {
    last: HashMap<u64, u32>,
    before: Vec<u32>,
}

impl Chain {
    fn push(&mut self, key: u64) {
        let at = self.before.len() as u32;
        self.before.push(self.last.insert(key, at).unwrap_or(NONE));
    }

    fn pop(&mut self, key: u64) {
        match self.before.pop() {
            Some(NONE) | None => self.last.remove(&key),
            Some(before) => self.last.insert(key, before),
        };
    }

    fn back_from(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        let back = move |at: u32| Some(self.before[at as usize]).filter(|&before| before != NONE);
        std::iter::successors(back(at as u32), move |&at| back(at)).map(|at| at as usize)
    }
}
