//! Process modes: what the host says, and how fast it runs.

use jukebox_tests::session::{Pace, Setup};
use jukebox_tests::vst3::session::Mode;

use crate::fixture::{assert_plays, play, plugin, setup, take};

#[test]
fn every_process_mode_plays_the_same_notes() {
    let notes = take(1);
    for mode in [Mode::Realtime, Mode::Prefetch, Mode::Offline] {
        let recording = play(&mut plugin(), setup(48_000.0, &[512]), mode, |host| {
            host.play();
            // Further than the bars that are composed while it stands.
            host.run_to(72.0).unwrap();
        });
        assert_plays(&recording, &notes, 1.0);
    }
}

#[test]
fn playing_in_time_is_the_same_as_rendering() {
    let setup = Setup { pace: Pace::Realtime(4.0), ..setup(48_000.0, &[256]) };
    let recording = play(&mut plugin(), setup, Mode::Realtime, |host| {
        host.play();
        host.run_to(15.0).unwrap();
    });
    assert_plays(&recording, &take(1), 1.0);
}
