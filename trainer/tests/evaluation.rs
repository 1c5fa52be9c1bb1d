//! Evaluation as a user runs it: the promised numbers, on pieces that were not learnt.

mod common;

use std::path::Path;

use common::{Place, jukebox, said, train};
use serde_json::Value;

/// What `evaluate --json` says.
fn evaluate(record: &Path, collection: &Path, options: &[&str]) -> Value {
    let output =
        jukebox().arg("evaluate").args([record, collection]).args(options).arg("--json").assert();
    serde_json::from_slice(&output.success().get_output().stdout).expect("JSON")
}

fn number(report: &Value, path: &str) -> f64 {
    let value = report.pointer(path).and_then(Value::as_f64);
    value.unwrap_or_else(|| panic!("{path} is no number in {report:#}"))
}

#[test]
fn an_evaluation_gives_the_promised_numbers() {
    let place = Place::new();
    let music = place.tunes("music", 8);
    let record = train(&music, &place.path("out"), &[]);
    let report = evaluate(&record, &place.tunes("more", 10), &[]);
    assert!(number(&report, "/pieces") >= 2.0, "{report:#}");
    assert_eq!(number(&report, "/pieces") + number(&report, "/left_out"), 10.0);
    let notes = number(&report, "/notes");
    assert!(notes > 100.0 && number(&report, "/onsets") <= notes);
    let heads = ["step", "pitch", "duration", "velocity"];
    let sum: f64 =
        heads.iter().map(|head| number(&report, &format!("/heads/{head}/nats_per_note"))).sum();
    let total = number(&report, "/nats_per_note");
    assert!((sum - total).abs() < 1e-9);
    let onsets = number(&report, "/onsets");
    assert!((number(&report, "/nats_per_onset") * onsets - total * notes).abs() < 1e-6);
    for head in heads {
        let accuracy = number(&report, &format!("/heads/{head}/accuracy"));
        assert!((0.0..=1.0).contains(&accuracy));
    }
    assert!(number(&report, "/baselines/unigram") > 0.0);
    for known in ["next_1", "next_4", "next_16", "gap_1_bar", "gap_2_bars"] {
        assert!(number(&report, &format!("/future/{known}")) > 0.0);
    }
}

#[test]
fn pieces_that_were_learnt_are_left_out() {
    let place = Place::new();
    let music = place.tunes("music", 8);
    let record = train(&music, &place.path("out"), &[]);

    let own = evaluate(&record, &music, &[]);
    assert_eq!((number(&own, "/pieces"), number(&own, "/left_out")), (1.0, 7.0));
    let all = evaluate(&record, &music, &["--learnt-too"]);
    assert_eq!((number(&all, "/pieces"), number(&all, "/left_out")), (8.0, 0.0));

    // Elsewhere, what was learnt is known by the files beside the record alone.
    let subset = place.path("subset");
    std::fs::create_dir(&subset).unwrap();
    for name in place.files("music").iter().take(5) {
        std::fs::copy(music.join(name), subset.join(name)).unwrap();
    }
    let part = evaluate(&record, &subset, &["--learnt-too"]);
    assert_eq!(number(&part, "/pieces"), 5.0);
    assert!(number(&part, "/baselines/unigram") > 0.0);
    let alone = place.path("alone.safetensors");
    std::fs::copy(&record, &alone).unwrap();
    let unknown = evaluate(&alone, &subset, &[]);
    assert!(unknown["baselines"].is_null() && unknown["left_out"] == 0);
    let named = evaluate(&alone, &subset, &["--learnt", music.to_str().unwrap(), "--learnt-too"]);
    assert_eq!(named["baselines"], part["baselines"]);

    let learnt = train(&music, &place.path("all"), &["--validation", "0"]);
    let refused = jukebox().arg("evaluate").args([&learnt, &music]).assert().failure().code(1);
    assert!(said(refused.get_output()).contains("--learnt-too"));
}
