//! Collections that nobody would choose: each gives a record or says what is wrong with it, and never
//! panics.

mod common;

use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use common::{Place, jukebox, midi_file, said};
use jukebox_model::midi;
use jukebox_model::piece::{Note, Piece};
use jukebox_model::record::Record;

/// Trains the smallest network for one epoch, and gives what was said and the best record's path.
fn train(place: &Place, collection: &Path, options: &[&str]) -> (Output, PathBuf) {
    let output = place.path("out");
    let output = jukebox()
        .args(["train", "--hidden", "4", "--epochs", "1", "--overwrite", "-o"])
        .args([&output, collection])
        .args(options)
        .output()
        .expect("the command starts");
    (output, place.path("out/best.safetensors"))
}

/// Trains and expects a record that plays.
fn learnt(place: &Place, collection: &Path, options: &[&str]) -> (String, Record) {
    let (output, best) = train(place, collection, options);
    assert!(output.status.success(), "{}", said(&output));
    let tune = place.path("tune.mid");
    let composed = jukebox()
        .args(["compose", "--bars", "2", "-o"])
        .args([&tune, &best])
        .output()
        .expect("the command starts");
    assert!(composed.status.success(), "{}", said(&composed));
    midi::import(&std::fs::read(tune).unwrap(), midi::PartChoice::default())
        .or_else(|_| {
            midi::import(&std::fs::read(place.path("tune.mid")).unwrap(), midi::PartChoice::Drums)
        })
        .expect("a tune with notes");
    (said(&output), Record::load(&best).expect("a record"))
}

/// Trains and expects an error in a paragraph.
fn refused(place: &Place, collection: &Path, options: &[&str]) -> String {
    let (output, best) = train(place, collection, options);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let last = said.lines().last().unwrap_or_default();
    assert!(last.starts_with("error: "), "{said}");
    assert!(!best.exists());
    last.to_owned()
}

/// The piece whose notes start one after another, a sixteenth each, as a wandering melody of its own.
fn melody(rule: u32, notes: u32) -> Piece {
    let mut state = rule;
    let note = |index: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Note {
            onset: 6 * index,
            part: 0,
            pitch: 60 + (state >> 28) as u8,
            duration: 6,
            velocity: 80,
        }
    };
    Piece { notes: (0..notes).map(note).collect(), ..Piece::default() }
}

#[test]
fn one_note_can_be_learnt() {
    let place = Place::new();
    let file = place.write("note.mid", &midi_file([60]));
    let (said, record) = learnt(&place, &file, &[]);
    assert!(said.contains("validation: none"), "{said}");
    assert_eq!(record.receipt().validation_loss, None);
}

#[test]
fn of_one_file_the_last_bars_validate() {
    let place = Place::new();
    let file = place.write("melody.mid", &midi::export(&melody(1, 640)));
    let (said, record) = learnt(&place, &file, &[]);
    assert!(said.contains("the last bars of 1 piece"), "{said}");
    assert!(record.receipt().validation_loss.is_some());
    // 40 bars of 16 notes: 36 rounded down to whole phrases is 32.
    assert_eq!(record.receipt().notes, 512);
    let (said, _) = learnt(&place, &file, &["--validation", "0"]);
    assert!(said.contains("validation: none"), "{said}");
}

#[test]
fn identical_notes_can_be_learnt() {
    let place = Place::new();
    let file = place.write("same.mid", &midi_file([64; 300]));
    learnt(&place, &file, &[]);
    // All at once, as far as a piece can say it: every pitch at one onset.
    let chord = (0..128).map(|pitch| Note { onset: 0, part: 0, pitch, duration: 24, velocity: 80 });
    let chord = Piece { notes: chord.collect(), ..Piece::default() };
    let file = place.write("chord.mid", &midi::export(&chord));
    learnt(&place, &file, &[]);
}

#[test]
fn extreme_files_can_be_learnt_together() {
    let place = Place::new();
    let far = |onset| Note { onset, part: 0, pitch: 127, duration: 1, velocity: 1 };
    let far = Piece { notes: vec![far(0), far(1), far(2_000_000)], ..Piece::default() };
    let held = Note { onset: 5, part: 0, pitch: 0, duration: 500_000, velocity: 127 };
    let held = Piece { notes: vec![held], ..Piece::default() };
    let mut odd = melody(2, 300);
    odd.meters = jukebox_model::meter::MeterMap::from_changes((0..100).map(|index| {
        (index * 7, ["1/32", "64/1", "7/8", "13/16"][index as usize % 4].parse().unwrap())
    }));
    for (name, piece) in [("far", far), ("held", held), ("odd", odd)] {
        place.write(&format!("music/{name}.mid"), &midi::export(&piece));
    }
    learnt(&place, &place.path("music"), &[]);
}

#[test]
fn drums_alone_are_no_pitched_notes_and_are_learnt_as_drums() {
    let place = Place::new();
    for number in 0..3 {
        let drums = Piece { drums: true, ..melody(number, 64) };
        place.write(&format!("music/beat-{number}.mid"), &midi::export(&drums));
    }
    let music = place.path("music");
    let one = place.path("music/beat-0.mid");
    for part in ["all", "melody", "first"] {
        let error = refused(&place, &music, &["--part", part]);
        assert!(
            error.contains("none of its 3 MIDI files") && error.contains("part drums"),
            "{error}"
        );
        let error = refused(&place, &one, &["--part", part]);
        assert!(error.contains("the only file") && error.contains("part drums"), "{error}");
    }
    let (_, record) = learnt(&place, &music, &["--part", "drums"]);
    assert!(record.vocabulary().drums);

    place.write("music/song.mid", &midi::export(&melody(9, 64)));
    let (said, record) = learnt(&place, &music, &[]);
    assert!(said.contains("beat-2.mid: only drums, and other files have pitched notes"), "{said}");
    assert_eq!((record.receipt().pieces, record.vocabulary().drums), (1, false));
}

#[test]
fn of_ten_thousand_files_of_which_half_are_rubbish_the_good_half_is_learnt() {
    let place = Place::new();
    let good: Vec<u8> = midi::export(&melody(1, 40));
    for number in 0..5_000u32 {
        let folder = format!("music/{}", number % 10);
        let tune = midi::export(&melody(number, 12));
        place.write(&format!("{folder}/good-{number}.mid"), &tune);
        let cut = good.len() * (number as usize % 7) / 7;
        let rubbish: Vec<u8> = match number % 4 {
            0 => Vec::new(),
            1 => format!("page {number}").into_bytes(),
            2 => good[cut.max(1)..].to_vec(),
            _ => (0..60).map(|byte: u32| (byte * number * 7 + byte * byte) as u8).collect(),
        };
        place.write(&format!("{folder}/rubbish-{number}.mid"), &rubbish);
    }
    let (said, record) =
        learnt(&place, &place.path("music"), &["--batch", "64", "--validation", "0"]);
    assert!(said.contains("10,000") && said.contains("5,000"), "{said}");
    assert!(said.contains("... and 4,950 more: train.log will name them"), "{said}");
    assert!((4_900..=5_000).contains(&record.receipt().pieces), "{:?}", record.receipt());
    let log = std::fs::read_to_string(place.path("out/train.log")).unwrap();
    assert_eq!(log.lines().filter(|line| line.contains("  skipped ")).count(), 5_000);
}

#[cfg(target_os = "linux")]
#[test]
fn a_million_notes_are_read_and_learnt_within_a_gibibyte() {
    let place = Place::new();
    for number in 0..100 {
        place.write(&format!("music/{number}.mid"), &midi::export(&melody(number, 10_000)));
    }
    let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin!("jukebox"))
        .args(["train", "--hidden", "4", "--sequence", "512", "--batch", "64"])
        .args(["--minutes", "0.05", "--validation", "0", "-o"])
        .args([place.path("out"), place.path("music")])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("the command starts");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0u64;
    let ended = loop {
        // The largest that the process has ever been, in KiB; gone with the process.
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let now = line.and_then(|it| it.trim().trim_end_matches(" kB").parse().ok());
        peak = peak.max(now.unwrap_or(0));
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    assert!(ended.success());
    let record = Record::load(&place.path("out/best.safetensors")).expect("a record");
    assert_eq!(record.receipt().notes, 1_000_000);
    assert!((10 << 10..1 << 20).contains(&peak), "{peak} KiB at its peak");
}

#[test]
fn versions_of_one_tune_validate_nothing_but_say_so() {
    let place = Place::new();
    let original = melody(1, 200);
    for number in 0..6u8 {
        let mut version = original.clone();
        version.notes[10 * usize::from(number) + 3].pitch += 1;
        place.write(
            &format!("music/{number}.mid"),
            &midi::export(&version.transposed(number as i8)),
        );
    }
    let (said, record) = learnt(&place, &place.path("music"), &[]);
    assert!(said.contains("all are versions of one tune"), "{said}");
    assert_eq!(record.receipt().pieces, 5);
}
