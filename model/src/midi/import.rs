//! From what a file holds to a piece.

use super::keys::Releases;
use super::part::highest_line;
use super::read::{RawNote, Score, read};
use super::{DRUM_CHANNEL, ImportError, ImportReport, Part, Programs, Rounding, TrackReport};
use crate::piece::{self, Note, Piece, tidy};

/// A piece, and how it came about.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    /// The music.
    pub piece: Piece,
    /// What the file holds, and what was changed.
    pub report: ImportReport,
    /// Track, counted from 0, and channel, 0 to 15, of each of the piece's parts; empty where they are one
    /// heap.
    pub lines: Vec<(u16, u8)>,
}

/// What is taken from a file, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportOptions {
    /// Which notes.
    pub part: Part,
    /// Whether pedals lengthen them (see [`import`]): notes as heard, not as fingered.
    pub pedal: bool,
    /// Which release ends which note.
    pub releases: Releases,
    /// Whether notes keep where they come from, drums among them: each channel of each track is a part of
    /// the piece. Only of [`Part::All`].
    pub keep_parts: bool,
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self { part: Part::All, pedal: true, releases: Releases::FirstOff, keep_parts: false }
    }
}

impl From<Part> for ImportOptions {
    fn from(part: Part) -> Self {
        Self { part, ..Self::default() }
    }
}

/// Makes a piece of a MIDI file's bytes.
///
/// Onsets and releases are each rounded from their absolute position to the nearest tick; a note
/// lasts at least one, and is released when its pitch starts again. Pedals hold notes until they are
/// lifted. The patterns of a format 2 file follow one another, each from the next bar line on. A short
/// first bar lies at the end of a full one, and silence at the start stays unless the file names no
/// meter. The title is the first track's name.
///
/// # Errors
/// See [`ImportError`]. A damaged file whose readable part has notes is no error: its report says
/// [`truncated`](ImportReport::truncated) and counts the [`damage`](ImportReport::damage).
pub fn import(bytes: &[u8], options: impl Into<ImportOptions>) -> Result<Import, ImportError> {
    let ImportOptions { part, pedal, releases, keep_parts } = options.into();
    let keep_parts = keep_parts && part == Part::All;
    let Score { mut report, notes: mut raw, pedals, programs, meters, tempi, keys, .. } =
        read(bytes, releases)?;
    let drums = if keep_parts {
        raw.iter().all(RawNote::is_drum)
    } else {
        let selection = part.select(&report.tracks)?;
        raw.retain(|note| {
            let selected = selection.track.is_none_or(|track| note.track == track);
            note.is_drum() == selection.drums && selected
        });
        selection.drums
    };
    report.part = part;
    report.rounding = Rounding::measure(raw.iter().map(|note| note.error));
    report.unreleased = raw.iter().filter(|note| !note.released).count();
    if pedal {
        report.pedalled = pedals.hold(&mut raw, &programs);
    }

    let lines = if keep_parts { lines(&raw) } else { Vec::new() };
    let part_of = |note: &RawNote| {
        let line = lines.binary_search(&(note.track, note.channel)).unwrap_or(lines.len());
        line.min(lines.len().saturating_sub(1)) as u8
    };
    let quantised = |note: &RawNote| Note {
        onset: note.onset,
        part: part_of(note),
        pitch: note.pitch,
        duration: (note.end - note.onset).max(1),
        velocity: note.velocity,
    };
    let mut notes: Vec<Note> = raw.iter().map(quantised).collect();
    report.merged = tidy(&mut notes);
    if part == Part::Melody {
        notes = highest_line(&notes);
    }
    let parts = lines.iter().map(|&line| line_part(line, &programs, &report.tracks)).collect();
    let title = report.tracks[0].name.clone();
    let key = keys.first().map(|&(_, key)| key);
    Ok(Import { piece: Piece { title, meters, tempi, key, drums, parts, notes }, report, lines })
}

/// The tracks and channels with notes, in order: as many as there are numbers for parts. What is beyond
/// them belongs to the last.
fn lines(raw: &[RawNote]) -> Vec<(u16, u8)> {
    let mut lines: Vec<(u16, u8)> = raw.iter().map(|note| (note.track, note.channel)).collect();
    lines.sort_unstable();
    lines.dedup();
    lines.truncate(usize::from(u8::MAX) + 1);
    lines
}

/// The part that a channel of a track is: with the track's name, and the program that it names, or that
/// another track names for the channel.
fn line_part(
    (track, channel): (u16, u8),
    programs: &Programs,
    tracks: &[TrackReport],
) -> piece::Part {
    piece::Part {
        name: tracks[usize::from(track)].name.clone(),
        program: programs.of(channel, track).or_else(|| programs.of_channel(channel)),
        drums: channel == DRUM_CHANNEL,
    }
}
