//! The record file: a safetensors file whose metadata holds the rest.
//!
//! | metadata key | value |
//! | --- | --- |
//! | `format` | `ai-jukebox-record` |
//! | `version` | the format's version: 5 where what comes back moves to its chord or parts come and go by plan, 4 with form or chords, 3 with usual settings, 2 where notes choose their part, else 1 |
//! | `config` | [`Config`] as JSON |
//! | `vocabulary` | [`Vocabulary`] as JSON |
//! | `receipt` | [`Receipt`] as JSON |
//! | `motif` | the motif memory's [`motif::MotifWeights`](crate::motif::MotifWeights) as JSON; optional |
//! | `usual` | what the knobs' defaults mean, [`UsualSettings`] as JSON; only from version 3 on |
//! | `groove` | how its collection plays by place, [`Groove`](super::Groove) as JSON; optional in every version |
//! | `form` | how bars come back, [`FormModel`](crate::sheet::FormModel) as JSON; only from version 4 on |
//!
//! The tensors, F32 or F16, are those of [`network::weights`](crate::network::weights). The same
//! record gives the same bytes.

use std::collections::BTreeMap;
use std::fs::{File, Metadata, OpenOptions};
use std::io::Read;
use std::path::Path;

use half::f16;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use super::header::{self, Header};
use super::{Problem, Record};
use crate::composer::UsualSettings;
use crate::network::Weights;
use crate::network::weights::Tensor;

pub(super) const FORMAT: &str = "ai-jukebox-record";
/// The newest version of the format that is read. The one that is written is the oldest that can hold the
/// record, so that earlier programs go on reading what they can play.
pub(super) const FORMAT_VERSION: u32 = MOVES_VERSION;
/// The first version whose vocabulary may have two parts or more.
pub(super) const PARTS_VERSION: u32 = 2;
/// The first version with usual settings.
pub(super) const USUAL_VERSION: u32 = 3;
/// The first version with a model of form, and with chords.
pub(super) const FORM_VERSION: u32 = 4;
/// The first version whose notes move to the chord of the bar to which they come back, and which plans what parts
/// play in a bar.
pub(super) const MOVES_VERSION: u32 = 5;
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

/// Opens a file to read a record from it, without ever waiting for the file: a pipe or a device is
/// refused before it is opened, and one that takes the file's place meanwhile is refused before it is
/// read. Gives the length, which is at most [`MAX_BYTES`].
///
/// # Errors
/// Where the path leads to no regular file, or to one that is too large to be a record.
pub fn open(path: &Path) -> Result<(File, u64), Problem> {
    length(&std::fs::metadata(path)?)?;
    let mut options = OpenOptions::new();
    options.read(true);
    // A pipe that nobody writes to would hold up whoever opens it. To a regular file it is the same.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    let file = options.open(path)?;
    let length = length(&file.metadata()?)?;
    Ok((file, length))
}

/// The length of what may be a record by what the system says of it.
fn length(metadata: &Metadata) -> Result<u64, Problem> {
    match metadata.len() {
        _ if metadata.is_dir() => Err(Problem::Folder),
        _ if !metadata.is_file() => Err(Problem::NoFile),
        length if length > MAX_BYTES => Err(Problem::TooLarge(length)),
        length => Ok(length),
    }
}

/// Reads a whole file, unless it is too large to be a record.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Problem> {
    let (file, _) = open(path)?;
    let mut bytes = Vec::new();
    // Bounded by what was checked: the file may grow.
    file.take(MAX_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Takes a file apart. The header is checked, the weights are not.
pub(super) fn parse(bytes: &[u8]) -> Result<(Header, Weights), Problem> {
    let header = header::parse(bytes)?;
    let tensors = SafeTensors::deserialize(bytes).map_err(header::damaged)?;
    let mut weights = BTreeMap::new();
    for (name, view) in tensors.iter() {
        let data = numbers(name, &view)?;
        weights.insert(name.to_owned(), Tensor { shape: view.shape().to_vec(), data });
    }
    Ok((header, Weights::new(weights)))
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
    let has_usual = record.usual != UsualSettings::default();
    let has_form = !record.form.is_empty();
    let has_sheet = has_form || !record.vocabulary.chords.is_empty();
    let has_sets = record.form.has_parts() || !record.vocabulary.ensembles.is_empty();
    let version = match (has_sheet, has_usual, record.vocabulary.has_parts()) {
        _ if record.form.moves() || has_sets => MOVES_VERSION,
        (true, ..) => FORM_VERSION,
        (_, true, _) => USUAL_VERSION,
        (.., true) => PARTS_VERSION,
        _ => 1,
    };
    // Sorted, so that the same record gives the same bytes.
    let mut metadata = BTreeMap::from([
        ("format", FORMAT.to_owned()),
        ("version", version.to_string()),
        ("config", text(serde_json::to_string(&record.config))),
        ("vocabulary", text(serde_json::to_string(&record.vocabulary))),
        ("receipt", text(serde_json::to_string(&record.receipt))),
        ("motif", text(serde_json::to_string(&record.motif))),
    ]);
    if has_usual {
        metadata.insert("usual", text(serde_json::to_string(&record.usual)));
    }
    if has_form {
        metadata.insert("form", text(serde_json::to_string(&record.form)));
    }
    if !record.groove.is_empty() {
        metadata.insert("groove", text(serde_json::to_string(&record.groove)));
    }
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
