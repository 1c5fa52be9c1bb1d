//! Composing as a user does it.

mod common;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use common::{Place, jukebox, midi_file, read, said, train};
use jukebox_model::meter::Meter;
use jukebox_model::piece::Piece;
use jukebox_model::record::Record;

/// A record of a few real tunes, trained once for all tests.
fn record() -> &'static Path {
    static RECORD: OnceLock<(Place, PathBuf)> = OnceLock::new();
    let (_, path) = RECORD.get_or_init(|| {
        let place = Place::new();
        let music = place.tunes("celtic", 20);
        let best = train(&music, &place.path("out"), &["--epochs", "4"]);
        (place, best)
    });
    path
}

/// Composes and reads what was written.
fn compose(place: &Place, name: &str, options: &[&str]) -> Piece {
    let path = place.path(name);
    jukebox().arg("compose").arg(record()).arg("-o").arg(&path).args(options).assert().success();
    read(&path)
}

fn meter(text: &str) -> Meter {
    text.parse().expect("a meter")
}

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
fn a_prompt_is_kept_and_continued_in_its_own_key_meter_and_tempo() {
    let place = Place::new();
    let tunes = place.tunes("prompts", 1);
    let prompt_path = std::fs::read_dir(tunes).unwrap().next().unwrap().unwrap().path();
    let prompt = read(&prompt_path);
    let prompt_file = prompt_path.to_str().unwrap();
    let tune = compose(&place, "on.mid", &["--prompt", prompt_file, "--bars", "4"]);
    let bars = prompt.bars();
    let line = prompt.meters.bar(bars).start;
    let kept: Vec<_> = tune.notes.iter().filter(|note| note.onset < line).collect();
    assert_eq!(kept, prompt.notes.iter().collect::<Vec<_>>());
    assert!(tune.notes.iter().any(|note| note.onset >= line), "it goes on");
    assert!(tune.bars() > bars && tune.bars() <= bars + 4);
    assert_eq!(tune.meters, prompt.meters);
    assert_eq!(tune.key.map(|it| it.root()), prompt.key.map(|it| it.root()));
    assert!((tune.tempo_at(0) - prompt.tempo_at(0)).abs() < 0.01);

    let other = compose(&place, "other.mid", &["--bars", "4"]);
    let continued: Vec<_> =
        tune.notes.iter().filter(|note| note.onset >= line).map(|note| note.pitch).collect();
    let alone: Vec<_> = other.notes.iter().map(|note| note.pitch).collect();
    assert_ne!(continued, alone, "what it has read makes a difference");
}

#[test]
fn a_prompt_can_be_brought_to_another_key_meter_and_tempo() {
    let place = Place::new();
    let prompt = place.write("prompt.mid", &midi_file([62, 64, 66, 67, 69, 71, 73, 74]));
    let options = ["--bars", "2", "--key", "C", "--meter", "3/4", "--tempo", "60", "--prompt"];
    let tune = compose(&place, "tune.mid", &[&options[..], &[prompt.to_str().unwrap()]].concat());
    let pitches: Vec<u8> = tune.notes.iter().take(8).map(|note| note.pitch).collect();
    assert_eq!(pitches, [60, 62, 64, 65, 67, 69, 71, 72]);
    assert_eq!(tune.meters.bar(0).meter, meter("4/4"));
    assert_eq!(tune.meters.bar(1).meter, meter("3/4"), "from the continuation on");
    assert!((tune.tempo_at(0) - 60.0).abs() < 0.01);
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
fn bars_of_a_prompt_are_filled_between_what_stands_around_them() {
    let place = Place::new();
    let given = compose(&place, "given.mid", &["--bars", "12", "--take", "3"]);
    let prompt = place.path("given.mid");
    let prompt = prompt.to_str().unwrap();
    let filled =
        compose(&place, "filled.mid", &["--prompt", prompt, "--fill", "5-8", "--take", "9"]);
    let bars = |piece: &Piece, from: u32, to: u32| {
        let (start, end) = (piece.meters.bar(from).start, piece.meters.bar(to).start);
        let inside = piece.notes.iter().filter(|note| (start..end).contains(&note.onset));
        inside.map(|note| (note.onset, note.pitch)).collect::<Vec<_>>()
    };
    assert_eq!(bars(&filled, 0, 4), bars(&given, 0, 4));
    assert_eq!(bars(&filled, 8, 12), bars(&given, 8, 12));
    assert_ne!(bars(&filled, 4, 8), bars(&given, 4, 8));
    assert!(!bars(&filled, 4, 8).is_empty());
    let last = compose(&place, "last.mid", &["--prompt", prompt, "--fill", "12", "--take", "9"]);
    assert_eq!(bars(&last, 0, 11), bars(&given, 0, 11));
}

#[test]
fn bars_that_a_prompt_has_not_cannot_be_filled() {
    let place = Place::new();
    compose(&place, "given.mid", &["--bars", "4"]);
    let fill = |bars: &str| {
        let mut command = jukebox();
        command.arg("compose").arg(record()).arg("-o").arg(place.path("x.mid"));
        command.arg("--prompt").arg(place.path("given.mid")).args(["--fill", bars]);
        said(command.assert().failure().get_output())
    };
    assert!(fill("3-9").contains("no bars 3-9"), "{}", fill("3-9"));
    assert!(fill("0-2").contains("counted from 1"), "{}", fill("0-2"));
}
