//! What a player plays, before it is performed.

/// Who plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Player {
    /// The drums.
    Drums,
    /// The bass.
    Bass,
    /// Chords that accompany.
    Chords,
    /// Held chords.
    Pad,
    /// The tune.
    Lead,
}

impl Player {
    /// All, as they follow each other in a file.
    pub const ALL: [Self; 5] = [Self::Drums, Self::Bass, Self::Chords, Self::Pad, Self::Lead];

    /// As style files call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Drums => "drums",
            Self::Bass => "bass",
            Self::Chords => "chords",
            Self::Pad => "pad",
            Self::Lead => "lead",
        }
    }
}

/// How hard a stroke is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Force {
    /// Hardly heard: "g".
    Ghost,
    /// "o".
    Soft,
    /// "x".
    Normal,
    /// "X".
    Accent,
}

impl Force {
    /// Of a letter.
    pub fn of(letter: char) -> Self {
        match letter {
            'X' => Self::Accent,
            'g' => Self::Ghost,
            'o' => Self::Soft,
            _ => Self::Normal,
        }
    }

    /// Per cent of the usual velocity.
    pub fn percent(self) -> i32 {
        match self {
            Self::Accent => 114,
            Self::Normal => 100,
            Self::Soft => 80,
            Self::Ghost => 45,
        }
    }
}

/// A note at its exact place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stroke {
    /// Who plays it.
    pub player: Player,
    /// Pulses from the song's start.
    pub at: u32,
    /// Pulses.
    pub length: u32,
    /// MIDI key.
    pub key: u8,
    /// How hard it is meant.
    pub force: Force,
    /// Its place among the notes of a chord, from the bottom up; the drum's place in the kit.
    pub voice: usize,
    /// Voices of the chord.
    pub voices: usize,
}
