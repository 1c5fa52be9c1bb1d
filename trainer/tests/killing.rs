//! Killed at any moment, a training loses no finished epoch and goes on as if nothing had been.

mod common;

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use common::{Place, assert_same, bytes, losses, start};
use jukebox_model::record::Record;

/// How often trainings are killed.
const KILLS: u32 = 100;
/// Epochs of each.
const EPOCHS: u32 = 12;
const OPTIONS: [&str; 8] =
    ["--epochs", "12", "--patience", "0", "--batch", "2", "--sequence", "32"];

/// Checks what a killed training has left: records and a history that are whole, and as far as they
/// go the same as those of a training that nobody disturbed. Gives the number of finished epochs.
fn check(killed: &Path, whole: &Path) -> usize {
    let name = |epoch: usize| format!("epoch-{epoch:03}.safetensors");
    let finished = (1..).take_while(|&epoch| killed.join(name(epoch)).exists()).count();
    let listed = std::fs::read_dir(killed).expect("a folder").filter(|entry| {
        let name = entry.as_ref().expect("an entry").file_name();
        name.to_string_lossy().starts_with("epoch-")
    });
    assert_eq!(listed.count(), finished, "no epoch between others is missing");
    for epoch in 1..=finished {
        let path = killed.join(name(epoch));
        let record = Record::load(&path).expect("every record is whole");
        assert_eq!(record.receipt().epochs, epoch as u64);
        assert!(bytes(&path) == bytes(&whole.join(name(epoch))), "epoch {epoch} differs");
    }
    // The best and the history follow the record of their epoch.
    let best = killed.join("best.safetensors");
    assert!(finished < 2 || best.exists());
    if best.exists() {
        Record::load(&best).expect("the best record is whole");
    }
    if killed.join("history.csv").exists() {
        let (found, expected) = (losses(killed), losses(whole));
        assert_eq!(found, expected[..found.len()]);
        assert!((finished..=finished + 1).contains(&found.len()), "a heading, a row an epoch");
    }
    finished
}

#[test]
fn killed_a_hundred_times_at_any_moment_no_training_loses_an_epoch_or_changes_a_bit() {
    let place = Place::new();
    let music = place.tunes("music", 6);
    let whole = place.path("whole");
    let started = Instant::now();
    assert!(start(&music, &whole, &OPTIONS).wait().unwrap().success());
    let time = started.elapsed();
    let compare = |name: &str| {
        assert_same(&whole, &place.path(name), EPOCHS);
        assert_eq!(
            place.files("whole"),
            place.files(name),
            "nothing is missing, nothing left over"
        );
    };

    let (mut kills, mut trainings, mut finished, mut random) = (0, 0, 0, 1u64);
    let mut name = "killed-0".to_owned();
    while kills < KILLS {
        let output = place.path(&name);
        let mut child = start(&music, &output, &[&OPTIONS[..], &["--resume"]].concat());
        // At any moment of its first quarter: before it has learnt anything, while it learns, and
        // while it writes.
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let share = (random >> 40) as f64 / (1u64 << 24) as f64;
        sleep(time.mul_f64(share / 4.0).max(Duration::from_millis(1)));
        match child.try_wait().unwrap() {
            None => {
                child.kill().unwrap();
                child.wait().unwrap();
                kills += 1;
                if output.exists() {
                    let now = check(&output, &whole);
                    assert!(now >= finished, "epochs were lost");
                    finished = now;
                }
            }
            Some(status) => {
                assert!(status.success(), "it needs no repair");
                compare(&name);
                (trainings, finished) = (trainings + 1, 0);
                name = format!("killed-{trainings}");
            }
        }
    }
    let resume = [&OPTIONS[..], &["--resume"]].concat();
    assert!(start(&music, &place.path(&name), &resume).wait().unwrap().success());
    compare(&name);
}
