//! Notes that come in: chords that rule what is heard, and notes that are passed on.

use proptest::prelude::*;

use super::rig::{BAR, Rig};
use crate::audio::input::{InputEvent, MOST};
use crate::audio::player::performance::Chords;
use crate::audio::player::{Block, PlayerEvent};

/// A channel that the player does not use, so that what is passed on can be told.
const CHANNEL: u8 = 5;

fn down(timing: u32, key: u8) -> InputEvent {
    InputEvent { timing, channel: Some(CHANNEL), key: Some(key), velocity: Some(0.5) }
}

fn up(timing: u32, key: u8) -> InputEvent {
    InputEvent { velocity: None, ..down(timing, key) }
}

/// Plays the song's first bar as one block, with some input.
fn first_bar(rig: &mut Rig, input: &[InputEvent]) -> Vec<PlayerEvent> {
    for &event in input {
        assert!(rig.processor.push_input(event));
    }
    rig.bars(0..1, 1);
    std::mem::take(&mut rig.events)
}

fn with(chords: Chords) -> Rig {
    let mut rig = Rig::new();
    rig.performance.chords = chords;
    rig
}

/// Starts of the player's own notes, with their samples.
fn own(events: &[PlayerEvent]) -> Vec<(u32, u8)> {
    let own = |event: &PlayerEvent| match *event {
        PlayerEvent::NoteOn { timing, channel: 0, key, .. } => Some((timing, key)),
        _ => None,
    };
    events.iter().filter_map(own).collect()
}

/// What was passed on: samples, keys, and whether they went down.
fn passed(events: &[PlayerEvent]) -> Vec<(u32, u8, bool)> {
    let passed = |event: &&PlayerEvent| match **event {
        PlayerEvent::NoteOn { channel, .. } | PlayerEvent::NoteOff { channel, .. } => {
            channel == CHANNEL
        }
    };
    events.iter().filter(passed).map(|event| (event.timing(), event.key(), event.is_on())).collect()
}

/// Of the notes of a record of noise all but a few are outside this chord.
const F_SHARP: [u8; 3] = [42, 58, 85];

fn is_in_chord(key: u8) -> bool {
    F_SHARP.iter().any(|held| held % 12 == key % 12)
}

#[test]
fn a_chord_rules_everywhere_or_on_strong_beats_or_not_at_all() {
    let chord = F_SHARP.map(|key| down(0, key));
    let plain = own(&first_bar(&mut Rig::new(), &[]));
    assert!(plain.len() > 4 && plain.iter().any(|note| note.0 % 24_000 > 0));
    assert_eq!(own(&first_bar(&mut with(Chords::Off), &chord)), plain);
    let everywhere = own(&first_bar(&mut with(Chords::Everywhere), &chord));
    assert!(everywhere.iter().all(|note| is_in_chord(note.1)), "{everywhere:?}");
    let samples = |notes: &[(u32, u8)]| {
        let mut samples: Vec<u32> = notes.iter().map(|note| note.0).collect();
        samples.dedup();
        samples
    };
    assert_eq!(samples(&everywhere), samples(&plain));
    let on_beats = own(&first_bar(&mut with(Chords::StrongBeats), &chord));
    let off_beats = |notes: &[(u32, u8)]| -> Vec<(u32, u8)> {
        notes.iter().copied().filter(|note| note.0 % 24_000 > 0).collect()
    };
    assert_eq!(off_beats(&on_beats), off_beats(&plain));
    assert!(on_beats.iter().all(|note| note.0 % 24_000 > 0 || is_in_chord(note.1)));
}

#[test]
fn without_a_chord_nothing_is_restricted() {
    let plain = own(&first_bar(&mut Rig::new(), &[]));
    assert_eq!(own(&first_bar(&mut with(Chords::Everywhere), &[])), plain);
    let let_go = [down(0, 42), InputEvent { key: None, channel: None, ..up(0, 0) }];
    assert_eq!(own(&first_bar(&mut with(Chords::Everywhere), &let_go)), plain);
    let mut rig = with(Chords::Everywhere);
    rig.processor.push_input(down(0, 42));
    rig.stop(0.0);
    rig.processor.reset();
    assert_eq!(own(&first_bar(&mut rig, &[])), plain, "a reset lets the keys go");
}

#[test]
fn a_chord_counts_as_it_is_held_at_the_sample_of_the_onset() {
    let plain = own(&first_bar(&mut Rig::new(), &[]));
    let &(sample, _) = plain.iter().find(|note| note.0 > 0 && !is_in_chord(note.1)).unwrap();
    let at = |events: &[(u32, u8)]| -> Vec<u8> {
        events.iter().filter(|note| note.0 == sample).map(|note| note.1).collect()
    };
    let (before, now, after) = (sample - 1, sample, sample + 1);
    for (input, ruled) in [
        (vec![down(before, 42)], true),
        (vec![down(now, 42)], true),
        (vec![down(after, 42)], false),
        (vec![down(0, 42), up(before, 42)], false),
        (vec![down(0, 42), up(now, 42)], false),
        (vec![down(0, 42), up(after, 42)], true),
        (vec![down(0, 42), down(now, 54), up(now, 42)], true),
    ] {
        let heard = at(&own(&first_bar(&mut with(Chords::Everywhere), &input)));
        assert_eq!(heard.iter().all(|key| key % 12 == 6), ruled, "{input:?}: {heard:?}");
        assert_eq!(heard == at(&plain), !ruled, "{input:?}: {heard:?}");
    }
}

#[test]
fn input_is_passed_on_in_order_of_time() {
    let mut rig = Rig::new();
    let own_notes = own(&first_bar(&mut Rig::new(), &[]));
    let input = [down(0, 40), up(7_000, 40), down(30_000, 41), up(BAR - 1, 41)];
    let events = first_bar(&mut rig, &input);
    assert!(events.is_sorted_by_key(PlayerEvent::timing));
    assert_eq!(own(&events), own_notes);
    assert_eq!(
        passed(&events),
        [(0, 40, true), (7_000, 40, false), (30_000, 41, true), (BAR - 1, 41, false)]
    );
    let PlayerEvent::NoteOn { channel: CHANNEL, velocity: 0.5, .. } = events[0] else {
        panic!("at one sample the input goes first: {:?}", events[0]);
    };
}

#[test]
fn input_is_not_passed_on_where_nobody_wants_it_but_what_sounds_is_ended() {
    let mut rig = Rig::new();
    first_bar(&mut rig, &[down(0, 40), down(10, 41)]);
    rig.performance.thru = false;
    let events = first_bar(&mut rig, &[up(5, 40), down(6, 42), up(7, 42)]);
    assert_eq!(passed(&events), [(5, 40, false)]);
    rig.performance.thru = true;
    // Its start was passed on long ago; that of the other never.
    let events = first_bar(&mut rig, &[up(8, 41), up(9, 42)]);
    assert_eq!(passed(&events), [(8, 41, false)]);
}

#[test]
fn chords_rule_although_they_are_not_passed_on() {
    let mut rig = with(Chords::Everywhere);
    rig.performance.thru = false;
    let events = first_bar(&mut rig, &F_SHARP.map(|key| down(0, key)));
    assert!(passed(&events).is_empty());
    assert!(own(&events).iter().all(|note| is_in_chord(note.1)));
}

#[test]
fn input_is_passed_on_while_the_transport_stands_and_in_bypass() {
    let mut rig = Rig::new();
    rig.performance.silent = true;
    assert_eq!(passed(&first_bar(&mut rig, &[down(3, 40), up(4, 40)])).len(), 2);
    rig.processor.push_input(down(5, 40));
    rig.stop(0.0);
    assert_eq!(passed(&rig.events), [(5, 40, true)]);
}

#[test]
fn what_finds_no_room_is_heard_at_the_end_of_the_block() {
    let mut rig = Rig::new();
    let block = crate::audio::player::Block {
        frames: 64,
        sample_rate: 48_000.0,
        playing: false,
        position: Some(0.0),
        tempo: None,
        loop_range: None,
    };
    let input: Vec<_> = (0..MOST as u32 + 10)
        .map(|i| [down(0, (i / 2 % 120) as u8), up(0, (i / 2 % 120) as u8)][i as usize % 2])
        .collect();
    let (settings, performance) = (rig.asked(), rig.performance);
    let mut events = Vec::new();
    let room = input.iter().take_while(|event| rig.processor.push_input(**event)).count();
    assert_eq!(room, MOST);
    rig.processor.process(&block, None, |_| settings, &performance, &mut |event| {
        events.push(event);
        true
    });
    for event in &input[room..] {
        rig.processor.push_late_input(*event, &block, &performance, &mut |event| {
            events.push(event);
            true
        });
    }
    assert_eq!(passed(&events).len(), input.len());
    assert!(events.is_sorted_by_key(PlayerEvent::timing));
    assert_eq!(events.last().unwrap().timing(), 63);
}

#[test]
fn events_that_make_no_sense_are_not_heard() {
    let mut rig = with(Chords::Everywhere);
    let plain = own(&first_bar(&mut Rig::new(), &[]));
    let strange = [
        InputEvent { channel: Some(16), ..down(0, 42) },
        down(0, 128),
        InputEvent { key: None, ..down(0, 42) },
        InputEvent { channel: None, ..down(0, 42) },
    ];
    let events = first_bar(&mut rig, &strange);
    assert_eq!((own(&events), passed(&events)), (plain, vec![]));
}

fn inputs() -> impl Strategy<Value = Vec<InputEvent>> {
    let event = (0u32..500, 40u8..50, prop::option::of(Just(0.5)));
    proptest::collection::vec(event, 0..20).prop_map(|mut events| {
        events.sort_by_key(|event| event.0);
        let event = |(timing, key, velocity)| InputEvent { velocity, ..down(timing, key) };
        events.into_iter().map(event).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn whatever_comes_in_all_that_is_passed_on_ends(
        blocks in proptest::collection::vec((inputs(), any::<bool>(), any::<bool>()), 1..20),
    ) {
        let mut rig = with(Chords::Everywhere);
        for (index, (input, thru, playing)) in blocks.into_iter().enumerate() {
            rig.performance.thru = thru;
            for event in input {
                rig.processor.push_input(event);
            }
            let before = rig.events.len();
            rig.block(playing, index as f64 / 48.0, 500);
            prop_assert!(rig.events[before..].is_sorted_by_key(PlayerEvent::timing));
        }
        // The user lets every key go as often as it went down.
        let mut before = usize::MAX;
        while before != rig.events.len() {
            before = rig.events.len();
            (40..50).for_each(|key| assert!(rig.processor.push_input(up(0, key))));
            rig.stop(0.0);
        }
        let mut sounding = std::collections::BTreeMap::<_, i32>::new();
        for event in &rig.events {
            let (channel, key, change) = match *event {
                PlayerEvent::NoteOn { channel, key, .. } => (channel, key, 1),
                PlayerEvent::NoteOff { channel, key, .. } => (channel, key, -1),
            };
            let count = sounding.entry((channel, key)).or_default();
            *count += change;
            prop_assert!(*count >= 0, "an end without its start");
        }
        prop_assert!(sounding.values().all(|&count| count == 0), "{:?}", sounding);
    }
}

#[test]
fn no_number_of_events_lets_one_in_that_means_no_key() {
    let mut rig = with(Chords::Everywhere);
    let plain = own(&first_bar(&mut with(Chords::Off), &[]));
    let block = Block {
        frames: 64,
        sample_rate: 48_000.0,
        playing: false,
        position: Some(0.0),
        tempo: Some(120.0),
        loop_range: None,
    };
    let unusable = [
        InputEvent { key: None, ..down(0, 0) },
        InputEvent { channel: None, ..down(0, 60) },
        down(0, 200),
        InputEvent { channel: Some(16), ..up(0, 60) },
    ];
    for event in unusable {
        assert!(rig.processor.push_input(event));
        for _ in 0..MOST {
            assert!(rig.processor.push_input(up(0, 1)));
        }
        assert!(!rig.processor.push_input(down(0, 1)), "there is no more room");
        rig.stop(0.0);
        rig.processor
            .push_late_input(event, &block, &rig.performance, &mut |event| panic!("{event:?}"));
    }
    assert_eq!(own(&first_bar(&mut rig, &[])), plain, "no key is held");
}
