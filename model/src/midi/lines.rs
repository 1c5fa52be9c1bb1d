//! Lines of a file by what they are called: a track, a program, a channel, a name.

use std::fmt;
use std::num::NonZeroU16;
use std::str::FromStr;

/// One channel of one track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Counted from 0.
    pub track: u16,
    /// 0 to 15.
    pub channel: u8,
    /// The track's name; empty where it has none.
    pub name: &'a str,
    /// 0 to 127; `None` where none is named, which sounds as the first.
    pub program: Option<u8>,
}

/// Some of a file's lines. Written as a track's number, `program 33`, `program 33-40`, `channel 2` or
/// `name TEXT`; all numbers count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lines {
    /// The track of a number, 1 being the first in the file.
    Track(NonZeroU16),
    /// General MIDI programs, both included: 1 to 128.
    Program {
        /// The first of them.
        first: u8,
        /// The last of them.
        last: u8,
    },
    /// A channel, 1 to 16.
    Channel(u8),
    /// The tracks of a name.
    Name(NamePattern),
}

impl Lines {
    /// Whether a line is one of them.
    pub fn has(&self, line: &Line<'_>) -> bool {
        match self {
            Self::Track(number) => line.track == number.get() - 1,
            Self::Program { first, last } => {
                (*first..=*last).contains(&(line.program.unwrap_or(0) + 1))
            }
            Self::Channel(number) => line.channel == number - 1,
            Self::Name(pattern) => pattern.matches(line.name),
        }
    }
}

impl fmt::Display for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Track(number) => number.fmt(f),
            Self::Program { first, last } if first == last => write!(f, "program {first}"),
            Self::Program { first, last } => write!(f, "program {first}-{last}"),
            Self::Channel(number) => write!(f, "channel {number}"),
            Self::Name(pattern) => write!(f, "name {pattern}"),
        }
    }
}

impl FromStr for Lines {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if let Ok(number) = text.parse() {
            return Ok(Self::Track(number));
        }
        let (what, which) = text.split_once([' ', ':', '=']).ok_or(())?;
        let which = which.trim();
        let number = |text: &str, most: u8| {
            text.trim().parse().ok().filter(|number| (1..=most).contains(number)).ok_or(())
        };
        match what.to_ascii_lowercase().as_str() {
            "track" => which.parse().map(Self::Track).map_err(|_| ()),
            "channel" => Ok(Self::Channel(number(which, 16)?)),
            "name" => which.parse().map(Self::Name),
            "program" => {
                let (first, last) = which.split_once('-').unwrap_or((which, which));
                let (first, last) = (number(first, 128)?, number(last, 128)?);
                if first > last { Err(()) } else { Ok(Self::Program { first, last }) }
            }
            _ => Err(()),
        }
    }
}

/// A name, in which `*` stands for anything; the case of letters does not matter. At most 64 bytes, kept in
/// place, so that choices can be copied.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct NamePattern {
    length: u8,
    bytes: [u8; Self::LONGEST],
}

impl NamePattern {
    const LONGEST: usize = 64;

    /// The name as it is written.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.length)]).unwrap_or_default()
    }

    /// Whether a name is one of those that are meant.
    pub fn matches(&self, name: &str) -> bool {
        let pattern: Vec<char> = self.as_str().chars().flat_map(char::to_lowercase).collect();
        let name: Vec<char> = name.trim().chars().flat_map(char::to_lowercase).collect();
        let (mut at, mut of_name) = (0, 0);
        // The last star, and what of the name it has not yet taken.
        let mut star: Option<(usize, usize)> = None;
        while of_name < name.len() {
            match pattern.get(at) {
                Some('*') => {
                    star = Some((at, of_name));
                    at += 1;
                }
                Some(&c) if c == name[of_name] => (at, of_name) = (at + 1, of_name + 1),
                _ => {
                    let Some((place, taken)) = star else { return false };
                    star = Some((place, taken + 1));
                    (at, of_name) = (place + 1, taken + 1);
                }
            }
        }
        pattern[at..].iter().all(|&c| c == '*')
    }
}

impl FromStr for NamePattern {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let text = text.trim();
        if text.is_empty() || text.len() > Self::LONGEST || text.contains(char::is_control) {
            return Err(());
        }
        let mut bytes = [0; Self::LONGEST];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        Ok(Self { length: text.len() as u8, bytes })
    }
}

impl fmt::Display for NamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for NamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, name: &str) -> bool {
        pattern.parse::<NamePattern>().unwrap().matches(name)
    }

    #[test]
    fn a_star_stands_for_anything_and_case_for_nothing() {
        for (pattern, name) in [
            ("bass", " Bass "),
            ("*bass*", "Fretless BASS 2"),
            ("*bass*", "bass"),
            ("b*s", "Bas s"),
            ("a*ab", "aaab"),
            ("*", ""),
            ("fl\u{f6}te*", "FL\u{d6}TE 1"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("bass", "Bass 2"), ("*bass", "bass 2"), ("b*s", "b"), ("a", "")] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
        assert!(
            "".parse::<NamePattern>().is_err() && "x".repeat(65).parse::<NamePattern>().is_err()
        );
    }
}
