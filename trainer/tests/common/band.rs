//! A band that is learnt in seconds: a melody, a bass that follows it, and drums.

use std::path::{Path, PathBuf};

use jukebox_model::midi::{self, ImportOptions, Releases};
use jukebox_model::piece::{Note, Part, Piece, tidy};
use jukebox_model::record::{Precision, Receipt, Record};
use jukebox_model::vocabulary::{Encoded, Vocabulary};
use jukebox_trainer::dataset::streams::Streams;
use jukebox_trainer::train::learner::Learner;
use jukebox_trainer::train::settings::{TrainingOptions, TrainingSettings};

use super::Place;

/// A song of a melody, a bass that follows it, and drums; each number is another.
pub fn song(number: u32) -> Piece {
    let part = |name: &str, program, drums| Part { name: name.into(), program, drums };
    let parts = vec![
        part("Melody", Some(73), false),
        part("Bass", Some(33), false),
        part("Drums", None, true),
    ];
    let mut notes = Vec::new();
    for beat in 0..64u32 {
        let step = (beat * beat * (number + 3) / 5) % 7;
        let pitch = [60, 62, 64, 65, 67, 69, 71][step as usize];
        let note = |part, onset, pitch| Note { onset, part, pitch, duration: 12, velocity: 80 };
        notes.push(note(0, 24 * beat, pitch));
        notes.push(note(0, 24 * beat + 12, pitch));
        if beat % 2 == 0 {
            notes.push(note(1, 24 * beat, pitch - 24));
        }
        notes.push(note(2, 24 * beat, if beat % 2 == 0 { 36 } else { 38 }));
    }
    tidy(&mut notes);
    Piece { title: format!("Song {number}"), parts, notes, ..Piece::default() }
}

/// Eight of them as a vocabulary knows them.
pub fn songs() -> (Vocabulary, Vec<Encoded>) {
    let songs: Vec<Piece> = (0..8).map(song).collect();
    let vocabulary = Vocabulary::learn(&songs).unwrap();
    let pieces = songs.iter().map(|piece| vocabulary.encode(piece).0).collect();
    (vocabulary, pieces)
}

/// How a small network learns them.
pub fn settings() -> TrainingSettings {
    let options = TrainingOptions { hidden: Some(16), ..TrainingOptions::default() };
    TrainingSettings { batch: 4, sequence: 32, ..TrainingSettings::new(&options, 2_000) }
}

/// Learns some epochs, from one on.
pub fn learn(learner: &mut Learner, pieces: &[Encoded], epochs: std::ops::Range<u32>) -> f64 {
    let settings = settings();
    let lengths = pieces.iter().map(|piece| piece.events.len()).collect();
    let streams = Streams::new(lengths, settings.batch, settings.sequence);
    let mut loss = 0.0;
    for epoch in epochs {
        learner.start_epoch(streams.lanes());
        for (batch, window) in (0..).zip(streams.shuffled(settings.seed, epoch)) {
            loss = learner.step(&window, pieces, (epoch, batch), 0.01).unwrap().loss();
        }
    }
    loss
}

/// A small network that is to learn.
pub fn learner(vocabulary: &Vocabulary) -> Learner {
    Learner::new(&settings(), vocabulary, 4, &candle_core::Device::Cpu).unwrap()
}

/// A record that has learnt the songs for a while, in a file.
pub fn record(place: &Place) -> (Record, PathBuf) {
    let (vocabulary, pieces) = songs();
    let mut learner = learner(&vocabulary);
    learn(&mut learner, &pieces, 1..12);
    let receipt = Receipt {
        name: "Band".into(),
        part: "all".into(),
        parts: "auto".into(),
        releases: Releases::FirstOff,
        ..Receipt::default()
    };
    let weights = learner.weights().unwrap();
    let record = Record::new(learner.config(), vocabulary, receipt, weights).unwrap();
    let path = place.write("band.safetensors", &record.to_bytes(Precision::Half));
    (record, path)
}

/// Reads a MIDI file with its parts.
pub fn read(path: &Path) -> Piece {
    let options = ImportOptions { keep_parts: true, ..ImportOptions::default() };
    midi::import(&std::fs::read(path).unwrap(), options).unwrap().piece
}
