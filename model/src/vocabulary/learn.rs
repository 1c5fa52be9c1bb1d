//! Which steps, pitches, durations and velocities a vocabulary keeps.

use std::collections::BTreeMap;

use super::Vocabulary;
use super::events::steps;
use crate::meter::Meter;
use crate::piece::{Piece, TICKS_PER_QUARTER, Tick};

/// A value is kept when at least one note in so many has it.
const RAREST: usize = 10_000;

impl Vocabulary {
    /// The vocabulary of a collection, or `None` where the pieces hold no note. The pieces are taken
    /// as they are: bring them to the white keys first (see [`crate::key::white_key_shift`]).
    pub fn learn<'a>(pieces: impl IntoIterator<Item = &'a Piece>) -> Option<Self> {
        let mut counts = Counts::default();
        for piece in pieces {
            counts.add(piece);
        }
        counts.into_vocabulary()
    }
}

/// How often each value occurs in a collection.
#[derive(Default)]
struct Counts {
    steps: BTreeMap<Tick, usize>,
    pitches: BTreeMap<u8, usize>,
    durations: BTreeMap<Tick, usize>,
    velocities: BTreeMap<u8, usize>,
    meters: BTreeMap<Meter, usize>,
    notes: usize,
    drums: bool,
}

impl Counts {
    fn add(&mut self, piece: &Piece) {
        for (note, step) in piece.notes.iter().zip(steps(piece)) {
            let meter = piece.meters.bar_at(note.onset).meter;
            *self.steps.entry(step).or_default() += 1;
            *self.pitches.entry(note.pitch).or_default() += 1;
            *self.durations.entry(note.duration.min(Vocabulary::MAX_TICKS)).or_default() += 1;
            *self.velocities.entry(note.velocity).or_default() += 1;
            *self.meters.entry(meter).or_default() += 1;
        }
        self.notes += piece.notes.len();
        self.drums |= piece.drums;
    }

    fn into_vocabulary(mut self) -> Option<Vocabulary> {
        if self.notes == 0 {
            return None;
        }
        let fewest = self.notes.div_ceil(RAREST);
        self.steps.insert(0, self.notes);
        let mut steps = frequent(&self.steps, fewest, Vocabulary::MAX_ENTRIES);
        if steps.len() < 2 {
            steps.push(TICKS_PER_QUARTER);
        }
        Some(Vocabulary {
            steps,
            pitches: frequent(&self.pitches, fewest, Vocabulary::MAX_ENTRIES),
            durations: frequent(&self.durations, fewest, Vocabulary::MAX_ENTRIES),
            velocities: velocity_bins(&self.velocities),
            meters: frequent(&self.meters, fewest, Vocabulary::MAX_ENTRIES),
            drums: self.drums,
        })
    }
}

/// The values that occur often enough, and at least the most frequent one, in ascending order.
fn frequent<T: Ord + Copy>(counts: &BTreeMap<T, usize>, fewest: usize, most: usize) -> Vec<T> {
    let mut by_count: Vec<(T, usize)> =
        counts.iter().map(|(&value, &count)| (value, count)).collect();
    by_count.sort_by_key(|&(value, count)| (std::cmp::Reverse(count), value));
    let keep = by_count.iter().take_while(|&&(_, count)| count >= fewest).count().clamp(1, most);
    let mut values: Vec<T> = by_count[..keep].iter().map(|&(value, _)| value).collect();
    values.sort_unstable();
    values
}

/// At most eight velocities: those that occur, or the means of eight groups of like size.
fn velocity_bins(counts: &BTreeMap<u8, usize>) -> Vec<u8> {
    if counts.len() <= Vocabulary::MAX_VELOCITIES {
        return counts.keys().copied().collect();
    }
    let notes: usize = counts.values().sum();
    let mut sums = [(0usize, 0usize); Vocabulary::MAX_VELOCITIES];
    let mut seen = 0;
    for (&velocity, &count) in counts {
        // The group of the middle note of this velocity: equal velocities stay together.
        let group = &mut sums[(seen + count / 2) * Vocabulary::MAX_VELOCITIES / notes];
        group.0 += usize::from(velocity) * count;
        group.1 += count;
        seen += count;
    }
    let mut bins: Vec<u8> = sums
        .iter()
        .filter(|&&(_, count)| count > 0)
        .map(|&(sum, count)| ((sum + count / 2) / count) as u8)
        .collect();
    bins.dedup();
    bins
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::piece::Note;

    fn piece(notes: impl IntoIterator<Item = (Tick, u8, Tick, u8)>) -> Piece {
        let note =
            |(onset, pitch, duration, velocity)| Note { onset, part: 0, pitch, duration, velocity };
        Piece { notes: notes.into_iter().map(note).collect(), ..Piece::default() }
    }

    #[test]
    fn no_notes_make_no_vocabulary() {
        assert_eq!(Vocabulary::learn(&[]), None);
        assert_eq!(Vocabulary::learn(&[Piece::default()]), None);
    }

    #[test]
    fn one_note_makes_a_valid_vocabulary() {
        let vocabulary = Vocabulary::learn(&[piece([(0, 60, 24, 80)])]).unwrap();
        vocabulary.validate().unwrap();
        assert_eq!(vocabulary.steps, [0, 24]);
    }

    #[test]
    fn rare_values_are_left_out() {
        let mut notes: Vec<_> = (0..30_000).map(|i| (i * 12, 60 + (i % 5) as u8, 12, 80)).collect();
        notes.push((30_000 * 12, 99, 7, 80));
        let vocabulary = Vocabulary::learn(&[piece(notes)]).unwrap();
        assert_eq!(vocabulary.pitches, [60, 61, 62, 63, 64]);
        assert_eq!(vocabulary.durations, [12]);
    }

    #[test]
    fn many_velocities_become_eight_bins() {
        let notes = (0..1000).map(|i| (i * 12, 60, 12, 1 + (i % 127) as u8));
        let vocabulary = Vocabulary::learn(&[piece(notes)]).unwrap();
        assert_eq!(vocabulary.velocities.len(), 8);
        vocabulary.validate().unwrap();
    }
}
