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
    /// A struck string, as of a grand piano.
    Piano,
    /// An organ with drawbars.
    Organ,
    /// Bowed strings, many of them.
    Strings,
    /// A synthesizer's lead, or brass.
    Lead,
    /// A drum kit: keys are those of General MIDI percussion.
    Drums,
}

impl Timbre {
    /// All timbres, in the order in which they are offered.
    pub const ALL: [Self; 9] = [
        Self::ElectricPiano,
        Self::Pluck,
        Self::Flute,
        Self::Bass,
        Self::Piano,
        Self::Organ,
        Self::Strings,
        Self::Lead,
        Self::Drums,
    ];

    /// The timbre that suits a record, where nobody has chosen: drums for a record of drums.
    pub fn for_record(drums: bool) -> Self {
        if drums { Self::Drums } else { Self::default() }
    }

    /// The timbre that comes nearest to a General MIDI program, 0 to 127, of pitched notes.
    pub fn for_program(program: u8) -> Self {
        match program {
            // Grand pianos.
            0..=3 => Self::Piano,
            // Nylon guitar to guitar harmonics; dulcimer, pizzicato, harp; sitar to koto.
            15 | 24..=31 | 45 | 46 | 104..=107 => Self::Pluck,
            // Organs, accordions, harmonica.
            16..=23 => Self::Organ,
            // Basses, contrabass, tuba, synthesizer's bass and lead.
            32..=39 | 43 | 58 | 87 => Self::Bass,
            // Strings and choirs, but for the timpani and the orchestra's hit; pads; fiddle.
            40..=42 | 44 | 48..=54 | 88..=95 | 110 => Self::Strings,
            // Brass and leads.
            56..=57 | 59..=63 | 80..=86 => Self::Lead,
            // Reeds and pipes; bagpipe, shanai.
            64..=79 | 109 | 111 => Self::Flute,
            // Electric pianos, bells and mallets, effects.
            _ => Self::ElectricPiano,
        }
    }

    /// The level of a player of this timbre among others, so that parts of the same velocities are about equally
    /// loud (ITU-R BS.1770): what is held sounds louder than what dies away.
    pub fn balance(self) -> f32 {
        match self {
            Self::ElectricPiano | Self::Bass | Self::Piano | Self::Organ | Self::Lead => 1.0,
            Self::Strings => 0.85,
            Self::Flute => 0.8,
            Self::Pluck => 1.25,
            Self::Drums => 1.3,
        }
    }

    /// The level of a player of this timbre in a band of so many: its [`balance`](Self::balance), the softer the
    /// more play. Eight play at half of their level each; one alone plays at 1.
    pub fn level_among(self, players: usize) -> f32 {
        if players < 2 { 1.0 } else { self.balance() / libm::cbrtf(players as f32) }
    }

    /// The timbre that suits a part of a band, by its General MIDI program or, where it has none, by its name.
    pub fn for_part(name: &str, program: Option<u8>, drums: bool) -> Self {
        let has = |word: &str| {
            let mut places = name.as_bytes().windows(word.len());
            places.any(|place| place.eq_ignore_ascii_case(word.as_bytes()))
        };
        match program {
            _ if drums => Self::Drums,
            Some(program) => Self::for_program(program),
            None if has("bass") && !has("bassoon") => Self::Bass,
            None => Self::default(),
        }
    }

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::ElectricPiano => "Electric piano",
            Self::Pluck => "Pluck",
            Self::Flute => "Flute",
            Self::Bass => "Bass",
            Self::Piano => "Piano",
            Self::Organ => "Organ",
            Self::Strings => "Strings",
            Self::Lead => "Lead",
            Self::Drums => "Drums",
        }
    }

    /// Its name for files and command lines: `electric-piano`, `pluck`, `flute`, `bass`, `piano`,
    /// `organ`, `strings`, `lead`, `drums`.
    pub fn id(self) -> &'static str {
        match self {
            Self::ElectricPiano => "electric-piano",
            Self::Pluck => "pluck",
            Self::Flute => "flute",
            Self::Bass => "bass",
            Self::Piano => "piano",
            Self::Organ => "organ",
            Self::Strings => "strings",
            Self::Lead => "lead",
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
        formatter.write_str(
            "not a timbre: electric-piano, pluck, flute, bass, piano, organ, strings, lead or drums",
        )
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
    fn the_more_play_the_softer_each_is() {
        for timbre in Timbre::ALL {
            assert_eq!(timbre.level_among(1), 1.0);
            assert!((timbre.level_among(8) / timbre.balance() - 0.5).abs() < 1e-6);
            assert!((0.5..=1.5).contains(&timbre.balance()));
        }
    }

    #[test]
    fn programs_find_their_like() {
        for (program, timbre) in [
            (0, Timbre::Piano),
            (4, Timbre::ElectricPiano),
            (11, Timbre::ElectricPiano),
            (24, Timbre::Pluck),
            (33, Timbre::Bass),
            (16, Timbre::Organ),
            (40, Timbre::Strings),
            (56, Timbre::Lead),
            (81, Timbre::Lead),
            (89, Timbre::Strings),
            (46, Timbre::Pluck),
            (73, Timbre::Flute),
            (127, Timbre::ElectricPiano),
            (255, Timbre::ElectricPiano),
        ] {
            assert_eq!(Timbre::for_program(program), timbre, "{program}");
        }
        assert!((0..=127).all(|program| Timbre::for_program(program) != Timbre::Drums));
    }

    #[test]
    fn parts_find_their_voices() {
        let voice = |name, program| Timbre::for_part(name, program, false);
        assert_eq!(voice("Bass", Some(73)), Timbre::Flute);
        assert_eq!(voice("fretless BASS", None), Timbre::Bass);
        assert_eq!(voice("Bassoon", None), Timbre::ElectricPiano);
        assert_eq!(voice("", None), Timbre::ElectricPiano);
        assert_eq!(Timbre::for_part("Bass", Some(33), true), Timbre::Drums);
    }

    #[test]
    fn a_record_of_drums_plays_drums() {
        assert_eq!(Timbre::for_record(true), Timbre::Drums);
        assert_ne!(Timbre::for_record(false), Timbre::Drums);
    }
}
