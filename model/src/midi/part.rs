//! Which of a file's notes make the piece.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use super::file::MidiFile;
use super::lines::{Line, Lines};
use super::{ImportError, TrackReport};

/// Which of a file's notes make the piece. Written as `all`, `first`, `melody`, `drums`, as some [`Lines`], or as
/// `drums:` and some lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum PartChoice {
    /// All pitched notes.
    #[default]
    All,
    /// Those of the first track that has any.
    First,
    /// The highest line of the pitched notes.
    Melody,
    /// The drums.
    Drums,
    /// The pitched notes of some lines, or their drums where they have nothing else.
    Only(Lines),
    /// All notes of some lines, read as drums.
    AsDrums(Lines),
}

impl fmt::Display for PartChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::First => f.write_str("first"),
            Self::Melody => f.write_str("melody"),
            Self::Drums => f.write_str("drums"),
            Self::Only(lines) => lines.fmt(f),
            Self::AsDrums(lines) => write!(f, "drums:{lines}"),
        }
    }
}

/// Why a part cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is not a part: write all, first, melody, drums, a track number from 1 up, \"program 33\" or \
     \"program 33-40\" (1 to 128), \"channel 2\" (1 to 16), \"name bass*\" (at most 64 bytes; * is anything), or \
     any of the last four after drums: to read them as drums, such as drums:2"
)]
pub struct PartError(String);

impl FromStr for PartChoice {
    type Err = PartError;

    fn from_str(text: &str) -> Result<Self, PartError> {
        let text = text.trim();
        let named = [Self::All, Self::First, Self::Melody, Self::Drums];
        if let Some(part) = named.into_iter().find(|it| it.to_string().eq_ignore_ascii_case(text)) {
            return Ok(part);
        }
        let lines = |text: &str| text.trim().parse().map_err(|()| PartError(text.to_owned()));
        match text.split_once(':') {
            Some((drums, of)) if drums.trim().eq_ignore_ascii_case("drums") => {
                lines(of).map(Self::AsDrums).map_err(|_| PartError(text.to_owned()))
            }
            _ => lines(text).map(Self::Only),
        }
    }
}

impl MidiFile {
    /// Leaves of the notes those of a part, and says whether they are drums.
    ///
    /// # Errors
    /// Where there are none; the error says what the file has instead.
    pub(super) fn select(&mut self, part: PartChoice) -> Result<bool, ImportError> {
        let tracks = &self.report.tracks;
        let pitched = tracks.iter().position(|track| track.notes > 0);
        let mut as_drums = part == PartChoice::Drums;
        let mut notes = std::mem::take(&mut self.notes);
        match part {
            PartChoice::All | PartChoice::Melody => notes.retain(|note| !note.drums),
            PartChoice::First => {
                notes.retain(|note| !note.drums && Some(usize::from(note.track)) == pitched);
            }
            PartChoice::Drums => notes.retain(|note| note.drums),
            PartChoice::Only(lines) | PartChoice::AsDrums(lines) => {
                let mut chosen: HashMap<(u16, u8), bool> = HashMap::new();
                let has = |line| lines.has(&self.line(line));
                notes.retain(|note| {
                    let line = (note.track, note.channel);
                    *chosen.entry(line).or_insert_with(|| has(line))
                });
                as_drums = matches!(part, PartChoice::AsDrums(_));
                if as_drums {
                    notes.iter_mut().for_each(|note| note.drums = true);
                } else if notes.iter().any(|note| !note.drums) {
                    notes.retain(|note| !note.drums);
                } else {
                    as_drums = true;
                }
            }
        }
        if notes.is_empty() {
            return Err(ImportError::EmptyPart { part, advice: self.advice(part) });
        }
        self.notes = notes;
        Ok(as_drums)
    }

    fn line(&self, (track, channel): (u16, u8)) -> Line<'_> {
        let name = &self.report.tracks[usize::from(track)].name;
        Line { track, channel, name, program: self.programs.of_line(channel, track) }
    }

    /// What the file has instead of a part. Commands that let nobody choose say it, too.
    fn advice(&self, part: PartChoice) -> String {
        let tracks = &self.report.tracks;
        let filled = |track: &&TrackReport| track.notes + track.drums > 0;
        match part {
            PartChoice::All | PartChoice::First | PartChoice::Melody => {
                "the file has only drums (channel 10), the part drums".to_owned()
            }
            PartChoice::Drums => "the file has no drums (channel 10), its part is all".to_owned(),
            PartChoice::Only(lines) | PartChoice::AsDrums(lines) => match lines {
                Lines::Track(_) => {
                    let numbered = (1..).zip(tracks).filter(|(_, track)| filled(track));
                    let name = |(number, track): (usize, &TrackReport)| match track.name.as_str() {
                        "" => number.to_string(),
                        name => format!("{number} ({name})"),
                    };
                    format!("tracks with notes are {}", listed(numbered.map(name)))
                }
                Lines::Name(_) => {
                    let named = tracks.iter().filter(filled).filter(|it| !it.name.is_empty());
                    match listed(named.map(|track| format!("\"{}\"", track.name))) {
                        names if names.is_empty() => {
                            "its tracks with notes have no names".to_owned()
                        }
                        names => format!("tracks with notes are called {names}"),
                    }
                }
                Lines::Channel(_) => {
                    let counted = (1..).zip(self.report.channels).filter(|&(_, notes)| notes > 0);
                    let numbers =
                        listed(counted.map(|(number, _): (u32, usize)| number.to_string()));
                    format!("channels with notes are {numbers}")
                }
                Lines::Program { .. } => {
                    let named = self.programs.named().map(|it| (u32::from(it) + 1).to_string());
                    match listed(named) {
                        programs if programs.is_empty() => {
                            "the file names none, so that all of it is program 1".to_owned()
                        }
                        programs => format!("programs that the file names are {programs}"),
                    }
                }
            },
        }
    }
}

/// The first of many, by commas.
fn listed(all: impl Iterator<Item = String>) -> String {
    /// So many are told.
    const MOST: usize = 8;
    let mut told: Vec<String> = all.take(MOST + 1).collect();
    if told.len() > MOST {
        "...".clone_into(&mut told[MOST]);
    }
    told.join(", ")
}
