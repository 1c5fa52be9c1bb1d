//! Records whose notes choose their part.

use std::sync::Arc;

use jukebox_model::piece::Note;
use jukebox_model::sheet::{FormLetters, SongForm};
use proptest::prelude::*;

use super::rig::{Rig, band, write};
use super::states::{load, reopen, save};
use crate::audio::player::{PartSettings, PlayerEvent};
use crate::shared::Order;
use crate::song::{CompositionSettings, SheetByHand, bit};

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
    for part in 0..2 {
        let keys = pitched.iter().filter(|it| it.0 == part).map(|it| it.1 - 7);
        assert!(keys.eq(of(part..part + 1)));
    }
    assert_eq!(pitched.len(), of(0..2).count());
}

/// The keys of each channel that instances of one part each play, in blocks of several lengths.
fn of_each_part(rig: &mut Rig, bars: std::ops::Range<u32>) -> Vec<Vec<(u8, u8)>> {
    let mut part = |(part, blocks): (u8, u32)| {
        let mut only = reopen(rig);
        only.performance = rig.performance;
        only.performance.parts.only = Some(part);
        only.bars(bars.clone(), blocks);
        struck(&only)
    };
    [(0, 3), (1, 7), (2, 16)].map(&mut part).into()
}

#[test]
fn instances_of_one_part_each_play_the_song_together() {
    let mut rig = rig();
    rig.bars(0..8, 4);
    let all = struck(&rig);
    for (channel, part) in [0, 1, 9].into_iter().zip(of_each_part(&mut rig, 0..8)) {
        assert!(!part.is_empty());
        let expected: Vec<_> = all.iter().filter(|it| it.0 == channel).copied().collect();
        assert_eq!(part, expected);
    }
}

#[test]
fn a_part_is_moved_muted_and_sent_to_its_channel() {
    let mut rig = rig();
    rig.bars(0..4, 4);
    let plain = struck(&rig);
    let of = |heard: &[(u8, u8)], channel| -> Vec<u8> {
        heard.iter().filter(|it| it.0 == channel).map(|it| it.1).collect()
    };
    let parts = &mut rig.performance.parts;
    (parts.channels[0], parts.octaves[0], parts.octaves[2]) = (Some(5), 1, 1);
    parts.muted = bit(1);
    rig.bars(0..4, 4);
    let heard = struck(&rig);
    let higher: Vec<u8> = of(&plain, 0).iter().map(|key| key + 12).collect();
    assert_eq!(of(&heard, 5), higher);
    assert_eq!(of(&heard, 9), of(&plain, 9), "drums have no octaves");
    assert!(of(&heard, 0).is_empty() && of(&heard, 1).is_empty());
    rig.performance.parts = PartSettings { solo: bit(1), ..PartSettings::default() };
    rig.bars(0..4, 4);
    assert_eq!(struck(&rig), plain.into_iter().filter(|it| it.0 == 1).collect::<Vec<_>>());
}

/// What a part plays in some bars.
fn part_of(rig: &Rig, part: u8, bars: std::ops::Range<usize>) -> Vec<Note> {
    let notes = rig.notes()[bars].concat();
    notes.into_iter().filter(|note| note.part == part).collect()
}

#[test]
fn one_part_is_composed_again_and_the_others_stay() {
    for length in [0, 4] {
        let mut rig = rig();
        rig.settings.length = length;
        rig.bars(0..1, 4);
        rig.stop(0.0);
        let parts = |rig: &Rig| [0, 1, 2].map(|part| part_of(rig, part, 0..4));
        let before = parts(&rig);
        rig.shared.order(Order::RecomposePart(Some(0..4), 1));
        rig.settle();
        assert_eq!(rig.message(), None);
        let after = parts(&rig);
        assert_eq!([&after[0], &after[2]], [&before[0], &before[2]]);
        assert!(after[1] != before[1] && !after[1].is_empty());
        rig.shared.order(Order::Undo);
        rig.settle();
        assert_eq!(parts(&rig), before);
    }
}

#[test]
fn a_locked_part_stays_in_every_take_and_in_the_saved_song() {
    for length in [0, 4] {
        let mut rig = rig();
        rig.settings.length = length;
        rig.bars(0..1, 4);
        rig.stop(0.0);
        let bass = part_of(&rig, 1, 1..3);
        let melody = part_of(&rig, 0, 1..3);
        rig.shared.order(Order::LockPart(1..3, 1, true));
        rig.settle();
        assert_eq!(part_of(&rig, 1, 1..3), bass);
        assert_eq!(rig.shared.view().locked_parts[..4], [0, bit(1), bit(1), 0]);
        rig.notes.take = 2;
        rig.stop(0.0);
        assert_eq!(part_of(&rig, 1, 1..3), bass, "another take plays to it");
        assert_ne!(part_of(&rig, 0, 1..3), melody);
        let other = part_of(&rig, 0, 0..4);
        let again = reopen(&rig);
        assert_eq!(again.shared.view().locked_parts[..4], [0, bit(1), bit(1), 0]);
        assert_eq!(again.notes()[..4], rig.notes()[..4]);
        // All that is not locked is composed again.
        rig.shared.order(Order::Recompose(Some(0..4)));
        rig.settle();
        assert_eq!(part_of(&rig, 1, 1..3), bass);
        assert_ne!(part_of(&rig, 0, 0..4), other);
        // The whole bar is locked once all its parts are.
        rig.shared.order(Order::LockPart(1..2, 0, true));
        rig.shared.order(Order::LockPart(1..2, 2, true));
        rig.settle();
        assert!(rig.shared.view().locked[1]);
        rig.shared.order(Order::LockPart(1..2, 0, false));
        rig.settle();
        assert_eq!(rig.shared.view().locked_parts[1], bit(1) | bit(2));
        rig.shared.order(Order::Lock(0..4, false));
        rig.settle();
        assert_eq!(rig.shared.view().locked_parts[..4], [0; 4]);
    }
}

#[test]
fn sections_come_back_as_the_form_says() {
    let mut rig = rig();
    rig.notes.form = SongForm::Aaba;
    rig.bars(0..33, 1);
    let section = |rig: &Rig, number: usize| -> Vec<Vec<(u32, u8)>> {
        let bars = rig.notes()[8 * number..8 * (number + 1)].to_vec();
        let note = |note: &Note| (note.onset % 96, note.pitch);
        bars.iter().map(|bar| bar.iter().map(note).collect()).collect()
    };
    assert_eq!(section(&rig, 0), section(&rig, 1));
    assert_eq!(section(&rig, 0), section(&rig, 3));
    assert_ne!(section(&rig, 0), section(&rig, 2));
    let letters: Vec<_> =
        rig.shared.view().sheet.iter().step_by(8).filter_map(|bar| bar.section).collect();
    assert_eq!(letters[..5], [('A', false), ('A', false), ('B', false), ('A', false), ('A', true)]);
    // By hand.
    let letters: FormLetters = "ABA".parse().unwrap();
    let sheet = SheetByHand { letters: letters.0.into(), ..SheetByHand::default() };
    rig.shared.order(Order::WriteSheet(sheet.clone()));
    rig.notes.form = SongForm::Written;
    rig.bars(0..25, 1);
    assert_eq!(section(&rig, 0), section(&rig, 2));
    assert_ne!(section(&rig, 0), section(&rig, 1));
    let again = reopen(&rig);
    assert_eq!(again.shared.view().written, sheet);
    assert_eq!(section(&again, 2), section(&rig, 2));
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

/// What somebody does to a song.
#[derive(Clone, Debug)]
enum Gesture {
    Lock(u32, u8, bool),
    LockBar(u32, bool),
    Recompose(u32, u8),
    RecomposeAll,
    Undo,
    Redo,
    Take(u32),
    Play(u32),
}

fn gestures() -> impl Strategy<Value = Vec<Gesture>> {
    let gesture = prop_oneof![
        3 => (0u32..8, 0u8..3, any::<bool>()).prop_map(|(bar, part, it)| Gesture::Lock(bar, part, it)),
        1 => (0u32..8, any::<bool>()).prop_map(|(bar, it)| Gesture::LockBar(bar, it)),
        3 => (0u32..8, 0u8..3).prop_map(|(bar, part)| Gesture::Recompose(bar, part)),
        1 => Just(Gesture::RecomposeAll),
        2 => Just(Gesture::Undo),
        1 => Just(Gesture::Redo),
        1 => (1u32..4).prop_map(Gesture::Take),
        2 => (1u32..4).prop_map(Gesture::Play),
    ];
    prop::collection::vec(gesture, 0..10)
}

impl Gesture {
    fn befall(self, rig: &mut Rig) {
        match self {
            Self::Lock(bar, part, it) => rig.shared.order(Order::LockPart(bar..bar + 2, part, it)),
            Self::LockBar(bar, it) => rig.shared.order(Order::Lock(bar..bar + 1, it)),
            Self::Recompose(bar, part) => {
                rig.shared.order(Order::RecomposePart(Some(bar..bar + 2), part));
            }
            Self::RecomposeAll => rig.shared.order(Order::Recompose(None)),
            Self::Undo => rig.shared.order(Order::Undo),
            Self::Redo => rig.shared.order(Order::Redo),
            Self::Take(take) => rig.notes.take = take,
            Self::Play(bars) => {
                rig.bars(0..bars, 4);
            }
        }
        rig.settle();
        rig.stop(0.0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn instances_of_a_part_each_play_together_whatever_was_done_to_the_song(
        length in prop::sample::select(vec![0u32, 0, 1, 4, 8]),
        evolve in prop::sample::select(vec![0u32, 0, 40, 100]),
        form in prop::sample::select(vec![SongForm::AsLearnt, SongForm::Aaba, SongForm::EndlessNew]),
        take in 1u32..100,
        gestures in gestures(),
        muted in 0u32..8,
        groove in prop::sample::select(vec![0u8, 100]),
    ) {
        let mut rig = rig();
        rig.settings = CompositionSettings { length, evolve, ..rig.settings };
        (rig.notes.form, rig.notes.take) = (form, take);
        rig.stop(0.0);
        rig.performance.timing.groove = groove;
        rig.bars(0..2, 4);
        gestures.into_iter().for_each(|it| it.befall(&mut rig));
        rig.performance.parts.muted = muted;
        rig.bars(0..12, 4);
        let all = struck(&rig);
        for (channel, part) in [0, 1, 9].into_iter().zip(of_each_part(&mut rig, 0..12)) {
            let expected: Vec<_> = all.iter().filter(|it| it.0 == channel).copied().collect();
            prop_assert_eq!(part, expected);
        }
    }

    #[test]
    fn locked_parts_stand_in_every_take_and_undo_brings_all_back(
        length in prop::sample::select(vec![0u32, 4, 8]),
        locks in prop::collection::vec((0u32..4, 0u8..3), 1..6),
        take in 2u32..100,
    ) {
        let mut rig = rig();
        rig.settings.length = length;
        rig.stop(0.0);
        let before = rig.notes()[..4].to_vec();
        for &(bar, part) in &locks {
            rig.shared.order(Order::LockPart(bar..bar + 1, part, true));
        }
        rig.notes.take = take;
        rig.settle();
        rig.stop(0.0);
        let stands = |rig: &Rig, (bar, part): (u32, u8)| part_of(rig, part, bar as usize..bar as usize + 1);
        for &lock in &locks {
            let expected: Vec<Note> =
                before[lock.0 as usize].iter().filter(|it| it.part == lock.1).copied().collect();
            prop_assert_eq!(stands(&rig, lock), expected);
        }
        rig.shared.order(Order::Recompose(Some(0..4)));
        rig.settle();
        for &lock in &locks {
            let expected: Vec<Note> =
                before[lock.0 as usize].iter().filter(|it| it.part == lock.1).copied().collect();
            prop_assert_eq!(stands(&rig, lock), expected);
        }
        rig.notes.take = 1;
        (0..=locks.len()).for_each(|_| rig.shared.order(Order::Undo));
        rig.settle();
        rig.stop(0.0);
        prop_assert_eq!(&rig.notes()[..4], &before[..]);
    }
}
