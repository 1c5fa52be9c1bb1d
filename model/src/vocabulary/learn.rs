//! Which steps, pitches, durations and velocities a vocabulary keeps.

use std::collections::{BTreeMap, BTreeSet};

use super::Vocabulary;
use super::events::steps;
use crate::meter::Meter;
use crate::piece::{Part, Piece, TICKS_PER_QUARTER, Tick};

/// A value is kept when at least one note in so many has it.
const RAREST: usize = 10_000;

impl Vocabulary {
    /// The vocabulary of a collection, or `None` where the pieces hold no note. The pieces are taken
    /// as they are: bring them to the white keys first (see [`crate::key::white_key_shift`]), and let all have
    /// the same parts, or none.
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
    parts: Vec<Part>,
    /// How often each part plays each key.
    part_keys: Vec<BTreeMap<u8, usize>>,
    /// Notes of each part, and those that begin while another one of it sounds.
    overlaps: Vec<(usize, usize)>,
}

/// A part is a line where at most one note in so many begins while another one of it sounds.
const LINE: usize = 50;

/// A key for a part that no piece plays: middle C, or the bass drum.
const UNPLAYED: [u8; 2] = [60, 36];

impl Counts {
    fn add(&mut self, piece: &Piece) {
        if self.parts.is_empty() {
            self.parts.clone_from(&piece.parts);
            self.parts.truncate(Vocabulary::MAX_PARTS);
        }
        self.part_keys.resize_with(self.parts.len(), BTreeMap::new);
        for (note, step) in piece.notes.iter().zip(steps(piece)) {
            let meter = piece.meters.bar_at(note.onset).meter;
            *self.steps.entry(step).or_default() += 1;
            *self.pitches.entry(note.pitch).or_default() += 1;
            *self.durations.entry(note.duration.min(Vocabulary::MAX_TICKS)).or_default() += 1;
            *self.velocities.entry(note.velocity).or_default() += 1;
            *self.meters.entry(meter).or_default() += 1;
            if let Some(last) = self.part_keys.len().checked_sub(1) {
                let keys = &mut self.part_keys[usize::from(note.part).min(last)];
                *keys.entry(note.pitch).or_default() += 1;
            }
        }
        self.notes += piece.notes.len();
        self.drums |= piece.drums;
        let parts = if self.parts.len() > 1 { self.parts.len() } else { 1 };
        self.overlaps.resize(parts, (0, 0));
        let mut ends = vec![0; parts];
        for note in &piece.notes {
            let part = usize::from(note.part).min(parts - 1);
            let (notes, overlaps) = &mut self.overlaps[part];
            *notes += 1;
            *overlaps += usize::from(note.onset < ends[part]);
            ends[part] = ends[part].max(note.end());
        }
    }

    /// The parts that play one note at a time.
    fn lines(&self) -> Vec<u8> {
        let parts = (0..).zip(&self.overlaps);
        let drums = |part: u8| self.parts.get(usize::from(part)).map_or(self.drums, |it| it.drums);
        let lines = parts.filter(|(part, (notes, overlaps))| {
            !drums(*part) && *notes > 0 && overlaps * LINE <= *notes
        });
        lines.map(|(part, _)| part).collect()
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
        let mut vocabulary = Vocabulary {
            steps,
            pitches: frequent(&self.pitches, fewest, Vocabulary::MAX_ENTRIES),
            durations: frequent(&self.durations, fewest, Vocabulary::MAX_ENTRIES),
            velocities: velocity_bins(&self.velocities),
            meters: frequent(&self.meters, fewest, Vocabulary::MAX_ENTRIES),
            drums: self.drums,
            lines: self.lines(),
            parts: self.parts,
            ..Vocabulary::default()
        };
        if vocabulary.has_parts() {
            vocabulary.set_part_keys(&self.part_keys, fewest);
        }
        Some(vocabulary)
    }
}

impl Vocabulary {
    /// Takes over the keys that each part uses, and makes the lists of all pitched keys and all drum keys of
    /// them.
    fn set_part_keys(&mut self, counts: &[BTreeMap<u8, usize>], fewest: usize) {
        let used = self.parts.iter().zip(counts).map(|(part, counts)| match counts.is_empty() {
            true => vec![UNPLAYED[usize::from(part.drums)]],
            false => frequent(counts, fewest, Self::MAX_ENTRIES),
        });
        self.part_keys = used.collect();
        let all = |drums: bool| -> Vec<u8> {
            let parts = self.parts.iter().zip(&self.part_keys).filter(|(it, _)| it.drums == drums);
            parts
                .flat_map(|(_, keys)| keys.iter().copied())
                .collect::<BTreeSet<u8>>()
                .into_iter()
                .collect()
        };
        (self.pitches, self.drum_keys) = (all(false), all(true));
        self.drums = self.pitches.is_empty();
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
    fn parts_have_keys_of_their_own() {
        let note = |(onset, part, pitch)| Note { onset, part, pitch, duration: 12, velocity: 80 };
        let notes = [(0, 0, 60), (0, 1, 36), (0, 1, 42), (12, 0, 36), (24, 0, 62), (24, 1, 42)];
        let part = |drums| Part { drums, ..Part::default() };
        let parts = vec![part(false), part(true), part(true)];
        let piece = Piece { notes: notes.map(note).to_vec(), parts, ..Piece::default() };
        let vocabulary = Vocabulary::learn([&piece]).unwrap();
        vocabulary.validate().unwrap();
        assert_eq!(
            (&vocabulary.pitches[..], &vocabulary.drum_keys[..]),
            (&[36, 60, 62][..], &[36, 42][..])
        );
        assert_eq!(vocabulary.part_keys, [vec![36, 60, 62], vec![36, 42], vec![36]]);
        let events = vocabulary.encode(&piece).0.events;
        let fields: Vec<_> = events.iter().map(|it| (it.step, it.part, it.pitch)).collect();
        assert_eq!(fields, [(0, 0, 1), (0, 1, 3), (0, 1, 4), (1, 0, 0), (1, 0, 2), (0, 1, 4)]);
    }

    #[test]
    fn parts_that_play_one_note_at_a_time_are_lines() {
        let note = |onset, part, pitch| Note { onset, part, pitch, duration: 12, velocity: 80 };
        let line = (0..60).map(|i| note(12 * i, 0, 60 + (i % 5) as u8));
        let chords = (0..60).flat_map(|i| [note(12 * i, 1, 48), note(12 * i, 1, 52)]);
        let kit = (0..60).map(|i| note(12 * i, 2, 36));
        let part = |drums| Part { drums, ..Part::default() };
        let parts = vec![part(false), part(false), part(true)];
        let mut notes: Vec<Note> = line.chain(chords).chain(kit).collect();
        crate::piece::tidy(&mut notes);
        let piece = Piece { notes, parts, ..Piece::default() };
        assert_eq!(Vocabulary::learn([&piece]).unwrap().lines, [0], "drums are none");
        // A slip in sixty notes is one, three are none.
        for (slips, lines) in [(1, vec![0]), (3, vec![])] {
            let mut piece = piece.clone().merged();
            piece.parts.clear();
            piece.notes = (0..60).map(|i| note(12 * i, 0, 60 + (i % 5) as u8)).collect();
            piece.notes[..slips].iter_mut().for_each(|it| it.duration = 13);
            assert_eq!(Vocabulary::learn([&piece]).unwrap().lines, lines, "{slips} slips");
        }
    }

    #[test]
    fn one_part_is_as_none() {
        let alone = Piece { parts: vec![Part::default()], ..piece([(0, 60, 24, 80)]) };
        let vocabulary = Vocabulary::learn([&alone]).unwrap();
        vocabulary.validate().unwrap();
        assert!(!vocabulary.has_parts() && vocabulary.pitches == [60]);
    }

    #[test]
    fn many_velocities_become_eight_bins() {
        let notes = (0..1000).map(|i| (i * 12, 60, 12, 1 + (i % 127) as u8));
        let vocabulary = Vocabulary::learn(&[piece(notes)]).unwrap();
        assert_eq!(vocabulary.velocities.len(), 8);
        vocabulary.validate().unwrap();
    }
}
