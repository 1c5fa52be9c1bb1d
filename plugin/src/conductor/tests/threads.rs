//! The conductor on its own thread.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use jukebox_model::composer::ComposerSettings;

use super::rig::{BAR, Rig, pitches};
use crate::audio::player::{Block, PerformanceSettings, PlayerEvent};
use crate::audio::processor::{AudioProcessor, RenderMode};
use crate::conductor::{Conductor, Shared};
use crate::song::CompositionSettings;

/// An instance with its thread, that plays what a rig plays.
fn instance(rig: &Rig) -> (Arc<Shared>, Conductor, AudioProcessor) {
    let shared = Arc::<Shared>::default();
    let (conductor, audio) = Conductor::start(Arc::clone(&shared));
    shared.restore(Ok(rig.shared.song()));
    let processor = AudioProcessor::new(Arc::clone(&shared), audio);
    (shared, conductor, processor)
}

#[test]
fn an_offline_render_waits_for_every_bar() {
    let rig = Rig::inactive();
    let expected = rig.tune(ComposerSettings::default(), 300);
    for _ in 0..3 {
        let (shared, _conductor, mut processor) = instance(&rig);
        processor.activate(CompositionSettings::default(), RenderMode::Offline);
        let mut keys = Vec::new();
        for bar in 0..300 {
            let block = Block {
                frames: BAR,
                sample_rate: 48_000.0,
                playing: true,
                position: Some(f64::from(bar) * 4.0),
                tempo: Some(120.0),
                loop_range: None,
            };
            processor.process(
                &block,
                None,
                |_| CompositionSettings::default(),
                &PerformanceSettings::default(),
                &mut |event| {
                    if let PlayerEvent::NoteOn { key, .. } = event {
                        keys.push(key);
                    }
                    true
                },
            );
        }
        assert_eq!(keys, pitches(&expected));
        assert_eq!(shared.live.underruns.load(Relaxed), 0);
    }
}

#[test]
fn many_instances_come_and_go() {
    let rig = Rig::inactive();
    let mut instances = Vec::new();
    for round in 0..50 {
        let (shared, conductor, mut processor) = instance(&rig);
        if round % 3 > 0 {
            processor.activate(CompositionSettings::default(), RenderMode::Realtime);
        }
        instances.push((shared, conductor, processor));
        if round % 2 == 0 {
            instances.remove(0);
        }
    }
}

#[test]
fn an_instance_that_nobody_wakes_does_nothing() {
    let rig = Rig::inactive();
    let shared = Arc::<Shared>::default();
    let (_conductor, _audio) = Conductor::start(Arc::clone(&shared));
    std::thread::sleep(Duration::from_millis(20));
    assert_eq!(shared.view().record, None);
    // Until somebody does.
    shared.restore(Ok(rig.shared.song()));
    let patience = Instant::now() + Duration::from_secs(60);
    while shared.view().record.is_none() {
        assert!(Instant::now() < patience, "{:?}", shared.view().message);
        std::thread::sleep(Duration::from_millis(1));
    }
}
