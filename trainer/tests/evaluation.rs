//! Evaluation as a user runs it: the promised numbers, on pieces that were not learnt.

mod common;

use std::path::Path;

use common::{Place, jukebox, said, train};
use jukebox_model::record::Record;
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
    let baseline = |name| number(&report, &format!("/baselines/{name}"));
    assert!(baseline("unigram") > 1.1 * baseline("kneser_ney"), "notes follow from one another");
    assert!(baseline("kneser_ney") > baseline("kneser_ney_adaptive"), "tunes repeat themselves");
    assert!(number(&report, "/n_grams/kneser_ney_adaptive/pitch/notes") >= 1.0);
    for total in ["nats_per_note", "nats_per_onset"] {
        assert!(number(&report, &format!("/motif/{total}")) > 0.0);
    }
    for known in ["next_1", "next_4", "next_16", "gap_1_bar", "gap_2_bars"] {
        assert!(number(&report, &format!("/future/{known}")) > 0.0);
    }
}

#[test]
fn a_brief_evaluation_gives_the_same_numbers_of_the_network_alone() {
    let place = Place::new();
    let record = train(&place.tunes("music", 6), &place.path("out"), &[]);
    let more = place.tunes("more", 8);
    let (full, brief) = (evaluate(&record, &more, &[]), evaluate(&record, &more, &["--brief"]));
    for same in ["pieces", "left_out", "notes", "nats_per_note", "heads", "motif"] {
        assert_eq!(brief[same], full[same], "{same}");
    }
    for left_out in ["baselines", "n_grams", "future"] {
        assert!(brief[left_out].is_null() && !full[left_out].is_null(), "{left_out}");
    }
}

#[test]
fn the_tables_say_what_the_json_says() {
    let place = Place::new();
    let record = train(&place.tunes("music", 6), &place.path("out"), &[]);
    let more = place.tunes("more", 8);
    let report = evaluate(&record, &more, &[]);
    let run = jukebox().arg("evaluate").args([&record, &more]).assert().success();
    let text = said(run.get_output());
    for path in ["/nats_per_note", "/baselines/kneser_ney", "/future/gap_1_bar"] {
        let figure = format!("{:.3}", number(&report, path));
        assert!(text.contains(&figure), "{figure} is missing: {text}");
    }
    assert!(text.contains("left out that it has learnt"), "{text}");
}

#[test]
fn a_training_ends_with_the_evaluation_of_its_best_record() {
    let place = Place::new();
    let music = place.tunes("music", 8);
    let output = place.path("out");
    let run = jukebox()
        .args(["train", "--hidden", "16", "--epochs", "2", "-o"])
        .args([&output, &music])
        .assert()
        .success();
    let text = said(run.get_output());
    assert!(text.contains("adaptive Kneser-Ney") && text.contains("future known"), "{text}");
    let written = std::fs::read(output.join("validation.json")).expect("validation.json");
    let mut written: Value = serde_json::from_slice(&written).expect("JSON");
    let mut again = evaluate(&output.join("best.safetensors"), &music, &[]);
    for report in [&mut written, &mut again] {
        // What the two cannot both know.
        let report = report.as_object_mut().unwrap();
        for name in ["collection", "left_out", "rounded"] {
            report.remove(name).unwrap();
        }
    }
    assert_eq!(written, again);
    // It is as sure as it may be: on these pieces, its choices cost less than those of its epoch.
    assert!(text.contains("calibrated by temperatures: step "), "{text}");
    let best_epoch = text.split("best: epoch ").nth(1).and_then(|it| it.split(',').next()).unwrap();
    let epoch = output.join(format!("epoch-{best_epoch:0>3}.safetensors"));
    let cost = |report: &Value| number(report, "/nats_per_note");
    assert!(cost(&again) < cost(&evaluate(&epoch, &music, &["--brief"])));
    let best = Record::load(&output.join("best.safetensors")).unwrap();
    assert_eq!(best.receipt().validation_loss, Some(cost(&again)));
    // Resumed at its end it ends as it did.
    jukebox().args(["train", "--resume", "-o"]).args([&output, &music]).assert().success();
    assert_eq!(Record::load(&output.join("best.safetensors")).unwrap().hash(), best.hash());

    let output = place.path("none");
    train(&music, &output, &["--validation", "0"]);
    assert!(!output.join("validation.json").exists());
    let log = std::fs::read_to_string(output.join("train.log")).unwrap();
    assert!(log.contains("no validation pieces to measure it by"), "{log}");
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
