//! The pieces of an evaluation, and the pieces that the record has learnt.

use std::collections::HashSet;

use anyhow::{Result, bail};
use jukebox_model::record::{Ancestor, Record};
use jukebox_model::vocabulary::{Encoded, RoundedValues};

use super::EvaluateOptions;
use crate::dataset::learnt::{FILE, LearntPieces, notes_hash};
use crate::dataset::reading::Reading;
use crate::dataset::split::Split;
use crate::dataset::{Collection, provenance};
use crate::format::{counted, counted_as};

/// Pieces to evaluate, and what the record has learnt.
#[derive(Debug)]
pub struct EvaluationData {
    /// The collection's name.
    pub name: String,
    /// The pieces to evaluate; at least one.
    pub pieces: Vec<Encoded>,
    /// What the record has learnt, where it is known.
    pub learnt: Option<LearntPieces>,
    /// Pieces left out, because the record has learnt them.
    pub left_out: usize,
    /// What was not in the record's vocabulary.
    pub rounding: RoundedValues,
    /// What the user should know, a sentence each.
    pub remarks: Vec<String>,
}

impl EvaluationData {
    /// Reads the collection and looks for what the record has learnt: in the collection itself, where
    /// it is the record's; in the one that is named; beside the record.
    ///
    /// # Errors
    /// Where a collection cannot be read, or nothing is left to evaluate.
    pub fn find(record: &Record, options: &EvaluateOptions) -> Result<Self> {
        let receipt = record.receipt();
        let mut reading = provenance::reading(receipt, &options.record)?;
        reading.import.pedal &= !options.no_pedal;
        let collection = Collection::read(&options.collections, reading.clone())?.usable()?;
        let mut remarks = Vec::new();
        let is_own = collection.hash == receipt.collection_hash;
        let (own, learnt) = match provenance::split(&collection, record) {
            Some((Split { validation, .. }, learnt)) => (
                Some(provenance::encode(record, validation.iter().map(|it| &*it.piece))),
                Some(learnt),
            ),
            None => (None, look_for(record, options, reading, &mut remarks)?),
        };
        if learnt.is_none() {
            remarks.push(format!(
                "no baselines, and nothing left out: what the record has learnt is not known. Lay \
                 {FILE} of its training beside it, or name its collection with --learnt"
            ));
        }
        let all = collection.pieces.len();
        let mut known = match &learnt {
            Some(learnt) if !options.learnt_too => learnt.notes_hashes(),
            _ => HashSet::new(),
        };
        if let Some(Ancestor { receipt: ancestor, .. }) = receipt.lineage.first() {
            // Of the ancestor's collection, what was learnt later is left out, too.
            if own.is_some() && !options.learnt_too {
                let later = provenance::beside(record, &options.record);
                known.extend(later.iter().flat_map(LearntPieces::notes_hashes));
            }
            if own.is_none() || is_own {
                remarks.push(format!(
                    "the record goes on from {}: what that one alone has learnt is not left out",
                    ancestor.name
                ));
            }
        }
        let encoded = match own {
            Some(validation) if !options.learnt_too => validation,
            _ => provenance::encode(record, collection.music()),
        };
        let (mut rounding, mut pieces) = (RoundedValues::default(), Vec::new());
        for (piece, moved) in encoded {
            if !known.contains(&notes_hash(&piece.events)) {
                rounding += moved;
                pieces.push(piece);
            }
        }
        if pieces.is_empty() {
            bail!(
                "the record has learnt all that is in {}: {}. Name another collection, or add \
                 --learnt-too to evaluate it all the same",
                collection.name,
                counted(all, "piece")
            );
        }
        let left_out = all - pieces.len();
        remarks.extend(rounded(&rounding));
        Ok(Self { name: collection.name, pieces, learnt, left_out, rounding, remarks })
    }
}

/// Looks for what a record has learnt in the collection that is named, and beside the record.
fn look_for(
    record: &Record,
    options: &EvaluateOptions,
    reading: Reading,
    remarks: &mut Vec<String>,
) -> Result<Option<LearntPieces>> {
    if !options.learnt.is_empty() {
        let collection = Collection::read(&options.learnt, reading)?.usable()?;
        if let Some((_, learnt)) = provenance::split(&collection, record) {
            return Ok(Some(learnt));
        }
        remarks.push(format!(
            "{} is not the record's collection as its receipt names it: all of its {} are taken as \
             learnt",
            collection.name,
            counted(collection.pieces.len(), "piece")
        ));
        let pieces = provenance::encode(record, collection.music());
        return Ok(Some(LearntPieces::of(pieces.iter().map(|(piece, _)| piece))));
    }
    let learnt = provenance::beside(record, &options.record);
    let file = options.record.with_file_name(FILE);
    if learnt.is_none() && file.exists() {
        remarks.push(format!("{} is not of this record's training", file.display()));
    }
    Ok(learnt)
}

/// What was moved, in words.
fn rounded(rounding: &RoundedValues) -> Option<String> {
    let RoundedValues { notes, steps, pitches, durations } = *rounding;
    (steps + pitches + durations > 0).then(|| {
        format!(
            "moved to the nearest in the record's vocabulary, of {}: {}, {}, {}",
            counted(notes, "note"),
            counted(steps, "step"),
            counted_as(pitches, "pitch", "pitches"),
            counted(durations, "duration"),
        )
    })
}
