//! Files that would hold the command for ever, or take all memory: each ends in time, with a sentence that
//! says what is wrong or with what can be had.

mod common;

use std::path::Path;
use std::time::Duration;

use common::{Place, jukebox, midi_file, said, train};
use jukebox_model::meter::MeterMap;
use jukebox_model::midi;
use jukebox_model::piece::{Note, Piece};

/// Far longer than any of these commands takes, and shorter than for ever.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs a command in time, and gives what it said and whether it succeeded.
fn run(arguments: &[&dyn AsRef<Path>]) -> (String, bool) {
    let mut command = jukebox();
    command.args(arguments.iter().map(|it| it.as_ref())).timeout(PATIENCE);
    let output = command.output().expect("the command starts");
    assert!(output.status.code().is_some(), "it did not end by itself: {}", said(&output));
    (said(&output), output.status.success())
}

/// Runs a command and expects an error in a paragraph.
fn refused(arguments: &[&dyn AsRef<Path>]) -> String {
    let (said, success) = run(arguments);
    assert!(!success && said.contains("error: "), "{said}");
    said
}

fn celtic() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../records/celtic.safetensors")
}

#[cfg(unix)]
mod pipes {
    use super::*;

    /// A pipe that nobody writes to.
    fn pipe(place: &Place, name: &str) -> std::path::PathBuf {
        let path = place.path(name);
        let made = std::process::Command::new("mkfifo").arg(&path).status().expect("mkfifo");
        assert!(made.success());
        path
    }

    #[test]
    fn nothing_waits_for_a_pipe_in_place_of_a_record() {
        let place = Place::new();
        let record = pipe(&place, "f.safetensors");
        let music = place.write("tune.mid", &midi_file(60..72));
        let output = place.path("out");
        let commands: [&[&dyn AsRef<Path>]; 6] = [
            &[&"compose", &record, &"-o", &output],
            &[&"train", &music, &"--from", &record, &"-o", &output],
            &[&"evaluate", &record, &music],
            &[&"report", &record, &music, &"-o", &output],
            &[&"press", &record, &"-o", &output],
            &[&"inspect", &record],
        ];
        for command in commands {
            let said = refused(command);
            assert!(said.contains("f.safetensors"), "{said}");
        }
    }

    #[test]
    fn nothing_waits_for_a_pipe_in_place_of_music() {
        let place = Place::new();
        let (output, record) = (place.path("out"), celtic());
        for name in ["pipe.mid", "pipe.zip", "pipe"] {
            let music = pipe(&place, name);
            let commands: [&[&dyn AsRef<Path>]; 5] = [
                &[&"compose", &record, &"--prompt", &music, &"-o", &output],
                &[&"train", &music, &"-o", &output],
                &[&"evaluate", &record, &music],
                &[&"report", &record, &music, &"-o", &output],
                &[&"inspect", &music],
            ];
            for command in commands {
                let said = refused(command);
                assert!(said.contains(name), "{said}");
            }
        }
    }

    #[test]
    fn a_pipe_among_the_files_of_a_collection_is_skipped() {
        let place = Place::new();
        place.write("music/tune.mid", &midi_file(60..72));
        pipe(&place, "music/pipe.mid");
        pipe(&place, "music/pipe.zip");
        let (said, success) = run(&[&"inspect", &place.path("music")]);
        assert!(success && said.matches("not a regular file").count() == 2, "{said}");
    }

    #[test]
    fn nothing_waits_for_a_pipe_in_the_folder_of_a_training() {
        let place = Place::new();
        let music = place.tunes("music", 6);
        let output = place.path("out");
        train(&music, &output, &["--hidden", "4", "--epochs", "1"]);
        for (name, command) in [
            ("checkpoint.safetensors", "train"),
            ("train.log", "train"),
            ("learnt.safetensors", "evaluate"),
        ] {
            let file = output.join(name);
            let kept = std::fs::read(&file).expect("the file");
            std::fs::remove_file(&file).expect("it goes");
            pipe(&place, &format!("out/{name}"));
            let (said, success) = match command {
                "train" => run(&[&"train", &music, &"-o", &output, &"--resume", &"--epochs", &"2"]),
                _ => {
                    run(&[&"evaluate", &output.join("best.safetensors"), &place.tunes("other", 7)])
                }
            };
            match command {
                "train" => assert!(!success && said.contains(name), "{said}"),
                _ => assert!(said.contains("is not of this record's training"), "{said}"),
            }
            std::fs::remove_file(&file).expect("the pipe goes");
            std::fs::write(&file, kept).expect("the file is back");
        }
    }

    #[test]
    fn a_prompt_may_come_through_a_pipe_of_the_shell() {
        let place = Place::new();
        let prompt = place.write("prompt.mid", &midi_file(60..76));
        let tune = place.path("tune.mid");
        for way in ["/dev/stdin", "/dev/fd/0"] {
            let mut command = jukebox();
            command.arg("compose").arg(celtic()).args(["--bars", "1", "--prompt", way, "-o"]);
            command.arg(&tune).write_stdin(std::fs::read(&prompt).expect("the prompt"));
            command.timeout(PATIENCE).assert().success();
        }
        let mut command = jukebox();
        command.arg("compose").arg(celtic()).args(["--prompt", "/dev/stdin", "-o"]).arg(&tune);
        let output =
            command.write_stdin(vec![0; 65 << 20]).timeout(PATIENCE).output().expect("a run");
        assert!(said(&output).contains("longer than 64 MiB"), "{}", said(&output));
    }
}

/// A melody in bars of 1/32, and one note as far behind it as a file may have one.
fn far_note() -> Piece {
    let note = |onset| Note { onset, part: 0, pitch: 64, duration: 3, velocity: 80 };
    Piece {
        meters: MeterMap::new("1/32".parse().expect("a meter")),
        notes: (0..200).map(|index| note(6 * index)).chain([note(95_999_990)]).collect(),
        ..Piece::default()
    }
}

#[test]
fn a_prompt_of_millions_of_bars_is_refused() {
    let place = Place::new();
    let prompt = place.write("far.mid", &midi::export(&far_note()));
    let said =
        refused(&[&"compose", &celtic(), &"--prompt", &prompt, &"-o", &place.path("tune.mid")]);
    assert!(said.contains("has 31,999,997 bars"), "{said}");
    assert!(said.contains("at most 50,000 are read"), "{said}");
    // Nor does a band play along with it.
    let (_, band) = common::band::record(&place);
    let tune = place.path("tune.mid");
    let said = refused(&[&"compose", &band, &"--accompany", &prompt, &"-o", &tune]);
    assert!(said.contains("at most 50,000 are read"), "{said}");
}

#[test]
fn a_prompt_of_as_many_bars_as_are_read_is_continued() {
    let place = Place::new();
    let mut piece = far_note();
    piece.notes.last_mut().expect("a note").onset = 3 * 49_999;
    let prompt = place.write("long.mid", &midi::export(&piece));
    let tune = place.path("tune.mid");
    let (said, success) =
        run(&[&"compose", &celtic(), &"--bars", &"2", &"--prompt", &prompt, &"-o", &tune]);
    assert!(success && said.contains("50,002 bars"), "{said}");
}

/// A zip whose entries say that they are so long (as only zip64 can).
fn zip64(entries: &[(&str, &[u8], u64)]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for &(name, bytes, size) in entries {
        let offset = file.len() as u32;
        let mut crc = crc32(bytes).to_le_bytes().to_vec();
        crc.extend((bytes.len() as u32).to_le_bytes());
        crc.extend(u32::MAX.to_le_bytes());
        crc.extend((name.len() as u16).to_le_bytes());
        crc.extend(12u16.to_le_bytes());
        // Version 4.5, no flags, stored, at no time.
        let common = [45u16, 0, 0, 0, 0x21].map(u16::to_le_bytes).concat();
        let extra = [&1u16.to_le_bytes()[..], &8u16.to_le_bytes(), &size.to_le_bytes()].concat();
        file.extend([b"PK\x03\x04", &common[..], &crc, name.as_bytes(), &extra, bytes].concat());
        let rest = [&[0; 10][..], &offset.to_le_bytes()].concat();
        let made = 45u16.to_le_bytes();
        let parts = [b"PK\x01\x02", &made[..], &common, &crc, &rest, name.as_bytes(), &extra];
        directory.extend(parts.concat());
    }
    let number = (entries.len() as u16).to_le_bytes();
    let (length, offset) = (directory.len() as u32, file.len() as u32);
    file.extend(directory);
    file.extend([b"PK\x05\x06", &[0; 4][..], &number, &number].concat());
    file.extend([length.to_le_bytes(), offset.to_le_bytes()].concat());
    file.extend([0; 2]);
    file
}

fn crc32(bytes: &[u8]) -> u32 {
    let byte = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            crc >> 1 ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    };
    !bytes.iter().fold(!0, byte)
}

#[test]
fn sizes_that_only_add_up_beyond_all_numbers_skip_those_entries_alone() {
    let place = Place::new();
    let tune = midi_file(60..72);
    let archive = zip64(&[
        ("a.mid", &tune, u64::MAX),
        ("b.mid", &tune, u64::MAX),
        ("c.mid", &tune, tune.len() as u64),
    ]);
    let archive = place.write("music.zip", &archive);
    let (said, success) = run(&[&"inspect", &archive, &"--json"]);
    assert!(success, "{said}");
    let report: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!((&report["pieces"], &report["files"]), (&1.into(), &3.into()), "{said}");
    let skipped = report["skipped"].as_array().expect("a list");
    assert_eq!(skipped.len(), 2);
    for skipped in skipped {
        assert!(skipped["reason"].as_str().is_some_and(|it| it.contains("MiB long")), "{said}");
    }
}

/// A melody that wanders by a rule of its own.
fn melody(rule: u32, notes: u32) -> Piece {
    let mut state = rule;
    let note = |index: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Note {
            onset: 6 * index,
            part: 0,
            pitch: 60 + (state >> 28) as u8,
            duration: 6,
            velocity: 80,
        }
    };
    Piece { notes: (0..notes).map(note).collect(), ..Piece::default() }
}

#[test]
fn where_only_versions_are_there_to_validate_with_they_can_be_kept() {
    let place = Place::new();
    let whole = melody(1, 640);
    let fifth = Piece { notes: whole.notes[512..].to_vec(), ..whole.clone() };
    let music = place.write("whole.mid", &midi::export(&whole));
    let apart = place.write("fifth.mid", &midi::export(&fifth));
    let output = place.path("out");
    let command = |apart: &Path, options: &[&str]| {
        let mut all: Vec<&dyn AsRef<Path>> =
            vec![&"train", &music, &"-o", &output, &"--hidden", &"4", &"--overwrite"];
        all.extend([&"--validation" as &dyn AsRef<Path>, &apart]);
        all.extend(options.iter().map(|it| it as &dyn AsRef<Path>));
        run(&all)
    };
    let (said, success) = command(&apart, &["--epochs", "1"]);
    assert!(!success && said.contains("nothing is left of Fifth to validate with"), "{said}");
    assert!(said.contains("1 piece is learnt, too, in another version or as a part"), "{said}");
    assert!(said.contains("--keep-versions") && !said.trim_end().ends_with(':'), "{said}");

    let (said, success) = command(&apart, &["--epochs", "1", "--keep-versions"]);
    assert!(success && said.contains("validation: 1 piece"), "{said}");
    // It goes on as it was begun.
    let (resumed, success) = run(&[
        &"train",
        &music,
        &"-o",
        &output,
        &"--resume",
        &"--validation",
        &apart,
        &"--epochs",
        &"2",
    ]);
    assert!(success && resumed.contains("validation: 1 piece"), "{resumed}");

    // The same notes are no version.
    let (said, success) = command(&music, &["--epochs", "1", "--keep-versions"]);
    assert!(!success && said.contains("1 piece is learnt, too. Name other music"), "{said}");
    assert!(!said.contains("--keep-versions"), "{said}");

    let (said, success) = command(Path::new("0.2"), &["--keep-versions"]);
    assert!(!success && said.contains("--keep-versions is for another collection"), "{said}");
}
