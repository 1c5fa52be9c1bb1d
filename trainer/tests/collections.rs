//! What the command makes of the files that people have.

mod common;

use std::io::Write;

use common::{Place, jukebox, midi_file, piece, real_tunes, said};
use jukebox_model::meter::MeterMap;
use jukebox_model::midi;
use jukebox_model::piece::{Piece, TempoChange};
use jukebox_model::record::Record;
use serde_json::Value;

/// What `inspect --json` says.
fn inspect(path: &std::path::Path) -> Value {
    let output = jukebox().arg("inspect").arg(path).arg("--json").assert().success();
    serde_json::from_slice(&output.get_output().stdout).expect("JSON")
}

/// Why a file was skipped.
fn reason<'v>(report: &'v Value, name: &str) -> &'v str {
    let skipped = report["skipped"].as_array().expect("a list");
    let found = skipped.iter().find(|it| it["file"].as_str().is_some_and(|it| it.ends_with(name)));
    found.unwrap_or_else(|| panic!("{name} was not skipped"))["reason"].as_str().expect("a reason")
}

fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).expect("an entry");
        archive.write_all(bytes).expect("its bytes");
    }
    archive.finish().expect("an archive").into_inner()
}

#[test]
fn several_files_are_one_collection() {
    let place = Place::new();
    let music = place.tunes("music", 3);
    let files = std::fs::read_dir(&music).unwrap().map(|it| it.unwrap().path());
    let output = jukebox().args(["inspect", "--json"]).args(files).assert().success();
    let report: Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
    let whole = inspect(&music);
    assert_eq!(report["pieces"], 3);
    assert_eq!(report["notes"], whole["notes"]);
    let png =
        jukebox().args(["inspect", "--png", "a.png"]).args([&music, &music]).assert().failure();
    assert!(said(png.get_output()).contains("name one MIDI file"));
}

#[test]
fn written_music_is_told_from_music_that_can_be_read() {
    let place = Place::new();
    let abc = place.write("music/one.abc", b"X:1\nK:D\nabc\n");
    let mxl = place.write("music/two.MXL", b"PK\x03\x04");
    place.write("music/three.musicxml", b"<score-partwise/>");
    for music in [&abc, &mxl, &place.path("music")] {
        let mut command = jukebox();
        command.args(["train", "-o"]).arg(place.path("out")).arg(music);
        let said = said(command.assert().failure().code(1).get_output());
        assert!(said.contains("written music, not MIDI: write it as MIDI"), "{said}");
    }
    for music in [&abc, &mxl] {
        let said = said(jukebox().arg("inspect").arg(music).assert().failure().get_output());
        assert!(said.contains("written music, not MIDI"), "{said}");
    }
    // Beside MIDI files it is skipped, and said, in a zip too.
    place.write("music/four.mid", &midi_file([60, 62, 64]));
    place.write("music/more.zip", &zip(&[("tunes/five.abc", b"X:1")]));
    let report = inspect(&place.path("music"));
    for name in ["one.abc", "two.MXL", "three.musicxml", "more.zip/tunes/five.abc"] {
        assert!(reason(&report, name).contains("written music"), "{name}");
    }
    assert_eq!(report["files"], 1);
}

#[test]
fn a_folder_of_real_and_damaged_files_gives_the_real_ones_and_says_why_not_the_others() {
    let place = Place::new();
    let folder = place.tunes("music", 3);
    let tune = real_tunes(1).remove(0).1;
    place.write("music/empty.mid", b"");
    place.write("music/text.mid", b"dear diary");
    place.write("music/archive.mid", &zip(&[("a.mid", &tune)]));
    place.write("music/cut.mid", &tune[..tune.len() / 2]);
    place.write("music/Deeper/UPPER.MIDI", &midi_file(60..72));
    place.write("music/deeper/still/song.kar", &midi_file((48..60).rev()));
    place.write("music/readme.txt", b"not music and not asked");
    place.write("music/._shadow.mid", b"left by macOS");
    place.write(
        "music/long.mid",
        &midi_file((0..200_000u32).map(|i| 36 + (i % 1009 * (i % 1009) % 61) as u8)),
    );

    let report = inspect(&folder);
    assert_eq!(report["files"], 10, "all that end in .mid, .midi, .kar or .rmi");
    assert_eq!(report["pieces"], 7, "three tunes, half a tune, upper, song, long");
    assert_eq!(report["notes"].as_u64().map(|it| it > 200_000), Some(true));
    assert!(reason(&report, "empty.mid").contains("empty"));
    assert!(reason(&report, "text.mid").contains("text"));
    assert!(reason(&report, "archive.mid").contains("zip"));

    let output = place.path("out");
    let run = jukebox()
        .args(["train", "--hidden", "8", "--epochs", "1", "--sequence", "32"])
        .args(["--validation", "0", "-o"])
        .args([&output, &folder])
        .assert()
        .success();
    let said = said(run.get_output());
    for name in ["empty.mid: the file is empty", "text.mid: not a MIDI file", "archive.mid: not"] {
        assert!(said.contains(name), "{name} is not in\n{said}");
    }
    assert!(said.contains("cut.mid is cut off"), "{said}");
    assert!(output.join("best.safetensors").exists());
}

#[test]
fn the_same_notes_count_once_whatever_the_title_key_and_loudness() {
    let place = Place::new();
    let original = piece([60, 62, 64, 65, 67, 69, 71, 72]);
    let mut other = original.transposed(3);
    other.title = "Another title".to_owned();
    other.notes.iter_mut().for_each(|note| note.velocity = 100);
    place.write("music/a.mid", &midi::export(&original));
    place.write("music/b.mid", &midi::export(&other));
    place.write("music/c.mid", &midi_file([60, 62, 64, 65, 67, 69, 71, 74]));
    let report = inspect(&place.path("music"));
    assert_eq!((report["pieces"].as_u64(), report["files"].as_u64()), (Some(2), Some(3)));
    let duplicates = report["duplicates"].as_array().expect("a list");
    assert_eq!(duplicates.len(), 1);
    assert!(duplicates[0]["file"].as_str().is_some_and(|it| it.ends_with("b.mid")));
    assert!(duplicates[0]["same_as"].as_str().is_some_and(|it| it.ends_with("a.mid")));
}

#[test]
fn archives_are_read_as_folders_are() {
    let place = Place::new();
    let tunes = real_tunes(3);
    let mut entries: Vec<(&str, &[u8])> =
        tunes.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    entries.push(("deep/er/empty.MID", b""));
    entries.push(("__MACOSX/._a.mid", b"a shadow"));
    entries.push(("cover.png", b"a picture"));
    let archive = place.write("tunes.zip", &zip(&entries));
    let folder = place.tunes("tunes", 3);
    let (zipped, plain) = (inspect(&archive), inspect(&folder));
    assert_eq!((zipped["files"].as_u64(), zipped["pieces"].as_u64()), (Some(4), Some(3)));
    assert_eq!(zipped["notes"], plain["notes"]);
    assert_eq!(zipped["hash"], plain["hash"], "the same pieces");
    assert!(reason(&zipped, "empty.MID").contains("empty"));

    let both = place.write("music/tunes.zip", &zip(&entries[..2]));
    place.write("music/more.mid", &midi_file(60..70));
    place.write("music/broken.zip", b"PK\x03\x04 and then nothing");
    let mixed = inspect(both.parent().expect("a folder"));
    assert_eq!(mixed["pieces"], 3, "an archive in a folder is searched, too");
    assert!(reason(&mixed, "broken.zip").contains("zip"));
}

#[test]
fn an_archive_that_unpacks_to_absurd_sizes_is_bounded() {
    let place = Place::new();
    // 65 MiB of zeros pack to a few dozen KiB.
    let bomb = vec![0; 65 << 20];
    let tune = real_tunes(1).remove(0).1;
    let archive = place.write("bomb.zip", &zip(&[("bomb.mid", &bomb), ("tune.mid", &tune)]));
    let report = inspect(&archive);
    assert_eq!(report["pieces"], 1);
    assert!(reason(&report, "bomb.mid").contains("65 MiB"));
}

#[test]
fn nothing_to_learn_from_is_an_error_in_one_paragraph() {
    let place = Place::new();
    place.write("empty/readme.txt", b"no music");
    place.write("bad/text.mid", b"dear diary");
    place.write("broken.zip", b"not a zip");
    for (name, words) in [
        ("empty", "no file ends in .mid"),
        ("bad", "looks like text"),
        ("broken.zip", "not a zip archive"),
        ("nowhere", "no collection at"),
    ] {
        let mut command = jukebox();
        command.arg("train").arg(place.path(name)).arg("-o").arg(place.path("out"));
        let output = command.assert().failure().code(1);
        let error = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
        let last = error.lines().last().expect("an error");
        assert!(last.starts_with("error: ") && last.contains(words), "{name}: {error}");
    }
}

#[test]
fn a_part_that_a_file_lacks_is_a_reason_to_skip_it() {
    let place = Place::new();
    place.write("music/melody.mid", &midi_file(60..70));
    let mut drums = piece([36, 38, 42, 36, 38, 42]);
    drums.drums = true;
    place.write("music/drums.mid", &midi::export(&drums));
    let mut command = jukebox();
    let output =
        command.args(["inspect", "--json", "--part", "drums"]).arg(place.path("music")).assert();
    let report: Value = serde_json::from_slice(&output.success().get_output().stdout).unwrap();
    assert_eq!(report["pieces"], 1);
    assert!(reason(&report, "melody.mid").contains("no drums"));

    let output = place.path("out");
    common::train(&place.path("music"), &output, &["--part", "drums"]);
    let notes: Value =
        serde_json::from_slice(&std::fs::read(output.join("notes.json")).unwrap()).unwrap();
    assert_eq!(notes["pitches"][0]["note"], "Bass Drum 1");
    assert_eq!(notes["pitches"][2]["note"], "Closed Hi-Hat");
}

#[test]
fn a_midi_file_is_described() {
    let place = Place::new();
    let mut tune = piece([62, 64, 66, 67, 69, 71, 73, 74, 62, 62, 62, 62]);
    tune.meters = jukebox_model::meter::MeterMap::from_changes([
        (0, "6/8".parse().unwrap()),
        (72, "9/8".parse().unwrap()),
    ]);
    tune.tempi = vec![jukebox_model::piece::TempoChange { at: 0, bpm: 90.0 }];
    tune.key = "D".parse().ok();
    let path = place.write("tune.mid", &midi::export(&tune));
    let report = inspect(&path);
    assert_eq!((report["notes"].as_u64(), report["onsets"].as_u64()), (Some(12), Some(12)));
    assert_eq!(report["bars"], 2);
    assert_eq!(report["meters"], serde_json::json!(["6/8", "9/8"]));
    assert_eq!(report["tempo"].as_f64(), Some(90.0));
    assert_eq!(report["key"], "D");
    assert_eq!(report["title"], "A test");
    let table = jukebox().arg("inspect").arg(&path).assert().success();
    assert!(said(table.get_output()).contains("6/8, 9/8"));
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_error() {
    let place = Place::new();
    place.tunes("music", 2);
    let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin!("jukebox"))
        .args(["inspect", "--json"])
        .arg(place.path("music"))
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the command starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn a_file_is_shown_as_musicians_would_tell_of_it() {
    let place = Place::new();
    let meters = [(0, "4/4"), (8 * 96, "3/4")].map(|(at, meter)| (at, meter.parse().unwrap()));
    let tempi = [(5, 90.0), (96 * 100, 40.0)].map(|(at, bpm)| TempoChange { at, bpm });
    let tune = Piece {
        meters: MeterMap::from_changes(meters),
        tempi: tempi.to_vec(),
        ..piece((0..100).map(|i| 60 + i % 12).collect::<Vec<u8>>())
    };
    let path = place.write("tune.mid", &midi::export(&tune));
    let report = inspect(&path);
    assert_eq!(report["meter_changes"][1]["bar"], 9);
    assert_eq!(report["meter_changes"][1]["meter"], "3/4");
    // The one that is in force for most of the music; what follows that is no change.
    assert_eq!(report["tempo"], 90.0);
    let table = jukebox().arg("inspect").arg(&path).assert().success();
    let table = said(table.get_output());
    assert!(table.contains("4/4, 3/4 from bar 9"), "{table}");
}

#[test]
fn pedals_lengthen_notes_unless_they_shall_not() {
    let place = Place::new();
    let track = b"\x00\xb0\x40\x7f\x00\x90\x3c\x50\x06\x80\x3c\x00\x2a\xb0\x40\x00\x00\xff\x2f\x00";
    let head = b"MThd\0\0\0\x06\0\0\0\x01\0\x18MTrk\0\0\0\x14";
    let path = place.write("pedal.mid", &[&head[..], track].concat());
    assert_eq!(inspect(&path)["pedalled"], 1);
    let output = jukebox().arg("inspect").arg(&path).args(["--json", "--no-pedal"]).assert();
    let report: Value = serde_json::from_slice(&output.success().get_output().stdout).unwrap();
    assert_eq!(report["pedalled"], 0);
    // A record says how it has read its files.
    let music = place.tunes("music", 3);
    let best = common::train(&music, &place.path("out"), &["--epochs", "1", "--validation", "0"]);
    assert!(Record::load(&best).unwrap().receipt().pedal);
    let options = ["--epochs", "1", "--validation", "0", "--no-pedal"];
    let best = common::train(&music, &place.path("dry"), &options);
    assert!(!Record::load(&best).unwrap().receipt().pedal);
}
