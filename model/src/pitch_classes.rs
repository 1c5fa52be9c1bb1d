//! Sets of the twelve pitch classes: chords, scales, the white keys.

/// Some of the twelve pitch classes, a bit each, that of C the lowest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PitchClasses(u16);

impl PitchClasses {
    /// All twelve.
    pub const ALL: Self = Self(0xfff);
    /// The white keys.
    pub const WHITE_KEYS: Self = Self::of(&[0, 2, 4, 5, 7, 9, 11]);

    /// The pitch classes in a list, 0 being C.
    ///
    /// # Panics
    /// Where one is more than 15.
    pub const fn of(list: &[u8]) -> Self {
        let (mut bits, mut index) = (0, 0);
        while index < list.len() {
            bits |= 1 << list[index];
            index += 1;
        }
        Self(bits)
    }

    /// Whether a key has one of these pitch classes.
    pub const fn contains(self, key: i32) -> bool {
        self.0 >> key.rem_euclid(12) & 1 == 1
    }

    /// The key of one of these pitch classes that is nearest to a key, of two as near the lower
    /// one. The key itself where there are none.
    pub fn nearest(self, key: i32) -> i32 {
        (0..=6)
            .flat_map(|distance| [key - distance, key + distance])
            .find(|&key| self.contains(key))
            .unwrap_or(key)
    }
}

impl FromIterator<u8> for PitchClasses {
    /// Those of some keys.
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
        assert_eq!(keys, [61, 61, 61, 61, 61, 61, 61, 61, 73, 73, 73, 73]);
    }

    #[test]
    fn no_chord_restricts_nothing() {
        assert!((-5..140).all(|key| PitchClasses::default().nearest(key) == key));
    }

    #[test]
    fn an_octave_has_seven_white_keys() {
        let white: Vec<u8> =
            (60..72).filter(|&key| PitchClasses::WHITE_KEYS.contains(key.into())).collect();
        assert_eq!(white, [60, 62, 64, 65, 67, 69, 71]);
        assert!(PitchClasses::WHITE_KEYS.contains(-1) && !PitchClasses::WHITE_KEYS.contains(-2));
        assert!((0..128).all(|key| PitchClasses::ALL.contains(key)));
    }
}
