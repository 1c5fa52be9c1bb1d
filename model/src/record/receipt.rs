//! The receipt: where a record comes from.

use serde::{Deserialize, Serialize};

/// What a record was made of, and how. No note that it plays depends on it.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Receipt {
    /// The record's name, such as "Celtic".
    pub name: String,
    /// The collection's file or folder name.
    pub collection: String,
    /// BLAKE3 hash over the collection's usable files, hexadecimal.
    pub collection_hash: String,
    /// The part of each file that was learnt, such as `all` or `drums`.
    pub part: String,
    /// Pieces learnt from.
    pub pieces: u64,
    /// Notes learnt from.
    pub notes: u64,
    /// Finished epochs.
    pub epochs: u64,
    /// Nats a note on the validation pieces, where there were any.
    pub validation_loss: Option<f64>,
    /// Share of the collection's pieces that was kept for validation, 0 to 1, or the hash of the
    /// collection that it was validated with. With the seed it tells which pieces were kept. Empty in
    /// older records.
    pub validation: String,
    /// BLAKE3 hash over the pieces learnt, as events, hexadecimal. Empty in older records.
    pub learnt_hash: String,
    /// The seed of the training.
    pub seed: u64,
    /// Version of the trainer.
    pub trainer: String,
}
