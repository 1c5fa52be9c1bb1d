//! The voices that can be chosen.

use std::fmt;
use std::str::FromStr;

/// A voice of the instrument.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Voice {
    /// Struck tines before pickups: bell-like when soft, barking when hard.
    #[default]
    ElectricPiano,
    /// A plucked string, as of a harp or a guitar.
    Pluck,
    /// A flute, with breath and a late vibrato.
    Flute,
    /// A synthesizer's bass.
    Bass,
    /// A drum kit: keys are those of General MIDI percussion.
    Drums,
}

impl Voice {
    /// All voices, in the order in which they are offered.
    pub const ALL: [Self; 5] =
        [Self::ElectricPiano, Self::Pluck, Self::Flute, Self::Bass, Self::Drums];

    /// The voice that suits a record, where nobody has chosen: drums for a record of drums.
    pub fn for_record(drums: bool) -> Self {
        if drums { Self::Drums } else { Self::default() }
    }

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::ElectricPiano => "Electric piano",
            Self::Pluck => "Pluck",
            Self::Flute => "Flute",
            Self::Bass => "Bass",
            Self::Drums => "Drums",
        }
    }

    /// Its name for files and command lines: `electric-piano`, `pluck`, `flute`, `bass`, `drums`.
    pub fn id(self) -> &'static str {
        match self {
            Self::ElectricPiano => "electric-piano",
            Self::Pluck => "pluck",
            Self::Flute => "flute",
            Self::Bass => "bass",
            Self::Drums => "drums",
        }
    }
}

impl fmt::Display for Voice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// No voice has this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownVoice;

impl fmt::Display for UnknownVoice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("not a voice: electric-piano, pluck, flute, bass or drums")
    }
}

impl std::error::Error for UnknownVoice {}

impl FromStr for Voice {
    type Err = UnknownVoice;

    /// Reads an id or a name, in letters of any size.
    fn from_str(text: &str) -> Result<Self, UnknownVoice> {
        let is_meant = |voice: &Self| {
            text.eq_ignore_ascii_case(voice.id()) || text.eq_ignore_ascii_case(voice.name())
        };
        Self::ALL.into_iter().find(is_meant).ok_or(UnknownVoice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn voices_are_found_by_both_names() {
        for voice in Voice::ALL {
            assert_eq!(voice.id().parse(), Ok(voice));
            assert_eq!(voice.name().to_uppercase().parse(), Ok(voice));
            assert!(UnknownVoice.to_string().contains(voice.id()));
        }
        assert_eq!("kazoo".parse::<Voice>(), Err(UnknownVoice));
    }

    #[test]
    fn a_record_of_drums_plays_drums() {
        assert_eq!(Voice::for_record(true), Voice::Drums);
        assert_ne!(Voice::for_record(false), Voice::Drums);
    }
}
