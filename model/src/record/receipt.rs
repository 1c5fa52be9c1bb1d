//! The receipt: where a record comes from.

use serde::{Deserialize, Serialize};

use crate::meter::Meter;
use crate::midi::Releases;

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
    /// Whether pedals lengthened its notes. Older records learnt notes as they were fingered.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub pedal: bool,
    /// Which releases ended which of its notes.
    #[serde(skip_serializing_if = "Releases::is_older")]
    pub releases: Releases,
    /// The grid that its files were laid on: `as-is` (or empty, of older records), `auto` or a note value.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub grid: String,
    /// The frame that its pieces were brought to.
    #[serde(skip_serializing_if = "KeyFrame::is_older")]
    pub keys: KeyFrame,
    /// Where its parts come from: empty for one heap of notes, `auto`, or `file` and the hash of a parts file.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub parts: String,
    /// How early and late its collection was played, where that was laid on a grid: what was taken away, to be
    /// given back when it is played.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub timing: Vec<PlaceTiming>,
    /// Pieces learnt from.
    pub pieces: u64,
    /// Notes learnt from.
    pub notes: u64,
    /// The meter of most bars learnt from. Absent in older records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meter: Option<Meter>,
    /// The usual tempo of its pieces, in quarter notes a minute. Absent in older records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tempo: Option<f64>,
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
    /// The records that this one goes on from, one from the other, the nearest first. Absent where it
    /// was begun from nothing, and in older records.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lineage: Vec<Ancestor>,
}

/// How a part plays at one place of the beat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlaceTiming {
    /// Index of the part; 0 for one heap of notes.
    pub part: u8,
    /// Ticks after the beat.
    pub place: u32,
    /// Notes that tell it.
    pub notes: u64,
    /// Mean distance from the grid in milliseconds: positive is late.
    pub mean_ms: f64,
    /// Standard deviation in milliseconds.
    pub spread_ms: f64,
}

/// What is moved to the white keys at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyFrame {
    /// A piece, as older records have learnt it.
    #[default]
    Whole,
    /// Each section that has a key of its own.
    Sections,
}

impl KeyFrame {
    /// Whether it is that of older records, which do not name it.
    pub fn is_older(&self) -> bool {
        *self == Self::Whole
    }
}

/// A record that another one goes on from.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Ancestor {
    /// Hash of its file, as [`Record::hash`](super::Record::hash) gives it.
    pub hash: String,
    /// Its receipt, whose own lineage follows in that of the descendant.
    pub receipt: Receipt,
}

impl Receipt {
    /// The lineage of a record that goes on from the one with this receipt and hash.
    pub fn continued(&self, hash: &str) -> Vec<Ancestor> {
        let receipt = Receipt { lineage: Vec::new(), ..self.clone() };
        let mut lineage = vec![Ancestor { hash: hash.to_owned(), receipt }];
        lineage.extend_from_slice(&self.lineage);
        lineage
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lineage_grows_by_a_record_at_a_time() {
        let of = |name: &str, lineage| Receipt { name: name.into(), lineage, ..Receipt::default() };
        let first = of("First", Vec::new());
        let second = of("Second", first.continued("1"));
        let third = of("Third", second.continued("2"));
        let line: Vec<_> = third.lineage.iter().map(|it| (&*it.receipt.name, &*it.hash)).collect();
        assert_eq!(line, [("Second", "2"), ("First", "1")]);
        assert!(third.lineage.iter().all(|it| it.receipt.lineage.is_empty()), "each stands once");
        let text = serde_json::to_string(&third).unwrap();
        assert_eq!(serde_json::from_str::<Receipt>(&text).unwrap(), third);
    }

    #[test]
    fn a_receipt_without_a_lineage_reads_and_writes_as_it_always_did() {
        let old = r#"{"name":"Celtic","part":"all","seed":1}"#;
        let receipt: Receipt = serde_json::from_str(old).unwrap();
        assert!(receipt.lineage.is_empty());
        assert!(!serde_json::to_string(&receipt).unwrap().contains("lineage"));
    }
}
