//! Scales: where the pitches of the white-key frame go, so that all that is heard lies in the scale.
//!
//! The frame's C goes to the key's root. A scale keeps the degrees of the frame: in a minor scale the
//! frame's E becomes E flat, in the Lydian its F becomes F sharp.

use jukebox_model::pitch_classes::PitchClasses;
use nice_plug::prelude::Enum;

/// A scale on the root of the key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
pub enum Scale {
    /// Every pitch as the record has it.
    #[default]
    #[id = "record"]
    #[name = "As learnt"]
    Record,
    /// All twelve.
    #[id = "chromatic"]
    Chromatic,
    /// The white keys.
    #[id = "major"]
    Major,
    /// Aeolian.
    #[id = "minor"]
    #[name = "Natural minor"]
    NaturalMinor,
    /// Minor with a major sixth.
    #[id = "dorian"]
    Dorian,
    /// Minor with a minor second.
    #[id = "phrygian"]
    Phrygian,
    /// Major with an augmented fourth.
    #[id = "lydian"]
    Lydian,
    /// Major with a minor seventh.
    #[id = "mixolydian"]
    Mixolydian,
    /// Minor with a minor second and a diminished fifth.
    #[id = "locrian"]
    Locrian,
    /// Minor with a major seventh.
    #[id = "harmonic-minor"]
    #[name = "Harmonic minor"]
    HarmonicMinor,
    /// Minor with a major sixth and seventh.
    #[id = "melodic-minor"]
    #[name = "Melodic minor"]
    MelodicMinor,
    /// Five notes of major.
    #[id = "major-pentatonic"]
    #[name = "Major pentatonic"]
    MajorPentatonic,
    /// Five notes of minor.
    #[id = "minor-pentatonic"]
    #[name = "Minor pentatonic"]
    MinorPentatonic,
    /// The minor pentatonic with the diminished fifth.
    #[id = "blues"]
    Blues,
}

/// What becomes of a note outside the scale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
pub enum Outside {
    /// It goes to the nearest note of the scale.
    #[default]
    #[id = "snap"]
    Snap,
    /// It is left out.
    #[id = "mute"]
    Mute,
    /// It stays as it is.
    #[id = "leave"]
    Leave,
}

impl Scale {
    /// Its pitch classes above the root.
    pub const fn pitch_classes(self) -> PitchClasses {
        match self {
            Self::Record | Self::Chromatic => PitchClasses::ALL,
            Self::Major => PitchClasses::WHITE_KEYS,
            Self::NaturalMinor => PitchClasses::of(&[0, 2, 3, 5, 7, 8, 10]),
            Self::Dorian => PitchClasses::of(&[0, 2, 3, 5, 7, 9, 10]),
            Self::Phrygian => PitchClasses::of(&[0, 1, 3, 5, 7, 8, 10]),
            Self::Lydian => PitchClasses::of(&[0, 2, 4, 6, 7, 9, 11]),
            Self::Mixolydian => PitchClasses::of(&[0, 2, 4, 5, 7, 9, 10]),
            Self::Locrian => PitchClasses::of(&[0, 1, 3, 5, 6, 8, 10]),
            Self::HarmonicMinor => PitchClasses::of(&[0, 2, 3, 5, 7, 8, 11]),
            Self::MelodicMinor => PitchClasses::of(&[0, 2, 3, 5, 7, 9, 11]),
            Self::MajorPentatonic => PitchClasses::of(&[0, 2, 4, 7, 9]),
            Self::MinorPentatonic => PitchClasses::of(&[0, 3, 5, 7, 10]),
            Self::Blues => PitchClasses::of(&[0, 3, 5, 6, 7, 10]),
        }
    }
}

/// Where the pitches of the white-key frame go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScaleMap {
    scale: PitchClasses,
    outside: Outside,
}

impl Default for ScaleMap {
    fn default() -> Self {
        Self::IDENTITY
    }
}

impl ScaleMap {
    /// Every pitch stays.
    pub const IDENTITY: Self = Self { scale: PitchClasses::ALL, outside: Outside::Snap };

    /// The map into a scale.
    pub fn new(scale: Scale, outside: Outside) -> Self {
        Self { scale: scale.pitch_classes(), outside }
    }

    /// Where a pitch of the frame goes; `None` where it is left out.
    pub fn apply(&self, pitch: u8) -> Option<i32> {
        let pitch = i32::from(pitch);
        if self.scale.contains(pitch) {
            return Some(pitch);
        }
        match self.outside {
            Outside::Snap => Some(pitch + way(self.scale, pitch)),
            Outside::Mute => None,
            Outside::Leave => Some(pitch),
        }
    }
}

/// Semitones to the nearest pitch class of a scale. Of two as near, the one that is not a white key
/// wins, so that the degree is kept and only altered; else the lower one.
fn way(scale: PitchClasses, pitch: i32) -> i32 {
    let found = |semitones: &i32| scale.contains(pitch + semitones);
    for distance in 1..=6 {
        match [-distance, distance].map(|semitones| Some(semitones).filter(found)) {
            [Some(down), Some(up)] => {
                let altered = |semitones| !PitchClasses::WHITE_KEYS.contains(pitch + semitones);
                return if altered(up) && !altered(down) { up } else { down };
            }
            [Some(only), None] | [None, Some(only)] => return only,
            [None, None] => {}
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the twelve pitch classes go.
    fn snapped(scale: Scale) -> [i32; 12] {
        let map = ScaleMap::new(scale, Outside::Snap);
        std::array::from_fn(|pitch_class| map.apply(60 + pitch_class as u8).unwrap() - 60)
    }

    #[test]
    fn every_scale_snaps_where_musicians_expect() {
        use Scale::*;
        let table = [
            (Record, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
            (Chromatic, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
            (Major, [0, 0, 2, 2, 4, 5, 5, 7, 7, 9, 9, 11]),
            (NaturalMinor, [0, 0, 2, 3, 3, 5, 5, 7, 8, 8, 10, 10]),
            (Dorian, [0, 0, 2, 3, 3, 5, 5, 7, 7, 9, 10, 10]),
            (Phrygian, [0, 1, 1, 3, 3, 5, 5, 7, 8, 8, 10, 10]),
            (Lydian, [0, 0, 2, 2, 4, 6, 6, 7, 7, 9, 9, 11]),
            (Mixolydian, [0, 0, 2, 2, 4, 5, 5, 7, 7, 9, 10, 10]),
            (Locrian, [0, 1, 1, 3, 3, 5, 6, 6, 8, 8, 10, 10]),
            (HarmonicMinor, [0, 0, 2, 3, 3, 5, 5, 7, 8, 8, 11, 11]),
            (MelodicMinor, [0, 0, 2, 3, 3, 5, 5, 7, 7, 9, 9, 11]),
            (MajorPentatonic, [0, 0, 2, 2, 4, 4, 7, 7, 7, 9, 9, 12]),
            (MinorPentatonic, [0, 0, 3, 3, 3, 5, 5, 7, 7, 10, 10, 10]),
            (Blues, [0, 0, 3, 3, 3, 5, 6, 7, 7, 10, 10, 10]),
        ];
        assert_eq!(table.len(), Scale::variants().len());
        for (scale, expected) in table {
            assert_eq!(snapped(scale), expected, "{scale:?}");
        }
    }

    #[test]
    fn the_seven_degrees_of_a_church_mode_stay_seven() {
        use Scale::*;
        for mode in [Major, NaturalMinor, Dorian, Phrygian, Lydian, Mixolydian, Locrian] {
            let degrees = [0, 2, 4, 5, 7, 9, 11].map(|white| snapped(mode)[white]);
            assert!(degrees.is_sorted_by(|a, b| a < b), "{mode:?}: {degrees:?}");
        }
    }

    #[test]
    fn notes_outside_are_muted_or_left() {
        for index in 0..Scale::variants().len() {
            let scale = Scale::from_index(index);
            let (mute, leave) =
                (ScaleMap::new(scale, Outside::Mute), ScaleMap::new(scale, Outside::Leave));
            for pitch in 0..128u8 {
                let inside = scale.pitch_classes().contains(i32::from(pitch));
                let itself = Some(i32::from(pitch));
                assert_eq!(mute.apply(pitch), itself.filter(|_| inside), "{scale:?} {pitch}");
                assert_eq!(leave.apply(pitch), itself, "{scale:?} {pitch}");
            }
        }
    }
}
