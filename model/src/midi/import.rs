//! From what a file holds to a piece.

use super::file::{MidiFile, RawNote};
use super::keys::Releases;
use super::melody::highest_line;
use super::opening::Opening;
use super::tracks::{UNRELEASED, usable_meter};
use super::{ImportError, ImportReport, MAX_LENGTH, PartChoice, Rounding};
use crate::key::KeySignature;
use crate::piece::{self, Note, Piece, TempoChange, Tick, tidy};

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
    pub part: PartChoice,
    /// Whether pedals lengthen them (see [`import`]): notes as heard, not as fingered.
    pub pedal: bool,
    /// Which release ends which note.
    pub releases: Releases,
    /// Whether notes keep where they come from, drums among them: each channel of each track is a part of
    /// the piece. Only of [`PartChoice::All`].
    pub keep_parts: bool,
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self { part: PartChoice::All, pedal: true, releases: Releases::FirstOff, keep_parts: false }
    }
}

impl From<PartChoice> for ImportOptions {
    fn from(part: PartChoice) -> Self {
        Self { part, ..Self::default() }
    }
}

/// Makes a piece of a MIDI file's bytes.
///
/// Onsets and releases are each rounded from their absolute position to the nearest tick; a note
/// lasts at least one, and is released when its pitch starts again. Pedals hold notes until they are
/// lifted. The patterns of a format 2 file follow one another, each from the next bar line on. A short
/// first bar lies at the end of a full one. Whole bars of silence at the start are left out where the file names no
/// meter but 4/4, and no marker in them. The title is the first track's name, or what a
/// karaoke file says.
///
/// # Errors
/// See [`ImportError`]. A damaged file whose readable part has notes is no error: its report says
/// [`truncated`](ImportReport::truncated) and counts the [`damage`](ImportReport::damage).
pub fn import(bytes: &[u8], options: impl Into<ImportOptions>) -> Result<Import, ImportError> {
    let options = options.into();
    MidiFile::read(bytes, options.releases)?.into_import(options)
}

/// How a piece begins, and what changes in its course.
struct Course {
    opening: Opening,
    tempi: Vec<TempoChange>,
    keys: Vec<(Tick, KeySignature)>,
    /// Time signatures that cannot be used.
    ignored_meters: usize,
}

impl MidiFile {
    /// Makes a piece of the file, as [`import`] does. Releases are those that the file was read with.
    ///
    /// # Errors
    /// Where the part has no notes.
    pub fn import(&self, options: impl Into<ImportOptions>) -> Result<Import, ImportError> {
        self.clone().into_import(options.into())
    }

    fn into_import(mut self, options: ImportOptions) -> Result<Import, ImportError> {
        let ImportOptions { part, pedal, keep_parts, .. } = options;
        let keep_parts = keep_parts && part == PartChoice::All;
        let Course { opening, tempi, keys, ignored_meters } = self.course();
        let drums = match keep_parts {
            true => self.notes.iter().all(|note| note.drums),
            false => self.select(part)?,
        };
        let sounds = if pedal { self.pedals.hold(&self.notes, &self.programs) } else { None };
        let lines = if keep_parts { lines(&self.notes) } else { Vec::new() };
        let part_of = |note: &RawNote| {
            let line = lines.binary_search(&(note.track, note.channel)).unwrap_or(lines.len());
            line.min(lines.len().saturating_sub(1)) as u8
        };
        let mut rounding = Rounding::default();
        let mut pedalled = 0;
        let placed = |(index, note): (usize, &RawNote)| {
            let clock = self.clock(note.track);
            let (onset, error) = clock.place(note.onset);
            rounding.count(error);
            let mut end = clock.place(note.end).0;
            if !note.released {
                end = end.min(onset + UNRELEASED);
            }
            if let Some(sound) = sounds.as_ref().map(|it| it[index]).filter(|&it| it > note.end) {
                let released = std::mem::replace(&mut end, clock.place(sound).0);
                pedalled += usize::from(end > released);
            }
            let (onset, end) = (opening.place(onset), opening.place(end));
            Note {
                onset,
                part: part_of(note),
                pitch: note.pitch,
                duration: (end - onset).max(1),
                velocity: note.velocity,
            }
        };
        let mut notes: Vec<Note> = self.notes.iter().enumerate().map(placed).collect();
        let mut drum_hits = vec![(0, 0); lines.len()];
        for note in self.notes.iter().filter(|_| keep_parts) {
            let (hits, notes) = &mut drum_hits[usize::from(part_of(note))];
            (*hits, *notes) = (*hits + usize::from(note.drums), *notes + 1);
        }
        // A line is called after its track.
        let parts =
            lines.iter().zip(drum_hits).map(|(&(track, channel), (hits, notes))| piece::Part {
                name: self.report.tracks[usize::from(track)].name.clone(),
                program: self.programs.of_line(channel, track),
                drums: 2 * hits > notes,
            });
        let parts = parts.collect();
        let merged = tidy(&mut notes);
        if part == PartChoice::Melody {
            notes = highest_line(&notes);
        }
        let title = match self.report.title.as_str() {
            "" => self.report.tracks[0].name.clone(),
            title => title.to_owned(),
        };
        let key = keys.first().map(|&(_, key)| key);
        let report = ImportReport {
            part,
            rounding: rounding.counted(),
            unreleased: self.notes.iter().filter(|note| !note.released).count(),
            ignored_meters: self.report.ignored_meters + ignored_meters,
            keys,
            merged,
            pedalled,
            pickup: opening.before,
            trimmed: opening.without,
            ..self.report
        };
        let meters = opening.meters;
        Ok(Import {
            piece: Piece { title, meters, tempi, key, drums, parts, notes },
            report,
            lines,
        })
    }

    /// Lays out the bars, and what changes on them.
    fn course(&self) -> Course {
        let onset = |note: &RawNote| self.clock(note.track).place(note.onset).0;
        let first = self.notes.iter().min_by_key(|note| note.onset).map_or(0, onset);
        let last = self.notes.iter().max_by_key(|note| note.onset).map_or(0, onset);
        let mut ignored_meters = 0;
        let mut changes = Vec::with_capacity(self.meters.len());
        for &(place, numerator, denominator) in &self.meters {
            let at = self.tick(place);
            match usable_meter(at, numerator, denominator) {
                Some(meter) => changes.push((at, meter)),
                None => ignored_meters += 1,
            }
        }
        changes.sort_by_key(|&(at, _)| at);
        let mut opening = match &self.patterns {
            Some(meters) => Opening::of(meters.clone()),
            None => {
                let marked = self.first_mark.is_some_and(|mark| self.tick(mark) < first);
                // For older records silence has stayed where a time signature stands.
                let stays = self.releases.is_older() && !changes.is_empty();
                Opening::new(changes, first, marked || stays)
            }
        };
        if opening.place(last) >= MAX_LENGTH {
            (opening.before, opening.without) = (0, 0);
        }
        let mut tempi: Vec<TempoChange> = match self.smpte_tempo {
            Some(micros) => vec![TempoChange::from_micros(0, micros)],
            None => {
                let named = self.tempi.iter().map(|&(place, micros)| (self.tick(place), micros));
                let inside = named.filter(|&(at, _)| at < MAX_LENGTH);
                inside.map(|(at, micros)| TempoChange::from_micros(at, micros)).collect()
            }
        };
        let mut keys: Vec<(Tick, KeySignature)> =
            self.keys.iter().map(|&(place, key)| (self.tick(place), key)).collect();
        // Of several tempi or keys at one tick the last holds; of several tracks' keys the first track's.
        tempi.sort_by_key(|change| change.at);
        keys.sort_by_key(|&(at, _)| at);
        keys.dedup_by_key(|&mut (at, _)| at);
        keys.dedup_by_key(|&mut (_, key)| key);
        tempi.iter_mut().for_each(|it| it.at = opening.place_change(it.at));
        keys.iter_mut().for_each(|it| it.0 = opening.place_change(it.0));
        keep_last(&mut tempi, |it| it.at);
        keep_last(&mut keys, |it| it.0);
        Course { opening, tempi, keys, ignored_meters }
    }
}

/// The tracks and channels with notes, in order: as many as there are numbers for parts. What is beyond
/// them belongs to the last.
fn lines(notes: &[RawNote]) -> Vec<(u16, u8)> {
    let mut lines: Vec<(u16, u8)> = notes.iter().map(|note| (note.track, note.channel)).collect();
    lines.sort_unstable();
    lines.dedup();
    lines.truncate(usize::from(u8::MAX) + 1);
    lines
}

/// Of several changes at one tick, keeps the last.
fn keep_last<T>(changes: &mut Vec<T>, at: impl Fn(&T) -> Tick) {
    changes.reverse();
    changes.dedup_by_key(|it| at(it));
    changes.reverse();
}
