//! Many instances that play side by side, with some of their windows open.

use std::process::{self, Command};
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::{env, fs, thread};

use clack_extensions::gui::GuiSize;
use jukebox_model::meter::MeterMap;
use jukebox_tests::notes::pair;
use jukebox_tests::plugin::Bundle;
use jukebox_tests::session::{Pace, Session, Setup};
use jukebox_tests::song::Song;

use super::screen::{Screen, alone, keep};

/// Instances, and how many of them have their window open.
const INSTANCES: usize = 8;
const WINDOWS: usize = 4;
/// A quarter of the smallest screen that there is: each window has one.
const PANE: GuiSize = GuiSize { width: 640, height: 480 };
/// Where the plugin writes its log, and what it writes of bars that come late.
const LOG: &str = "NICE_LOG";
const LATE: &str = "not composed in time";

/// The plugin's log goes where the environment says when the process starts: the test runs once more.
#[test]
#[ignore = "needs an X server with OpenGL: xvfb-run, libgl1-mesa-dri"]
fn four_windows_are_open_while_eight_instances_play() {
    if env::var_os(LOG).is_some() {
        return play();
    }
    let _screen = alone();
    let log = env::temp_dir().join(format!("ai-jukebox-windows-{}.log", process::id()));
    let mut again = Command::new(env::current_exe().unwrap());
    again.args(["--ignored", "--exact", "many::four_windows_are_open_while_eight_instances_play"]);
    let output = again.env(LOG, &log).output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && printed.contains("1 passed"), "{printed}");
    let text = fs::read_to_string(&log).unwrap_or_default();
    assert!(!text.contains(LATE), "{text}");
    fs::remove_file(log).ok();
}

fn play() {
    let screen = Screen::open();
    let places = [(0, 0), (640, 0), (0, 480), (640, 480)];
    let panes: [_; WINDOWS] = places.map(|place| screen.pane(place, PANE));
    let (together, seen) = (Barrier::new(INSTANCES + 1), AtomicBool::new(false));
    let notes: Vec<usize> = thread::scope(|scope| {
        let instances: Vec<_> = (0..INSTANCES)
            .map(|number| {
                let (pane, together, seen) = (panes.get(number), &together, &seen);
                scope.spawn(move || instance(number, pane.copied(), together, seen))
            })
            .collect();
        together.wait();
        let drawn = panes.map(|pane| screen.drawn_in(pane, PANE));
        seen.store(true, Relaxed);
        for (picture, number) in drawn.iter().zip(1..) {
            let picture = picture.as_ref().expect("every window is drawn");
            keep(picture, &format!("window{number}.png"));
        }
        instances.into_iter().map(|instance| instance.join().unwrap()).collect()
    });
    assert!(notes.iter().all(|&notes| notes > 10), "{notes:?}");
}

/// Plays a take of its own for some seconds, with its window open in the middle of them if it has one.
/// Returns how many notes were played, all of which have ended.
fn instance(number: usize, pane: Option<u32>, together: &Barrier, seen: &AtomicBool) -> usize {
    let mut plugin = Bundle::linked(&ai_jukebox::clap_entry).unwrap().open().unwrap();
    let setup = Setup { pace: Pace::Realtime(1.0), ..Setup::default() };
    let mut host =
        Session::start(&mut plugin, Song::new(120.0, MeterMap::default()), setup).unwrap();
    host.automate("Take", &(number + 1).to_string()).unwrap();
    host.play();
    host.run_seconds(1.0).unwrap();
    together.wait();
    if let Some(pane) = pane {
        host.plugin.open_editor(pane).unwrap();
    }
    host.run_seconds(4.0).unwrap();
    while !seen.load(Relaxed) {
        host.run_seconds(0.1).unwrap();
    }
    if pane.is_some() {
        host.plugin.close_editor().unwrap();
    }
    host.run_seconds(2.0).unwrap();
    pair(&host.finish().unwrap().notes).unwrap().len()
}
