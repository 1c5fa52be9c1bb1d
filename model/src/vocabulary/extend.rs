//! A vocabulary that takes in another one, and what of the old stands for the new.

use super::events::nearest;
use super::parts::nearest_in;
use super::{Harmony, Vocabulary};

/// For every entry of an extended vocabulary, the place of the entry that comes nearest to it in the
/// one that it extends: for those that both have, of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandIns {
    /// Steps: only 0 stands in for 0.
    pub steps: Vec<usize>,
    /// Parts, which stay as they are; none where notes choose none.
    pub parts: Vec<usize>,
    /// Pitch entries: the same note in the nearest octave, where there is one.
    pub pitches: Vec<usize>,
    /// Durations.
    pub durations: Vec<usize>,
    /// Velocities.
    pub velocities: Vec<usize>,
    /// Rows of harmonies: of a chord the nearest one.
    pub harmonies: Vec<usize>,
    /// Rows of sets of parts: of a set the one that differs least.
    pub ensembles: Vec<usize>,
    /// Meters: one whose beats divide alike before one of like length.
    pub meters: Vec<usize>,
}

impl Vocabulary {
    /// This vocabulary with what another one has besides. No entry is lost; where a list becomes too
    /// long, the new entries that lie nearest to others stay out.
    pub fn extended(&self, other: &Self) -> Self {
        let mut meters = self.meters.clone();
        meters.extend(other.meters.iter().filter(|meter| !self.meters.contains(meter)));
        meters.truncate(Self::MAX_ENTRIES);
        meters.sort_unstable();
        Self {
            steps: union(&self.steps, &other.steps, Self::MAX_ENTRIES),
            pitches: union(&self.pitches, &other.pitches, Self::MAX_ENTRIES),
            durations: union(&self.durations, &other.durations, Self::MAX_ENTRIES),
            velocities: union(&self.velocities, &other.velocities, Self::MAX_VELOCITIES),
            meters,
            drums: self.drums,
            parts: self.parts.clone(),
            drum_keys: match self.drum_keys.is_empty() {
                true => Vec::new(),
                false => union(&self.drum_keys, &other.drum_keys, 128),
            },
            part_keys: self.extended_part_keys(other),
            chords: union_of(&self.chords, &other.chords),
            ensembles: union_of(&self.ensembles, &other.ensembles),
            lines: self.lines.iter().copied().filter(|it| other.lines.contains(it)).collect(),
        }
    }

    /// The keys of each part, and those that the same part of another vocabulary uses.
    fn extended_part_keys(&self, other: &Self) -> Vec<Vec<u8>> {
        let more = |part: usize| other.part_keys.get(part).map_or(&[][..], Vec::as_slice);
        let keys = self.part_keys.iter().enumerate();
        keys.map(|(part, keys)| union(keys, more(part), 128)).collect()
    }

    /// What stands in for the entries of this vocabulary in the one that it extends: what
    /// [`Vocabulary::encode`] rounds them to there.
    pub fn stand_ins(&self, known: &Self) -> StandIns {
        StandIns {
            steps: self.steps.iter().map(|&it| known.nearest_step(it, it == 0)).collect(),
            parts: if self.has_parts() { (0..self.parts.len()).collect() } else { Vec::new() },
            pitches: self.key_stand_ins(known),
            durations: self.durations.iter().map(|&it| nearest(&known.durations, it)).collect(),
            velocities: self.velocities.iter().map(|&it| nearest(&known.velocities, it)).collect(),
            meters: self.meters.iter().map(|&it| known.nearest_meter(it)).collect(),
            harmonies: self.harmony_stand_ins(known),
            ensembles: self.ensemble_stand_ins(known),
        }
    }
}

impl Vocabulary {
    /// What stands in for each pitch entry: of a drum key a drum key.
    fn key_stand_ins(&self, known: &Self) -> Vec<usize> {
        let pitched = self.pitches.iter().map(|&it| nearest_in(&known.pitches, it, known.drums));
        let drums = self.drum_keys.iter().map(|&it| nearest_in(&known.drum_keys, it, true));
        pitched.chain(drums.map(|it| known.pitches.len() + it)).collect()
    }
}

impl Vocabulary {
    /// What stands in for each row of a harmony.
    fn harmony_stand_ins(&self, known: &Self) -> Vec<usize> {
        let before = [Harmony::UNKNOWN, Harmony::NONE];
        let chords = self.chords.iter().map(|&it| known.harmony(Some(it)));
        let rows = before.into_iter().chain(chords).map(|it| usize::from(it.row()));
        rows.take(self.harmonies()).collect()
    }
}

/// All chords, or sets of parts, of two lists, sorted; a record that reads none goes on reading none.
fn union_of<T: Ord + Copy>(known: &[T], more: &[T]) -> Vec<T> {
    if known.is_empty() {
        return Vec::new();
    }
    let new = more.iter().filter(|it| !known.contains(it));
    let mut all: Vec<T> = known.iter().chain(new).copied().collect();
    all.truncate(Vocabulary::MAX_ENTRIES);
    all.sort_unstable();
    all
}

/// All that is in `known`, and of `more` as many as there is room for, those first that are farthest
/// from the others.
fn union<T: Ord + Copy + Into<u32>>(known: &[T], more: &[T], most: usize) -> Vec<T> {
    let mut all = known.to_vec();
    while all.len() < most {
        let distance = |value: &T| all[nearest(&all, *value)].into().abs_diff((*value).into());
        match more.iter().copied().max_by_key(distance) {
            Some(farthest) if distance(&farthest) > 0 => {
                all.insert(all.partition_point(|&it| it < farthest), farthest);
            }
            _ => break,
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary(steps: &[u32], pitches: &[u8], velocities: &[u8], meter: &str) -> Vocabulary {
        Vocabulary {
            steps: steps.to_vec(),
            pitches: pitches.to_vec(),
            durations: vec![12, 24],
            velocities: velocities.to_vec(),
            meters: vec![meter.parse().unwrap()],
            ..Vocabulary::default()
        }
    }

    #[test]
    fn nothing_known_is_lost_and_the_new_stands_in_its_place() {
        let known = vocabulary(&[0, 12, 24], &[60, 62, 64], &[80], "6/8");
        let other = vocabulary(&[0, 1, 12, 48], &[59, 62, 74], &[60, 80, 100], "4/4");
        let both = known.extended(&other);
        both.validate().unwrap();
        assert_eq!(both.steps, [0, 1, 12, 24, 48]);
        assert_eq!(both.pitches, [59, 60, 62, 64, 74]);
        assert_eq!(both.velocities, [60, 80, 100]);
        assert_eq!(both.meters.len(), 2);
        assert_eq!(both.extended(&other), both);
        assert_eq!(both.extended(&known), both);

        let stand_ins = both.stand_ins(&known);
        assert_eq!(stand_ins.steps, [0, 1, 1, 2, 2], "no sound between is no chord");
        assert_eq!(stand_ins.pitches, [0, 0, 1, 2, 1], "D an octave above is D");
        assert_eq!(stand_ins.durations, [0, 1]);
        assert_eq!(stand_ins.velocities, [0, 0, 0]);
        assert_eq!(stand_ins.meters, [0, 0]);
    }

    #[test]
    fn where_there_is_no_room_what_is_nearly_there_stays_out() {
        let known = vocabulary(&[0, 12], &[60], &[20, 40, 60, 80, 100], "4/4");
        let other = vocabulary(&[0, 12], &[60], &[21, 39, 50, 79, 90, 101, 120], "4/4");
        let both = known.extended(&other);
        both.validate().unwrap();
        assert_eq!(both.velocities, [20, 40, 50, 60, 80, 90, 100, 120]);
    }
}
