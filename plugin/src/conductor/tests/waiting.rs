//! Hosts that wait for bars, hosts that must not, and news that waits for room in the ring.

use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::{Duration, Instant};

use jukebox_model::composer::ComposerSettings;

use super::rig::{BAR, Rig, pitches};
use crate::audio::player::{Block, PlayerEvent};
use crate::audio::processor::{AudioProcessor, RenderMode};
use crate::conductor::engine::Pace;

/// Far more than all waiting that is allowed, on a machine that does other things; far less than a
/// host would take for a hang.
const HANG: Duration = Duration::from_secs(5);

fn rig(mode: RenderMode) -> Rig {
    let mut rig = Rig::new();
    rig.processor.activate(rig.asked(), mode);
    rig.settle();
    rig
}

/// Plays a block while the conductor does nothing; gives the keys that go down.
fn play(processor: &mut AudioProcessor, like: &Like, position: f64, frames: u32) -> Vec<u8> {
    let block = Block {
        frames,
        sample_rate: 48_000.0,
        playing: true,
        position: Some(position),
        tempo: Some(120.0),
        loop_range: None,
    };
    let mut keys = Vec::new();
    processor.process(&block, None, |_| like.0, &like.1, &mut |event| {
        if let PlayerEvent::NoteOn { key, .. } = event {
            keys.push(key);
        }
        true
    });
    keys
}

/// The settings that a block is played with.
struct Like(crate::song::CompositionSettings, crate::audio::player::PerformanceSettings);

impl Like {
    fn of(rig: &Rig) -> Self {
        Self(rig.asked(), rig.performance)
    }
}

#[test]
fn a_host_that_says_that_it_plays_never_waits_however_fast_it_runs() {
    let mut rig = rig(RenderMode::Realtime);
    let (like, began) = (Like::of(&rig), Instant::now());
    for bar in 0..200 {
        play(&mut rig.processor, &like, f64::from(bar) * 4.0, BAR);
        assert!(!rig.shared.live.offline.load(Relaxed));
    }
    assert!(rig.shared.live.underruns.load(Relaxed) > 0);
    assert!(began.elapsed() < HANG);
}

#[test]
fn a_host_that_is_half_a_second_ahead_and_seeks_does_not_wait() {
    let mut rig = rig(RenderMode::Unknown);
    let (like, began) = (Like::of(&rig), Instant::now());
    for seek in 0..30 {
        // Bars that are not composed; 0.6 s of sound are asked for at once.
        for block in 0..60 {
            let position = f64::from(100 * seek) + f64::from(block) * 0.02;
            play(&mut rig.processor, &like, position, 480);
            assert!(!rig.shared.live.offline.load(Relaxed), "seek {seek}, block {block}");
        }
    }
    assert!(began.elapsed() < HANG);
}

#[test]
fn a_conductor_that_does_not_get_on_is_waited_for_once_and_not_for_long() {
    let mut rig = rig(RenderMode::Unknown);
    let (like, began) = (Like::of(&rig), Instant::now());
    for bar in 0..200 {
        play(&mut rig.processor, &like, f64::from(bar) * 4.0, BAR);
    }
    assert!(rig.shared.live.offline.load(Relaxed), "it renders");
    assert!(began.elapsed() < HANG);
    // It has come back.
    rig.settle();
    let tune = rig.tune(rig.notes, 201);
    assert_eq!(play(&mut rig.processor, &like, 800.0, BAR), pitches(&tune[200..]));
}

#[test]
fn a_conductor_that_gets_on_slowly_is_waited_for() {
    let mut rig = rig(RenderMode::Unknown);
    let like = Like::of(&rig);
    let composed = rig.notes().len();
    let tune = rig.tune(rig.notes, composed + 1);
    let Rig { processor, engine, shared, .. } = &mut rig;
    let mut heard = Vec::new();
    for bar in 0..composed {
        heard.extend(play(processor, &like, bar as f64 * 4.0, BAR));
    }
    heard.extend(thread::scope(|scope| {
        scope.spawn(|| {
            // Bars that take longer, all together, than a conductor is waited for that makes none.
            for _ in 0..30 {
                thread::sleep(Duration::from_millis(50));
                shared.live.composed.fetch_add(1, Relaxed);
            }
            while engine.step() == Pace::Busy {}
        });
        play(processor, &like, composed as f64 * 4.0, BAR)
    }));
    assert_eq!(heard, pitches(&tune));
}

/// The song after a change of the settings in its fourth bar, whose block comes after hundreds of other
/// changes; the conductor has read those by then, or reads nothing before the block is over.
fn changed(is_read: bool) -> Vec<Vec<jukebox_model::piece::Note>> {
    let temperature = |temperature| ComposerSettings { temperature, ..ComposerSettings::default() };
    let mut rig = Rig::new();
    let block = |rig: &mut Rig, playing, position: f64| {
        let block = Block {
            frames: BAR / 4,
            sample_rate: 48_000.0,
            playing,
            position: Some(position),
            tempo: Some(120.0),
            loop_range: None,
        };
        let settings = rig.asked();
        rig.processor.process(&block, None, |_| settings, &rig.performance, &mut |_| true);
        if is_read {
            rig.settle();
        }
    };
    for change in 0..300 {
        rig.notes = temperature(if change % 2 == 0 { 1.1 } else { 0.8 });
        block(&mut rig, false, 8.0);
    }
    for quarter in 8..12 {
        block(&mut rig, true, f64::from(quarter));
    }
    rig.notes = temperature(2.0);
    block(&mut rig, true, 12.0);
    rig.settle();
    for quarter in 13..40 {
        block(&mut rig, true, f64::from(quarter));
        rig.settle();
    }
    rig.notes()[..12].to_vec()
}

#[test]
fn settings_that_find_the_ring_full_act_from_where_they_would_have() {
    let expected = changed(true);
    assert_eq!(changed(false), expected);
    // Where it acts is to be seen.
    assert_ne!(
        expected[5],
        Rig::new().tune(ComposerSettings { temperature: 0.8, ..ComposerSettings::default() }, 6)[5]
    );
}
