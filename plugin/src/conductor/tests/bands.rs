//! Records whose notes choose their part.

use std::sync::Arc;

use super::rig::{Rig, band, write};
use super::states::{load, reopen, save};
use crate::audio::player::PlayerEvent;
use crate::shared::Order;

/// An instance that plays a band, a fifth higher.
fn rig() -> Rig {
    let mut rig = Rig::new();
    rig.shared.order(Order::Load(write(&band(3), rig.folder.path())));
    rig.record = Arc::new(band(3));
    rig.performance.shift = 7;
    rig.settle();
    rig
}

/// Channels and keys that went down.
fn struck(rig: &Rig) -> Vec<(u8, u8)> {
    let struck = |event: &PlayerEvent| match *event {
        PlayerEvent::NoteOn { channel, key, .. } => Some((channel, key)),
        PlayerEvent::NoteOff { .. } => None,
    };
    rig.events.iter().filter_map(struck).collect()
}

#[test]
fn all_parts_play_and_drums_keep_their_keys_and_their_channel() {
    let mut rig = rig();
    rig.bars(0..8, 4);
    let expected = rig.tune(rig.notes, 8);
    let notes: Vec<_> = expected.iter().flatten().collect();
    assert!((0..3).all(|part| notes.iter().any(|note| note.part == part)));
    let (drums, pitched): (Vec<_>, Vec<_>) =
        struck(&rig).into_iter().partition(|(channel, _)| *channel == 9);
    let of = |part: std::ops::Range<u8>| {
        notes.iter().filter(move |note| part.contains(&note.part)).map(|note| note.pitch)
    };
    assert!(drums.iter().map(|(_, key)| *key).eq(of(2..3)));
    assert!(pitched.iter().all(|(channel, _)| *channel == 0));
    // A key that two parts strike at once sounds once.
    let keys: Vec<u8> = pitched.iter().map(|(_, key)| key - 7).collect();
    assert!(keys.len() <= of(0..2).count() && keys.len() * 10 > of(0..2).count() * 9);
    assert!(keys.iter().any(|key| *key < 50) && keys.iter().any(|key| *key > 50));
}

#[test]
fn a_reopened_band_plays_the_same_notes() {
    let mut rig = rig();
    rig.bars(0..6, 4);
    let saved = save(&rig.shared);
    assert!(saved.contains("\"version\":3") && saved.contains("\"Bass\""));
    let mut again = reopen(&rig);
    again.performance = rig.performance;
    assert_eq!(again.message(), None);
    let (heard, expected) = (again.bars(0..20, 4), rig.bars(0..20, 4));
    assert_eq!(heard, expected);
    assert_eq!(struck(&again), struck(&rig));
    // Without its record too.
    let mut lost = Rig::inactive();
    assert!(load(&lost.shared, &saved));
    std::fs::remove_dir_all(rig.folder.path()).unwrap();
    lost.performance = rig.performance;
    lost.processor.activate(lost.asked(), crate::audio::processor::RenderMode::Realtime);
    lost.settle();
    lost.bars(0..6, 4);
    rig.bars(0..6, 4);
    assert_eq!(struck(&lost), struck(&rig));
}

#[test]
fn a_song_without_parts_is_saved_as_older_plugins_read_it() {
    let mut rig = Rig::new();
    rig.bars(0..4, 4);
    let saved = save(&rig.shared);
    assert!(saved.contains("\"version\":2") && !saved.contains("parts"));
}
