//! What is saved with a project.

use jukebox_tests::session::{Session, Setup};
use jukebox_tests::state::SavedState;
use jukebox_tests::vst3::session::Mode;

use crate::fixture::{assert_plays, clap, play, plugin, setup, song, take};

#[test]
fn a_reopened_project_plays_the_same() {
    let state = {
        let mut plugin = plugin();
        play(&mut plugin, setup(48_000.0, &[512]), Mode::Realtime, |host| {
            host.automate("Take", "7").unwrap();
            host.run_seconds(0.5).unwrap();
            host.play();
            host.run_to(30.0).unwrap();
        });
        plugin.save().unwrap()
    };
    let mut plugin = plugin();
    plugin.load(&state).unwrap();
    assert_eq!(plugin.shown("Take").unwrap(), "7");
    let recording = play(&mut plugin, setup(44_100.0, &[64]), Mode::Realtime, |host| {
        host.play();
        host.run_to(30.0).unwrap();
    });
    assert_plays(&recording, &take(7), 1.0);
    // How many bars lie ahead depends on how fast the host was.
    let bars = |state: &[u8]| {
        let song = SavedState::parse_vst3(state).unwrap().song().unwrap();
        let bars = song["bars"].as_array().unwrap();
        assert!(bars.len() >= 16);
        bars[..16].to_vec()
    };
    assert_eq!(bars(&plugin.save().unwrap()), bars(&state));
}

#[test]
fn a_song_moves_from_clap_to_vst3() {
    let mut clap = clap();
    let mut host = Session::start(&mut clap, song(), Setup::default()).unwrap();
    host.automate("Take", "3").unwrap();
    host.play();
    host.run_to(30.0).unwrap();
    host.finish().unwrap();
    let state = SavedState::parse(&clap.save().unwrap()).unwrap();

    let mut plugin = plugin();
    plugin.load(&state.to_vst3()).unwrap();
    let recording = play(&mut plugin, setup(48_000.0, &[512]), Mode::Realtime, |host| {
        host.play();
        host.run_to(30.0).unwrap();
    });
    assert_plays(&recording, &take(3), 1.0);
}

#[test]
fn a_damaged_state_is_refused_and_what_plays_goes_on() {
    let mut plugin = plugin();
    play(&mut plugin, setup(48_000.0, &[512]), Mode::Realtime, |_| {});
    let good = plugin.save().unwrap();
    let noise: Vec<u8> = (0..good.len() as u32).map(|i| (i.wrapping_mul(i) >> 3) as u8).collect();
    for state in [&good[..0], &good[..good.len() / 2], &good[1..], &noise] {
        assert!(plugin.load(state).is_err(), "{} of {} bytes", state.len(), good.len());
    }
    let recording = play(&mut plugin, setup(48_000.0, &[512]), Mode::Realtime, |host| {
        host.play();
        host.run_to(15.0).unwrap();
    });
    assert_plays(&recording, &take(1), 1.0);
}
