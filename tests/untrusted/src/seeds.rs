//! Sound bytes of each kind, small ones, from which fuzzing starts.

use std::collections::BTreeMap;
use std::io::{Cursor, Write};

use ai_jukebox::song::CompositionSettings;
use jukebox_model::meter::{Meter, MeterMap};
use jukebox_model::midi::export;
use jukebox_model::network::weights::{Tensor, shapes};
use jukebox_model::network::{Config, Weights};
use jukebox_model::piece::{Note, Part, Piece, TempoChange};
use jukebox_model::record::{Precision, Receipt, Record};
use jukebox_model::vocabulary::Vocabulary;
use serde_json::json;
use zip::write::{SimpleFileOptions, ZipWriter};

/// The seeds of all targets, by the target's name.
pub fn all() -> [(&'static str, Vec<Vec<u8>>); 4] {
    [("midi", midi()), ("zip", zip()), ("record", record()), ("state", state())]
}

/// MIDI files: an exported piece, and one with two tracks, running status, pedal and system messages.
pub fn midi() -> Vec<Vec<u8>> {
    let track = |events: &[u8]| {
        let mut chunk = b"MTrk".to_vec();
        chunk.extend((events.len() as u32).to_be_bytes());
        chunk.extend(events);
        chunk
    };
    let notes = b"\x00\x90\x3c\x50\x18\x3c\x00\x00\x3e\x40\x18\x3e\x00\x00\xb0\x40\x7f\x00\xc0\x21\
        \x00\x91\x40\x50\x30\x81\x40\x00\x00\xf0\x03\x01\x02\xf7\x00\xb0\x40\x00\x00\xff\x2f\x00";
    let drums =
        b"\x00\xff\x03\x05Drums\x00\x99\x24\x64\x0c\x89\x24\x00\x0c\x99\x26\x64\x0c\x89\x26\x00\
        \x00\xff\x2f\x00";
    let head = b"\x00\xff\x03\x04Tune\x00\xff\x58\x04\x03\x02\x18\x08\x00\xff\x51\x03\x07\xa1\x20\
        \x00\xff\x59\x02\x02\x00\x00\xff\x2f\x00";
    let mut written = b"MThd\0\0\0\x06\0\x01\0\x03\0\x18".to_vec();
    for events in [&head[..], notes, drums] {
        written.extend(track(events));
    }
    vec![export(&piece()), written]
}

/// Archives of MIDI files: packed, stored, and one inside a folder beside a text.
pub fn zip() -> Vec<Vec<u8>> {
    let pack = |compression: zip::CompressionMethod| {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(compression);
        for (number, bytes) in midi().iter().enumerate() {
            archive.start_file(format!("tunes/{number}.mid"), options).expect("a new entry");
            archive.write_all(bytes).expect("memory");
        }
        archive.start_file("notes.txt", options).expect("a new entry");
        archive.write_all(b"no music").expect("memory");
        archive.finish().expect("memory").into_inner()
    };
    vec![pack(zip::CompressionMethod::Deflated), pack(zip::CompressionMethod::Stored)]
}

/// Records: a small network in each precision, and one of a band.
pub fn record() -> Vec<Vec<u8>> {
    let line = Vocabulary {
        steps: vec![0, 6, 12, 24],
        pitches: vec![60, 62, 64, 65, 67],
        durations: vec![6, 12, 24],
        velocities: vec![64, 96],
        meters: vec![Meter::COMMON],
        ..Vocabulary::default()
    };
    let part = |name: &str, drums| Part { name: name.to_owned(), program: Some(33), drums };
    let band = Vocabulary {
        parts: vec![part("Bass", false), part("Drums", true)],
        drum_keys: vec![36, 38],
        part_keys: vec![vec![60, 62, 67], vec![36, 38]],
        ..line.clone()
    };
    let (line, band) = (noise(line), noise(band));
    let bytes = |record: &Record, precision| record.to_bytes(precision);
    vec![
        bytes(&line, Precision::Single),
        bytes(&line, Precision::Half),
        bytes(&band, Precision::Half),
    ]
}

/// A record whose weights are noise.
fn noise(vocabulary: Vocabulary) -> Record {
    let config = Config { hidden: 8, layers: 1, embedding: 6, head: 6 };
    let mut number = 0u16;
    let mut weight = || {
        number = number.wrapping_mul(25_173).wrapping_add(13_849);
        f32::from(number) / 32_768.0 - 1.0
    };
    let tensors: BTreeMap<String, Tensor> = shapes(&config, &vocabulary)
        .into_iter()
        .map(|(name, shape)| {
            let data = (0..shape.iter().product()).map(|_| weight()).collect();
            (name, Tensor { shape, data })
        })
        .collect();
    let receipt = Receipt { name: "Seed".to_owned(), ..Receipt::default() };
    let record = Record::new(config, vocabulary, receipt, Weights::new(tensors));
    record.expect("a sound record")
}

/// Saved songs: one with bars, repetitions, a lock, an edited loop and a phrase that was heard; one of the
/// first version of the format.
pub fn state() -> Vec<Vec<u8>> {
    let settings = serde_json::to_value(CompositionSettings::default()).expect("plain settings");
    let bar = json!([[0, 60, 24, 80], [24, 64, 24, 80], [48, 67, 48, 90]]);
    let record = json!({ "name": "Celtic", "hash": "", "path": null, "drums": false });
    let first = json!({
        "version": 1, "record": record, "meters": [[0, "4/4"]], "plan": [[0, settings]],
        "bars": [bar, bar],
    });
    let mut song = first.clone();
    song["version"] = json!(2);
    song["record"]["path"] = json!("records/lost.safetensors");
    song["meters"] = json!([[0, "4/4"], [192, "6/8"]]);
    song["bars"] = json!([bar, 0, [[0, 62, 12, 70]], 2]);
    song["locks"] = json!([[0, "4/4", 0]]);
    song["heard"] = json!([[1, bar]]);
    let mut looped = settings;
    looped["length"] = json!(2);
    song["editions"] = json!([{
        "brief": looped, "record": "", "meter": "4/4", "round": 0, "bars": [[0, bar], [1, 0]],
    }]);
    song["attempts"] = json!(3);
    [first, song].map(|song| song.to_string().into_bytes()).to_vec()
}

fn piece() -> Piece {
    let note = |at: u32| Note {
        onset: at * 12,
        part: 0,
        pitch: 60 + (at * 5 % 12) as u8,
        duration: 12,
        velocity: 80,
    };
    Piece {
        title: "Seed".to_owned(),
        meters: MeterMap::from_changes([(0, Meter::COMMON)]),
        tempi: vec![TempoChange { at: 0, bpm: 120.0 }],
        notes: (0..24).map(note).collect(),
        ..Piece::default()
    }
}
