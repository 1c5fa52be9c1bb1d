//! The chords that notes are played to, as entries.

use super::{Encoded, Vocabulary};
use crate::chord::Chord;
use crate::meter::{BarSlot, Meter};
use crate::piece::{Piece, Tick};

/// The chords of a bar: of its first half and of its second; `None` where there is none.
pub type BarChords = [Option<Chord>; 2];

/// What the network knows of the chord that a note is played to, as a row of its tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Harmony(u16);

impl Harmony {
    /// The chord is not known.
    pub const UNKNOWN: Self = Self(0);
    /// There is no chord.
    pub const NONE: Self = Self(1);
    /// Rows before the first chord's.
    const BEFORE: usize = 2;

    /// Its row.
    pub fn row(self) -> u16 {
        self.0
    }

    /// The harmony of a row, which a vocabulary has or not.
    pub(crate) fn at(row: u16) -> Self {
        Self(row)
    }
}

/// Whether the bars of a meter have two halves: of an even number of beats.
pub fn has_halves(meter: Meter) -> bool {
    let beats = meter.bar() / meter.beat();
    beats >= 2 && beats.is_multiple_of(2)
}

/// Which half of a bar a tick lies in: 0 or 1. A bar without halves is one.
pub fn half(bar: BarSlot, tick: Tick) -> usize {
    let passed = tick.saturating_sub(bar.start);
    usize::from(has_halves(bar.meter) && 2 * passed >= bar.meter.bar())
}

impl Vocabulary {
    /// Most chords that are told apart.
    const MOST_CHORDS: usize = 96;
    /// A chord is kept when at least one half bar in so many has it.
    const RAREST_CHORD: usize = 500;

    /// The vocabulary with the chords that occur often enough in some bars.
    #[must_use]
    pub fn with_chords<'a>(self, bars: impl IntoIterator<Item = &'a BarChords>) -> Self {
        let mut counts = std::collections::BTreeMap::<Chord, usize>::new();
        bars.into_iter().flatten().flatten().for_each(|it| *counts.entry(*it).or_default() += 1);
        let all: usize = counts.values().sum();
        let mut often: Vec<(Chord, usize)> =
            counts.into_iter().filter(|(_, count)| count * Self::RAREST_CHORD >= all).collect();
        often.sort_by_key(|&(chord, count)| (std::cmp::Reverse(count), chord));
        often.truncate(Self::MOST_CHORDS);
        let mut chords: Vec<Chord> = often.into_iter().map(|it| it.0).collect();
        chords.sort_unstable();
        Self { chords, ..self }
    }

    /// Number of rows that harmonies have; none without chords.
    pub fn harmonies(&self) -> usize {
        if self.chords.is_empty() { 0 } else { Harmony::BEFORE + self.chords.len() }
    }

    /// The harmony of a chord, of the one that is nearest to it, or of none: the same root first, then the most
    /// common notes. Unknown where the vocabulary has no chords.
    pub fn harmony(&self, chord: Option<Chord>) -> Harmony {
        if self.chords.is_empty() {
            return Harmony::UNKNOWN;
        }
        let Some(chord) = chord else { return Harmony::NONE };
        let place = self.chords.binary_search(&chord).unwrap_or_else(|_| {
            let common =
                |other: &Chord| (0..12).filter(|&it| chord.has(it) == other.has(it)).count();
            let fits = |&at: &usize| {
                let other = &self.chords[at];
                (common(other) + 2 * usize::from(other.root == chord.root), std::cmp::Reverse(at))
            };
            (0..self.chords.len()).max_by_key(fits).unwrap_or(0)
        });
        Harmony((Harmony::BEFORE + place) as u16)
    }

    /// The chord of a harmony, where it has one.
    pub fn chord(&self, harmony: Harmony) -> Option<Chord> {
        self.chords.get(usize::from(harmony.0).checked_sub(Harmony::BEFORE)?).copied()
    }

    /// A piece's events with the chords that they are played to, given for each of its bars from the first on.
    #[must_use]
    pub fn harmonised(&self, encoded: Encoded, piece: &Piece, bars: &[BarChords]) -> Encoded {
        if self.chords.is_empty() {
            return encoded;
        }
        let harmony = |&onset: &Tick| {
            let bar = piece.meters.bar_at(onset);
            let chord = bars.get(bar.number as usize).and_then(|it| it[half(bar, onset)]);
            self.harmony(chord)
        };
        let harmonies = encoded.onsets.iter().map(harmony).collect();
        Encoded { harmonies, ..encoded }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::MeterMap;

    fn chord(text: &str) -> Chord {
        text.parse().unwrap()
    }

    #[test]
    fn halves_are_those_of_even_bars() {
        let halves = |meter: &str| {
            let bar = MeterMap::new(meter.parse().unwrap()).bar(1);
            (0..4).map(|it| half(bar, bar.start + it * bar.meter.bar() / 4)).collect::<Vec<_>>()
        };
        assert_eq!(halves("4/4"), [0, 0, 1, 1]);
        assert_eq!(halves("6/8"), [0, 0, 1, 1]);
        assert_eq!(halves("3/4"), [0, 0, 0, 0]);
        assert_eq!(halves("1/4"), [0, 0, 0, 0]);
    }

    #[test]
    fn chords_are_found_again_and_strange_ones_move_to_the_nearest() {
        let bars = [[Some(chord("C")), Some(chord("Am"))], [Some(chord("G7")), None]];
        let vocabulary = Vocabulary::default().with_chords(&bars);
        assert_eq!(vocabulary.chords, ["C", "G7", "Am"].map(chord));
        for &chord in &vocabulary.chords {
            assert_eq!(vocabulary.chord(vocabulary.harmony(Some(chord))), Some(chord));
        }
        let nearest = |text: &str| vocabulary.chord(vocabulary.harmony(Some(chord(text)))).unwrap();
        assert_eq!([nearest("Am7"), nearest("Cmaj7"), nearest("G")], ["Am", "C", "G7"].map(chord));
        assert_eq!(vocabulary.harmony(None), Harmony::NONE);
        assert_eq!(Vocabulary::default().harmony(Some(chord("C"))), Harmony::UNKNOWN);
    }
}
