//! The random numbers of a training: one generator for each purpose.
//!
//! Each is a function of the seed and the purpose alone. A training can therefore go on from any batch
//! without the state of a generator.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What random numbers are drawn for.
#[derive(Clone, Copy, Debug)]
pub enum RandomPurpose {
    /// Which pieces are held out for validation.
    Split,
    /// The order of the pieces in an epoch.
    Order {
        /// The epoch.
        epoch: u32,
    },
    /// Dropout and hidden futures in a batch.
    Noise {
        /// The epoch.
        epoch: u32,
        /// The batch in it.
        batch: u32,
    },
}

/// The generator for a purpose in the training with a seed.
pub fn generator(seed: u64, purpose: RandomPurpose) -> ChaCha8Rng {
    let (number, epoch, batch) = match purpose {
        RandomPurpose::Split => (0u32, 0, 0),
        RandomPurpose::Order { epoch } => (1, epoch, 0),
        RandomPurpose::Noise { epoch, batch } => (2, epoch, batch),
    };
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    for (place, word) in key[8..].chunks_exact_mut(4).zip([number, epoch, batch]) {
        place.copy_from_slice(&word.to_le_bytes());
    }
    ChaCha8Rng::from_seed(key)
}

/// Puts a list into random order (Fisher and Yates).
pub fn shuffle<T>(list: &mut [T], generator: &mut ChaCha8Rng) {
    for last in (1..list.len()).rev() {
        // 64 bits leave no bias that could ever be noticed.
        let other = generator.next_u64() % (last as u64 + 1);
        list.swap(last, other as usize);
    }
}
