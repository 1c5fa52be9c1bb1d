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
use super::material::Material;
use crate::evaluate::calibration;
use crate::evaluate::learnt::Learnt;
use crate::evaluate::validate;
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

    /// Says how well the best record does, and writes it down. A record that is not measured, because
    /// the user stops it, composes with the general weights of the motif memory.
    pub(super) fn play(self, folder: &Folder, log: &mut Log) -> Result<()> {
        if self.validation.is_empty() {
            return log.say(
                "no validation pieces to measure it by: `jukebox evaluate` does so with other pieces",
            );
        }
        let record = self.calibrated(Record::load(&folder.best())?, log)?;
        match validate(&record, self.validation, &self.learnt, &interrupt::requested) {
            Some(mut report) => {
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
            None if interrupt::requested() => {
                log.say("not measured; `jukebox evaluate` does so at any time")
            }
            None => log.say("not measured: the validation pieces have the notes of those learnt"),
        }
    }

    /// The record with heads that are as sure as they may be.
    fn calibrated(&self, record: Record, log: &mut Log) -> Result<Record> {
        let factors = calibration::factors(&record, &self.validation, &interrupt::requested);
        let Some(factors) = factors.filter(|factors| *factors != [1.0; 4]) else {
            return Ok(record);
        };
        let named = Head::ALL.iter().zip(factors);
        let temperatures: Vec<String> =
            named.map(|(head, factor)| format!("{} {:.2}", head.name(), 1.0 / factor)).collect();
        log.say(&format!("calibrated by temperatures: {}", temperatures.join(", ")))?;
        Ok(record.sharpened(factors)?)
    }
}
