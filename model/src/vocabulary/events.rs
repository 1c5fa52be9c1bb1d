//! Pieces as sequences of events.

use super::bar_position::BarPosition;
use super::{Ensemble, Harmony, Vocabulary};
use crate::piece::{Piece, Tick};

/// A note as the network reads and writes it: places in the lists of the [`Vocabulary`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct NoteEvent {
    /// Index in [`Vocabulary::steps`].
    pub step: u16,
    /// Index in [`Vocabulary::parts`]; 0 where notes choose no part.
    pub part: u16,
    /// Index in [`Vocabulary::pitches`], or beyond them in [`Vocabulary::drum_keys`].
    pub pitch: u16,
    /// Index in [`Vocabulary::durations`].
    pub duration: u16,
    /// Index in [`Vocabulary::velocities`].
    pub velocity: u16,
}

impl NoteEvent {
    /// Whether its part is one of some, a bit for each.
    pub fn is_of(&self, parts: u32) -> bool {
        parts.checked_shr(self.part.into()).is_some_and(|parts| parts & 1 == 1)
    }
}

/// A piece as events, with the place and time of each.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Encoded {
    /// The events in order.
    pub events: Vec<NoteEvent>,
    /// The place of each event's onset.
    pub places: Vec<BarPosition>,
    /// The onset of each event, in ticks from the start of the piece.
    pub onsets: Vec<Tick>,
    /// The chord that each event is played to; empty where none is known.
    pub harmonies: Vec<Harmony>,
    /// The parts that play in each event's bar; empty where they are not known.
    pub ensembles: Vec<Ensemble>,
    /// The place where the piece starts.
    pub start: BarPosition,
}

/// What is known of the sheet that an event is played to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KnownSheet {
    /// The chord.
    pub harmony: Harmony,
    /// The parts that play in its bar.
    pub ensemble: Ensemble,
}

impl KnownSheet {
    /// Nothing.
    pub const UNKNOWN: Self = Self { harmony: Harmony::UNKNOWN, ensemble: Ensemble::UNKNOWN };
}

/// How many values of a piece are not in a vocabulary and were moved to the nearest that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct RoundedValues {
    /// Notes in all.
    pub notes: usize,
    /// Steps that were moved.
    pub steps: usize,
    /// Pitches that were moved, by octaves where that suffices.
    pub pitches: usize,
    /// Durations that were moved.
    pub durations: usize,
}

impl Encoded {
    /// The chord that an event is played to.
    pub fn harmony(&self, index: usize) -> Harmony {
        self.harmonies.get(index).copied().unwrap_or_default()
    }

    /// The sheet that an event is played to.
    pub fn sheet(&self, index: usize) -> KnownSheet {
        let ensemble = self.ensembles.get(index).copied().unwrap_or_default();
        KnownSheet { harmony: self.harmony(index), ensemble }
    }
}

impl std::ops::AddAssign for RoundedValues {
    fn add_assign(&mut self, other: Self) {
        self.notes += other.notes;
        self.steps += other.steps;
        self.pitches += other.pitches;
        self.durations += other.durations;
    }
}

/// Ticks from each note's onset back to the previous one, the first from the start of the piece.
/// A silence of more than two bars is shortened by whole bars, which keeps the place in the bar.
pub(super) fn steps(piece: &Piece) -> impl Iterator<Item = Tick> + '_ {
    let mut previous = 0;
    piece.notes.iter().map(move |note| {
        let mut step = note.onset.saturating_sub(previous);
        let bar = piece.meters.bar_at(previous).meter.bar();
        if step > 2 * bar {
            step = bar + step % bar;
        }
        previous = note.onset;
        step.min(Vocabulary::MAX_TICKS)
    })
}

impl Vocabulary {
    /// A piece as events, and what had to be moved to the nearest entry. The piece is taken as it
    /// is: bring it to the white keys first (see [`crate::key::white_key_shift`]).
    ///
    /// A silence of more than two bars is shortened by whole bars. Notes of a part and one onset whose
    /// pitches are moved to the same entry become one. Parts count by their place: a piece that has others
    /// than the vocabulary is to be brought to its parts first. Without parts in the vocabulary all of a
    /// piece's notes are one heap.
    pub fn encode(&self, piece: &Piece) -> (Encoded, RoundedValues) {
        let mut rounding = RoundedValues { notes: piece.notes.len(), ..RoundedValues::default() };
        let mut encoded =
            Encoded { start: self.place(piece.meters.bar_at(0), 0), ..Encoded::default() };
        let mut chord: Vec<NoteEvent> = Vec::new();
        let steps: Vec<Tick> = steps(piece).collect();
        let mut first = 0;
        for together in piece.notes.chunk_by(|a, b| a.onset == b.onset) {
            let onset = together[0].onset;
            let step = self.nearest_step(steps[first], first == 0);
            rounding.steps += usize::from(self.steps[step] != steps[first]);
            chord.clear();
            for note in together {
                let part = self.nearest_part(note.part);
                let pitch = self.nearest_key(part, note.pitch);
                let duration = nearest(&self.durations, note.duration);
                let velocity = nearest(&self.velocities, note.velocity);
                rounding.pitches += usize::from(self.key(pitch) != note.pitch);
                rounding.durations += usize::from(self.durations[duration] != note.duration);
                chord.push(NoteEvent {
                    step: 0,
                    part,
                    pitch,
                    duration: duration as u16,
                    velocity: velocity as u16,
                });
            }
            chord.sort_by_key(|event| (event.part, event.pitch));
            chord.dedup_by_key(|event| (event.part, event.pitch));
            chord[0].step = step as u16;
            let place = self.place(piece.meters.bar_at(onset), onset);
            encoded.events.extend_from_slice(&chord);
            encoded.places.resize(encoded.events.len(), place);
            encoded.onsets.resize(encoded.events.len(), onset);
            first += together.len();
        }
        (encoded, rounding)
    }

    /// Index of the nearest step. Only the first note of a piece may have step 0 here: later ones
    /// are another onset than the one before.
    pub fn nearest_step(&self, step: Tick, first: bool) -> usize {
        if first { nearest(&self.steps, step) } else { 1 + nearest(&self.steps[1..], step) }
    }
}

/// Index of the entry nearest to a value in a sorted list; of two at one distance the lower.
pub(crate) fn nearest<T: Ord + Copy + Into<u32>>(sorted: &[T], value: T) -> usize {
    let above = sorted.partition_point(|&entry| entry < value);
    let distance = |index: usize| sorted[index].into().abs_diff(value.into());
    match above {
        0 => 0,
        _ if above == sorted.len() || distance(above - 1) <= distance(above) => above - 1,
        _ => above,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::piece::Note;

    fn piece(notes: &[(Tick, u8, Tick)]) -> Piece {
        let note =
            |&(onset, pitch, duration)| Note { onset, part: 0, pitch, duration, velocity: 80 };
        Piece { notes: notes.iter().map(note).collect(), ..Piece::default() }
    }

    #[test]
    fn a_chord_is_spelled_upwards_with_step_zero() {
        let piece = piece(&[(0, 60, 24), (24, 60, 24), (24, 64, 24), (24, 67, 24)]);
        let vocabulary = Vocabulary::learn([&piece]).unwrap();
        let (encoded, rounding) = vocabulary.encode(&piece);
        let steps: Vec<u16> = encoded.events.iter().map(|event| event.step).collect();
        let pitches: Vec<u16> = encoded.events.iter().map(|event| event.pitch).collect();
        assert_eq!((steps, pitches), (vec![0, 1, 0, 0], vec![0, 0, 1, 2]));
        assert_eq!(rounding, RoundedValues { notes: 4, ..RoundedValues::default() });
    }

    #[test]
    fn long_silences_lose_whole_bars() {
        let piece = piece(&[(0, 60, 24), (10 * 96 + 12, 60, 24)]);
        let vocabulary = Vocabulary::learn([&piece]).unwrap();
        assert_eq!(vocabulary.steps, [0, 96 + 12]);
    }

    #[test]
    fn strange_values_move_to_the_nearest_known() {
        let known = piece(&[(0, 60, 24), (24, 64, 48), (48, 67, 24)]);
        let vocabulary = Vocabulary::learn([&known]).unwrap();
        let strange = piece(&[(0, 72, 25), (20, 66, 100)]);
        let (encoded, rounding) = vocabulary.encode(&strange);
        assert_eq!(encoded.events[0], NoteEvent::default());
        assert_eq!(
            encoded.events[1],
            NoteEvent { step: 1, pitch: 2, duration: 1, ..NoteEvent::default() }
        );
        assert_eq!(rounding, RoundedValues { notes: 2, steps: 1, pitches: 2, durations: 2 });
    }

    #[test]
    fn the_nearest_entry_is_found_at_both_ends() {
        let list = [2u32, 6, 12];
        assert_eq!([0, 4, 5, 9, 10, 99].map(|value| nearest(&list, value)), [0, 0, 1, 1, 2, 2]);
    }
}
