//! The performance settings: how notes are played. They act at once.

use nice_plug::prelude::*;

/// A root of the key that is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum Root {
    /// C, the white keys: as the record was learnt.
    #[id = "c"]
    C,
    /// D flat.
    #[id = "db"]
    Db,
    /// D.
    #[id = "d"]
    D,
    /// E flat.
    #[id = "eb"]
    Eb,
    /// E.
    #[id = "e"]
    E,
    /// F.
    #[id = "f"]
    F,
    /// F sharp.
    #[id = "f#"]
    #[name = "F#"]
    FSharp,
    /// G.
    #[id = "g"]
    G,
    /// A flat.
    #[id = "ab"]
    Ab,
    /// A.
    #[id = "a"]
    A,
    /// B flat.
    #[id = "bb"]
    Bb,
    /// B.
    #[id = "b"]
    B,
}

impl Root {
    /// Semitones from the white keys, -6 to 5.
    fn shift(self) -> i32 {
        (self.to_index() as i32 + 6).rem_euclid(12) - 6
    }
}

/// How notes are played.
#[derive(Params)]
pub struct PerformanceParams {
    /// The key that is heard.
    #[id = "key"]
    pub key: EnumParam<Root>,
    /// Octaves up or down.
    #[id = "octave"]
    pub octave: IntParam,
}

impl Default for PerformanceParams {
    fn default() -> Self {
        Self {
            key: EnumParam::new("Key", Root::C),
            octave: IntParam::new("Octave", 0, IntRange::Linear { min: -3, max: 3 }),
        }
    }
}

impl PerformanceParams {
    /// Semitones from the white keys to what is heard.
    pub(super) fn shift(&self) -> i32 {
        self.key.value().shift() + 12 * self.octave.value()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_nearest_way_from_the_white_keys() {
        let shifts: Vec<i32> = (0..12).map(|index| Root::from_index(index).shift()).collect();
        assert_eq!(shifts, [0, 1, 2, 3, 4, 5, -6, -5, -4, -3, -2, -1]);
    }

    #[test]
    fn keys_are_spelled_as_everywhere_else() {
        assert_eq!(Root::variants(), jukebox_model::key::PITCH_CLASSES);
    }
}
