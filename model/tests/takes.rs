//! Takes of networks that have learnt nothing: what holds of every take.
#![cfg(feature = "train")]

mod common;

use std::sync::Arc;

use common::{band, piece, record};
use jukebox_model::composer::{Composer, ComposerSettings};
use jukebox_model::meter::{Meter, MeterMap};
use jukebox_model::piece::{Note, Piece};
use jukebox_model::take::Take;

#[test]
fn a_take_is_the_same_every_time_and_changes_with_its_number() {
    let record = Arc::new(record(&band()));
    let compose = |take: u32| {
        let mut composer = Composer::new(Arc::clone(&record));
        let mut song = Take::default();
        for _ in 0..12 {
            song.compose_next(
                &mut composer,
                &ComposerSettings { take, ..ComposerSettings::default() },
            );
        }
        song.notes()
    };
    assert_eq!(compose(1), compose(1));
    assert_ne!(compose(1), compose(2));
}

/// A take of some bars with settings.
fn composed(piece: &Piece, settings: ComposerSettings, bars: usize) -> Take {
    let mut composer = Composer::new(Arc::new(record(piece)));
    let mut take = Take::default();
    for _ in 0..bars {
        take.compose_next(&mut composer, &settings);
    }
    take
}

#[test]
fn density_register_and_variation_steer_a_take() {
    let plain = ComposerSettings::default();
    let notes = |settings| composed(&piece(), settings, 40).notes();
    let [few, some, many] =
        [-1.0, 0.0, 1.0].map(|density| notes(ComposerSettings { density, ..plain }).len());
    assert!(few < some && some < many, "{few} {some} {many}");
    let pitches: Vec<u8> = notes(plain).iter().map(|note| note.pitch).collect();
    let (low, high) = (pitches.iter().min().unwrap() + 1, pitches.iter().max().unwrap() - 1);
    let within = notes(ComposerSettings { register: (low, high), ..plain });
    assert!(within.iter().all(|note| (low..=high).contains(&note.pitch)));
    assert_ne!(notes(ComposerSettings { variation: 1, ..plain }), notes(plain));
}

#[test]
fn bars_tell_which_notes_the_motif_memory_has_brought_back() {
    let copied = |motif: f32| {
        let settings = ComposerSettings { motif, ..ComposerSettings::default() };
        let take = composed(&band(), settings, 40);
        assert!(take.bars().iter().all(|bar| bar.copied.len() == bar.notes.len()));
        take.bars().iter().flat_map(|bar| bar.copied.clone()).filter(|copied| *copied).count()
    };
    assert_eq!(copied(0.0), 0);
    assert!(copied(0.9) > copied(0.1));
}

#[test]
fn composed_bars_hold_sorted_notes_of_the_vocabulary_inside_the_bar() {
    for piece in [piece(), band()] {
        composes_sorted_notes(&piece);
    }
}

fn composes_sorted_notes(piece: &Piece) {
    let record = Arc::new(record(piece));
    let mut composer = Composer::new(Arc::clone(&record));
    let meters = MeterMap::from_changes([
        (0, Meter::COMMON),
        (4 * 96, Meter::new(7, 8).unwrap()),
        (4 * 96 + 100, Meter::new(6, 8).unwrap()),
    ]);
    let mut take = Take::new(meters);
    for _ in 0..20 {
        take.compose_next(
            &mut composer,
            &ComposerSettings {
                take: 3,
                temperature: 1.5,
                top_p: 1.0,
                ..ComposerSettings::default()
            },
        );
    }
    for bar in take.bars() {
        for note in &bar.notes {
            assert!((bar.slot.start..bar.end).contains(&note.onset));
            let vocabulary = record.vocabulary();
            let keys = vocabulary.part_keys.get(usize::from(note.part));
            assert!(keys.unwrap_or(&vocabulary.pitches).contains(&note.pitch));
        }
        // Ascending parts inside an onset, and pitches inside a part: sorted, and none twice.
        let place = |note: &Note| (note.onset, note.part, note.pitch);
        assert!(bar.notes.is_sorted_by(|a, b| place(a) < place(b)));
    }
    assert!(take.notes().len() > 20);
    for part in 0..piece.parts.len() as u8 {
        assert!(take.notes().iter().any(|note| note.part == part), "part {part} plays");
    }
}

#[test]
fn the_register_holds_for_pitched_parts_and_leaves_drums_alone() {
    let settings = ComposerSettings { register: (58, 66), ..ComposerSettings::default() };
    let take = composed(&band(), settings, 40);
    let (drums, pitched): (Vec<Note>, Vec<Note>) =
        take.notes().into_iter().partition(|note| note.part == 2);
    assert!(pitched.iter().all(|note| (58..=66).contains(&note.pitch)));
    assert!(drums.iter().any(|note| note.pitch == 36));
}

#[test]
fn motifs_come_back_in_their_parts() {
    let settings = ComposerSettings { motif: 1.0, ..ComposerSettings::default() };
    let take = composed(&band(), settings, 40);
    let copied = take.bars().iter().flat_map(|bar| bar.notes.iter().zip(&bar.copied));
    let copied: Vec<u8> = copied.filter(|(_, it)| **it).map(|(note, _)| note.part).collect();
    assert!((0..3).all(|part| copied.contains(&part)));
}

#[test]
fn a_restored_take_goes_on_as_the_original_does() {
    let record = Arc::new(record(&band()));
    let mut composer = Composer::new(Arc::clone(&record));
    let settings = ComposerSettings::default();
    let mut original = Take::default();
    for _ in 0..6 {
        original.compose_next(&mut composer, &settings);
    }
    let saved: Vec<_> =
        original.bars()[..4].iter().map(|bar| (bar.settings, bar.notes.clone())).collect();
    let mut restored = Take::restore(original.meters().clone(), saved);
    restored.compose_next(&mut composer, &settings);
    restored.compose_next(&mut composer, &settings);
    assert_eq!(restored.notes(), original.notes());
}

#[test]
fn a_known_future_changes_what_is_composed_before_it() {
    let mut composer = Composer::new(Arc::new(record(&band())));
    let (meters, bar) = (MeterMap::default(), MeterMap::default().bar(0));
    let piece = band();
    let coming: Vec<Note> =
        piece.notes.iter().map(|note| Note { onset: note.onset + 96, ..*note }).collect();
    let future = composer.foresee(&meters, &coming).unwrap();
    assert!(composer.foresee(&meters, &[]).is_none());
    let past = composer.begin(bar);
    let composed = |composer: &mut Composer, future| {
        let settings = |take| ComposerSettings {
            take,
            temperature: 1.0,
            top_p: 1.0,
            ..ComposerSettings::default()
        };
        (1..20)
            .map(|take| composer.compose(&past, bar, 96, &settings(take), future).notes)
            .collect::<Vec<_>>()
    };
    assert_ne!(composed(&mut composer, None), composed(&mut composer, Some(&future)));
}
