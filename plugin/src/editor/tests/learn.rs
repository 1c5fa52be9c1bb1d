//! The page *Learn*, over trainings that lie in their folders as the command leaves them there.

use std::fs::{self, File};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use egui::accesskit::Role;
use egui::vec2;
use egui_kittest::kittest::{NodeT, Queryable};

use super::Window;
use super::layout::{SMALLEST, is_apart, is_whole};
use crate::conductor::tests::rig::{Rig, record, write};
use crate::learning::Places;
use crate::learning::training_folder::{Length, TrainingFolder, TrainingState};
use crate::song::CompositionSettings;

const TOLD: &str = r#"{"event":"begin","process":4242,"time":1}
{"event":"learning","name":"Jigs","pieces":120,"notes":34567,"epochs":16,"done":0}
{"event":"epoch","epoch":1,"loss":4.1,"validation":3.4,"best":1,"share":0.0625,"seconds_left":300.0}
{"event":"epoch","epoch":2,"loss":3.2,"validation":3.0,"best":2,"share":0.125,"seconds_left":280.0}
{"event":"epoch","epoch":3,"loss":2.9,"validation":3.1,"best":2,"share":0.1875,"seconds_left":260.0}
"#;
const END: &str = r#"{"event":"end","outcome":"finished","record":null}
"#;

/// Where a test's trainings lie.
pub fn places(folder: &Path) -> Places {
    Places {
        trainings: folder.join("trainings"),
        records: folder.join("records"),
        command: Some(folder.join("no such command")),
    }
}

/// A training in its folder that has told so much.
fn training(places: &Places, name: &str, told: &str) -> TrainingFolder {
    let folder = TrainingFolder::new(places.trainings.join(name));
    fs::create_dir_all(folder.path()).unwrap();
    let state = TrainingState {
        name: name.to_owned(),
        collections: vec![std::env::temp_dir()],
        file: format!("{name}.safetensors"),
        begun: told.len() as u64,
        length: Length::default(),
    };
    folder.write(&state).unwrap();
    fs::write(folder.progress(), told).unwrap();
    folder
}

/// The page over a rig's trainings, once it has found them.
fn page(rig: Rig, size: egui::Vec2, seen: &str) -> Window {
    let mut window = Window::over(rig, CompositionSettings::default(), size, 1.0);
    window.tab("Learn");
    until(&mut window, seen);
    window
}

/// Draws until something is written.
fn until(window: &mut Window, seen: &str) {
    let began = Instant::now();
    while window.harness.query_by_label_contains(seen).is_none() {
        assert!(began.elapsed() < Duration::from_secs(30), "{seen} is not to be seen");
        sleep(Duration::from_millis(10));
        window.harness.run_steps(2);
    }
}

fn is_enabled(window: &Window, button: &str) -> bool {
    let button = window.harness.get_by_role_and_label(Role::Button, button);
    !button.accesskit_node().is_disabled()
}

#[test]
fn a_training_is_seen_heard_and_stopped() {
    let rig = Rig::new();
    let places = places(rig.folder.path());
    let folder = training(&places, "Jigs", TOLD);
    fs::rename(write(&record(9, false), rig.folder.path()), folder.epoch(2)).unwrap();
    let lock = File::create(folder.path().join("lock")).unwrap();
    lock.lock().unwrap();
    let mut window = page(rig, vec2(1120.0, 720.0), "Learns epoch 4 of 16");
    window.press("Hear epoch 2");
    let view = window.rig.shared.view();
    assert_eq!(view.path, Some(folder.epoch(2)));
    assert_eq!(view.record.unwrap().name, "Noise 9");
    until(&mut window, "Plays epoch 2");
    assert!(!is_enabled(&window, "Plays epoch 2"));
    assert!(window.harness.query_by_label("Resume").is_none(), "it runs");
    window.press("Stop");
    until(&mut window, "Stopping");
    assert!(folder.is_stopping() && !is_enabled(&window, "Stop"));

    // The process dies without a word.
    drop(lock);
    until(&mut window, "Interrupted after 3 epochs");
    fs::copy(folder.epoch(2), folder.best()).unwrap();
    window.press("Keep the best");
    let began = Instant::now();
    while !places.records.join("Jigs.safetensors").exists() {
        assert!(began.elapsed() < Duration::from_secs(30), "nothing is kept");
        sleep(Duration::from_millis(10));
    }
    window.press("Resume");
    until(&mut window, "cannot be started");
    window.press("Remove");
    assert!(folder.path().exists());
    window.press("Click to remove");
    until(&mut window, "No training yet");
    assert!(!folder.path().exists() && places.records.join("Jigs.safetensors").exists());
}

#[test]
fn a_finished_training_plays_and_others_are_a_click_away() {
    let rig = Rig::new();
    let places = places(rig.folder.path());
    training(&places, "Jigs", &format!("{TOLD}{END}"));
    training(&places, "Reels", TOLD);
    fs::create_dir_all(&places.records).unwrap();
    let kept = places.records.join("Jigs.safetensors");
    fs::rename(write(&record(9, false), rig.folder.path()), &kept).unwrap();
    let mut window = page(rig, vec2(1120.0, 720.0), "Finished");
    assert!(window.harness.query_by_label("1 of 2").is_some());
    window.press("Hear the record");
    assert_eq!(window.rig.shared.view().path, Some(kept));
    window.press("Older training");
    until(&mut window, "Interrupted after 3 epochs");
}

#[test]
fn nothing_but_a_training_is_listed() {
    let rig = Rig::new();
    let places = places(rig.folder.path());
    fs::create_dir_all(places.trainings.join("empty")).unwrap();
    fs::write(places.trainings.join("file"), "x").unwrap();
    let wrong = training(&places, "Wrong", TOLD);
    fs::write(wrong.path().join("training.json"), "{").unwrap();
    let mut window = page(rig, vec2(1120.0, 720.0), "No training yet");
    window.press("Browse...");
    until(&mut window, "Learn from all in");
}

#[test]
fn the_page_can_be_read_at_every_size() {
    let ended = format!("{TOLD}{END}");
    for size in [SMALLEST, vec2(1120.0, 720.0), vec2(1900.0, 1000.0)] {
        for (told, seen) in [("", "Interrupted"), (TOLD, "Interrupted"), (&ended, "Finished")] {
            let rig = Rig::new();
            let places = places(rig.folder.path());
            training(&places, "Jigs", told);
            training(&places, "Reels", "");
            let window = page(rig, size, seen);
            is_whole(&window, size, "Learn");
            is_apart(&window, size, "Learn");
        }
        let rig = Rig::new();
        let folder = training(&self::places(rig.folder.path()), "Jigs", TOLD);
        let lock = File::create(folder.path().join("lock")).unwrap();
        lock.lock().unwrap();
        let window = page(rig, size, "Learns epoch 4 of 16");
        is_whole(&window, size, "Learn");
        is_apart(&window, size, "Learn");
    }
}
