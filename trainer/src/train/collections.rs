//! Reading what is to be learnt, and what is to be validated with, and saying what was found.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::checkpoint::TrainingSource;
use super::log::TrainingLog;
use crate::dataset::reading::Reading;
use crate::dataset::training_data::{KnownPieces, TrainingData, ValidationSource};
use crate::dataset::{Collection, Summary};
use crate::format::{count, counted};

/// Skipped files that are named on the terminal; the log names all.
const NAMED: usize = 50;

/// The collections of a training, both usable.
pub(super) struct TrainingCollections {
    /// What is to be learnt.
    pub learnt: Collection,
    /// What is to be validated with, where that is another collection; no piece of it is in `learnt`.
    pub validation: Option<Collection>,
    /// The share of `learnt` to validate with, 0 to 1; 0 where another collection validates.
    pub share: f64,
    /// How each file was read.
    pub reading: Reading,
}

impl TrainingCollections {
    /// Reads them, and tells the terminal and the log of what was skipped and what was found.
    ///
    /// # Errors
    /// Where a collection cannot be read, or holds nothing that can be used.
    pub(super) fn read(
        paths: &[PathBuf],
        validation: &ValidationSource,
        keep_versions: bool,
        reading: &Reading,
        log: &mut TrainingLog,
    ) -> Result<Self> {
        let learnt = read(paths, reading, log)?;
        let (validation, share) = match validation {
            ValidationSource::Share(share) => (None, *share),
            ValidationSource::Collection(path) => {
                (Some(read_validation(path, &learnt, keep_versions, reading, log)?), 0.0)
            }
        };
        Ok(Self { learnt, validation, share, reading: reading.clone() })
    }

    /// What was read, for the checkpoint: if any of it changes, it is another training.
    pub(super) fn source(&self) -> TrainingSource {
        let share = || self.share.to_string();
        TrainingSource {
            collection: self.learnt.hash.clone(),
            part: self.reading.import.part.to_string(),
            pedal: self.reading.import.pedal,
            releases: self.reading.import.releases,
            grid: self.reading.grid.to_string(),
            keys: self.reading.keys,
            parts: self.reading.parts.receipt(),
            validation: self.validation.as_ref().map_or_else(share, |it| it.hash.clone()),
        }
    }

    /// The pieces as events, in a vocabulary that extends what a base record has known.
    ///
    /// # Errors
    /// Where nothing is left to learn.
    pub(super) fn data(&self, seed: u64, known: Option<KnownPieces<'_>>) -> Result<TrainingData> {
        TrainingData::new(&self.learnt, self.validation.as_ref(), self.share, seed, known)
    }

    /// Both.
    pub(super) fn all(&self) -> Vec<&Collection> {
        std::iter::once(&self.learnt).chain(&self.validation).collect()
    }
}

/// Reads a collection and says what was found.
fn read(paths: &[PathBuf], reading: &Reading, log: &mut TrainingLog) -> Result<Collection> {
    let collection = Collection::read(paths, reading.clone())?;
    for (index, skipped) in collection.skipped.iter().enumerate() {
        let line = format!("skipped {}: {}", skipped.source, skipped.reason);
        if index < NAMED { log.print(&line)? } else { log.write(&line)? }
    }
    if let Some(more) = collection.skipped.len().checked_sub(NAMED).filter(|&more| more > 0) {
        log.print(&format!("... and {} more: train.log will name them", count(more)))?;
    }
    for source in collection.pieces.iter().filter(|source| source.truncated) {
        log.print(&format!("{} is cut off or damaged: what could be read is used", source.file))?;
    }
    for duplicate in &collection.duplicates {
        log.write(&format!("{} has the notes of {}", duplicate.source, duplicate.same_as))?;
    }
    let collection = collection.usable()?;
    let summary = Summary::of(&collection);
    for group in &summary.near_duplicates {
        log.write(&format!("near-duplicates: {}", group.join(", ")))?;
    }
    let table = summary.table().to_string();
    log.print_result(&table)?;
    Ok(collection)
}

/// Reads the collection to validate with, without what is to be learnt.
fn read_validation(
    path: &Path,
    learnt: &Collection,
    keep_versions: bool,
    reading: &Reading,
    log: &mut TrainingLog,
) -> Result<Collection> {
    let mut validation = read(&[path.to_owned()], reading, log)?;
    let shared = validation.keep_apart(learnt, keep_versions)?;
    if shared > 0 {
        log.print(&format!(
            "left out of the validation: {} that the collection has, too, as they are or in another \
             version",
            counted(shared, "piece")
        ))?;
    }
    validation.usable()
}
