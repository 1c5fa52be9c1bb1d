//! Chords by function: Roman numerals, as textbooks of harmony have them.
//!
//! Numerals count from the major scale of the tonic in every mode (`bIII`, `bVI`, `bVII` in minor), as jazz
//! harmony does (M. Levine, The Jazz Theory Book, 1995). Small numerals are minor.

/// What a chord is made of, in semitones above its root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quality {
    /// Third, or what stands for it; fifth; seventh, or the sixth of a sixth chord.
    third: i32,
    fifth: i32,
    seventh: Option<i32>,
    /// Ninth, eleventh and thirteenth that the symbol names.
    named: [Option<i32>; 3],
}

const fn quality(
    third: i32,
    fifth: i32,
    seventh: i32,
    ninth: i32,
    eleventh: i32,
    thirteenth: i32,
) -> Quality {
    const fn some(number: i32) -> Option<i32> {
        if number == 0 { None } else { Some(number) }
    }
    Quality {
        third,
        fifth,
        seventh: some(seventh),
        named: [some(ninth), some(eleventh), some(thirteenth)],
    }
}

/// What may stand after a large numeral.
const LARGE: [(&str, Quality); 22] = [
    ("", quality(4, 7, 0, 0, 0, 0)),
    ("6", quality(4, 7, 9, 0, 0, 0)),
    ("69", quality(4, 7, 9, 2, 0, 0)),
    ("add9", quality(4, 7, 0, 2, 0, 0)),
    ("maj7", quality(4, 7, 11, 0, 0, 0)),
    ("maj9", quality(4, 7, 11, 2, 0, 0)),
    ("maj7#11", quality(4, 7, 11, 2, 6, 0)),
    ("7", quality(4, 7, 10, 0, 0, 0)),
    ("9", quality(4, 7, 10, 2, 0, 0)),
    ("13", quality(4, 7, 10, 2, 0, 9)),
    ("7b9", quality(4, 7, 10, 1, 0, 0)),
    ("7#9", quality(4, 7, 10, 3, 0, 0)),
    ("7b13", quality(4, 7, 10, 1, 0, 8)),
    ("7#11", quality(4, 7, 10, 2, 6, 0)),
    ("7#5", quality(4, 8, 10, 0, 0, 0)),
    ("sus4", quality(5, 7, 0, 0, 0, 0)),
    ("sus2", quality(2, 7, 0, 0, 0, 0)),
    ("7sus", quality(5, 7, 10, 0, 0, 0)),
    ("9sus", quality(5, 7, 10, 2, 0, 0)),
    ("13sus", quality(5, 7, 10, 2, 0, 9)),
    ("+", quality(4, 8, 0, 0, 0, 0)),
    ("5", quality(7, 7, 0, 0, 0, 0)),
];

/// What may stand after a small numeral.
const SMALL: [(&str, Quality); 11] = [
    ("", quality(3, 7, 0, 0, 0, 0)),
    ("6", quality(3, 7, 9, 0, 0, 0)),
    ("69", quality(3, 7, 9, 2, 0, 0)),
    ("add9", quality(3, 7, 0, 2, 0, 0)),
    ("7", quality(3, 7, 10, 0, 0, 0)),
    ("9", quality(3, 7, 10, 2, 0, 0)),
    ("11", quality(3, 7, 10, 2, 5, 0)),
    ("maj7", quality(3, 7, 11, 0, 0, 0)),
    ("7b5", quality(3, 6, 10, 0, 0, 0)),
    ("o", quality(3, 6, 0, 0, 0, 0)),
    ("o7", quality(3, 6, 9, 0, 0, 0)),
];

/// Numerals, longer ones before those that they begin with.
const NUMERALS: [(&str, i32); 7] =
    [("VII", 11), ("VI", 9), ("IV", 5), ("V", 7), ("III", 4), ("II", 2), ("I", 0)];

/// Degrees of scales, as lists of semitones, by name.
const MODES: [(&str, [i32; 7]); 5] = [
    ("major", [0, 2, 4, 5, 7, 9, 11]),
    ("minor", [0, 2, 3, 5, 7, 8, 10]),
    ("dorian", [0, 2, 3, 5, 7, 9, 10]),
    ("mixolydian", [0, 2, 4, 5, 7, 9, 10]),
    ("lydian", [0, 2, 4, 6, 7, 9, 11]),
];

/// A mode: a scale on a tonic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode {
    name: &'static str,
    /// Semitones of its seven degrees above the tonic.
    pub scale: [i32; 7],
}

impl Mode {
    /// The mode of a name.
    pub fn named(name: &str) -> Option<Self> {
        MODES.iter().find(|it| it.0 == name).map(|&(name, scale)| Self { name, scale })
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// Names of all.
    pub fn names() -> String {
        MODES.map(|it| it.0).join(", ")
    }

    /// Whether semitones above the tonic are in the scale.
    pub fn has(self, semitones: i32) -> bool {
        self.scale.contains(&semitones.rem_euclid(12))
    }

    /// Whether its third is minor.
    pub fn is_minor(self) -> bool {
        self.scale[2] == 3
    }

    /// Semitones from the tonic up to that of the major scale with the same notes.
    pub fn major_tonic(self) -> i32 {
        match self.name {
            "minor" => 3,
            "dorian" => 10,
            "mixolydian" => 5,
            "lydian" => 7,
            _ => 0,
        }
    }
}

/// A chord in a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chord {
    /// As it was written.
    pub text: String,
    /// Semitones from the tonic up to its root, 0 to 11.
    pub root: i32,
    /// Semitones from its root up to what the bass plays: 0 but in inversions.
    pub bass: i32,
    quality: Quality,
}

impl Chord {
    /// Reads a numeral such as `ii9`, `V7/vi` (of the sixth degree) or `V:3` (third in the bass).
    ///
    /// # Errors
    /// In words, where it is none.
    pub fn read(text: &str) -> Result<Self, String> {
        let wrong = |what: &str| format!("\"{text}\" is no chord: {what}");
        let (symbol, inversion) = match text.split_once(':') {
            Some((symbol, degree)) => (symbol, Some(degree)),
            None => (text, None),
        };
        let (symbol, of) = match symbol.split_once('/') {
            Some((symbol, of)) => (symbol, numeral(of).ok_or_else(|| wrong("what is it of?"))?.0),
            None => (symbol, 0),
        };
        let (degree, small, suffix) =
            numeral(symbol).ok_or_else(|| wrong("numerals are I to VII"))?;
        let table: &[(&str, Quality)] = if small { &SMALL } else { &LARGE };
        let known = || table.iter().map(|it| it.0).collect::<Vec<_>>().join(" ");
        let found = table.iter().find(|it| it.0 == suffix);
        let quality =
            found.ok_or_else(|| wrong(&format!("after the numeral may stand: {}", known())))?.1;
        let bass = match inversion {
            None => 0,
            Some("3") => quality.third,
            Some("5") => quality.fifth,
            Some("7") => quality.seventh.ok_or_else(|| wrong("it has no seventh"))?,
            Some(_) => return Err(wrong("in the bass may stand 3, 5 or 7")),
        };
        Ok(Self { text: text.to_owned(), root: (of + degree).rem_euclid(12), bass, quality })
    }

    /// Semitones above the root of a tone that the chord names: 1, 3, 5, 7, 9, 11, 13.
    pub fn named_tone(&self, degree: u8) -> Option<i32> {
        let Quality { third, fifth, seventh, named } = self.quality;
        match degree {
            1 => Some(0),
            3 => Some(third),
            5 => Some(fifth),
            7 => seventh,
            9 => named[0],
            11 => named[1],
            13 => named[2],
            _ => None,
        }
    }

    /// Semitones above the root of a tone, named or one that the mode allows: a ninth, eleventh or thirteenth
    /// that is a whole tone above a chord tone (Levine's avoid notes are left out).
    pub fn tone(&self, degree: u8, mode: Mode) -> Option<i32> {
        let free = |semitones: i32| {
            let above = (semitones - 1).rem_euclid(12);
            let clashes = [0, self.quality.third, self.quality.fifth].contains(&above);
            (!clashes && mode.has(self.root + semitones)).then_some(semitones)
        };
        let seventh = self.quality.seventh;
        self.named_tone(degree).or_else(|| match degree {
            9 => free(2),
            11 => free(5).filter(|_| self.quality.third == 3 && seventh.is_some()),
            13 => free(9).filter(|_| self.quality.third == 4 && seventh.is_some()),
            _ => None,
        })
    }

    /// Pitch classes above the tonic of wanted tones, without doubles; root or fifth stand for what is missing.
    pub fn voices(&self, tones: &[u8], mode: Mode) -> Vec<i32> {
        let mut voices: Vec<i32> = Vec::new();
        for &degree in tones {
            let instead = if degree >= 11 { self.quality.fifth } else { 0 };
            let semitones = self.tone(degree, mode).unwrap_or(instead);
            let class = (self.root + semitones).rem_euclid(12);
            if !voices.contains(&class) {
                voices.push(class);
            }
        }
        voices
    }

    /// Whether semitones above the tonic are a tone that the chord names.
    pub fn has(&self, semitones: i32) -> bool {
        let above = (semitones - self.root).rem_euclid(12);
        [1, 3, 5, 7, 9, 11, 13].iter().any(|&it| self.named_tone(it) == Some(above))
    }

    /// Whether semitones above the tonic lie a semitone above a tone of the chord, and clash with it.
    pub fn clashes(&self, semitones: i32) -> bool {
        !self.has(semitones) && self.has(semitones - 1)
    }
}

/// Degree in semitones and size of the numeral that a text begins with, and what follows.
fn numeral(text: &str) -> Option<(i32, bool, &str)> {
    let bare = text.trim_start_matches(['b', '#']);
    let signs = &text[..text.len() - bare.len()];
    let sign: i32 = signs.chars().map(|it| if it == '#' { 1 } else { -1 }).sum();
    NUMERALS.iter().find_map(|&(name, degree)| {
        let head = bare.get(..name.len())?;
        let small = head == name.to_lowercase();
        (small || head == name).then(|| (degree + sign, small, &bare[name.len()..]))
    })
}

/// Bars of chords; those of a bar share it evenly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progression {
    /// The mode that it is in.
    pub mode: Mode,
    /// Chords of each bar.
    pub bars: Vec<Vec<Chord>>,
}

impl Progression {
    /// Reads bars of numerals, parted by "|"; "%" is the bar before once more.
    ///
    /// # Errors
    /// In words, where a bar is empty or has what is no chord.
    pub fn read(text: &str, mode: Mode) -> Result<Self, String> {
        let mut bars: Vec<Vec<Chord>> = Vec::new();
        for bar in text.split('|') {
            let chords = match bar.trim() {
                "%" => bars.last().cloned().ok_or("\"%\" has no bar before it")?,
                bar => bar.split_whitespace().map(Chord::read).collect::<Result<_, _>>()?,
            };
            if ![1, 2, 3, 4].contains(&chords.len()) {
                return Err(format!("a bar of \"{text}\" has {} chords, not 1 to 4", chords.len()));
            }
            bars.push(chords);
        }
        Ok(Self { mode, bars })
    }
}

/// A chord that may stand for another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Substitution {
    /// The chord as it is written in progressions.
    pub from: String,
    /// What stands for it, sharing its time.
    pub to: Vec<Chord>,
    /// In how many of a hundred songs.
    pub chance: u32,
}
