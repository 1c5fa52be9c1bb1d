//! What is said of a record to people.

use jukebox_model::meter::Meter;
use jukebox_model::piece::Part;
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
    /// The hash of what was learnt; empty in older records.
    pub learnt: String,
    /// The meters that it knows, that of most bars first where it is known.
    pub meters: Vec<Meter>,
    /// The usual tempo, in quarter notes a minute, where it is known.
    pub tempo: Option<f64>,
    /// The keys that it plays, ascending.
    pub keys: Vec<u8>,
    /// Its parts; fewer than two where its notes are one line, or one heap.
    pub parts: Vec<Part>,
    /// Whether it plans chords.
    pub chords: bool,
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
        let mut meters = vocabulary.meters.clone();
        if let Some(usual) = receipt.meter {
            meters.sort_by_key(|meter| *meter != usual);
        }
        Self {
            name: receipt.name.clone(),
            collection: receipt.collection.clone(),
            pieces: receipt.pieces,
            notes: receipt.notes,
            validation: receipt.validation_loss,
            hash: hash.to_owned(),
            drums: vocabulary.drums,
            learnt: receipt.learnt_hash.clone(),
            meters,
            tempo: receipt.tempo,
            keys: vocabulary.pitches.clone(),
            parts: vocabulary.parts.clone(),
            chords: !vocabulary.chords.is_empty(),
        }
    }
}
