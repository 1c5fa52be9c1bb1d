//! What is in a MIDI file.

use std::path::Path;

use anyhow::{Context, Result};
use comfy_table::Table;
use jukebox_analysis::Rhythm;
use jukebox_analysis::beats::Source;
use jukebox_model::meter::BarSlot;
use jukebox_model::midi::{self, Import, ImportError, ImportOptions, PartChoice};
use jukebox_model::piece::{Piece, TICKS_PER_QUARTER, TempoChange};
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
    meter_changes: Vec<MeterChange>,
    tempo: f64,
    tempo_changes: usize,
    key: Option<String>,
    keys: Vec<KeyChange>,
    pickup_quarters: f64,
    /// Bars of silence at the file's start that the piece does not have.
    silent_bars_left_out: u32,
    pedalled: usize,
    lowest: Option<String>,
    highest: Option<String>,
    format: u16,
    division: String,
    tracks: Vec<TrackSummary>,
    parts: NotesByKind,
    rounding: FileRounding,
    warnings: Vec<String>,
}

/// A meter and the bar that it begins at, counted from 1.
#[derive(Serialize)]
struct MeterChange {
    bar: u32,
    meter: String,
}

/// A key and the bar that it begins in, counted from 1.
#[derive(Serialize)]
struct KeyChange {
    bar: u32,
    key: String,
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
pub(super) fn inspect(
    path: &Path,
    part: Option<PartChoice>,
    pedal: bool,
) -> Result<(Table, String)> {
    let bytes = files::read(path, LONGEST_FILE);
    let bytes = bytes.with_context(|| format!("cannot read {}", path.display()))?;
    let import =
        |part| midi::import(&bytes, ImportOptions { part, pedal, ..ImportOptions::default() });
    let import = match (import(part.unwrap_or_default()), part) {
        (Err(ImportError::EmptyPart { .. }), None) => import(PartChoice::Drums),
        (import, _) => import,
    };
    let import = import.with_context(|| path.display().to_string())?;
    let mut report = MidiFileSummary::new(path, &import);
    if import.report.is_performance() && is_played_to_click(&bytes) {
        let performance = report.warnings.iter_mut().find(|it| it.contains("performance"));
        performance.into_iter().for_each(|it| *it = CLICKED.to_owned());
    }
    Ok((report.table(), serde_json::to_string_pretty(&report)?))
}

/// What is said of notes off the grid that keep near it.
const CLICKED: &str =
    "its notes were played near its own beats: what learns from it lays them there";

/// Whether the notes were played to the file's own beats.
fn is_played_to_click(bytes: &[u8]) -> bool {
    let rhythm = midi::read_score(bytes).ok().and_then(|score| Rhythm::of(&score).ok());
    rhythm.is_some_and(|it| it.beats.source == Source::Click)
}

impl MidiFileSummary {
    fn new(path: &Path, Import { piece, report, .. }: &Import) -> Self {
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
            part: report.part.to_string(),
            notes: piece.notes.len(),
            onsets: piece.onsets(),
            bars: piece.bars(),
            meters: piece.meters.changes().iter().map(|bar| bar.meter.to_string()).collect(),
            meter_changes: meter_changes(piece),
            // MIDI counts microseconds: 180 is written as 180.00018.
            tempo: (piece.usual_tempo() * 1000.0).round() / 1000.0,
            tempo_changes: tempo_changes(piece),
            key: piece.key.map(|key| key.to_string()),
            keys: report
                .keys
                .iter()
                .map(|&(at, key)| KeyChange {
                    bar: piece.meters.bar_at(at).number + 1,
                    key: key.to_string(),
                })
                .collect(),
            pickup_quarters: match report.pickup {
                0 => 0.0,
                before => {
                    f64::from(piece.meters.bar(0).meter.bar() - before)
                        / f64::from(TICKS_PER_QUARTER)
                }
            },
            silent_bars_left_out: report.silent_bars(),
            pedalled: report.pedalled,
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
        let meters = self.meter_changes.iter().map(|it| match it.bar {
            1 => it.meter.clone(),
            bar => format!("{} from bar {bar}", it.meter),
        });
        row("meters", listed(meters));
        if self.pickup_quarters > 0.0 {
            row("pickup", format!("the last {} quarter notes of bar 1", self.pickup_quarters));
        }
        if self.silent_bars_left_out > 0 {
            let silent = counted(self.silent_bars_left_out as usize, "bar");
            row("silence", format!("{silent} at the start left out"));
        }
        let changes = match self.tempo_changes {
            0 => String::new(),
            changes => format!(", {}", counted(changes, "change")),
        };
        row("tempo", format!("{:.1} quarter notes a minute{changes}", self.tempo));
        let keys = self.keys.iter().map(|it| match it.bar {
            1 => it.key.clone(),
            bar => format!("{} from bar {bar}", it.key),
        });
        row("key", if self.keys.is_empty() { "not named".to_owned() } else { listed(keys) });
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
        if self.pedalled > 0 {
            row("pedal", format!("{} lengthened", counted(self.pedalled, "note")));
        }
        for warning in &self.warnings {
            row("warning", warning.clone());
        }
        table
    }
}

/// The meters of a piece's music.
fn meter_changes(piece: &Piece) -> Vec<MeterChange> {
    let change = |bar: &BarSlot| MeterChange { bar: bar.number + 1, meter: bar.meter.to_string() };
    piece.meters.changes().iter().map(change).collect()
}

/// How often the tempo changes while there is music.
fn tempo_changes(piece: &Piece) -> usize {
    let first = piece.notes.first().map_or(0, |note| note.onset);
    let inside = |change: &&TempoChange| change.at > first && change.at < piece.end();
    piece.tempi.iter().filter(inside).count()
}

/// The first of many, by commas.
fn listed(all: impl ExactSizeIterator<Item = String>) -> String {
    const MOST: usize = 12;
    let more = all.len().saturating_sub(MOST);
    let mut shown: Vec<String> = all.take(MOST).collect();
    if more > 0 {
        shown.push(format!("and {more} more"));
    }
    shown.join(", ")
}
