//! What can be wrong with a record, in words.

use super::file::{FORMAT_VERSION, MAX_BYTES};
use crate::network::weights::WeightsError;
use crate::vocabulary::VocabularyError;

/// Why a record cannot be loaded: the file, the cause and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct RecordError {
    /// The file, or another name for where the bytes came from.
    pub file: String,
    /// What is wrong, and what to do.
    pub problem: Problem,
}

/// What is wrong with a record, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The file could not be read.
    #[error("{}", unread(.0))]
    Io(#[from] std::io::Error),
    /// It is no file.
    #[error("cannot be read: it is a folder; choose a record in it, such as best.safetensors")]
    Folder,
    /// It is a pipe, a device or a socket.
    #[error(
        "cannot be read: it is a pipe or a device, not a file; choose a .safetensors file made by `jukebox train`"
    )]
    NoFile,
    /// The file is larger than any record.
    #[error(
        "is {0} bytes long, more than the {MAX_BYTES} that a record may have; choose a record made by `jukebox train`"
    )]
    TooLarge(u64),
    /// The file is not in the safetensors format, or its header and length disagree.
    #[error(
        "is no record, or is damaged ({0}); copy it again, or choose a .safetensors file made by `jukebox train`"
    )]
    Damaged(String),
    /// The file is in the safetensors format, but not a record.
    #[error("holds tensors but no music: it is no record; of a training, choose best.safetensors")]
    Foreign,
    /// The record was made by a later version.
    #[error(
        "has format version {0}, and this program reads up to {FORMAT_VERSION}; update AI Jukebox"
    )]
    Newer(u32),
    /// The part of the header that describes the network, vocabulary or receipt cannot be read.
    #[error("has a damaged header ({part}: {why}); copy it again, or train it again")]
    Header {
        /// Which part.
        part: &'static str,
        /// What the reader said.
        why: String,
    },
    /// The network's sizes are beyond limits.
    #[error("describes a network that cannot be ({0}); train it again")]
    Config(String),
    /// The vocabulary breaks its rules.
    #[error("has a damaged vocabulary ({0}); train it again")]
    Vocabulary(#[from] VocabularyError),
    /// The weights do not fit the network, or are not finite.
    #[error("has damaged weights: {0}; take another epoch's file, or train it again")]
    Weights(#[from] WeightsError),
    /// A tensor has a type that records do not use.
    #[error("stores the tensor {name} as {dtype}; records store F32 or F16")]
    Type {
        /// The tensor.
        name: String,
        /// Its type.
        dtype: String,
    },
}

fn unread(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => {
            "no such file; choose a record, such as best.safetensors in the folder of a training"
                .to_owned()
        }
        _ => format!("cannot be read: {error}"),
    }
}
