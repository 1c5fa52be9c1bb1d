//! The end of a training: the best record on the validation pieces, beside what counting predicts. On
//! the way it learns how sure it may be of its choices and how this music repeats itself, and keeps that for
//! composing.

use anyhow::Result;
use jukebox_model::network::Head;
use jukebox_model::record::{Precision, Receipt, Record};
use jukebox_model::vocabulary::Encoded;

use super::folder::Folder;
use super::interrupt;
use super::log::Log;
use crate::dataset::learnt::Learnt;
use crate::dataset::training_data::Material;
use crate::evaluate::calibration;
use crate::evaluate::{drop_learnt, validate};
use crate::{files, say};

/// What it takes to measure the best record.
pub(super) struct Finale {
    validation: Vec<Encoded>,
    learnt: Learnt,
}

impl Finale {
    /// With the pieces of a training.
    pub(super) fn new(material: &Material) -> Self {
        Self { validation: material.validation.clone(), learnt: Learnt::of(&material.training) }
    }

    /// Calibrates the record of the best epoch, says how well it does, and writes it down. A record that is
    /// not measured, because the user stops it, composes with the general weights of the motif memory.
    pub(super) fn play(mut self, folder: &Folder, epoch: u32, log: &mut Log) -> Result<()> {
        if self.validation.is_empty() {
            return log.say(
                "no validation pieces to measure it by: `jukebox evaluate` does so with other pieces",
            );
        }
        let left_out = drop_learnt(&mut self.validation, &self.learnt);
        if self.validation.is_empty() {
            return log.say("not measured: the validation pieces have the notes of those learnt");
        }
        // The epoch's own record, for the best one may have been calibrated before: a training that is
        // resumed at its end comes to the same end.
        let record =
            Record::load(&folder.epoch(epoch)).or_else(|_| Record::load(&folder.best()))?;
        let record = self.calibrated(record, folder, log)?;
        let report =
            validate(&record, self.validation, left_out, &self.learnt, &interrupt::requested);
        let Some(mut report) = report else {
            return log.say("not measured; `jukebox evaluate` does so at any time");
        };
        let record = record.with_motif(report.motif_weights.clone());
        // Calibrated, it does a little better than its epoch did.
        let validation_loss = Some(report.nats_per_note);
        let receipt = Receipt { validation_loss, ..record.receipt().clone() };
        let record = record.with_receipt(receipt)?;
        files::write(&folder.best(), &record.to_bytes(Precision::Single))?;
        record.hash().clone_into(&mut report.record_hash);
        let text = report.text();
        say::result(&text)?;
        log.write(&text)?;
        files::write(&folder.validation(), report.json()?.as_bytes())
    }

    /// The record with heads that are as sure as they may be, kept as the best.
    fn calibrated(&self, record: Record, folder: &Folder, log: &mut Log) -> Result<Record> {
        let factors = calibration::factors(&record, &self.validation, &interrupt::requested);
        let Some(factors) = factors.filter(|factors| *factors != [1.0; 4]) else {
            return Ok(record);
        };
        let named = Head::ALL.iter().zip(factors);
        let temperatures: Vec<String> =
            named.map(|(head, factor)| format!("{} {:.2}", head.name(), 1.0 / factor)).collect();
        let record = record.sharpened(factors)?;
        files::write(&folder.best(), &record.to_bytes(Precision::Single))?;
        log.say(&format!("calibrated by temperatures: {}", temperatures.join(", ")))?;
        Ok(record)
    }
}
