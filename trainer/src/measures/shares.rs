//! Measures that are shares of many kinds for each piece, such as places in the bar.

use std::collections::BTreeMap;

/// Shares that add up to 1, by kind; kinds that are missing have none.
#[derive(Clone, Debug, PartialEq)]
pub struct Shares<K>(pub BTreeMap<K, f64>);

impl<K: Ord + Copy> Shares<K> {
    /// How large a share of some things each kind is; nothing of nothing.
    pub fn of(things: impl Iterator<Item = K>) -> Self {
        let mut counts = BTreeMap::new();
        let mut all = 0.0;
        for kind in things {
            *counts.entry(kind).or_insert(0.0) += 1.0;
            all += 1.0;
        }
        counts.values_mut().for_each(|it| *it /= all);
        Self(counts)
    }

    /// The mean of pieces' shares; `None` where no piece has any.
    pub fn mean<'s>(set: impl Iterator<Item = &'s Self>) -> Option<Self>
    where
        K: 's,
    {
        let (mut sum, mut pieces) = (BTreeMap::new(), 0.0);
        for shares in set.filter(|it| !it.0.is_empty()) {
            shares.0.iter().for_each(|(&kind, share)| *sum.entry(kind).or_insert(0.0) += share);
            pieces += 1.0;
        }
        sum.values_mut().for_each(|it| *it /= pieces);
        (!sum.is_empty()).then_some(Self(sum))
    }

    /// Their entropy in bits: 0 where there is one kind.
    pub fn entropy(&self) -> f64 {
        -self.0.values().map(|share| share * share.log2()).sum::<f64>()
    }
}

/// The share in which two lists of shares differ, 0 to 1: half the sum of their differences.
pub fn total_variation<K: Ord>(a: &Shares<K>, b: &Shares<K>) -> f64 {
    let of = |shares: &Shares<K>, kind: &K| shares.0.get(kind).copied().unwrap_or(0.0);
    let here = a.0.iter().map(|(kind, share)| (share - of(b, kind)).abs());
    let there = b.0.iter().filter(|(kind, _)| !a.0.contains_key(kind)).map(|(_, share)| *share);
    0.5 * here.chain(there).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_differ_from_not_at_all_to_wholly() {
        let shares = |text: &str| Shares::of(text.bytes());
        let (half, other) = (shares("aabb"), shares("bcbc"));
        assert_eq!(total_variation(&half, &half), 0.0);
        assert_eq!(total_variation(&half, &other), 0.5);
        assert_eq!(total_variation(&half, &shares("wxyz")), 1.0);
        assert_eq!((half.entropy(), shares("aaa").entropy()), (1.0, 0.0));
        let mean = Shares::mean([&half, &shares("aa"), &shares("")].into_iter()).unwrap();
        assert_eq!(mean.0[&b'a'], 0.75);
        assert!(Shares::<u8>::mean([].into_iter()).is_none());
    }
}
