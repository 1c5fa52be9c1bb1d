//! The chunks of a file: header and tracks, bare or in a RIFF wrapper.
//!
//! midly reads the events inside; what is round them is read here, for exact errors, and because
//! midly 0.5 overflows on one value of the division.

use super::{Division, ImportError};

/// The header of a file and the bytes of its tracks.
pub(super) struct Container<'a> {
    /// Whether it was wrapped in RIFF.
    pub rmid: bool,
    /// 0, 1 or 2.
    pub format: u8,
    pub division: Division,
    /// Tracks that the header announces.
    pub announced: usize,
    /// At most `u16::MAX`.
    pub tracks: Vec<&'a [u8]>,
    /// Whether the file ends before its last chunk does.
    pub cut: bool,
}

impl<'a> Container<'a> {
    /// Opens a file.
    ///
    /// # Errors
    /// Bytes that are no MIDI file, or one whose header cannot be used.
    pub fn open(bytes: &'a [u8]) -> Result<Self, ImportError> {
        if bytes.is_empty() {
            return Err(ImportError::Empty);
        }
        let rmid = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"RMID");
        let midi = if rmid { unwrap_riff(&bytes[12..])? } else { bytes };
        if !midi.starts_with(b"MThd") {
            return Err(ImportError::foreign(midi));
        }
        let mut chunks = Chunks { rest: midi, wrapper: false };
        let header = chunks.next().map(|chunk| chunk.data).unwrap_or_default();
        let Some(&[format_high, format_low, tracks_high, tracks_low, unit, ticks]) =
            header.first_chunk()
        else {
            return Err(ImportError::Truncated);
        };
        let format = match u16::from_be_bytes([format_high, format_low]) {
            0..=2 => format_low,
            other => {
                let problem = format!("format {other} is none of 0, 1 and 2");
                return Err(ImportError::Header(problem));
            }
        };
        let mut tracks = Vec::new();
        let mut cut = false;
        for chunk in chunks.filter(|chunk| chunk.id == *b"MTrk").take(usize::from(u16::MAX)) {
            cut |= chunk.cut;
            tracks.push(chunk.data);
        }
        Ok(Self {
            rmid,
            format,
            division: Division::read([unit, ticks])?,
            announced: u16::from_be_bytes([tracks_high, tracks_low]).into(),
            tracks,
            cut,
        })
    }
}

/// The MIDI file among the chunks of a RIFF form.
fn unwrap_riff(chunks: &[u8]) -> Result<&[u8], ImportError> {
    let data = Chunks { rest: chunks, wrapper: true }.find(|chunk| chunk.id == *b"data");
    data.map(|chunk| chunk.data).ok_or(ImportError::Truncated)
}

struct Chunk<'a> {
    id: [u8; 4],
    /// What there is of it.
    data: &'a [u8],
    /// Whether the file ends before it does.
    cut: bool,
}

/// Chunk after chunk, each with its identifier and length.
struct Chunks<'a> {
    rest: &'a [u8],
    /// In RIFF lengths are little-endian, and chunks are padded to an even length.
    wrapper: bool,
}

impl<'a> Iterator for Chunks<'a> {
    type Item = Chunk<'a>;

    fn next(&mut self) -> Option<Chunk<'a>> {
        let (&id, rest) = self.rest.split_first_chunk()?;
        let (&length, rest) = rest.split_first_chunk()?;
        let length = if self.wrapper { u32::from_le_bytes } else { u32::from_be_bytes }(length);
        let (data, rest, cut) = match rest.split_at_checked(length as usize) {
            Some((data, rest)) => (data, rest, false),
            None => (rest, &[][..], true),
        };
        let padding = usize::from(self.wrapper && length % 2 == 1).min(rest.len());
        self.rest = &rest[padding..];
        Some(Chunk { id, data, cut })
    }
}
