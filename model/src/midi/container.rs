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

    fn find_tracks(&mut self, bytes: &'a [u8]) {
        let marks = Marks::of(bytes);
        let mut at = 0;
        while self.tracks.len() < usize::from(u16::MAX) {
            if let Some(end) = marks.foreign_chunk(at) {
                at = end;
                continue;
            }
            // Whatever follows the last track is passed over without a word.
            let Some(start) = marks.track(at) else { return };
            self.damage.gaps += usize::from(start > at);
            let Some((&length, _)) = bytes[start + TRACK.len()..].split_first_chunk::<4>() else {
                self.cut = true;
                return;
            };
            let body = start + TRACK.len() + length.len();
            at = self.track_end(&marks, body, u32::from_be_bytes(length) as usize);
            self.tracks.push(&bytes[body..at]);
        }
    }

    /// Where a track ends that begins at `body` and is said to have a length.
    fn track_end(&mut self, marks: &Marks<'_>, body: usize, length: usize) -> usize {
        let (end, known) = match marks.bytes[body..].split_at_checked(length) {
            Some((track, rest)) => match marks.border(body, body + length) {
                Some(border) => (border + 3, false),
                None if rest.is_empty()
                    || rest.starts_with(TRACK)
                    || marks.foreign_chunk(body + length).is_some()
                    || track.ends_with(&BORDER[..3]) =>
                {
                    (body + length, true)
                }
                None => (marks.track(body).unwrap_or(marks.bytes.len()), false),
            },
            None => match marks.track(body) {
                Some(next) => (next, false),
                None => {
                    self.cut = true;
                    (marks.bytes.len(), true)
                }
            },
        };
        self.damage.lengths += usize::from(!known);
        end
    }
}

/// Where tracks seem to begin among a file's chunks.
///
/// Each of many headers may claim a length that reaches far beyond the next header, so that every look
/// at what is claimed would read the same bytes anew. They are read once, and looked up from then on.
struct Marks<'a> {
    bytes: &'a [u8],
    /// Where [`TRACK`] stands, in order.
    tracks: Vec<usize>,
    /// Where [`BORDER`] stands, in order.
    borders: Vec<usize>,
}

impl<'a> Marks<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        let windows = bytes.windows(TRACK.len()).enumerate();
        let tracks: Vec<usize> =
            windows.filter(|&(_, window)| window == TRACK).map(|(at, _)| at).collect();
        // Every border holds the start of a track, so that no second reading is needed.
        let ended = |at: usize| at.checked_sub(3).filter(|&at| bytes[at..].starts_with(BORDER));
        let borders = tracks.iter().filter_map(|&at| ended(at)).collect();
        Self { bytes, tracks, borders }
    }

    /// The first start of a track at or after a place.
    fn track(&self, from: usize) -> Option<usize> {
        first(&self.tracks, from)
    }

    /// The first border that lies wholly between two places.
    fn border(&self, from: usize, to: usize) -> Option<usize> {
        first(&self.borders, from).filter(|&at| at + BORDER.len() <= to)
    }

    /// Where a chunk ends that is no track, where one begins at `at`.
    fn foreign_chunk(&self, at: usize) -> Option<usize> {
        let (id, rest) = self.bytes.get(at..)?.split_first_chunk::<4>()?;
        if id == TRACK || !id.iter().all(|byte| (b' '..=b'~').contains(byte)) {
            return None;
        }
        let (&length, rest) = rest.split_first_chunk::<4>()?;
        let (data, after) = rest.split_at_checked(u32::from_be_bytes(length) as usize)?;
        let end = self.bytes.len() - after.len();
        let inside = self.track(end - data.len()).is_some_and(|track| track + TRACK.len() <= end);
        (!inside).then_some(end)
    }
}

/// The first of some places, which are in order, at or after another.
fn first(places: &[usize], from: usize) -> Option<usize> {
    places.get(places.partition_point(|&at| at < from)).copied()
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

#[cfg(test)]
mod tests {
    use super::*;

    const HEADS: usize = u16::MAX as usize - 1;

    /// The header of a file, then [`HEADS`] track headers, each of which claims to reach `reach` bytes
    /// beyond all of them.
    fn heads(reach: usize) -> Vec<u8> {
        let mut bytes = b"MThd\0\0\0\x06\0\x01\xff\xff\0\x18".to_vec();
        for later in (0..HEADS).rev() {
            bytes.extend(b"MTrk");
            bytes.extend(((8 * later + reach) as u32).to_be_bytes());
        }
        bytes
    }

    #[test]
    fn track_headers_that_claim_the_same_bytes_are_read_in_one_pass() {
        let mut bytes = heads(2 << 20);
        bytes.resize(bytes.len() + (3 << 20), 0);
        let container = Container::open(&bytes).unwrap();
        assert_eq!((container.tracks.len(), container.damage.lengths), (HEADS, HEADS));
        assert!(container.tracks[..HEADS - 1].iter().all(|track| track.is_empty()));
        assert_eq!(container.tracks[HEADS - 1].len(), 3 << 20);
    }

    #[test]
    fn a_foreign_chunk_that_all_tracks_claim_to_precede_is_read_in_one_pass() {
        let mut bytes = heads(0);
        bytes.extend(b"XFIH");
        bytes.extend(((3u32 << 20) + 8).to_be_bytes());
        bytes.resize(bytes.len() + (3 << 20), 0);
        // Because of this it is no chunk of its own.
        bytes.extend(b"MTrk\0\0\0\0");
        let container = Container::open(&bytes).unwrap();
        assert_eq!((container.tracks.len(), container.damage.lengths), (HEADS + 1, HEADS));
        assert!(!container.cut);
    }
}
