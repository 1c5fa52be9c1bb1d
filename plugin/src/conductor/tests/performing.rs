//! What each performance parameter does to what is heard.

use std::sync::Arc;

use super::rig::{BAR, Rig};
use crate::audio::player::PlayerEvent;
use crate::params::JukeboxParams;
use crate::params::tests::turn;

/// Bars that are listened to.
const BARS: u32 = 8;

/// What is heard with some parameters set, in blocks of a size: sample, key, channel and velocity of
/// each start, and the sample of each release.
fn heard(settings: &[(&str, &str)], frames: u32) -> Heard {
    let params = JukeboxParams::new(Arc::default());
    for (id, text) in settings {
        turn(&params, id, text);
    }
    let mut rig = Rig::new();
    rig.notes = params.composition_settings(None).notes;
    rig.stop(0.0);
    rig.performance = params.performance();
    let mut heard = Heard::default();
    for block in 0..BARS * BAR / frames {
        rig.events.clear();
        rig.block(true, f64::from(block * frames) / 24_000.0, frames);
        for event in &rig.events {
            let sample = block * frames + event.timing();
            match *event {
                PlayerEvent::NoteOn { channel, key, velocity, .. } => {
                    heard.on.push((sample, key, channel, (velocity * 127.0).round() as u8));
                }
                PlayerEvent::NoteOff { .. } => heard.off.push(sample),
            }
        }
    }
    heard
}

#[derive(Debug, Default, PartialEq)]
struct Heard {
    on: Vec<(u32, u8, u8, u8)>,
    off: Vec<u32>,
}

impl Heard {
    fn keys(&self) -> Vec<u8> {
        self.on.iter().map(|on| on.1).collect()
    }

    fn starts(&self) -> Vec<u32> {
        self.on.iter().map(|on| on.0).collect()
    }

    fn velocities(&self) -> Vec<u8> {
        self.on.iter().map(|on| on.3).collect()
    }

    fn lengths(&self) -> u64 {
        let sum = |samples: Vec<u32>| samples.into_iter().map(u64::from).sum::<u64>();
        let released = self.off.len();
        sum(self.off.clone()) - sum(self.starts()[..released].to_vec())
    }
}

fn plain() -> Heard {
    let plain = heard(&[], 4_000);
    assert!(plain.on.len() > 20, "{plain:?}");
    plain
}

#[test]
fn the_key_and_the_octave_move_every_note() {
    let moved: Vec<u8> = plain().keys().iter().map(|key| key + 12 - 3).collect();
    assert_eq!(heard(&[("key", "A"), ("octave", "1")], 4_000).keys(), moved);
}

#[test]
fn the_scale_lets_no_other_note_be_heard() {
    let blues = [0, 3, 5, 6, 7, 10];
    let inside = |key: &u8| blues.contains(&(key % 12));
    let snapped = heard(&[("scale", "Blues")], 4_000);
    assert!(snapped.on.len() > 20 && snapped.keys().iter().all(inside));
    let muted = heard(&[("scale", "Blues"), ("outside", "Mute")], 4_000);
    let rest: Vec<u8> = plain().keys().into_iter().filter(inside).collect();
    assert_eq!(muted.keys(), rest);
    assert_eq!(heard(&[("scale", "Blues"), ("outside", "Leave")], 4_000), plain());
}

#[test]
fn the_velocity_and_its_curve_change_how_loud_it_is() {
    let flat = heard(&[("velocity", "0 %")], 4_000).velocities();
    assert!(flat.iter().all(|&velocity| velocity == 80));
    let softer = heard(&[("velocity_curve", "-0.5")], 4_000).velocities();
    assert!(softer.iter().zip(plain().velocities()).all(|(&softer, plain)| softer < plain));
    let human = heard(&[("humanise_velocity", "50")], 4_000);
    assert_ne!(human.velocities(), plain().velocities());
    assert_eq!((human.starts(), human.keys()), (plain().starts(), plain().keys()));
}

#[test]
fn the_gate_changes_how_long_notes_are() {
    let short = heard(&[("gate", "50")], 4_000);
    assert_eq!(short.starts(), plain().starts());
    assert!(short.lengths() < plain().lengths() * 6 / 10);
}

#[test]
fn swing_delays_the_second_of_a_pair() {
    for (grid, half) in [("1/8", 12_000), ("1/16", 6_000)] {
        let swung = heard(&[("swing", "75 %"), ("swing_grid", grid)], 4_000).starts();
        let (mut delayed, straight) = (0, plain().starts());
        for (swung, straight) in swung.iter().zip(straight) {
            let second = straight % (2 * half) == half;
            delayed += u32::from(second);
            if second || straight % (2 * half) == 0 {
                assert_eq!(*swung, straight + if second { half / 2 } else { 0 });
            }
        }
        assert!(delayed > 0, "{grid}");
    }
}

#[test]
fn humanise_depends_on_the_take_and_not_on_the_blocks() {
    let human = [("humanise_timing", "100 %"), ("swing", "60 %"), ("humanise_velocity", "30 %")];
    let once = heard(&human, 4_000);
    assert_ne!(once.starts(), plain().starts());
    for frames in [64, 1_500, 96_000] {
        assert_eq!(heard(&human, frames), once);
    }
}

#[test]
fn the_channel_is_the_one_that_is_chosen() {
    let channels = |text| heard(&[("channel", text)], 4_000).on.into_iter().map(|on| on.2);
    assert!(channels("Auto").all(|channel| channel == 0));
    assert!(channels("16").all(|channel| channel == 15));
}
