//! What a record has learnt: the training pieces as events, kept beside the record.
//!
//! The baselines must read what the network has read, and nothing that it has read may be evaluated.
//! `train` writes the pieces to `learnt.safetensors`, and their hash into each record's receipt:
//!
//! | tensor | type, shape | value |
//! | --- | --- | --- |
//! | `events` | U16, (notes, 4) | step, pitch, duration, velocity as places in the vocabulary; where notes choose their part, (notes, 5): step, part, pitch, ... |
//! | `lengths` | U32, (pieces) | notes of each piece |
//!
//! | metadata key | value |
//! | --- | --- |
//! | `format` | `ai-jukebox-learnt` |
//! | `collection` | hash of the collection, as in the receipt |

use std::collections::{HashMap, HashSet};
use std::path::Path;

use anyhow::{Context, Result, bail};
use jukebox_model::network::Head;
use jukebox_model::vocabulary::{Encoded, NoteEvent, Vocabulary};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use crate::files;

/// The file's name beside a record.
pub const FILE: &str = "learnt.safetensors";
const FORMAT: &str = "ai-jukebox-learnt";

/// Pieces as events, one after another.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LearntPieces {
    events: Vec<NoteEvent>,
    lengths: Vec<usize>,
}

impl LearntPieces {
    /// The events of pieces.
    pub fn of<'p>(pieces: impl IntoIterator<Item = &'p Encoded>) -> Self {
        let mut learnt = Self::default();
        for piece in pieces {
            learnt.events.extend_from_slice(&piece.events);
            learnt.lengths.push(piece.events.len());
        }
        learnt
    }

    /// The pieces.
    pub fn pieces(&self) -> impl Iterator<Item = &[NoteEvent]> {
        let mut rest = &self.events[..];
        self.lengths.iter().map(move |&length| {
            let (piece, after) = rest.split_at(length);
            rest = after;
            piece
        })
    }

    /// Notes in all.
    pub fn notes(&self) -> usize {
        self.events.len()
    }

    /// Number of pieces.
    pub fn len(&self) -> usize {
        self.lengths.len()
    }

    /// Whether there is no piece.
    pub fn is_empty(&self) -> bool {
        self.lengths.is_empty()
    }

    /// BLAKE3 hash of the pieces in their order, hexadecimal.
    pub fn hash(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.length_bytes()).update(&self.event_bytes());
        hasher.finalize().to_hex().to_string()
    }

    /// The [`notes_hash`] of each piece.
    pub fn notes_hashes(&self) -> HashSet<blake3::Hash> {
        self.pieces().map(notes_hash).collect()
    }

    /// Writes the pieces, whole or not at all.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn write(&self, path: &Path, collection_hash: &str) -> Result<()> {
        let (events, lengths) = (self.event_bytes(), self.length_bytes());
        let tensors = [
            (
                "events",
                TensorView::new(Dtype::U16, vec![self.events.len(), self.heads().len()], &events)?,
            ),
            ("lengths", TensorView::new(Dtype::U32, vec![self.lengths.len()], &lengths)?),
        ];
        let metadata = HashMap::from([
            ("format".to_owned(), FORMAT.to_owned()),
            ("collection".to_owned(), collection_hash.to_owned()),
        ]);
        files::write(path, &safetensors::serialize(tensors, Some(metadata))?)
    }

    /// Reads pieces that a vocabulary can spell.
    ///
    /// # Errors
    /// Where the file is missing, damaged or foreign.
    pub fn read(path: &Path, vocabulary: &Vocabulary) -> Result<Self> {
        let bytes = files::read(path, u64::MAX);
        let bytes = bytes.with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(&bytes, vocabulary)
            .with_context(|| format!("{} does not hold learnt pieces", path.display()))
    }

    fn parse(bytes: &[u8], vocabulary: &Vocabulary) -> Result<Self> {
        let (_, header) = SafeTensors::read_metadata(bytes)?;
        let format = header.metadata().as_ref().and_then(|it| it.get("format"));
        if format.map(String::as_str) != Some(FORMAT) {
            bail!("it is another kind of file");
        }
        let tensors = SafeTensors::deserialize(bytes)?;
        let (events, lengths) = (tensors.tensor("events")?, tensors.tensor("lengths")?);
        let shape = events.shape().to_vec();
        if events.dtype() != Dtype::U16 || lengths.dtype() != Dtype::U32 {
            bail!("a tensor has another type");
        }
        let pairs: Vec<u16> =
            events.data().chunks_exact(2).map(|b| u16::from_le_bytes([b[0], b[1]])).collect();
        // A collection whose notes are all of the first part is written without parts.
        let events: Vec<NoteEvent> = match shape.last() {
            Some(5) => pairs.chunks_exact(5).map(|it| event(it[0], it[1], &it[2..])).collect(),
            _ => pairs.chunks_exact(4).map(|it| event(it[0], 0, &it[1..])).collect(),
        };
        let lengths: Vec<usize> = lengths
            .data()
            .chunks_exact(4)
            .map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize)
            .collect();
        let known = |event: &NoteEvent| {
            usize::from(event.step) < vocabulary.steps.len()
                && (event.part == 0 || usize::from(event.part) < vocabulary.parts.len())
                && usize::from(event.pitch) < vocabulary.keys()
                && usize::from(event.duration) < vocabulary.durations.len()
                && usize::from(event.velocity) < vocabulary.velocities.len()
        };
        if lengths.iter().sum::<usize>() != events.len() || !events.iter().all(known) {
            bail!("its pieces are not those of the record");
        }
        Ok(Self { events, lengths })
    }

    fn event_bytes(&self) -> Vec<u8> {
        let heads = self.heads();
        let fields = |it: &NoteEvent| {
            let fields = heads.iter().map(|&head| it.chosen(head).to_le_bytes());
            fields.collect::<Vec<_>>()
        };
        self.events.iter().flat_map(fields).flatten().collect()
    }

    /// The fields of an event that are written.
    fn heads(&self) -> &'static [Head] {
        Head::choosing(self.events.iter().any(|event| event.part > 0))
    }

    fn length_bytes(&self) -> Vec<u8> {
        self.lengths.iter().flat_map(|&length| (length as u32).to_le_bytes()).collect()
    }
}

/// An event of its step, its part, and its pitch, duration and velocity.
fn event(step: u16, part: u16, rest: &[u16]) -> NoteEvent {
    NoteEvent { step, part, pitch: rest[0], duration: rest[1], velocity: rest[2] }
}

/// BLAKE3 hash of a piece's steps, parts, pitches and durations: two pieces that differ in loudness alone have
/// the same one.
pub fn notes_hash(events: &[NoteEvent]) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    for event in events {
        for field in [event.step, event.pitch, event.duration] {
            hasher.update(&field.to_le_bytes());
        }
    }
    // The hash of a piece without parts is what it always was.
    if events.iter().any(|event| event.part > 0) {
        for event in events {
            hasher.update(&event.part.to_le_bytes());
        }
    }
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use jukebox_model::meter::Meter;
    use jukebox_model::piece::Part;

    use super::*;

    fn vocabulary() -> Vocabulary {
        Vocabulary {
            steps: vec![0, 12],
            pitches: vec![60, 62, 64],
            durations: vec![12],
            velocities: vec![60, 80],
            meters: vec![Meter::COMMON],
            ..Vocabulary::default()
        }
    }

    fn piece(pitches: &[u16], velocity: u16) -> Encoded {
        let event = |&pitch: &u16| NoteEvent { step: 1, pitch, velocity, ..NoteEvent::default() };
        Encoded { events: pitches.iter().map(event).collect(), ..Encoded::default() }
    }

    #[test]
    fn a_file_holds_the_pieces() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let learnt = LearntPieces::of(&[piece(&[0, 1, 2], 0), piece(&[1], 1)]);
        learnt.write(&path, "abc").unwrap();
        let read = LearntPieces::read(&path, &vocabulary()).unwrap();
        assert_eq!(read, learnt);
        assert_eq!(read.hash(), learnt.hash());
        assert_eq!(read.pieces().map(<[NoteEvent]>::len).collect::<Vec<_>>(), [3, 1]);
    }

    #[test]
    fn a_file_holds_the_parts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let mut band = piece(&[0, 1, 2], 0);
        band.events[1].part = 1;
        let (learnt, heap) =
            (LearntPieces::of(&[band.clone()]), LearntPieces::of(&[piece(&[0, 1, 2], 0)]));
        assert_ne!(learnt.notes_hashes(), heap.notes_hashes());
        learnt.write(&path, "abc").unwrap();
        let error = format!("{:#}", LearntPieces::read(&path, &vocabulary()).unwrap_err());
        assert!(error.contains("not those of the record"), "{error}");
        let parts = vec![Part::default(); 2];
        let vocabulary = Vocabulary { parts, ..vocabulary() };
        assert_eq!(LearntPieces::read(&path, &vocabulary).unwrap(), learnt);
    }

    #[test]
    fn a_damaged_or_foreign_file_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        LearntPieces::of(&[piece(&[0, 3], 0)]).write(&path, "abc").unwrap();
        let error = format!("{:#}", LearntPieces::read(&path, &vocabulary()).unwrap_err());
        assert!(error.contains("not those of the record"), "{error}");
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() - 3]).unwrap();
        LearntPieces::read(&path, &vocabulary()).unwrap_err();
        std::fs::write(&path, b"dear diary").unwrap();
        LearntPieces::read(&path, &vocabulary()).unwrap_err();
    }

    #[test]
    fn the_same_notes_are_the_same_tune_however_loud() {
        let learnt = LearntPieces::of(&[piece(&[0, 1, 2], 0)]);
        assert!(learnt.notes_hashes().contains(&notes_hash(&piece(&[0, 1, 2], 1).events)));
        assert!(!learnt.notes_hashes().contains(&notes_hash(&piece(&[0, 1], 0).events)));
        assert_ne!(learnt.hash(), LearntPieces::of(&[piece(&[0, 1, 2], 1)]).hash());
    }
}
