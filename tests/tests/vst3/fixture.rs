//! What the tests share: the bundled plugin, and the song that it plays with its built-in record.

use std::env;
use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use jukebox_model::composer::ComposerSettings;
use jukebox_model::meter::MeterMap;
use jukebox_model::piece::Note;
use jukebox_model::record::Record;
use jukebox_tests::notes::pair;
use jukebox_tests::plugin::Bundle;
use jukebox_tests::score::{along, compare, compose};
use jukebox_tests::session::{Recording, Setup};
use jukebox_tests::song::Song;
use jukebox_tests::state::SavedState;
use jukebox_tests::vst3::module::Module;
use jukebox_tests::vst3::plugin::Plugin;
use jukebox_tests::vst3::session::{Mode, Session};
use serde_json::json;

/// The number of the built-in record that is played: a melody, in which a key never sounds twice at once.
const NUMBER: i32 = 1;
/// Its file.
const BUILT_IN: &[u8] = include_bytes!("../../../records/celtic.safetensors");

/// The folder of the plugin's bundles, made as `cargo xtask bundle` makes them, of the library that
/// cargo has built beside this test.
pub fn bundles() -> &'static Path {
    static BUNDLES: LazyLock<PathBuf> = LazyLock::new(|| {
        let library = library();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("vst3");
        let built = folder.join("debug");
        fs::create_dir_all(&built).unwrap();
        fs::copy(&library, built.join(library.file_name().unwrap())).unwrap();
        nice_plug_xtask::chdir_workspace_root().unwrap();
        nice_plug_xtask::bundle(&folder, "ai_jukebox", &[], false).unwrap();
        folder.join("bundled")
    });
    &BUNDLES
}

/// The plugin as cargo has built it for the tests, beside them.
fn library() -> PathBuf {
    let tests = env::current_exe().unwrap();
    tests.with_file_name(format!("{DLL_PREFIX}ai_jukebox{DLL_SUFFIX}"))
}

/// The plugin in its bundle, loaded once.
pub fn module() -> Module {
    static MODULE: LazyLock<Module> =
        LazyLock::new(|| Module::load(&bundles().join("AI Jukebox.vst3")).unwrap());
    MODULE.clone()
}

/// An instance that plays the record.
pub fn plugin() -> Plugin {
    let plugin = module().open().unwrap();
    let mut state = SavedState::parse_vst3(&plugin.save().unwrap()).unwrap();
    state.set_param("record", NUMBER);
    plugin.load(&state.to_vst3()).unwrap();
    plugin
}

/// An instance of the CLAP plugin that plays it.
pub fn clap() -> jukebox_tests::plugin::Plugin {
    let mut plugin = Bundle::load(&bundles().join("AI Jukebox.clap")).unwrap().open().unwrap();
    let mut state = SavedState::parse(&plugin.save().unwrap()).unwrap();
    state.set_param("record", NUMBER);
    plugin.load(&state.to_bytes()).unwrap();
    plugin
}

/// Jigs: told from the first block on, the meter is no surprise to a plugin that plays in real time.
pub fn meters() -> MeterMap {
    MeterMap::new("6/8".parse().unwrap())
}

/// That meter at a fast tempo, which changes in the middle of bar 3 and again in bar 6.
pub fn song() -> Song {
    Song::new(211.0, meters()).tempo(2 * 72 + 36, 143.3).tempo(5 * 72 + 5, 260.0)
}

/// The notes of the first 30 bars of a take over [`meters`].
pub fn take(number: u32) -> Vec<Note> {
    static RECORD: LazyLock<Arc<Record>> =
        LazyLock::new(|| Arc::new(Record::parse(BUILT_IN, "the built-in record").unwrap()));
    let settings = ComposerSettings { take: number, ..ComposerSettings::default() };
    compose(Arc::clone(&RECORD), &settings, meters(), 30).notes()
}

/// A host that runs as fast as it can.
pub fn setup(sample_rate: f64, blocks: &[u32]) -> Setup {
    Setup { sample_rate, blocks: blocks.to_vec(), ..Setup::default() }
}

/// Plays a session from activation to its end.
pub fn play(
    plugin: &mut Plugin,
    setup: Setup,
    mode: Mode,
    act: impl FnOnce(&mut Session<'_>),
) -> Recording {
    let mut session = Session::start(plugin, song(), setup, mode).unwrap();
    // A musician presses play when the plugin is ready.
    wait_for_bars(&mut session);
    act(&mut session);
    session.finish().unwrap()
}

/// Runs until the plugin has composed the song's first bars. It saves none before it was run a while,
/// and by the length of the while it knows how fast the host runs.
fn wait_for_bars(session: &mut Session<'_>) {
    loop {
        session.run_seconds(3.0).unwrap();
        let song = SavedState::parse_vst3(&session.plugin.save().unwrap()).unwrap().song().unwrap();
        if song["bars"].as_array().unwrap().len() >= 8 && song["meters"] == json!([[0, "6/8"]]) {
            break;
        }
    }
}

/// Asserts that a recording holds these notes where they belong, each begun and ended once.
#[track_caller]
pub fn assert_plays(recording: &Recording, notes: &[Note], tolerance: f64) {
    let fit = pair(&recording.notes)
        .and_then(|played| compare(&along(&recording.path, notes), &played, tolerance))
        .unwrap_or_else(|error| panic!("{error:#}"));
    assert!(fit.notes > 0, "there was nothing to hear");
}
