//! What is saved with a project, and what is not one of ours.

use std::fs;

use jukebox_model::record::Record;
use jukebox_model::record::{Precision, Receipt};
use jukebox_tests::notes::pair;
use jukebox_tests::state::SavedState;
use serde_json::{Value, json};

use crate::fixture::{RECORD, assert_plays, play, plugin, plugin_with, setup, take};

#[test]
fn a_reopened_project_plays_the_same_when_the_record_is_gone() {
    // A record of its own, so that no other test's instance keeps it alive.
    let receipt = Receipt { name: "Soon gone".to_owned(), ..Receipt::default() };
    let record = Record::load(&RECORD).unwrap().with_receipt(receipt).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gone.safetensors");
    fs::write(&file, record.to_bytes(Precision::Single)).unwrap();

    let state = {
        let mut plugin = plugin_with(&file);
        play(&mut plugin, setup(48_000.0, &[512]), |host| {
            host.play();
            host.run_to(32.0).unwrap();
        });
        plugin.save().unwrap()
    };
    fs::remove_file(&file).unwrap();

    let mut plugin = plugin();
    plugin.load(&state).unwrap();
    let recording = play(&mut plugin, setup(44_100.0, &[64]), |host| {
        host.play();
        host.run_to(32.0).unwrap();
    });
    assert_plays(&recording, &take(1), 1.0);
    let saved = SavedState::parse(&plugin.save().unwrap()).unwrap();
    assert_eq!(
        saved.song().unwrap()["bars"],
        SavedState::parse(&state).unwrap().song().unwrap()["bars"]
    );
}

#[test]
fn a_damaged_state_is_refused_and_what_plays_goes_on() {
    let mut plugin = plugin();
    play(&mut plugin, setup(48_000.0, &[512]), |host| {
        host.play();
        host.run_to(16.0).unwrap();
    });
    let good = plugin.save().unwrap();
    for length in [0, 3, 8, 9, good.len() / 2, good.len() - 1] {
        assert!(plugin.load(&good[..length]).is_err(), "{length} of {} bytes", good.len());
    }
    let huge = [&u64::MAX.to_le_bytes()[..], &good[8..]].concat();
    let noise: Vec<u8> = (0..good.len() as u32).map(|i| (i.wrapping_mul(i) >> 3) as u8).collect();
    let framed = [&good[..8], &noise[8..]].concat();
    for state in [huge, noise, framed] {
        assert!(plugin.load(&state).is_err());
    }

    let song = SavedState::parse(&good).unwrap().song().unwrap();
    for (path, value) in [
        ("/version", json!(4_000_000)),
        ("/bars/0/0", json!([0, 200, 12, 80])),
        ("/bars/1/0", json!([4_000_000_000u32, 60, 12, 80])),
        ("/bars", json!("none")),
        ("/plan", json!([])),
        ("/meters/0", json!([5, "4/4"])),
        ("/meters/0", json!([0, "0/0"])),
        ("/record", Value::Null),
        ("", json!([1, 2, 3])),
    ] {
        let mut damaged = song.clone();
        *damaged.pointer_mut(path).unwrap() = value;
        let mut state = SavedState::parse(&good).unwrap();
        state.set_song(&damaged);
        // The framework may take the parameters of such a state; the song stays as it is.
        let _ = plugin.load(&state.to_bytes());
        let recording = play(&mut plugin, setup(48_000.0, &[512]), |host| {
            host.play();
            host.run_to(16.0).unwrap();
        });
        assert_plays(&recording, &take(1), 1.0);
    }
}

#[test]
fn a_state_that_is_loaded_while_it_plays_leaves_no_note_behind() {
    let mut other = plugin();
    play(&mut other, setup(48_000.0, &[512]), |host| {
        host.automate("Take", "9").unwrap();
        host.play();
        host.run_to(8.0).unwrap();
    });
    let states = [other.save().unwrap(), plugin().save().unwrap()];
    let mut plugin = plugin();
    let recording = play(&mut plugin, setup(48_000.0, &[100]), |host| {
        host.play();
        for round in 0..10 {
            host.run(20_000).unwrap();
            host.plugin.load(&states[round % 2]).unwrap();
        }
        host.run(20_000).unwrap();
    });
    pair(&recording.notes).unwrap();

    // The last one is in force, from the song's start on.
    let recording = play(&mut plugin, setup(48_000.0, &[100]), |host| {
        host.play();
        host.run_to(16.0).unwrap();
    });
    assert_plays(&recording, &take(1), 1.0);
}
