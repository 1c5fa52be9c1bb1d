//! Counts of symbols after contexts, from the shortest context to the longest.

use std::collections::HashMap;

/// Most that a context holds.
const WIDEST: usize = 10;

/// What symbols are counted after: a few numbers, in its place among the contexts of a symbol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Context {
    order: u8,
    numbers: [u16; WIDEST],
}

impl Context {
    /// Contexts of some numbers each, at most [`WIDEST`], the shortest first. All symbols have as many, and each
    /// of them always as many numbers.
    pub fn all<const N: usize>(contexts: [&[u16]; N]) -> [Self; N] {
        let mut order = 0;
        contexts.map(|numbers| {
            let mut context = Self { order, ..Self::default() };
            context.numbers[..numbers.len()].copy_from_slice(numbers);
            order += 1;
            context
        })
    }
}

/// Symbols that followed a context, with how often each did, in the order of their first time.
type Followers = Vec<(u16, u32)>;

/// Counts by context.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    followers: HashMap<Context, Followers>,
}

impl Counts {
    /// Counts a symbol after each of its contexts, the shortest first.
    pub fn add(&mut self, contexts: &[Context], symbol: u16) {
        for context in contexts {
            let followers = self.followers.entry(*context).or_default();
            match followers.iter_mut().find(|it| it.0 == symbol) {
                Some((_, count)) => *count += 1,
                None => {
                    // Most contexts have one follower.
                    followers.reserve_exact(1);
                    followers.push((symbol, 1));
                }
            }
        }
    }

    /// The probability of each symbol after the contexts: each context mixes its counts with what the shorter
    /// ones say, which weighs as much as it has different followers (Witten and Bell 1991, method C). What
    /// never occurred has none; all are 0 where nothing was counted.
    pub fn probabilities(&self, contexts: &[Context], symbols: usize) -> Vec<f32> {
        let mut odds = vec![0.0; symbols];
        for context in contexts {
            let Some(followers) = self.followers.get(context) else { continue };
            let count: u32 = followers.iter().map(|it| it.1).sum();
            // Nothing is shorter than the first.
            let shorter = if context.order == 0 { 0.0 } else { followers.len() as f32 };
            let all = count as f32 + shorter;
            odds.iter_mut().for_each(|it| *it *= shorter / all);
            for &(symbol, count) in followers {
                odds[usize::from(symbol)] += count as f32 / all;
            }
        }
        odds
    }
}

/// The symbol that a number in [0, 1) draws from probabilities; 0 where all are 0.
pub(super) fn draw(probabilities: &[f32], uniform: f32) -> u16 {
    let (mut left, mut last) = (uniform, 0);
    for (symbol, &share) in (0..).zip(probabilities).filter(|(_, share)| **share > 0.0) {
        left -= share;
        last = symbol;
        if left < 0.0 {
            break;
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longer_contexts_count_more_and_all_add_up() {
        let mut counts = Counts::default();
        let contexts = |context: u16| Context::all([&[], &[context]]);
        for (context, symbol) in [(0, 1), (0, 1), (0, 1), (1, 2)] {
            counts.add(&contexts(context), symbol);
        }
        let after = counts.probabilities(&contexts(0), 4);
        // 3 of 4 shares for what followed three times, one for the counts without a context.
        assert_eq!(after, [0.0, 0.75 + 0.25 * 0.75, 0.25 * 0.25, 0.0]);
        assert_eq!(counts.probabilities(&contexts(7), 4), [0.0, 0.75, 0.25, 0.0]);
    }

    #[test]
    fn numbers_draw_what_they_fall_on() {
        assert_eq!([0.0, 0.29, 0.31, 0.999].map(|it| draw(&[0.3, 0.0, 0.7], it)), [0, 0, 2, 2]);
        assert_eq!(draw(&[0.0, 0.0], 0.5), 0);
    }
}
