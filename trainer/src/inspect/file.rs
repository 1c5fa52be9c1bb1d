//! What is in a MIDI file.

use std::path::Path;

use anyhow::{Context, Result};
use comfy_table::Table;
use jukebox_model::midi::{self, Import, ImportError, Part};
use serde::Serialize;

use crate::dataset::LONGEST_FILE;
use crate::format::{self, count, counted};
use crate::{files, names};

#[derive(Serialize)]
struct MidiFileSummary {
    file: String,
    title: String,
    part: String,
    notes: usize,
    onsets: usize,
    bars: u32,
    meters: Vec<String>,
    tempo: f64,
    tempo_changes: usize,
    key: Option<String>,
    lowest: Option<String>,
    highest: Option<String>,
    format: u8,
    division: String,
    tracks: Vec<TrackSummary>,
    parts: NotesByKind,
    rounding: FileRounding,
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct TrackSummary {
    number: usize,
    name: String,
    notes: usize,
    drums: usize,
}

/// Notes in the whole file.
#[derive(Serialize)]
struct NotesByKind {
    pitched: usize,
    drums: usize,
}

#[derive(Serialize)]
struct FileRounding {
    off_grid: usize,
    mean_ticks: f64,
    max_ticks: f64,
}

/// Reads a file; without a part, all pitched channels, or the drums where there is nothing else.
pub(super) fn inspect(path: &Path, part: Option<Part>) -> Result<(Table, String)> {
    let bytes = files::read(path, LONGEST_FILE);
    let bytes = bytes.with_context(|| format!("cannot read {}", path.display()))?;
    let import = match (midi::import(&bytes, part.unwrap_or_default()), part) {
        (Err(ImportError::EmptyPart { .. }), None) => midi::import(&bytes, Part::Drums),
        (import, _) => import,
    };
    let import = import.with_context(|| path.display().to_string())?;
    let report = MidiFileSummary::new(path, &import);
    Ok((report.table(), serde_json::to_string_pretty(&report)?))
}

impl MidiFileSummary {
    fn new(path: &Path, Import { piece, report }: &Import) -> Self {
        let pitch = |note: &jukebox_model::piece::Note| names::pitch(note.pitch, piece.drums);
        let track = |(index, track): (usize, &midi::TrackReport)| TrackSummary {
            number: index + 1,
            name: track.name.clone(),
            notes: track.notes,
            drums: track.drums,
        };
        Self {
            file: path.display().to_string(),
            title: piece.title.clone(),
            part: if piece.drums { Part::Drums } else { report.part }.to_string(),
            notes: piece.notes.len(),
            onsets: piece.onsets(),
            bars: piece.bars(),
            meters: piece.meters.changes().iter().map(|bar| bar.meter.to_string()).collect(),
            // MIDI counts microseconds: 180 is written as 180.00018.
            tempo: (piece.tempo_at(0) * 1000.0).round() / 1000.0,
            tempo_changes: piece.tempi.len().saturating_sub(1),
            key: piece.key.map(|key| key.to_string()),
            lowest: piece.notes.iter().min_by_key(|note| note.pitch).map(pitch),
            highest: piece.notes.iter().max_by_key(|note| note.pitch).map(pitch),
            format: report.format,
            division: report.division.to_string(),
            tracks: report.tracks.iter().enumerate().map(track).collect(),
            parts: NotesByKind { pitched: report.notes() - report.drums(), drums: report.drums() },
            rounding: FileRounding {
                off_grid: report.rounding.off_grid,
                mean_ticks: report.rounding.mean,
                max_ticks: report.rounding.max,
            },
            warnings: report.warnings(),
        }
    }

    fn table(&self) -> Table {
        let mut table =
            format::facts_table(if self.title.is_empty() { &self.file } else { &self.title });
        let mut row = |what: &str, value: String| {
            table.add_row([what.to_owned(), value]);
        };
        row("file", self.file.clone());
        row("part", self.part.clone());
        row("notes", count(self.notes));
        row("onsets", count(self.onsets));
        row("bars", count(self.bars as usize));
        row("meters", self.meters.join(", "));
        let changes = match self.tempo_changes {
            0 => String::new(),
            changes => format!(", {}", counted(changes, "change")),
        };
        row("tempo", format!("{:.1} quarter notes a minute{changes}", self.tempo));
        row("key", self.key.clone().unwrap_or_else(|| "not named".to_owned()));
        if let (Some(lowest), Some(highest)) = (&self.lowest, &self.highest) {
            row("range", format!("{lowest} to {highest}"));
        }
        row("format", format!("{}, {}", self.format, self.division));
        for track in &self.tracks {
            let name = if track.name.is_empty() { "unnamed" } else { &track.name };
            let drums = match track.drums {
                0 => String::new(),
                drums => format!(", {}", counted(drums, "drum hit")),
            };
            let line = format!("{name}: {}{drums}", counted(track.notes, "note"));
            row(&format!("track {}", track.number), line);
        }
        row(
            "rounding",
            match self.rounding.off_grid {
                _ if self.notes == 0 => "no onsets".to_owned(),
                0 => "every onset lies on a tick".to_owned(),
                moved => format!(
                    "{} moved by {:.2} ticks in the mean, {:.2} at most",
                    counted(moved, "onset"),
                    self.rounding.mean_ticks,
                    self.rounding.max_ticks
                ),
            },
        );
        for warning in &self.warnings {
            row("warning", warning.clone());
        }
        table
    }
}
