//! The same notes, whatever the transport does.

use jukebox_tests::session::{Pace, Seams, Setup};
use jukebox_tests::song::quarters;
use jukebox_tests::state::SavedState;

use crate::fixture::{assert_plays, meters, play, plugin, setup, take};

/// Sample rates with blocks: tiny, usual, large, uneven.
const AUDIO: [(f64, &[u32]); 4] = [
    (44_100.0, &[16]),
    (48_000.0, &[512]),
    (96_000.0, &[1, 700, 33, 2048, 128]),
    (192_000.0, &[4096]),
];

/// Where bar 17 starts, in quarter notes.
fn end() -> f64 {
    quarters(meters().bar(16).start)
}

#[test]
fn sixteen_bars_are_the_composers_at_every_rate_and_block_size() {
    let notes = take(1);
    for (rate, blocks) in AUDIO {
        for seams in [Seams::Split, Seams::Event] {
            let setup = Setup { seams, ..setup(rate, blocks) };
            let recording = play(&mut plugin(), setup, |host| {
                host.play();
                host.run_to(end()).unwrap();
            });
            assert_plays(&recording, &notes, 1.0);
            assert!(recording.peak > 0.01 && recording.peak <= 1.0, "heard, and not clipped");
        }
    }
}

#[test]
fn one_saved_state_plays_the_same_forwards_after_seeks_and_in_a_loop() {
    let mut first = plugin();
    play(&mut first, setup(48_000.0, &[512]), |host| {
        host.play();
        host.run_to(end()).unwrap();
    });
    let state = first.save().unwrap();
    let notes = take(1);
    for (rate, blocks) in AUDIO {
        let mut plugin = plugin();
        plugin.load(&state).unwrap();
        let recording = play(&mut plugin, setup(rate, blocks), |host| {
            host.play();
            host.run_seconds(2.0).unwrap();
            host.seek(30.3);
            host.run_seconds(1.7).unwrap();
            host.seek(5.0);
            host.run_seconds(1.1).unwrap();
            host.set_loop(Some(8.0..14.5));
            host.run_seconds(7.0).unwrap();
            host.set_loop(None);
            host.run_to(end()).unwrap();
        });
        assert_plays(&recording, &notes, 1.0);
    }
}

#[test]
fn a_loop_wraps_inside_a_block_and_many_times_in_one() {
    let notes = take(1);
    for seams in [Seams::Split, Seams::Event, Seams::Untold] {
        for range in [2.0..9.75, 4.0..4.25] {
            let setup = Setup { seams, ..setup(44_100.0, &[4096]) };
            let recording = play(&mut plugin(), setup, |host| {
                host.set_loop(Some(range.clone()));
                host.play();
                host.run_seconds(8.0).unwrap();
            });
            assert_plays(&recording, &notes, 1.0);
        }
    }
}

#[test]
fn stopping_releases_what_sounds_and_playing_goes_on_from_there() {
    let recording = play(&mut plugin(), setup(44_100.0, &[300]), |host| {
        for _ in 0..20 {
            host.play();
            host.run(9_500).unwrap();
            host.stop();
            host.run(700).unwrap();
        }
    });
    assert_plays(&recording, &take(1), 1.0);
}

#[test]
fn a_host_that_restarts_or_resets_the_plugin_loses_and_doubles_nothing() {
    let recording = play(&mut plugin(), setup(48_000.0, &[256]), |host| {
        host.play();
        for _ in 0..10 {
            host.run(10_111).unwrap();
            host.reset();
            host.run(9_777).unwrap();
            host.restart().unwrap();
        }
        host.stop();
        host.restart().unwrap();
        host.seek(0.0);
        host.play();
        host.run_seconds(3.0).unwrap();
    });
    assert_plays(&recording, &take(1), 1.0);
}

#[test]
fn a_count_in_before_the_song_is_silent() {
    let recording = play(&mut plugin(), setup(48_000.0, &[480]), |host| {
        host.seek(-8.0);
        host.play();
        host.run_to(16.0).unwrap();
    });
    assert_plays(&recording, &take(1), 1.0);
}

#[test]
fn a_host_that_rounds_its_positions_loses_and_doubles_nothing() {
    // Ardour's grid; a step of it is 23 samples long at the slowest tempo here.
    let setup = Setup { grid: Some(1920), ..setup(96_000.0, &[64]) };
    let recording = play(&mut plugin(), setup, |host| {
        host.play();
        host.run_to(end()).unwrap();
    });
    assert_plays(&recording, &take(1), 24.0);
}

#[test]
fn playing_in_time_is_the_same_as_rendering() {
    let mut plugin = plugin();
    let setup = Setup { pace: Pace::Realtime(8.0), ..setup(48_000.0, &[256]) };
    let recording = play(&mut plugin, setup, |host| {
        // A musician presses play when the plugin is ready.
        let bars = |state: &SavedState| state.song().unwrap()["bars"].as_array().unwrap().len();
        while bars(&SavedState::parse(&host.plugin.save().unwrap()).unwrap()) < 6 {
            host.run_seconds(0.1).unwrap();
        }
        host.play();
        host.run_to(4.0 * 4.0).unwrap();
    });
    assert_plays(&recording, &take(1), 1.0);
}
