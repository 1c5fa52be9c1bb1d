//! Options that other tests do not try: each has the effect that its help tells.

mod common;

use std::path::{Path, PathBuf};

use common::{Place, entry, jukebox, losses, read, said, start, train};
use jukebox_model::record::Record;
use serde_json::Value;

/// A piece of five tracks, one of them drums: 524 notes and 451 hits.
fn piece(place: &Place) -> PathBuf {
    place.write("piece.mid", &entry("freedoom.zip", "freedoom2-d_dead2.mid"))
}

#[test]
fn a_part_is_what_inspect_says_and_train_learns() {
    let place = Place::new();
    let file = piece(&place);
    let mut learnt = Vec::new();
    let parts = ["all", "first", "melody", "4", "drums", "channel 10", "program 1-128", "drums:4"];
    for part in parts {
        let inspected = jukebox().args(["inspect", "--json", "--part", part]).arg(&file).assert();
        let report: Value =
            serde_json::from_slice(&inspected.success().get_output().stdout).unwrap();
        let notes = report["notes"].as_u64().expect("a number");
        let output = place.path(part);
        train(
            &file,
            &output,
            &["--part", part, "--hidden", "4", "--epochs", "1", "--validation", "0"],
        );
        let record = Record::load(&output.join("best.safetensors")).unwrap();
        assert_eq!((record.receipt().notes, &*record.receipt().part), (notes, part));
        let drums = ["drums", "channel 10", "drums:4"].contains(&part);
        assert_eq!((record.vocabulary().drums, report["part"].as_str()), (drums, Some(part)));
        learnt.push(notes);
    }
    assert_eq!([learnt[1], learnt[3], learnt[4]], [180, 90, 451], "as in the file's tracks");
    assert_eq!(learnt[5..], [451, learnt[0], 90]);
    assert!(learnt[0] > learnt[1] + learnt[3] && learnt[2] < learnt[0], "{learnt:?}");
}

#[test]
fn a_run_learns_and_composes_as_it_is_told() {
    let place = Place::new();
    let file = piece(&place);
    let run = |output: &Path, more: &[&str]| {
        let tune = ["--bars", "3", "--tempo", "90", "--meter", "6/8", "--key", "Em", "--take", "7"];
        let network = ["--layers", "2", "--hidden", "6", "--epochs", "1", "--name", "Evening"];
        let command = [&["run", "--overwrite"][..], &network, &tune, more].concat();
        jukebox().args(command).arg("-o").args([output, &file]).assert().success();
        read(&output.join("tune.mid"))
    };
    let plain = run(&place.path("a"), &[]);
    assert_eq!(plain.title, "Evening, take 7");
    assert_eq!(plain.meters.bar(0).meter.to_string(), "6/8");
    assert_eq!(plain.key.map(|key| key.to_string()).as_deref(), Some("Em"));
    assert!((plain.tempo_at(0) - 90.0).abs() < 0.01 && plain.end() <= 3 * 72);
    let record = Record::load(&place.path("a/best.safetensors")).unwrap();
    assert_eq!((record.config().layers, record.config().hidden), (2, 6));

    assert_eq!(run(&place.path("a"), &[]).notes, plain.notes);
    let likeliest = run(&place.path("a"), &["--temperature", "0"]).notes;
    assert_ne!(likeliest, plain.notes);
    assert_eq!(run(&place.path("a"), &["--top-p", "0.0001"]).notes, likeliest);
}

#[test]
fn the_history_goes_to_tensorboard_under_the_name_of_the_output() {
    let place = Place::new();
    let music = place.tunes("music", 6);
    let (output, runs) = (place.path("evening"), place.path("runs"));
    train(&music, &output, &["--tensorboard", runs.to_str().unwrap()]);
    let files = || place.files("runs/evening");
    let first = files();
    assert!(first.len() == 1 && first[0].starts_with("events.out.tfevents."), "{first:?}");
    let size = |name: &str| std::fs::metadata(runs.join("evening").join(name)).unwrap().len();
    let two_epochs = size(&first[0]);

    // Where to need not be said again.
    train(&music, &output, &["--resume", "--epochs", "4"]);
    let second = files();
    assert_eq!(second.len(), 1, "one file for the whole training");
    assert_ne!(first, second);
    // The heading takes 40 bytes, each epoch as much as another.
    assert_eq!(size(&second[0]) - 40, (two_epochs - 40) * 2);

    let blocked = place.write("blocked", b"a file");
    let refused = jukebox()
        .args(["train", "--overwrite", "-o"])
        .args([&output, &music, Path::new("--tensorboard"), &blocked])
        .assert()
        .failure()
        .code(1);
    assert!(said(refused.get_output()).contains("TensorBoard"), "{}", said(refused.get_output()));
}

#[test]
fn patience_zero_never_stops_early() {
    let place = Place::new();
    let music = place.tunes("music", 5);
    let options = ["--epochs", "14", "--dropout", "0", "--learning-rate", "0.3", "--hidden", "4"];
    let epochs = |name: &str, patience: &str| {
        train(&music, &place.path(name), &[&options[..], &["--patience", patience]].concat());
        losses(&place.path(name)).len() - 1
    };
    assert!(epochs("one", "1") < 14);
    assert_eq!(epochs("never", "0"), 14);
}

#[cfg(target_os = "linux")]
#[test]
fn so_many_threads_work_as_were_asked_for() {
    let place = Place::new();
    let music = place.tunes("music", 6);
    let most = |threads: &str| {
        let output = place.path(threads);
        let options = ["--epochs", "3", "--threads", threads];
        let mut child = start(&music, &output, &options);
        let tasks = format!("/proc/{}/task", child.id());
        let mut most = 0;
        while child.try_wait().unwrap().is_none() {
            most = most.max(std::fs::read_dir(&tasks).map_or(0, |it| it.count()));
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        most
    };
    let (one, seven) = (most("1"), most("7"));
    // One or two come and go besides.
    assert!((one + 6..=one + 8).contains(&seven), "{one} and {seven}");
    let refused = jukebox().args(["train", "--threads", "0", "-o", "out", "music"]).assert();
    assert!(said(refused.failure().code(2).get_output()).contains("from 1 to 1024"));
}
