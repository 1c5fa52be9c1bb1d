//! The command `inspect`: what is in a MIDI file, a collection or a record, as a table or as JSON.

mod analysis;
mod file;
mod picture;
mod record;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use comfy_table::Table;
use jukebox_model::midi::{ImportOptions, PartChoice};

use crate::dataset::common_parts::PartsChoice;
use crate::dataset::parts_file::PartsFile;
use crate::dataset::reading::{GridChoice, Reading};
use crate::dataset::{Collection, NOTATION, Summary, is_archive, is_notation};
use crate::{files, terminal};

/// What to look for.
#[derive(Clone, Debug)]
pub struct What {
    /// The part of each MIDI file.
    pub part: Option<PartChoice>,
    /// Whether pedals lengthen notes.
    pub pedal: bool,
    /// The grid of a collection's files.
    pub grid: Option<GridChoice>,
    /// The parts of a collection: `auto`, `off` or the path of a parts file.
    pub parts: Option<String>,
    /// Where to write the parts of a collection, to be changed by hand.
    pub parts_file: Option<PathBuf>,
    /// Whether to tell, too, what is understood of a MIDI file.
    pub analysis: bool,
    /// Where to draw a MIDI file.
    pub png: Option<PathBuf>,
}

/// Looks into something and prints what it finds; several are one collection.
///
/// # Errors
/// Where it is none of the three, or cannot be read, or where a file that is to be made cannot be written.
pub fn inspect(paths: &[PathBuf], what: &What, json: bool) -> Result<()> {
    let &What { part, pedal, analysis, .. } = what;
    let [path] = paths else {
        if analysis || what.png.is_some() {
            bail!("name one MIDI file: --analysis and --png read one");
        }
        let (table, text) = collection(paths, what)?;
        return terminal::print_result(&if json { text } else { table.to_string() });
    };
    let (table, mut text) = match kind(path)? {
        Kind::Collection | Kind::Record if analysis => {
            bail!("{} is not a MIDI file: --analysis reads one", path.display())
        }
        Kind::Collection | Kind::Record if what.png.is_some() => {
            bail!("{} is not a MIDI file: --png draws one", path.display())
        }
        Kind::Collection => collection(paths, what)?,
        _ if what.parts_file.is_some() => {
            bail!("{} is not a collection: --parts-file writes the parts of one", path.display())
        }
        Kind::Record => record::inspect(path)?,
        Kind::File => file::inspect(path, part, pedal)?,
    };
    if let Some(png) = &what.png {
        picture::draw(path, what, png)?;
    }
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
    let metadata = std::fs::metadata(path).with_context(|| {
        let path = path.display();
        format!("nothing at {path}: name a MIDI file, a folder or .zip of them, or a record")
    })?;
    if metadata.is_dir() || is_archive(path) {
        return Ok(Kind::Collection);
    }
    if is_notation(path) {
        bail!("{}: {NOTATION}", path.display());
    }
    if !metadata.is_file() {
        bail!("{} is neither a file nor a folder", path.display());
    }
    let is_record = path.extension().is_some_and(|it| it.eq_ignore_ascii_case("safetensors"));
    Ok(if is_record { Kind::Record } else { Kind::File })
}

fn collection(paths: &[PathBuf], what: &What) -> Result<(Table, String)> {
    let part = what.part.unwrap_or_default();
    let import = ImportOptions { part, pedal: what.pedal, ..ImportOptions::default() };
    let parts = PartsChoice::open(what.parts.as_deref().unwrap_or("auto"))?;
    let reading = Reading { grid: what.grid.unwrap_or_default(), parts, ..Reading::from(import) };
    let collection = Collection::read(paths, reading)?;
    if let [path] = paths
        && collection.files == 0
        && path.join("best.safetensors").exists()
    {
        bail!("{0} is the folder of a training: inspect {0}/best.safetensors", path.display());
    }
    if let Some(file) = &what.parts_file {
        let Some(common) = &collection.parts else {
            bail!("the collection has one part: there is nothing to write down");
        };
        // Files are named from the collection on, so that it may be moved.
        let folder = match paths {
            [path] => format!("{}/", path.display()),
            _ => String::new(),
        };
        let sources = collection.pieces.iter().map(|it| {
            let file = it.file.strip_prefix(&folder).unwrap_or(&it.file);
            (file, it.parts.as_slice())
        });
        files::write(file, PartsFile::describe(common, sources).as_bytes())?;
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
