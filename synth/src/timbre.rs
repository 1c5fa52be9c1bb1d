//! The timbres that can be chosen.

use std::fmt;
use std::str::FromStr;

/// A timbre of the instrument.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Timbre {
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

impl Timbre {
    /// All timbres, in the order in which they are offered.
    pub const ALL: [Self; 5] =
        [Self::ElectricPiano, Self::Pluck, Self::Flute, Self::Bass, Self::Drums];

    /// The timbre that suits a record, where nobody has chosen: drums for a record of drums.
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

impl fmt::Display for Timbre {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// No timbre has this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownTimbre;

impl fmt::Display for UnknownTimbre {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("not a timbre: electric-piano, pluck, flute, bass or drums")
    }
}

impl std::error::Error for UnknownTimbre {}

impl FromStr for Timbre {
    type Err = UnknownTimbre;

    /// Reads an id or a name, in letters of any size.
    fn from_str(text: &str) -> Result<Self, UnknownTimbre> {
        let is_meant = |timbre: &Self| {
            text.eq_ignore_ascii_case(timbre.id()) || text.eq_ignore_ascii_case(timbre.name())
        };
        Self::ALL.into_iter().find(is_meant).ok_or(UnknownTimbre)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timbres_are_found_by_both_names() {
        for timbre in Timbre::ALL {
            assert_eq!(timbre.id().parse(), Ok(timbre));
            assert_eq!(timbre.name().to_uppercase().parse(), Ok(timbre));
            assert!(UnknownTimbre.to_string().contains(timbre.id()));
        }
        assert_eq!("kazoo".parse::<Timbre>(), Err(UnknownTimbre));
    }

    #[test]
    fn a_record_of_drums_plays_drums() {
        assert_eq!(Timbre::for_record(true), Timbre::Drums);
        assert_ne!(Timbre::for_record(false), Timbre::Drums);
    }
}
