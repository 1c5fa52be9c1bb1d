//! Many instances in one process.

use std::thread;

use jukebox_tests::vst3::session::{Mode, Session};

use crate::fixture::{assert_plays, play, plugin, setup, song, take};

#[test]
fn instances_open_and_close_while_another_plays() {
    thread::scope(|scope| {
        scope.spawn(|| {
            for round in 0..20 {
                let mut guest = plugin();
                // Some are closed unused, some with their transport running.
                if round % 3 > 0 {
                    let setup = setup(48_000.0, &[64]);
                    let mut host =
                        Session::start(&mut guest, song(), setup, Mode::Realtime).unwrap();
                    host.play();
                    host.run(4_096).unwrap();
                }
            }
        });
        let recording = play(&mut plugin(), setup(48_000.0, &[512]), Mode::Realtime, |host| {
            host.play();
            host.run_to(36.0).unwrap();
        });
        assert_plays(&recording, &take(1), 1.0);
    });
}

#[test]
fn instances_close_right_after_their_parameters_have_changed() {
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for round in 0..25 {
                    let mut guest = plugin();
                    let setup = setup(48_000.0, &[16]);
                    let mut host =
                        Session::start(&mut guest, song(), setup, Mode::Realtime).unwrap();
                    for block in 0..50 {
                        for name in ["Take", "Octave", "Temperature"] {
                            host.automate(name, &((round + block) % 3).max(1).to_string()).unwrap();
                        }
                        host.run(16).unwrap();
                    }
                }
            });
        }
    });
}
