//! The samples of a WAV file, whatever else its head says (such as the time of its making).

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// The samples of a file with 16 bits a sample.
pub fn samples(path: &Path) -> Result<Vec<i16>> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let data = data(&bytes).with_context(|| format!("{}: no samples", path.display()))?;
    Ok(data.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect())
}

/// The chunk "data".
fn data(bytes: &[u8]) -> Option<&[u8]> {
    let mut rest = bytes.strip_prefix(b"RIFF")?.get(8..)?;
    loop {
        let (name, length) = (rest.get(..4)?, rest.get(4..8)?);
        let length = u32::from_le_bytes(length.try_into().ok()?) as usize;
        let body = rest.get(8..)?;
        if name == b"data" {
            return body.get(..length);
        }
        // Chunks begin at even places.
        rest = body.get(length.next_multiple_of(2)..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_found_behind_other_chunks() {
        let file = b"RIFF\0\0\0\0WAVEbext\x03\0\0\0abc\0data\x04\0\0\0\x01\x02\x03\x04";
        assert_eq!(data(file), Some(&[1, 2, 3, 4][..]));
        assert_eq!(data(&file[..file.len() - 1]), None);
    }
}
