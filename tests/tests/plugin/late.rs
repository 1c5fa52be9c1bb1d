//! The log of bars that come late: what the soak and the windows' test rely on.

use std::time::Duration;
use std::{fs, thread};

use jukebox_model::meter::MeterMap;
use jukebox_tests::log;
use jukebox_tests::session::{Pace, Session, Setup};
use jukebox_tests::song::Song;

use crate::fixture::bundle;

#[test]
fn a_host_that_runs_ahead_of_the_composer_finds_it_in_the_log() {
    if let Some(log) = log::own() {
        return run_ahead(&|| log::late_bars(&log).is_ok_and(|late| late > 0));
    }
    let (mut again, log) = log::again().unwrap();
    let output = again
        .args(["--exact", "late::a_host_that_runs_ahead_of_the_composer_finds_it_in_the_log"])
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && printed.contains("1 passed"), "{printed}");
    assert!(log::late_bars(&log).unwrap() > 0, "{}", fs::read_to_string(&log).unwrap());
    fs::remove_file(log).ok();
}

/// Plays bars of a twentieth of a second a thousand times as fast as time passes, until somebody has
/// noticed.
fn run_ahead(noticed: &dyn Fn() -> bool) {
    let mut plugin = bundle().open().unwrap();
    let setup = Setup { pace: Pace::Realtime(1000.0), blocks: vec![1 << 14], ..Setup::default() };
    let song = Song::new(5000.0, MeterMap::default());
    let mut host = Session::start(&mut plugin, song, setup).unwrap();
    host.automate("Sound", "Off").unwrap();
    host.play();
    for take in 1..100 {
        if noticed() {
            break;
        }
        host.automate("Take", &take.to_string()).unwrap();
        host.run_seconds(10.0).unwrap();
        // The conductor tells the log when it looks up.
        thread::sleep(Duration::from_millis(100));
    }
    host.finish().unwrap();
}
