//! Playing on while the host's transport stands.

use std::sync::atomic::Ordering::Relaxed;

use proptest::prelude::*;

use super::rig::{BAR, Rig, pitches};
use crate::audio::player::{Block, PlayerEvent, Run};
use crate::conductor::engine::Pace;

fn always() -> Rig {
    let mut rig = Rig::new();
    rig.performance.run = Run::Always;
    rig
}

/// The host stands for so many quarters of a bar. Gives the keys that went down.
fn stand(rig: &mut Rig, position: f64, quarters: u32) -> Vec<u8> {
    rig.events.clear();
    for _ in 0..quarters {
        rig.block(false, position, BAR / 4);
    }
    rig.keys()
}

/// Whether every start has its end.
fn all_end(events: &[PlayerEvent]) -> bool {
    let mut sounding = Vec::new();
    for event in events {
        if event.is_on() {
            assert!(!sounding.contains(&event.key()));
            sounding.push(event.key());
        } else {
            let index = sounding.iter().position(|&key| key == event.key()).unwrap();
            sounding.swap_remove(index);
        }
    }
    sounding.is_empty()
}

#[test]
fn a_host_that_stands_is_silent_unless_it_always_runs() {
    let mut rig = Rig::new();
    let tune = rig.tune(rig.notes, 8);
    assert!(stand(&mut rig, 0.0, 8).is_empty());
    assert_eq!(stand(&mut always(), 0.0, 8), pitches(&tune[..2]));
    assert_eq!(stand(&mut always(), 8.0, 8), pitches(&tune[2..4]));
}

#[test]
fn a_host_that_starts_is_joined_where_it_is() {
    let mut rig = always();
    let tune = rig.tune(rig.notes, 12);
    stand(&mut rig, 0.0, 7);
    assert_eq!(rig.bars(4..6, 4), pitches(&tune[4..6]));
    let mut rig = always();
    stand(&mut rig, 0.0, 7);
    rig.block(true, 32.0, 64);
    rig.performance.run = Run::Host;
    rig.stop(32.0);
    assert!(all_end(&rig.events));
}

#[test]
fn a_host_that_stops_is_gone_on_from() {
    let mut rig = always();
    let tune = rig.tune(rig.notes, 8);
    rig.bars(0..2, 4);
    let mut events = rig.events.clone();
    assert_eq!(stand(&mut rig, 8.0, 8), pitches(&tune[2..4]));
    events.append(&mut rig.events);
    // Notes sound on over the stop: nothing is cut short.
    let mut straight = Rig::new();
    straight.bars(0..4, 4);
    assert_eq!(events, straight.events);
}

#[test]
fn a_playhead_that_returns_or_is_moved_is_followed() {
    let mut rig = always();
    let tune = rig.tune(rig.notes, 8);
    rig.bars(0..2, 4);
    assert_eq!(stand(&mut rig, 0.0, 4), pitches(&tune[..1]), "it has returned to the start");
    assert_eq!(stand(&mut rig, 16.0, 8), pitches(&tune[4..6]), "it is moved");
    assert_eq!(stand(&mut rig, 16.0 + 1e-4, 4), pitches(&tune[6..7]), "it only trembles");
}

#[test]
fn a_reset_starts_again_at_the_playhead() {
    let mut rig = always();
    let tune = rig.tune(rig.notes, 8);
    stand(&mut rig, 4.0, 4);
    rig.processor.reset();
    assert_eq!(stand(&mut rig, 4.0, 4), pitches(&tune[1..2]));
}

#[test]
fn it_can_be_switched_on_and_off_while_the_host_stands() {
    let mut rig = always();
    let tune = rig.tune(rig.notes, 8);
    stand(&mut rig, 4.0, 3);
    rig.performance.run = Run::Host;
    rig.block(false, 4.0, 64);
    assert!(all_end(&rig.events));
    rig.performance.run = Run::Always;
    assert_eq!(stand(&mut rig, 4.0, 4), pitches(&tune[1..2]));
}

#[test]
fn the_hosts_loop_holds_while_it_stands() {
    let mut rig = always();
    let tune = rig.tune(rig.notes, 8);
    rig.loop_range = Some((4.0, 8.0));
    let round = pitches(&tune[1..2]);
    assert_eq!(stand(&mut rig, 4.0, 12), [&round[..], &round, &round].concat());
}

#[test]
fn the_conductor_composes_ahead_while_the_host_stands() {
    let mut rig = always();
    stand(&mut rig, 0.0, 4 * 40);
    assert!(rig.shared.live.playing.load(Relaxed));
    assert_eq!(rig.engine.step(), Pace::Playing);
    assert_eq!(rig.shared.live.position.load(Relaxed), 160.0);
    assert!(rig.notes().len() >= 48);
    assert_eq!(rig.shared.live.underruns.load(Relaxed), 0);
    rig.performance.run = Run::Host;
    rig.stop(0.0);
    assert!(!rig.shared.live.playing.load(Relaxed));
}

#[test]
fn a_host_without_tempo_and_position_is_played_at_120_from_the_start() {
    let mut rig = always();
    let tune = rig.tune(rig.notes, 2);
    let blind = Block {
        frames: BAR,
        sample_rate: 48_000.0,
        playing: false,
        position: None,
        tempo: None,
        loop_range: None,
    };
    let (settings, performance) = (rig.asked(), rig.performance);
    let mut keys = Vec::new();
    for _ in 0..2 {
        rig.processor.process(&blind, None, |_| settings, &performance, &mut |event| {
            keys.extend(event.is_on().then_some(event.key()));
            true
        });
    }
    assert_eq!(keys, pitches(&tune));
}

#[test]
fn a_block_without_samples_moves_nothing() {
    let mut rig = always();
    let tune = rig.tune(rig.notes, 8);
    stand(&mut rig, 0.0, 4);
    rig.block(false, 0.0, 0);
    assert_eq!(stand(&mut rig, 0.0, 4), pitches(&tune[1..2]));
    rig.block(false, 16.0, 0);
    assert_eq!(stand(&mut rig, 16.0, 4), pitches(&tune[4..5]));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn however_it_changes_hands_every_note_ends(
        script in proptest::collection::vec(
            (any::<bool>(), any::<bool>(), 0..32u8, 1..30_000u32, any::<bool>()),
            1..30,
        ),
    ) {
        let mut rig = Rig::new();
        let mut position = 0.0;
        for (run, playing, place, frames, moves) in script {
            rig.performance.run = if run { Run::Always } else { Run::Host };
            position = if moves { f64::from(place) } else { position };
            rig.block(playing, position, frames);
            if playing {
                position += f64::from(frames) / 24_000.0;
            }
        }
        rig.performance.run = Run::Host;
        rig.stop(position);
        prop_assert!(all_end(&rig.events));
    }
}
