//! Chance that is the same on every machine.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What chance decides: each matter has dice of its own, so that a change in one leaves the others.
#[derive(Clone, Copy, Debug)]
pub enum Matter {
    Song = 1,
    Form,
    Progression,
    Substitution,
    Drums,
    Fills,
    Bass,
    Comping,
    Pad,
    Voicing,
    Lead,
    Performance,
}

/// Dice of ChaCha8 numbers.
pub struct Dice(ChaCha8Rng);

impl Dice {
    /// The dice of a song, for a matter and, within it, for a place such as a section's.
    pub fn new(seed: u64, matter: Matter, place: u64) -> Self {
        let mut key = [0; 32];
        for (bytes, number) in key.chunks_exact_mut(8).zip([seed, matter as u64, place, 0]) {
            bytes.copy_from_slice(&number.to_le_bytes());
        }
        Self(ChaCha8Rng::from_seed(key))
    }

    /// A number below another, which is not 0.
    pub fn below(&mut self, limit: usize) -> usize {
        // Of 64 bits the remainder is even enough for any list of ours.
        (self.0.next_u64() % limit as u64) as usize
    }

    /// Whether something comes to pass that does in so many of a hundred cases.
    pub fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent as usize
    }

    /// One of a list, which is not empty.
    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// A number from one to another, both included.
    pub fn between(&mut self, low: i32, high: i32) -> i32 {
        low + self.below((high - low).max(0) as usize + 1) as i32
    }

    /// A number from -most to most; small ones are likelier (the sum of two even ones).
    pub fn around(&mut self, most: i32) -> i32 {
        let half = |dice: &mut Self| dice.between(-most, most);
        (half(self) + half(self)) / 2
    }
}
