//! The usual settings that a training finds by composing.

mod common;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use common::{Place, jukebox, said, start, train};
use jukebox_model::composer::UsualSettings;
use jukebox_model::record::Record;
use serde_json::Value;

/// Long enough for a tenth of the notes to be a search.
const LONG: [&str; 6] = ["--epochs", "60", "--patience", "0", "--validation", "0.2"];

/// A whole training, once for all tests: the place of its music, and its folder.
fn whole() -> &'static (Place, PathBuf) {
    static WHOLE: OnceLock<(Place, PathBuf)> = OnceLock::new();
    WHOLE.get_or_init(|| {
        let place = Place::new();
        let (music, output) = (place.tunes("music", 16), place.path("whole"));
        assert!(start(&music, &output, &LONG).wait().unwrap().success());
        (place, output)
    })
}

fn log(output: &Path) -> String {
    std::fs::read_to_string(output.join("train.log")).expect("a log")
}

#[test]
fn a_training_gives_its_best_record_the_settings_that_it_finds() {
    let (_, output) = whole();
    let best = output.join("best.safetensors");
    let log = log(output);
    assert!(
        log.contains("composing to find its usual settings: 8 takes of up to 16 bars"),
        "{log}"
    );

    let record = Record::load(&best).unwrap();
    let usual = *record.usual();
    let changed = usual != UsualSettings::default();
    assert_eq!(changed, log.contains("usual settings: temperature"), "{log}");
    assert_eq!(changed, !log.contains("usual settings: nothing better"), "{log}");
    let epoch = Record::load(&output.join("epoch-060.safetensors")).unwrap();
    assert_eq!(*epoch.usual(), UsualSettings::default());
    let report = std::fs::read(output.join("validation.json")).unwrap();
    let report: Value = serde_json::from_slice(&report).unwrap();
    assert_eq!(report["record_hash"], record.hash(), "the report is on the record that is kept");

    let shown = jukebox().args(["inspect", "--json"]).arg(&best).assert().success();
    let shown: Value = serde_json::from_slice(&shown.get_output().stdout).unwrap();
    let motif = shown["usual"]["motif"].as_f64().expect("a number");
    assert!((motif - f64::from(usual.motif)).abs() < 1e-6);
    let shown = jukebox().arg("inspect").arg(&best).assert().success();
    let expected = format!("motif {:.2}", usual.motif);
    assert!(said(shown.get_output()).contains(&expected));
}

#[test]
fn a_short_training_looks_for_none() {
    let place = Place::new();
    let best = train(&place.tunes("music", 6), &place.path("out"), &[]);
    assert!(log(&place.path("out")).contains("too little was learnt to look for usual settings"));
    assert_eq!(*Record::load(&best).unwrap().usual(), UsualSettings::default());
}

#[cfg(unix)]
#[test]
fn a_search_that_was_interrupted_comes_to_the_same_record() {
    let (place, whole) = whole();
    let (music, parts) = (place.path("music"), place.path("parts"));
    let mut child = start(&music, &parts, &LONG);
    let is_searching = || {
        std::fs::read_to_string(parts.join("train.log"))
            .is_ok_and(|log| log.contains("composing to find"))
    };
    while !is_searching() {
        assert!(child.try_wait().unwrap().is_none(), "it ended without a search");
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    let interrupt =
        std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(interrupt.expect("kill").success());
    assert!(child.wait().unwrap().success());
    assert!(log(&parts).contains("usual settings not found: add --resume"), "{}", log(&parts));

    assert!(start(&music, &parts, &["--resume"]).wait().unwrap().success());
    common::assert_same(whole, &parts, 60);
}
