//! Which of a file's notes make the piece.

use jukebox_model::midi::{ImportError, PartChoice, import};

use crate::files::{Track, file, import_part, shape};

fn part(text: &str) -> PartChoice {
    text.parse().unwrap()
}

/// Titles in track 1, drums in 2, a melody in 3 and its accompaniment in 4.
fn band() -> Vec<u8> {
    let melody = Track::new().name("Fiddle").note(0, 72, 48).note(0, 71, 24).note(0, 69, 24);
    let chords = Track::new()
        .name("Bass")
        .note_on_channel(1, 0, 48, 24)
        .note_on_channel(1, 0, 55, 24)
        .note_on_channel(1, 0, 50, 24)
        .note_on_channel(1, 24, 52, 24);
    let drums = Track::new().name("Kit").drum(0, 36, 12).drum(12, 38, 12);
    file(1, 24, [Track::new().name("Reel"), drums, melody, chords])
}

#[test]
fn parts_are_read_as_they_are_written() {
    for text in [
        "all",
        "first",
        "melody",
        "drums",
        "3",
        "65535",
        "program 1",
        "program 33-40",
        "channel 16",
        "name *Bass* 2",
        "drums:3",
        "drums:channel 1",
        "drums:name Kit",
        "drums:program 113-120",
    ] {
        assert_eq!(part(text).to_string(), text);
    }
    for (text, same) in [
        ("Program:33-33", "program 33"),
        ("channel=2", "channel 2"),
        (" NAME  bass ", "name bass"),
        ("track 4", "4"),
        ("DRUMS: channel 1", "drums:channel 1"),
    ] {
        assert_eq!(part(text), part(same), "{text}");
    }
    assert_eq!(part(" Drums "), PartChoice::Drums);
    assert_eq!(PartChoice::default(), PartChoice::All);
    for text in [
        "",
        "0",
        "-1",
        "65536",
        "bass",
        "1.5",
        "program 0",
        "program 129",
        "program 9-8",
        "channel 17",
        "channel",
        "name ",
        "drums:",
        "drums:all",
        "drums:drums:1",
    ] {
        let error = text.parse::<PartChoice>().unwrap_err().to_string();
        assert!(error.contains("all, first, melody, drums"), "{error}");
    }
}

#[test]
fn all_takes_every_channel_but_the_drums() {
    let (piece, report) = import_part(&band(), PartChoice::All);
    assert_eq!(piece.notes.len(), 7);
    assert!(!piece.drums);
    assert_eq!((report.notes(), report.drums(), report.part), (9, 2, PartChoice::All));
    let counts: Vec<_> = report.tracks.iter().map(|track| (track.notes, track.drums)).collect();
    assert_eq!(counts, [(0, 0), (0, 2), (3, 0), (4, 0)]);
}

#[test]
fn first_takes_the_first_track_with_pitched_notes() {
    let (piece, _) = import_part(&band(), PartChoice::First);
    assert_eq!(shape(&piece), [(0, 72, 48), (48, 71, 24), (72, 69, 24)]);
    assert_eq!(piece.title, "Reel");
}

#[test]
fn drums_takes_channel_10() {
    let (piece, _) = import_part(&band(), PartChoice::Drums);
    assert_eq!(shape(&piece), [(0, 36, 12), (24, 38, 12)]);
    assert!(piece.drums);
}

#[test]
fn a_number_takes_a_track() {
    let (bass, _) = import_part(&band(), part("4"));
    assert_eq!(shape(&bass), [(0, 48, 24), (24, 55, 24), (48, 50, 24), (96, 52, 24)]);
    let (kit, _) = import_part(&band(), part("2"));
    assert!(kit.drums && kit.notes.len() == 2);
    let mixed = file(0, 24, [Track::new().drum(0, 36, 12).note(0, 60, 12)]);
    let (pitched, _) = import_part(&mixed, part("1"));
    assert_eq!(shape(&pitched), [(12, 60, 12)]);
}

/// A flute on channel 2 and a bass on channel 3 in one track, a kit on channel 1 without any word of it.
fn odd_band() -> Vec<u8> {
    let pair = Track::new()
        .name("Flute & Bass")
        .event(0, &[0xc1, 73])
        .event(0, &[0xc2, 33])
        .note_on_channel(1, 0, 72, 24)
        .note_on_channel(2, 0, 40, 24);
    let kit = Track::new().name("Schlagzeug").note(0, 36, 12).note(0, 38, 12).drum(0, 42, 12);
    file(1, 24, [pair, kit])
}

fn pitches(bytes: &[u8], text: &str) -> (Vec<u8>, bool) {
    let (piece, report) = import_part(bytes, part(text));
    assert_eq!(report.part, part(text));
    (piece.notes.iter().map(|note| note.pitch).collect(), piece.drums)
}

#[test]
fn programs_channels_and_names_take_their_notes() {
    for (text, expected) in [
        ("program 74", vec![72]),
        ("program 33-40", vec![40]),
        // What names no program plays the first.
        ("program 1", vec![36, 38]),
        ("program 1-128", vec![36, 72, 38, 40]),
        ("channel 3", vec![40]),
        ("name flute*", vec![72, 40]),
        ("name SCHLAGZEUG", vec![36, 38]),
    ] {
        assert_eq!(pitches(&odd_band(), text), (expected, false), "{text}");
    }
    assert_eq!(pitches(&odd_band(), "channel 10"), (vec![42], true), "it has nothing else");
}

#[test]
fn any_lines_can_be_read_as_drums() {
    for (text, expected) in [
        ("drums:channel 1", vec![36, 38]),
        ("drums:2", vec![36, 38, 42]),
        ("drums:name *zeug", vec![36, 38, 42]),
        ("drums:program 34", vec![40]),
    ] {
        assert_eq!(pitches(&odd_band(), text), (expected, true), "{text}");
    }
    assert_eq!(pitches(&odd_band(), "drums"), (vec![42], true));
}

#[test]
fn lines_that_a_file_lacks_say_which_it_has() {
    let says = |text: &str| import(&odd_band(), part(text)).unwrap_err().to_string();
    for (text, end) in [
        ("channel 5", "channels with notes are 1, 2, 3, 10"),
        ("program 50", "programs that the file names are 34, 74"),
        ("name cello", "tracks with notes are called \"Flute & Bass\", \"Schlagzeug\""),
        ("drums:3", "tracks with notes are 1 (Flute & Bass), 2 (Schlagzeug)"),
    ] {
        let said = says(text);
        assert!(said.starts_with(&format!("no notes in the part {text}: ")), "{said}");
        assert!(said.ends_with(end), "{said}");
    }
    let plain = file(0, 24, [Track::new().note(0, 60, 12)]);
    let says = |text: &str| import(&plain, part(text)).unwrap_err().to_string();
    assert!(says("program 2").ends_with("so that all of it is program 1"));
    assert!(says("name x").ends_with("its tracks with notes have no names"));
}

#[test]
fn melody_follows_the_highest_line() {
    // The held 72 covers the 55 below it; where the melody has ended the deep bass is none.
    let (piece, _) = import_part(&band(), PartChoice::Melody);
    assert_eq!(shape(&piece), [(0, 72, 48), (48, 71, 24), (72, 69, 24)]);
}

#[test]
fn melody_rests_where_its_accompaniment_goes_on_alone() {
    let melody = || Track::new().note(0, 72, 24).note(0, 76, 24);
    // An octave below the lower of them still belongs to it, a semitone more does not.
    for (pitch, belongs) in [(60, true), (59, false)] {
        let bass = Track::new().note_on_channel(1, 0, 48, 12).note_on_channel(1, 60, pitch, 24);
        let (piece, _) = import_part(&file(1, 24, [melody(), bass]), PartChoice::Melody);
        let mut line = vec![(0, 72, 24), (24, 76, 24)];
        line.extend(belongs.then_some((72, pitch, 24)));
        assert_eq!(shape(&piece), line);
    }
    // After two bars it goes on anywhere.
    let bass = Track::new()
        .note_on_channel(1, 0, 48, 12)
        .note_on_channel(1, 227, 40, 1)
        .note_on_channel(1, 0, 41, 24);
    let (piece, _) = import_part(&file(1, 24, [melody(), bass]), PartChoice::Melody);
    assert_eq!(shape(&piece), [(0, 72, 24), (24, 76, 24), (240, 41, 24)]);
}

#[test]
fn a_melody_alone_leaps_as_far_as_it_likes() {
    let alone = Track::new().note(0, 84, 24).note(0, 40, 24).note(0, 86, 24);
    let (piece, _) = import_part(&file(1, 24, [alone]), PartChoice::Melody);
    assert_eq!(shape(&piece), [(0, 84, 24), (24, 40, 24), (48, 86, 24)]);
}

#[test]
fn melody_takes_the_top_of_each_chord_and_cuts_it_at_the_next() {
    let high = Track::new().note(0, 76, 30).note(0, 74, 18);
    let inner = Track::new().note_on_channel(1, 0, 60, 24).note_on_channel(1, 0, 67, 24);
    let (piece, _) = import_part(&file(1, 24, [high, inner]), PartChoice::Melody);
    // The 67 sounds mostly alone, so that it counts; it ends where the 74 starts.
    assert_eq!(shape(&piece), [(0, 76, 24), (24, 67, 6), (30, 74, 18)]);
}

#[test]
fn an_empty_part_says_what_to_choose() {
    let says = |bytes: &[u8], text: &str| {
        let error = import(bytes, part(text)).unwrap_err();
        assert!(matches!(error, ImportError::EmptyPart { .. }));
        error.to_string()
    };
    let drums = file(0, 24, [Track::new().drum(0, 36, 12)]);
    for text in ["all", "first", "melody"] {
        assert!(says(&drums, text).contains("only drums (channel 10), the part drums"));
    }
    let tune = file(0, 24, [Track::new().note(0, 60, 12)]);
    assert!(says(&tune, "drums").contains("no drums (channel 10), its part is all"));
    for missing in ["1", "9"] {
        let advice = says(&band(), missing);
        assert!(
            advice.ends_with("tracks with notes are 2 (Kit), 3 (Fiddle), 4 (Bass)"),
            "{advice}"
        );
    }
    let many = file(1, 24, (0..40).map(|_| Track::new().note(0, 60, 12)));
    assert!(says(&many, "41").ends_with("7, 8, ..."));
}
