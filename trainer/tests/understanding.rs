//! `inspect --analysis`: what is understood of a MIDI file.

mod common;

use common::{Place, jukebox};
use serde_json::Value;

/// A file without a meter: bars of three quarters, C major and G major by turns, 480 ticks a quarter,
/// each onset late by some ticks as if it were played.
fn waltz() -> Vec<u8> {
    let mut events: Vec<(u32, [u8; 3])> = Vec::new();
    for bar in 0..32u32 {
        let (bass, chord) = if bar % 4 < 2 { (36, [60, 64, 67]) } else { (43, [59, 62, 67]) };
        for beat in 0..3 {
            let late = (bar * 7 + beat * 11) % 13;
            let at = 200 + (3 * bar + beat) * 480 + late;
            let pitches: &[u8] = if beat == 0 { &[bass] } else { &chord };
            for &pitch in pitches {
                let length = if beat == 0 { 1300 } else { 300 };
                events.push((at, [0x90, pitch, if beat == 0 { 90 } else { 60 }]));
                events.push((at + length, [0x80, pitch, 0]));
            }
        }
    }
    events.sort_unstable();
    let mut track = Vec::new();
    let mut last = 0;
    for (at, event) in events {
        let delta = at - last;
        last = at;
        track.extend([0x80 | (delta >> 7 & 127) as u8, (delta & 127) as u8]);
        track.extend(event);
    }
    track.extend([0, 0xff, 0x2f, 0]);
    let mut file = b"MThd\0\0\0\x06\0\0\0\x01\x01\xe0MTrk".to_vec();
    file.extend((track.len() as u32).to_be_bytes());
    file.extend(track);
    file
}

#[test]
fn a_waltz_without_a_meter_is_understood() {
    let place = Place::new();
    let path = place.path("waltz.mid");
    std::fs::write(&path, waltz()).expect("a file");
    let output =
        jukebox().arg("inspect").arg(&path).args(["--analysis", "--json"]).assert().success();
    let found: Value = serde_json::from_slice(&output.get_output().stdout).expect("JSON");
    assert_eq!(found["meter"]["meter"], "3/4");
    assert_eq!(found["keys"][0]["key"], "C");
    assert_eq!(found["chords"][0]["chord"], "C:maj");
    assert_eq!(found["chords"][1]["chord"], "G:maj");
    let lines: Vec<f64> =
        found["bar_lines"].as_array().expect("lines").iter().filter_map(Value::as_f64).collect();
    assert!(lines.iter().any(|line| (line - 200.0 / 960.0).abs() < 0.02), "{lines:?}");
    assert!(lines.iter().any(|line| (line - (200.0 + 1440.0) / 960.0).abs() < 0.02), "{lines:?}");

    let output = jukebox().arg("inspect").arg(&path).arg("--analysis").assert().success();
    let text = String::from_utf8_lossy(&output.get_output().stdout).into_owned();
    assert!(text.contains("| C") && text.contains("3/4"), "{text}");
}

#[test]
fn only_files_are_understood() {
    let place = Place::new();
    std::fs::create_dir_all(place.path("music")).expect("a folder");
    let output =
        jukebox().arg("inspect").arg(place.path("music")).arg("--analysis").assert().failure();
    let said = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
    assert!(said.contains("is not a MIDI file"), "{said}");
}

#[test]
fn a_piece_of_hours_is_refused_with_what_to_do() {
    let place = Place::new();
    let path = place.path("hours.mid");
    // Two notes, 200,000 quarter notes of half a second apart.
    let track = [0, 0x90, 60, 90, 0x8c, 0x9a, 0x40, 60, 90, 0, 0xff, 0x2f, 0];
    let mut file = b"MThd\0\0\0\x06\0\0\0\x01\0\x01MTrk".to_vec();
    file.extend((track.len() as u32).to_be_bytes());
    file.extend(track);
    std::fs::write(&path, file).expect("a file");
    let output = jukebox().arg("inspect").arg(&path).arg("--analysis").assert().failure();
    let said = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
    assert!(said.contains("hours") && said.contains("analyse a shorter piece"), "{said}");
}

#[test]
fn a_part_cannot_be_chosen_for_an_analysis() {
    let place = Place::new();
    let path = place.path("waltz.mid");
    std::fs::write(&path, waltz()).expect("a file");
    for options in [&["--part", "melody"][..], &["--no-pedal"]] {
        jukebox().arg("inspect").arg(&path).arg("--analysis").args(options).assert().failure();
    }
}
