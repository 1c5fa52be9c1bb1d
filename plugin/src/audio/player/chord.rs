//! The chord that is held on the input: which keys are down, and the pitch classes that they make.

/// Some of the twelve pitch classes, a bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PitchClasses(u16);

impl PitchClasses {
    /// The key of one of these pitch classes that is nearest to a key, of two as near the lower
    /// one. The key itself where there are none.
    pub fn nearest(self, key: i32) -> i32 {
        let holds = |key: i32| self.0 >> key.rem_euclid(12) & 1 == 1;
        (0..=6)
            .flat_map(|distance| [key - distance, key + distance])
            .find(|&key| holds(key))
            .unwrap_or(key)
    }
}

impl FromIterator<u8> for PitchClasses {
    fn from_iter<I: IntoIterator<Item = u8>>(keys: I) -> Self {
        Self(keys.into_iter().fold(0, |bits, key| bits | 1 << (key % 12)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_goes_to_the_nearest_note_of_the_chord() {
        let major: PitchClasses = [48, 64, 79].into_iter().collect();
        let keys: Vec<i32> = (60..72).map(|key| major.nearest(key)).collect();
        // D lies between C and E, and goes down; A flat is nearer to G.
        assert_eq!(keys, [60, 60, 60, 64, 64, 64, 67, 67, 67, 67, 72, 72]);
        let one: PitchClasses = [1].into_iter().collect();
        let keys: Vec<i32> = (60..72).map(|key| one.nearest(key)).collect();
        assert_eq!(keys, [61, 61, 61, 61, 61, 61, 61, 61, 73, 73, 73, 73].map(|key| key));
    }

    #[test]
    fn no_chord_restricts_nothing() {
        assert!((-5..140).all(|key| PitchClasses::default().nearest(key) == key));
    }
}
