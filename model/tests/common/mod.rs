//! Pieces and small networks that several tests use.
#![allow(dead_code, reason = "each test takes what it needs")]

use candle_core::Device;
use jukebox_model::meter::{Meter, MeterMap};
use jukebox_model::network::Config;
use jukebox_model::network::training::Graph;
use jukebox_model::piece::{Note, Part, Piece};
use jukebox_model::record::{Receipt, Record};
use jukebox_model::vocabulary::{Encoded, Vocabulary};

/// The sizes of a small network.
pub const CONFIG: Config = Config { hidden: 12, layers: 2, embedding: 8, head: 10 };

/// A piece with chords, rests and a meter change.
pub fn piece() -> Piece {
    let mut notes = Vec::new();
    for i in 0..40u32 {
        let onset = 12 * i + if i > 20 { 96 } else { 0 };
        let pitch = 60 + [0, 2, 4, 5, 7, 9, 11][(i * i % 7) as usize];
        notes.push(Note {
            onset,
            part: 0,
            pitch,
            duration: 12 + 12 * (i % 3),
            velocity: 60 + 20 * (i % 2) as u8,
        });
        if i % 5 == 0 {
            notes.push(Note { onset, part: 0, pitch: pitch + 12, duration: 24, velocity: 80 });
        }
    }
    let meters = MeterMap::from_changes([(0, Meter::COMMON), (192, Meter::new(6, 8).unwrap())]);
    Piece { notes, meters, ..Piece::default() }
}

/// The same as the melody of a band: with a bass, which plays some of its keys, and drums.
pub fn band() -> Piece {
    let part = |name: &str, drums| Part { name: name.into(), program: None, drums };
    let mut piece = piece();
    piece.parts = vec![part("melody", false), part("bass", false), part("drums", true)];
    let melody = piece.notes.clone();
    for (index, note) in melody.iter().enumerate() {
        if index % 3 == 0 {
            piece.notes.push(Note { part: 1, pitch: note.pitch - 12 * (index % 2) as u8, ..*note });
        }
        let drum = if index % 4 == 0 { 36 } else { 60 };
        piece.notes.push(Note { part: 2, pitch: drum, duration: 12, ..*note });
        if index % 6 == 0 {
            piece.notes.push(Note { part: 2, pitch: 42, duration: 12, ..*note });
        }
    }
    jukebox_model::piece::tidy(&mut piece.notes);
    piece
}

/// A network that has learnt nothing, with what a piece is to it.
pub fn graph(piece: &Piece) -> (Vocabulary, Encoded, Graph) {
    let vocabulary = Vocabulary::learn([piece]).unwrap();
    let encoded = vocabulary.encode(piece).0;
    let graph = Graph::new(CONFIG, &vocabulary, 1, &Device::Cpu).unwrap();
    (vocabulary, encoded, graph)
}

/// The same as a record.
pub fn record(piece: &Piece) -> Record {
    let (vocabulary, _, graph) = graph(piece);
    let receipt = Receipt { name: "Test".into(), ..Receipt::default() };
    Record::new(CONFIG, vocabulary, receipt, graph.weights().unwrap()).unwrap()
}
