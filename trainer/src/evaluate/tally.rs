//! Sums of what choices cost.

use jukebox_model::network::Head;

/// Nats and hits of each head, in the order of [`Head::ALL`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    /// Sum of -ln P(chosen).
    pub nats: [f64; Head::COUNT],
    /// Choices that were the likeliest entry.
    pub hits: [usize; Head::COUNT],
}

impl Tally {
    /// Counts a choice by the probability of each entry.
    pub fn count(&mut self, head: Head, probabilities: &[f32], chosen: usize) {
        let probability = probabilities[chosen];
        // A probability that 32 bits cannot hold costs 87 nats, not an infinity of them.
        let held = f64::from(probability.max(f32::MIN_POSITIVE));
        self.nats[head as usize] -= held.ln();
        self.hits[head as usize] += usize::from(likeliest(probabilities) == chosen);
    }

    /// Nats of all heads.
    pub fn total(&self) -> f64 {
        self.nats.iter().sum()
    }
}

/// The first of the likeliest entries.
fn likeliest(probabilities: &[f32]) -> usize {
    let mut best = 0;
    for (entry, probability) in probabilities.iter().enumerate() {
        if *probability > probabilities[best] {
            best = entry;
        }
    }
    best
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        for head in 0..Head::COUNT {
            self.nats[head] += other.nats[head];
            self.hits[head] += other.hits[head];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_costs_the_logarithm_of_its_odds() {
        let mut tally = Tally::default();
        tally.count(Head::Pitch, &[0.25, 0.75], 0);
        tally.count(Head::Pitch, &[0.25, 0.75], 1);
        assert!((tally.total() - (16.0f64 / 3.0).ln()).abs() < 1e-6);
        assert_eq!(tally.hits, [0, 0, 1, 0, 0]);
    }
}
