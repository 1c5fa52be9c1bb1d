//! The header of a record's file: all of a record but the weights.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use safetensors::SafeTensorError;
use safetensors::tensor::{Dtype, Metadata};
use serde::de::DeserializeOwned;

use super::file::{
    self, FORM_VERSION, FORMAT, FORMAT_VERSION, MOVES_VERSION, PARTS_VERSION, USUAL_VERSION,
};
use super::{Groove, Problem, Receipt, RecordError};
use crate::composer::UsualSettings;
use crate::motif;
use crate::network::Config;
use crate::network::weights::{WeightsError, shapes};
use crate::sheet::FormModel;
use crate::vocabulary::Vocabulary;

/// Bytes of the number that tells the header's length.
const PREFIX: usize = 8;
/// Longest header, in bytes. The largest vocabulary and a lineage of thousands of records need less.
const MAX_HEADER: u64 = 16 << 20;

/// What a record's file says of itself. It was checked when it was made, against its own rules and
/// against the length of the file; of the weights it tells that they are there, not that they are good.
#[derive(Clone, Debug)]
pub struct Header {
    /// The network's configuration.
    pub config: Config,
    /// The vocabulary.
    pub vocabulary: Vocabulary,
    /// Where the record comes from.
    pub receipt: Receipt,
    /// The weights of the motif memory.
    pub motif: motif::MotifWeights,
    /// What the knobs' defaults mean for it.
    pub usual: UsualSettings,
    /// How its bars come back.
    pub form: FormModel,
    /// How its collection plays by place.
    pub groove: Groove,
}

impl Header {
    /// Reads the header of a record file, and nothing else of it: 16 MiB at most, mostly some KB.
    ///
    /// # Errors
    /// As [`Record::load`](super::Record::load), but for what is wrong with the numbers of the weights.
    pub fn load(path: &Path) -> Result<Self, RecordError> {
        read(path).map_err(|problem| RecordError { file: path.display().to_string(), problem })
    }

    /// Reads the header of a record that is in memory; `name` stands for the file in errors.
    ///
    /// # Errors
    /// As [`Header::load`].
    pub fn parse(bytes: &[u8], name: &str) -> Result<Self, RecordError> {
        parse(bytes).map_err(|problem| RecordError { file: name.to_owned(), problem })
    }
}

fn read(path: &Path) -> Result<Header, Problem> {
    let (mut file, length) = file::open(path)?;
    let mut bytes = Vec::new();
    Read::by_ref(&mut file).take(PREFIX as u64).read_to_end(&mut bytes)?;
    let header = header_length(&bytes, length)?;
    file.take(header).read_to_end(&mut bytes)?;
    check(bytes.get(PREFIX..).unwrap_or_default(), length)
}

/// The header of a whole file.
pub(super) fn parse(bytes: &[u8]) -> Result<Header, Problem> {
    let length = bytes.len() as u64;
    let header = header_length(bytes, length)?;
    check(&bytes[PREFIX..PREFIX + header as usize], length)
}

/// The bytes after the prefix that the header has, in a file of some length.
fn header_length(bytes: &[u8], file: u64) -> Result<u64, Problem> {
    let prefix = bytes.first_chunk::<PREFIX>();
    let prefix = prefix.ok_or_else(|| damaged(SafeTensorError::HeaderTooSmall))?;
    let length = u64::from_le_bytes(*prefix);
    if length > MAX_HEADER {
        return Err(damaged(SafeTensorError::HeaderTooLarge));
    }
    if PREFIX as u64 + length > file {
        return Err(damaged(SafeTensorError::InvalidHeaderLength));
    }
    Ok(length)
}

/// Fails where usual settings lie where they are not defined.
pub(super) fn check_usual(usual: &UsualSettings) -> Result<(), Problem> {
    match usual.is_usable() {
        true => Ok(()),
        false => {
            Err(Problem::Header { part: "usual", why: "a setting is out of range".to_owned() })
        }
    }
}

/// Fails where a groove has numbers that are not defined.
pub(super) fn check_groove(groove: &Groove) -> Result<(), Problem> {
    match groove.is_usable() {
        true => Ok(()),
        false => Err(Problem::Header { part: "groove", why: "a place is out of range".to_owned() }),
    }
}

/// Checks a header against its rules and the length of its file.
fn check(header: &[u8], file: u64) -> Result<Header, Problem> {
    let tensors: Metadata = serde_json::from_slice(header)
        .map_err(|error| damaged(SafeTensorError::InvalidHeaderDeserialization(error)))?;
    // What the header claims may be more than any number holds.
    let whole = (PREFIX + header.len()) as u64;
    if whole.checked_add(tensors.data_len() as u64) != Some(file) {
        return Err(damaged(SafeTensorError::MetadataIncompleteBuffer));
    }
    let metadata = tensors.metadata().as_ref().ok_or(Problem::Foreign)?;
    if metadata.get("format").map(String::as_str) != Some(FORMAT) {
        return Err(Problem::Foreign);
    }
    let version = match json::<u32>(metadata, "version")? {
        0 => return Err(Problem::Header { part: "version", why: "is 0".to_owned() }),
        version @ 1..=FORMAT_VERSION => version,
        newer => return Err(Problem::Newer(newer)),
    };
    let mut header = Header {
        config: json(metadata, "config")?,
        vocabulary: json(metadata, "vocabulary")?,
        receipt: json(metadata, "receipt")?,
        motif: match metadata.contains_key("motif") {
            true => json(metadata, "motif")?,
            false => motif::MotifWeights::default(),
        },
        usual: match metadata.contains_key("usual") {
            true => json(metadata, "usual")?,
            false => UsualSettings::default(),
        },
        form: match metadata.contains_key("form") {
            true => json::<FormModel>(metadata, "form")?,
            false => FormModel::default(),
        },
        groove: match metadata.contains_key("groove") {
            true => json(metadata, "groove")?,
            false => Groove::default(),
        },
    };
    if version < MOVES_VERSION {
        let has_sets = !header.vocabulary.ensembles.is_empty();
        if let Some(part) =
            has_sets.then_some("vocabulary").or(header.form.has_parts().then_some("form"))
        {
            let why = format!("format version {version} does not know who plays in a bar");
            return Err(Problem::Header { part, why });
        }
        header.form = header.form.unmoved();
    }
    check_usual(&header.usual)?;
    check_groove(&header.groove)?;
    if !header.form.fits(&header.vocabulary) {
        let why = "a chord or a part is not in the vocabulary".to_owned();
        return Err(Problem::Header { part: "form", why });
    }
    header.config.validate().map_err(Problem::Config)?;
    header.vocabulary.validate()?;
    if version < FORM_VERSION && !header.vocabulary.chords.is_empty() {
        let why = format!("format version {version} knows no chords");
        return Err(Problem::Header { part: "vocabulary", why });
    }
    if version < FORM_VERSION && !header.form.is_empty() {
        let why = format!("format version {version} knows no form");
        return Err(Problem::Header { part: "form", why });
    }
    if version < USUAL_VERSION && header.usual != UsualSettings::default() {
        let why = format!("format version {version} knows no usual settings");
        return Err(Problem::Header { part: "usual", why });
    }
    if version < PARTS_VERSION && header.vocabulary.has_parts() {
        let why = format!("format version {version} knows no parts");
        return Err(Problem::Header { part: "vocabulary", why });
    }
    for (name, expected) in shapes(&header.config, &header.vocabulary) {
        let Some(tensor) = tensors.info(&name) else {
            return Err(WeightsError::Missing(name).into());
        };
        if tensor.shape != expected {
            let found = tensor.shape.clone();
            return Err(WeightsError::Shape { name, found, expected }.into());
        }
        if !matches!(tensor.dtype, Dtype::F32 | Dtype::F16) {
            return Err(Problem::Type { name, dtype: format!("{:?}", tensor.dtype) });
        }
    }
    Ok(header)
}

pub(super) fn damaged(error: SafeTensorError) -> Problem {
    Problem::Damaged(error.to_string())
}

fn json<T: DeserializeOwned>(
    metadata: &HashMap<String, String>,
    part: &'static str,
) -> Result<T, Problem> {
    let text = metadata.get(part).ok_or(Problem::Header { part, why: "is missing".to_owned() })?;
    serde_json::from_str(text).map_err(|error| Problem::Header { part, why: error.to_string() })
}
