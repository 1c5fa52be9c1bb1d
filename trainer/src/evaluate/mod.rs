//! Evaluation: how well a record predicts pieces that it has not learnt, beside its baselines.
//!
//! ```text
//! Record, Collection -> material: pieces to evaluate, and the pieces that the record has learnt
//!                          |
//!                       measure: reading (the network), ngram (the baselines)
//!                          |
//!                       report: tables and JSON
//! ```
//!
//! All read the same events under the same masks, so that nats can be compared (see
//! `docs/evaluation.md`).

pub mod calibration;
pub mod data;
pub mod future;
pub mod measure;
pub mod motifs;
pub mod ngram;

pub mod report;
pub mod scoring;
pub mod tally;

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use jukebox_model::record::Record;
use jukebox_model::vocabulary::Encoded;

use self::data::Material;
use self::measure::{Work, measure};
use self::report::Report;
use crate::dataset::learnt::{Learnt, tune};
use crate::say;

/// What to evaluate.
#[derive(Args, Debug)]
pub struct Options {
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
    /// Only the network, without and with its motif memory: no baselines and no future, several times
    /// faster
    #[arg(long)]
    pub brief: bool,
}

/// Evaluates a record on a collection and prints what came of it.
///
/// # Errors
/// Where a file cannot be read, or nothing is left to evaluate.
pub fn evaluate(options: &Options) -> Result<()> {
    let record = Record::load(&options.record)?;
    let material = Material::find(&record, options)?;
    for remark in &material.remarks {
        say::note(remark);
    }
    let bar = bar();
    let work = Work { brief: options.brief, bar: bar.clone(), stop: &|| false };
    let Material { name, pieces, learnt, left_out, rounding, .. } = material;
    let number = pieces.len();
    let measures = measure(&record, pieces, learnt.as_ref(), &work);
    bar.finish_and_clear();
    let Some(measures) = measures else { bail!("the evaluation was stopped") };
    let report = Report::new(&record, &name, number, left_out, Some(&rounding), &measures);
    say::result(&if options.json { report.json()? } else { report.text() })
}

/// Drops the pieces that are the same as one learnt, and says how many.
pub fn drop_learnt(pieces: &mut Vec<Encoded>, learnt: &Learnt) -> usize {
    let (all, known) = (pieces.len(), learnt.tunes());
    pieces.retain(|piece| !known.contains(&tune(&piece.events)));
    all - pieces.len()
}

/// Measures a record on pieces that were kept apart from what it has learnt; `left_out` more are the same
/// as one learnt. `None` where the work was stopped.
pub fn validate(
    record: &Record,
    pieces: Vec<Encoded>,
    left_out: usize,
    learnt: &Learnt,
    stop: &(dyn Fn() -> bool + Sync),
) -> Option<Report> {
    let number = pieces.len();
    let bar = bar();
    let measures =
        measure(record, pieces, Some(learnt), &Work { brief: false, bar: bar.clone(), stop });
    bar.finish_and_clear();
    let collection = &record.receipt().collection;
    Some(Report::new(record, collection, number, left_out, None, &measures?))
}

/// A progress bar; without a terminal there is none.
pub fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:28.yellow/white.dim} {msg}, {eta} left");
    let bar = ProgressBar::new(0);
    // The template is a constant; a plain bar would do as well.
    if let Ok(style) = style {
        bar.set_style(style.progress_chars("━╸━"));
    }
    bar
}
