//! Real music to measure with: some of the Celtic tunes.

use std::io::Read;
use std::sync::LazyLock;

use jukebox_model::midi::{self, PartChoice};
use jukebox_model::piece::Piece;
use jukebox_model::vocabulary::{Encoded, Vocabulary};

/// Tunes that are read: enough to fill a batch of 64 lanes.
const TUNES: usize = 400;

/// A vocabulary and the tunes that it was learnt from.
pub static TUNES_AS_EVENTS: LazyLock<(Vocabulary, Vec<Encoded>)> = LazyLock::new(|| {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../corpora/celtic.zip");
    let file = std::fs::File::open(path).expect("the Celtic collection is there");
    let mut archive = zip::ZipArchive::new(file).expect("it is an archive");
    let pieces: Vec<Piece> = (0..archive.len())
        .filter_map(|index| {
            let mut bytes = Vec::new();
            archive.by_index(index).ok()?.read_to_end(&mut bytes).ok()?;
            Some(midi::import(&bytes, PartChoice::All).ok()?.piece.to_white_keys().0)
        })
        .take(TUNES)
        .collect();
    let vocabulary = Vocabulary::learn(&pieces).expect("there are notes");
    let events = pieces.iter().map(|piece| vocabulary.encode(piece).0).collect();
    (vocabulary, events)
});
