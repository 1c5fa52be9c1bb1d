//! Evaluation: how well a record predicts pieces that it has not learnt, beside its baselines.
//!
//! ```text
//! Record, Collection -> data: pieces to evaluate, and the pieces that the record has learnt
//!                          |
//!                       measure: scoring (the network), ngram (the baselines)
//!                          |
//!                       report: tables and JSON
//! ```
//!
//! All read the same events under the same masks, so that nats can be compared (see
//! `docs/evaluation.md`).

pub mod calibration;
pub mod data;
pub mod future;
mod known;
pub mod measure;
pub mod motifs;
pub mod ngram;

pub mod report;
pub mod scoring;
pub mod sheet;
pub mod tally;

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use jukebox_model::record::Record;
use jukebox_model::vocabulary::Encoded;

use self::data::EvaluationData;
use self::measure::{MeasureTask, measure};
use self::report::EvaluationReport;
use crate::dataset::learnt::{LearntPieces, notes_hash};
use crate::terminal;

/// What to evaluate.
#[derive(Args, Debug)]
pub struct EvaluateOptions {
    /// The record, such as best.safetensors of a training
    #[arg(value_name = "RECORD")]
    pub record: PathBuf,
    /// The collection to evaluate it on; pieces that the record has learnt are left out
    #[arg(required = true, value_name = "COLLECTION")]
    pub collections: Vec<PathBuf>,
    /// Prints JSON, for machines
    #[arg(long)]
    pub json: bool,
    /// The collection that the record has learnt, for the baselines [default: learnt.safetensors
    /// beside the record, or COLLECTION where it is the same]
    #[arg(long, value_name = "COLLECTION")]
    pub learnt: Vec<PathBuf>,
    /// Evaluates the pieces that the record has learnt, too
    #[arg(long)]
    pub learnt_too: bool,
    /// Reads notes as they are fingered: pedals do not lengthen them [default: as the record has learnt them]
    #[arg(long)]
    pub no_pedal: bool,
    /// Only the network, without and with its motif memory: no baselines and no future, several times
    /// faster
    #[arg(long)]
    pub brief: bool,
}

/// Evaluates a record on a collection and prints what came of it.
///
/// # Errors
/// Where a file cannot be read, or nothing is left to evaluate.
pub fn evaluate(options: &EvaluateOptions) -> Result<()> {
    let record = Record::load(&options.record)?;
    let data = EvaluationData::find(&record, options)?;
    for remark in &data.remarks {
        terminal::print_note(remark);
    }
    let bar = terminal::progress_bar();
    let work = MeasureTask { brief: options.brief, bar: bar.clone(), stop: &|| false };
    let EvaluationData { name, pieces, learnt, left_out, rounding, .. } = data;
    let number = pieces.len();
    let measures = measure(&record, pieces, learnt.as_ref(), &work);
    bar.finish_and_clear();
    let Some(measures) = measures else { bail!("the evaluation was stopped") };
    let report =
        EvaluationReport::new(&record, &name, number, left_out, Some(&rounding), &measures);
    terminal::print_result(&if options.json { report.json()? } else { report.text() })
}

/// Drops the pieces that are the same as one learnt, and says how many.
pub fn drop_learnt(pieces: &mut Vec<Encoded>, learnt: &LearntPieces) -> usize {
    let (all, known) = (pieces.len(), learnt.notes_hashes());
    pieces.retain(|piece| !known.contains(&notes_hash(&piece.events)));
    all - pieces.len()
}

/// Measures a record on pieces that were kept apart from what it has learnt; `left_out` more are the same
/// as one learnt. `None` where the work was stopped.
pub fn validate(
    record: &Record,
    pieces: Vec<Encoded>,
    left_out: usize,
    learnt: &LearntPieces,
    stop: &(dyn Fn() -> bool + Sync),
) -> Option<EvaluationReport> {
    let number = pieces.len();
    let bar = terminal::progress_bar();
    let measures = measure(
        record,
        pieces,
        Some(learnt),
        &MeasureTask { brief: false, bar: bar.clone(), stop },
    );
    bar.finish_and_clear();
    let collection = &record.receipt().collection;
    Some(EvaluationReport::new(record, collection, number, left_out, None, &measures?))
}
