//! Listening and answering, from the input to the answer.

use std::ops::Range;

use jukebox_model::piece::Note;

use super::rig::{BAR, Rig, pitches};
use crate::audio::input::InputEvent;
use crate::audio::player::PlayerEvent;
use crate::shared::Order;
use crate::song::CompositionSettings;

/// Sample of the song, and what a player does there: key, and velocity where it goes down.
pub type Gesture = (u32, u8, Option<f32>);

/// A rig that listens for a bar and answers for a bar.
fn replying() -> Rig {
    let mut rig = Rig::new();
    rig.settings = CompositionSettings { reply: 1, ..rig.settings };
    rig.stop(0.0);
    rig
}

/// Plays bars in blocks of some samples while somebody plays to them; gives the keys that went down.
pub fn play(rig: &mut Rig, bars: u32, frames: u32, gestures: &[Gesture]) -> Vec<u8> {
    rig.events.clear();
    play_samples(rig, 0..bars * BAR, frames, gestures);
    rig.keys()
}

/// Plays some samples of the song likewise.
pub fn play_samples(rig: &mut Rig, samples: Range<u32>, frames: u32, gestures: &[Gesture]) {
    rig.performance.thru = false;
    for start in samples.step_by(frames as usize) {
        for &(at, key, velocity) in
            gestures.iter().filter(|it| (start..start + frames).contains(&it.0))
        {
            let event =
                InputEvent { timing: at - start, channel: Some(0), key: Some(key), velocity };
            assert!(rig.processor.push_input(event));
        }
        rig.block(true, f64::from(start) / f64::from(BAR) * 4.0, frames);
    }
}

/// A quarter note of 24,000 samples each; the last one is held beyond the bar line.
const PHRASE: [Gesture; 7] = [
    (50, 60, Some(0.5)),
    (23_000, 60, None),
    (24_100, 64, Some(0.6)),
    (47_000, 64, None),
    (71_900, 67, Some(0.7)),
    (90_000, 72, Some(0.8)),
    (110_000, 67, None),
];

#[test]
fn what_is_played_is_heard_at_its_place_and_answered() {
    let mut rig = replying();
    let unheard = rig.notes()[1].clone();
    let heard = play(&mut rig, 2, BAR / 16, &PHRASE);
    let note =
        |onset, pitch, duration, velocity| Note { onset, part: 0, pitch, duration, velocity };
    let phrase = [note(0, 60, 23, 64), note(24, 64, 23, 76), note(72, 67, 24, 89)];
    let bars = rig.notes();
    assert_eq!(bars[0], phrase, "the last key came too late");
    assert_ne!(bars[1], unheard);
    assert_eq!(heard, pitches(&bars[1..2]), "only the answer sounds");
    assert!(heard.len() > 1);
}

#[test]
fn the_answer_is_the_same_in_every_block_size_and_every_time() {
    let answers = [BAR / 8, BAR / 50, 500].map(|frames| play(&mut replying(), 4, frames, &PHRASE));
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
    let mut rig = replying();
    let live = play(&mut rig, 4, BAR / 16, &PHRASE);
    rig.stop(0.0);
    assert_eq!(play(&mut rig, 4, BAR / 16, &[]), live, "a bounce without the player");
}

#[test]
fn what_was_played_to_another_state_is_not_heard() {
    let mut rig = replying();
    play_samples(&mut rig, 0..BAR / 2, BAR / 16, &PHRASE);
    rig.shared.restore(Ok(rig.shared.song()));
    rig.stop(0.0);
    play(&mut rig, 1, BAR / 16, &[(50, 67, Some(0.5)), (20_000, 67, None)]);
    assert_eq!(pitches(&rig.notes()[..1]), [67]);
}

#[test]
fn the_key_that_is_heard_is_taken_from_what_is_played() {
    let mut rig = replying();
    rig.performance.shift = 2;
    play(&mut rig, 1, BAR / 16, &PHRASE);
    assert_eq!(pitches(&rig.notes()[..1]), [58, 62, 65]);
}

#[test]
fn a_phrase_that_was_played_can_begin_the_loop() {
    let mut rig = replying();
    play(&mut rig, 2, BAR / 16, &PHRASE);
    rig.shared.order(Order::KeepPhrase);
    rig.settings = CompositionSettings { reply: 0, length: 4, ..rig.settings };
    rig.stop(0.0);
    let bars = rig.notes();
    assert_eq!(pitches(&bars[..1]), [60, 64, 67]);
    assert_eq!(pitches(&bars[4..5]), [60, 64, 67]);
    assert!(rig.shared.view().locked[0]);
    rig.events.clear();
    rig.bars(0..1, 4);
    assert!(rig.events.iter().any(PlayerEvent::is_on), "now it sounds");
}
