//! The chunks of a file: header and tracks, bare or in a RIFF wrapper, or behind bytes that belong to
//! neither.
//!
//! A length is believed where a chunk or the end of the file follows it. Where it is wrong a track lasts
//! to the next one.

use super::report::Damage;
use super::{Division, ImportError};

/// Bytes at the start of a file among which a header is looked for: MacBinary puts 128 before it.
const LEAD: usize = 1024;

const HEADER: &[u8; 4] = b"MThd";
const TRACK: &[u8; 4] = b"MTrk";
/// The end of a track and the start of the next: a track that holds this is longer than it should be.
const BORDER: &[u8; 7] = b"\xff\x2f\0MTrk";

/// The header of a file and the bytes of its tracks.
pub(super) struct Container<'a> {
    /// Whether it was wrapped in RIFF.
    pub rmid: bool,
    /// As the header says.
    pub format: u16,
    pub division: Division,
    /// Tracks that the header announces.
    pub announced: usize,
    /// At most `u16::MAX`.
    pub tracks: Vec<&'a [u8]>,
    /// Whether the file ends before its last chunk does.
    pub cut: bool,
    /// What is wrong round the tracks.
    pub damage: Damage,
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
        let unwrapped = if rmid { unwrap_riff(&bytes[12..])? } else { bytes };
        let lead = match unwrapped.starts_with(HEADER) {
            true => 0,
            false => find_header(unwrapped).ok_or_else(|| ImportError::foreign(unwrapped))?,
        };
        let midi = &unwrapped[lead..];
        let Some((&header, rest)) = midi[HEADER.len()..].split_first_chunk::<10>() else {
            return Err(ImportError::Truncated);
        };
        let [l3, l2, l1, l0, format_high, format_low, high, low, unit, ticks] = header;
        // A header may be longer than it used to be, not shorter.
        let longer = (u32::from_be_bytes([l3, l2, l1, l0]) as usize).saturating_sub(6);
        let mut container = Self {
            rmid,
            format: u16::from_be_bytes([format_high, format_low]),
            division: Division::read([unit, ticks])?,
            announced: u16::from_be_bytes([high, low]).into(),
            tracks: Vec::new(),
            cut: false,
            damage: Damage { before_header: lead, ..Damage::default() },
        };
        container.find_tracks(rest.get(longer..).unwrap_or(rest));
        Ok(container)
    }

    fn find_tracks(&mut self, mut rest: &'a [u8]) {
        while self.tracks.len() < usize::from(u16::MAX) {
            if let Some(foreign) = foreign_chunk(rest) {
                rest = foreign;
                continue;
            }
            // Whatever follows the last track is passed over without a word.
            let Some(start) = find(rest, TRACK) else { return };
            self.damage.gaps += usize::from(start > 0);
            let Some((&length, body)) = rest[start + TRACK.len()..].split_first_chunk() else {
                self.cut = true;
                return;
            };
            let length = u32::from_be_bytes(length) as usize;
            let end = self.track_end(body, length);
            self.tracks.push(&body[..end]);
            rest = &body[end..];
        }
    }

    /// Where a track ends that is said to have a length.
    fn track_end(&mut self, body: &[u8], length: usize) -> usize {
        let (end, known) = match body.split_at_checked(length) {
            Some((track, rest)) => match find(track, BORDER) {
                Some(border) => (border + 3, false),
                None if rest.is_empty()
                    || rest.starts_with(TRACK)
                    || foreign_chunk(rest).is_some()
                    || track.ends_with(&BORDER[..3]) =>
                {
                    (length, true)
                }
                None => match find(body, TRACK) {
                    Some(next) => (next, false),
                    None => (body.len(), false),
                },
            },
            None => match find(body, TRACK) {
                Some(next) => (next, false),
                None => {
                    self.cut = true;
                    (body.len(), true)
                }
            },
        };
        self.damage.lengths += usize::from(!known);
        end
    }
}

/// What follows a chunk that is no track, where one begins here.
fn foreign_chunk(bytes: &[u8]) -> Option<&[u8]> {
    let (id, rest) = bytes.split_first_chunk::<4>()?;
    if id == TRACK || !id.iter().all(|byte| (b' '..=b'~').contains(byte)) {
        return None;
    }
    let (&length, rest) = rest.split_first_chunk()?;
    let (data, rest) = rest.split_at_checked(u32::from_be_bytes(length) as usize)?;
    find(data, TRACK).is_none().then_some(rest)
}

/// Where a header begins that does not begin the file. Files of other kinds may hold one.
fn find_header(bytes: &[u8]) -> Option<usize> {
    let known = ImportError::kind_of(bytes).is_some();
    find(&bytes[..bytes.len().min(LEAD)], HEADER).filter(|_| !known)
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// The MIDI file among the chunks of a RIFF form, whose lengths are little-endian and whose chunks are
/// padded to an even length. Where a length is wrong, all of them: the header will be found.
fn unwrap_riff(chunks: &[u8]) -> Result<&[u8], ImportError> {
    let mut rest = chunks;
    while let Some((id, after)) = rest.split_first_chunk::<4>() {
        let Some((&length, after)) = after.split_first_chunk() else { break };
        let length = u32::from_le_bytes(length) as usize;
        if id == b"data" {
            return Ok(&after[..length.min(after.len())]);
        }
        rest = after.get(length + length % 2..).unwrap_or_default();
    }
    find_header(chunks).map(|start| &chunks[start..]).ok_or(ImportError::Truncated)
}
