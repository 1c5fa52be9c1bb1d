//! The report: is what a record composes music like the collection, is it made like it, and is it new?
//!
//! ```text
//! Record, Collection -> data, sets: held-out pieces, and a composed and a training piece for each
//!                        |
//!                        +-> likeness: features, distances, density -> overlap
//!                        +-> manner: form, harmony, groove          -> distances, takes that are stuck
//!                        +-> originality: suffix_array              -> copied runs, and their sources
//!                        |
//!                       text, JSON, page (HTML with plots and piano rolls)
//! ```
//!
//! Whatever is measured of composed pieces is measured of people's, too: a yardstick stands beside
//! each number (see `docs/report.md`).

mod data;
pub mod density;
pub mod features;
pub mod likeness;
pub mod manner;
pub mod originality;
mod page;
pub mod sets;
pub mod suffix_array;
mod text;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use jukebox_model::piece::Piece;
use jukebox_model::record::Record;
use serde::Serialize;

use self::data::{ReportCollections, ReportData};
use self::features::NOTE_VALUES;
use self::likeness::{ComparedPieces, Likeness};
use self::manner::Manner;
use self::originality::{LearntRuns, NamedPiece, Originality};
use crate::dataset::provenance;
use crate::dataset::split::Excerpt;
use crate::format::counted;
use crate::knobs::Knobs;
use crate::{files, names, takes, terminal};

/// What pieces and pairs are drawn by: the same report every time.
const SEED: u64 = 1;
/// Held-out pieces that are compared where nobody says how many, at most.
const PIECES: usize = 100;
/// Takes that are composed where nobody says how many, at least: where fewer pieces were held out, each is
/// the model of several. Seven takes of one record overlapped by 0.73 to 0.86 with seven pieces, fifty by
/// 0.77 to 0.78.
const TAKES: usize = 50;

/// What to report on.
#[derive(Args, Debug)]
pub struct ReportOptions {
    /// The record, such as best.safetensors of a training
    #[arg(value_name = "RECORD")]
    pub record: PathBuf,
    /// The collection to compare with: pieces that the record has not learnt are held against what
    /// it composes
    #[arg(required = true, value_name = "COLLECTION")]
    pub collections: Vec<PathBuf>,
    /// Prints JSON, for machines
    #[arg(long)]
    pub json: bool,
    /// Also writes the report as a web page with plots and piano rolls, complete in itself
    #[arg(short, long, value_name = "FILE.html")]
    pub output: Option<PathBuf>,
    /// The collection that the record has learnt, where COLLECTION is another
    #[arg(long, value_name = "COLLECTION")]
    pub learnt: Vec<PathBuf>,
    /// Reads notes as they are fingered: pedals do not lengthen them [default: as the record has learnt them]
    #[arg(long)]
    pub no_pedal: bool,
    /// Takes to compose, and pieces to compare them with, at most [default: 100 pieces and a take for
    /// each, or some for each until there are 50]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=1000))]
    pub takes: Option<u32>,
    #[command(flatten)]
    knobs: Knobs,
}

/// All that is reported.
#[derive(Debug, Serialize)]
pub struct RecordReport {
    /// The record.
    pub record: RecordIdentity,
    /// The collection that the held-out pieces are from.
    pub collection: String,
    /// Whether all of it is drums.
    pub drums: bool,
    /// How many pieces of each kind there are.
    pub pieces: PieceCounts,
    /// How the takes were composed.
    pub settings: TakeSettings,
    /// Is it music like the collection?
    pub likeness: Likeness,
    /// Is it made like the collection?
    pub manner: Manner,
    /// Is it new?
    pub originality: Originality,
}

/// The record that is reported on.
#[derive(Debug, Serialize)]
pub struct RecordIdentity {
    /// Its name.
    pub name: String,
    /// Its file.
    pub file: String,
    /// BLAKE3 hash of the file.
    pub hash: String,
}

/// Numbers of pieces.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct PieceCounts {
    /// Learnt by the record: what copies are looked for in.
    pub learnt: usize,
    /// Not learnt by the record.
    pub held_out: usize,
    /// Of these, compared with the takes.
    pub compared: usize,
}

/// How the takes were composed.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct TakeSettings {
    /// How many; their numbers count from 1.
    pub takes: usize,
    /// See [`Knobs`].
    pub temperature: f32,
    /// See [`Knobs`].
    pub top_p: f32,
    /// See [`Knobs`].
    pub motif: f32,
    /// Most bars of any piece that are compared.
    pub bars: u32,
}

/// Composes with a record, compares that with a collection, and says what came of it.
///
/// # Errors
/// Where a file cannot be read or written, or there is too little to compare with.
pub fn report(options: &ReportOptions) -> Result<()> {
    options.check_output()?;
    let record = Arc::new(Record::load(&options.record)?);
    let mut reading = provenance::reading(record.receipt(), &options.record)?;
    reading.import.pedal &= !options.no_pedal;
    let collections = ReportCollections::read(options, &reading)?;
    let data = collections.data(&record)?;
    for remark in &data.remarks {
        terminal::print_note(remark);
    }
    let (report, takes) = measure(&record, &data, options)?;
    if let Some(output) = &options.output {
        files::write(output, page::page(&report, &takes).as_bytes())?;
    }
    if options.json {
        return terminal::print_result(&serde_json::to_string_pretty(&report)?);
    }
    terminal::print_result(&text::text(&report))?;
    match &options.output {
        Some(output) => {
            terminal::print_result(&format!("With plots and piano rolls: {}", output.display()))
        }
        None => Ok(()),
    }
}

impl ReportOptions {
    /// Fails where the page would be written over what is read.
    fn check_output(&self) -> Result<()> {
        let Some(output) = &self.output else { return Ok(()) };
        let mut read = std::iter::once(&self.record).chain(&self.collections).chain(&self.learnt);
        if read.any(|file| files::same(output, file)) {
            bail!("{} would be written over: choose another name", output.display());
        }
        Ok(())
    }
}

/// The report, and the takes that it is about.
fn measure(
    record: &Arc<Record>,
    data: &ReportData<'_>,
    options: &ReportOptions,
) -> Result<(RecordReport, Vec<Piece>)> {
    let most = options.takes.map_or(PIECES, |takes| takes as usize);
    let chosen = sets::choose(&data.held_out, most);
    ensure!(
        chosen.len() >= 2,
        "{} to compare with in {}: what a report says of fewer than two means nothing, and dozens are \
         better. Name another collection, and the record's own with --learnt",
        counted(chosen.len(), "piece"),
        data.name
    );
    let held_out: Vec<Piece> =
        chosen.iter().map(|it| takes::excerpt(&it.piece, sets::bars(&it.piece))).collect();
    let training = sets::partners(&data.learnt, &held_out);
    let rounds = TAKES.div_ceil(chosen.len());
    let takes = options.takes.map_or(rounds * chosen.len(), |takes| takes as usize);
    let settings = options.knobs.settings();
    let composed = takes::compose(record, &held_out, takes, settings, &|| false);
    let composed = composed.context("composing never stops by itself")?;

    let drums = record.vocabulary().drums;
    let sets = ComparedPieces { composed: &composed, training: &training, held_out: &held_out };
    let learnt = LearntRuns::of(
        data.learnt.iter().map(|it| named(it, &it.piece)).collect(),
        record.vocabulary(),
    );
    let takes_named: Vec<NamedPiece<'_>> =
        composed.iter().map(|it| NamedPiece { piece: it, title: &it.title, file: "" }).collect();
    let held_named: Vec<NamedPiece<'_>> =
        chosen.iter().zip(&held_out).map(|(it, piece)| named(it, piece)).collect();
    let report = RecordReport {
        record: RecordIdentity {
            name: record.receipt().name.clone(),
            file: options.record.display().to_string(),
            hash: record.hash().to_owned(),
        },
        collection: data.name.to_owned(),
        drums,
        pieces: PieceCounts {
            learnt: data.learnt.len(),
            held_out: data.held_out.len(),
            compared: chosen.len(),
        },
        settings: TakeSettings {
            takes,
            temperature: settings.temperature,
            top_p: settings.top_p,
            motif: settings.motif,
            bars: sets::MOST_BARS,
        },
        likeness: Likeness::of(sets, drums, NOTE_VALUES.map(names::note_value).to_vec()),
        manner: Manner::of(sets),
        originality: Originality {
            composed: learnt.figures(&takes_named),
            held_out: learnt.figures(&held_named),
        },
    };
    Ok((report, composed))
}

/// A piece of a collection with its names.
fn named<'a>(excerpt: &'a Excerpt<'_>, piece: &'a Piece) -> NamedPiece<'a> {
    NamedPiece { piece, title: &excerpt.source.piece.title, file: &excerpt.source.file }
}
