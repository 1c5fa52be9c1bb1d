//! Sheets from end to end: a collection with chords is learnt, and music composed to chords and forms.

mod common;

use std::path::PathBuf;

use common::{Place, jukebox, said};
use jukebox_model::midi;
use jukebox_model::piece::{Note, Part, Piece, tidy};
use jukebox_model::record::Record;

/// Progressions of four bars, by their roots in semitones from C.
const PROGRESSIONS: [[u8; 4]; 4] = [[0, 9, 5, 7], [0, 5, 7, 0], [9, 5, 0, 7], [0, 7, 9, 5]];

/// A song of sixteen bars: chords of a progression, twice, then of another one, then of the first; a melody of
/// chord tones and a bass of roots.
fn song(number: usize) -> Piece {
    let part =
        |name: &str, program| Part { name: name.into(), program: Some(program), drums: false };
    let parts = vec![part("Melody", 73), part("Chords", 0), part("Bass", 33)];
    let other = (number + 1) % PROGRESSIONS.len();
    let own = number % PROGRESSIONS.len();
    let mut notes = Vec::new();
    for bar in 0..16u32 {
        let section = if bar / 4 == 2 { other } else { own };
        let root = PROGRESSIONS[section][bar as usize % 4];
        // A is minor, the others are major.
        let triad = [0, if root == 9 { 3 } else { 4 }, 7];
        let mut note = |part, beat: u32, beats: u32, pitch| {
            let (onset, duration) = (96 * bar + 24 * beat, 24 * beats);
            notes.push(Note { onset, part, pitch, duration, velocity: 80 });
        };
        for beat in 0..4 {
            let tone = (beat as usize * (number / 4 + 1) + section) % 3;
            note(0, beat, 1, 72 + (root + triad[tone]) % 12);
        }
        triad.iter().for_each(|tone| note(1, 0, 4, 60 + (root + tone) % 12));
        note(2, 0, 2, 36 + root);
        note(2, 2, 2, 36 + root);
    }
    tidy(&mut notes);
    Piece { title: format!("Song {number}"), parts, notes, ..Piece::default() }
}

/// A record that has learnt some of them, for a few seconds.
fn train(place: &Place) -> PathBuf {
    for number in 0..24 {
        place.write(&format!("songs/{number}.mid"), &midi::export(&song(number)));
    }
    let mut command = jukebox();
    command.args(["train", "--epochs", "24", "--hidden", "48", "--batch", "4", "-o"]);
    let output = command.arg(place.path("out")).arg(place.path("songs")).output().unwrap();
    let told = said(&output);
    assert!(output.status.success(), "{told}");
    assert!(told.contains("nats a note for its form"), "{told}");
    place.path("out").join("best.safetensors")
}

fn compose(place: &Place, record: &std::path::Path, options: &[&str]) -> (Piece, Vec<u8>) {
    let file = place.path("tune.mid");
    let mut command = jukebox();
    command.arg("compose").arg(record).args(options).arg("-o").arg(&file);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let bytes = std::fs::read(&file).unwrap();
    let options = midi::ImportOptions { keep_parts: true, ..midi::ImportOptions::default() };
    (midi::import(&bytes, options).unwrap().piece, bytes)
}

/// Texts and markers of a file, with their quarter notes.
fn texts(bytes: &[u8]) -> Vec<(u32, bool, String)> {
    use midly::{MetaMessage, Smf, TrackEventKind};
    let smf = Smf::parse(bytes).unwrap();
    let mut found = Vec::new();
    let mut at = 0;
    for event in &smf.tracks[0] {
        at += event.delta.as_int();
        match event.kind {
            TrackEventKind::Meta(MetaMessage::Marker(text)) => found.push((at, true, text)),
            TrackEventKind::Meta(MetaMessage::Text(text)) => found.push((at, false, text)),
            _ => {}
        }
    }
    let text = |text: &[u8]| String::from_utf8(text.to_vec()).unwrap();
    found.into_iter().map(|(at, is_marker, it)| (at / 480, is_marker, text(it))).collect()
}

#[test]
fn music_is_composed_to_chords_and_forms() {
    let place = Place::new();
    let path = train(&place);
    let record = Record::load(&path).unwrap();
    assert!(record.form().has_chords());
    let chords: Vec<String> = record.vocabulary().chords.iter().map(|it| it.to_string()).collect();
    assert!(
        ["C", "F", "G", "Am"].iter().all(|it| chords.contains(&(*it).to_owned())),
        "{chords:?}"
    );
    assert_eq!(record.vocabulary().lines, [0, 2], "melody and bass");

    // The network reads the chords: with those of other notes it fares worse than with none.
    let mut command = jukebox();
    command.args(["evaluate", "--json"]).arg(&path).arg(place.path("songs"));
    let output = command.output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let nats = |what: &str| report["sheet"][what].as_f64().unwrap();
    assert!(nats("known") < nats("unknown"), "{}", report["sheet"]);
    assert!(nats("unknown") < nats("shuffled"), "{}", report["sheet"]);

    // Chords that are asked for are those that are played: most notes are theirs, in the key that is named.
    let options = ["--chords", "| D | Bm | G A |", "--key", "D", "--bars", "24"];
    let (piece, bytes) = compose(&place, &path, &options);
    let written: Vec<(u32, bool, String)> = texts(&bytes);
    let names: Vec<&str> = written.iter().take(5).map(|it| it.2.as_str()).collect();
    assert_eq!(names, ["D", "Bm", "G", "A", "D"]);
    let chord = |at: u32| {
        let bar = at / 96 % 3;
        ["D", "Bm", if at % 96 < 48 { "G" } else { "A" }][bar as usize]
    };
    let strong: Vec<&Note> = piece.notes.iter().filter(|it| it.onset % 48 == 0).collect();
    let fits = |note: &&&Note| {
        let chord: jukebox_model::chord::Chord = chord(note.onset).parse().unwrap();
        chord.has(note.pitch)
    };
    let share = strong.iter().filter(fits).count() as f64 / strong.len() as f64;
    assert!(strong.len() > 60 && share > 0.8, "{share} of {}", strong.len());

    // Sections come back as their letters say.
    let (piece, bytes) = compose(&place, &path, &["--form", "AABA", "--bars", "16"]);
    let markers: Vec<(u32, String)> =
        texts(&bytes).into_iter().filter(|it| it.1).map(|it| (it.0, it.2)).collect();
    let expected = [(0, "A"), (16, "A"), (32, "B"), (48, "A")];
    assert_eq!(markers, expected.map(|(at, letter)| (at, letter.to_owned())));
    let section = |number: u32| -> Vec<(u32, u8, u8)> {
        let from = number * 4 * 96;
        let inside = piece.notes.iter().filter(|it| (from..from + 4 * 96).contains(&it.onset));
        inside.map(|it| (it.onset - from, it.part, it.pitch)).collect()
    };
    assert_eq!((section(0), section(1)), (section(3), section(0)));
    let common = section(2).iter().filter(|it| section(0).contains(it)).count();
    assert!(10 * common < 5 * section(0).len(), "{common} of {} are common", section(0).len());
}

#[test]
fn what_cannot_be_composed_to_is_told() {
    let place = Place::new();
    let celtic = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../records/celtic.safetensors");
    let refused = |options: &[&str]| {
        let mut command = jukebox();
        command.arg("compose").arg(&celtic).args(options).arg("-o").arg(place.path("a.mid"));
        let output = command.output().unwrap();
        assert!(!output.status.success());
        said(&output)
    };
    assert!(refused(&["--chords", "Am F"]).contains("knows no chords"));
    assert!(refused(&["--chords", "Am H"]).contains("\"H\" is no chord"));
    assert!(refused(&["--form", "A1"]).contains("letters of sections"));
    assert!(refused(&["--form", "AAB", "--bars", "16"]).contains("18 do (--bars"));
    let tune = place.write("p.mid", &midi::export(&song(1)));
    let prompt = tune.to_str().unwrap();
    assert!(refused(&["--form", "AB", "--prompt", prompt]).contains("leave it out with --prompt"));
    // A record without plans keeps to letters, too.
    let (piece, _) = compose(&place, &celtic, &["--form", "AA'BA", "--bars", "16"]);
    let section = |number: u32| -> Vec<(u32, u8)> {
        let from = number * 4 * 96;
        let inside = piece.notes.iter().filter(|it| (from..from + 4 * 96).contains(&it.onset));
        inside.map(|it| (it.onset - from, it.pitch)).collect()
    };
    assert_eq!(section(0), section(3));
    assert_ne!(section(0), section(1));
}
