//! A band on several tracks: an instance plays each part, and none knows of the others.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use assert_cmd::Command;
use jukebox_model::meter::{Meter, MeterMap};
use jukebox_model::midi::{ImportOptions, PartChoice, import};
use jukebox_model::piece::{Note, Piece};
use jukebox_model::record::Record;
use jukebox_tests::jukebox::jukebox;
use jukebox_tests::plugin::Plugin;
use jukebox_tests::session::{Recording, Session, Setup};
use jukebox_tests::song::Song;
use jukebox_tests::state::SavedState;

use crate::fixture::{assert_plays, plugin_with, setup, unpack};

/// Bars that are played.
const BARS: u32 = 32;
/// The take that is played.
const TAKE: i32 = 3;

/// A record of a band, trained once for all tests.
static BAND: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let pieces = folder.join("pieces");
    unpack("freedoom", 20, &pieces);
    let out = folder.join("band");
    Command::new(jukebox().unwrap())
        .args(["train".as_ref(), pieces.as_os_str(), "-o".as_ref(), out.as_os_str()])
        .args(["--overwrite", "--epochs", "1", "--hidden", "32"])
        .assert()
        .success();
    out.join("best.safetensors")
});

/// What `jukebox compose` writes of the take, in the form AABA.
fn composed() -> Piece {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("band.mid");
    Command::new(jukebox().unwrap())
        .args(["compose".as_ref(), BAND.as_os_str(), "-o".as_ref(), file.as_os_str()])
        .args(["--take", &TAKE.to_string(), "--bars", &BARS.to_string(), "--meter", "4/4"])
        .args(["--form", "AABA"])
        .assert()
        .success();
    let options =
        ImportOptions { part: PartChoice::All, keep_parts: true, ..ImportOptions::default() };
    import(&fs::read(file).unwrap(), options).unwrap().piece
}

/// An instance that plays one part of the take, counted from 1, or all.
fn player(part: i32) -> Plugin {
    let mut plugin = plugin_with(&BAND);
    let mut state = SavedState::parse(&plugin.save().unwrap()).unwrap();
    state.set_param("take", TAKE);
    state.set_param("part", part);
    plugin.load(&state.to_bytes()).unwrap();
    plugin
}

fn played(plugin: &mut Plugin, setup: Setup) -> Recording {
    let song = Song::new(170.0, MeterMap::new(Meter::COMMON));
    let mut host = Session::start(plugin, song, setup).unwrap();
    host.automate("Form", "AABA").unwrap();
    host.play();
    // Just before the next bar line, with which the next bar begins.
    host.run_to(f64::from(4 * BARS) - 0.05).unwrap();
    host.finish().unwrap()
}

/// The notes of a part of the record in a composed piece, whose parts without notes are gone.
fn notes_of(piece: &Piece, name: &str) -> Vec<Note> {
    let part = piece.parts.iter().position(|part| part.name == name);
    let is_its = |note: &&Note| Some(usize::from(note.part)) == part;
    piece.notes.iter().filter(is_its).copied().collect()
}

#[test]
fn instances_of_a_part_each_play_together_what_is_composed() {
    let (record, piece) = (Record::load(&BAND).unwrap(), composed());
    let setups = [(44_100.0, 64), (48_000.0, 512), (96_000.0, 1_024), (48_000.0, 37)];
    let mut heard = 0;
    for (index, part) in record.vocabulary().parts.iter().enumerate() {
        let (rate, block) = setups[index % setups.len()];
        let recording = played(&mut player(index as i32 + 1), setup(rate, &[block]));
        let notes = notes_of(&piece, &part.name);
        heard += notes.len();
        if notes.is_empty() {
            assert!(recording.notes.is_empty());
        } else {
            assert_plays(&recording, &notes, 1.0);
        }
    }
    assert_eq!(heard, piece.notes.len());
    assert!(piece.parts.len() > 2 && heard > 100, "{:?}", piece.parts);
}

#[test]
fn a_project_of_a_band_is_reopened_in_any_order() {
    let parts = Record::load(&BAND).unwrap().vocabulary().parts.len() as i32;
    let mut saved: Vec<(i32, Vec<u8>, Recording)> = (1..=parts)
        .map(|part| {
            let mut plugin = player(part);
            let recording = played(&mut plugin, setup(48_000.0, &[256]));
            (part, plugin.save().unwrap(), recording)
        })
        .collect();
    // As hosts do: all are open at once, in an order of their own.
    let order = |&(part, ..): &(i32, Vec<u8>, Recording)| (part * 7) % 5;
    saved.sort_by_key(order);
    let mut open: Vec<Plugin> = saved
        .iter()
        .map(|(_, state, _)| {
            let mut plugin = plugin_with(&BAND);
            plugin.load(state).unwrap();
            plugin
        })
        .collect();
    for (plugin, (part, _, before)) in open.iter_mut().zip(&saved) {
        let again = played(plugin, setup(48_000.0, &[256]));
        assert_eq!(again.notes, before.notes, "part {part}");
    }
}
