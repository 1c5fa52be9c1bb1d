//! Chords: a root and what stands on it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::key::KeySignature;

/// What stands on the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quality {
    /// Major triad.
    Major,
    /// Minor triad.
    Minor,
    /// Dominant seventh.
    Seventh,
    /// Minor seventh.
    MinorSeventh,
    /// Major seventh.
    MajorSeventh,
    /// Suspended second.
    Sus2,
    /// Suspended fourth.
    Sus4,
    /// Diminished triad.
    Diminished,
    /// Augmented triad.
    Augmented,
    /// Half-diminished seventh.
    HalfDiminished,
    /// Diminished seventh.
    DiminishedSeventh,
}

/// A quality, its names and its pitch classes.
type Naming = (Quality, &'static str, &'static str, &'static [&'static str], &'static [u8]);

/// Of each quality: Harte's name (Harte, Sandler, Abdallah, Gomez, ISMIR 2005), that of lead sheets, other
/// spellings of it, and its pitch classes from the root up.
const QUALITIES: [Naming; 11] = [
    (Quality::Major, "maj", "", &["M", "major", "6", "add9", "5", "maj6"], &[0, 4, 7]),
    (
        Quality::Minor,
        "min",
        "m",
        &["-", "mi", "minor", "m6", "min6", "madd9", "mM7", "mMaj7", "minmaj7"],
        &[0, 3, 7],
    ),
    (
        Quality::Seventh,
        "7",
        "7",
        &["dom7", "9", "11", "13", "7b9", "7#9", "7#11", "7sus4", "9sus4"],
        &[0, 4, 7, 10],
    ),
    (Quality::MinorSeventh, "min7", "m7", &["-7", "mi7", "m9", "min9", "m11"], &[0, 3, 7, 10]),
    (
        Quality::MajorSeventh,
        "maj7",
        "maj7",
        &["M7", "Δ", "Δ7", "maj9", "M9", "ma7", "maj7#11"],
        &[0, 4, 7, 11],
    ),
    (Quality::Sus2, "sus2", "sus2", &[], &[0, 2, 7]),
    (Quality::Sus4, "sus4", "sus4", &["sus"], &[0, 5, 7]),
    (Quality::Diminished, "dim", "dim", &["°", "o", "mb5"], &[0, 3, 6]),
    (Quality::Augmented, "aug", "aug", &["+", "#5", "7#5", "+7", "aug7"], &[0, 4, 8]),
    (Quality::HalfDiminished, "hdim7", "m7b5", &["ø", "ø7", "min7b5", "-7b5"], &[0, 3, 6, 10]),
    (Quality::DiminishedSeventh, "dim7", "dim7", &["°7", "o7"], &[0, 3, 6, 9]),
];

impl Quality {
    /// All, in their order.
    pub const ALL: [Self; 11] = {
        let mut all = [Self::Major; 11];
        let mut index = 0;
        while index < all.len() {
            all[index] = QUALITIES[index].0;
            index += 1;
        }
        all
    };

    /// Its name in Harte's syntax.
    pub fn harte(self) -> &'static str {
        QUALITIES[self as usize].1
    }

    /// What lead sheets write after the root.
    pub fn short(self) -> &'static str {
        QUALITIES[self as usize].2
    }

    /// Its pitch classes in semitones from the root up.
    pub fn tones(self) -> &'static [u8] {
        QUALITIES[self as usize].4
    }

    /// The quality that a lead sheet or Harte's syntax names; those with more notes are taken for the one
    /// that they extend.
    fn named(text: &str) -> Option<Self> {
        let is = |(_, harte, short, others, _): &Naming| {
            *harte == text || *short == text || others.contains(&text)
        };
        QUALITIES.iter().find(|it| is(it)).map(|it| it.0)
    }
}

/// A chord.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Chord {
    /// Pitch class of the root, 0 to 11 from C up.
    pub root: u8,
    /// What stands on it.
    pub quality: Quality,
}

/// Why a text names no chord.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no chord: write a root and a quality, such as C, Am, F#m7, Bbmaj7, Gsus4 or C/E")]
pub struct ChordError(String);

/// Fifths up from C of the letters.
const LETTERS: [&str; 7] = ["F", "C", "G", "D", "A", "E", "B"];

/// The name of a pitch class in a key: between the lowered second and the raised fourth of its tonic along
/// the circle of fifths (Temperley 2001, chapter 5), and between Cb and A#.
fn spelled(class: u8, key: KeySignature) -> String {
    // Fifths up from C.
    let tonic = i32::from(key.sharps) + if key.minor { 3 } else { 0 };
    let lowest = (tonic - 5).clamp(-7, -1);
    let fifths = lowest + (i32::from(class) * 7 - lowest).rem_euclid(12);
    let accidental = match (fifths + 1).div_euclid(7) {
        0 => "",
        1 => "#",
        _ => "b",
    };
    format!("{}{accidental}", LETTERS[(fifths + 1).rem_euclid(7) as usize])
}

/// The pitch class at the start of a text, and what follows it.
fn root(text: &str) -> Option<(u8, &str)> {
    let letter = text.get(..1)?.to_ascii_uppercase();
    let fifths = LETTERS.iter().position(|it| *it == letter)? as i32 - 1;
    let rest = &text[1..];
    let after = rest.trim_start_matches(['#', '♯', 'b', '♭']);
    let accidentals = &rest[..rest.len() - after.len()];
    let raised: i32 = accidentals.chars().map(|it| if "#♯".contains(it) { 1 } else { -1 }).sum();
    Some(((fifths * 7 + raised).rem_euclid(12) as u8, after))
}

impl Chord {
    /// In Harte's syntax, such as `A:min7`, spelled as in C.
    pub fn harte(self) -> String {
        self.harte_in(KeySignature { sharps: 0, minor: false })
    }

    /// In Harte's syntax, spelled as in a key.
    pub fn harte_in(self, key: KeySignature) -> String {
        format!("{}:{}", spelled(self.root % 12, key), self.quality.harte())
    }

    /// As in lead sheets, such as `Am7`, spelled as in a key.
    pub fn short_in(self, key: KeySignature) -> String {
        format!("{}{}", spelled(self.root % 12, key), self.quality.short())
    }

    /// Whether a MIDI key, or a pitch class, is one of its notes.
    pub fn has(self, pitch: u8) -> bool {
        self.quality.tones().contains(&((pitch % 12 + 12 - self.root % 12) % 12))
    }

    /// The chord so many semitones up.
    pub fn transposed(self, semitones: i8) -> Self {
        let root = (i16::from(self.root) + i16::from(semitones)).rem_euclid(12) as u8;
        Self { root, ..self }
    }
}

impl fmt::Display for Chord {
    /// As in lead sheets, spelled as in C.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.short_in(KeySignature { sharps: 0, minor: false }))
    }
}

impl FromStr for Chord {
    type Err = ChordError;

    /// Reads what lead sheets and Harte's syntax write. A bass after a stroke is read and left out.
    fn from_str(text: &str) -> Result<Self, ChordError> {
        let error = || ChordError(text.chars().take(20).collect());
        let (chord, bass) = match text.trim().split_once('/') {
            // The stroke of 6/9 stands before no bass.
            Some((chord, bass)) if !bass.starts_with(|it: char| it.is_ascii_digit()) => {
                (chord, Some(bass))
            }
            _ => (text.trim(), None),
        };
        if bass.is_some_and(|bass| root(bass).is_none_or(|(_, rest)| !rest.is_empty())) {
            return Err(error());
        }
        let (root, rest) = root(chord).ok_or_else(error)?;
        let name = rest.trim_start_matches(':').replace(['(', ')', '♭'], "").replace("/9", "");
        Quality::named(&name).map(|quality| Self { root, quality }).ok_or_else(error)
    }
}

impl TryFrom<String> for Chord {
    type Error = ChordError;

    fn try_from(text: String) -> Result<Self, ChordError> {
        text.parse()
    }
}

impl From<Chord> for String {
    fn from(chord: Chord) -> Self {
        chord.harte()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_spelled_by_the_key() {
        let names = |key: &str| {
            let key: KeySignature = key.parse().unwrap();
            (0..12).map(|class| spelled(class, key)).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(names("C"), "C Db D Eb E F F# G Ab A Bb B");
        assert_eq!(names("Am"), "C C# D D# E F F# G G# A Bb B");
        assert_eq!(names("E"), "C C# D D# E F F# G G# A A# B");
        assert_eq!(names("Ebm"), "C Db D Eb E F Gb G Ab A Bb Cb");
        assert_eq!(names("D#m"), "C C# D D# E F F# G G# A A# B");
        assert_eq!(names("Gb"), "C Db D Eb E F Gb G Ab A Bb Cb");
        let chord = Chord { root: 3, quality: Quality::Minor };
        assert_eq!(chord.short_in("F#m".parse().unwrap()), "D#m");
        assert_eq!(chord.harte_in("F#m".parse().unwrap()), "D#:min");
        assert_eq!(chord.harte(), "Eb:min");
    }

    #[test]
    fn qualities_stand_in_their_order() {
        assert!(Quality::ALL.is_sorted());
        assert!(Quality::ALL.iter().enumerate().all(|(place, it)| *it as usize == place));
    }

    #[test]
    fn chords_are_read_as_people_write_them() {
        let read = |text: &str| text.parse::<Chord>().map(Chord::harte);
        for (text, harte) in [
            ("C", "C:maj"),
            ("Am", "A:min"),
            ("f#m7", "F#:min7"),
            ("Bbmaj7", "Bb:maj7"),
            ("B♭", "Bb:maj"),
            ("Cb", "B:maj"),
            ("Gsus4", "G:sus4"),
            ("Dm7(b5)", "D:hdim7"),
            ("C/E", "C:maj"),
            ("C6/9", "C:maj"),
            ("E:min7", "E:min7"),
            ("G7", "G:7"),
            ("Fdim", "F:dim"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(harte), "{text}");
        }
        for text in ["", "H", "Cx", "C/", "C/X", "m7", "é", "Cmaj7maj7"] {
            assert!(read(text).is_err(), "{text}");
        }
        for quality in Quality::ALL {
            let chord = Chord { root: 10, quality };
            assert_eq!(chord.to_string().parse(), Ok(chord));
            assert_eq!(chord.harte().parse(), Ok(chord));
        }
    }

    #[test]
    fn notes_of_a_chord_are_told_apart() {
        let chord: Chord = "Am".parse().unwrap();
        assert!([57, 60, 64, 9].iter().all(|&it| chord.has(it)));
        assert!(!chord.has(59) && !chord.has(67));
        assert_eq!(chord.transposed(-10).to_string(), "Bm");
    }
}
