//! The end of a training: the best record is calibrated and evaluated on the validation pieces, beside the
//! baselines. The temperatures and the motif weights that are found on the way are kept in the record, for
//! composing.

use anyhow::Result;
use jukebox_model::network::Head;
use jukebox_model::record::{Precision, Receipt, Record};
use jukebox_model::vocabulary::Encoded;

use super::folder::TrainingFolder;
use super::interrupt;
use super::log::TrainingLog;
use crate::dataset::learnt::LearntPieces;
use crate::dataset::training_data::TrainingData;
use crate::evaluate::calibration;
use crate::evaluate::{drop_learnt, validate};
use crate::{files, terminal};

/// What it takes to evaluate the best record.
pub(super) struct Completion {
    validation: Vec<Encoded>,
    learnt: LearntPieces,
}

impl Completion {
    /// With the pieces of a training.
    pub(super) fn new(data: &TrainingData) -> Self {
        Self { validation: data.validation.clone(), learnt: LearntPieces::of(&data.training) }
    }

    /// Calibrates the record of the best `epoch`, counted from 1, writes it as the best record, and prints and
    /// writes how well it does. A record that is not evaluated, because the user stops it, keeps the general
    /// weights of the motif memory.
    pub(super) fn run(
        mut self,
        folder: &TrainingFolder,
        epoch: u32,
        log: &mut TrainingLog,
    ) -> Result<()> {
        if self.validation.is_empty() {
            return log.print(
                "no validation pieces to measure it by: `jukebox evaluate` does so with other pieces",
            );
        }
        let left_out = drop_learnt(&mut self.validation, &self.learnt);
        if self.validation.is_empty() {
            return log.print("not measured: the validation pieces have the notes of those learnt");
        }
        // The epoch's own record, for the best one may have been calibrated before: a training that is
        // resumed at its end comes to the same end.
        let record =
            Record::load(&folder.epoch(epoch)).or_else(|_| Record::load(&folder.best()))?;
        let record = self.calibrated(record, folder, log)?;
        let report =
            validate(&record, self.validation, left_out, &self.learnt, &interrupt::requested);
        let Some(mut report) = report else {
            return log.print("not measured; `jukebox evaluate` does so at any time");
        };
        let record = record.with_motif(report.motif_weights.clone());
        // Calibrated, it does a little better than its epoch did.
        let validation_loss = Some(report.nats_per_note);
        let receipt = Receipt { validation_loss, ..record.receipt().clone() };
        let record = record.with_receipt(receipt)?;
        files::write(&folder.best(), &record.to_bytes(Precision::Single))?;
        record.hash().clone_into(&mut report.record_hash);
        let text = report.text();
        terminal::print_result(&text)?;
        log.write(&text)?;
        files::write(&folder.validation(), report.json()?.as_bytes())
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
