//! Parts, grids and keys of a collection, as `inspect` tells of them.

mod common;

use std::path::Path;

use common::{Place, entry, jukebox, said};
use jukebox_model::midi::{self, ImportOptions};
use jukebox_model::piece::{Note, Part, Piece, tidy};
use jukebox_model::record::Record;
use serde_json::Value;

/// What `inspect` says of a collection.
fn inspect(path: &Path, options: &[&str]) -> Value {
    let mut command = jukebox();
    command.arg("inspect").arg(path).arg("--json").args(options);
    let output = command.assert().success();
    serde_json::from_slice(&output.get_output().stdout).expect("JSON")
}

fn names(summary: &Value) -> Vec<&str> {
    let parts = summary["parts"].as_array().expect("a list");
    parts.iter().map(|part| part["name"].as_str().expect("a name")).collect()
}

/// A band of parts that play eighth notes round a pitch each, no two pieces alike.
fn band(parts: &[(&str, u8)], seed: u32) -> Vec<u8> {
    let mut notes = Vec::new();
    for (part, &(_, pitch)) in (0..).zip(parts) {
        let mut state = seed.wrapping_mul(2_654_435_769).wrapping_add(u32::from(part));
        for index in 0..64 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let pitch = pitch + [0, 2, 4, 5, 7][(state >> 20) as usize % 5];
            notes.push(Note { onset: 12 * index, part, pitch, duration: 12, velocity: 80 });
        }
    }
    tidy(&mut notes);
    let part = |&(name, _): &(&str, u8)| Part { name: name.to_owned(), ..Part::default() };
    midi::export(&Piece { parts: parts.iter().map(part).collect(), notes, ..Piece::default() })
}

fn bands(place: &Place, bands: &[&[(&str, u8)]]) -> std::path::PathBuf {
    for (seed, parts) in (0..).zip(bands) {
        place.write(&format!("bands/{seed}.mid"), &band(parts, seed));
    }
    place.path("bands")
}

#[test]
fn tracks_of_the_same_names_are_one_part_wherever_they_stand() {
    let place = Place::new();
    let music = bands(
        &place,
        &[
            &[("Lead", 72), ("Keys 1", 60)],
            &[("keys", 60), ("LEAD", 72)],
            &[("Lead 2", 72), ("Keys", 60)],
            &[("Lead", 72), ("Keys", 60)],
            &[("Lead", 72), ("Keys", 60)],
            &[("Lead", 72), ("Keys", 60), ("Triangle", 84)],
        ],
    );
    let summary = inspect(&music, &[]);
    assert_eq!(names(&summary), ["lead", "keys"]);
    // The triangle goes to what is nearest.
    let notes = |part: usize| summary["parts"][part]["notes"].as_u64();
    assert_eq!((notes(0), notes(1)), (Some(7 * 64), Some(6 * 64)));
    assert!(names(&inspect(&music, &["--parts", "off"])).is_empty());
    let table = said(jukebox().arg("inspect").arg(&music).assert().success().get_output());
    assert!(table.contains("tracks of these names in 6 of 6 files"), "{table}");
}

#[test]
fn voices_without_names_are_told_by_their_order() {
    let voices: &[(&str, u8)] = &[("", 72), ("Staff-1", 65), ("", 57), ("Track 4", 45)];
    let place = Place::new();
    let music = bands(&place, &[voices, voices, voices, voices, &[("", 73), ("", 46)]]);
    let summary = inspect(&music, &[]);
    assert_eq!(names(&summary), ["voice 1", "voice 2", "voice 3", "voice 4"]);
    let pieces: Vec<u64> =
        (0..4).map(|part| summary["parts"][part]["pieces"].as_u64().expect("a number")).collect();
    assert_eq!(pieces, [5, 4, 4, 5]);
}

#[test]
fn two_hands_of_a_piano_are_told() {
    let place = Place::new();
    let hands: &[(&str, u8)] = &[("Piano", 72), ("Piano", 48)];
    assert_eq!(names(&inspect(&bands(&place, &[hands, hands]), &[])), ["right hand", "left hand"]);
}

#[test]
fn tracks_of_all_kinds_belong_to_what_they_do() {
    let place = Place::new();
    for name in ["freedoom1-d_e1m1.mid", "freedoom1-d_e1m2.mid", "freedoom2-d_runnin.mid"] {
        place.write(&format!("games/{name}"), &entry("freedoom.zip", name));
    }
    let summary = inspect(&place.path("games"), &[]);
    let names = names(&summary);
    assert!(names.contains(&"melody") && names.contains(&"bass"), "{names:?}");
    assert_eq!(names.last(), Some(&"drums"));
    assert_eq!(
        summary["parts_rule"].as_str().map(|it| it.contains("what each track does")),
        Some(true)
    );
}

#[test]
fn sounds_without_pitch_are_left_out() {
    let place = Place::new();
    for seed in 0..3 {
        let lines = [("", 72), ("", 60), ("", 40), ("", 84)];
        let mut piece = midi::import(
            &band(&lines[..2 + seed as usize % 3], seed),
            ImportOptions { keep_parts: true, ..ImportOptions::default() },
        )
        .expect("a band")
        .piece;
        // General MIDI's applause.
        if let Some(part) = piece.parts.get_mut(3) {
            part.program = Some(126);
        }
        place.write(&format!("bands/{seed}.mid"), &midi::export(&piece));
    }
    let summary = inspect(&place.path("bands"), &[]);
    let notes = summary["parts"].as_array().expect("a list").iter();
    assert_eq!(notes.filter_map(|part| part["notes"].as_u64()).sum::<u64>(), 64 * (2 + 3 + 3));
}

#[test]
fn what_is_too_long_to_be_understood_keeps_its_parts() {
    let place = Place::new();
    let lines = [("", 72), ("", 60), ("", 40)];
    place.write("bands/short.mid", &band(&lines, 1));
    let keep = ImportOptions { keep_parts: true, ..ImportOptions::default() };
    let mut long = midi::import(&band(&lines, 2), keep).expect("a band").piece;
    // Four hours of silence in its middle, at 120 quarter notes a minute.
    let late = long.notes.iter_mut().filter(|note| note.onset >= 400);
    late.for_each(|note| note.onset += 4 * 3600 * 2 * 24);
    place.write("bands/long.mid", &midi::export(&long));
    let summary = inspect(&place.path("bands"), &[]);
    assert_eq!((&summary["pieces"], &summary["notes"]), (&2.into(), &(2 * 3 * 64).into()));
}

#[test]
fn single_melodies_have_no_parts() {
    let place = Place::new();
    assert!(names(&inspect(&place.tunes("tunes", 6), &[])).is_empty());
}

#[test]
fn parts_can_be_said_by_hand() {
    let place = Place::new();
    let music = bands(&place, &[&[("Lead", 72), ("Keys", 60)], &[("Lead", 72), ("Keys", 60)]]);
    let file = place.path("parts.toml");
    jukebox().arg("inspect").arg(&music).arg("--parts-file").arg(&file).assert().success();
    let written = std::fs::read_to_string(&file).expect("the parts");
    let parts = |text: &str| {
        let file = place.write("mine.toml", text.as_bytes());
        let mut command = jukebox();
        command.arg("inspect").arg(&music).arg("--json").arg("--parts").arg(file);
        command.output().expect("a run")
    };
    let notes = |text: &str| -> Vec<(String, u64)> {
        let summary: Value = serde_json::from_slice(&parts(text).stdout).expect("JSON");
        let of = |part: &Value| {
            (part["name"].as_str().unwrap_or("").to_owned(), part["notes"].as_u64().unwrap_or(0))
        };
        summary["parts"].as_array().expect("a list").iter().map(of).collect()
    };
    let pair = |lead: u64, keys: u64| [("lead".to_owned(), lead), ("keys".to_owned(), keys)];
    assert_eq!(notes(&written), pair(128, 128));
    // One track of one file is left out, another belongs to the other part.
    let mine = written.replacen("= \"lead\" #", "= \"-\" #", 1);
    assert_eq!(notes(&mine), pair(64, 128), "{mine}");
    let names = "[[parts]]\nname = \"lead\"\n[[parts]]\nname = \"keys\"\n\
                 [names]\n\"k*\" = \"lead\"\n\"*ad\" = \"keys\"\n";
    assert_eq!(notes(names), pair(128, 128));
    for (wrong, why) in [
        ("parts = 3", "says no parts"),
        ("[[parts]]\nname = \"a\"\n[names]\nx = \"b\"", "there is no part \"b\""),
        ("[[parts]]\nname = \"a\"\n[[parts]]\nname = \"a\"", "two parts are called \"a\""),
        ("[[parts]]\nname = \"a\"\nprogram = 0", "from 1 to 128"),
        ("", "parts"),
    ] {
        let output = parts(wrong);
        assert!(!output.status.success() && said(&output).contains(why), "{}", said(&output));
    }
}

#[test]
fn what_is_played_freely_is_laid_on_the_grid_of_its_music() {
    // Bars of three beats at 100 a minute, each note up to 15 ms early or late, in a file that says 120 and
    // no meter.
    let place = Place::new();
    let mut events: Vec<(u32, [u8; 3])> = Vec::new();
    for beat in 0..96u32 {
        let late = (beat * 37) % 29;
        let (pitches, velocity): (&[u8], u8) = match beat % 3 {
            0 => (if beat % 12 < 6 { &[36, 48] } else { &[43, 55] }, 100),
            _ => (if beat % 12 < 6 { &[60, 64, 67] } else { &[59, 62, 67] }, 60),
        };
        for &pitch in pitches {
            events.push((beat * 576 + late, [0x90, pitch, velocity]));
            events.push((beat * 576 + late + 400, [0x80, pitch, 0]));
        }
    }
    events.sort_unstable();
    let mut track = Vec::new();
    let mut now = 0;
    for (at, event) in events {
        let delta = at - now;
        now = at;
        track.extend([0x80 | (delta >> 7 & 127) as u8, (delta & 127) as u8]);
        track.extend(event);
    }
    track.extend([0, 0xff, 0x2f, 0]);
    let mut file = b"MThd\0\0\0\x06\0\0\0\x01\x01\xe0MTrk".to_vec();
    file.extend((track.len() as u32).to_be_bytes());
    file.extend(track);
    place.write("played/waltz.mid", &file);
    let music = place.path("played");

    let auto = inspect(&music, &[]);
    assert_eq!(auto["meters"][0]["meter"], "3/4");
    assert_eq!((&auto["grid"]["laid"], &auto["vocabulary"]["steps"]), (&1.into(), &2.into()));
    let spread = auto["grid"]["timing"][0]["spread_ms"].as_f64().expect("what is left over");
    assert!((1.0..15.0).contains(&spread), "{spread}");
    let as_is = inspect(&music, &["--grid", "as-is"]);
    assert_eq!((&as_is["meters"][0]["meter"], &as_is["grid"]["laid"]), (&"4/4".into(), &0.into()));
    assert!(as_is["vocabulary"]["steps"].as_u64() > Some(2));
    assert_eq!(inspect(&music, &["--grid", "1/4"])["vocabulary"]["durations"], 1);
    let refused = jukebox().arg("inspect").arg(&music).args(["--grid", "1/5"]).assert().failure();
    assert!(said(refused.get_output()).contains("1/16"), "{}", said(refused.get_output()));
}

#[test]
fn what_is_played_near_its_own_beats_keeps_its_bars_and_its_swing() {
    // Swung eighths at 100 beats a minute, from the second bar on, each up to 15 ms late.
    let place = Place::new();
    let mut track = vec![0, 0xff, 0x58, 4, 4, 2, 24, 8, 0, 0xff, 0x51, 3, 0x09, 0x27, 0xc0];
    let mut now = 0;
    for eighth in 0..128u32 {
        let written = 1920 + eighth / 2 * 480 + eighth % 2 * 320;
        let at = written + (eighth * 37) % 13;
        let pitch =
            [48, 64, 55, 67, 52, 64, 55, 60][(eighth % 8) as usize] - (eighth / 32 % 2) as u8;
        for (at, status) in [(at, 0x90), (at + 120, 0x80)] {
            let delta = at - now;
            now = at;
            track.extend([0x80 | (delta >> 7 & 127) as u8, (delta & 127) as u8, status, pitch, 80]);
        }
    }
    track.extend([0, 0xff, 0x2f, 0]);
    let mut file = b"MThd\0\0\0\x06\0\0\0\x01\x01\xe0MTrk".to_vec();
    file.extend((track.len() as u32).to_be_bytes());
    file.extend(track);
    place.write("click/swung.mid", &file);

    let auto = inspect(&place.path("click"), &[]);
    assert_eq!((&auto["grid"]["clicked"], &auto["grid"]["laid"]), (&1.into(), &0.into()));
    let as_is = inspect(&place.path("click"), &["--grid", "as-is"]);
    assert_eq!((&auto["bars"], &auto["meters"]), (&as_is["bars"], &as_is["meters"]));
    assert_eq!(auto["bars"], 16);
    // To the first note, sixteen ticks and eight.
    assert_eq!(auto["vocabulary"]["steps"], 3);
    assert_eq!(auto["grid"]["timing"][1]["place"], 16);
    let warning = &inspect(&place.path("click/swung.mid"), &[])["warnings"][0];
    assert!(warning.as_str().is_some_and(|it| it.contains("near its own beats")), "{warning}");
}

#[test]
fn each_tune_of_a_medley_is_brought_to_the_white_keys() {
    let place = Place::new();
    let tune = [60u8, 64, 67, 65, 62, 71, 67, 72];
    let pitch = |index: u32| tune[(index % 8) as usize] + if index < 128 { 2 } else { 5 };
    let note = |index: u32| Note {
        onset: 12 * index,
        part: 0,
        pitch: pitch(index),
        duration: 12,
        velocity: 80,
    };
    let piece = Piece { notes: (0..256).map(note).collect(), ..Piece::default() };
    place.write("medley/medley.mid", &midi::export(&piece));
    let summary = inspect(&place.path("medley"), &[]);
    assert_eq!(summary["key_changes"], 1);
    // Once the sections are in one frame, one tune is as the other.
    assert_eq!(summary["vocabulary"]["pitches"], 7);
}

#[test]
fn a_collection_of_bands_is_learnt_by_its_parts() {
    let place = Place::new();
    let duo: &[(&str, u8)] = &[("Lead", 72), ("Keys", 60)];
    let music = bands(&place, &[duo; 12]);
    let best = common::train(&music, &place.path("out"), &["--validation", "0.2"]);
    let record = Record::load(&best).expect("a record");
    let names = |record: &Record| -> Vec<String> {
        record.vocabulary().parts.iter().map(|part| part.name.clone()).collect()
    };
    assert_eq!(names(&record), ["lead", "keys"]);
    // It knows its own collection again: what was learnt is told from what was kept apart.
    let output = jukebox().arg("evaluate").arg(&best).arg(&music).arg("--brief").output().unwrap();
    let told = said(&output);
    assert!(
        output.status.success() && !told.contains("what the record has learnt is not known"),
        "{told}"
    );

    let file = "[[parts]]\nname = \"one\"\n[[parts]]\nname = \"two\"\n\
                [names]\nlead = \"two\"\nkeys = \"one\"\n";
    let file = place.write("mine.toml", file.as_bytes());
    let options = ["--validation", "0.2", "--parts", file.to_str().expect("a path")];
    let best = common::train(&music, &place.path("mine"), &options);
    assert_eq!(names(&Record::load(&best).expect("a record")), ["one", "two"]);
    std::fs::remove_file(file).expect("the file");
    // What was said is kept beside the record.
    let output = jukebox().arg("evaluate").arg(&best).arg(&music).arg("--brief").output().unwrap();
    let told = said(&output);
    assert!(
        output.status.success() && !told.contains("what the record has learnt is not known"),
        "{told}"
    );
    let resume = |options: &[&str]| {
        let mut command = jukebox();
        command.arg("train").arg(&music).arg("-o").arg(place.path("mine")).arg("--resume");
        command.args(["--epochs", "3"]).args(options).output().expect("a run")
    };
    let refused = resume(&["--parts", "auto"]);
    assert!(said(&refused).contains("with other parts"), "{}", said(&refused));
    let resumed = resume(&[]);
    assert!(resumed.status.success(), "{}", said(&resumed));
    assert!(place.path("mine/epoch-003.safetensors").exists());
}

#[test]
fn a_training_keeps_the_accents_of_each_part() {
    let place = Place::new();
    for seed in 0..8 {
        let mut piece = midi::import(
            &band(&[("Lead", 72), ("Bass", 40)], seed),
            ImportOptions { keep_parts: true, ..ImportOptions::default() },
        )
        .unwrap()
        .piece;
        for note in &mut piece.notes {
            let accent = note.part == 1 && note.onset % 96 == 0;
            note.velocity = if accent { 110 } else { 70 };
        }
        place.write(&format!("music/{seed}.mid"), &midi::export(&piece));
    }
    let mut command = jukebox();
    command.arg("train").arg(place.path("music")).arg("-o").arg(place.path("out"));
    command.args(["--epochs", "1", "--hidden", "16", "--grid", "as-is", "--parts", "auto"]);
    command.assert().success();
    let record = Record::load(&place.path("out/best.safetensors")).unwrap();
    let bass = record.vocabulary().parts.iter().position(|it| it.name.contains("ass")).unwrap();
    let groove = record.groove();
    // One of eight notes of the bass is 40 louder: 35 above its mean, and the others 5 below.
    let louder: Vec<(u16, i8)> =
        groove.parts[bass].iter().map(|it| (it.place, it.louder)).collect();
    assert_eq!((louder[0], louder[1], louder.len()), ((0, 35), (12, -5), 8));
    assert!(groove.parts[1 - bass].is_empty(), "all notes of the lead are alike");
    let told = inspect(&place.path("out/best.safetensors"), &[]);
    assert_eq!(told["groove"]["meter"], "4/4");
}
