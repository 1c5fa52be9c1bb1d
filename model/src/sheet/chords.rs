//! How chords follow one another: counts after the chords before, the place in the phrase and the chord of the
//! bar that comes back.

use super::counts::{Context, Counts, draw};
use super::form::Origin;

/// Counts of the chords of half bars, as rows of a vocabulary's harmonies.
#[derive(Clone, Debug, Default)]
pub(super) struct ChordCounts {
    counts: Counts,
    /// Rows that occur, and one more.
    symbols: usize,
}

/// Stands for what lies before the first bar, and for the chord of no bar.
const NOTHING: u16 = 0;

impl ChordCounts {
    /// Counts the chords of a piece's bars, whose origins are `symbols`.
    pub fn add(&mut self, symbols: &[u16], chords: &[[u16; 2]]) {
        for (bar, (&symbol, halves)) in symbols.iter().zip(chords).enumerate() {
            for (half, &chord) in halves.iter().enumerate() {
                let contexts = contexts(&chords[..bar], &halves[..half], symbol);
                self.counts.add(&contexts, chord);
                self.symbols = self.symbols.max(usize::from(chord) + 1);
            }
        }
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.symbols == 0
    }

    /// Draws the chords of the next bar. A bar that comes back exactly has those of the other.
    pub fn draw(
        &self,
        before: &[[u16; 2]],
        symbol: u16,
        mut uniform: impl FnMut() -> f32,
    ) -> [u16; 2] {
        if self.is_empty() {
            return [NOTHING; 2];
        }
        if let Some(source) = source(before, symbol).filter(|_| is_exact(symbol)) {
            return source;
        }
        let mut halves = [NOTHING; 2];
        for half in 0..2 {
            let contexts = contexts(before, &halves[..half], symbol);
            halves[half] = draw(&self.counts.probabilities(&contexts, self.symbols), uniform());
        }
        halves
    }

    /// What the chords of bars cost in nats; those that come back exactly are known.
    pub fn nats(&self, symbols: &[u16], chords: &[[u16; 2]]) -> f64 {
        let mut sum = 0.0;
        for (bar, (&symbol, halves)) in symbols.iter().zip(chords).enumerate() {
            if is_exact(symbol) {
                continue;
            }
            for (half, &chord) in halves.iter().enumerate() {
                let contexts = contexts(&chords[..bar], &halves[..half], symbol);
                let odds = self.counts.probabilities(&contexts, self.symbols.max(1));
                let p = odds.get(usize::from(chord)).copied().unwrap_or(0.0);
                sum -= f64::from((0.999 * p + 0.001 / odds.len() as f32).ln());
            }
        }
        sum
    }
}

fn is_exact(symbol: u16) -> bool {
    Origin::of_symbol(symbol).is_exact()
}

/// What the bar has that a bar of an origin comes from.
pub(super) fn source<T: Copy>(before: &[T], symbol: u16) -> Option<T> {
    match Origin::of_symbol(symbol) {
        Origin::Like { back, .. } => {
            before.len().checked_sub(back as usize).and_then(|at| before.get(at)).copied()
        }
        Origin::New => None,
    }
}

/// The contexts of a half bar's chord, the shortest first; `halves` are those of its bar before it.
fn contexts(before: &[[u16; 2]], halves: &[u16], symbol: u16) -> [Context; 7] {
    let (bar, half) = (before.len() as u16, halves.len() as u16);
    let mut back = halves.iter().rev().chain(before.iter().rev().flat_map(|it| it.iter().rev()));
    let [a, b, c, d] = std::array::from_fn(|_| back.next().copied().unwrap_or(NOTHING));
    let kind = match Origin::of_symbol(symbol) {
        Origin::New => 0,
        Origin::Like { resemblance, .. } => 1 + resemblance as u16,
    };
    let other = source(before, symbol).map_or(NOTHING, |it| it[usize::from(half)]);
    Context::all([
        &[],
        &[half],
        &[half, a],
        &[half, kind, other],
        &[half, bar % 4, a, b],
        &[half, kind, other, a],
        &[half, bar % 4, kind, other, a, b, c, d],
    ])
}

#[cfg(test)]
mod tests {
    use super::super::Resemblance;
    use super::*;

    fn like(back: u32, resemblance: Resemblance) -> u16 {
        Origin::Like { back, resemblance }.symbol()
    }

    #[test]
    fn progressions_that_were_learnt_are_likely_and_come_back() {
        // Am F C G, a chord a bar, twice: the second time the bars are alike.
        let chords: Vec<[u16; 2]> = [2, 3, 4, 5, 2, 3, 4, 5].map(|it| [it; 2]).to_vec();
        let close = like(4, Resemblance::Close);
        let symbols = [0, 0, 0, 0, close, close, close, close];
        let mut counts = ChordCounts::default();
        (0..6).for_each(|_| counts.add(&symbols, &chords));
        assert!(counts.nats(&symbols, &chords) < 6.0, "{}", counts.nats(&symbols, &chords));
        let shuffled: Vec<[u16; 2]> = [4, 2, 5, 3, 3, 2, 5, 4].map(|it| [it; 2]).to_vec();
        assert!(counts.nats(&symbols, &shuffled) > 20.0);
        let exact = like(2, Resemblance::Exact);
        assert_eq!(counts.draw(&[[3, 4], [5, 5]], exact, || 0.0), [3, 4]);
        assert_eq!(counts.draw(&chords[..5], close, || 0.5), [3, 3]);
        assert_eq!(ChordCounts::default().draw(&[], 0, || 0.5), [0, 0]);
    }
}
