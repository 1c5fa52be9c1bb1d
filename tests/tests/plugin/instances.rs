//! Many instances in one process.

use std::thread;

use crate::fixture::{RECORD, assert_plays, play, plugin, plugin_with, setup, take};

#[test]
fn fifty_instances_open_and_close_while_another_plays() {
    let record = RECORD.as_path();
    thread::scope(|scope| {
        for worker in 0..5 {
            scope.spawn(move || {
                for round in 0..10 {
                    let mut guest = plugin_with(record);
                    // Some are closed unused, some with their transport running.
                    if (worker + round) % 3 > 0 {
                        play(&mut guest, setup(48_000.0, &[64]), |host| {
                            host.play();
                            host.run(4_096).unwrap();
                        });
                    }
                }
            });
        }
        let recording = play(&mut plugin(), setup(48_000.0, &[512]), |host| {
            host.play();
            host.run_to(60.0).unwrap();
        });
        assert_plays(&recording, &take(1), 1.0);
    });
}
