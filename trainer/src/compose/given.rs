//! A MIDI file that is given to a record, read as the record has read its collection.

use std::path::Path;

use anyhow::{Context, Result};
use jukebox_analysis::parts::{FilePart, Role};
use jukebox_model::midi::{self, ImportOptions, PartChoice};
use jukebox_model::piece::{Note, Piece, Tick, tidy};
use jukebox_model::record::Record;

use super::parts;
use crate::dataset::common_parts::PartsChoice;
use crate::dataset::reading::{GridChoice, InferredGrid};
use crate::dataset::record_parts::{Place, places};
use crate::dataset::{LONGEST_FILE, provenance};
use crate::files;
use crate::format::counted;

/// A MIDI file, or a pipe that the shell hands over, for a record.
#[derive(Clone, Copy)]
pub struct GivenFile<'a> {
    /// The MIDI file.
    pub path: &'a Path,
    /// The record.
    pub record: &'a Record,
    /// The file that the record lies in: a parts file may lie beside it.
    pub record_path: &'a Path,
    /// Whether pedals lengthen notes, where they do in what the record has learnt.
    pub pedal: bool,
}

/// The tracks of a file.
#[derive(Debug)]
pub(super) struct Tracks {
    /// The music; its parts are the tracks.
    piece: Piece,
    /// What each of them is.
    pub tracks: Vec<FilePart>,
    /// Silence before it, in whole bars of its first meter.
    pub silence: Tick,
    /// What was changed or lost in reading, a sentence each.
    pub remarks: Vec<String>,
}

impl GivenFile<'_> {
    /// What the file is called where it is told of.
    pub(super) fn name(&self) -> std::path::Display<'_> {
        self.path.display()
    }

    /// Its bytes.
    ///
    /// # Errors
    /// Where it cannot be read, or is longer than a MIDI file of a collection may be.
    pub(super) fn bytes(&self) -> Result<Vec<u8>> {
        let bytes = files::read_or_receive(self.path, LONGEST_FILE);
        bytes.with_context(|| format!("cannot read {}", self.name()))
    }

    /// Whether the record has read pedals, and they are to be read here.
    pub(super) fn pedal(&self) -> bool {
        self.pedal && self.record.receipt().pedal
    }

    /// Part of its music, as one heap or with its drums alone, on the record's grid; `None` where that is the
    /// file's own.
    ///
    /// # Errors
    /// Where there are no such notes.
    pub(super) fn on_grid(&self, bytes: &[u8], part: PartChoice) -> Result<Option<Piece>> {
        let mut reading = provenance::reading(self.record.receipt(), self.record_path)?;
        if reading.grid == GridChoice::AsIs {
            return Ok(None);
        }
        reading.import = ImportOptions { part, pedal: self.pedal(), ..reading.import };
        reading.parts = PartsChoice::Off;
        let read = reading.read(bytes).map_err(anyhow::Error::msg);
        Ok(Some(read.with_context(|| self.name().to_string())?.piece))
    }

    /// All its music with its tracks, on the record's grid.
    ///
    /// # Errors
    /// Where it cannot be read, or has no notes.
    pub(super) fn tracks(&self) -> Result<Tracks> {
        let bytes = self.bytes()?;
        let mut reading = provenance::reading(self.record.receipt(), self.record_path)?;
        let part = PartChoice::All;
        reading.import =
            ImportOptions { part, pedal: self.pedal(), keep_parts: true, ..reading.import };
        reading.parts = PartsChoice::Auto;
        let report = midi::import(&bytes, reading.import).map(|import| import.report);
        let report = report.with_context(|| self.name().to_string())?;
        let read = reading.read(&bytes).map_err(anyhow::Error::msg);
        let read = read.with_context(|| self.name().to_string())?;
        let mut remarks = report.warnings();
        remarks.extend(read.inferred.as_ref().map(heard));
        let mut tracks = match read.parts.is_empty() {
            true => vec![heap(&read.piece)],
            false => read.parts,
        };
        hear_chords(&mut tracks, &read.piece.notes);
        // Where bars are heard, the first is where the music begins.
        let heard = read.inferred.as_ref().is_some_and(|it| !it.clicked);
        let silence = if heard { 0 } else { report.trimmed };
        Ok(Tracks { piece: read.piece, tracks, silence, remarks })
    }

    /// The part of the record that each track is, by the rules of common parts.
    ///
    /// # Errors
    /// Where a parts file beside the record cannot be read.
    pub(super) fn places(&self, tracks: &[FilePart]) -> Result<Vec<Option<Place>>> {
        let choice = PartsChoice::of_receipt(&self.record.receipt().parts, self.record_path)?;
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        Ok(places(self.record.vocabulary(), &choice, &name, tracks))
    }
}

impl Tracks {
    /// Bars of silence before the music.
    pub fn silent_bars(&self) -> u32 {
        self.silence / self.piece.meters.bar(0).meter.bar()
    }

    /// The music with the record's parts: each track is one of them, or left out.
    pub fn place(self, record: &Record, places: &[Option<u8>]) -> Piece {
        let vocabulary = record.vocabulary();
        let moved = |note: &Note| {
            let part = (*places.get(usize::from(note.part))?)?;
            Some(Note { part, ..*note })
        };
        let mut notes: Vec<Note> = self.piece.notes.iter().filter_map(moved).collect();
        tidy(&mut notes);
        let parts = vocabulary.parts.clone();
        Piece { notes, parts, drums: vocabulary.drums, ..self.piece }
    }

    /// What a track is called where it is told of.
    pub fn called(&self, track: usize) -> String {
        let FilePart { name, track: number, notes, .. } = &self.tracks[track];
        let notes = counted(*notes, "note");
        match name.trim() {
            "" => format!("track {} ({notes})", number + 1),
            name => format!("track {} \"{name}\" ({notes})", number + 1),
        }
    }

    /// What became of each track, a sentence each.
    pub fn told(&self, record: &Record, places: &[Option<Place>]) -> Vec<String> {
        let names = parts::names(&record.vocabulary().parts);
        let told = |(track, place): (usize, &Option<Place>)| {
            let called = self.called(track);
            match place {
                Some(Place { part, why }) => {
                    format!("{called} is the part {}, {why}", names[usize::from(*part)])
                }
                None => {
                    let plays =
                        if self.tracks[track].drums { "no drums" } else { "nothing like it" };
                    format!("{called} left out: {} plays {plays}", record.receipt().name)
                }
            }
        };
        places.iter().enumerate().map(told).collect()
    }
}

/// What is told of silence that was left out; nothing of none.
pub(super) fn without_silence(bars: u32) -> Option<String> {
    let silent = counted(bars as usize, "bar");
    (bars > 0).then(|| format!("{silent} of silence at its start left out: bars count from there"))
}

fn heard(grid: &InferredGrid) -> String {
    match (grid.clicked, grid.moved) {
        (true, _) => "its notes are laid on its beats, near which they were played".to_owned(),
        (_, true) => "its notes are laid on the beats and bars that are heard in them".to_owned(),
        _ => "its bars are those that are heard in its notes".to_owned(),
    }
}

/// A track that leads because it is alone plays chords where most of its notes sound with others.
fn hear_chords(tracks: &mut [FilePart], notes: &[Note]) {
    /// Notes at an onset, on average.
    const MANY: f64 = 1.6;
    let mut pitched = (0u8..).zip(tracks).filter(|(_, track)| !track.drums);
    let (Some((part, alone)), None) = (pitched.next(), pitched.next()) else { return };
    let own = notes.iter().filter(|note| note.part == part);
    let mut onsets: Vec<Tick> = own.map(|note| note.onset).collect();
    let count = onsets.len() as f64;
    onsets.dedup();
    if alone.role == Role::Melody && count >= MANY * onsets.len() as f64 {
        alone.role = Role::Chords;
    }
}

/// A file that is too long to be understood, as one track.
fn heap(piece: &Piece) -> FilePart {
    let keys = piece.notes.iter().map(|note| note.pitch);
    let sum: f64 = keys.clone().map(f64::from).sum();
    FilePart {
        name: String::new(),
        track: 0,
        channel: 0,
        program: None,
        drums: piece.drums,
        role: if piece.drums { Role::Drums } else { Role::Melody },
        notes: piece.notes.len(),
        range: (keys.clone().min().unwrap_or(0), keys.max().unwrap_or(0)),
        height: sum / piece.notes.len().max(1) as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chords_alone_are_no_melody() {
        let note = |onset, pitch| Note { onset, part: 0, pitch, duration: 24, velocity: 80 };
        let line: Vec<Note> = (0..8).map(|beat| note(24 * beat, 60)).collect();
        let chords: Vec<Note> =
            (0..8).flat_map(|beat| [60, 64, 67].map(|pitch| note(24 * beat, pitch))).collect();
        let role = |notes: &[Note], others: usize| {
            let piece = Piece { notes: notes.to_vec(), ..Piece::default() };
            let mut tracks = vec![heap(&piece); 1 + others];
            hear_chords(&mut tracks, notes);
            tracks[0].role
        };
        assert_eq!(role(&line, 0), Role::Melody);
        assert_eq!(role(&chords, 0), Role::Chords);
        assert_eq!(role(&chords, 1), Role::Melody, "among others it leads");
    }
}
