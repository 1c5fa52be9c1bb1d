//! The command `inspect`: what is in a MIDI file, a collection or a record, as a table or as JSON.

mod analysis;
mod file;
mod record;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use comfy_table::Table;
use jukebox_model::midi::{ImportOptions, Part};

use crate::dataset::reading::{GridChoice, Reading};
use crate::dataset::{Collection, Summary, is_archive};
use crate::terminal;

/// What to look for.
#[derive(Clone, Copy, Debug)]
pub struct What {
    /// The part of each MIDI file.
    pub part: Option<Part>,
    /// Whether pedals lengthen notes.
    pub pedal: bool,
    /// The grid of a collection's files.
    pub grid: Option<GridChoice>,
    /// Whether to tell, too, what is understood of a MIDI file.
    pub analysis: bool,
}

/// Looks into something and prints what it finds.
///
/// # Errors
/// Where it is none of the three, or cannot be read.
pub fn inspect(path: &Path, what: What, json: bool) -> Result<()> {
    let What { part, pedal, grid, analysis } = what;
    let (table, mut text) = match kind(path)? {
        Kind::Collection | Kind::Record if analysis => {
            bail!("{} is not a MIDI file: --analysis reads one", path.display())
        }
        Kind::Collection => collection(path, part, pedal, grid.unwrap_or_default())?,
        Kind::Record => record::inspect(path)?,
        Kind::File => file::inspect(path, part, pedal)?,
    };
    let mut table = table.to_string();
    if analysis {
        let (chart, annotations) = analysis::inspect(path)?;
        table = format!("{table}\n\n{chart}");
        let mut all: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text)?;
        if let serde_json::Value::Object(annotations) = annotations {
            all.extend(annotations);
        }
        text = serde_json::to_string_pretty(&all)?;
    }
    terminal::print_result(&if json { text } else { table })
}

enum Kind {
    Collection,
    Record,
    File,
}

/// What something is.
fn kind(path: &Path) -> Result<Kind> {
    let metadata =
        std::fs::metadata(path).with_context(|| format!("cannot open {}", path.display()))?;
    if metadata.is_dir() || is_archive(path) {
        return Ok(Kind::Collection);
    }
    if !metadata.is_file() {
        bail!("{} is neither a file nor a folder", path.display());
    }
    let is_record = path.extension().is_some_and(|it| it.eq_ignore_ascii_case("safetensors"));
    Ok(if is_record { Kind::Record } else { Kind::File })
}

fn collection(
    path: &Path,
    part: Option<Part>,
    pedal: bool,
    grid: GridChoice,
) -> Result<(Table, String)> {
    let part = part.unwrap_or_default();
    let import = ImportOptions { part, pedal, ..ImportOptions::default() };
    let reading = Reading { grid, ..Reading::from(import) };
    let collection = Collection::read(&[PathBuf::from(path)], reading)?;
    if collection.files == 0 && path.join("best.safetensors").exists() {
        bail!("{0} is the folder of a training: inspect {0}/best.safetensors", path.display());
    }
    let summary = Summary::of(&collection);
    let mut table = summary.table();
    for skipped in &summary.skipped {
        table.add_row(["skipped", &format!("{}: {}", skipped.source, skipped.reason)]);
    }
    for duplicate in &summary.duplicates {
        let line = format!("{} has the notes of {}", duplicate.source, duplicate.same_as);
        table.add_row(["duplicate", &line]);
    }
    Ok((table, serde_json::to_string_pretty(&summary)?))
}
