//! Playing allocates and frees nothing.

mod common;

use common::instrument;
use jukebox_synth::{PLAYERS, Timbre};

#[test]
fn playing_allocates_nothing() {
    let mut instrument = instrument(Timbre::Pluck, 48_000.0);
    let (mut left, mut right) = ([0.0; 512], [0.0; 512]);
    let mut loudest = 0f32;
    let allocated = allocation_counter::measure(|| {
        for (turn, timbre) in Timbre::ALL.into_iter().cycle().take(15).enumerate() {
            // A player that is not there is among them.
            let player = turn % 3 * PLAYERS / 2;
            let level = 0.5 + 0.1 * (turn % 3) as f32;
            instrument.set_player(player, timbre, level);
            instrument.set_level(level);
            // More than the polyphony, so that notes are stolen.
            for key in 20..100u8 {
                instrument.note_on(player, key, f32::from(key) / 100.0);
                instrument.render(&mut left[..7], &mut right[..7]);
            }
            for key in 20..80 {
                instrument.note_off(player, key);
            }
            for _ in 0..100 {
                instrument.render(&mut left, &mut right);
                loudest = left.iter().fold(loudest, |loudest, it| loudest.max(it.abs()));
            }
            match turn % 4 {
                0 => instrument.all_off(),
                1 => instrument.reset(),
                2 => instrument.player_off(player),
                _ => {}
            }
        }
    });
    assert_eq!((allocated.count_total, allocated.count_current), (0, 0));
    assert!(loudest > 0.1);
}
