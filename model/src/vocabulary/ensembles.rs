//! Which parts play together in a bar, as entries.

use std::collections::BTreeMap;

use super::{Encoded, Vocabulary};
use crate::piece::{Note, Piece};

/// Some parts of a band of sixteen at most, a bit for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartSet(pub u16);

impl PartSet {
    /// No part.
    pub const NONE: Self = Self(0);
    /// All parts, those of larger bands too.
    pub const ALL: Self = Self(u16::MAX);
    /// Most parts that a set tells apart.
    pub const MOST: usize = 16;

    /// The parts of some notes.
    pub fn of<'n>(notes: impl IntoIterator<Item = &'n Note>) -> Self {
        notes.into_iter().fold(Self::NONE, |set, note| set.with(u16::from(note.part)))
    }

    /// Whether a part is one of them.
    pub fn has(self, part: u16) -> bool {
        self.0 >> part.min(15) & 1 == 1
    }

    /// These and another part.
    #[must_use]
    pub fn with(self, part: u16) -> Self {
        Self(self.0 | 1 << part.min(15))
    }

    /// These and others.
    #[must_use]
    pub fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Those that are not among others.
    #[must_use]
    pub fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// How many they are.
    pub fn count(self) -> u32 {
        self.0.count_ones()
    }
}

/// What the network knows of the parts that play in a bar, as a row of its tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Ensemble(u16);

impl Ensemble {
    /// It is not known who plays.
    pub const UNKNOWN: Self = Self(0);
    /// Rows before the first set's.
    const BEFORE: usize = 1;

    /// Its row.
    pub fn row(self) -> u16 {
        self.0
    }
}

impl Vocabulary {
    /// Most sets of parts that are told apart.
    const MOST_ENSEMBLES: usize = 64;
    /// A set is kept when at least one bar in so many has it.
    const RAREST_ENSEMBLE: usize = 500;

    /// Whether its parts can come and go by plan: two or more, and no more than a set tells apart.
    pub fn has_ensembles(&self) -> bool {
        self.has_parts() && self.parts.len() <= PartSet::MOST
    }

    /// The vocabulary with the sets of parts that play in enough of some bars.
    #[must_use]
    pub fn with_ensembles(self, bars: impl IntoIterator<Item = PartSet>) -> Self {
        if !self.has_ensembles() {
            return self;
        }
        let mut counts = BTreeMap::<PartSet, usize>::new();
        bars.into_iter().for_each(|it| *counts.entry(it).or_default() += 1);
        let all: usize = counts.values().sum();
        let mut often: Vec<(PartSet, usize)> =
            counts.into_iter().filter(|(_, count)| count * Self::RAREST_ENSEMBLE >= all).collect();
        often.sort_by_key(|&(set, count)| (std::cmp::Reverse(count), set));
        often.truncate(Self::MOST_ENSEMBLES);
        let mut ensembles: Vec<u16> = often.into_iter().map(|it| it.0.0).collect();
        ensembles.sort_unstable();
        Self { ensembles, ..self }
    }

    /// Number of rows that sets of parts have; none where the network reads none.
    pub(crate) fn ensemble_rows(&self) -> usize {
        match self.ensembles.len() {
            0 => 0,
            sets => Ensemble::BEFORE + sets,
        }
    }

    /// The entry of a set of parts, or of the one that differs from it by the fewest; unknown where the vocabulary
    /// has none.
    pub fn ensemble(&self, set: PartSet) -> Ensemble {
        let differing = |&at: &usize| (self.ensembles[at] ^ set.0).count_ones();
        let nearest = (0..self.ensembles.len()).min_by_key(differing);
        nearest.map_or(Ensemble::UNKNOWN, |at| Ensemble((Ensemble::BEFORE + at) as u16))
    }

    /// The sets of parts that play in a piece's bars, from the first one with a note to the last.
    pub fn bar_ensembles(piece: &Piece) -> Vec<PartSet> {
        let mut sets = Vec::new();
        let mut notes = piece.notes.as_slice();
        let Some(first) = notes.first() else { return sets };
        let mut bar = piece.meters.bar_at(first.onset);
        while !notes.is_empty() {
            let end = piece.meters.bar_end(bar);
            let (inside, after) = notes.split_at(notes.partition_point(|it| it.onset < end));
            sets.push(PartSet::of(inside));
            (notes, bar) = (after, piece.meters.bar_at(end));
        }
        sets
    }

    /// A piece's events with the parts that play in their bars.
    #[must_use]
    pub fn arranged(&self, encoded: Encoded, piece: &Piece) -> Encoded {
        let Some(first) = piece.notes.first().filter(|_| !self.ensembles.is_empty()) else {
            return encoded;
        };
        let first = piece.meters.bar_at(first.onset).number;
        let rows: Vec<Ensemble> =
            Self::bar_ensembles(piece).into_iter().map(|it| self.ensemble(it)).collect();
        let ensemble = |&onset: &u32| {
            let bar = piece.meters.bar_at(onset).number.saturating_sub(first);
            rows.get(bar as usize).copied().unwrap_or_default()
        };
        let ensembles = encoded.onsets.iter().map(ensemble).collect();
        Encoded { ensembles, ..encoded }
    }

    /// What stands in for each row of a set of parts in a vocabulary that this one extends.
    pub(super) fn ensemble_stand_ins(&self, known: &Self) -> Vec<usize> {
        let sets = self.ensembles.iter().map(|&it| known.ensemble(PartSet(it)));
        let rows = std::iter::once(Ensemble::UNKNOWN).chain(sets).map(|it| usize::from(it.0));
        rows.take(self.ensemble_rows()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::piece::Part;

    #[test]
    fn sets_know_their_parts() {
        let set = PartSet::NONE.with(0).with(3);
        assert!(set.has(0) && !set.has(1) && set.has(3));
        assert_eq!(
            (set.count(), set.without(PartSet(1)), set.and(PartSet(2)).0),
            (2, PartSet(8), 11)
        );
        assert!(PartSet::ALL.has(99));
    }

    #[test]
    fn events_know_who_plays_in_their_bars() {
        // A bar of both parts, one of silence, one of each part.
        let note = |(beat, part): (u32, u8)| Note {
            onset: 24 * beat,
            part,
            pitch: 60 + part,
            duration: 24,
            velocity: 80,
        };
        let notes = [(0, 0), (0, 1), (2, 1), (8, 0), (9, 0), (13, 1)].map(note);
        let parts = vec![Part::default(); 2];
        let piece = Piece { notes: notes.to_vec(), parts, ..Piece::default() };
        let sets = Vocabulary::bar_ensembles(&piece);
        assert_eq!(sets, [3, 0, 1, 2].map(PartSet));
        let vocabulary = Vocabulary::learn([&piece]).unwrap().with_ensembles(sets);
        assert_eq!(vocabulary.ensembles, [0, 1, 2, 3]);
        let encoded = vocabulary.arranged(vocabulary.encode(&piece).0, &piece);
        let rows: Vec<u16> = encoded.ensembles.iter().map(|it| it.row()).collect();
        assert_eq!(rows, [4, 4, 4, 2, 2, 3]);
        // A set that is not kept is the nearest one.
        let few = Vocabulary { ensembles: vec![1, 3], ..vocabulary.clone() };
        assert_eq!(few.ensemble(PartSet(2)).row(), 2);
        assert_eq!(vocabulary.ensemble_stand_ins(&few), [0, 1, 1, 2, 2]);
        assert_eq!(Vocabulary::default().ensemble(PartSet(3)), Ensemble::UNKNOWN);
    }
}
