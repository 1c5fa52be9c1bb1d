//! Reporting on a record as a user does it.

mod common;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use assert_cmd::assert::Assert;
use common::{Place, jukebox, midi_file, read, said, train};
use jukebox_model::midi;
use serde_json::Value;

/// What a hostile file may call itself.
const TITLE: &str = "<script>alert('&')</script>";

/// A record, and the collection that it was trained on.
struct Trained {
    place: Place,
    record: PathBuf,
    music: PathBuf,
}

/// Of twenty real tunes under a hostile title; trained once for all tests.
fn trained() -> &'static Trained {
    static TRAINED: OnceLock<Trained> = OnceLock::new();
    TRAINED.get_or_init(|| {
        let place = Place::new();
        let music = place.tunes("celtic", 20);
        for name in place.files("celtic") {
            let mut tune = read(&music.join(&name));
            tune.title = TITLE.to_owned();
            place.write(&format!("celtic/{name}"), &midi::export(&tune));
        }
        let options = ["--epochs", "4", "--validation", "0.3"];
        Trained { record: train(&music, &place.path("out"), &options), music, place }
    })
}

/// Reports on the record.
fn report(collection: &Path, options: &[&str]) -> Assert {
    jukebox().arg("report").arg(&trained().record).arg(collection).args(options).assert()
}

/// The report on its own collection, as JSON.
fn json(options: &[&str]) -> Value {
    let output = report(&trained().music, &[&["--json"], options].concat()).success();
    serde_json::from_slice(&output.get_output().stdout).expect("JSON")
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("no number: {value}"))
}

#[test]
fn json_has_every_feature_with_its_yardstick_and_every_take_with_its_longest_copy() {
    let report = json(&[]);
    assert_eq!(report["record"]["name"], "Celtic");
    let pieces = ["learnt", "held_out", "compared"].map(|it| number(&report["pieces"][it]));
    assert_eq!(pieces, [14.0, 6.0, 6.0], "near-duplicates would be on one side");
    assert_eq!(report["settings"]["takes"], 54, "nine for each that was held out");

    let features = report["likeness"]["features"].as_object().expect("features by name");
    assert_eq!(features.len(), 10);
    for (name, feature) in features {
        for side in ["composed", "training"] {
            let overlap = number(&feature["overlap"][side]);
            assert!((0.0..=1.0).contains(&overlap), "{name}: {overlap}");
            assert!(number(&feature["divergence"][side]) >= 0.0, "{name}");
        }
    }
    let mean = features.values().map(|it| number(&it["overlap"]["composed"])).sum::<f64>() / 10.0;
    assert!((number(&report["likeness"]["overlap"]["composed"]) - mean).abs() < 1e-9);
    let classes = &report["likeness"]["pitch_classes"];
    let sum: f64 = classes["held_out"].as_array().expect("shares").iter().map(number).sum();
    assert!((sum - 1.0).abs() < 1e-9);

    let distances = &report["manner"]["distances"];
    for name in ["form", "harmony", "progressions", "groove", "places"] {
        for set in ["composed", "training", "halves"] {
            assert!(number(&distances[set][name]) >= 0.0, "{name} of {set}");
        }
        let apart = number(&distances["composed"][name]);
        assert!(apart > 0.0, "{name}: takes are no held-out pieces");
    }
    assert!(distances["composed"]["drums"].is_null(), "there are none");
    assert_eq!(report["manner"]["form"].as_array().map(Vec::len), Some(11));
    assert!(number(&report["manner"]["plainness"][0]["ratio"]) > 0.0);

    let takes = report["originality"]["composed"]["pieces"].as_array().expect("a list");
    assert_eq!(takes.len(), 54);
    let notes = |take: &Value| number(&take["longest"]["notes"]);
    let most = takes.iter().map(notes).fold(0.0, f64::max);
    let longest = &report["originality"]["composed"]["longest_notes"];
    assert_eq!(number(&longest["maximum"]), most);
    assert!(number(&longest["mean"]) <= most);
    let from = &takes[0]["longest"]["from"];
    assert_eq!(from["title"], TITLE);
    assert!(from["file"].as_str().is_some_and(|it| it.ends_with(".mid")), "{from}");
    assert!(number(&from["bar"]) >= 1.0);
    assert!(number(&report["originality"]["held_out"]["runs_of_8"]["mean"]) <= 1.0);
}

#[test]
fn the_terminal_shows_both_questions_with_their_yardsticks() {
    let said = said(report(&trained().music, &[]).success().get_output());
    for words in [
        "Like the collection?",
        "training pieces",
        "Made like",
        "equal to bar 8 before",
        "New?",
        "held out",
        "mean",
        "NLTM",
    ] {
        assert!(said.contains(words), "{words} is not in\n{said}");
    }
}

#[test]
fn the_page_is_complete_in_itself_and_trusts_no_title() {
    let page = trained().place.path("report.html");
    report(&trained().music, &["-o", page.to_str().expect("a path")]).success();
    let html = std::fs::read_to_string(&page).expect("the page");
    assert!(html.starts_with("<!DOCTYPE html>") && html.ends_with("</html>"));
    for outside in ["src=", "href=", "url(", "@import", "http:", "https:"] {
        assert!(!html.contains(outside), "{outside}");
    }
    assert!(html.contains("&lt;script&gt;alert"), "the piece copied from is named");
    assert!(!html.contains("<script"), "its title is text");
    assert!(!html.contains("NaN"));
    // The overlaps, ten densities, two histograms, the form, the copied runs, four takes.
    assert_eq!(html.matches("<svg").count(), 1 + 10 + 2 + 1 + 1 + 4);
    assert_eq!(html.matches("<svg").count(), html.matches("</svg>").count());
}

#[test]
fn the_same_files_give_the_same_report_and_each_option_another() {
    let (first, again) = (json(&[]), json(&["--takes", "54"]));
    assert_eq!(first, again);
    let options =
        [["--takes", "5"], ["--temperature", "0.3"], ["--top-p", "0.4"], ["--motif", "0"]];
    for options in options {
        let other = json(&options);
        assert_ne!(other["likeness"]["overlap"], first["likeness"]["overlap"], "{options:?}");
    }
}

#[test]
fn another_collection_needs_the_one_that_was_learnt() {
    let place = Place::new();
    for seed in 0..4u32 {
        let walk = (0..64u32).map(|i| 60 + ((i * i + i * seed) * 7 % (11 + seed)) as u8);
        place.write(&format!("other/{seed}.mid"), &midi_file(walk));
    }
    let failed = report(&place.path("other"), &[]).failure().code(1);
    assert!(said(failed.get_output()).contains("--learnt"), "{}", said(failed.get_output()));

    let music = trained().music.to_str().expect("a path");
    let output = report(&place.path("other"), &["--json", "--learnt", music]).success();
    let report: Value = serde_json::from_slice(&output.get_output().stdout).expect("JSON");
    assert_eq!(report["collection"], "Other");
    assert_eq!(
        (&report["pieces"]["learnt"], &report["pieces"]["held_out"]),
        (&14.into(), &4.into())
    );
}

#[test]
fn too_little_to_compare_with_is_an_error_that_says_so() {
    let place = Place::new();
    place.write("one/tune.mid", &midi_file((0..40u32).map(|i| 60 + (i * i % 13) as u8)));
    let music = trained().music.to_str().expect("a path");
    let failed = report(&place.path("one"), &["--learnt", music]).failure().code(1);
    assert!(said(failed.get_output()).contains("1 piece"), "{}", said(failed.get_output()));
}

#[test]
fn the_record_is_not_written_over() {
    let record = trained().record.to_str().expect("a path");
    let before = std::fs::read(record).expect("the record");
    let failed = report(&trained().music, &["-o", record]).failure().code(1);
    assert!(said(failed.get_output()).contains("written over"));
    assert_eq!(std::fs::read(record).expect("the record"), before);
}
