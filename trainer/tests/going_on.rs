//! Going on from a record: what it keeps, what it takes in, and what cannot be.

mod common;

use std::path::{Path, PathBuf};
use std::time::Duration;

use common::{Place, assert_same, bytes, jukebox, losses, midi_file, said, start, train};
use jukebox_model::record::{Precision, Record};
use jukebox_trainer::dataset::learnt::LearntPieces;
use serde_json::Value;

/// Music that none of the shipped tunes is like: wide leaps between high and low notes.
fn leaps(place: &Place) -> PathBuf {
    for tune in 0..6u8 {
        let notes =
            (0..64).map(|i: u8| if i.is_multiple_of(2) { 28 + (i + tune) % 7 } else { 96 + i % 5 });
        place.write(&format!("leaps/{tune}.mid"), &midi_file(notes));
    }
    place.path("leaps")
}

/// A record of tunes, to go on from.
fn tunes(place: &Place) -> PathBuf {
    train(&place.tunes("tunes", 12), &place.path("base"), &["--name", "Tunes"])
}

/// Arguments to go on from a record; the tests' own `--hidden` must be the record's.
fn from<'a>(record: &'a Path, more: &[&'a str]) -> Vec<&'a str> {
    [&["--from", record.to_str().expect("a plain path")], more].concat()
}

/// What a training says that cannot be.
fn refused(music: &Path, output: &Path, options: &[&str]) -> String {
    let mut command = jukebox();
    command.arg("train").arg(music).arg("-o").arg(output).args(options);
    let said = said(command.assert().failure().code(1).get_output());
    assert!(!said.contains("panicked"), "{said}");
    said
}

#[test]
fn a_record_takes_in_what_is_new_and_tells_where_it_comes_from() {
    let place = Place::new();
    let (base, music) = (tunes(&place), leaps(&place));
    let tuned = train(&music, &place.path("out"), &from(&base, &[]));
    let (base, tuned) = (Record::load(&base).unwrap(), Record::load(&tuned).unwrap());
    assert_eq!(tuned.config(), base.config());
    let (old, now) = (base.vocabulary(), tuned.vocabulary());
    assert!(old.pitches.iter().all(|it| now.pitches.contains(it)));
    assert!(old.meters.iter().all(|it| now.meters.contains(it)));
    assert!(!old.pitches.contains(&28) && now.pitches.contains(&28));
    let receipt = tuned.receipt();
    assert_eq!((&*receipt.name, receipt.pieces), ("Leaps", 5));
    assert_eq!(receipt.lineage, base.receipt().continued(base.hash()));

    let log = std::fs::read_to_string(place.path("out/train.log")).unwrap();
    assert!(log.contains("going on from Tunes") && log.contains("Tunes as it is: validation"));
    let shown = jukebox().arg("inspect").arg(place.path("out/best.safetensors")).assert().success();
    let shown = said(shown.get_output());
    assert!(shown.contains("goes on from") && shown.contains(base.hash()), "{shown}");

    // From that one again: the whole lineage is told.
    let options = from(&place.path("out/best.safetensors"), &["--epochs", "1"]).join("\n");
    let options: Vec<&str> = options.lines().collect();
    let third = Record::load(&train(&music, &place.path("third"), &options)).unwrap();
    let names: Vec<&str> = third.receipt().lineage.iter().map(|it| &*it.receipt.name).collect();
    assert_eq!(names, ["Leaps", "Tunes"]);
    let compose = ["compose", "--bars", "2", "-o"];
    let tune = place.path("tune.mid");
    let record = place.path("third/best.safetensors");
    jukebox().args(compose).args([&tune, &record]).assert().success();
}

#[test]
fn it_begins_with_what_the_record_knows() {
    let place = Place::new();
    for (index, (name, bytes)) in common::real_tunes(20).into_iter().enumerate() {
        place.write(&format!("{}/{name}", if index < 15 { "many" } else { "few" }), &bytes);
    }
    let base = train(&place.path("many"), &place.path("base"), &["--epochs", "10"]);
    let first = |output: &str, options: &[&str]| -> f64 {
        train(&place.path("few"), &place.path(output), options);
        losses(&place.path(output))[1].split(',').nth(1).unwrap().parse().unwrap()
    };
    let (new, tuned) = (first("new", &[]), first("tuned", &from(&base, &[])));
    assert!(tuned < new - 1.0, "{tuned} nats a note in the first epoch, from nothing {new}");
}

#[test]
fn the_same_music_and_record_give_the_same_bytes_whatever_its_precision_and_place() {
    let place = Place::new();
    let (base, music) = (tunes(&place), leaps(&place));
    let go_on = |record: &Path, output: &str, more: &[&str]| {
        let options = [&["--threads", "2"], more].concat();
        train(&music, &place.path(output), &from(record, &options));
        place.path(output)
    };
    let a = go_on(&base, "a", &[]);
    let elsewhere = place.write("elsewhere.safetensors", &bytes(&base));
    assert_same(&a, &go_on(&elsewhere, "b", &[]), 2);
    assert_ne!(losses(&a), losses(&go_on(&base, "c", &["--seed", "2"])));

    let half = Record::load(&base).unwrap().to_bytes(Precision::Half);
    let half = place.write("half.safetensors", &half);
    let pressed = Record::load(&go_on(&half, "d", &[]).join("best.safetensors")).unwrap();
    let hash = Record::load(&half).unwrap().hash().to_owned();
    assert_eq!(pressed.receipt().lineage[0].hash, hash);
    assert_same(&place.path("d"), &go_on(&half, "e", &[]), 2);
}

#[test]
fn killed_it_goes_on_as_if_nothing_had_been_without_the_record() {
    let place = Place::new();
    let (base, music) = (tunes(&place), leaps(&place));
    let options = ["--epochs", "8", "--patience", "0", "--batch", "2", "--sequence", "16"];
    let whole = place.path("whole");
    assert!(start(&music, &whole, &from(&base, &options)).wait().unwrap().success());

    let parts = place.path("parts");
    let mut child = start(&music, &parts, &from(&base, &options));
    while !parts.join("epoch-002.safetensors").exists() {
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!parts.join("epoch-008.safetensors").exists(), "it was killed before its end");
    std::fs::remove_file(&base).unwrap();
    assert!(start(&music, &parts, &["--resume"]).wait().unwrap().success());
    assert_same(&whole, &parts, 8);
}

#[test]
fn another_record_to_resume_from_is_refused() {
    let place = Place::new();
    let (base, music) = (tunes(&place), leaps(&place));
    let other = train(&music, &place.path("other"), &[]);
    let (tuned, plain) = (place.path("tuned"), place.path("other"));
    train(&music, &tuned, &from(&base, &[]));
    let words = refused(&music, &tuned, &from(&base, &[]));
    assert!(words.contains("2 finished epochs. Add --resume"), "{words}");
    train(&music, &tuned, &from(&base, &["--resume", "--epochs", "3"]));
    let words = refused(&music, &tuned, &from(&other, &["--resume"]));
    assert!(words.contains("another record: it was Tunes") && words.contains("Leaps"), "{words}");
    let words = refused(&music, &plain, &from(&base, &["--resume"]));
    assert!(words.contains("was not begun from Tunes"), "{words}");
}

#[test]
fn what_does_not_fit_the_record_is_refused_in_words() {
    let place = Place::new();
    let (base, music) = (tunes(&place), leaps(&place));
    let tunes = |more: &[&str]| refused(&music, &place.path("out"), &from(&base, more));
    let words = tunes(&["--hidden", "24"]);
    assert!(words.contains("--hidden 24 cannot be: Tunes has 16"), "{words}");
    let words = tunes(&["--layers", "2"]);
    assert!(words.contains("--layers 2 cannot be: Tunes has 1"), "{words}");
    let words = tunes(&["--part", "drums"]);
    assert!(words.contains("Tunes plays pitches"), "{words}");
    assert!(!place.path("out").exists(), "nothing was begun");

    let rock = place.write("rock.mid", &common::entry("freedoom.zip", "freedoom2-d_dead2.mid"));
    let beats = place.path("beats");
    let drums = train(&rock, &beats, &["--part", "drums", "--validation", "0", "--hidden", "6"]);
    let words = refused(&rock, &place.path("out"), &from(&drums, &["--part", "all"]));
    assert!(words.contains("plays drums"), "{words}");
    // The record's part is the part, unless another is asked for.
    let more = ["--hidden", "6", "--validation", "0", "--epochs", "1"];
    let more = train(&rock, &place.path("more"), &from(&drums, &more));
    assert_eq!(Record::load(&more).unwrap().receipt().part, "drums");
}

#[test]
fn a_file_that_is_no_record_is_refused_and_clears_nothing() {
    let place = Place::new();
    let (base, music) = (tunes(&place), leaps(&place));
    let out = place.path("out");
    train(&music, &out, &[]);
    let before = place.files("out");
    let whole = bytes(&base);
    let foreign: &[u8] = b"\x08\0\0\0\0\0\0\0{}      ";
    for (path, cause) in [
        (place.path("missing.safetensors"), "no such file"),
        (place.path("tunes"), "cannot be read"),
        (place.write("text.safetensors", b"dear diary"), "is no record"),
        (place.write("empty.safetensors", b""), "is no record"),
        (place.write("foreign.safetensors", foreign), "holds tensors but no music"),
        (place.write("half.safetensors", &whole[..whole.len() / 2]), "is damaged"),
        (place.path("base/checkpoint.safetensors"), "holds tensors but no music"),
        (place.path("base/learnt.safetensors"), "holds tensors but no music"),
    ] {
        let words = refused(&music, &out, &from(&path, &["--overwrite"]));
        assert!(words.contains(cause), "{words}");
        assert!(words.contains(path.to_str().unwrap()), "{words}");
        assert_eq!(place.files("out"), before);
    }
}

#[test]
fn a_record_may_go_on_into_its_own_folder() {
    let place = Place::new();
    let (base, music) = (tunes(&place), leaps(&place));
    let hash = Record::load(&base).unwrap().hash().to_owned();
    train(&music, &place.path("base"), &from(&base, &["--overwrite"]));
    assert_eq!(Record::load(&base).unwrap().receipt().lineage[0].hash, hash);
}

#[test]
fn what_cannot_be_read_costs_no_record() {
    let place = Place::new();
    let base = tunes(&place);
    place.write("letters/letter.mid", b"Dear listener, this is no music.");
    let before = (place.files("base"), bytes(&base));
    let missing = place.path("missing").display().to_string();
    for (music, more) in [("missing", ""), ("letters", ""), ("tunes", missing.as_str())] {
        let options = from(&base, &["--overwrite", "--validation", more]);
        let options = if more.is_empty() { &options[..3] } else { &options[..] };
        refused(&place.path(music), &place.path("base"), options);
        assert_eq!((place.files("base"), bytes(&base)), before);
    }
    // Nor does a new training take the place of a record that was kept alone.
    let kept = place.write("kept/best.safetensors", &bytes(&base));
    let words = refused(&place.path("tunes"), &place.path("kept"), &from(&kept, &[]));
    assert!(words.contains("already holds a training"), "{words}");
    assert_eq!(bytes(&kept), before.1);
}

#[test]
fn what_the_record_has_learnt_does_not_validate() {
    let place = Place::new();
    let base = tunes(&place);
    let more: Vec<PathBuf> = common::real_tunes(20)
        .into_iter()
        .skip(12)
        .map(|(name, bytes)| place.write(&format!("tunes/{name}"), &bytes))
        .collect();
    let learnt = |record: &Path, vocabulary: &Record| {
        let path = record.with_file_name("learnt.safetensors");
        LearntPieces::read(&path, vocabulary.vocabulary()).unwrap()
    };
    let before = Record::load(&base).unwrap();
    let tuned = train(&place.path("tunes"), &place.path("out"), &from(&base, &["--epochs", "1"]));
    let after = Record::load(&tuned).unwrap();
    let log = std::fs::read_to_string(place.path("out/train.log")).unwrap();
    assert!(log.contains("11 pieces of these Tunes has learnt before"), "{log}");
    // The record's 11 are learnt again; of 9 others 4 validate.
    assert_eq!((more.len(), before.receipt().pieces, after.receipt().pieces), (8, 11, 16));
    let (before, after) = (learnt(&base, &before), learnt(&tuned, &after));
    assert_eq!(before.len(), 11);
    let longest = |learnt: &LearntPieces| {
        let mut lengths: Vec<usize> = learnt.pieces().map(<[_]>::len).collect();
        lengths.sort_unstable();
        lengths
    };
    let (old, mut new) = (longest(&before), longest(&after));
    for length in old {
        let at = new.binary_search(&length).expect("a piece that was learnt is learnt again");
        new.remove(at);
    }
    // What is found beside the record is what `evaluate` leaves out.
    let evaluate = jukebox()
        .args(["evaluate", "--brief", "--json"])
        .arg(&tuned)
        .arg(place.path("tunes"))
        .assert()
        .success();
    let report: Value = serde_json::from_slice(&evaluate.get_output().stdout).unwrap();
    assert_eq!(report["pieces"], 4, "{report}");
    let written: Value =
        serde_json::from_slice(&bytes(&place.path("out/validation.json"))).unwrap();
    assert_eq!(report["nats_per_note"], written["nats_per_note"]);
    // And resumed without the record, it divides as before.
    std::fs::remove_dir_all(place.path("base")).unwrap();
    train(&place.path("tunes"), &place.path("out"), &["--resume", "--epochs", "2"]);
    let resumed = Record::load(&tuned).unwrap();
    assert_eq!(learnt(&tuned, &resumed), after);
}

#[test]
fn what_it_forgets_is_measured_on_what_was_kept_apart_then() {
    let place = Place::new();
    let (base, music) = (tunes(&place), leaps(&place));
    let tuned = train(&music, &place.path("out"), &from(&base, &[]));
    let evaluated = |record: &Path| -> Value {
        let mut command = jukebox();
        command.args(["evaluate", "--brief", "--json"]).args([record, &place.path("tunes")]);
        serde_json::from_slice(&command.assert().success().get_output().stdout).unwrap()
    };
    let (before, after) = (evaluated(&base), evaluated(&tuned));
    assert_eq!(before["pieces"], 1, "{before}");
    for field in ["pieces", "notes", "left_out"] {
        assert_eq!(before[field], after[field], "{field}");
    }
}
