//! The page *Learn*: a record of one's own from the window alone, with a real training.

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs, thread};

use clack_extensions::gui::GuiSize;
use jukebox_model::meter::MeterMap;
use jukebox_tests::jukebox::jukebox;
use jukebox_tests::log;
use jukebox_tests::plugin::Bundle;
use jukebox_tests::session::{Pace, Session, Setup};
use jukebox_tests::song::Song;

use super::AWAY;
use super::screen::{Screen, alone, keep, look};

const THIS: &str = "learn::a_record_is_learnt_from_the_window";
/// Where the page's parts are: its tab, the path, the buttons.
const TAB: (i16, i16) = (378, 516);
const PATH: (i16, i16) = (110, 576);
const LEARN: (i16, i16) = (84, 656);
const FIRST_BUTTON: (i16, i16) = (880, 622);

/// The user's folder is what the environment says when the process starts: the test runs once more.
#[test]
#[ignore = "needs an X server with OpenGL: xvfb-run, libgl1-mesa-dri"]
fn a_record_is_learnt_from_the_window() {
    if log::own().is_some() {
        return learn();
    }
    let _screen = alone();
    let home = tempfile::tempdir().unwrap();
    let (mut again, log) = log::again().unwrap();
    again.args(["--ignored", "--exact", THIS]);
    again.env("XDG_DATA_HOME", home.path()).env("AI_JUKEBOX_COMMAND", jukebox().unwrap());
    let output = again.output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    let told = fs::read_to_string(&log).unwrap_or_default();
    assert!(output.status.success() && printed.contains("1 passed"), "{printed}{told}");
    assert_eq!(log::late_bars(&log).unwrap_or(0), 0, "{}", log.display());
    fs::remove_file(log).ok();
}

/// Every so many tunes of the Celtic collection, in a folder whose path is typed without Shift.
fn tunes(step: usize) -> PathBuf {
    let folder = PathBuf::from(format!("/tmp/jigs-{}/jigs", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let zip = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpora/celtic.zip");
    let mut zip = zip::ZipArchive::new(fs::File::open(zip).unwrap()).unwrap();
    for index in (0..zip.len()).step_by(step) {
        let mut file = zip.by_index(index).unwrap();
        let name = format!("{index}.mid");
        std::io::copy(&mut file, &mut fs::File::create(folder.join(name)).unwrap()).unwrap();
    }
    folder
}

fn learn() {
    let music = tunes(12);
    let ours = PathBuf::from(env::var_os("XDG_DATA_HOME").unwrap()).join("ai-jukebox");
    let training = ours.join("trainings/jigs");
    let kept = ours.join("records/jigs.safetensors");
    let screen = Screen::open();
    let mut plugin = Bundle::linked(&ai_jukebox::clap_entry).unwrap().open().unwrap();
    let setup = Setup { pace: Pace::Realtime(1.0), ..Setup::default() };
    let song = Song::new(120.0, MeterMap::default());
    let mut host = Session::start(&mut plugin, song, setup).unwrap();
    screen.point(AWAY.0, AWAY.1);
    let size = host.plugin.open_editor(screen.parent).unwrap();
    host.play();
    host.run_to(4.0).unwrap();
    let before = screen.drawn(size);
    screen.click(TAB.0, TAB.1);
    screen.point(AWAY.0, AWAY.1);
    screen.changed(&before);
    screen.click(PATH.0, PATH.1);
    screen.type_line(&music.display().to_string());
    keep(&shown(&screen, size), "editor-learn-before.png");
    screen.click(LEARN.0, LEARN.1);
    let has_epoch = |number: u32| {
        let record = training.join(format!("epoch-{number:03}.safetensors"));
        record.exists().then_some(())
    };
    screen.point(AWAY.0, AWAY.1);
    wait(|| has_epoch(5), &mut host);
    // The best so far is heard while the training goes on.
    screen.click(FIRST_BUTTON.0, FIRST_BUTTON.1);
    screen.point(AWAY.0, AWAY.1);
    host.run_seconds(2.0).unwrap();
    keep(&shown(&screen, size), "editor-learn.png");
    let wants = training.join("epoch-");
    let state = String::from_utf8_lossy(&host.plugin.save().unwrap()).into_owned();
    assert!(state.contains(&*wants.to_string_lossy()), "no epoch plays");

    // The window is closed, and opened again when it is over.
    host.plugin.close_editor().unwrap();
    look("closed", || screen.editor().is_none().then_some(()));
    wait(|| kept.exists().then_some(()), &mut host);
    host.plugin.open_editor(screen.parent).unwrap();
    let reopened = screen.settled(size);
    screen.click(TAB.0, TAB.1);
    screen.point(AWAY.0, AWAY.1);
    screen.changed(&reopened);
    screen.click(FIRST_BUTTON.0, FIRST_BUTTON.1);
    screen.point(AWAY.0, AWAY.1);
    host.run_seconds(2.0).unwrap();
    keep(&shown(&screen, size), "editor-learn-after.png");
    let state = String::from_utf8_lossy(&host.plugin.save().unwrap()).into_owned();
    assert!(state.contains(&*kept.to_string_lossy()), "the record does not play");
    host.plugin.close_editor().unwrap();
    host.finish().unwrap();
    fs::remove_dir_all(music.parent().unwrap()).unwrap();
}

/// The window a while later: what was asked for is there.
fn shown(screen: &Screen, size: GuiSize) -> super::Picture {
    thread::sleep(Duration::from_millis(1500));
    screen.settled(size)
}

/// Plays until there is something.
fn wait(there: impl Fn() -> Option<()>, host: &mut Session<'_>) {
    for _ in 0..1200 {
        if there().is_some() {
            return;
        }
        host.run_seconds(0.25).unwrap();
    }
    panic!("it did not come to be");
}
