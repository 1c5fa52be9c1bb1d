//! Training as a user runs it: what it leaves behind, and that nothing is lost.

mod common;

use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use common::{Place, assert_same, bytes, jukebox, losses, midi_file, said, start, train};
use jukebox_model::record::Record;
use serde_json::Value;

/// Waits until something holds.
fn wait_for(mut holds: impl FnMut() -> bool) {
    while !holds() {
        sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_training_leaves_a_record_for_every_epoch_and_says_what_it_learnt() {
    let place = Place::new();
    let music = place.tunes("irish-tunes", 12);
    let output = place.path("out");
    train(&music, &output, &["--epochs", "3"]);
    assert_eq!(
        place.files("out"),
        [
            "best.safetensors",
            "checkpoint.safetensors",
            "epoch-001.safetensors",
            "epoch-002.safetensors",
            "epoch-003.safetensors",
            "history.csv",
            "learnt.safetensors",
            "loss.png",
            "notes.json",
            "train.log",
            "validation.json",
        ]
    );
    for epoch in 1..=3 {
        let record = Record::load(&output.join(format!("epoch-00{epoch}.safetensors"))).unwrap();
        let receipt = record.receipt();
        assert_eq!(receipt.epochs, epoch);
        assert_eq!(
            (receipt.name.as_str(), receipt.collection.as_str()),
            ("Irish tunes", "irish-tunes")
        );
        assert_eq!((receipt.pieces, receipt.seed), (11, 1));
        assert!(receipt.validation_loss.is_some_and(|loss| loss > 0.0));
    }
    let notes: Value = serde_json::from_slice(&bytes(&output.join("notes.json"))).unwrap();
    assert_eq!(notes["pieces"], 11);
    let named = |list: &str, field: &str, name: &str| {
        notes[list].as_array().unwrap().iter().any(|entry| entry[field] == name)
    };
    assert!(named("durations", "value", "eighth") && named("pitches", "note", "C5"));
    assert_eq!(losses(&output).len(), 4, "a header and three epochs");
    assert!(bytes(&output.join("loss.png")).starts_with(b"\x89PNG"));
    let log = std::fs::read_to_string(output.join("train.log")).unwrap();
    assert!(log.contains("epoch  3 of 3") && log.contains("meters"), "{log}");
}

#[test]
fn it_learns() {
    let place = Place::new();
    let scale = [60, 62, 64, 65, 67, 69, 71, 72, 71, 69, 67, 65, 64, 62];
    place.write("music/scale.mid", &midi_file(scale.into_iter().cycle().take(2000)));
    let output = place.path("out");
    let options = ["--hidden", "24", "--epochs", "40", "--dropout", "0", "--learning-rate", "0.01"];
    train(&place.path("music"), &output, &options);
    let last: f64 = losses(&output).last().unwrap().split(',').nth(1).unwrap().parse().unwrap();
    // By chance each of the eight notes costs two nats.
    assert!(last < 0.5, "a scale up and down holds no surprise, but costs {last} nats a note");
}

#[test]
fn the_same_training_gives_the_same_records_byte_for_byte() {
    let place = Place::new();
    let music = place.tunes("music", 8);
    train(&music, &place.path("a"), &["--threads", "2"]);
    train(&music, &place.path("b"), &["--threads", "2"]);
    assert_same(&place.path("a"), &place.path("b"), 2);
    train(&music, &place.path("c"), &["--threads", "2", "--seed", "2"]);
    assert_ne!(losses(&place.path("a")), losses(&place.path("c")));
}

#[test]
fn every_setting_changes_the_training() {
    let place = Place::new();
    let music = place.tunes("music", 8);
    train(&music, &place.path("plain"), &[]);
    let plain = losses(&place.path("plain"));
    for (index, option) in [
        ["--layers", "2"],
        ["--hidden", "17"],
        ["--dropout", "0.1"],
        ["--learning-rate", "0.02"],
        ["--weight-decay", "0.9"],
        ["--batch", "2"],
        ["--sequence", "50"],
        ["--validation", "0.5"],
        ["--epochs", "3"],
        ["--part", "melody"],
    ]
    .iter()
    .enumerate()
    {
        let output = place.path(&index.to_string());
        train(&music, &output, option);
        // The highest line of a melody is the melody.
        assert_eq!(losses(&output) == plain, option[0] == "--part", "{option:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_training_that_was_interrupted_goes_on_as_if_it_had_not_been() {
    let place = Place::new();
    let music = place.tunes("music", 20);
    let options = ["--epochs", "6", "--patience", "0", "--batch", "2", "--sequence", "16"];
    let whole = place.path("whole");
    assert!(start(&music, &whole, &options).wait().unwrap().success());

    let parts = place.path("parts");
    let mut child = start(&music, &parts, &options);
    wait_for(|| parts.join("epoch-001.safetensors").exists());
    let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(interrupt.expect("kill").success());
    assert!(child.wait().unwrap().success(), "it stops with a record and everything saved");
    assert!(!parts.join("epoch-006.safetensors").exists(), "it stopped before its end");
    let log = std::fs::read_to_string(parts.join("train.log")).unwrap();
    assert!(log.contains("stopped in epoch"), "{log}");

    // Options need not be given again.
    assert!(start(&music, &parts, &["--resume"]).wait().unwrap().success());
    assert_same(&whole, &parts, 6);
}

#[test]
fn a_folder_with_a_training_is_not_overwritten_unasked() {
    let place = Place::new();
    let music = place.tunes("music", 3);
    let output = place.path("out");
    train(&music, &output, &["--name", "Evening tunes"]);
    let again = |options: &[&str]| {
        let mut command = jukebox();
        command.arg("train").arg(&music).arg("-o").arg(&output).args(options).assert()
    };
    let refused = again(&["--hidden", "16"]).failure().code(1);
    assert!(said(refused.get_output()).contains("2 finished epochs. Add --resume"));
    let refused = again(&["--resume", "--hidden", "24"]).failure().code(1);
    assert!(said(refused.get_output()).contains("--hidden was 16 and is now 24"));
    let refused = again(&["--resume", "--part", "melody"]).failure().code(1);
    assert!(said(refused.get_output()).contains("part"));
    let done = again(&["--resume"]).success();
    assert!(said(done.get_output()).contains("2 epochs done"));
    again(&["--resume", "--epochs", "3"]).success();
    assert!(output.join("epoch-003.safetensors").exists());
    let record = Record::load(&output.join("epoch-003.safetensors")).unwrap();
    assert_eq!(record.receipt().name, "Evening tunes", "the name is kept");

    let (checkpoint, aside) = (output.join("checkpoint.safetensors"), place.path("aside"));
    std::fs::rename(&checkpoint, &aside).unwrap();
    let refused = again(&["--resume"]).failure().code(1);
    assert!(said(refused.get_output()).contains("3 finished epochs but no checkpoint"));
    std::fs::rename(&aside, &checkpoint).unwrap();
    again(&["--overwrite", "--hidden", "16", "--epochs", "1"]).success();
    assert!(!output.join("epoch-002.safetensors").exists());

    place.write("music/new.mid", &midi_file(60..80));
    let refused = again(&["--resume"]).failure().code(1);
    assert!(said(refused.get_output()).contains("the collection has changed"));
}

#[test]
fn another_collection_can_validate() {
    let place = Place::new();
    let music = place.tunes("music", 4);
    place.tunes("held", 6);
    let output = place.path("out");
    let held = place.path("held");
    let run = jukebox()
        .args(["train", "--hidden", "8", "--epochs", "1", "--validation"])
        .args([&held, Path::new("-o"), &output, &music])
        .assert()
        .success();
    let said = said(run.get_output());
    assert!(said.contains("validation: 2 pieces"), "four are in both: {said}");
    assert_eq!(Record::load(&output.join("best.safetensors")).unwrap().receipt().pieces, 4);
}

#[test]
fn a_time_budget_ends_with_a_finished_record() {
    let place = Place::new();
    let music = place.tunes("music", 6);
    let output = place.path("out");
    let best = train(&music, &output, &["--minutes", "0.03", "--patience", "0"]);
    Record::load(&best).unwrap();
    let log = std::fs::read_to_string(output.join("train.log")).unwrap();
    assert!(log.contains("the time is up"), "{log}");
}

#[test]
fn a_training_stops_when_validation_has_stopped_improving() {
    let place = Place::new();
    let music = place.tunes("music", 3);
    let output = place.path("out");
    let options =
        ["--epochs", "200", "--patience", "2", "--dropout", "0", "--learning-rate", "0.05"];
    train(&music, &output, &options);
    let log = std::fs::read_to_string(output.join("train.log")).unwrap();
    assert!(log.contains("no better epoch in the last 2"), "{log}");
}

#[test]
fn a_loss_that_runs_away_stops_with_the_good_epochs_kept_and_advice() {
    let place = Place::new();
    let music = place.tunes("music", 4);
    let output = place.path("out");
    train(&music, &output, &["--epochs", "1", "--validation", "0"]);
    // Weights beyond all bounds, as after a training that went wrong.
    let path = output.join("checkpoint.safetensors");
    let mut checkpoint = bytes(&path);
    let end = checkpoint.len();
    checkpoint[end - 4000..].copy_from_slice(&f32::MAX.to_le_bytes().repeat(1000));
    std::fs::write(&path, checkpoint).unwrap();
    let failed = jukebox()
        .args(["train", "--resume", "--epochs", "2", "-o"])
        .args([&output, &music])
        .assert()
        .failure()
        .code(1);
    assert!(said(failed.get_output()).contains("--learning-rate"), "{}", said(failed.get_output()));
    Record::load(&output.join("best.safetensors")).expect("the good epoch is kept");
    assert!(!output.join("epoch-002.safetensors").exists());
}

#[test]
#[cfg(not(any(feature = "cuda", feature = "metal")))]
fn a_device_that_was_not_built_is_a_clear_error() {
    let place = Place::new();
    let music = place.tunes("music", 1);
    for device in ["cuda", "metal"] {
        let output = jukebox()
            .args(["train", "--device", device, "-o"])
            .args([&place.path("out"), &music])
            .assert()
            .failure()
            .code(1);
        let feature = format!("--features {device}");
        assert!(said(output.get_output()).contains(&feature), "{}", said(output.get_output()));
        assert!(!place.path("out").join("best.safetensors").exists(), "nothing takes its place");
    }
}
