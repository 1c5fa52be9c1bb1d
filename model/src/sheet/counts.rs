//! Counts of symbols after contexts, from the shortest context to the longest.

use std::collections::HashMap;

/// Symbols that followed a context, with how often each did, in the order of their first time.
type Followers = Vec<(u16, u32)>;

/// Counts by context. A context is found by its place in the row of contexts and by what it holds.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    followers: HashMap<(u8, Vec<u16>), Followers>,
}

impl Counts {
    /// Counts a symbol after each of its contexts, the shortest first.
    pub fn add(&mut self, contexts: &[Vec<u16>], symbol: u16) {
        for (order, context) in (0..).zip(contexts) {
            let followers = self.followers.entry((order, context.clone())).or_default();
            match followers.iter_mut().find(|it| it.0 == symbol) {
                Some((_, count)) => *count += 1,
                None => followers.push((symbol, 1)),
            }
        }
    }

    /// The probability of each symbol after the contexts: each context mixes its counts with what the shorter
    /// ones say, which weighs as much as it has different followers (Witten and Bell 1991, method C). What
    /// never occurred has none; all are 0 where nothing was counted.
    pub fn probabilities(&self, contexts: &[Vec<u16>], symbols: usize) -> Vec<f32> {
        let mut odds = vec![0.0; symbols];
        for (order, context) in (0..).zip(contexts) {
            let Some(followers) = self.followers.get(&(order, context.clone())) else { continue };
            let count: u32 = followers.iter().map(|it| it.1).sum();
            // Nothing is shorter than the first.
            let shorter = if order == 0 { 0.0 } else { followers.len() as f32 };
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
        for (context, symbol) in [(0, 1), (0, 1), (0, 1), (1, 2)] {
            counts.add(&[vec![], vec![context]], symbol);
        }
        let after = counts.probabilities(&[vec![], vec![0]], 4);
        // 3 of 4 shares for what followed three times, one for the counts without a context.
        assert_eq!(after, [0.0, 0.75 + 0.25 * 0.75, 0.25 * 0.25, 0.0]);
        assert_eq!(counts.probabilities(&[vec![], vec![7]], 4), [0.0, 0.75, 0.25, 0.0]);
    }
}
