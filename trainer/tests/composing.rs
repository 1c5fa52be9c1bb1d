//! Composing as a user does it.

mod common;

use std::path::Path;

use common::tunes::{compose, meter, record};
use common::{Place, jukebox, read, said};
use jukebox_model::record::Record;

#[test]
fn the_same_options_give_the_same_file_and_each_option_another() {
    let place = Place::new();
    let bytes = |name: &str, options: &[&str]| {
        compose(&place, name, options);
        std::fs::read(place.path(name)).unwrap()
    };
    let plain = bytes("a.mid", &[]);
    assert_eq!(bytes("b.mid", &[]), plain);
    assert_eq!(bytes("c.mid", &["--take", "1", "--bars", "16", "--key", "C"]), plain);
    for option in [
        ["--take", "2"],
        ["--temperature", "0.2"],
        ["--top-p", "0.3"],
        ["--key", "D"],
        ["--meter", "6/8"],
        ["--tempo", "90"],
        ["--bars", "8"],
    ] {
        assert_ne!(bytes("d.mid", &option), plain, "{option:?}");
    }
}

#[test]
fn a_tune_has_the_bars_meter_tempo_key_and_title_that_were_asked_for() {
    let place = Place::new();
    let options = ["--bars", "12", "--meter", "6/8", "--tempo", "90", "--key", "Em", "--take", "3"];
    let tune = compose(&place, "tune.mid", &options);
    assert!(tune.bars() <= 12 && tune.bars() >= 10, "{} bars", tune.bars());
    assert_eq!(tune.meters.bar(0).meter, meter("6/8"));
    assert!((tune.tempo_at(0) - 90.0).abs() < 0.01);
    assert_eq!(tune.key.map(|key| key.to_string()).as_deref(), Some("Em"));
    assert_eq!(tune.title, "Celtic, take 3");
    assert!(tune.end() <= 12 * 72, "nothing rings on beyond the last bar");
}

#[test]
fn a_key_moves_every_note_and_changes_none() {
    let place = Place::new();
    let (white, moved) = (compose(&place, "c.mid", &[]), compose(&place, "d.mid", &["--key", "D"]));
    assert_eq!(white.transposed(2).notes, moved.notes);
}

#[test]
fn a_piano_roll_comes_beside_the_tune() {
    let place = Place::new();
    let png = place.path("tune.png");
    compose(&place, "tune.mid", &["--png", png.to_str().unwrap()]);
    let bytes = std::fs::read(png).unwrap();
    assert!(bytes.starts_with(b"\x89PNG") && bytes.len() > 5000);
}

#[test]
fn run_learns_and_composes_in_one_command() {
    let place = Place::new();
    let music = place.tunes("music", 6);
    let run = jukebox()
        .args(["run", "--hidden", "8", "--epochs", "1", "--bars", "4", "--key", "G", "-o"])
        .args([&place.path("out"), &music])
        .assert()
        .success();
    assert!(said(run.get_output()).contains("tune.mid"));
    let files = place.files("out");
    for name in ["best.safetensors", "epoch-001.safetensors", "tune.mid", "tune.png"] {
        assert!(files.iter().any(|file| file == name), "{name} is not in {files:?}");
    }
    assert_eq!(
        read(&place.path("out/tune.mid")).key.map(|it| it.to_string()).as_deref(),
        Some("G")
    );
}

#[cfg(unix)]
#[test]
fn run_composes_with_what_was_learnt_when_it_is_interrupted() {
    let place = Place::new();
    let music = place.tunes("music", 12);
    let output = place.path("out");
    let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin!("jukebox"))
        .args(["run", "--hidden", "16", "--epochs", "1000", "--patience", "0", "-o"])
        .args([&output, &music])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    while !output.join("epoch-001.safetensors").exists() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let kill = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(kill.unwrap().success());
    assert!(child.wait().unwrap().success());
    assert!(!read(&output.join("tune.mid")).notes.is_empty());
}

#[test]
fn a_compacted_record_is_half_as_large_and_still_plays() {
    let place = Place::new();
    let compacted = place.path("compacted.safetensors");
    jukebox()
        .arg("compact")
        .arg(record())
        .arg("-o")
        .arg(&compacted)
        .args(["--name", "Green Isle"])
        .assert()
        .success();
    let size = |path: &Path| std::fs::metadata(path).unwrap().len();
    assert!(size(&compacted) < size(record()) * 6 / 10);
    assert_eq!(Record::load(&compacted).unwrap().receipt().name, "Green Isle");
    let over_itself =
        jukebox().arg("compact").arg(&compacted).arg("-o").arg(&compacted).assert().failure();
    assert!(said(over_itself.get_output()).contains("would be written over"));
    let tune = place.path("tune.mid");
    jukebox().arg("compose").arg(&compacted).arg("-o").arg(&tune).assert().success();
    assert_eq!(read(&tune).title, "Green Isle, take 1");
}

#[test]
fn compact_goes_by_its_old_name_too() {
    let place = Place::new();
    let made = |command: &str| {
        let output = place.path(command);
        jukebox().arg(command).arg(record()).arg("-o").arg(&output).assert().success();
        std::fs::read(output).unwrap()
    };
    assert_eq!(made("press"), made("compact"));
}

#[test]
fn a_record_is_described_for_people_and_machines() {
    let output = jukebox().arg("inspect").arg(record()).arg("--json").assert().success();
    let report: serde_json::Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
    assert_eq!(report["config"]["hidden"], 16);
    assert_eq!(report["receipt"]["name"], "Celtic");
    assert_eq!(report["hash"].as_str().map(str::len), Some(64));
    assert!(report["vocabulary"]["pitches"].as_u64().is_some_and(|it| it > 10));
    let table = jukebox().arg("inspect").arg(record()).assert().success();
    assert!(said(table.get_output()).contains("1 layer of 16 units"));
}

#[test]
fn what_cannot_be_is_refused_in_words() {
    let place = Place::new();
    let text = place.write("text.mid", b"dear diary");
    let text = text.to_str().unwrap();
    let tune = place.path("tune.mid");
    let compose = |record: &Path, options: &[&str]| {
        let mut command = jukebox();
        command.arg("compose").arg(record).arg("-o").arg(&tune).args(options).assert()
    };
    for (options, code, words) in [
        (["--meter", "4/3"], 2, "not a meter"),
        (["--key", "H"], 2, "not a key"),
        (["--bars", "0"], 2, "1..=10000"),
        (["--temperature", "-1"], 2, "from 0 to 5"),
        (["--prompt", text], 1, "looks like text"),
    ] {
        let output = compose(record(), &options).failure().code(code);
        assert!(said(output.get_output()).contains(words), "{}", said(output.get_output()));
    }
    let output = compose(Path::new(text), &[]).failure().code(1);
    assert!(said(output.get_output()).starts_with("error: "));
    assert!(!tune.exists());
}

#[test]
fn nothing_that_is_named_is_written_over() {
    let place = Place::new();
    let own = place.path("own.safetensors");
    std::fs::copy(record(), &own).unwrap();
    let before = std::fs::read(&own).unwrap();
    let refused = |output: &Path, png: &Path| {
        let mut command = jukebox();
        command.arg("compose").arg(&own).arg("-o").arg(output).arg("--png").arg(png);
        let assert = command.assert().failure().code(1);
        said(assert.get_output())
    };
    let (tune, picture) = (place.path("tune.mid"), place.path("tune.png"));
    assert!(refused(&own, &picture).contains("would be written over"));
    assert!(refused(&tune, &own).contains("would be written over"));
    assert!(refused(&tune, &tune).contains("two names"));
    assert_eq!(std::fs::read(&own).unwrap(), before);
    assert!(!tune.exists() && !picture.exists());
}

#[test]
fn no_bar_is_filled_by_copies_more_than_any_of_the_collection() {
    let place = Place::new();
    let rock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../records/rock.safetensors");
    for take in ["1", "2", "4", "6", "11"] {
        let tune = place.path("tune.mid");
        let options = ["--motif", "1", "--bars", "4", "--take", take, "-o"];
        jukebox().arg("compose").arg(&rock).args(options).arg(&tune).assert().success();
        let piece = read(&tune);
        let mut notes = vec![0; piece.bars() as usize];
        piece.notes.iter().for_each(|it| notes[piece.meters.bar_at(it.onset).number as usize] += 1);
        // The fullest bar that the record has learnt from has 108 notes.
        assert!(notes.iter().all(|&notes| notes <= 108), "take {take}: {notes:?}");
    }
}

#[test]
fn program_and_channel_are_written() {
    let place = Place::new();
    compose(&place, "tune.mid", &["--program", "74", "--channel", "3"]);
    let bytes = std::fs::read(place.path("tune.mid")).unwrap();
    assert!(bytes.windows(2).any(|it| it == [0xc2, 73]));
    assert!(bytes.windows(2).any(|it| it[0] == 0x92));
}

#[test]
fn a_picture_can_be_all_that_is_made() {
    let place = Place::new();
    let png = place.path("tune.png");
    jukebox().arg("compose").arg(record()).arg("--png").arg(&png).assert().success();
    assert!(std::fs::read(png).unwrap().starts_with(b"\x89PNG"));
    let nothing = jukebox().arg("compose").arg(record()).assert().failure().code(2);
    assert!(said(nothing.get_output()).contains("--output"));
}

#[test]
fn a_key_may_be_spelled_in_any_form() {
    let place = Place::new();
    let key = |text: &str| compose(&place, "k.mid", &["--key", text]).key.unwrap().to_string();
    assert_eq!(["G#", "A minor", "e flat", "F# min"].map(key), ["Ab", "Am", "Eb", "F#m"]);
}
