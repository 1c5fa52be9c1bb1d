//! What is said of a record to people.

use jukebox_model::record::{Header, Receipt, Record};
use jukebox_model::vocabulary::Vocabulary;

/// A record, for people.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordFacts {
    /// Its name.
    pub name: String,
    /// The collection that it was learnt from.
    pub collection: String,
    /// The pieces that were learnt.
    pub pieces: u64,
    /// The notes that were learnt.
    pub notes: u64,
    /// Nats a note on the pieces that were kept apart, where there were any.
    pub validation: Option<f64>,
    /// The record's hash; empty for a file of which only the header was read.
    pub hash: String,
    /// Whether it plays drums.
    pub drums: bool,
}

impl RecordFacts {
    /// The facts of a record.
    pub fn of(record: &Record) -> Self {
        Self::new(record.receipt(), record.vocabulary(), record.hash())
    }

    /// The facts of a record of which the header is known, and the hash or nothing.
    pub fn of_header(header: &Header, hash: &str) -> Self {
        Self::new(&header.receipt, &header.vocabulary, hash)
    }

    fn new(receipt: &Receipt, vocabulary: &Vocabulary, hash: &str) -> Self {
        Self {
            name: receipt.name.clone(),
            collection: receipt.collection.clone(),
            pieces: receipt.pieces,
            notes: receipt.notes,
            validation: receipt.validation_loss,
            hash: hash.to_owned(),
            drums: vocabulary.drums,
        }
    }
}
