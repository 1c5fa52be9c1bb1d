//! What a training tells programs, and a training that goes on by itself.

mod common;

use std::fs::{self, File};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use common::{Place, assert_same, bytes, jukebox, losses, said, start};
use serde_json::Value;

const OPTIONS: [&str; 6] = ["--hidden", "16", "--threads", "2", "--patience", "0"];

/// The events in a text, each of them a line.
fn events(text: &str) -> Vec<Value> {
    let event = |line: &str| -> Value { serde_json::from_str(line).expect(line) };
    text.lines().map(event).collect()
}

/// The events of a training in the background so far, the last line only once it is whole.
fn told(output: &Path) -> Vec<Value> {
    let text = fs::read_to_string(output.join("progress.jsonl")).unwrap_or_default();
    events(text.rsplit_once('\n').map_or("", |(whole, _)| whole))
}

fn of<'a>(events: &'a [Value], kind: &str) -> Vec<&'a Value> {
    events.iter().filter(|it| it["event"] == kind).collect()
}

/// Waits until something is so.
fn until(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(300), "{what} did not come to be");
        sleep(Duration::from_millis(20));
    }
}

/// Whether a training goes on in a folder.
fn runs(output: &Path) -> bool {
    File::open(output.join("lock")).is_ok_and(|lock| lock.try_lock_shared().is_err())
}

#[test]
fn programs_are_told_each_epoch_and_nothing_else_on_standard_output() {
    let place = Place::new();
    let (music, output) = (place.tunes("music", 6), place.path("out"));
    let copy = place.path("copy.safetensors");
    let run = jukebox()
        .arg("train")
        .arg(&music)
        .arg("-o")
        .arg(&output)
        .args(OPTIONS)
        .args(["--epochs", "3", "--progress", "json", "--copy-to"])
        .arg(&copy)
        .assert()
        .success();
    let events = events(&String::from_utf8(run.get_output().stdout.clone()).unwrap());
    assert_eq!(events[0]["event"], "begin");
    let learning = of(&events, "learning")[0];
    assert_eq!((&learning["epochs"], &learning["done"]), (&3.into(), &0.into()));
    let epochs = of(&events, "epoch");
    let rows = losses(&output);
    assert_eq!(epochs.len(), 3);
    for (epoch, row) in epochs.iter().zip(&rows[1..]) {
        let fields: Vec<&str> = row.split(',').collect();
        assert_eq!(epoch["epoch"].to_string(), fields[0]);
        for (name, field) in [("loss", fields[1]), ("validation", fields[2])] {
            let close = (epoch[name].as_f64().unwrap() - field.parse::<f64>().unwrap()).abs();
            assert!(close < 1e-6, "{name}: {epoch} is not {row}");
        }
        let best = format!("epoch-{:03}.safetensors", epoch["best"].as_u64().unwrap());
        assert!(epoch["best_record"].as_str().unwrap().ends_with(&best), "{epoch}");
        assert!(epoch["seconds_left"].as_f64().unwrap() >= 0.0);
    }
    assert_eq!(epochs[2]["share"], 1.0);
    let end = events.last().unwrap();
    assert_eq!((&end["event"], &end["outcome"]), (&"end".into(), &"finished".into()));
    assert!(bytes(&copy) == bytes(&output.join("best.safetensors")));
}

#[test]
fn what_goes_wrong_is_told_programs() {
    let place = Place::new();
    let run = jukebox()
        .args(["train", "--progress", "json"])
        .arg(place.path("nothing"))
        .arg("-o")
        .arg(place.path("out"))
        .assert()
        .failure();
    let events = events(&String::from_utf8(run.get_output().stdout.clone()).unwrap());
    let last = events.last().unwrap();
    assert_eq!(last["event"], "failed");
    assert!(last["text"].as_str().unwrap().contains("nothing"), "{last}");
}

#[test]
fn a_training_in_the_background_is_stopped_by_a_file_and_goes_on_to_the_same_end() {
    let place = Place::new();
    let music = place.tunes("music", 6);
    let (whole, output) = (place.path("whole"), place.path("out"));
    let length = ["--epochs", "40", "--patience", "0"];
    assert!(start(&music, &whole, &length).wait().unwrap().success());

    let background = |more: &[&str]| {
        let mut command = jukebox();
        command.arg("train").arg(&music).arg("-o").arg(&output).args(OPTIONS);
        command.args(["--epochs", "40", "--background"]).args(more).assert()
    };
    background(&[]).success();
    until("an epoch", || !of(&told(&output), "epoch").is_empty());
    assert!(runs(&output));
    let process = told(&output)[0]["process"].as_u64().unwrap();
    #[cfg(target_os = "linux")]
    {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
        // After the name: state, parent, group, session (proc_pid_stat(5)).
        let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
        assert_eq!(fields[3], process.to_string(), "it has a session of its own");
        assert_eq!(fields[16], "10", "it lets others go first");
        assert_ne!(fields[1], std::process::id().to_string(), "it is nobody's child here");
    }
    let second = background(&["--resume"]).failure();
    let second = said(second.get_output());
    assert!(second.contains("a training goes on in"), "{second}");

    fs::write(output.join("stop"), "").unwrap();
    until("its end", || !runs(&output));
    let events = told(&output);
    assert_eq!(events.last().unwrap()["outcome"], "stopped");
    let done = of(&events, "epoch").len();
    assert!((1..40).contains(&done), "{done} epochs");
    #[cfg(target_os = "linux")]
    until("its going", || !Path::new(&format!("/proc/{process}")).exists());

    background(&["--resume"]).success();
    until("the end", || {
        let last = told(&output).last().map(|it| it["event"].clone());
        last.is_some_and(|it| it == "end") && !runs(&output)
    });
    let events = told(&output);
    assert_eq!(events.last().unwrap()["outcome"], "finished");
    assert_eq!(of(&events, "learning")[1]["done"], done);
    assert_same(&whole, &output, 40);
}

#[test]
fn a_training_that_does_not_begin_says_why() {
    let place = Place::new();
    let music = place.tunes("music", 1);
    let output = place.write("file", b"");
    let run = jukebox().args(["train", "--background"]).arg(&music).arg("-o").arg(&output).assert();
    let told = said(run.failure().get_output());
    assert!(told.contains("cannot make the folder"), "{told}");
}
