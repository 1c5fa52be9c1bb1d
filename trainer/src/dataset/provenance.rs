//! Which pieces a record has learnt, as its receipt tells it. Collections are known by their hash, never
//! by their name.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use jukebox_model::midi::{ImportOptions, PartChoice};
use jukebox_model::piece::Piece;
use jukebox_model::record::{Receipt, Record};
use jukebox_model::vocabulary::{Encoded, RoundedValues};
use rayon::prelude::*;

use super::Collection;
use super::chords::Harmonised;
use super::common_parts::PartsChoice;
use super::learnt::{self, LearntPieces};
use super::reading::Reading;
use super::split::{self, Split};

/// How the record of a file has read the files that it has learnt.
///
/// # Errors
/// Where the receipt names no part or grid that there is, or a parts file beside the record cannot be read.
pub fn reading(receipt: &Receipt, path: &Path) -> Result<Reading> {
    let grid = receipt.grid.parse();
    Ok(Reading {
        import: ImportOptions {
            part: part(receipt)?,
            pedal: receipt.pedal,
            releases: receipt.releases,
            ..ImportOptions::default()
        },
        grid: grid
            .map_err(|_| anyhow!("the record has learnt on the grid \"{}\"", receipt.grid))?,
        keys: receipt.keys,
        parts: PartsChoice::of_receipt(&receipt.parts, path)?,
    })
}

/// The part of each file that a record has learnt.
///
/// # Errors
/// Where the receipt names none that there is.
pub fn part(receipt: &Receipt) -> Result<PartChoice> {
    match receipt.part.as_str() {
        "" => Ok(PartChoice::default()),
        part => part.parse().with_context(|| format!("the record has learnt the part \"{part}\"")),
    }
}

/// Pieces as events in a record's vocabulary, and what was rounded to its nearest entries.
pub fn encode<'p>(
    record: &Record,
    pieces: impl Iterator<Item = &'p Piece>,
) -> Vec<(Encoded, RoundedValues)> {
    let pieces: Vec<&Piece> = pieces.collect();
    let vocabulary = record.vocabulary();
    pieces.par_iter().map(|piece| Harmonised::new(vocabulary, piece).encode(vocabulary)).collect()
}

/// Splits a collection as the training of a record did, or of one that it goes on from, and gives what
/// was learnt of it; `None` where it is neither's collection, or where the split gives other pieces than
/// those learnt.
pub fn split<'c>(collection: &'c Collection, record: &Record) -> Option<(Split<'c>, LearntPieces)> {
    let receipt = record.receipt();
    split_by(collection, record, receipt).or_else(|| {
        let ancestors = receipt.lineage.iter().map(|it| &it.receipt);
        let mut alike = ancestors.filter(|it| it.part == receipt.part);
        alike.find_map(|it| {
            // Its hash is that of events in its own vocabulary, and so is its number of notes.
            let ancestor = Receipt { learnt_hash: String::new(), ..it.clone() };
            split_by(collection, record, &ancestor)
        })
    })
}

/// Splits a collection as the training with a receipt did.
fn split_by<'c>(
    collection: &'c Collection,
    record: &Record,
    receipt: &Receipt,
) -> Option<(Split<'c>, LearntPieces)> {
    if collection.hash != receipt.collection_hash {
        return None;
    }
    let share = match receipt.validation.as_str() {
        // From before it was written down.
        "" => split::USUAL_SHARE,
        // Another collection validated: this one was learnt whole.
        validation => validation.parse().unwrap_or(0.0),
    };
    let split = Split::new(collection, share, receipt.seed, |_| false);
    let training = encode(record, split.training.iter().map(|it| &*it.piece));
    let learnt = LearntPieces::of(training.iter().map(|(piece, _)| piece));
    let same = match receipt.learnt_hash.as_str() {
        // Of an older record, or of events in another vocabulary.
        "" => learnt.len() as u64 == receipt.pieces,
        hash => learnt.hash() == hash,
    };
    same.then_some((split, learnt))
}

/// All that a record has learnt, where it lies beside its file; else what it has learnt of the
/// collections at hand; `None` where neither tells.
pub fn learnt(record: &Record, path: &Path, collections: &[&Collection]) -> Option<LearntPieces> {
    let at_hand = || collections.iter().find_map(|collection| split(collection, record));
    beside(record, path).or_else(|| at_hand().map(|(_, learnt)| learnt))
}

/// What the file of learnt pieces beside a record holds, where it is of that record's training.
pub fn beside(record: &Record, path: &Path) -> Option<LearntPieces> {
    let learnt =
        LearntPieces::read(&path.with_file_name(learnt::FILE), record.vocabulary()).ok()?;
    (learnt.hash() == record.receipt().learnt_hash).then_some(learnt)
}
