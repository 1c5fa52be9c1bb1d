//! What must hold of any bytes that AI Jukebox is given: MIDI files, archives, records and saved states.
//!
//! Each function takes bytes that nobody trusts and panics where something does not hold. The targets of
//! cargo-fuzz call them, and so do this crate's tests, with bytes that they make of the [`seeds`].

#![deny(missing_docs)]

pub mod seeds;

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use ai_jukebox::shared::Shared;
use ai_jukebox::state::{Carried, SongField};
use jukebox_analysis::Rhythm;
use jukebox_analysis::quantise::{Quantisation, quantise};
use jukebox_model::composer::{Composer, ComposerSettings};
use jukebox_model::meter::MeterMap;
use jukebox_model::midi::{
    ImportOptions, MidiFile, PartChoice, Releases, export, import, read_score,
};
use jukebox_model::record::Record;
use jukebox_model::take::Take;
use jukebox_trainer::dataset::Collection;
use nice_plug::params::persist::PersistentField;

/// Seconds of music beyond which a file is not analysed here: followed beats are sought in every second of it, which
/// the counting of branches makes slow.
const LONGEST_ANALYSED: f64 = 60.0;

/// A MIDI file. What is imported is in order and in range, and its export gives the same notes back; both readers
/// find as many notes and drums; what is read as it is performed is analysed and quantised, or refused.
pub fn midi(bytes: &[u8]) {
    for part in [PartChoice::All, PartChoice::Melody, PartChoice::Drums] {
        let piece = match import(bytes, part) {
            Ok(imported) => imported.piece,
            Err(error) => {
                assert_is_a_reason(&error.to_string());
                continue;
            }
        };
        assert!(piece.notes.is_sorted_by(|a, b| (a.onset, a.pitch) < (b.onset, b.pitch)));
        assert!(piece.notes.iter().all(|note| {
            note.pitch < 128 && note.duration > 0 && (1..=127).contains(&note.velocity)
        }));
        let part = if piece.drums { PartChoice::Drums } else { PartChoice::All };
        let again = import(&export(&piece), part).expect("an export can be read").piece;
        assert_eq!((again.notes, again.drums), (piece.notes, piece.drums));
    }
    for part in ["channel 1", "program 1-64", "name *a*", "drums:2"] {
        let part: PartChoice = part.parse().expect("a part");
        match import(bytes, part) {
            Ok(imported) => assert!(!imported.piece.notes.is_empty()),
            Err(error) => assert_is_a_reason(&error.to_string()),
        }
    }
    if let Ok(file) = MidiFile::read(bytes, Releases::FirstOff) {
        let notes = file.score().notes;
        let options = ImportOptions { keep_parts: true, ..ImportOptions::default() };
        let report = file.import(options).expect("notes of some kind").report;
        let drums = notes.iter().filter(|note| note.drums).count();
        assert_eq!((notes.len(), drums), (report.notes(), report.drums()));
    }
    match read_score(bytes) {
        Ok(score) if score.notes.iter().any(|note| note.sounds_until > LONGEST_ANALYSED) => {}
        Ok(score) => match Rhythm::of(&score) {
            Ok(rhythm) => {
                let how = Quantisation { grid: None, pedal: true, silence: 0 };
                let placed = quantise(&rhythm, how).map_or(score.notes.len(), |it| it.places.len());
                assert_eq!(placed, score.notes.len());
                rhythm.analyse();
            }
            Err(error) => assert_is_a_reason(&error.to_string()),
        },
        Err(error) => assert_is_a_reason(&error.to_string()),
    }
}

/// An archive of MIDI files, read as a collection.
pub fn zip(bytes: &[u8]) {
    let mut file = tempfile::Builder::new().suffix(".zip").tempfile().expect("a temporary file");
    file.write_all(bytes).expect("room for it");
    let paths = [PathBuf::from(file.path())];
    match Collection::read(&paths, PartChoice::All) {
        Ok(collection) => {
            let reasons = collection.skipped.iter().map(|skipped| &skipped.reason);
            reasons.for_each(|reason| assert_is_a_reason(reason));
        }
        Err(error) => assert_is_a_reason(&format!("{error:#}")),
    }
}

/// A record. What is accepted composes.
pub fn record(bytes: &[u8]) {
    match Record::parse(bytes, "fuzzed") {
        Ok(record) => {
            let mut composer = Composer::new(Arc::new(record));
            let mut take = Take::new(MeterMap::default());
            for _ in 0..2 {
                take.compose_next(&mut composer, &ComposerSettings::default());
            }
            assert_eq!(take.bars().len(), 2);
        }
        Err(error) => assert_is_a_reason(&error.to_string()),
    }
}

/// The song of a saved state. What is accepted is saved, and loaded again as the same song.
pub fn state(bytes: &[u8]) {
    let Ok(carried) = serde_json::from_slice::<Carried>(bytes) else { return };
    let saved = resaved(carried);
    let again = serde_json::from_str(&saved).expect("what was saved can be read");
    assert_eq!(resaved(again), saved);
}

/// What an instance that has loaded a song saves.
fn resaved(carried: Carried) -> String {
    let field = SongField(Arc::<Shared>::default());
    field.set(carried);
    field.map(|carried| serde_json::to_string(carried).expect("a song can be saved"))
}

/// An error says something, and does not end where a reason should follow.
fn assert_is_a_reason(text: &str) {
    assert!(!text.trim().is_empty() && !text.trim_end().ends_with(':'), "no reason: {text:?}");
}
