//! Builds MIDI files byte by byte, without the library that reads them.

use jukebox_model::midi::{self, Import, ImportReport, PartChoice};
use jukebox_model::piece::{Note, Piece};

/// A track under construction.
#[derive(Clone, Default)]
pub struct Track(Vec<u8>);

impl Track {
    pub fn new() -> Self {
        Self::default()
    }

    /// Any bytes, `delta` after the previous event.
    pub fn event(mut self, delta: u32, bytes: &[u8]) -> Self {
        let digits = (0..4).rev().map(|place| (delta >> (7 * place)) as u8 & 0x7f);
        let digits: Vec<u8> = digits.skip_while(|&digit| digit == 0).collect();
        let (last, leading) = digits.split_last().unwrap_or((&0, &[]));
        self.0.extend(leading.iter().map(|digit| digit | 0x80));
        self.0.push(*last);
        self.0.extend(bytes);
        self
    }

    pub fn meta(self, delta: u32, kind: u8, data: &[u8]) -> Self {
        let head = [0xff, kind, data.len() as u8];
        self.event(delta, &[&head, data].concat())
    }

    pub fn name(self, name: &str) -> Self {
        self.meta(0, 0x03, name.as_bytes())
    }

    pub fn tempo(self, delta: u32, micros: u32) -> Self {
        self.meta(delta, 0x51, &micros.to_be_bytes()[1..])
    }

    /// A time signature; the denominator is the power of 2.
    pub fn meter(self, delta: u32, numerator: u8, power: u8) -> Self {
        self.meta(delta, 0x58, &[numerator, power, 24, 8])
    }

    /// A note on channel 1, or 10 where `drum`; the next event is counted from its release.
    pub fn note(self, delta: u32, pitch: u8, duration: u32) -> Self {
        self.note_on_channel(0, delta, pitch, duration)
    }

    pub fn drum(self, delta: u32, pitch: u8, duration: u32) -> Self {
        self.note_on_channel(9, delta, pitch, duration)
    }

    pub fn note_on_channel(self, channel: u8, delta: u32, pitch: u8, duration: u32) -> Self {
        self.event(delta, &[0x90 | channel, pitch, 80]).event(duration, &[0x80 | channel, pitch, 0])
    }

    /// The chunk, with its end-of-track event `delta` after the last event.
    pub fn chunk_ending(self, delta: u32) -> Vec<u8> {
        self.meta(delta, 0x2f, &[]).broken_chunk()
    }

    /// The chunk without an end-of-track event.
    pub fn broken_chunk(self) -> Vec<u8> {
        chunk(b"MTrk", &self.0)
    }
}

fn chunk(id: &[u8; 4], data: &[u8]) -> Vec<u8> {
    [id, &(data.len() as u32).to_be_bytes()[..], data].concat()
}

/// A file of chunks. `division` is the two bytes of the header.
pub fn file_of_chunks(format: u16, division: u16, chunks: &[Vec<u8>]) -> Vec<u8> {
    let header = [format, chunks.len() as u16, division].map(u16::to_be_bytes).concat();
    [chunk(b"MThd", &header), chunks.concat()].concat()
}

/// A file of complete tracks.
pub fn file(format: u16, division: u16, tracks: impl IntoIterator<Item = Track>) -> Vec<u8> {
    let chunks: Vec<Vec<u8>> = tracks.into_iter().map(|track| track.chunk_ending(0)).collect();
    file_of_chunks(format, division, &chunks)
}

/// Imports all pitched notes of a file that must be usable.
pub fn import(bytes: &[u8]) -> (Piece, ImportReport) {
    import_part(bytes, PartChoice::All)
}

pub fn import_part(bytes: &[u8], part: PartChoice) -> (Piece, ImportReport) {
    let Import { piece, report, .. } = midi::import(bytes, part).expect("a usable file");
    assert_sound(&piece);
    (piece, report)
}

/// What another import finds in a piece's export.
pub fn import_export(piece: &Piece) -> (Piece, ImportReport) {
    import_part(&midi::export(piece), if piece.drums { PartChoice::Drums } else { PartChoice::All })
}

/// Every rule that a piece must keep.
pub fn assert_sound(piece: &Piece) {
    assert!(!piece.notes.is_empty());
    assert!(piece.notes.is_sorted_by_key(|note| (note.onset, note.pitch)));
    let mut ends = [0; 128];
    let mut onsets = [None; 128];
    for note in &piece.notes {
        let pitch = usize::from(note.pitch);
        assert!(note.duration >= 1 && note.pitch < 128 && (1..=127).contains(&note.velocity));
        assert!(ends[pitch] <= note.onset, "{note:?} starts while its pitch sounds");
        assert_ne!(onsets[pitch], Some(note.onset), "{note:?} starts twice");
        assert!(note.onset < midi::MAX_LENGTH && note.end() <= midi::MAX_LENGTH + 1);
        ends[pitch] = note.end();
        onsets[pitch] = Some(note.onset);
    }
    assert!(piece.tempi.is_sorted_by(|a, b| a.at < b.at));
    assert!(piece.tempi.iter().all(|change| change.bpm.is_finite() && change.bpm > 0.0));
    let title = piece.title.trim();
    assert!(title == piece.title && title.chars().count() <= 120);
    assert!(!title.contains(char::is_control));
}

/// (onset, pitch, duration) of each note.
pub fn shape(piece: &Piece) -> Vec<(u32, u8, u32)> {
    piece
        .notes
        .iter()
        .map(|&Note { onset, pitch, duration, .. }| (onset, pitch, duration))
        .collect()
}
