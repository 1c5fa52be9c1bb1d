//! The record: a trained network with its vocabulary, in one file.

mod error;
mod file;
mod groove;
mod header;
mod receipt;
#[cfg(test)]
mod tests;

pub use error::{Problem, RecordError};
pub use file::{MAX_BYTES, Precision, open};
pub use groove::{Groove, GroovePlace};
pub use header::Header;
pub use receipt::{Ancestor, KeyFrame, PlaceTiming, Receipt};

use std::path::Path;
use std::sync::{Arc, OnceLock};

use crate::composer::UsualSettings;
use crate::motif;
use crate::network::step::Network;
use crate::network::{Config, Head, Weights};
use crate::sheet::FormModel;
use crate::vocabulary::Vocabulary;

/// A trained network with its vocabulary. It was checked when it was made: every record that exists
/// can be played.
pub struct Record {
    config: Config,
    vocabulary: Vocabulary,
    receipt: Receipt,
    motif: motif::MotifWeights,
    usual: UsualSettings,
    form: FormModel,
    groove: Groove,
    weights: Weights,
    hash: String,
    network: OnceLock<Arc<Network>>,
}

impl Record {
    /// Puts a record together from its parts.
    ///
    /// # Errors
    /// Where a part breaks its rules or the parts do not fit each other.
    pub fn new(
        config: Config,
        vocabulary: Vocabulary,
        receipt: Receipt,
        weights: Weights,
    ) -> Result<Self, Problem> {
        let motif = motif::MotifWeights::general(vocabulary.has_parts());
        let usual = UsualSettings::default();
        let (form, groove) = (FormModel::default(), Groove::default());
        let header = Header { config, vocabulary, receipt, motif, usual, form, groove };
        Self::put_together(header, weights)
    }

    fn put_together(header: Header, weights: Weights) -> Result<Self, Problem> {
        Self::check(header, weights, |record| Self::hash_of(&record.to_bytes(Precision::Single)))
    }

    /// The same record with other weights of its motif memory.
    pub fn with_motif(self, motif: motif::MotifWeights) -> Self {
        let motif = motif.choosing(self.vocabulary.has_parts());
        let mut record = Self { motif, ..self };
        record.hash = Self::hash_of(&record.to_bytes(Precision::Single));
        record
    }

    /// The same record with other usual settings.
    ///
    /// # Errors
    /// Where one lies where it is not defined.
    pub fn with_usual(self, usual: UsualSettings) -> Result<Self, Problem> {
        header::check_usual(&usual)?;
        let mut record = Self { usual, ..self };
        record.hash = Self::hash_of(&record.to_bytes(Precision::Single));
        Ok(record)
    }

    /// The same record with a model of how its bars come back.
    pub fn with_form(self, form: FormModel) -> Self {
        let mut record = Self { form, ..self };
        record.hash = Self::hash_of(&record.to_bytes(Precision::Single));
        record
    }

    /// The same record with a groove.
    ///
    /// # Errors
    /// Where a number lies where it is not defined.
    pub fn with_groove(self, groove: Groove) -> Result<Self, Problem> {
        header::check_groove(&groove)?;
        let mut record = Self { groove, ..self };
        record.hash = Self::hash_of(&record.to_bytes(Precision::Single));
        Ok(record)
    }

    /// The same record with heads that are surer, or less sure: see [`Weights::sharpened`].
    ///
    /// # Errors
    /// Where a factor makes a number infinite.
    pub fn sharpened(self, factors: [f32; Head::COUNT]) -> Result<Self, Problem> {
        let Self { config, vocabulary, receipt, motif, usual, form, groove, weights, .. } = self;
        let header = Header { config, vocabulary, receipt, motif, usual, form, groove };
        Self::put_together(header, weights.sharpened(factors))
    }

    /// Reads and checks a record file, which [`open`] opens: it never waits for a pipe or a device.
    ///
    /// # Errors
    /// Everything is checked before anything is used: the file's size, its header against its
    /// length, the format's name and version, the network's sizes, the vocabulary's lists, and every
    /// tensor's type, shape and numbers.
    pub fn load(path: &Path) -> Result<Self, RecordError> {
        let error = |problem| RecordError { file: path.display().to_string(), problem };
        file::read(path).and_then(|bytes| Self::from_bytes(&bytes)).map_err(error)
    }

    /// Reads and checks a record that is in memory; `name` stands for the file in errors.
    ///
    /// # Errors
    /// As [`Record::load`].
    pub fn parse(bytes: &[u8], name: &str) -> Result<Self, RecordError> {
        Self::from_bytes(bytes).map_err(|problem| RecordError { file: name.to_owned(), problem })
    }

    /// The hash of a record file's bytes, as [`Record::hash`] gives it, without reading the record.
    pub fn hash_of(bytes: &[u8]) -> String {
        blake3::hash(bytes).to_hex().to_string()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Problem> {
        let (header, weights) = file::parse(bytes)?;
        Self::check(header, weights, |_| Self::hash_of(bytes))
    }

    fn check(
        header: Header,
        weights: Weights,
        hash: impl FnOnce(&Self) -> String,
    ) -> Result<Self, Problem> {
        let Header { config, vocabulary, receipt, motif, usual, form, groove } = header;
        config.validate().map_err(Problem::Config)?;
        vocabulary.validate()?;
        weights.validate(&config, &vocabulary)?;
        let network = OnceLock::new();
        let motif = motif.choosing(vocabulary.has_parts());
        let mut record = Self {
            config,
            vocabulary,
            receipt,
            motif,
            usual,
            form,
            groove,
            weights,
            hash: String::new(),
            network,
        };
        record.hash = hash(&record);
        Ok(record)
    }

    /// The record as the bytes of a file.
    pub fn to_bytes(&self, precision: Precision) -> Vec<u8> {
        file::write(self, precision)
    }

    /// The same record under another receipt.
    pub fn with_receipt(self, receipt: Receipt) -> Result<Self, Problem> {
        let Self { config, vocabulary, motif, usual, form, groove, weights, .. } = self;
        let header = Header { config, vocabulary, receipt, motif, usual, form, groove };
        Self::put_together(header, weights)
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

    /// The weights of the motif memory.
    pub fn motif(&self) -> &motif::MotifWeights {
        &self.motif
    }

    /// What the knobs' defaults mean for it.
    pub fn usual(&self) -> &UsualSettings {
        &self.usual
    }

    /// How its bars come back; empty in older records, which plan nothing.
    pub fn form(&self) -> &FormModel {
        &self.form
    }

    /// How its collection plays by place; empty in older records.
    pub fn groove(&self) -> &Groove {
        &self.groove
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

    /// The network, prepared for composing at the first call and shared from then on.
    pub fn network(&self) -> Arc<Network> {
        let prepare = || Arc::new(Network::new(&self.config, &self.vocabulary, &self.weights));
        Arc::clone(self.network.get_or_init(prepare))
    }
}
