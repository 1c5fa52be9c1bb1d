//! From what a file holds to a piece.

use super::keys::Releases;
use super::part::highest_line;
use super::read::{RawNote, Score, read};
use super::{ImportError, ImportReport, Part, Rounding};
use crate::piece::{Note, Piece, tidy};

/// A piece, and how it came about.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    /// The music.
    pub piece: Piece,
    /// What the file holds, and what was changed.
    pub report: ImportReport,
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
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self { part: Part::All, pedal: true, releases: Releases::FirstOff }
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
    let ImportOptions { part, pedal, releases } = options.into();
    let Score { mut report, notes: mut raw, pedals, programs, meters, tempi, keys, .. } =
        read(bytes, releases)?;
    let selection = part.select(&report.tracks)?;
    raw.retain(|note| {
        note.is_drum() == selection.drums && selection.track.is_none_or(|track| note.track == track)
    });
    report.part = part;
    report.rounding = Rounding::measure(raw.iter().map(|note| note.error));
    report.unreleased = raw.iter().filter(|note| !note.released).count();
    if pedal {
        report.pedalled = pedals.hold(&mut raw, &programs);
    }

    let quantised = |note: &RawNote| Note {
        onset: note.onset,
        pitch: note.pitch,
        duration: (note.end - note.onset).max(1),
        velocity: note.velocity,
    };
    let mut notes: Vec<Note> = raw.iter().map(quantised).collect();
    report.merged = tidy(&mut notes);
    if part == Part::Melody {
        notes = highest_line(&notes);
    }
    let title = report.tracks[0].name.clone();
    let key = keys.first().map(|&(_, key)| key);
    Ok(Import { piece: Piece { title, meters, tempi, key, drums: selection.drums, notes }, report })
}
