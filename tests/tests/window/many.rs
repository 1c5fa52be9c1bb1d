//! Many instances that play side by side, with some of their windows open.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use std::{fs, thread};

use clack_extensions::gui::GuiSize;
use jukebox_model::meter::MeterMap;
use jukebox_tests::log;
use jukebox_tests::notes::pair;
use jukebox_tests::plugin::Bundle;
use jukebox_tests::session::{Pace, Session, Setup};
use jukebox_tests::song::Song;

use super::screen::{Screen, alone, keep};

/// Instances, and how many of them have their window open.
const INSTANCES: usize = 8;
const WINDOWS: usize = 4;
/// How long who waits for another looks away.
const PAUSE: Duration = Duration::from_millis(10);
/// A quarter of the smallest screen that there is: each window has one.
const PANE: GuiSize = GuiSize { width: 640, height: 480 };
/// The plugin's log goes where the environment says when the process starts: the test runs once more.
#[test]
#[ignore = "needs an X server with OpenGL: xvfb-run, libgl1-mesa-dri"]
fn four_windows_are_open_while_eight_instances_play() {
    if log::own().is_some() {
        return play();
    }
    let _screen = alone();
    let (mut again, log) = log::again().unwrap();
    again.args(["--ignored", "--exact", "many::four_windows_are_open_while_eight_instances_play"]);
    let output = again.output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && printed.contains("1 passed"), "{printed}");
    assert_eq!(log::late_bars(&log).unwrap(), 0, "{}", log.display());
    fs::remove_file(log).ok();
}

fn play() {
    let screen = Screen::open();
    let places = [(0, 0), (640, 0), (0, 480), (640, 480)];
    let panes: [_; WINDOWS] = places.map(|place| screen.pane(place, PANE));
    let (playing, seen) = (AtomicUsize::new(0), AtomicBool::new(false));
    let notes: Vec<usize> = thread::scope(|scope| {
        let instances: Vec<_> = (0..INSTANCES)
            .map(|number| {
                let (pane, playing, seen) = (panes.get(number), &playing, &seen);
                scope.spawn(move || instance(number, pane.copied(), playing, seen))
            })
            .collect();
        // One that fails ends early; the others shall not wait for it.
        while playing.load(Relaxed) < INSTANCES && !instances.iter().any(|it| it.is_finished()) {
            thread::sleep(PAUSE);
        }
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

/// Plays for some seconds, with its window open in the middle of them if it has one. With every bar comes
/// another take, so that no more than two bars are ever composed ahead. Returns how many notes were
/// played, all of which have ended.
fn instance(number: usize, pane: Option<u32>, playing: &AtomicUsize, seen: &AtomicBool) -> usize {
    let mut plugin = Bundle::linked(&ai_jukebox::clap_entry).unwrap().open().unwrap();
    let setup = Setup { pace: Pace::Realtime(1.0), ..Setup::default() };
    let mut host =
        Session::start(&mut plugin, Song::new(240.0, MeterMap::default()), setup).unwrap();
    let mut takes = (1..).map(|round| (number + INSTANCES * round).to_string());
    let mut play_bar = |host: &mut Session<'_>| {
        host.automate("Take", &takes.next().unwrap()).unwrap();
        host.run_seconds(1.0).unwrap();
    };
    host.play();
    play_bar(&mut host);
    playing.fetch_add(1, Relaxed);
    while playing.load(Relaxed) < INSTANCES && !seen.load(Relaxed) {
        thread::sleep(PAUSE);
    }
    if let Some(pane) = pane {
        host.plugin.open_editor(pane).unwrap();
    }
    for _ in 0..4 {
        play_bar(&mut host);
    }
    while !seen.load(Relaxed) {
        play_bar(&mut host);
    }
    if pane.is_some() {
        host.plugin.close_editor().unwrap();
    }
    play_bar(&mut host);
    play_bar(&mut host);
    pair(&host.finish().unwrap().notes).unwrap().len()
}
