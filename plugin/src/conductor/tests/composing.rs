//! What is composed, and when.

use jukebox_model::composer::ComposerSettings;
use jukebox_model::meter::{Meter, MeterMap};

use super::rig::{BAR, Rig, pitches, tune};
use crate::audio::processor::RenderMode;
use crate::conductor::engine::Pace;

#[test]
fn nothing_is_composed_before_the_host_activates_the_plugin() {
    let mut rig = Rig::inactive();
    assert_eq!(rig.engine.step(), Pace::Asleep);
    assert_eq!(rig.notes().len(), 0);
    rig.processor.activate(rig.asked(), RenderMode::Realtime);
    rig.settle();
    assert!(rig.notes().len() >= 8);
    assert_eq!(rig.engine.step(), Pace::Standing);
}

#[test]
fn the_conductor_rests_when_nothing_happens_and_is_there_when_something_does() {
    let mut rig = Rig::new();
    rig.stop(0.0);
    let steps = (0..1000).position(|_| rig.engine.step() == Pace::Resting);
    assert!(steps.is_some_and(|steps| steps > 50));
    rig.stop(64.0);
    assert_eq!(rig.engine.step(), Pace::Standing, "the playhead was moved");
    assert!(rig.notes().len() >= 16 + 8);
}

#[test]
fn what_is_played_is_what_the_composer_writes() {
    let mut rig = Rig::new();
    let expected = rig.tune(rig.notes, 16);
    assert_eq!(rig.bars(0..16, 1), pitches(&expected));
    assert!(rig.notes().len() >= 16 + 8);
    assert_eq!(rig.shared.live.underruns.load(std::sync::atomic::Ordering::Relaxed), 0);
}

#[test]
fn the_order_of_seeking_changes_no_bar() {
    let mut rig = Rig::new();
    for position in [160.0, 8.0, 320.0, 0.0] {
        rig.block(true, position, 64);
    }
    rig.stop(0.0);
    let notes = rig.notes();
    assert!(notes.len() > 80);
    assert_eq!(notes, rig.tune(rig.notes, notes.len()));
}

#[test]
fn bars_are_composed_ahead_of_a_playhead_that_stands() {
    let mut rig = Rig::new();
    rig.stop(120.0);
    assert!(rig.notes().len() >= 38);
    assert_eq!(rig.bars(30..31, 1), pitches(&rig.tune(rig.notes, 31)[30..]));
}

#[test]
fn the_bars_of_a_tiny_meter_still_reach_two_seconds_ahead() {
    let mut rig = Rig::new();
    rig.meter = Some(Meter::new(1, 32).unwrap());
    rig.block(true, 0.0, 64);
    // Bars of 3 ticks; 2 seconds at 120 bpm are 96 ticks.
    assert!(rig.engine.song.take.end() >= 96);
}

#[test]
fn the_first_meter_that_the_host_tells_holds_from_the_start() {
    let mut rig = Rig::new();
    let jig = Meter::new(6, 8).unwrap();
    rig.meter = Some(jig);
    rig.block(true, 30.0, 64);
    let meters = MeterMap::new(jig);
    assert_eq!(*rig.engine.song.take.meters(), meters);
    let notes = rig.notes();
    assert_eq!(notes, tune(&rig.record, meters, rig.notes, notes.len()));
}

#[test]
fn a_later_meter_holds_from_its_own_bar_on() {
    let mut rig = Rig::new();
    rig.meter = Some(Meter::COMMON);
    rig.bars(0..4, 4);
    let before = rig.notes();
    let jig = Meter::new(6, 8).unwrap();
    rig.meter = Some(jig);
    // 6 bars of 3 quarters end where 4 bars of 4 and 2 quarters do: the host starts its bar there.
    rig.block(true, 18.0, BAR / 4);
    let meters = MeterMap::from_changes([(18 * 24, jig)]);
    assert_eq!(*rig.engine.song.take.meters(), meters);
    let notes = rig.notes();
    assert_eq!(notes[..4], before[..4]);
    assert_eq!(notes, tune(&rig.record, meters.clone(), rig.notes, notes.len()));
    // Going back, the host's old meter is what the grid says.
    rig.meter = Some(Meter::COMMON);
    rig.bars(0..2, 4);
    assert_eq!(*rig.engine.song.take.meters(), meters);
}

#[test]
fn a_bar_that_the_host_cannot_place_changes_no_grid() {
    let mut rig = Rig::new();
    rig.meter = Some(Meter::COMMON);
    let grid = rig.engine.song.take.meters().clone();
    // Some hosts leave the start of the bar at 0.
    let block = crate::audio::player::Block {
        frames: 64,
        sample_rate: 48_000.0,
        playing: true,
        position: Some(14.5),
        tempo: Some(120.0),
        loop_range: None,
    };
    for start in [Some(0.0), Some(f64::NAN), Some(1e300), None] {
        let bar = crate::audio::processor::HostBar { start, meter: Meter::COMMON };
        let settings = rig.asked();
        rig.processor.process(&block, Some(bar), |_| settings, &rig.performance, &mut |_| true);
        rig.settle();
    }
    assert_eq!(*rig.engine.song.take.meters(), grid);
}

#[test]
fn a_song_has_an_end() {
    let mut rig = Rig::new();
    rig.stop(900_000.0);
    assert_eq!(rig.notes().len(), crate::song::MOST_BARS);
    rig.block(true, 900_000.0, BAR);
    assert!(rig.keys().is_empty());
    assert_eq!(rig.shared.live.underruns.load(std::sync::atomic::Ordering::Relaxed), 0);
}

#[test]
fn the_key_moves_the_notes_and_recomposes_nothing() {
    let mut rig = Rig::new();
    let plain = rig.bars(0..2, 1);
    let before = rig.notes();
    rig.performance.shift = 5;
    let moved: Vec<u8> = plain.iter().map(|key| key + 5).collect();
    assert_eq!(rig.bars(0..2, 1), moved);
    assert_eq!(rig.notes(), before);
    assert_eq!(rig.notes, ComposerSettings::default());
}
