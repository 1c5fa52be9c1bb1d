//! How notes are played: the performance settings as the player reads them. Plain whole numbers, so
//! that what a host saves and loads again is the same performance to the last bit.

use jukebox_model::piece::Note;
use nice_plug::prelude::Enum;

use super::parts::PartSettings;
use super::run::Run;
use super::scale::ScaleMap;

/// How notes are played. Changes act on the notes that start from then on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PerformanceSettings {
    /// Semitones from the white keys to the key that is heard. Drums ignore it; a note that it
    /// moves off the keyboard is left out.
    pub shift: i32,
    /// Where the pitches of the white-key frame go before they are shifted. Drums ignore it.
    pub scale: ScaleMap,
    /// When notes start and end.
    pub timing: Timing,
    /// How loud they are.
    pub touch: Touch,
    /// The MIDI channel of all parts that have none of their own, counted from 0; `None` plays drums on channel 10
    /// and the others on one each, from channel 1 on.
    pub channel: Option<u8>,
    /// How each part is played.
    pub parts: PartSettings,
    /// Where the chord that is held on the input rules. Drums ignore it.
    pub chords: Chords,
    /// Whether the notes that come in are passed on.
    pub thru: bool,
    /// When the song runs.
    pub run: Run,
    /// Bypassed: sounding notes are released, and none starts.
    pub silent: bool,
}

impl PerformanceSettings {
    /// The key that a note is heard at while no chord is held; nothing where it is left out.
    pub fn key_of(&self, note: &Note, drums: bool) -> Option<u8> {
        if drums {
            return Some(note.pitch);
        }
        let key = u8::try_from(self.pitch_of(note)?).ok()?;
        (key < 128).then_some(key)
    }

    /// Where a pitched note of the white-key frame goes, on the keyboard or beyond; nothing where its scale leaves
    /// it out.
    pub fn pitch_of(&self, note: &Note) -> Option<i32> {
        Some(self.scale.apply(note.pitch)? + self.shift + 12 * self.parts.octave(note.part))
    }
}

impl Default for PerformanceSettings {
    fn default() -> Self {
        Self {
            shift: 0,
            scale: ScaleMap::IDENTITY,
            timing: Timing::default(),
            touch: Touch::default(),
            channel: None,
            parts: PartSettings::default(),
            chords: Chords::Off,
            thru: true,
            run: Run::Host,
            silent: false,
        }
    }
}

/// When notes start and end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Percent of a note's length for which it sounds.
    pub gate: u16,
    /// Where in a pair of the grid the second note falls, in thousandths: 500 is straight.
    pub swing: u16,
    /// What swings.
    pub grid: SwingGrid,
    /// Percent of [`MOST_STRAY`](super::rendering::MOST_STRAY) by which an onset comes early or late
    /// at most.
    pub humanise: u8,
    /// Percent of what its place makes it early or late.
    pub groove: u8,
    /// The seed of these offsets.
    pub take: u32,
}

impl Default for Timing {
    fn default() -> Self {
        Self { gate: 100, swing: 500, grid: SwingGrid::Eighths, humanise: 0, groove: 0, take: 1 }
    }
}

/// How loud notes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touch {
    /// Percent of a velocity's distance from the middle that is kept.
    pub amount: u16,
    /// Hundredths from softer (-100) over as it is (0) to harder (100).
    pub curve: i8,
    /// Percent of [`MOST_LOUDER`](super::rendering::MOST_LOUDER) by which a note is louder or softer
    /// at most.
    pub humanise: u8,
    /// Percent of the accent of its place.
    pub groove: u8,
    /// The seed of these offsets.
    pub take: u32,
}

impl Default for Touch {
    fn default() -> Self {
        Self { amount: 100, curve: 0, humanise: 0, groove: 0, take: 1 }
    }
}

/// The note values whose every second one swing delays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum SwingGrid {
    /// Pairs of eighths: a quarter note.
    #[id = "8"]
    #[name = "1/8"]
    Eighths,
    /// Pairs of sixteenths: an eighth.
    #[id = "16"]
    #[name = "1/16"]
    Sixteenths,
}

/// Where a held chord rules which pitches start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
pub enum Chords {
    /// Nowhere.
    #[default]
    #[id = "off"]
    Off,
    /// On the beats that are felt.
    #[id = "beats"]
    #[name = "On strong beats"]
    StrongBeats,
    /// On every onset.
    #[id = "everywhere"]
    Everywhere,
}
