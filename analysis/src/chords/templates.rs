//! What sounds under a chord: shares of the pitch classes and of the bass, for each quality.

use super::Quality;

/// One quality.
pub struct Template {
    /// Which.
    pub quality: Quality,
    /// Share of the sounding time in hundredths of each pitch class, counted from the root up.
    pub sounds: [u8; 12],
    /// Share of the bass.
    pub bass: [u8; 12],
    /// How often it occurs among chords, in hundredths.
    pub usual: u8,
}

/// The chords' templates. Shares were counted on 50 pop songs whose chords are known, and rounded:
/// they are those of a naive Bayes model, in place of the 0 and 1 of Fujishima (1999). What was never
/// counted gets a little.
pub const TEMPLATES: [Template; 11] = [
    Template {
        quality: Quality::Major,
        sounds: [38, 0, 3, 1, 20, 2, 0, 30, 0, 3, 1, 2],
        bass: [86, 0, 1, 0, 6, 1, 0, 6, 0, 1, 1, 0],
        usual: 51,
    },
    Template {
        quality: Quality::Minor,
        sounds: [40, 0, 2, 22, 0, 3, 0, 28, 1, 0, 4, 0],
        bass: [86, 0, 0, 4, 0, 1, 0, 8, 0, 0, 1, 0],
        usual: 33,
    },
    Template {
        quality: Quality::Seventh,
        sounds: [31, 0, 3, 1, 19, 3, 0, 22, 0, 2, 19, 0],
        bass: [76, 0, 1, 0, 7, 1, 0, 6, 0, 0, 9, 0],
        usual: 2,
    },
    Template {
        quality: Quality::MinorSeventh,
        sounds: [27, 0, 3, 21, 0, 4, 0, 22, 1, 1, 21, 0],
        bass: [79, 0, 1, 3, 0, 1, 0, 7, 1, 0, 7, 0],
        usual: 5,
    },
    Template {
        quality: Quality::MajorSeventh,
        sounds: [26, 0, 6, 0, 19, 1, 1, 24, 0, 3, 0, 19],
        bass: [66, 0, 1, 0, 7, 2, 0, 9, 0, 2, 0, 13],
        usual: 2,
    },
    Template {
        quality: Quality::Sus2,
        sounds: [32, 0, 21, 1, 4, 2, 0, 28, 0, 3, 2, 2],
        bass: [82, 0, 6, 0, 1, 1, 0, 8, 0, 1, 1, 0],
        usual: 3,
    },
    Template {
        quality: Quality::Sus4,
        sounds: [37, 0, 3, 2, 2, 21, 0, 24, 1, 4, 5, 0],
        bass: [81, 0, 0, 0, 0, 13, 0, 4, 0, 0, 1, 0],
        usual: 2,
    },
    Template {
        quality: Quality::Diminished,
        sounds: [32, 1, 1, 25, 0, 2, 27, 1, 4, 1, 3, 1],
        bass: [85, 0, 0, 6, 0, 0, 5, 0, 1, 0, 2, 0],
        usual: 1,
    },
    Template {
        quality: Quality::Augmented,
        sounds: [32, 0, 3, 1, 26, 1, 1, 2, 29, 1, 2, 2],
        bass: [85, 0, 1, 0, 7, 0, 0, 0, 6, 0, 0, 0],
        usual: 1,
    },
    Template {
        quality: Quality::HalfDiminished,
        sounds: [27, 1, 1, 23, 0, 2, 22, 0, 2, 0, 20, 1],
        bass: [83, 0, 0, 4, 0, 0, 5, 0, 1, 0, 6, 0],
        usual: 1,
    },
    Template {
        quality: Quality::DiminishedSeventh,
        sounds: [30, 1, 1, 21, 1, 1, 21, 1, 1, 20, 1, 1],
        bass: [76, 1, 1, 6, 1, 1, 6, 1, 1, 6, 1, 1],
        usual: 1,
    },
];
