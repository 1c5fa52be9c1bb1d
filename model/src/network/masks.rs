//! Which entries a head may choose for an event that follows another.
//!
//! Notes of one onset come in one order: parts ascend, and inside a part pitches do. So a chord has one
//! spelling, and what would break the order may not be chosen; nor may pitches that a part does not use.
//! Training, composing and evaluation, the baselines too, all divide what is forbidden among the rest.

use std::ops::Range;

use super::Head;
use crate::vocabulary::{NoteEvent, Vocabulary};

/// What may be chosen, for one vocabulary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Masks {
    /// Entries of the pitches.
    keys: usize,
    /// For each part its lowest pitch entry, and the one after its highest.
    ranges: Vec<Range<usize>>,
    /// For each part and each pitch entry whether it may be chosen; empty where notes choose no part.
    allowed: Vec<bool>,
}

impl Masks {
    /// What may be chosen of a vocabulary.
    pub fn new(vocabulary: &Vocabulary) -> Self {
        Self::within(vocabulary, 0..=127)
    }

    /// The same, of the pitches that lie in a register. Where none does of a part, the nearest one stays, or of
    /// several parts the octave of its own that lies nearest. Drums have no register.
    pub fn within(vocabulary: &Vocabulary, register: std::ops::RangeInclusive<u8>) -> Self {
        let (low, high) = register.into_inner();
        let keys = vocabulary.keys();
        if !vocabulary.has_parts() {
            let pitches = &vocabulary.pitches;
            let first = pitches.partition_point(|&pitch| pitch < low);
            let end = pitches.partition_point(|&pitch| pitch <= high);
            let range = match vocabulary.drums {
                true => 0..keys,
                false if first < end => first..end,
                false => {
                    let nearest = usize::from(vocabulary.nearest_key(0, low.midpoint(high)));
                    nearest..nearest + 1
                }
            };
            return Self { keys, ranges: vec![range], allowed: Vec::new() };
        }
        let mut masks = Self { keys, ranges: Vec::new(), allowed: Vec::new() };
        for part in 0..vocabulary.parts.len() as u16 {
            let used: Vec<u16> = vocabulary.part_entries(part).collect();
            let key = |entry: &u16| vocabulary.key(*entry);
            let in_register = |entry: &&u16| (low..=high).contains(&key(entry));
            let drums = vocabulary.is_drum(part);
            let kept: Vec<u16> = match used.iter().any(|it| in_register(&it)) {
                _ if drums => used,
                true => used.iter().filter(in_register).copied().collect(),
                false => {
                    let middle = low.midpoint(high);
                    let nearest = used.iter().map(key).min_by_key(|key| key.abs_diff(middle));
                    let octave = |it: &&u16| nearest.is_some_and(|at| key(it).abs_diff(at) < 12);
                    used.iter().filter(octave).copied().collect()
                }
            };
            let start = masks.allowed.len();
            masks.allowed.resize(start + keys, false);
            kept.iter().for_each(|&entry| masks.allowed[start + usize::from(entry)] = true);
            let ends = kept.first().zip(kept.last());
            let range = ends.map_or(0..0, |(first, last)| (*first).into()..usize::from(*last) + 1);
            masks.ranges.push(range);
        }
        masks
    }

    /// Whether notes choose their part.
    fn has_parts(&self) -> bool {
        !self.allowed.is_empty()
    }

    /// The first entry that a head may choose in an event, of which the heads before have chosen. `previous`
    /// is the event before it, where there is one.
    pub fn lowest(&self, head: Head, event: &NoteEvent, previous: Option<&NoteEvent>) -> usize {
        let Some(previous) = previous else { return self.first(head, event) };
        // The part of the note before, and whether a higher pitch of it can follow.
        let (part, above) = (usize::from(previous.part), usize::from(previous.pitch) + 1);
        let more = above < self.ranges[part].end;
        match head {
            Head::Step => usize::from(!more && part + 1 == self.ranges.len()),
            Head::Part if event.step == 0 => part + usize::from(!more),
            Head::Pitch if event.step == 0 && event.part == previous.part => {
                above.max(self.first(head, event))
            }
            _ => self.first(head, event),
        }
    }

    /// The entry after the last that a head may choose in an event, of as many as it has.
    pub fn end(&self, head: Head, event: &NoteEvent, choices: usize) -> usize {
        match head {
            Head::Pitch => self.ranges[usize::from(event.part)].end,
            _ => choices,
        }
    }

    fn first(&self, head: Head, event: &NoteEvent) -> usize {
        match head {
            Head::Pitch => self.ranges[usize::from(event.part)].start,
            _ => 0,
        }
    }

    /// Which entries of a head belong to the part of an event; `None` where all do.
    pub fn allowed(&self, head: Head, event: &NoteEvent) -> Option<&[bool]> {
        let masked = head == Head::Pitch && self.has_parts();
        masked.then(|| &self.allowed[usize::from(event.part) * self.keys..][..self.keys])
    }

    /// Both rules for a choice: the first entry, and which of those from it on.
    pub fn choice(
        &self,
        head: Head,
        event: &NoteEvent,
        previous: Option<&NoteEvent>,
    ) -> Allowed<'_> {
        Allowed { lowest: self.lowest(head, event, previous), row: self.allowed(head, event) }
    }

    /// All rows of [`Masks::allowed`], a part after another.
    #[cfg(feature = "train")]
    pub(super) fn rows(&self) -> &[bool] {
        &self.allowed
    }
}

/// The entries that one choice may be.
#[derive(Clone, Copy, Debug)]
pub struct Allowed<'m> {
    /// Those before it may not be chosen.
    pub lowest: usize,
    /// Which may be chosen; `None` where all may.
    pub row: Option<&'m [bool]>,
}

impl Allowed<'_> {
    /// Whether an entry may be chosen.
    pub fn has(&self, entry: usize) -> bool {
        entry >= self.lowest && self.row.is_none_or(|row| row[entry])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::Meter;
    use crate::piece::Part;

    fn heap(drums: bool) -> Vocabulary {
        Vocabulary {
            steps: vec![0, 6, 12, 24],
            pitches: vec![60, 62, 64, 65, 67],
            durations: vec![12],
            velocities: vec![80],
            meters: vec![Meter::COMMON],
            drums,
            ..Vocabulary::default()
        }
    }

    /// A melody, a bass below it, and drums.
    fn band() -> Vocabulary {
        let part = |drums| Part { drums, ..Part::default() };
        Vocabulary {
            pitches: vec![36, 43, 48, 60, 62, 64],
            drum_keys: vec![36, 38],
            parts: vec![part(false), part(false), part(true)],
            part_keys: vec![vec![60, 62, 64], vec![36, 43, 48], vec![36, 38]],
            ..heap(false)
        }
    }

    fn event(step: u16, part: u16, pitch: u16) -> NoteEvent {
        NoteEvent { step, part, pitch, ..NoteEvent::default() }
    }

    #[test]
    fn without_parts_a_chord_goes_upwards_and_none_goes_on_from_the_top() {
        let masks = Masks::new(&heap(false));
        let first = |head, step, before: Option<NoteEvent>| {
            masks.lowest(head, &event(step, 0, 0), before.as_ref())
        };
        assert_eq!(first(Head::Pitch, 0, None), 0);
        assert_eq!(first(Head::Pitch, 0, Some(event(1, 0, 2))), 3);
        assert_eq!(first(Head::Pitch, 1, Some(event(1, 0, 2))), 0);
        assert_eq!(first(Head::Step, 1, Some(event(1, 0, 3))), 0);
        assert_eq!(first(Head::Step, 1, Some(event(1, 0, 4))), 1);
        assert_eq!(first(Head::Duration, 0, Some(event(1, 0, 4))), 0);
        assert_eq!(masks.allowed(Head::Pitch, &event(0, 0, 0)), None);
    }

    #[test]
    fn the_register_names_the_pitches_that_lie_in_it() {
        let places = |low, high, drums| {
            let masks = Masks::within(&heap(drums), low..=high);
            let event = event(1, 0, 0);
            masks.lowest(Head::Pitch, &event, None)..masks.end(Head::Pitch, &event, 5)
        };
        assert_eq!(places(0, 127, false), 0..5);
        assert_eq!(places(61, 65, false), 1..4);
        assert_eq!(places(61, 65, true), 0..5);
        assert_eq!(places(90, 100, false), 4..5);
        assert_eq!(places(63, 63, false).len(), 1);
        assert_eq!(places(67, 60, false).len(), 1, "a register upside down");
    }

    #[test]
    fn parts_ascend_in_an_onset_and_pitches_in_a_part() {
        let masks = Masks::new(&band());
        let after = |head, event: NoteEvent, before| masks.lowest(head, &event, Some(&before));
        // The melody's highest note: only another part can follow.
        assert_eq!(after(Head::Part, event(0, 0, 0), event(1, 0, 5)), 1);
        assert_eq!(after(Head::Part, event(0, 0, 0), event(1, 0, 4)), 0);
        assert_eq!(after(Head::Part, event(1, 0, 0), event(1, 2, 7)), 0);
        assert_eq!(after(Head::Step, event(0, 0, 0), event(1, 2, 6)), 0);
        assert_eq!(after(Head::Step, event(0, 0, 0), event(1, 2, 7)), 1);
        assert_eq!(after(Head::Pitch, event(0, 0, 0), event(1, 0, 3)), 4);
        assert_eq!(
            after(Head::Pitch, event(0, 1, 0), event(1, 0, 3)),
            0,
            "one pitch may be in two"
        );
        assert_eq!(after(Head::Pitch, event(0, 2, 0), event(1, 0, 3)), 6);
    }

    #[test]
    fn a_part_chooses_of_the_pitches_that_it_uses() {
        let masks = Masks::new(&band());
        let allowed = |masks: &Masks, part| {
            let row = masks.allowed(Head::Pitch, &event(0, part, 0)).unwrap();
            (0..row.len()).filter(|&entry| row[entry]).collect::<Vec<_>>()
        };
        assert_eq!(
            [0, 1, 2].map(|it| allowed(&masks, it)),
            [vec![3, 4, 5], vec![0, 1, 2], vec![6, 7]]
        );
        let high = Masks::within(&band(), 61..=80);
        assert_eq!(allowed(&high, 0), [4, 5]);
        assert_eq!(allowed(&high, 1), [1, 2], "the octave that lies nearest");
        assert_eq!(allowed(&high, 2), [6, 7], "drums have no register");
        assert_eq!(masks.allowed(Head::Duration, &event(0, 1, 0)), None);
    }
}
