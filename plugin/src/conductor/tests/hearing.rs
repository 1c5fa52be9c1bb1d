//! Playing to what comes in: chords of the sheet, and a part of the band.

use std::collections::BTreeMap;
use std::sync::Arc;

use jukebox_model::chord::Chord;
use jukebox_model::composer::{ChordSource, Composer};
use jukebox_model::meter::MeterMap;
use jukebox_model::piece::Note;
use jukebox_model::record::Record;
use jukebox_model::sheet::{ChordTrack, WrittenSheet};
use jukebox_model::take::Take;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::replying::{Gesture, play, play_samples};
use super::rig::{BAR, Rig, band, band_with_chords, notes_of, write};
use super::states::{load, reopen, save};
use crate::shared::Order;
use crate::song::{CompositionSettings, SheetByHand};

/// An instance that plays a band.
fn rig(record: Record, settings: CompositionSettings) -> Rig {
    let mut rig = Rig::new();
    rig.shared.order(Order::Load(write(&record, rig.folder.path())));
    rig.record = Arc::new(record);
    rig.settings = settings;
    rig.notes.chords =
        if settings.chords_heard { ChordSource::Written } else { ChordSource::AsLearnt };
    rig.stop(0.0);
    rig
}

/// One that plays to the chords of the input.
fn accompanist(length: u32) -> Rig {
    let settings = CompositionSettings { chords_heard: true, length, ..Default::default() };
    rig(band_with_chords(5), settings)
}

/// One whose part is what comes in.
fn with_guest(part: u32, length: u32) -> Rig {
    rig(band(3), CompositionSettings { heard_as: part, length, ..Default::default() })
}

/// Keys that are held from a sample to another.
fn held(from: u32, to: u32, keys: &[u8]) -> Vec<Gesture> {
    let ends = [(from, Some(0.5)), (to, None)];
    ends.into_iter().flat_map(|(at, it)| keys.iter().map(move |&key| (at, key, it))).collect()
}

/// Chords by name, a bar each from a bar on.
fn comping(from: u32, chords: &[&[u8]]) -> Vec<Gesture> {
    let bar = |(at, keys): (u32, &&[u8])| held(at * BAR + 20, (at + 1) * BAR - 9_000, keys);
    (from..).zip(chords).flat_map(bar).collect()
}

const AM: &[u8] = &[57, 60, 64];
const F: &[u8] = &[53, 57, 60];
const C: &[u8] = &[48, 55, 64];
const G: &[u8] = &[55, 59, 62];

/// The names of the chords of some bars, as the window shows them.
fn shown(rig: &Rig, bars: usize) -> Vec<String> {
    let name = |it: Option<Chord>| it.map_or("-".to_owned(), |it| it.to_string());
    let sheet = rig.shared.view().sheet;
    let bar = |bar: usize| match sheet[bar].chords.map(name) {
        [one, two] if one == two => one,
        both => both.join(" "),
    };
    (0..bars).map(bar).collect()
}

/// What a composer writes to chords from some bars on.
fn composed(rig: &Rig, chords: &[(u32, &str)], bars: usize) -> Vec<Vec<Note>> {
    let mut composer = Composer::new(Arc::clone(&rig.record));
    let from: BTreeMap<_, _> =
        chords.iter().map(|&(bar, name)| (bar, [Some(name.parse().unwrap()); 2])).collect();
    let heard = ChordTrack { from: Arc::new(from), cycle: None };
    composer.set_sheet(WrittenSheet { heard, ..WrittenSheet::default() });
    let mut take = Take::new(MeterMap::default());
    (0..bars).for_each(|_| take.compose_next(&mut composer, &rig.notes));
    notes_of(&take)
}

#[test]
fn chords_that_are_played_are_those_of_the_bars_to_come() {
    let mut rig = accompanist(0);
    let unheard = rig.notes();
    assert_eq!(unheard[..8], composed(&rig, &[], 8), "nothing was heard yet: as learnt");
    play_samples(&mut rig, 0..BAR, BAR / 16, &comping(0, &[AM]));
    let (before, after) = (composed(&rig, &[], 8), composed(&rig, &[(0, "Am")], 8));
    assert_ne!(before, after);
    assert_eq!(rig.notes()[..8], after);
    // The bar in which it was played has been heard already; the next one is played to it.
    rig.events.clear();
    play_samples(&mut rig, BAR..2 * BAR, BAR / 16, &comping(1, &[F]));
    assert_eq!(rig.keys(), pitches(&after[1]));
    let after = composed(&rig, &[(0, "Am"), (1, "F")], 8);
    assert_eq!(rig.notes()[..8], after);
    assert_eq!(shown(&rig, 4), ["Am", "F", "F", "F"]);
    // Every render after is played to them from the first bar on.
    let again = play(&mut rig, 8, BAR / 50, &[]);
    assert_eq!(again, pitches(&after.concat()));
    assert_eq!(reopen(&rig).bars(0..8, 3), again);
    assert_eq!(reopen(&rig).notes()[..8], after);
}

fn pitches(notes: &[Note]) -> Vec<u8> {
    notes.iter().map(|note| note.pitch).collect()
}

#[test]
fn a_loop_plays_to_the_chords_from_its_second_round_on_as_if_they_were_written() {
    for length in [2, 4] {
        let mut heard = accompanist(length);
        let chords = [AM, F, C, G];
        play(&mut heard, length, BAR / 16, &comping(0, &chords[..length as usize]));
        let mut written = accompanist(length);
        let names = ["Am", "F", "C", "G"].map(|name| [Some(name.parse().unwrap()); 2]);
        let chords = names[..length as usize].into();
        written.settings.chords_heard = false;
        let sheet = SheetByHand { chords, ..SheetByHand::default() };
        written.shared.order(Order::WriteSheet(sheet));
        written.stop(0.0);
        assert_eq!(heard.notes()[..8], written.notes()[..8]);
        assert_eq!(shown(&heard, 8), shown(&written, 8));
        let live = heard.bars(length..3 * length, 16);
        assert_eq!(live, written.bars(length..3 * length, 16));
        assert_eq!(reopen(&heard).bars(length..3 * length, 7), live);
    }
}

#[test]
fn blocks_of_any_length_hear_the_same() {
    let gestures = comping(0, &[AM, F, G, C, AM]);
    let [one, other, third] = [BAR / 8, BAR / 50, 500].map(|frames| {
        let mut rig = accompanist(0);
        let keys = play(&mut rig, 6, frames, &gestures);
        (keys, rig.notes()[..12].to_vec())
    });
    assert_eq!(one, other);
    assert_eq!(one, third);
}

#[test]
fn a_chord_that_is_held_from_before_counts_and_a_single_note_does_not() {
    let mut rig = accompanist(0);
    for &key in AM {
        let event = crate::audio::input::InputEvent {
            timing: 3,
            channel: Some(0),
            key: Some(key),
            velocity: Some(0.5),
        };
        assert!(rig.processor.push_input(event));
    }
    rig.stop(0.0);
    play_samples(&mut rig, 0..2 * BAR, BAR / 16, &held(2 * BAR - 3_000, 2 * BAR - 2_000, AM));
    assert_eq!(shown(&rig, 3), ["Am"; 3]);
    play_samples(&mut rig, 2 * BAR..3 * BAR, BAR / 16, &held(2 * BAR + 9, 3 * BAR - 9, &[50]));
    assert_eq!(shown(&rig, 4), ["Am"; 4]);
    // A chord of each half; the same chord in another key is heard in that.
    rig.performance.shift = 2;
    let mut halves = held(3 * BAR + 10, 3 * BAR + BAR / 2, &[54, 57, 62]);
    halves.extend(held(3 * BAR + BAR / 2, 4 * BAR - 100, &[57, 61, 64]));
    play_samples(&mut rig, 3 * BAR..4 * BAR, BAR / 16, &halves);
    assert_eq!(shown(&rig, 5)[3..], ["C G", "G"]);
}

#[test]
fn what_was_heard_is_forgotten_and_brought_back_by_undo() {
    let mut rig = accompanist(4);
    let unheard = rig.notes();
    play(&mut rig, 4, BAR / 16, &comping(0, &[AM, F, C, G]));
    rig.stop(0.0);
    let heard = rig.notes();
    rig.shared.order(Order::ForgetInput);
    rig.settle();
    assert_eq!(rig.notes()[..8], unheard[..8]);
    rig.shared.order(Order::Undo);
    rig.settle();
    assert_eq!(
        (&rig.notes()[..8], shown(&rig, 4)),
        (&heard[..8], ["Am", "F", "C", "G"].map(str::to_owned).into())
    );
}

#[test]
fn undoing_an_edit_forgets_nothing_that_was_played_since() {
    let mut rig = accompanist(0);
    rig.shared.order(Order::LockPart(6..7, 1, true));
    rig.settle();
    play(&mut rig, 1, BAR / 16, &comping(0, &[AM]));
    rig.stop(0.0);
    rig.shared.order(Order::Undo);
    rig.settle();
    assert_eq!(shown(&rig, 2), ["Am"; 2]);
    assert_eq!(rig.notes()[..8], composed(&rig, &[(0, "Am")], 8));
}

/// What a part plays in a bar, from its bar line.
fn part(rig: &Rig, part: u8, bar: usize) -> Vec<(u32, u8, u32)> {
    let notes = &rig.notes()[bar];
    let own = notes.iter().filter(|note| note.part == part);
    own.map(|note| (note.onset - 96 * bar as u32, note.pitch, note.duration)).collect()
}

/// A tune: a quarter note of 24,000 samples each, and one across the bar line.
const TUNE: [Gesture; 8] = [
    (50, 60, Some(0.5)),
    (23_000, 60, None),
    (24_100, 64, Some(0.6)),
    (47_000, 64, None),
    (71_900, 67, Some(0.7)),
    (80_000, 67, None),
    (90_050, 72, Some(0.8)),
    (BAR + 24_010, 72, None),
];

#[test]
fn a_tune_is_a_part_and_the_others_are_composed_to_it() {
    for length in [0, 2] {
        let mut rig = with_guest(1, length);
        assert!((0..4).all(|bar| part(&rig, 0, bar).is_empty()), "the part waits for its player");
        assert!((0..4).any(|bar| !part(&rig, 1, bar).is_empty()));
        let before = rig.notes();
        play(&mut rig, 1, BAR / 16, &TUNE);
        let first = [(0, 60, 23), (24, 64, 23), (72, 67, 8)];
        let tune = part(&rig, 0, 0);
        assert_eq!((&tune[..3], tune.len()), (&first[..], 4), "{tune:?}");
        assert_eq!((tune[3].0, tune[3].1), (90, 72));
        let with = rig.notes();
        let others = |notes: &[Vec<Note>], bar: usize| -> Vec<Note> {
            notes[bar].iter().filter(|note| note.part != 0).copied().collect()
        };
        assert_ne!(others(&with, 0), others(&before, 0), "they play to it in the next round");
        // Its last note ends in the next bar.
        play_samples(&mut rig, BAR..2 * BAR, BAR / 16, &TUNE);
        assert_eq!(part(&rig, 0, 0)[3], (90, 72, 30));
        assert!(part(&rig, 0, 1).is_empty(), "it was struck before");
        rig.stop(0.0);
        let again = rig.bars(0..8, 5);
        assert!([60, 64, 67].iter().all(|key| again.contains(key)));
        assert_eq!(reopen(&rig).bars(0..8, 3), again);
        assert_eq!(part(&rig, 0, 0)[..3], first);
        if length == 2 {
            assert_eq!(part(&rig, 0, 2), part(&rig, 0, 0), "it comes back in every round");
        }
        // Without its guest the band plays the part as ever.
        rig.settings.heard_as = 0;
        rig.stop(0.0);
        assert_eq!(rig.notes()[..4], with_guest(0, length).notes()[..4]);
        rig.settings.heard_as = 1;
        rig.stop(0.0);
        assert_eq!(rig.bars(0..8, 5), again);
    }
}

#[test]
fn what_is_played_in_the_last_moments_of_a_bar_belongs_to_it() {
    let mut rig = with_guest(1, 0);
    let late = held(BAR - 3_000, BAR - 1_000, &[65]);
    play(&mut rig, 2, 500, &late);
    assert_eq!(part(&rig, 0, 0), [(93, 65, 2)]);
}

#[test]
fn drums_are_heard_as_they_are_struck_and_other_parts_in_the_white_keys() {
    for (number, shift, expected) in [(3, 7, 38), (2, 7, 31), (2, -12, 50)] {
        let mut rig = with_guest(number, 0);
        rig.performance.shift = shift;
        play(&mut rig, 1, BAR / 16, &held(40, 900, &[38]));
        assert_eq!(part(&rig, number as u8 - 1, 0)[0].1, expected);
    }
    // An octave by which the part is moved.
    let mut rig = with_guest(2, 0);
    rig.performance.parts.octaves[1] = 1;
    play(&mut rig, 1, BAR / 16, &held(40, 900, &[48]));
    assert_eq!(part(&rig, 1, 0)[0].1, 36);
}

#[test]
fn a_locked_part_stands_whatever_is_heard() {
    let mut rig = rig(band(3), CompositionSettings::default());
    let bass = part(&rig, 1, 0);
    rig.shared.order(Order::LockPart(0..1, 1, true));
    rig.settings.heard_as = 2;
    rig.stop(0.0);
    play(&mut rig, 1, BAR / 16, &held(40, 900, &[38]));
    assert_eq!(part(&rig, 1, 0), bass);
    rig.shared.order(Order::LockPart(0..1, 1, false));
    rig.settle();
    rig.stop(0.0);
    assert_eq!(part(&rig, 1, 0), [(0, 38, 1)]);
    // What is heard is not composed again; the others are.
    rig.shared.order(Order::RecomposePart(Some(0..1), 1));
    rig.settle();
    assert!(rig.message().unwrap().contains("heard on the input"));
    let others = |rig: &Rig| [0, 1, 2, 3].map(|bar| (part(rig, 0, bar), part(rig, 2, bar)));
    let before = others(&rig);
    rig.shared.order(Order::Recompose(Some(0..4)));
    rig.settle();
    assert_eq!(part(&rig, 1, 0), [(0, 38, 1)]);
    assert_ne!(others(&rig), before);
}

#[test]
fn songs_that_hear_are_saved_as_version_4_and_others_as_before() {
    let mut rig = accompanist(0);
    play(&mut rig, 2, BAR / 16, &comping(0, &[AM, F]));
    let saved: Value = serde_json::from_str(&save(&rig.shared)).unwrap();
    assert_eq!(saved["version"], 4);
    assert_eq!(saved["input_chords"][1], json!([1, ["F:maj", "F:maj"]]));
    let refused = |field: &str, value: Value| {
        let mut damaged = saved.clone();
        damaged[field] = value;
        let other = Rig::inactive();
        load(&other.shared, &damaged.to_string());
        other.message().unwrap_or_default()
    };
    for (field, value) in [
        ("input_chords", json!([[1, ["H", null]]])),
        ("input_chords", json!([[4_000_000_000u32, ["C:maj", null]]])),
        ("input_parts", json!([[0, 1, "4/4", [[0, 200, 4, 80]]]])),
        ("input_parts", json!([[1, 1, "4/4", [[0, 60, 4, 80]]]])),
        ("input_parts", json!([[200, 1, "4/4", []]])),
        ("input_parts", json!([[0, 1, "4/4", [[96, 60, 4, 80]]]])),
    ] {
        let message = refused(field, value.clone());
        assert!(message.contains("refused"), "{field} {value}: {message:?}");
    }
    // What an older plugin wrote has heard nothing.
    let mut older = accompanist(0);
    older.settings.chords_heard = false;
    older.notes.chords = ChordSource::AsLearnt;
    older.bars(0..2, 4);
    let saved = save(&older.shared);
    assert!(
        saved.contains("\"version\":3")
            && !saved.contains("input_")
            && !saved.contains("chords_heard")
    );
    assert_eq!(reopen(&older).bars(0..8, 4), older.bars(0..8, 4));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_is_played_to_a_song_every_render_after_is_the_same(
        chords_heard: bool,
        heard_as in 0u32..5,
        length in prop::sample::select(vec![0u32, 1, 2, 4]),
        evolve in prop::sample::select(vec![0u32, 0, 50]),
        frames in prop::sample::select(vec![BAR / 16, BAR / 50, 500]),
        played in prop::collection::vec((0..6 * BAR, 1..BAR, 36u8..80), 0..40),
        locks in prop::collection::vec((0u32..6, 0u8..3), 0..3),
        shift in -6i32..6,
    ) {
        let settings = CompositionSettings { chords_heard, heard_as, length, evolve, ..Default::default() };
        let mut rig = rig(band_with_chords(7), settings);
        rig.performance.shift = shift;
        for (bar, part) in locks {
            rig.shared.order(Order::LockPart(bar..bar + 1, part, true));
        }
        rig.settle();
        let mut gestures: Vec<Gesture> =
            played.iter().flat_map(|&(at, length, key)| held(at, at + length, &[key])).collect();
        gestures.sort_by_key(|it| it.0);
        play(&mut rig, 6, frames, &gestures);
        // Keys that are still down are let go.
        gestures.iter().for_each(|&(_, key, _)| {
            rig.processor.push_input(crate::audio::input::InputEvent { timing: 0, channel: Some(0), key: Some(key), velocity: None });
        });
        rig.stop(0.0);
        let again = rig.bars(0..8, 3);
        prop_assert_eq!(&rig.bars(0..8, 16), &again);
        let mut other = reopen(&rig);
        other.performance = rig.performance;
        prop_assert_eq!(&other.bars(0..8, 7), &again);
        // A host that tells other settings for a while finds the same again.
        if evolve == 0 {
            rig.notes.take = 2;
            rig.stop(0.0);
            rig.notes.take = 1;
            rig.stop(0.0);
            prop_assert_eq!(&rig.bars(0..8, 5), &again);
        }
    }
}
