//! Keys, and the white-key frame in which the network thinks.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::piece::Note;
use crate::pitch_classes::PitchClasses;

/// Names of the pitch classes from C up, as they are usually spelled.
pub const PITCH_CLASSES: [&str; 12] =
    ["C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"];

/// A pitch's name with its octave: 60 is C4, middle C.
pub fn pitch_name(pitch: u8) -> String {
    format!("{}{}", PITCH_CLASSES[usize::from(pitch % 12)], i16::from(pitch) / 12 - 1)
}

/// A key signature as MIDI files write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct KeySignature {
    /// Sharps, or flats where negative: -7 to 7.
    pub sharps: i8,
    /// Whether the key is minor.
    pub minor: bool,
}

impl KeySignature {
    /// The pitch class of the major key with these accidentals: 0 is C.
    fn major_root(self) -> i32 {
        (i32::from(self.sharps) * 7).rem_euclid(12)
    }

    /// The pitch class of the tonic: 0 is C.
    pub fn root(self) -> u8 {
        let root = self.major_root() + if self.minor { 9 } else { 0 };
        (root % 12) as u8
    }

    /// Semitones, -6 to 5, that bring this key to the white keys.
    pub fn to_white_keys(self) -> i8 {
        centred(-self.major_root())
    }

    /// Semitones, -6 to 5, that bring the white keys to this key.
    pub fn from_white_keys(self) -> i8 {
        centred(self.major_root())
    }

    /// The signature that remains after a shift in semitones, spelled with the fewest accidentals.
    pub fn transposed(self, semitones: i8) -> Self {
        let root = (self.major_root() + i32::from(semitones)).rem_euclid(12);
        Self { sharps: centred(root * 7), minor: self.minor }
    }
}

/// Brings a number of semitones into -6 to 5.
fn centred(semitones: i32) -> i8 {
    ((semitones + 6).rem_euclid(12) - 6) as i8
}

impl fmt::Display for KeySignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Along the circle of fifths from Fb: the spelling that the signature itself implies.
        const FIFTHS: [&str; 7] = ["F", "C", "G", "D", "A", "E", "B"];
        let place = i32::from(self.sharps) + if self.minor { 4 } else { 1 };
        let accidental = match place.div_euclid(7) {
            0 => "",
            1 => "#",
            _ => "b",
        };
        let mode = if self.minor { "m" } else { "" };
        write!(f, "{}{accidental}{mode}", FIFTHS[place.rem_euclid(7) as usize])
    }
}

/// Why a key cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is not a key: write a note and, for minor, an m: C, F#, Bb, Am, C#m, or \"A minor\""
)]
pub struct KeyError(String);

impl FromStr for KeySignature {
    type Err = KeyError;

    /// Reads a key as people write it: `Eb`, `e flat`, `E\u{266d} major`, `A minor`, `a-min`, `C#m`. One that
    /// would have more than seven accidentals is spelled the other way: G# is Ab.
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let error = || KeyError(text.to_owned());
        let lower = text.trim().to_lowercase();
        let mut rest = lower.as_str();
        let mut eat = |words: &[&str]| {
            let bare = rest.trim_start_matches([' ', '-', '_', ':']);
            let found = words.iter().find_map(|&word| bare.strip_prefix(word));
            rest = found.unwrap_or(rest);
            found.is_some()
        };
        // By fifths up from F.
        let letter = (-1..).zip(["f", "c", "g", "d", "a", "e", "b"]);
        let (fifths, _) =
            letter.into_iter().find(|(_, letter)| eat(&[letter])).ok_or_else(error)?;
        let accidental = if eat(&["sharp", "#", "\u{266f}"]) {
            7
        } else if eat(&["flat", "b", "\u{266d}"]) {
            -7
        } else {
            0
        };
        let minor = !eat(&["major", "maj"]) && eat(&["minor", "min", "m"]);
        if !rest.trim().is_empty() {
            return Err(error());
        }
        let sharps: i32 = fifths + accidental - if minor { 3 } else { 0 };
        let sharps = match sharps {
            ..-7 => sharps + 12,
            8.. => sharps - 12,
            _ => sharps,
        };
        Ok(Self { sharps: sharps as i8, minor })
    }
}

/// Whether a pitch lies on a white key.
pub fn is_white(pitch: i32) -> bool {
    PitchClasses::WHITE_KEYS.contains(pitch)
}

/// The shift in semitones, -6 to 5, that puts most of the notes' sounding time on white keys.
///
/// Ties go to the shift that the key signature asks for, then to the smallest.
pub fn white_key_shift(notes: &[Note], key: Option<KeySignature>) -> i8 {
    let mut sounding = [0u64; 12];
    for note in notes {
        sounding[usize::from(note.pitch % 12)] += u64::from(note.duration);
    }
    let on_white = |shift: i8| -> u64 {
        (0..12)
            .filter(|&class| is_white(class + i32::from(shift)))
            .map(|class| sounding[class as usize])
            .sum()
    };
    let signature = key.map(KeySignature::to_white_keys);
    (-6..=5)
        .max_by_key(|&shift| (on_white(shift), signature == Some(shift), -shift.abs(), shift))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notes(pitches: &[u8]) -> Vec<Note> {
        let note = |(i, &pitch): (usize, &u8)| Note {
            onset: 24 * i as u32,
            part: 0,
            pitch,
            duration: 24,
            velocity: 80,
        };
        pitches.iter().enumerate().map(note).collect()
    }

    #[test]
    fn keys_are_named_as_musicians_name_them() {
        for (text, sharps, minor) in [
            ("C", 0, false),
            ("Am", 0, true),
            ("F#", 6, false),
            ("Bb", -2, false),
            ("C#m", 4, true),
            ("Ebm", -6, true),
            ("Cb", -7, false),
            ("A#m", 7, true),
        ] {
            let key: KeySignature = text.parse().unwrap();
            assert_eq!(key, KeySignature { sharps, minor });
            assert_eq!(key.to_string(), text);
        }
        for (text, key) in [
            ("G#", "Ab"),
            ("e flat", "Eb"),
            ("E\u{266d} Major", "Eb"),
            ("B-flat minor", "Bbm"),
            ("A minor", "Am"),
            ("a-min", "Am"),
            ("A:min", "Am"),
            ("bb", "Bb"),
            ("BBM", "Bbm"),
            ("F\u{266f} sharp minor", ""),
            ("D# minor", "D#m"),
            ("G# min", "G#m"),
            ("d# major", "Eb"),
            ("Fb", "E"),
            ("c maj", "C"),
            ("H", ""),
            ("", ""),
            ("m", ""),
            ("Amen", ""),
            ("A minor key", ""),
        ] {
            let read = text.parse::<KeySignature>().map(|key| key.to_string());
            assert_eq!(read.unwrap_or_default(), key, "{text}");
        }
    }

    #[test]
    fn a_scale_goes_to_the_white_keys() {
        let d_major = notes(&[62, 64, 66, 67, 69, 71, 73, 74]);
        assert_eq!(white_key_shift(&d_major, None), -2);
        assert_eq!(white_key_shift(&notes(&[60, 62, 64, 65, 67, 69, 71]), None), 0);
    }

    #[test]
    fn ties_go_to_the_signature_then_to_the_smallest_shift() {
        let fifth = notes(&[62, 69]);
        assert_eq!(white_key_shift(&fifth, "D".parse().ok()), -2);
        assert_eq!(white_key_shift(&fifth, None), 0);
    }

    #[test]
    fn there_and_back_is_no_shift() {
        for sharps in -7..=7 {
            let key = KeySignature { sharps, minor: false };
            let sum = key.to_white_keys() + key.from_white_keys();
            assert_eq!(sum.rem_euclid(12), 0, "{key}");
            assert_eq!(key.transposed(key.to_white_keys()).sharps, 0, "{key}");
        }
    }
}
