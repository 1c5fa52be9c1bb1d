//! Records that come and go.

use std::sync::Arc;

use super::rig::{Rig, pitches, record, tune, write};
use crate::shared::Order;
use jukebox_model::meter::MeterMap;

#[test]
fn another_record_is_heard_from_the_second_bar_after_the_playheads() {
    let mut rig = Rig::new();
    let old = rig.tune(rig.notes, 8);
    let other = Arc::new(record(2, false));
    let new = tune(&other, MeterMap::default(), rig.notes, 8);
    rig.bars(0..2, 4);
    rig.block(true, 8.0, 64);
    let mut heard = rig.keys();
    rig.shared.order(Order::Load(write(&other, rig.folder.path())));
    rig.settle();
    heard = heard[pitches(&old[0..2]).len()..].to_vec();
    rig.events.clear();
    rig.block(true, 8.0 + 64.0 / 24_000.0, super::rig::BAR - 64);
    heard.extend(rig.keys());
    heard.extend(rig.bars(3..8, 4));
    assert_eq!(heard, pitches(&[&old[2..4], &new[4..8]].concat()));
    assert_eq!(rig.shared.view().record.unwrap().name, "Noise 2");
}

#[test]
fn drums_stand_where_they_are_and_the_melody_before_them_ends_in_its_key() {
    let mut rig = Rig::new();
    rig.performance.shift = 5;
    let old = rig.tune(rig.notes, 4);
    let drums = Arc::new(record(3, true));
    let new = tune(&drums, MeterMap::default(), rig.notes, 8);
    rig.bars(0..2, 1);
    rig.shared.order(Order::Load(write(&drums, rig.folder.path())));
    rig.settle();
    let in_key = |key: &u8| key + 5;
    let mut expected: Vec<u8> = pitches(&old[2..3]).iter().map(in_key).collect();
    expected.extend(pitches(&new[3..8]));
    // The playhead stood in bar 1 when the order came: it and bar 2 end as they began.
    assert_eq!(rig.bars(2..8, 1), expected);
}

#[test]
fn a_file_that_is_no_record_is_refused_and_what_plays_goes_on() {
    let mut rig = Rig::new();
    let expected = rig.tune(rig.notes, 4);
    let bad = rig.folder.path().join("bad.safetensors");
    std::fs::write(&bad, "no record").unwrap();
    for path in [bad, rig.folder.path().to_owned(), rig.folder.path().join("missing")] {
        rig.shared.order(Order::Load(path.clone()));
        rig.settle();
        let message = rig.message().unwrap();
        assert!(message.contains(path.to_str().unwrap()), "{message}");
        assert_eq!(rig.bars(0..4, 4), pitches(&expected));
    }
    rig.shared.order(Order::Load(rig.path.clone()));
    rig.settle();
    assert_eq!(rig.message(), None);
}

#[test]
fn the_same_record_from_elsewhere_changes_no_note() {
    let mut rig = Rig::new();
    let before = rig.notes();
    let elsewhere = rig.folder.path().join("elsewhere.safetensors");
    std::fs::copy(&rig.path, &elsewhere).unwrap();
    rig.shared.order(Order::Load(elsewhere.clone()));
    rig.settle();
    assert_eq!(rig.notes(), before);
    assert_eq!(rig.shared.song().record.path, Some(elsewhere));
}

#[test]
fn instances_share_one_copy_of_a_record() {
    let one = Rig::new();
    let other = Rig::new();
    let copy = || crate::records::store::in_use(one.record.hash()).unwrap();
    assert_eq!(one.record.hash(), other.record.hash());
    assert!(Arc::ptr_eq(&copy(), &copy()));
    // One holder for each instance's composer, and the one asked for here.
    assert!(Arc::strong_count(&copy()) >= 3);
}
