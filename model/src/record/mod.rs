//! The record: a trained network with its vocabulary, in one file.

mod receipt;

pub use receipt::Receipt;

use std::path::Path;

use crate::network::{Config, Weights};
use crate::vocabulary::Vocabulary;

/// A trained network with its vocabulary, checked: every record that exists can be played.
pub struct Record {
    config: Config,
    vocabulary: Vocabulary,
    receipt: Receipt,
    weights: Weights,
    hash: String,
}

/// Why a record cannot be loaded or written. Each names the file, the cause and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct RecordError {
    /// The file, or another name for where the bytes came from.
    pub file: String,
    /// What is wrong, and what to do.
    pub problem: Problem,
}

/// What is wrong with a record.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The file could not be read or written.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// How a record stores its weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// 32-bit floats: exactly what was trained.
    Single,
    /// 16-bit floats: half the size, for records that ship.
    Half,
}

impl Record {
    /// Reads and checks a record file.
    ///
    /// # Errors
    /// Everything is checked before anything is used.
    pub fn load(path: &Path) -> Result<Self, RecordError> {
        let _ = path;
        todo!()
    }

    /// Reads and checks a record that is in memory; `name` stands for the file in errors.
    ///
    /// # Errors
    /// As [`Record::load`].
    pub fn parse(bytes: &[u8], name: &str) -> Result<Self, RecordError> {
        let _ = (bytes, name);
        todo!()
    }

    /// Puts a record together from its parts.
    pub fn new(
        config: Config,
        vocabulary: Vocabulary,
        receipt: Receipt,
        weights: Weights,
    ) -> Result<Self, RecordError> {
        let _ = (config, vocabulary, receipt, weights);
        todo!()
    }

    /// The record as the bytes of a file.
    pub fn to_bytes(&self, precision: Precision) -> Vec<u8> {
        let _ = precision;
        todo!()
    }

    /// The network's configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The vocabulary.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Where the record comes from.
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// The weights.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// BLAKE3 hash of the file's bytes, as 64 hexadecimal digits: two records with one hash play
    /// the same music.
    pub fn hash(&self) -> &str {
        &self.hash
    }
}
