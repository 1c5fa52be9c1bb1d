//! The player, played by an imaginary host.

mod cases;
mod host;
mod performance_settings;
mod properties;
mod rendering;

use std::sync::Arc;

use jukebox_model::composer::ComposerSettings;
use jukebox_model::meter::MeterMap;
use jukebox_model::piece::{Note, Tick};
use jukebox_model::take::{Bar, Take};

use super::*;
use crate::shared::score::Held;

/// A score of bars in 4/4 that hold these notes, and as many empty bars after them.
fn score(bars: usize, notes: &[Note]) -> Score {
    let of_bar = |bar: usize| {
        let range = (bar as Tick * 96)..(bar as Tick * 96 + 96);
        let notes = notes.iter().filter(|note| range.contains(&note.onset));
        (ComposerSettings::default(), notes.copied().collect::<Vec<_>>())
    };
    let take = Take::restore(MeterMap::default(), (0..bars).map(of_bar));
    assert_eq!(take.bars().len(), bars);
    Score { bars: take.bars().to_vec(), ..Score::default() }
}

fn note(onset: Tick, pitch: u8, duration: Tick) -> Note {
    Note { onset, part: 0, pitch, duration, velocity: 100 }
}

/// A note a quarter long on every quarter of some bars, going up.
fn quarters(bars: u32) -> Score {
    let notes: Vec<_> = (0..bars * 4).map(|i| note(i * 24, 48 + (i % 48) as u8, 24)).collect();
    score(bars as usize, &notes)
}

/// 1,000 samples are a tick: 120 bpm at 48 kHz.
fn block(frames: u32, position: f64) -> Block {
    Block {
        frames,
        sample_rate: 48_000.0,
        playing: true,
        position: Some(position),
        tempo: Some(120.0),
        loop_range: None,
    }
}

fn stopped() -> Block {
    Block { playing: false, ..block(64, 0.0) }
}

/// What a player sends in a block.
fn play(player: &mut Player, score: &Score, block: &Block) -> Vec<PlayerEvent> {
    play_as(player, score, block, &PerformanceSettings::default())
}

fn play_as(
    player: &mut Player,
    score: &Score,
    block: &Block,
    performance: &PerformanceSettings,
) -> Vec<PlayerEvent> {
    let mut events = Vec::new();
    let passage = player.follow(block);
    player.play(&passage, score, performance, &mut |_| PitchClasses::default(), &mut |event| {
        events.push(event);
        true
    });
    assert!(events.is_sorted_by_key(PlayerEvent::timing), "{events:?}");
    assert!(events.iter().all(|event| event.timing() < block.frames), "{events:?}");
    events
}

fn on(timing: u32, key: u8) -> PlayerEvent {
    PlayerEvent::NoteOn { timing, channel: 0, key, velocity: 100.0 / 127.0, part: Some(0) }
}

fn off(timing: u32, key: u8) -> PlayerEvent {
    PlayerEvent::NoteOff { timing, channel: 0, key }
}

/// The score behind an [`Arc`], as the conductor hands it over.
fn held(score: &Score, bars: Range, pass: u64) -> Held {
    Held { bars: score.bars[bars].iter().map(Arc::clone).collect(), band: score.band.clone(), pass }
}

type Range = std::ops::Range<usize>;
