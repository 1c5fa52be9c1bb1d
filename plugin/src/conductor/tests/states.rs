//! Saving and loading.

use std::sync::Arc;

use jukebox_model::composer::ComposerSettings;
use nice_plug::params::persist::PersistentField;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::rig::{Rig, pitches, record};
use crate::audio::processor::RenderMode;
use crate::shared::Shared;
use crate::song::CompositionSettings;
use crate::state::{Carried, SongField};

/// The state's field as the framework writes it.
pub fn save(shared: &Arc<Shared>) -> String {
    SongField(Arc::clone(shared)).map(|carried: &Carried| serde_json::to_string(carried).unwrap())
}

/// Loads a field as the framework does, and says whether its JSON could be read at all.
pub fn load(shared: &Arc<Shared>, field: &str) -> bool {
    let carried: Result<Carried, _> = serde_json::from_str(field);
    let Ok(carried) = carried else { return false };
    SongField(Arc::clone(shared)).set(carried);
    true
}

/// Loads what one rig plays into another, as a project is opened again.
pub fn reopen(rig: &Rig) -> Rig {
    let mut again = Rig::inactive();
    assert!(load(&again.shared, &save(&rig.shared)));
    (again.notes, again.settings) = (rig.notes, rig.settings);
    again.processor.activate(again.asked(), RenderMode::Realtime);
    again.settle();
    again
}

#[test]
fn a_reopened_song_plays_the_same_notes_and_goes_on_the_same() {
    let mut rig = Rig::new();
    rig.bars(0..3, 4);
    rig.notes = ComposerSettings { temperature: 1.7, ..rig.notes };
    rig.bars(3..6, 4);
    let mut again = reopen(&rig);
    assert_eq!(again.message(), None);
    assert_eq!(again.bars(0..40, 4), rig.bars(0..40, 4));
}

#[test]
fn a_reopened_song_plays_the_same_notes_without_its_record() {
    let mut rig = Rig::new();
    let heard = rig.bars(0..8, 4);
    let saved = save(&rig.shared);
    let bars = rig.notes().len() as u32;
    std::fs::remove_file(&rig.path).unwrap();
    let mut song: Value = serde_json::from_str(&saved).unwrap();
    // No other test plays a record of this hash.
    song["record"]["hash"] = json!("f".repeat(64));
    song["record"]["name"] = json!("Lost");
    let mut again = Rig::inactive();
    assert!(load(&again.shared, &song.to_string()));
    again.processor.activate(again.asked(), RenderMode::Realtime);
    again.settle();
    assert_eq!(again.bars(0..8, 4), heard);
    let message = again.message().unwrap();
    assert!(message.contains("\"Lost\" cannot be loaded"), "{message}");
    // Beyond the saved bars it is silent, and says no bar was late.
    again.bars(bars..bars + 2, 4);
    assert!(again.keys().is_empty());
    assert_eq!(again.shared.live.underruns.load(std::sync::atomic::Ordering::Relaxed), 0);
    // Whatever is turned meanwhile, the saved bars stay.
    again.notes = ComposerSettings { take: 9, temperature: 0.1, ..again.notes };
    again.stop(0.0);
    again.meter = Some("6/8".parse().unwrap());
    assert_eq!(again.bars(0..8, 4), heard);
    assert_eq!(again.notes(), rig.notes());
}

#[test]
fn a_song_of_a_built_in_record_that_was_trained_again_goes_on_with_the_one_of_its_name() {
    let mut rig = Rig::new();
    let heard = rig.bars(0..8, 4);
    let mut song: Value = serde_json::from_str(&save(&rig.shared)).unwrap();
    song["record"]["name"] = json!("Rock");
    song["record"]["hash"] = json!("d".repeat(64));
    song["record"]["path"] = json!(null);
    song["loaded"] = json!(null);
    let mut again = Rig::inactive();
    assert!(load(&again.shared, &song.to_string()));
    again.processor.activate(again.asked(), RenderMode::Realtime);
    again.settle();
    assert_eq!(again.shared.view().record.unwrap().name, "Rock");
    assert_eq!(again.bars(0..8, 4), heard);
    let message = again.message().unwrap();
    assert!(message.contains("\"Rock\" is not the one"), "{message}");
}

#[test]
fn a_record_that_has_changed_keeps_the_saved_bars_and_says_so() {
    let mut rig = Rig::new();
    let heard = rig.bars(0..8, 4);
    let mut song: Value = serde_json::from_str(&save(&rig.shared)).unwrap();
    let path = rig.folder.path().join("changed.safetensors");
    let other = record(4, false);
    std::fs::write(&path, other.to_bytes(jukebox_model::record::Precision::Single)).unwrap();
    song["record"]["path"] = json!(path);
    song["record"]["hash"] = json!("e".repeat(64));
    let mut again = Rig::inactive();
    load(&again.shared, &song.to_string());
    again.processor.activate(again.asked(), RenderMode::Realtime);
    again.settle();
    assert_eq!(again.bars(0..8, 4), heard);
    assert!(again.message().unwrap().contains("not the one"));
    again.stop(400.0);
    assert!(again.notes().len() > 100, "new bars come from the record as it is");
}

#[test]
fn a_state_saved_before_the_conductor_looked_is_the_one_that_was_loaded() {
    let mut rig = Rig::new();
    rig.bars(0..3, 4);
    let saved = save(&rig.shared);
    let other = Rig::inactive();
    load(&other.shared, &saved);
    assert_eq!(save(&other.shared), saved);
}

#[test]
fn saving_and_loading_without_playing_changes_nothing() {
    let mut rig = Rig::new();
    rig.bars(0..3, 4);
    let saved = save(&rig.shared);
    let mut other = Rig::inactive();
    load(&other.shared, &saved);
    other.settle();
    assert_eq!(save(&other.shared), saved);
}

#[test]
fn trying_the_plugin_out_changes_nothing_of_what_is_saved() {
    let mut rig = Rig::inactive();
    let fresh = save(&rig.shared);
    rig.processor.activate(rig.asked(), RenderMode::Realtime);
    rig.settle();
    rig.block(true, 0.0, 512);
    assert_eq!(save(&rig.shared), fresh);
    rig.bars(0..1, 1);
    assert_ne!(save(&rig.shared), fresh);
}

#[test]
fn a_record_that_was_chosen_is_saved_before_anything_is_heard() {
    let mut rig = Rig::new();
    let other = super::rig::write(&record(5, false), rig.folder.path());
    rig.shared.order(crate::shared::Order::Load(other.clone()));
    rig.settle();
    assert!(save(&rig.shared).contains(other.to_str().unwrap()));
}

#[test]
fn a_state_can_be_loaded_while_another_plays() {
    let mut rig = Rig::new();
    rig.notes = ComposerSettings { take: 5, ..rig.notes };
    rig.stop(0.0);
    let five = rig.bars(0..8, 4);
    let mut other = Rig::new();
    other.bars(0..2, 4);
    // The parameters of a state come first, its fields after a while.
    other.notes = rig.notes;
    other.block(true, 8.0, 64);
    load(&other.shared, &save(&rig.shared));
    other.settle();
    assert_eq!(other.notes(), rig.notes());
    assert_eq!(other.bars(0..8, 4), five);
}

#[test]
fn settings_read_before_a_state_was_loaded_do_not_touch_it() {
    let mut rig = Rig::new();
    rig.bars(0..2, 4);
    let saved = save(&rig.shared);
    let loaded = rig.notes();
    let mut other = Rig::new();
    // A knob is turned, and before the conductor hears of it a state is loaded.
    let turned = CompositionSettings {
        notes: ComposerSettings { take: 500, ..other.notes },
        ..other.settings
    };
    let block = crate::audio::player::Block {
        frames: 64,
        sample_rate: 48_000.0,
        playing: false,
        position: Some(0.0),
        tempo: None,
        loop_range: None,
    };
    let performance = other.performance;
    let settings = |_| {
        load(&other.shared, &saved);
        turned
    };
    other.processor.process(&block, None, settings, &performance, &mut |_| true);
    other.settle();
    assert_eq!(other.notes(), loaded);
    other.stop(0.0);
    assert_eq!(other.notes(), loaded);
}

#[test]
fn a_refused_state_says_why_and_what_plays_goes_on() {
    let mut rig = Rig::new();
    let expected = rig.tune(rig.notes, 4);
    rig.bars(0..4, 4);
    let good: Value = serde_json::from_str(&save(&rig.shared)).unwrap();
    let with = |pointer: &str, value: Value| {
        let mut song = good.clone();
        *song.pointer_mut(pointer).unwrap() = value;
        song.to_string()
    };
    let note = |note: Value| with("/bars/1", json!([note]));
    let cases = [
        ("{}".to_owned(), "not one of this plugin's"),
        ("null".to_owned(), "not one of this plugin's"),
        ("[1, 2, 3]".to_owned(), "not one of this plugin's"),
        (with("/version", json!(5)), "newer version"),
        (with("/bars/1", json!(1)), "bar 2 is damaged"),
        (with("/bars/1", json!(900)), "bar 2 is damaged"),
        (with("/plan/0/1/length", json!(33)), "settings are damaged"),
        (with("/plan/0/1/density", json!(7)), "settings are damaged"),
        (with("/locks", json!([[0, "4/4", [[96, 60, 12, 80]]]])), "locked or edited"),
        (with("/locks", json!([[10_000, "4/4", []]])), "locked or edited"),
        (with("/heard", json!([[2, [[0, 60, 0, 80]]]])), "phrases are damaged"),
        (with("/plan", json!([])), "settings are damaged"),
        (with("/plan/0/0", json!(3)), "settings are damaged"),
        (with("/plan/0/1/temperature", json!(-1.0)), "settings are damaged"),
        (with("/plan/0/1/top_p", json!(0.0)), "settings are damaged"),
        (with("/meters", json!([[96, "4/4"]])), "meters are damaged"),
        (with("/meters", json!([[0, "4/4"], [0, "6/8"]])), "meters are damaged"),
        (with("/meters", json!([[0, "4/5"]])), "4/5"),
        (with("/bars", json!(vec![Value::Array(vec![]); 10_001])), "10000 bars"),
        (note(json!([96, 60, 12, 80])), "bar 2 is damaged"),
        (note(json!([4_294_967_295u32, 60, 12, 80])), "bar 2 is damaged"),
        (note(json!([0, 128, 12, 80])), "bar 2 is damaged"),
        (note(json!([0, 60, 0, 80])), "bar 2 is damaged"),
        (note(json!([0, 60, 4_000_000_000u32, 80])), "bar 2 is damaged"),
        (note(json!([0, 60, 12, 0])), "bar 2 is damaged"),
        (note(json!([0, 300, 12, 80])), "not one of this plugin's"),
        (note(json!([-1, 60, 12, 80])), "not one of this plugin's"),
        (with("/bars/1", json!([[0, 62, 12, 80], [0, 60, 12, 80]])), "bar 2 is damaged"),
        (with("/bars/1", json!([[0, 60, 12, 80], [0, 60, 24, 80]])), "bar 2 is damaged"),
        (with("/bars/1", json!(vec![json!([0, 60, 12, 80]); 1025])), "bar 2 is damaged"),
    ];
    for (state, why) in cases {
        assert!(load(&rig.shared, &state));
        rig.settle();
        let message = rig.message().unwrap();
        assert!(message.contains("refused") && message.contains(why), "{message}");
        assert_eq!(rig.bars(0..4, 4), pitches(&expected));
    }
    assert!(load(&rig.shared, &good.to_string()));
    assert_eq!(rig.message(), None);
}

/// A state whose bars repeat a full one: a few hundred KB that stand for millions of notes.
fn repeating(bars: usize, revisions: usize, bars_of_revisions: usize) -> String {
    let full: Vec<Value> = (0..1024).map(|at| json!([at / 11, at % 11, 12, 80])).collect();
    let mut of_song = vec![json!(0); bars];
    of_song[0] = Value::Array(full);
    let of_revision: Vec<Value> = (0..bars_of_revisions).map(|bar| json!([bar, 0])).collect();
    let revision = |take: usize| json!({ "brief": { "take": take }, "record": "", "meter": null, "round": 0, "bars": of_revision });
    json!({
        "version": 2,
        "record": { "name": "", "hash": "", "path": null, "drums": false },
        "meters": [[0, "4/4"]],
        "plan": [[0, { "take": 1 }]],
        "bars": of_song,
        "editions": (0..revisions).map(revision).collect::<Vec<_>>(),
    })
    .to_string()
}

#[test]
fn bars_that_repeat_others_make_no_song_without_bounds() {
    let shared = Arc::<Shared>::default();
    for state in [repeating(10_000, 16, 10_000), repeating(2, 16, 10_000)] {
        assert!(state.len() < 2_500_000);
        assert!(load(&shared, &state));
        let message = shared.view().message.unwrap();
        assert!(message.contains("refused") && message.contains("repeat others"), "{message}");
        assert!(shared.song().take.bars().is_empty());
    }
    // What a song may well be is read, and each bar in its place is made once.
    assert!(load(&shared, &repeating(3_000, 16, 3_000)));
    assert_eq!(shared.view().message, None);
    let song = shared.song();
    assert_eq!(song.take.bars().len(), 3_000);
    for revision in &song.edits.revisions {
        assert!(revision.bars.values().zip(song.take.bars()).all(|(a, b)| Arc::ptr_eq(a, b)));
    }
}

#[test]
fn a_state_that_was_composed_again_as_often_as_can_be_plays_on() {
    let mut rig = Rig::new();
    let heard = rig.bars(0..4, 4);
    let mut song: Value = serde_json::from_str(&save(&rig.shared)).unwrap();
    song["attempts"] = json!(u32::MAX);
    assert!(load(&rig.shared, &song.to_string()));
    rig.settle();
    rig.shared.order(crate::shared::Order::Recompose(None));
    rig.settle();
    assert!(rig.message().unwrap().contains("as often as it can be"));
    assert_eq!(rig.bars(0..4, 4), heard);
}

#[test]
fn a_song_without_a_word_of_the_host_about_meters_has_none_saved() {
    let mut rig = Rig::new();
    rig.bars(0..2, 1);
    let song: Value = serde_json::from_str(&save(&rig.shared)).unwrap();
    assert_eq!(song["meters"], json!([]));
    rig.meter = Some("4/4".parse().unwrap());
    rig.bars(10..11, 1);
    let song: Value = serde_json::from_str(&save(&rig.shared)).unwrap();
    assert_eq!(song["meters"], json!([[0, "4/4"]]));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        Just(json!("4/4")),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map("[a-z]{1,8}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn no_state_makes_the_plugin_panic(
        field in prop::sample::select(vec![
            "version", "record", "meters", "plan", "bars", "locks", "editions", "heard", "attempts",
        ]),
        value in any_json(),
        at in any::<prop::sample::Index>(),
        cut in any::<bool>(),
    ) {
        let mut song = json!({
            "version": 2,
            "record": { "name": "", "hash": "", "path": null, "drums": false },
            "meters": [[0, "4/4"], [200, "6/8"]],
            "plan": [[0, { "take": 1, "temperature": 0.9, "top_p": 0.95, "length": 2 }]],
            "bars": [[[0, 60, 12, 80], [12, 64, 12, 80]], [], 0, [[3, 60, 12, 80]]],
            "locks": [[1, "4/4", 0]],
            "editions": [{
                "brief": { "length": 2 }, "record": "", "meter": "4/4", "round": 0,
                "bars": [[0, 0], [1, [[0, 60, 12, 80]]]],
            }],
            "heard": [[2, []]],
            "attempts": 3,
        });
        song[field] = value;
        let mut text = song.to_string();
        if cut {
            let at = (0..=at.index(text.len() + 1)).rev().find(|&at| text.is_char_boundary(at));
            text.truncate(at.unwrap_or(0));
        }
        let shared = Arc::<Shared>::default();
        load(&shared, &text);
        save(&shared);
    }
}
