//! What the tests share: the plugin, a record, and the song that they play.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use assert_cmd::Command;
use jukebox_model::composer::ComposerSettings;
use jukebox_model::meter::MeterMap;
use jukebox_model::piece::Note;
use jukebox_model::record::Record;
use jukebox_tests::jukebox::jukebox;
use jukebox_tests::notes::pair;
use jukebox_tests::plugin::{Bundle, Plugin};
use jukebox_tests::score::{Fit, along, compare, compose};
use jukebox_tests::session::{Pace, Recording, Session, Setup};
use jukebox_tests::song::Song;
use jukebox_tests::state::SavedState;

/// A small record, trained once for all tests.
pub static RECORD: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let tunes = folder.join("tunes");
    unpack("celtic", 50, &tunes);
    fs::write(tunes.join("empty.mid"), "").unwrap();
    fs::write(tunes.join("letter.mid"), "Dear listener, this is no music.").unwrap();

    let out = folder.join("record");
    let options = ["--overwrite", "--epochs", "2", "--hidden", "48"];
    let train = Command::new(jukebox().unwrap())
        .args(["train".as_ref(), tunes.as_os_str(), "-o".as_ref(), out.as_os_str()])
        .args(options)
        .assert()
        .success();
    let train = train.get_output();
    let told =
        String::from_utf8_lossy(&[&train.stdout[..], &train.stderr[..]].concat()).into_owned();
    assert!(told.contains("empty.mid") && told.contains("letter.mid"), "{told}");
    out.join("best.safetensors")
});

/// Unpacks each file of a collection in so many.
pub fn unpack(collection: &str, step: usize, folder: &Path) {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpora");
    let zip = corpora.join(collection).with_extension("zip");
    let mut zip = zip::ZipArchive::new(fs::File::open(zip).unwrap()).unwrap();
    fs::create_dir_all(folder).unwrap();
    for index in (0..zip.len()).step_by(step) {
        let mut file = zip.by_index(index).unwrap();
        let (name, mut bytes) = (PathBuf::from(&*file.name().unwrap()), Vec::new());
        file.read_to_end(&mut bytes).unwrap();
        if let Some(name) = name.file_name().filter(|_| file.is_file()) {
            fs::write(folder.join(name), bytes).unwrap();
        }
    }
}

/// The record itself.
pub fn record() -> Arc<Record> {
    Arc::new(Record::load(&RECORD).unwrap())
}

/// The plugin that is linked into the tests.
pub fn bundle() -> Bundle {
    // A loaded plugin writes panics to its own log; ours belong to the tests that they fail.
    static BUNDLE: LazyLock<Bundle> = LazyLock::new(|| {
        let hook = std::panic::take_hook();
        let bundle = Bundle::linked(&ai_jukebox::clap_entry).unwrap();
        std::panic::set_hook(hook);
        bundle
    });
    BUNDLE.clone()
}

/// An instance that plays the record of a file.
pub fn plugin_with(record: &Path) -> Plugin {
    let mut plugin = bundle().open().unwrap();
    let mut state = SavedState::parse(&plugin.save().unwrap()).unwrap();
    state.set_record(record).unwrap();
    plugin.load(&state.to_bytes()).unwrap();
    plugin
}

/// An instance that plays the small record.
pub fn plugin() -> Plugin {
    plugin_with(&RECORD)
}

/// Eight bars of 4/4 and then 6/8.
pub fn meters() -> MeterMap {
    MeterMap::from_changes([(0, "4/4".parse().unwrap()), (8 * 96, "6/8".parse().unwrap())])
}

/// Those meters at a fast tempo, which changes in the middle of bar 5 and again in bar 11.
pub fn song() -> Song {
    Song::new(196.0, meters()).tempo(4 * 96 + 36, 143.3).tempo(8 * 96 + 2 * 72 + 5, 260.0)
}

/// The notes of the first 40 bars of a take over [`meters`].
pub fn take(number: u32) -> Vec<Note> {
    let settings = ComposerSettings { take: number, ..ComposerSettings::default() };
    compose(record(), &settings, meters(), 40).notes()
}

/// Plays a session from activation to its end.
pub fn play(plugin: &mut Plugin, setup: Setup, act: impl FnOnce(&mut Session<'_>)) -> Recording {
    let mut session = Session::start(plugin, song(), setup).unwrap();
    act(&mut session);
    session.finish().unwrap()
}

/// Asserts that a recording holds these notes where they belong, each begun and ended once.
#[track_caller]
pub fn assert_plays(recording: &Recording, notes: &[Note], tolerance: f64) -> Fit {
    let fit = pair(&recording.notes)
        .and_then(|played| compare(&along(&recording.path, notes), &played, tolerance))
        .unwrap_or_else(|error| panic!("{error:#}"));
    assert!(fit.notes > 0, "there was nothing to hear");
    fit
}

/// A host that renders, with these blocks at this sample rate.
pub fn setup(sample_rate: f64, blocks: &[u32]) -> Setup {
    Setup { sample_rate, blocks: blocks.to_vec(), pace: Pace::Offline, ..Setup::default() }
}
