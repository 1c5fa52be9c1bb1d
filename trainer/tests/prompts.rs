//! Music that a tune goes on from, or is composed inside.

mod common;

use common::tunes::{compose, meter, record};
use common::{Place, jukebox, midi_file, read, said};
use jukebox_model::midi;
use jukebox_model::piece::{Note, Piece, TempoChange};

#[test]
fn a_prompt_is_kept_and_continued_in_its_own_key_meter_and_tempo() {
    let place = Place::new();
    let tunes = place.tunes("prompts", 1);
    let prompt_path = std::fs::read_dir(tunes).unwrap().next().unwrap().unwrap().path();
    let prompt = read(&prompt_path);
    let prompt_file = prompt_path.to_str().unwrap();
    let tune = compose(&place, "on.mid", &["--prompt", prompt_file, "--bars", "4"]);
    let bars = prompt.bars();
    // It may end inside its last bar: there it goes on.
    let line = prompt.end();
    let kept: Vec<_> = tune.notes.iter().filter(|note| note.onset < line).collect();
    assert_eq!(kept, prompt.notes.iter().collect::<Vec<_>>());
    assert!(tune.notes.iter().any(|note| note.onset >= line), "it goes on");
    assert!(tune.bars() > bars && tune.bars() <= bars + 4);
    assert_eq!(tune.meters, prompt.meters);
    assert_eq!(tune.key.map(|it| it.root()), prompt.key.map(|it| it.root()));
    assert!((tune.tempo_at(0) - prompt.tempo_at(0)).abs() < 0.01);

    let other = compose(&place, "other.mid", &["--bars", "4"]);
    let continued: Vec<_> =
        tune.notes.iter().filter(|note| note.onset >= line).map(|note| note.pitch).collect();
    let alone: Vec<_> = other.notes.iter().map(|note| note.pitch).collect();
    assert_ne!(continued, alone, "what it has read makes a difference");
}

#[test]
fn a_prompt_can_be_brought_to_another_key_meter_and_tempo() {
    let place = Place::new();
    let prompt = place.write("prompt.mid", &midi_file([62, 64, 66, 67, 69, 71, 73, 74]));
    let options = ["--bars", "2", "--key", "C", "--meter", "3/4", "--tempo", "60", "--prompt"];
    let tune = compose(&place, "tune.mid", &[&options[..], &[prompt.to_str().unwrap()]].concat());
    let pitches: Vec<u8> = tune.notes.iter().take(8).map(|note| note.pitch).collect();
    assert_eq!(pitches, [60, 62, 64, 65, 67, 69, 71, 72]);
    assert_eq!(tune.meters.bar(0).meter, meter("4/4"));
    assert_eq!(tune.meters.bar(1).meter, meter("3/4"), "from the continuation on");
    assert!((tune.tempo_at(0) - 60.0).abs() < 0.01);
}

#[test]
fn bars_of_a_prompt_are_filled_between_what_stands_around_them() {
    let place = Place::new();
    let given = compose(&place, "given.mid", &["--bars", "12", "--take", "3"]);
    let prompt = place.path("given.mid");
    let prompt = prompt.to_str().unwrap();
    let filled =
        compose(&place, "filled.mid", &["--prompt", prompt, "--fill", "5-8", "--take", "9"]);
    let bars = |piece: &Piece, from: u32, to: u32| {
        let (start, end) = (piece.meters.bar(from).start, piece.meters.bar(to).start);
        let inside = piece.notes.iter().filter(|note| (start..end).contains(&note.onset));
        inside.map(|note| (note.onset, note.pitch)).collect::<Vec<_>>()
    };
    assert_eq!(bars(&filled, 0, 4), bars(&given, 0, 4));
    assert_eq!(bars(&filled, 8, 12), bars(&given, 8, 12));
    assert_ne!(bars(&filled, 4, 8), bars(&given, 4, 8));
    assert!(!bars(&filled, 4, 8).is_empty());
    let last = compose(&place, "last.mid", &["--prompt", prompt, "--fill", "12", "--take", "9"]);
    assert_eq!(bars(&last, 0, 11), bars(&given, 0, 11));
}

#[test]
fn bars_that_a_prompt_has_not_cannot_be_filled() {
    let place = Place::new();
    compose(&place, "given.mid", &["--bars", "4"]);
    let fill = |bars: &str| {
        let mut command = jukebox();
        command.arg("compose").arg(record()).arg("-o").arg(place.path("x.mid"));
        command.arg("--prompt").arg(place.path("given.mid")).args(["--fill", bars]);
        said(command.assert().failure().get_output())
    };
    assert!(fill("3-9").contains("no bars 3-9"), "{}", fill("3-9"));
    assert!(fill("0-2").contains("counted from 1"), "{}", fill("0-2"));
}

/// A prompt of quarter notes from the tonic up; the last one lasts so many ticks, and is the `count`th.
fn quarters(count: u32, last: u32) -> Piece {
    let pitches = [62, 66, 69, 66, 67, 69, 71, 69, 62, 66, 69, 66, 67, 69, 71, 69];
    let note = |index: u32| Note {
        onset: 24 * index,
        part: 0,
        pitch: pitches[index as usize % 16],
        duration: if index + 1 == count { last } else { 23 },
        velocity: 80,
    };
    Piece { key: "D".parse().ok(), notes: (0..count).map(note).collect(), ..Piece::default() }
}

#[test]
fn a_prompt_ends_with_the_bar_in_which_its_last_note_starts() {
    let place = Place::new();
    // Its last note sounds on for one or two ticks: that is no bar of its own.
    for last in [23, 24, 25, 26] {
        let prompt = place.write("prompt.mid", &midi::export(&quarters(16, last)));
        let tune =
            compose(&place, "on.mid", &["--prompt", prompt.to_str().unwrap(), "--bars", "2"]);
        let fifth = tune.notes.iter().filter(|note| (384..480).contains(&note.onset)).count();
        assert!(fifth > 0, "no silent bar after a last note of {last} ticks");
        assert!(tune.end() <= 6 * 96 && tune.bars() > 4, "{} bars", tune.bars());
    }
}

#[test]
fn a_prompt_that_ends_inside_a_bar_goes_on_there() {
    let place = Place::new();
    let given = quarters(13, 12);
    let prompt = place.write("prompt.mid", &midi::export(&given));
    let prompt = prompt.to_str().unwrap();
    let inside = (1..=5).any(|take| {
        let take = take.to_string();
        let options = ["--prompt", prompt, "--bars", "2", "--take", &take];
        let tune = compose(&place, "on.mid", &options);
        assert!(tune.end() <= 6 * 96, "the bar that was begun, and two more");
        let kept = |note: &&Note| note.onset < given.end();
        assert!(
            tune.notes
                .iter()
                .filter(kept)
                .map(|it| it.pitch)
                .eq(given.notes.iter().map(|it| it.pitch))
        );
        tune.notes.iter().any(|note| (300..384).contains(&note.onset))
    });
    assert!(inside, "in none of five takes is the bar filled up");
}

#[test]
fn the_tempo_changes_of_a_prompt_end_with_it() {
    let place = Place::new();
    let tempi = [(0, 120.0), (192, 100.0), (390, 60.0), (500, 240.0)];
    let tempi = tempi.map(|(at, bpm)| TempoChange { at, bpm });
    let given = Piece { tempi: tempi.to_vec(), ..quarters(16, 24) };
    let prompt = place.write("prompt.mid", &midi::export(&given));
    let tune = compose(&place, "on.mid", &["--prompt", prompt.to_str().unwrap()]);
    let at: Vec<u32> = tune.tempi.iter().map(|change| change.at).collect();
    assert_eq!(at, [0, 192]);
}

#[test]
fn a_continuation_can_stand_alone() {
    let place = Place::new();
    let tempi = vec![TempoChange { at: 0, bpm: 90.0 }, TempoChange { at: 192, bpm: 100.0 }];
    let prompt = place.write("prompt.mid", &midi::export(&Piece { tempi, ..quarters(16, 24) }));
    let options = ["--prompt", prompt.to_str().unwrap(), "--bars", "3"];
    let whole = compose(&place, "whole.mid", &options);
    let new = compose(&place, "new.mid", &[&options[..], &["--only-new"]].concat());
    let later: Vec<_> = whole
        .notes
        .iter()
        .filter(|note| note.onset >= 384)
        .map(|note| Note { onset: note.onset - 384, ..*note })
        .collect();
    assert_eq!(new.notes, later);
    assert!((new.tempo_at(0) - 100.0).abs() < 0.01 && new.tempi.len() == 1);
    assert_eq!(new.key, whole.key);
}

#[test]
fn what_is_left_out_of_a_prompt_is_said() {
    let place = Place::new();
    // An eighth note each on channels 1 and 10, and a data byte out of range.
    let track = b"\x00\x90\x3c\xff\x0c\x80\x3c\x00\x00\x99\x24\x50\x0c\x89\x24\x00\x00\xff\x2f\x00";
    let head = b"MThd\0\0\0\x06\0\0\0\x01\0\x18MTrk\0\0\0\x14";
    let prompt = place.write("prompt.mid", &[&head[..], track].concat());
    let run = jukebox()
        .args(["compose", "-o"])
        .arg(place.path("on.mid"))
        .arg(record())
        .arg("--prompt")
        .arg(&prompt)
        .assert()
        .success();
    let said = said(run.get_output());
    assert!(said.contains("1 drum hit left out: Celtic plays none"), "{said}");
    assert!(said.contains("data bytes of 128 or more, taken for 127: 1"), "{said}");
}

#[test]
fn silence_that_is_left_out_of_a_prompt_is_said() {
    let place = Place::new();
    // After three bars of silence a note of a quarter.
    let track =
        b"\x00\xff\x58\x04\x04\x02\x18\x08\x82\x20\x90\x3c\x50\x18\x80\x3c\x00\x00\xff\x2f\x00";
    let head = b"MThd\0\0\0\x06\0\0\0\x01\0\x18MTrk\0\0\0\x15";
    let prompt = place.write("prompt.mid", &[&head[..], track].concat());
    let mut command = jukebox();
    command.args(["compose", "-o"]).arg(place.path("on.mid")).arg(record()).arg("--prompt");
    let said = said(command.arg(&prompt).assert().success().get_output());
    assert!(said.contains("3 bars of silence at its start left out"), "{said}");
    assert_eq!(read(&place.path("on.mid")).notes[0].onset, 0);
    let inspected = jukebox().arg("inspect").arg(&prompt).assert().success();
    let table = String::from_utf8_lossy(&inspected.get_output().stdout).into_owned();
    assert!(table.contains("3 bars at the start left out"), "{table}");
}

#[test]
fn a_prompt_without_what_the_record_plays_is_refused_without_naming_options_that_are_not_there() {
    let place = Place::new();
    let drums = Piece { drums: true, key: None, ..quarters(8, 24) };
    let prompt = place.write("drums.mid", &midi::export(&drums));
    let mut command = jukebox();
    command.arg("compose").arg(record()).arg("-o").arg(place.path("x.mid"));
    let run = command.arg("--prompt").arg(prompt).assert().failure().code(1);
    let said = said(run.get_output());
    assert!(said.contains("only drums") && said.contains("--prompt-part"), "{said}");
    assert!(!said.contains(" --part"), "{said}");
}

#[test]
fn a_part_of_a_prompt_can_be_named() {
    let place = Place::new();
    // A quarter note each on channels 1, 2 and 10, in a track that is called Duo.
    let track =
        b"\x00\xff\x03\x03Duo\x00\x90\x3c\x50\x18\x80\x3c\x00\x00\x91\x43\x50\x18\x81\x43\x00\
                  \x00\x99\x24\x50\x18\x89\x24\x00\x00\xff\x2f\x00";
    let head = b"MThd\0\0\0\x06\0\0\0\x01\0\x18MTrk\0\0\0";
    let prompt = place.write("p.mid", &[&head[..], &[track.len() as u8], track].concat());
    let prompt = prompt.to_str().unwrap();
    let first = |part: &[&str], count: usize| {
        let tune = compose(&place, "on.mid", &[&["--prompt", prompt], part].concat());
        tune.notes[..count].iter().map(|note| (note.onset, note.pitch)).collect::<Vec<_>>()
    };
    assert_eq!(first(&[], 2), [(0, 60), (24, 67)]);
    assert_eq!(first(&["--prompt-part", "name duo"], 2), [(0, 60), (24, 67)]);
    assert_eq!(first(&["--prompt-part", "channel 2"], 1), [(24, 67)]);
    for (part, says) in [
        ("channel 3", "channels with notes are 1, 2, 10"),
        ("drums", "the part drums of"),
        (
            "drums:channel 1",
            "holds drums, and Celtic plays none: name one of pitches with --prompt-part",
        ),
    ] {
        let mut command = jukebox();
        command.arg("compose").arg(record()).args(["--prompt", prompt, "--prompt-part", part]);
        let run = command.arg("-o").arg(place.path("x.mid")).assert().failure().code(1);
        let said = said(run.get_output());
        assert!(said.contains(says), "{part}: {said}");
    }
}
