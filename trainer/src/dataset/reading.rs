//! How the files of a collection are read: which notes, on which grid, in which frame.

use std::fmt;
use std::str::FromStr;

use jukebox_analysis::beats::Source;
use jukebox_analysis::parts::{FilePart, Role, parts};
use jukebox_analysis::quantise::{Grid, Microtiming, Quantisation, quantise};
use jukebox_analysis::{Rhythm, white_keys};
use jukebox_model::midi::{
    self, Import, ImportError, ImportOptions, Line, MidiFile, PartChoice, Rounding,
};
use jukebox_model::piece::{Note, Piece, Tick, tidy};
use jukebox_model::record::KeyFrame;

use super::common_parts::PartsChoice;
use super::leftover::leftover;

/// How files are read.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// Which notes, and how long they last.
    pub import: ImportOptions,
    /// The grid that they are laid on.
    pub grid: GridChoice,
    /// The frame that they are brought to.
    pub keys: KeyFrame,
    /// Whether they keep their parts.
    pub parts: PartsChoice,
}

impl From<ImportOptions> for Reading {
    fn from(import: ImportOptions) -> Self {
        Self { import, grid: GridChoice::Auto, keys: KeyFrame::Sections, parts: PartsChoice::Off }
    }
}

impl From<PartChoice> for Reading {
    fn from(part: PartChoice) -> Self {
        ImportOptions::from(part).into()
    }
}

/// The grid of a collection's files. Written as `as-is`, `auto`, or a note value such as `1/16`; `1/24` are
/// triplets of 16ths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GridChoice {
    /// The files' own, whatever they are.
    AsIs,
    /// The files' own where it is that of the music, else what is heard from the notes.
    #[default]
    Auto,
    /// So many ticks, from the beats as [`GridChoice::Auto`] has them; all files are laid on it.
    Ticks(Tick),
}

/// Ticks in a whole note.
const WHOLE: Tick = 96;

impl fmt::Display for GridChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AsIs => f.write_str("as-is"),
            Self::Auto => f.write_str("auto"),
            Self::Ticks(ticks) => write!(f, "1/{}", WHOLE / ticks),
        }
    }
}

impl FromStr for GridChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.strip_prefix("1/").and_then(|parts| parts.parse::<Tick>().ok());
        match (text, parts) {
            // Of older records.
            ("as-is" | "", _) => Ok(Self::AsIs),
            ("auto", _) => Ok(Self::Auto),
            (_, Some(parts)) if parts >= 4 && WHOLE.is_multiple_of(parts) => {
                Ok(Self::Ticks(WHOLE / parts))
            }
            _ => {
                Err("as-is, auto, or a note value: 1/4, 1/8, 1/16, 1/32, or 1/6, 1/12, 1/24, 1/48 \
                      with triplets"
                    .to_owned())
            }
        }
    }
}

/// A file as it was read.
#[derive(Debug)]
pub struct ReadFile {
    /// The music, not yet in the white-key frame. Its parts are those of the file (see
    /// [`ReadFile::parts`]) where the reading keeps them.
    pub piece: Piece,
    /// What each part of the piece is in the file; empty where they were not kept.
    pub parts: Vec<FilePart>,
    /// What was inferred of the grid; `None` where it is the file's own.
    pub inferred: Option<InferredGrid>,
    /// How far the file's onsets lay from the model's ticks.
    pub rounding: Rounding,
    /// The same by part and place, of files that are taken as they are and keep their parts.
    pub leftover: Vec<Microtiming>,
    /// Whether the file seems to be a performance that was not laid on a grid.
    pub performance: bool,
    /// Whether the file is cut off or damaged, and only a part could be read.
    pub truncated: bool,
}

/// What was inferred of a file's grid.
#[derive(Clone, Debug, PartialEq)]
pub struct InferredGrid {
    /// How sure its beats are, 0 to 1.
    pub beats: f64,
    /// How sure its bars are, 0 to 1.
    pub bars: f64,
    /// Whether its notes were laid on another grid; else only its bars are inferred.
    pub moved: bool,
    /// Whether its beats and bars are the file's, near which its notes were played.
    pub clicked: bool,
    /// How early and late its parts play; numbers are those of [`ReadFile::parts`].
    pub timing: Vec<Microtiming>,
}

impl Reading {
    /// Reads a file's bytes.
    ///
    /// # Errors
    /// In words: where the bytes are no MIDI file, or have no such notes.
    pub fn read(&self, bytes: &[u8]) -> Result<ReadFile, String> {
        let part = self.import.part;
        // Drums are told from pitches by all that is known of a part, not by its channel alone.
        let by_parts = (self.grid != GridChoice::AsIs || self.keeps_parts())
            && matches!(part, PartChoice::All | PartChoice::Drums);
        let options = match by_parts {
            true => ImportOptions { part: PartChoice::All, keep_parts: true, ..self.import },
            false => self.import,
        };
        let said = |error: ImportError| error.to_string();
        if self.grid == GridChoice::AsIs && !by_parts {
            return midi::import(bytes, options).map(as_it_is).map_err(said);
        }
        let file = MidiFile::read(bytes, self.import.releases).map_err(said)?;
        let import = file.import(options).map_err(said)?;
        // What is too long to be understood is read as it is, with its parts.
        let score = file.score();
        let rhythm = Rhythm::of(&score).ok();
        let grid = match self.grid {
            GridChoice::Ticks(ticks) => Some(Grid::Ticks(ticks)),
            GridChoice::AsIs | GridChoice::Auto => None,
        };
        let silence = import.report.trimmed;
        let how = Quantisation { grid, pedal: self.import.pedal, silence };
        let inferring = |rhythm: &&Rhythm| {
            self.grid != GridChoice::AsIs && (grid.is_some() || !rhythm.is_stated())
        };
        let quantised = rhythm.as_ref().filter(inferring).and_then(|rhythm| quantise(rhythm, how));
        let (title, key, lines) =
            (import.piece.title.clone(), import.piece.key, import.lines.clone());
        let mut read = as_it_is(import);
        if let (Some(quantised), Some(rhythm)) = (quantised, &rhythm) {
            read.piece = Piece { title, key, ..quantised.piece };
            read.parts.clone_from(&rhythm.parts);
            read.performance = false;
            read.inferred = Some(InferredGrid {
                beats: rhythm.beats.confidence,
                bars: rhythm.bars.confidence,
                moved: quantised.grid != Grid::OfFile,
                clicked: rhythm.beats.source == Source::Click,
                timing: quantised.timing,
            });
        } else if by_parts {
            let known = rhythm.map_or_else(|| parts(&score).0, |rhythm| rhythm.parts);
            for (line, part) in lines.iter().zip(&mut read.piece.parts) {
                let of_line = known.iter().find(|it| (it.track, it.channel) == *line);
                part.drums = of_line.map_or(part.drums, |it| it.drums);
                read.parts.extend(of_line.cloned());
            }
            if read.parts.len() < read.piece.parts.len() {
                read.parts.clear();
            }
            if !read.performance {
                read.leftover = leftover(&score, &read.parts);
            }
        }
        let keep = self.keeps_parts() && !read.parts.is_empty();
        if !keep && !read.piece.parts.is_empty() {
            select(&mut read, part)?;
        }
        Ok(read)
    }

    /// Whether pieces keep the parts of their files: a part that is chosen is a piece of its own.
    pub fn keeps_parts(&self) -> bool {
        self.parts != PartsChoice::Off && self.import.part == PartChoice::All
    }
}

/// A file on its own grid, in one heap or with the parts of the import.
fn as_it_is(import: Import) -> ReadFile {
    ReadFile {
        piece: import.piece,
        parts: Vec::new(),
        inferred: None,
        rounding: import.report.rounding,
        leftover: Vec::new(),
        performance: import.report.is_performance(),
        truncated: import.report.truncated,
    }
}

/// The shifts in semitones that bring a piece to the white keys, each from a tick on; the first from 0.
pub fn shifts(piece: &Piece, keys: KeyFrame) -> Vec<(Tick, i8)> {
    match keys {
        KeyFrame::Whole => vec![(0, piece.to_white_keys().1)],
        KeyFrame::Sections => white_keys::shifts(piece),
    }
}

/// Leaves of a piece with all parts of its file the notes that were chosen, as one heap.
///
/// # Errors
/// In words: where there are none.
fn select(read: &mut ReadFile, choice: PartChoice) -> Result<(), String> {
    let parts = &read.piece.parts;
    let pitched = |index: usize| !parts[index].drums;
    let track = |index: usize| read.parts.get(index).map_or(0, |it| it.track);
    let first = (0..parts.len()).find(|&index| pitched(index)).map(track);
    let all = 0..parts.len();
    let chosen: Vec<bool> = match choice {
        PartChoice::All | PartChoice::Melody => all.map(pitched).collect(),
        PartChoice::Drums => {
            let effects =
                |index: usize| read.parts.get(index).is_some_and(|part| part.role == Role::Effects);
            all.map(|index| !pitched(index) && !effects(index)).collect()
        }
        PartChoice::First => {
            all.map(|index| pitched(index) && Some(track(index)) == first).collect()
        }
        PartChoice::Only(lines) | PartChoice::AsDrums(lines) => {
            let has = |index: &usize| {
                read.parts.get(*index).is_some_and(|part| {
                    let FilePart { track, channel, program, .. } = *part;
                    lines.has(&Line { track, channel, name: &part.name, program })
                })
            };
            let as_drums = matches!(choice, PartChoice::AsDrums(_));
            let has_pitches = all.clone().filter(has).any(pitched);
            all.map(|index| has(&index) && (as_drums || pitched(index) == has_pitches)).collect()
        }
    };
    let as_drums = matches!(choice, PartChoice::AsDrums(_));
    let drums = as_drums || (0..parts.len()).all(|index| !chosen[index] || !pitched(index));
    let notes = read.piece.notes.iter().filter(|note| chosen[usize::from(note.part)]);
    let mut notes: Vec<Note> = notes.map(|note| Note { part: 0, ..*note }).collect();
    if notes.is_empty() {
        let advice = match choice {
            PartChoice::Drums => "the file has no drums, its part is all",
            PartChoice::Only(_) | PartChoice::AsDrums(_) => "see what the file has with inspect",
            _ => "the file has only drums, the part drums",
        };
        return Err(format!("no notes in the part {choice}: {advice}"));
    }
    // Of one heap all is one part.
    read.leftover.retain(|it| chosen.get(usize::from(it.part)).is_some_and(|&it| it));
    read.leftover.iter_mut().for_each(|it| it.part = 0);
    tidy(&mut notes);
    if choice == PartChoice::Melody {
        notes = midi::highest_line(&notes);
    }
    read.piece = Piece { drums, parts: Vec::new(), notes, ..std::mem::take(&mut read.piece) };
    read.parts.clear();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grids_are_read_as_they_are_written() {
        for grid in ["as-is", "auto", "1/16", "1/24", "1/4", "1/96"] {
            assert_eq!(grid.parse::<GridChoice>().unwrap().to_string(), grid);
        }
        for no_grid in ["1/5", "1/0", "1/2", "16", "1/128", "1/-4"] {
            assert!(no_grid.parse::<GridChoice>().is_err(), "{no_grid}");
        }
    }
}
