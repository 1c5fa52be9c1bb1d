//! Which parts play in a bar, and how a collection's bars have them come and go.

use super::chords::source;
use super::counts::{Context, Counts, draw};
use super::form::Origin;
use crate::vocabulary::PartSet;

/// Counts of the parts that play in bars.
#[derive(Clone, Debug, Default)]
pub(super) struct ArrangementCounts {
    counts: Counts,
    /// The sets that occur, in the order of their first time: what is counted is their places here.
    sets: Vec<u16>,
}

impl ArrangementCounts {
    /// Counts a piece's bars, whose origins are `symbols`.
    pub fn add(&mut self, symbols: &[u16], sets: &[u16]) {
        // After its end a piece begins anew: nothing that only ends may go on without end.
        let again = sets.first().map(|first| (sets.len(), (&0, first)));
        let bars = symbols.iter().zip(sets).enumerate();
        for (bar, (&symbol, &set)) in bars.chain(again) {
            let place = self.sets.iter().position(|&it| it == set).unwrap_or(self.sets.len());
            if place == self.sets.len() {
                self.sets.push(set);
            }
            self.counts.add(&contexts(&sets[..bar], symbol), place as u16);
        }
    }

    /// What the parts of a piece's bars cost in nats; those of bars that come back exactly are known.
    pub fn nats(&self, symbols: &[u16], sets: &[u16]) -> f64 {
        let cost = |(bar, (&symbol, &set)): (usize, (&u16, &u16))| {
            if Origin::of_symbol(symbol).is_exact() {
                return 0.0;
            }
            if self.sets.is_empty() {
                return 0.0;
            }
            let odds = self.counts.probabilities(&contexts(&sets[..bar], symbol), self.sets.len());
            let place = self.sets.iter().position(|&it| it == set);
            let p = place.map_or(0.0, |it| odds[it]);
            -f64::from((0.999 * p + 0.001 / odds.len().max(1) as f32).ln())
        };
        symbols.iter().zip(sets).enumerate().map(cost).sum()
    }

    /// Draws the parts of the next bar; all where nothing was counted.
    pub fn draw(&self, before: &[u16], symbol: u16, uniform: f32) -> u16 {
        if self.sets.is_empty() {
            return PartSet::ALL.0;
        }
        let same = source(before, symbol).filter(|_| Origin::of_symbol(symbol).is_exact());
        same.unwrap_or_else(|| {
            let odds = self.counts.probabilities(&contexts(before, symbol), self.sets.len());
            self.sets[usize::from(draw(&odds, uniform))]
        })
    }
}

/// The contexts of a bar's parts, the shortest first: what played last, for how many bars, the place in the phrase,
/// what plays in the bar that it comes from, and who was heard so far.
fn contexts(before: &[u16], symbol: u16) -> [Context; 7] {
    let bar = before.len() as u16;
    let mut back = before.iter().rev().copied();
    let [last, last_but_one] = std::array::from_fn(|_| back.next().unwrap_or(0));
    let run = before.iter().rev().take(16).take_while(|it| **it == last).count() as u16;
    let heard = before.iter().fold(0, |all, set| all | set);
    let kind = match Origin::of_symbol(symbol) {
        Origin::New => 0,
        Origin::Like { resemblance, .. } => 1 + resemblance as u16,
    };
    let other = source(before, symbol).unwrap_or(0);
    Context::all([
        &[],
        &[last],
        &[last, bar % 4],
        &[last, run],
        &[last, run, kind, other],
        &[last, run, kind, other, bar % 4, heard],
        &[last, run, kind, other, bar % 8, heard, last_but_one],
    ])
}

#[cfg(test)]
mod tests {
    use super::super::Resemblance;
    use super::*;

    #[test]
    fn parts_come_and_go_as_they_were_learnt() {
        // Drums alone, then bass, then all; after four bars a break.
        let song = [1, 1, 3, 7, 1, 3, 7, 7];
        let symbols = [0; 8];
        let mut counts = ArrangementCounts::default();
        (0..50).for_each(|_| counts.add(&symbols, &song));
        for bar in 0..song.len() {
            let drawn = [0.1, 0.5, 0.9].map(|it| counts.draw(&song[..bar], 0, it));
            assert!(drawn.iter().filter(|it| **it == song[bar]).count() >= 2, "{bar}: {drawn:?}");
        }
        let exact = Origin::Like { back: 2, resemblance: Resemblance::Exact }.symbol();
        assert_eq!(counts.draw(&[7, 1], exact, 0.9), 7);
        assert_eq!(ArrangementCounts::default().draw(&[], 0, 0.5), PartSet::ALL.0);
    }
}
