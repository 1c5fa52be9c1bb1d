//! The record file: a safetensors file whose metadata holds the rest.
//!
//! | metadata key | value |
//! | --- | --- |
//! | `format` | `ai-jukebox-record` |
//! | `version` | the format's version, 1 |
//! | `config` | [`Config`] as JSON |
//! | `vocabulary` | [`Vocabulary`] as JSON |
//! | `receipt` | [`Receipt`] as JSON |
//! | `motif` | the motif memory's [`motif::Weights`](crate::motif::Weights) as JSON; optional |
//!
//! The tensors, F32 or F16, are those of [`network::weights`](crate::network::weights). The same
//! record gives the same bytes.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::Read;
use std::path::Path;

use half::f16;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::de::DeserializeOwned;

use super::{Problem, Receipt, Record};
use crate::motif;
use crate::network::weights::Tensor;
use crate::network::{Config, Weights};
use crate::vocabulary::Vocabulary;

const FORMAT: &str = "ai-jukebox-record";
/// The newest version of the format that is read, and the one that is written.
pub(super) const FORMAT_VERSION: u32 = 1;
/// Longest record file, in bytes. The largest network of the format needs less.
pub const MAX_BYTES: u64 = 1 << 30;

/// How a record file stores its weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// 32-bit floats: exactly what was trained.
    Single,
    /// 16-bit floats: half the size, for records that ship.
    Half,
}

/// What a file holds, before it is checked.
pub(super) struct Parts {
    pub config: Config,
    pub vocabulary: Vocabulary,
    pub receipt: Receipt,
    pub motif: motif::Weights,
    pub weights: Weights,
}

/// Reads a whole file, unless it is too large to be a record.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Problem> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(Problem::Folder);
    }
    let length = metadata.len();
    if length > MAX_BYTES {
        return Err(Problem::TooLarge(length));
    }
    let mut bytes = Vec::new();
    // Bounded by what was checked: the file may grow, or be a device without a length.
    file.take(MAX_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Takes a file apart.
pub(super) fn parse(bytes: &[u8]) -> Result<Parts, Problem> {
    let damaged = |error: safetensors::SafeTensorError| Problem::Damaged(error.to_string());
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(damaged)?;
    let metadata = header.metadata().as_ref().ok_or(Problem::Foreign)?;
    if metadata.get("format").map(String::as_str) != Some(FORMAT) {
        return Err(Problem::Foreign);
    }
    match json::<u32>(metadata, "version")? {
        0 => return Err(Problem::Header { part: "version", why: "is 0".to_owned() }),
        1..=FORMAT_VERSION => {}
        newer => return Err(Problem::Newer(newer)),
    }
    let tensors = SafeTensors::deserialize(bytes).map_err(damaged)?;
    let mut weights = BTreeMap::new();
    for (name, view) in tensors.iter() {
        let data = numbers(name, &view)?;
        weights.insert(name.to_owned(), Tensor { shape: view.shape().to_vec(), data });
    }
    Ok(Parts {
        config: json(metadata, "config")?,
        vocabulary: json(metadata, "vocabulary")?,
        receipt: json(metadata, "receipt")?,
        motif: match metadata.contains_key("motif") {
            true => json(metadata, "motif")?,
            false => motif::Weights::default(),
        },
        weights: Weights::new(weights),
    })
}

fn json<T: DeserializeOwned>(
    metadata: &HashMap<String, String>,
    part: &'static str,
) -> Result<T, Problem> {
    let text = metadata.get(part).ok_or(Problem::Header { part, why: "is missing".to_owned() })?;
    serde_json::from_str(text).map_err(|error| Problem::Header { part, why: error.to_string() })
}

fn numbers(name: &str, view: &TensorView<'_>) -> Result<Vec<f32>, Problem> {
    let bytes = view.data();
    match view.dtype() {
        Dtype::F32 => Ok(bytes
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect()),
        Dtype::F16 => {
            Ok(bytes.chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32()).collect())
        }
        other => Err(Problem::Type { name: name.to_owned(), dtype: format!("{other:?}") }),
    }
}

/// The bytes of a record's file.
pub(super) fn write(record: &Record, precision: Precision) -> Vec<u8> {
    let text =
        |value: Result<String, serde_json::Error>| value.expect("plain structures become JSON");
    // Sorted, so that the same record gives the same bytes.
    let metadata = BTreeMap::from([
        ("format", FORMAT.to_owned()),
        ("version", FORMAT_VERSION.to_string()),
        ("config", text(serde_json::to_string(&record.config))),
        ("vocabulary", text(serde_json::to_string(&record.vocabulary))),
        ("receipt", text(serde_json::to_string(&record.receipt))),
        ("motif", text(serde_json::to_string(&record.motif))),
    ]);
    let (dtype, width) = match precision {
        Precision::Single => ("F32", 4),
        Precision::Half => ("F16", 2),
    };
    let mut header = serde_json::Map::new();
    header.insert("__metadata__".to_owned(), serde_json::json!(metadata));
    let mut body = Vec::new();
    for (name, tensor) in record.weights.tensors() {
        let start = body.len();
        for &number in &tensor.data {
            match precision {
                Precision::Single => body.extend_from_slice(&number.to_le_bytes()),
                Precision::Half => body.extend_from_slice(&f16::from_f32(number).to_le_bytes()),
            }
        }
        debug_assert_eq!(body.len() - start, tensor.data.len() * width);
        let entry = serde_json::json!({
            "dtype": dtype, "shape": tensor.shape, "data_offsets": [start, body.len()],
        });
        header.insert(name.clone(), entry);
    }
    let mut header = serde_json::Value::Object(header).to_string().into_bytes();
    // The format asks for tensors that start on 8 bytes; the header is padded with spaces.
    header.resize(header.len().next_multiple_of(8), b' ');
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.append(&mut header);
    bytes.append(&mut body);
    bytes
}
