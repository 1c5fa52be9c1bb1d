//! What is made of a tune: some of its notes; a MIDI file, a picture, sound, a line.

use std::path::Path;

use anyhow::{Result, ensure};
use jukebox_model::meter::MeterMap;
use jukebox_model::midi::{self, Mark};
use jukebox_model::piece::{Note, Part, Piece, TempoChange, Tick};
use jukebox_synth::Timbre;

use super::parts::{self, PartSet};
use super::tune::Tune;
use crate::render::{roll, sound};
use crate::{files, format};

impl Tune {
    /// The bars that were composed, without what was given round them and in them.
    pub fn only_new(self) -> Self {
        let Self { piece, composed, standing, .. } = self;
        let from = piece.meters.bar_at(composed.start).start;
        let inside = |at: Tick| composed.contains(&at);
        let moved = |at: Tick| at.saturating_sub(from);
        let first = (0, piece.meters.bar_at(from).meter);
        let changes = piece.meters.changes().iter().filter(|bar| bar.start > from);
        let mut tempi = vec![TempoChange { at: 0, bpm: piece.tempo_at(from) }];
        let later = piece.tempi.iter().filter(|change| change.at > from && inside(change.at));
        tempi.extend(later.map(|change| TempoChange { at: moved(change.at), ..*change }));
        let is_new = |note: &&Note| inside(note.onset) && !standing.has(note.part);
        let cut = |note: &Note| Note {
            onset: moved(note.onset),
            duration: note.duration.min(composed.end - note.onset),
            ..*note
        };
        let meters = changes.map(|bar| (moved(bar.start), bar.meter));
        Self {
            piece: Piece {
                meters: MeterMap::from_changes(std::iter::once(first).chain(meters)),
                tempi,
                notes: piece.notes.iter().filter(is_new).map(cut).collect(),
                ..piece
            },
            composed: moved(composed.start)..moved(composed.end),
            marks: self
                .marks
                .into_iter()
                .filter(|mark| composed.contains(&mark.at))
                .map(|mark| Mark { at: moved(mark.at), ..mark })
                .collect(),
            ..self
        }
    }

    /// The tune after some silence, which belongs to what is composed where that begins the tune; whole bars of
    /// the first meter.
    pub fn after_silence(self, ticks: Tick) -> Self {
        let Self { mut piece, composed, .. } = self;
        let later = |at: Tick| if at == 0 { 0 } else { at.saturating_add(ticks) };
        let meters = piece.meters.changes().iter().map(|bar| (later(bar.start), bar.meter));
        piece.meters = MeterMap::from_changes(meters);
        piece.tempi.iter_mut().for_each(|change| change.at = later(change.at));
        piece.notes.iter_mut().for_each(|note| note.onset = note.onset.saturating_add(ticks));
        let mut marks = self.marks;
        marks.iter_mut().for_each(|mark| mark.at = mark.at.saturating_add(ticks));
        Self { piece, marks, composed: later(composed.start)..later(composed.end), ..self }
    }

    /// Some parts of the tune: the others are left out.
    ///
    /// # Errors
    /// Where none is left.
    pub fn only_parts(self, kept: PartSet) -> Result<Self> {
        ensure!(
            !kept.is_empty(),
            "no part is left to write: name one that is composed with --parts, or leave --only-new out"
        );
        let Self { piece, standing, .. } = self;
        let numbers: Vec<u8> =
            (0..=u8::MAX).zip(&piece.parts).map(|it| it.0).filter(|&it| kept.has(it)).collect();
        let number = |part: u8| numbers.iter().position(|&it| it == part).map(|it| it as u8);
        let renumbered = |note: &Note| Some(Note { part: number(note.part)?, ..*note });
        let part = |&number: &u8| piece.parts[usize::from(number)].clone();
        let parts: Vec<Part> = numbers.iter().map(part).collect();
        let standing = numbers.iter().filter(|&&it| standing.has(it)).filter_map(|&it| number(it));
        Ok(Self {
            standing: standing.collect(),
            piece: Piece {
                drums: parts.iter().all(|part| part.drums),
                notes: piece.notes.iter().filter_map(renumbered).collect(),
                parts,
                ..piece
            },
            ..self
        })
    }

    /// Writes the tune as a MIDI file.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        files::write(path, &midi::export_marked(&self.piece, self.instrument, &self.marks))
    }

    /// Draws the tune as a piano roll. The names of its parts tell which were given.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn draw(&self, path: &Path) -> Result<()> {
        let mut piece = self.piece.clone();
        let names = parts::names(&piece.parts);
        for ((number, part), name) in (0..=u8::MAX).zip(&mut piece.parts).zip(names) {
            if self.standing.has(number) {
                part.name = format!("{name} (given)");
            }
        }
        roll::write_png(path, &piece, &self.line(), &self.composed)
    }

    /// Plays the tune into a WAV file, each part by the voice that suits it, or all by one that is chosen. Gives
    /// the file's length and what plays: "1 min 20 s of flute, bass, drums".
    ///
    /// # Errors
    /// Where the file cannot be written, or the tune is longer than such a file can be.
    pub fn sound(&self, path: &Path, chosen: Option<Timbre>) -> Result<String> {
        let voices = sound::voices(&self.piece, self.instrument.program, chosen);
        let length = format::span(sound::write(path, &self.piece, &voices)?);
        let mut names: Vec<String> = Vec::new();
        for (voice, part) in voices.iter().zip(0..=u8::MAX) {
            let name = voice.name().to_lowercase();
            if !names.contains(&name) && self.piece.notes.iter().any(|note| note.part == part) {
                names.push(name);
            }
        }
        Ok(format!("{length} of {}", names.join(", ")))
    }

    /// The tune in a line: tempo, meter, key, length.
    pub fn line(&self) -> String {
        format::piece_line(&self.piece, self.composed.start)
    }
}
