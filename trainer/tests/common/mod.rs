//! What the tests share: folders of music, and the command as a user runs it.

#![allow(dead_code, reason = "each test uses a part of it")]

pub mod band;
pub mod tunes;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use assert_cmd::Command;
use jukebox_model::midi;
use jukebox_model::piece::{Note, Piece};
use tempfile::TempDir;

/// The command.
pub fn jukebox() -> Command {
    Command::new(assert_cmd::cargo::cargo_bin!("jukebox"))
}

/// What a command printed, both streams together.
pub fn said(output: &std::process::Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// A folder that is gone after the test.
pub struct Place(TempDir);

impl Place {
    /// An empty folder.
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    /// A path in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file, and the folders that it lies in.
    pub fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a new folder");
        std::fs::write(&path, bytes).expect("a new file");
        path
    }

    /// Writes a number of real tunes into a folder of it.
    pub fn tunes(&self, folder: &str, number: usize) -> PathBuf {
        for (name, bytes) in real_tunes(number) {
            self.write(&format!("{folder}/{name}"), &bytes);
        }
        self.path(folder)
    }

    /// The files in a folder of it, sorted.
    pub fn files(&self, folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.path(folder)).expect("a folder");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

/// Tunes of the Celtic collection, as the bytes of MIDI files: every hundredth, of several meters.
pub fn real_tunes(number: usize) -> Vec<(String, Vec<u8>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpora/celtic.zip");
    let file = std::fs::File::open(path).expect("the Celtic collection");
    let mut archive = zip::ZipArchive::new(file).expect("a zip archive");
    let mut tune = |index: usize| {
        let mut entry = archive.by_index(index * 100).expect("a tune");
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("a sound archive");
        (entry.name().expect("a name").into_owned(), bytes)
    };
    (0..number).map(&mut tune).collect()
}

/// The bytes of a file in one of the shipped collections.
pub fn entry(collection: &str, name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpora").join(collection);
    let file = std::fs::File::open(path).expect("the collection");
    let mut archive = zip::ZipArchive::new(file).expect("a zip archive");
    let mut bytes = Vec::new();
    archive.by_name(name).expect("an entry").read_to_end(&mut bytes).expect("a sound archive");
    bytes
}

/// A piece of eighth notes on these pitches.
pub fn piece(pitches: impl IntoIterator<Item = u8>) -> Piece {
    let note = |(index, pitch): (usize, u8)| Note {
        onset: 12 * index as u32,
        part: 0,
        pitch,
        duration: 12,
        velocity: 80,
    };
    let notes = pitches.into_iter().enumerate().map(note).collect();
    Piece { title: "A test".to_owned(), notes, ..Piece::default() }
}

/// The same as a MIDI file.
pub fn midi_file(pitches: impl IntoIterator<Item = u8>) -> Vec<u8> {
    midi::export(&piece(pitches))
}

/// Reads a MIDI file.
pub fn read(path: &Path) -> Piece {
    let bytes = std::fs::read(path).expect("a MIDI file");
    midi::import(&bytes, midi::PartChoice::All).expect("a sound MIDI file").piece
}

/// Trains a small network and gives the best record.
pub fn train(collection: &Path, output: &Path, options: &[&str]) -> PathBuf {
    let usual = ["--hidden", "16", "--epochs", "2"];
    let mut command = jukebox();
    command.arg("train").arg(collection).arg("-o").arg(output);
    if !options.contains(&"--hidden") {
        command.args(&usual[..2]);
    }
    if !options.contains(&"--epochs") && !options.contains(&"--minutes") {
        command.args(&usual[2..]);
    }
    command.args(options).assert().success();
    output.join("best.safetensors")
}

/// A training as a process of its own.
pub fn start(collection: &Path, output: &Path, options: &[&str]) -> Child {
    std::process::Command::new(assert_cmd::cargo::cargo_bin!("jukebox"))
        .arg("train")
        .arg(collection)
        .arg("-o")
        .arg(output)
        .args(["--hidden", "16"])
        .args(if options.contains(&"--threads") { &[][..] } else { &["--threads", "2"] })
        .args(options)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the command starts")
}

/// The losses of a training: its history without the column of seconds.
pub fn losses(output: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(output.join("history.csv")).expect("a history");
    text.lines().map(|line| line.rsplit_once(',').expect("columns").0.to_owned()).collect()
}

/// The bytes of a file.
pub fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Checks that two trainings left the same records behind.
pub fn assert_same(a: &Path, b: &Path, epochs: u32) {
    for epoch in 1..=epochs {
        let name = format!("epoch-{epoch:03}.safetensors");
        assert!(bytes(&a.join(&name)) == bytes(&b.join(&name)), "{name} differs");
    }
    assert!(bytes(&a.join("best.safetensors")) == bytes(&b.join("best.safetensors")));
    assert_eq!(losses(a), losses(b));
}
