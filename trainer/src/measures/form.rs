//! Form: how bars come back. Bars are alike where their onsets in the bar and their pitches are.

use std::collections::BTreeSet;

use jukebox_model::piece::{Piece, Tick};
use serde::Serialize;

use super::bars::{Bar, bars};

/// Distances, in bars, at which repetition is looked for.
pub const DISTANCES: [usize; 4] = [1, 2, 4, 8];
/// Bars that a piece needs.
const FEWEST_BARS: usize = 8;
/// Bars among which different ones are counted.
const COUNTED: usize = 16;
/// Bars going round in one or two for so long that a piece is stuck.
pub const STUCK: usize = 8;

/// The form of one piece.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Form {
    /// Share of the bars with notes that equal the bar 1, 2, 4, 8 before; `None` where there is none so far on.
    pub repeats: [Option<f64>; 4],
    /// Mean likeness of a bar to the bar 1, 2, 4, 8 before, 0 to 1 (Jaccard's index of its onsets and pitches).
    pub likeness: [Option<f64>; 4],
    /// Share of bars unlike every earlier one.
    pub new: f64,
    /// Longest run of bars that each equal the bar before, or the second before, in bars; 0 where none does.
    pub circle: usize,
    /// Share of different bars among the first 16.
    pub distinct: f64,
}

impl Form {
    /// Whether it goes round in one or two bars for eight or more.
    pub fn is_stuck(&self) -> bool {
        self.circle >= STUCK
    }
}

/// The form of a set of pieces: means over them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FormProfile {
    /// How many pieces have one.
    pub pieces: usize,
    /// As in [`Form`].
    pub repeats: [Option<f64>; 4],
    /// As in [`Form`].
    pub likeness: [Option<f64>; 4],
    /// As in [`Form`].
    pub new: f64,
    /// Share of the pieces that are stuck.
    pub stuck: f64,
    /// As in [`Form`], in bars.
    pub circle: f64,
    /// As in [`Form`].
    pub distinct: f64,
}

/// Measures a piece; `None` of fewer than eight bars.
pub fn measure(piece: &Piece) -> Option<Form> {
    measure_bars(piece, &bars(piece))
}

pub(super) fn measure_bars(piece: &Piece, bars: &[Bar<'_>]) -> Option<Form> {
    if bars.len() < FEWEST_BARS {
        return None;
    }
    type Key = BTreeSet<(Tick, bool, u8)>;
    let key = |bar: &Bar<'_>| -> Key {
        let notes = bar.notes.iter();
        notes.map(|it| (it.onset - bar.slot.start, piece.is_drum(it), it.pitch)).collect()
    };
    let keys: Vec<Key> = bars.iter().map(key).collect();
    let pairs = |distance: usize| keys[distance.min(keys.len())..].iter().zip(&keys);
    let new = |index: &usize| !keys[..*index].contains(&keys[*index]);
    let first = keys.len().min(COUNTED);
    Some(Form {
        repeats: DISTANCES.map(|distance| {
            let pairs = pairs(distance).filter(|(bar, _)| !bar.is_empty());
            mean(pairs.map(|(bar, before)| f64::from(u8::from(bar == before))))
        }),
        likeness: DISTANCES.map(|distance| {
            let pairs = pairs(distance).filter(|(a, b)| !(a.is_empty() && b.is_empty()));
            mean(pairs.map(|(a, b)| {
                let both = a.intersection(b).count();
                both as f64 / (a.len() + b.len() - both) as f64
            }))
        }),
        new: (0..keys.len()).filter(new).count() as f64 / keys.len() as f64,
        circle: [1, 2].map(|it| longest_round(&keys, it)).into_iter().max().unwrap_or(0),
        distinct: (0..first).filter(new).count() as f64 / first as f64,
    })
}

/// Bars of the longest run in which each equals the one a distance before.
fn longest_round<K: PartialEq>(bars: &[K], distance: usize) -> usize {
    let (mut longest, mut run) = (0, 0);
    for (bar, before) in bars[distance.min(bars.len())..].iter().zip(bars) {
        run = if bar == before { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    if longest == 0 { 0 } else { longest + distance }
}

/// The mean; `None` of nothing.
fn mean(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = numbers.fold((0.0, 0u32), |(sum, count), it| (sum + it, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

impl FormProfile {
    /// Of the forms of some pieces; `None` of none.
    pub fn of<'f>(forms: impl Iterator<Item = &'f Form> + Clone) -> Option<Self> {
        let over = |value: &dyn Fn(&Form) -> f64| mean(forms.clone().map(value));
        let each = |values: fn(&Form) -> [Option<f64>; 4]| {
            [0, 1, 2, 3].map(|index| mean(forms.clone().filter_map(|it| values(it)[index])))
        };
        Some(Self {
            pieces: forms.clone().count(),
            repeats: each(|it| it.repeats),
            likeness: each(|it| it.likeness),
            new: over(&|it| it.new)?,
            stuck: over(&|it| f64::from(u8::from(it.is_stuck())))?,
            circle: over(&|it| it.circle as f64)?,
            distinct: over(&|it| it.distinct)?,
        })
    }

    /// All that is a share, with its name for people.
    pub fn shares(&self) -> Vec<(String, Option<f64>)> {
        let at = |what: &str, values: [Option<f64>; 4]| {
            let name = |distance| format!("{what} bar {distance} before");
            DISTANCES.map(name).into_iter().zip(values).collect::<Vec<_>>()
        };
        let mut shares = at("equal to", self.repeats);
        shares.extend(at("like", self.likeness));
        shares.push(("new bars".to_owned(), Some(self.new)));
        shares.push(("different of 16".to_owned(), Some(self.distinct)));
        shares.push(("stuck pieces".to_owned(), Some(self.stuck)));
        shares
    }

    /// The mean difference of all shares, 0 to 1.
    pub fn distance(&self, other: &Self) -> f64 {
        let pairs = self.shares().into_iter().zip(other.shares());
        mean(pairs.filter_map(|((_, a), (_, b))| Some((a? - b?).abs()))).unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::piece;
    use super::*;

    /// A bar of four quarters for each letter: equal letters are equal bars.
    fn form(bars: &str) -> Form {
        let notes = bars.bytes().enumerate().flat_map(|(bar, letter)| {
            (0..4).map(move |beat| (96 * bar as Tick + 24 * beat, letter, 24, 80))
        });
        measure(&piece(notes)).expect("enough bars")
    }

    #[test]
    fn repetition_is_found_at_its_distance() {
        let form = form("ABCDABCDABCDABCD");
        assert_eq!(form.repeats, [Some(0.0), Some(0.0), Some(1.0), Some(1.0)]);
        assert_eq!((form.new, form.distinct, form.circle), (0.25, 0.25, 0));
        assert_eq!(self::form("AABBAABBAABB").repeats[0], Some(6.0 / 11.0));
    }

    #[test]
    fn likeness_counts_what_two_bars_share() {
        // Of two bars of two notes one note is the same: one of three.
        let notes = (0..8)
            .flat_map(|bar| [(96 * bar, 60, 24, 80), (96 * bar + 24, 62 + bar as u8, 24, 80)]);
        let form = measure(&piece(notes)).unwrap();
        assert!(form.likeness.iter().take(3).all(|it| (it.unwrap() - 1.0 / 3.0).abs() < 1e-12));
        assert_eq!((form.new, form.likeness[3]), (1.0, None));
    }

    #[test]
    fn who_goes_round_in_one_bar_or_two_for_eight_is_stuck() {
        assert!(form("ABCAAAAAAAA").is_stuck());
        assert!(form("CDABABABAB").is_stuck());
        assert!(!form("CDABABABEF").is_stuck());
        assert_eq!(form("CDABABABEF").circle, 6);
        assert!(!form("ABCABCABCABC").is_stuck(), "three bars are a phrase");
    }

    #[test]
    fn sets_are_as_far_apart_as_their_shares() {
        let profile = |bars: &[&str]| {
            let forms: Vec<Form> = bars.iter().map(|it| form(it)).collect();
            FormProfile::of(forms.iter()).unwrap()
        };
        let (mixed, round) = (profile(&["ABCDEFGHIJKLMNOP"]), profile(&["AAAAAAAAAAAAAAAA"]));
        assert_eq!(mixed.distance(&mixed), 0.0);
        // All but the share of new and of different bars (1 and 1/16) go from none to all.
        let expected = (9.0 + 2.0 * 15.0 / 16.0) / 11.0;
        assert!((mixed.distance(&round) - expected).abs() < 1e-12);
        assert!(FormProfile::of([].iter()).is_none());
        assert_eq!(profile(&["ABCDEFGHIJKLMNOP", "AAAAAAAAAAAAAAAA"]).stuck, 0.5);
    }
}
