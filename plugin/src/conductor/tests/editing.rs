//! Loops, locks and edits, as the user has them: through the engine, the player and the saved state.

use jukebox_model::composer::ComposerSettings;

use super::rig::{BAR, Rig, pitches};
use super::states::{load, save};
use crate::audio::processor::RenderMode;
use crate::shared::Order;
use crate::song::CompositionSettings;

fn looping(length: u32) -> Rig {
    let mut rig = Rig::new();
    rig.settings = CompositionSettings { length, ..rig.settings };
    rig.stop(0.0);
    rig
}

fn order(rig: &mut Rig, order: Order) {
    rig.shared.order(order);
    rig.settle();
}

#[test]
fn a_loop_is_heard_again_and_again() {
    let mut rig = looping(4);
    let first = rig.bars(0..4, 4);
    for round in 1..5 {
        assert_eq!(rig.bars(4 * round..4 * round + 4, 3), first);
    }
    assert_eq!(rig.shared.live.underruns.load(std::sync::atomic::Ordering::Relaxed), 0);
}

#[test]
fn an_edit_lets_the_bars_in_progress_end() {
    let mut rig = looping(4);
    let first = rig.notes();
    rig.bars(0..1, 4);
    order(&mut rig, Order::Recompose(None));
    let again = rig.notes();
    assert_ne!(again[..4], first[..4]);
    assert_eq!(rig.bars(1..4, 4), pitches(&[&first[1..2], &again[2..4]].concat()));
    assert_eq!(rig.bars(4..8, 4), pitches(&again[4..8]));
}

#[test]
fn locks_and_edits_are_shown_and_undone() {
    let mut rig = looping(4);
    let first = rig.notes();
    order(&mut rig, Order::Lock(1..3, true));
    assert_eq!(rig.shared.view().locked[..6], [false, true, true, false, false, true]);
    assert_eq!(rig.notes(), first);
    order(&mut rig, Order::Recompose(None));
    assert_eq!(rig.notes()[1..3], first[1..3]);
    assert_ne!(rig.notes()[3], first[3]);
    assert_eq!(rig.shared.view().undone, (2, 0));
    order(&mut rig, Order::Undo);
    assert_eq!(rig.notes()[..8], first[..8]);
    order(&mut rig, Order::Undo);
    assert!(!rig.shared.view().locked.contains(&true));
    order(&mut rig, Order::Undo);
    assert!(rig.message().unwrap().contains("Nothing to undo"));
    order(&mut rig, Order::Redo);
    assert_eq!(rig.shared.view().undone, (1, 1));
}

#[test]
fn a_reopened_song_keeps_its_locks_and_edits() {
    let mut rig = looping(4);
    rig.bars(0..2, 4);
    order(&mut rig, Order::Lock(0..1, true));
    order(&mut rig, Order::Recompose(None));
    let edited = rig.notes();
    let mut again = Rig::inactive();
    (again.notes, again.settings) = (rig.notes, rig.settings);
    assert!(load(&again.shared, &save(&rig.shared)));
    again.processor.activate(again.asked(), RenderMode::Realtime);
    again.settle();
    assert_eq!(again.notes()[..8], edited[..8]);
    // Another take and back: the record composes the same again, and the edits are remembered.
    for take in [5, 1] {
        again.notes = ComposerSettings { take, ..again.notes };
        again.stop(0.0);
        assert_eq!(again.notes()[0], edited[0]);
    }
    assert_eq!(again.notes()[..8], edited[..8]);
}

#[test]
fn a_loop_whose_record_is_gone_plays_on() {
    let mut rig = looping(4);
    let first = rig.bars(0..4, 4);
    let mut saved: serde_json::Value = serde_json::from_str(&save(&rig.shared)).unwrap();
    // No other test plays a record of this hash.
    saved["record"]["hash"] = "e".repeat(64).into();
    let saved = saved.to_string();
    let mut again = Rig::inactive();
    std::fs::remove_file(&rig.path).unwrap();
    (again.notes, again.settings) = (rig.notes, rig.settings);
    drop(rig);
    assert!(load(&again.shared, &saved));
    again.processor.activate(again.asked(), RenderMode::Realtime);
    again.settle();
    again.stop(160.0);
    assert_eq!(again.bars(40..44, 4), first);
    order(&mut again, Order::Lock(0..1, true));
    assert!(again.shared.view().locked[4]);
    order(&mut again, Order::Recompose(None));
    assert!(again.message().unwrap().contains("no record"));
    assert_eq!(again.bars(44..48, 4), first);
}

#[test]
fn the_settings_of_a_bar_are_those_with_which_the_second_bar_before_it_began() {
    let mut rig = Rig::new();
    rig.bars(0..2, 8);
    rig.block(true, 8.0, BAR / 8);
    // In the middle of the third bar: it counts when the fourth begins.
    rig.notes.temperature = 2.0;
    for eighth in 1..8 {
        rig.block(true, 8.0 + f64::from(eighth) * 0.5, BAR / 8);
    }
    rig.bars(3..4, 8);
    let temperatures = rig.engine.song.take.bars().iter().map(|bar| bar.settings.temperature);
    assert_eq!(temperatures.take(6).collect::<Vec<_>>(), [0.9, 0.9, 0.9, 0.9, 0.9, 2.0]);
}
