//! Playing along with what is given: a record of a band plays the other parts.

mod common;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use common::band::{read, record, song};
use common::{Place, jukebox, said};
use jukebox_model::meter::MeterMap;
use jukebox_model::midi;
use jukebox_model::piece::{Note, Part, Piece, TempoChange};

/// A record of a band, learnt once for all tests.
fn band() -> &'static Path {
    static BAND: OnceLock<(Place, PathBuf)> = OnceLock::new();
    let (_, path) = BAND.get_or_init(|| {
        let place = Place::new();
        let path = record(&place).1;
        (place, path)
    });
    path
}

/// Some parts of a song that the record has not learnt, called as they are given.
fn given(parts: &[(u8, &str)]) -> Piece {
    let whole = song(11);
    let number = |part: u8| parts.iter().position(|it| it.0 == part).map(|it| it as u8);
    let notes = whole.notes.iter().filter_map(|it| Some(Note { part: number(it.part)?, ..*it }));
    let named = |&(part, name): &(u8, &str)| Part {
        name: name.to_owned(),
        ..whole.parts[usize::from(part)].clone()
    };
    Piece { notes: notes.collect(), parts: parts.iter().map(named).collect(), ..Piece::default() }
}

/// Composes, reads what was written, and gives what was said.
fn compose(place: &Place, options: &[&str]) -> (Piece, String) {
    let tune = place.path("tune.mid");
    let mut command = jukebox();
    command.arg("compose").arg(band()).arg("-o").arg(&tune).args(options);
    let said = said(command.assert().success().get_output());
    (read(&tune), said)
}

fn refused(record: &Path, options: &[&str]) -> String {
    let place = Place::new();
    let mut command = jukebox();
    command.arg("compose").arg(record).arg("-o").arg(place.path("tune.mid")).args(options);
    let said = said(command.assert().failure().get_output());
    assert!(place.files("").is_empty(), "{said}");
    said
}

fn of(piece: &Piece, part: u8) -> Vec<Note> {
    piece.notes.iter().filter(|note| note.part == part).copied().collect()
}

#[test]
fn a_melody_stays_as_it_is_and_the_band_plays_with_it() {
    let place = Place::new();
    // In another key, with two meters and two tempi.
    let meter = |text: &str| text.parse().unwrap();
    let tempi = [(0, 97.0), (24 * 32, 120.0)].map(|(at, bpm)| TempoChange { at, bpm });
    let melody = Piece {
        meters: MeterMap::from_changes([(0, meter("4/4")), (24 * 32, meter("2/4"))]),
        tempi: tempi.to_vec(),
        key: "C".parse().ok(),
        ..given(&[(0, "Melody")])
    }
    .transposed(3);
    let file = place.write("melody.mid", &midi::export(&melody));
    let (tune, said) = compose(&place, &["--accompany", file.to_str().unwrap()]);
    assert!(
        said.contains("track 2 \"Melody\" (128 notes) is the part Melody, by its name"),
        "{said}"
    );
    assert!(said.contains("Band plays Bass, Drums along with Melody"), "{said}");
    assert_eq!(of(&tune, 0), melody.notes);
    assert_eq!((&tune.meters, tune.key), (&melody.meters, "Eb".parse().ok()));
    let bpm = |it: &Piece| it.tempi.iter().map(|it| (it.at, it.bpm.round())).collect::<Vec<_>>();
    assert_eq!(bpm(&tune), bpm(&melody));
    for part in [1, 2] {
        let notes = of(&tune, part);
        assert!(
            notes.len() > 8 && notes.last().unwrap().onset >= 24 * 48,
            "part {part} to the end"
        );
        assert!(notes.iter().all(|note| note.end() <= 24 * 64), "and no further");
    }
    // What it has learnt: the bass plays on every second beat, the drums on every beat.
    for (part, ticks, notes) in [(1, 48, 32), (2, 24, 64)] {
        let found = of(&tune, part);
        let on_time = found.iter().filter(|note| note.onset % ticks == 0).count();
        assert!(10 * on_time > 8 * found.len(), "part {part}: {on_time} of {}", found.len());
        assert!((notes / 2..2 * notes).contains(&found.len()), "part {part}: {}", found.len());
    }
}

#[test]
fn silence_before_the_music_stays() {
    let place = Place::new();
    let mut melody = given(&[(0, "Melody")]);
    melody.notes.iter_mut().for_each(|note| note.onset += 2 * 96);
    melody.tempi = vec![TempoChange { at: 0, bpm: 90.0 }, TempoChange { at: 960, bpm: 60.0 }];
    // Without a word that it is meant: a recording that begins in the third bar.
    let bytes = midi::export(&melody);
    let at = bytes.windows(5).position(|it| it == b"Start").unwrap();
    let bytes = [&bytes[..at - 3], &[0xff, 1, 5], &bytes[at..]].concat();
    assert_eq!(midi::import(&bytes, midi::PartChoice::All).unwrap().report.silent_bars(), 2);
    let file = place.write("melody.mid", &bytes);
    let accompany = ["--accompany", file.to_str().unwrap()];
    for options in [&accompany[..], &[&accompany[..], &["--only-new"]].concat()] {
        let (tune, said) = compose(&place, options);
        assert!(!said.contains("silence"), "{said}");
        assert!(tune.notes.iter().all(|note| (192..192 + 64 * 24).contains(&note.onset)));
        assert!(tune.notes[0].onset < 192 + 48, "the band begins with the melody");
        assert_eq!(tune.tempi.iter().map(|it| it.at).collect::<Vec<_>>(), [0, 960]);
        if options.len() == 2 {
            assert_eq!(of(&tune, 0), melody.notes);
        }
    }
    let (_, said) = compose(&place, &["--prompt", file.to_str().unwrap()]);
    assert!(said.contains("2 bars of silence at its start left out"), "{said}");
}

#[test]
fn takes_differ_and_come_again() {
    let place = Place::new();
    let file = place.write("melody.mid", &midi::export(&given(&[(0, "Melody")])));
    let file = file.to_str().unwrap();
    let take = |number: &str| compose(&place, &["--accompany", file, "--take", number]).0;
    let (one, two) = (take("1"), take("2"));
    assert_eq!(take("1"), one);
    assert_eq!(of(&one, 0), of(&two, 0));
    assert_ne!(of(&one, 1), of(&two, 1));
    let higher = compose(&place, &["--accompany", file, "--key", "D"]).0;
    let given = Piece { parts: Vec::new(), ..given(&[(0, "Melody")]) };
    assert_eq!(of(&higher, 0), given.transposed(2).notes, "all of it is moved");
}

#[test]
fn what_is_written_can_be_chosen() {
    let place = Place::new();
    let file = place.write("melody.mid", &midi::export(&given(&[(0, "Melody")])));
    let accompany = ["--accompany", file.to_str().unwrap()];
    let (whole, _) = compose(&place, &accompany);
    let written = |options: &[&str]| compose(&place, &[&accompany, options].concat()).0;
    let names = |piece: &Piece| piece.parts.iter().map(|it| it.name.clone()).collect::<Vec<_>>();
    let new = written(&["--only-new"]);
    assert_eq!(names(&new), ["Bass", "Drums"]);
    assert_eq!(of(&new, 0).len(), of(&whole, 1).len());
    let drums = written(&["--parts", "drums,melody", "--only-new"]);
    assert_eq!(names(&drums), ["Drums"]);
    let moved =
        |notes: Vec<Note>| notes.iter().map(|it| Note { part: 0, ..*it }).collect::<Vec<_>>();
    assert_eq!(drums.notes, moved(of(&whole, 2)));
    assert_eq!(names(&written(&["--parts", "Melody, drums"])), ["Melody", "Drums"]);

    // Without anything given, too.
    let (tune, bass) = (compose(&place, &[]).0, compose(&place, &["--parts", "bass"]).0);
    assert_eq!((names(&bass), bass.notes), (vec!["Bass".to_owned()], moved(of(&tune, 1))));
    let prompt = ["--prompt", file.to_str().unwrap(), "--bars", "4", "--parts", "bass"];
    assert_eq!(names(&compose(&place, &prompt).0), ["Bass"]);
}

#[test]
fn only_the_part_that_was_rewritten_is_new() {
    let place = Place::new();
    let file = place.write("song.mid", &midi::export(&song(11)));
    let prompt = ["--prompt", file.to_str().unwrap(), "--rewrite", "bass", "--fill", "3-4"];
    let (whole, _) = compose(&place, &prompt);
    let (new, _) = compose(&place, &[&prompt[..], &["--only-new"]].concat());
    let bars = |note: &Note| (192..384).contains(&note.onset);
    let bass: Vec<Note> = of(&whole, 1).into_iter().filter(bars).collect();
    assert_eq!(new.parts.len(), 1);
    assert!(!bass.is_empty());
    let notes = |notes: &[Note], from: u32| -> Vec<(u32, u8)> {
        notes.iter().map(|it| (it.onset - from, it.pitch)).collect()
    };
    assert_eq!(notes(&new.notes, 0), notes(&bass, 192));
}

#[test]
fn tracks_are_the_parts_that_are_said() {
    let place = Place::new();
    // The names mislead: the bass is called a melody.
    let two = given(&[(1, "Melody"), (0, "Strings 1")]);
    let file = place.write("two.mid", &midi::export(&two));
    let accompany = ["--accompany", file.to_str().unwrap()];
    let said_so = |said: &str| compose(&place, &[&accompany[..], &["--as", said]].concat());
    for said in
        ["2=bass,3=melody", "melody=Bass, Strings*=Melody", "channel 1=bass,channel 2=melody"]
    {
        let (tune, _) = said_so(said);
        assert_eq!(of(&tune, 1).len(), of(&two, 0).len(), "{said}");
        assert_eq!(of(&tune, 0).len(), of(&two, 1).len(), "{said}");
    }
    let (tune, told) = said_so("3=bass");
    assert!(told.contains("track 2 \"Melody\" (32 notes) left out"), "{told}");
    assert_eq!(of(&tune, 1).len(), 128);
    assert_ne!(of(&tune, 0).len(), 32, "the melody is composed");
    let (tune, _) = said_so("bass");
    assert_eq!(of(&tune, 1).len(), 160, "both tracks are one part");
    let drums = place.write("drums.mid", &midi::export(&given(&[(2, "")])));
    let (tune, told) = compose(&place, &["--accompany", drums.to_str().unwrap()]);
    assert!(told.contains("is the part Drums, by what it does"), "{told}");
    assert_eq!(of(&tune, 2).len(), 64);
}

#[test]
fn what_does_not_go_together_is_refused_and_told_what_to_do() {
    let place = Place::new();
    let melody = place.write("melody.mid", &midi::export(&given(&[(0, "Melody")])));
    let all = place.write("song.mid", &midi::export(&song(11)));
    let [melody, all] = [&melody, &all].map(|path| path.to_str().unwrap());
    let with = |options: &[&str]| {
        let options = [&["--accompany", melody], options].concat();
        refused(band(), &options)
    };
    for (options, says) in [
        (&["--prompt", all][..], "--prompt FILE goes on from it"),
        (&["--bars", "4"], "as many bars as the file has, in its meters: leave --bars out"),
        (&["--meter", "3/4"], "leave --meter out"),
        (&["--fill", "2"], "--prompt"),
        (&["--as", "flute"], "plays no part \"flute\" (--as): it has Melody, Bass, Drums"),
        (&["--as", "7=bass"], "has no track 7 with notes (--as 7=bass): it has track 2 \"Melody\""),
        (&["--as", "melody,bass"], "--as melody takes all tracks"),
        (&["--as", "2="], "TRACK=PART"),
        (&["--parts", "horn"], "plays no part \"horn\" (--parts): it has Melody, Bass, Drums"),
        (&["--only-new", "--parts", "melody"], "no part is left to write"),
    ] {
        let said = with(options);
        assert!(said.contains("error: ") && said.contains(says), "{options:?}: {said}");
    }
    for (options, says) in [
        (&["--accompany", all][..], "has all parts of Band (Melody, Bass, Drums)"),
        (&["--as", "melody"], "--accompany"),
        (&["--only-new"], "name it with --prompt or --accompany"),
        (&["--no-pedal"], "name it with --prompt or --accompany"),
        (&["--prompt", all, "--rewrite", "bass", "--bars", "4"], "leave --bars out"),
        (&["--prompt", all, "--fill", "3-90"], "the prompt has 16 bars"),
        (&["--prompt", all, "--rewrite", "bass", "--prompt-part", "1"], "leave --prompt-part out"),
    ] {
        let said = refused(band(), options);
        assert!(said.contains("error: ") && said.contains(says), "{options:?}: {said}");
    }
    let celtic = Path::new(env!("CARGO_MANIFEST_DIR")).join("../records/celtic.safetensors");
    for (options, says) in [
        (&["--accompany", melody][..], "take the record of a band"),
        (&["--parts", "melody"], "leave --parts out"),
        (&["--prompt", melody, "--rewrite", "bass"], "leave --rewrite out"),
    ] {
        let said = refused(&celtic, options);
        assert!(said.contains("has no parts") && said.contains(says), "{options:?}: {said}");
    }
}

#[test]
fn a_file_of_another_make_is_read_as_a_prompt_too() {
    let place = Place::new();
    // Called otherwise, in another order.
    let other = given(&[(2, "Kit"), (1, "E-Bass"), (0, "Lead vocals")]);
    let file = place.write("other.mid", &midi::export(&other));
    let (tune, told) = compose(&place, &["--prompt", file.to_str().unwrap(), "--bars", "2"]);
    assert!(
        told.contains("\"Lead vocals\" (128 notes) is the part Melody, by what it does"),
        "{told}"
    );
    let before: Vec<Note> = tune.notes.iter().filter(|it| it.onset < 64 * 24).copied().collect();
    assert_eq!(before, song(11).notes);
}
