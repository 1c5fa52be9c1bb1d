//! What is evaluated, and what the record has learnt: found by hash, never by name.

use std::collections::HashSet;
use std::path::Path;

use anyhow::{Context, Result, bail};
use jukebox_model::midi::Part;
use jukebox_model::piece::Piece;
use jukebox_model::record::{Ancestor, Receipt, Record};
use jukebox_model::vocabulary::{Encoded, Rounding};
use rayon::prelude::*;

use super::Options;
use crate::dataset::Collection;
use crate::dataset::learnt::{FILE, Learnt, tune};
use crate::dataset::split::Division;
use crate::say::{counted, counted_as};
use crate::train::defaults;

/// Pieces to evaluate, and what the record has learnt.
#[derive(Debug)]
pub struct Material {
    /// The collection's name.
    pub name: String,
    /// The pieces to evaluate; at least one.
    pub pieces: Vec<Encoded>,
    /// What the record has learnt, where it is known.
    pub learnt: Option<Learnt>,
    /// Pieces left out, because the record has learnt them.
    pub left_out: usize,
    /// What was not in the record's vocabulary.
    pub rounding: Rounding,
    /// What the user should know, a sentence each.
    pub remarks: Vec<String>,
}

impl Material {
    /// Reads the collection and looks for what the record has learnt: in the collection itself, where
    /// it is the record's; in the one that is named; beside the record.
    ///
    /// # Errors
    /// Where a collection cannot be read, or nothing is left to evaluate.
    pub fn find(record: &Record, options: &Options) -> Result<Self> {
        let receipt = record.receipt();
        let part = part(receipt)?;
        let collection = Collection::read(&options.collections, part)?.usable()?;
        let mut remarks = Vec::new();
        let is_own = collection.hash == receipt.collection_hash;
        let (own, learnt) = match division(&collection, record) {
            Some((Division { validation, .. }, learnt)) => {
                (Some(encode(record, validation.iter().map(|it| &*it.piece))), Some(learnt))
            }
            None => (None, look_for(record, options, part, &mut remarks)?),
        };
        if learnt.is_none() {
            remarks.push(format!(
                "no baselines, and nothing left out: what the record has learnt is not known. Lay \
                 {FILE} of its training beside it, or name its collection with --learnt"
            ));
        }
        let all = collection.tunes.len();
        let mut known = match &learnt {
            Some(learnt) if !options.learnt_too => learnt.tunes(),
            _ => HashSet::new(),
        };
        if let Some(Ancestor { receipt: ancestor, .. }) = receipt.lineage.first() {
            // Of the ancestor's collection, what was learnt later is left out, too.
            if own.is_some() && !options.learnt_too {
                let later = beside(record, &options.record);
                known.extend(later.iter().flat_map(Learnt::tunes));
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
            _ => encode(record, collection.pieces()),
        };
        let (mut rounding, mut pieces) = (Rounding::default(), Vec::new());
        for (piece, moved) in encoded {
            if !known.contains(&tune(&piece.events)) {
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

/// The part of each file that a record has learnt.
///
/// # Errors
/// Where the receipt names none that there is.
pub fn part(receipt: &Receipt) -> Result<Part> {
    match receipt.part.as_str() {
        "" => Ok(Part::default()),
        part => part.parse().with_context(|| format!("the record has learnt the part \"{part}\"")),
    }
}

/// Pieces as a record reads them, and what was moved.
fn encode<'p>(
    record: &Record,
    pieces: impl Iterator<Item = &'p Piece>,
) -> Vec<(Encoded, Rounding)> {
    let pieces: Vec<&Piece> = pieces.collect();
    pieces.par_iter().map(|piece| record.vocabulary().encode(piece)).collect()
}

/// Divides a collection as in the training of a record, or of one that it goes on from, and says what
/// was learnt of it; `None` where it is neither's, or the division gives other pieces than those learnt.
pub fn division<'c>(collection: &'c Collection, record: &Record) -> Option<(Division<'c>, Learnt)> {
    let receipt = record.receipt();
    divided(collection, record, receipt).or_else(|| {
        let ancestors = receipt.lineage.iter().map(|it| &it.receipt);
        let mut alike = ancestors.filter(|it| it.part == receipt.part);
        alike.find_map(|it| {
            // Its hash is that of events in its own vocabulary, and so is its number of notes.
            let ancestor = Receipt { learnt_hash: String::new(), ..it.clone() };
            divided(collection, record, &ancestor)
        })
    })
}

/// Divides a collection as in the training with a receipt.
fn divided<'c>(
    collection: &'c Collection,
    record: &Record,
    receipt: &Receipt,
) -> Option<(Division<'c>, Learnt)> {
    if collection.hash != receipt.collection_hash {
        return None;
    }
    let share = match receipt.validation.as_str() {
        // From before it was written down.
        "" => defaults::VALIDATION,
        // Another collection validated: this one was learnt whole.
        validation => validation.parse().unwrap_or(0.0),
    };
    let division = Division::new(collection, share, receipt.seed, |_| false);
    let training = encode(record, division.training.iter().map(|it| &*it.piece));
    let learnt = Learnt::of(training.iter().map(|(piece, _)| piece));
    let same = match receipt.learnt_hash.as_str() {
        // Of an older record, or of events in another vocabulary.
        "" => learnt.len() as u64 == receipt.pieces,
        hash => learnt.hash() == hash,
    };
    same.then_some((division, learnt))
}

/// What a record has learnt of the collections at hand, or all that it has learnt where that lies beside
/// its file; `None` where neither tells.
pub fn learnt(record: &Record, path: &Path, collections: &[&Collection]) -> Option<Learnt> {
    let at_hand = || collections.iter().find_map(|collection| division(collection, record));
    beside(record, path).or_else(|| at_hand().map(|(_, learnt)| learnt))
}

/// Looks for what a record has learnt in the collection that is named, and beside the record.
fn look_for(
    record: &Record,
    options: &Options,
    part: Part,
    remarks: &mut Vec<String>,
) -> Result<Option<Learnt>> {
    if !options.learnt.is_empty() {
        let collection = Collection::read(&options.learnt, part)?.usable()?;
        if let Some((_, learnt)) = division(&collection, record) {
            return Ok(Some(learnt));
        }
        remarks.push(format!(
            "{} is not the record's collection as its receipt names it: all of its {} are taken as \
             learnt",
            collection.name,
            counted(collection.tunes.len(), "piece")
        ));
        let pieces = encode(record, collection.pieces());
        return Ok(Some(Learnt::of(pieces.iter().map(|(piece, _)| piece))));
    }
    let learnt = beside(record, &options.record);
    let file = options.record.with_file_name(FILE);
    if learnt.is_none() && file.exists() {
        remarks.push(format!("{} is not of this record's training", file.display()));
    }
    Ok(learnt)
}

/// What lies beside a record, where that is what it has learnt.
fn beside(record: &Record, path: &Path) -> Option<Learnt> {
    let learnt = Learnt::read(&path.with_file_name(FILE), record.vocabulary()).ok()?;
    (learnt.hash() == record.receipt().learnt_hash).then_some(learnt)
}

/// What was moved, in words.
fn rounded(rounding: &Rounding) -> Option<String> {
    let Rounding { notes, steps, pitches, durations } = *rounding;
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
