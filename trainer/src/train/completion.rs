//! The end of a training: the best record is calibrated and evaluated on the validation pieces, beside the
//! baselines, and composes to find its usual settings. The temperatures, motif weights and settings that are found on
//! the way are kept in the record, for composing.

use anyhow::Result;
use jukebox_model::network::Head;
use jukebox_model::piece::Piece;
use jukebox_model::record::{Groove, Precision, Receipt, Record};
use jukebox_model::sheet::FormModel;
use jukebox_model::vocabulary::Encoded;

use super::folder::TrainingFolder;
use super::interrupt;
use super::log::TrainingLog;
use super::usual::{Found, UsualSearch};
use crate::dataset::learnt::LearntPieces;
use crate::dataset::training_data::TrainingData;
use crate::evaluate::calibration;
use crate::evaluate::report::EvaluationReport;
use crate::evaluate::{drop_learnt, validate};
use crate::files;

/// Of so many notes that were learnt one may be composed to find the usual settings.
const SHARE_COMPOSED: u64 = 10;

/// What it takes to complete the best record.
pub(super) struct Completion {
    validation: Vec<Encoded>,
    learnt: LearntPieces,
    /// What takes are to be like.
    models: Vec<Piece>,
    /// What is counted of the collection rather than trained.
    form: FormModel,
    groove: Groove,
}

impl Completion {
    /// With the pieces of a training.
    pub(super) fn new(data: &TrainingData, groove: &Groove) -> Self {
        Self {
            validation: data.validation.clone(),
            learnt: LearntPieces::of(&data.training),
            models: data.models.clone(),
            form: data.form.clone(),
            groove: groove.clone(),
        }
    }

    /// Calibrates the record of the best `epoch`, counted from 1, writes it as the best record, prints and
    /// writes how well it does, and gives it its usual settings. `notes` were learnt in all epochs. What the user
    /// stops is left out of the record, and comes with the next session of the training.
    pub(super) fn run(
        mut self,
        folder: &TrainingFolder,
        epoch: u32,
        notes: u64,
        log: &mut TrainingLog,
    ) -> Result<()> {
        // The epoch's own record, for the best one may have been completed before: a training that is
        // resumed at its end comes to the same end.
        let record =
            Record::load(&folder.epoch(epoch)).or_else(|_| Record::load(&folder.best()))?;
        // An earlier version of the program may have written it, which counted less.
        let record = record.with_form(self.form.clone()).with_groove(self.groove.clone())?;
        let (record, mut report) = self.evaluated(record, folder, log)?;
        if let Some(report) = &mut report {
            keep(&record, Some(report), folder)?;
            let text = report.text();
            log.print_result(&text)?;
        }
        if interrupt::requested() {
            return Ok(());
        }
        let search = UsualSearch::new(&record, &self.models, notes / SHARE_COMPOSED);
        let Some(search) = search else {
            return log
                .print("too little was learnt to look for usual settings: they stay as they were");
        };
        log.print(&search.plan())?;
        let outcome = search.run(&interrupt::requested)?;
        log.write(&outcome.table(&record))?;
        match outcome.found {
            Found::Settings(found) => {
                log.print(&found.line(&record))?;
                keep(&record.with_usual(found.settings)?, report.as_mut(), folder)
            }
            Found::NothingBetter => log.print("usual settings: nothing better than they were"),
            Found::Stopped => log.print("usual settings not found: add --resume to look for them"),
        }
    }

    /// The record with what its evaluation finds, and the report; the record as it is and no report where there is
    /// nothing to evaluate it by, or the user stops it.
    fn evaluated(
        &mut self,
        record: Record,
        folder: &TrainingFolder,
        log: &mut TrainingLog,
    ) -> Result<(Record, Option<EvaluationReport>)> {
        if self.validation.is_empty() {
            log.print(
                "no validation pieces to measure it by: `jukebox evaluate` does so with other pieces",
            )?;
            return Ok((record, None));
        }
        let left_out = drop_learnt(&mut self.validation, &self.learnt);
        if self.validation.is_empty() {
            log.print("not measured: the validation pieces have the notes of those learnt")?;
            return Ok((record, None));
        }
        let record = self.calibrated(record, folder, log)?;
        let validation = std::mem::take(&mut self.validation);
        let report = validate(&record, validation, left_out, &self.learnt, &interrupt::requested);
        let Some(report) = report else {
            log.print("not measured; `jukebox evaluate` does so at any time")?;
            return Ok((record, None));
        };
        let record = record.with_motif(report.motif_weights.clone());
        // Calibrated, it does a little better than its epoch did.
        let validation_loss = Some(report.nats_per_note);
        let receipt = Receipt { validation_loss, ..record.receipt().clone() };
        Ok((record.with_receipt(receipt)?, Some(report)))
    }

    /// The record with heads that are as sure as they may be, kept as the best.
    fn calibrated(
        &self,
        record: Record,
        folder: &TrainingFolder,
        log: &mut TrainingLog,
    ) -> Result<Record> {
        let factors = calibration::factors(&record, &self.validation, &interrupt::requested);
        let Some(factors) = factors.filter(|factors| *factors != [1.0; Head::COUNT]) else {
            return Ok(record);
        };
        let choosing = Head::choosing(record.vocabulary().has_parts());
        let named = choosing.iter().map(|&head| (head, factors[head as usize]));
        let temperatures: Vec<String> =
            named.map(|(head, factor)| format!("{} {:.2}", head.name(), 1.0 / factor)).collect();
        let record = record.sharpened(factors)?;
        files::write(&folder.best(), &record.to_bytes(Precision::Single))?;
        log.print(&format!("calibrated by temperatures: {}", temperatures.join(", ")))?;
        Ok(record)
    }
}

/// Writes the best record, and the report on it.
fn keep(
    record: &Record,
    report: Option<&mut EvaluationReport>,
    folder: &TrainingFolder,
) -> Result<()> {
    files::write(&folder.best(), &record.to_bytes(Precision::Single))?;
    let Some(report) = report else { return Ok(()) };
    record.hash().clone_into(&mut report.record_hash);
    files::write(&folder.validation(), report.json()?.as_bytes())
}
