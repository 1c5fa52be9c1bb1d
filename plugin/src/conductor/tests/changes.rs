//! Changes of the composition settings.

use jukebox_model::composer::ComposerSettings;

use super::rig::{BAR, Rig, pitches};
use crate::audio::processor::RenderMode;

fn take(take: u32) -> ComposerSettings {
    ComposerSettings { take, ..ComposerSettings::default() }
}

fn temperature(temperature: f32) -> ComposerSettings {
    ComposerSettings { temperature, ..ComposerSettings::default() }
}

#[test]
fn another_take_number_is_heard_from_the_second_bar_after_the_playheads() {
    let mut rig = Rig::new();
    let (old, new) = (rig.tune(take(1), 8), rig.tune(take(2), 8));
    rig.bars(0..2, 4);
    rig.notes = take(2);
    assert_eq!(rig.bars(2..8, 4), pitches(&[&old[2..4], &new[4..8]].concat()));
    // The next time round the whole song is the new tune.
    assert_eq!(rig.bars(0..8, 4), pitches(&new));
}

#[test]
fn going_back_to_a_take_number_brings_back_its_music() {
    let mut rig = Rig::new();
    let first = rig.bars(0..8, 4);
    rig.stop(0.0);
    rig.notes = take(7);
    rig.stop(0.0);
    assert_ne!(rig.bars(0..8, 4), first);
    rig.stop(0.0);
    rig.notes = take(1);
    rig.stop(0.0);
    assert_eq!(rig.bars(0..8, 4), first);
}

#[test]
fn take_numbers_that_follow_each_other_still_let_the_bars_in_progress_end() {
    let mut rig = Rig::new();
    let tunes = [1, 2, 3].map(|number| rig.tune(take(number), 8));
    rig.bars(0..2, 4);
    rig.notes = take(2);
    let mut heard = rig.bars(2..3, 4);
    rig.notes = take(3);
    heard.extend(rig.bars(3..8, 4));
    let expected = [&tunes[0][2..4], &tunes[1][4..5], &tunes[2][5..8]].concat();
    assert_eq!(heard, pitches(&expected));
}

#[test]
fn a_temperature_acts_from_the_second_bar_after_the_playheads() {
    let mut rig = Rig::new();
    let old = rig.tune(temperature(0.9), 12);
    rig.bars(0..3, 4);
    rig.notes = temperature(2.0);
    rig.bars(3..4, 4);
    let notes = rig.notes();
    assert_eq!(notes[..5], old[..5]);
    assert_ne!(notes[5..12], old[5..12]);
    let song = &rig.engine.song;
    let composed = song.take.bars().iter().map(|bar| bar.settings.temperature);
    assert_eq!(composed.clone().take(5).collect::<Vec<_>>(), [0.9; 5]);
    assert!(composed.skip(5).all(|temperature| temperature == 2.0));
}

#[test]
fn a_temperature_acts_on_the_whole_song_while_the_transport_stands() {
    let mut rig = Rig::new();
    rig.bars(0..3, 4);
    rig.stop(12.0);
    rig.notes = temperature(2.0);
    rig.stop(12.0);
    let notes = rig.notes();
    assert_eq!(notes, rig.tune(temperature(2.0), notes.len()));
}

#[test]
fn a_temperature_that_comes_with_a_start_acts_at_once() {
    let mut rig = Rig::new();
    let old = rig.tune(temperature(0.9), 3);
    rig.stop(12.0);
    rig.notes = temperature(2.0);
    rig.block(true, 12.0, 64);
    let song = &rig.engine.song;
    assert_eq!(rig.notes()[..3], old);
    assert!(song.take.bars()[3..].iter().all(|bar| bar.settings == temperature(2.0)));
}

#[test]
fn in_a_loop_a_temperature_is_heard_after_the_bars_in_progress() {
    for blocks in [1, 4] {
        let mut rig = Rig::new();
        rig.loop_range = Some((8.0, 16.0));
        rig.bars(0..2, blocks);
        let old = rig.bars(2..4, blocks);
        // The host wraps between two blocks; the knob is turned in the loop's first bar.
        let first = rig.bars(2..3, blocks);
        rig.notes = temperature(2.0);
        assert_eq!([first, rig.bars(3..4, blocks)].concat(), old, "this round stays as it was");
        let next = rig.bars(2..4, blocks);
        let song = &rig.engine.song;
        let settings: Vec<_> = song.take.bars().iter().map(|bar| bar.settings).collect();
        assert_eq!(settings[..2], [temperature(0.9); 2]);
        assert_eq!(settings[2..4], [temperature(2.0); 2]);
        assert_eq!(next, pitches(&rig.notes()[2..4]));
    }
}

#[test]
fn automation_renders_the_same_every_time_and_in_every_block_size() {
    let automation = |bar: u32| match bar {
        0..4 => temperature(0.5),
        4..8 => temperature(1.5),
        8..12 => ComposerSettings { take: 2, ..temperature(1.5) },
        _ => ComposerSettings { take: 2, ..temperature(0.3) },
    };
    let render = |blocks: u32| {
        let mut rig = Rig::new();
        let mut rounds = [0, 1].map(|_| {
            // Hosts bring the parameters to where the playhead is put before they start.
            rig.notes = automation(0);
            rig.stop(0.0);
            let mut heard = Vec::new();
            for bar in 0..16 {
                rig.notes = automation(bar);
                heard.extend(rig.bars(bar..bar + 1, blocks));
            }
            heard
        });
        assert_eq!(rounds[0], rounds[1]);
        std::mem::take(&mut rounds[0])
    };
    let once = render(1);
    assert!(!once.is_empty());
    assert_eq!(once, render(3));
    assert_eq!(once, render(50));
}

#[test]
fn settings_that_do_not_change_recompose_nothing() {
    let mut rig = Rig::new();
    rig.bars(0..2, 4);
    let before = rig.shared.song();
    rig.processor.deactivate();
    rig.processor.reset();
    rig.processor.activate(rig.asked(), RenderMode::Realtime);
    rig.stop(8.0);
    let after = rig.shared.song();
    let pairs = before.take.bars().iter().zip(after.take.bars());
    for (before, after) in pairs {
        assert!(std::sync::Arc::ptr_eq(before, after));
    }
}

#[test]
fn what_plays_goes_on_until_the_new_tune_reaches_the_playhead() {
    let mut rig = Rig::new();
    rig.bars(0..200, 1);
    let old = rig.tune(take(1), 203);
    rig.stop(800.0);
    rig.notes = take(2);
    rig.events.clear();
    // A start with another take: the block that brings the news is played before the engine looks.
    rig.block(true, 800.0, BAR);
    assert_eq!(rig.keys(), pitches(&old[200..201]));
    assert_eq!(rig.bars(201..202, 1), pitches(&rig.tune(take(2), 202)[201..]));
}
