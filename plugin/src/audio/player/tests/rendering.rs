//! Known values of the functions that turn a note of the score into one that is heard.

use jukebox_model::meter::{BarSlot, Meter};

use super::*;
use crate::audio::player::performance::{Chords, SwingGrid, Timing, Touch};
use crate::audio::player::rendering::{
    MIDDLE, MOST_LOUDER, MOST_STRAY, Place, Times, Voice, is_strong, render, times,
};
use crate::audio::player::scale::{Outside, Scale, ScaleMap};

const STRONG: Place = Place { strong: true, louder: 0 };

fn slot(meter: &str, start: Tick) -> BarSlot {
    BarSlot { number: 0, start, meter: meter.parse().unwrap() }
}

fn voice(drums: bool) -> Voice {
    Voice { drums, channel: if drums { 9 } else { 0 }, plays: true }
}

/// The bar of a meter that begins the song.
fn first(meter: &str) -> BarLines {
    let slot = slot(meter, 0);
    BarLines::new(slot, slot.end())
}

fn swing(thousandths: u16, grid: SwingGrid) -> Timing {
    Timing { swing: thousandths, grid, ..Timing::default() }
}

/// Where swing puts onsets, in ticks.
fn onsets(bar: BarLines, timing: Timing, ticks: impl IntoIterator<Item = Tick>) -> Vec<f64> {
    let onset = |tick| times(&note(tick, 60, 1), bar, &timing, 0).on as f64 / FINE as f64;
    ticks.into_iter().map(onset).collect()
}

fn velocity_of(velocity: u8, touch: Touch) -> u8 {
    let note = Note { velocity, ..note(0, 60, 1) };
    let performance = PerformanceSettings { touch, ..PerformanceSettings::default() };
    render(&note, Place::default(), voice(false), &performance, PitchClasses::default())
        .unwrap()
        .velocity
}

fn key_of(pitch: u8, performance: &PerformanceSettings, held: &[u8]) -> Option<u8> {
    let chord = held.iter().copied().collect();
    render(&note(0, pitch, 1), STRONG, voice(false), performance, chord)
        .map(|rendered| rendered.key)
}

#[test]
fn neutral_settings_change_nothing() {
    for onset in 0..96 {
        let note = Note { velocity: onset as u8 + 1, ..note(onset, onset as u8, onset + 1) };
        let on = i64::from(onset) * FINE;
        let expected = Times { on, off: on + i64::from(note.duration) * FINE };
        assert_eq!(times(&note, first("4/4"), &Timing::default(), 0), expected);
        let heard = render(
            &note,
            STRONG,
            voice(false),
            &PerformanceSettings::default(),
            [61].into_iter().collect(),
        );
        let heard = heard.unwrap();
        assert_eq!((heard.channel, heard.key, heard.velocity), (0, note.pitch, note.velocity));
    }
}

#[test]
fn two_thirds_of_swing_are_triplets() {
    let eighths = onsets(first("4/4"), swing(667, SwingGrid::Eighths), (0..8).map(|i| i * 12));
    assert_eq!(eighths, [0.0, 16.0, 24.0, 40.0, 48.0, 64.0, 72.0, 88.0]);
    let sixteenths = onsets(first("4/4"), swing(667, SwingGrid::Sixteenths), [0, 6, 12, 18, 24]);
    assert_eq!(sixteenths, [0.0, 8.0, 12.0, 20.0, 24.0]);
}

#[test]
fn swing_bends_what_lies_between() {
    let bent = onsets(first("4/4"), swing(750, SwingGrid::Eighths), [0, 6, 12, 18, 24]);
    assert_eq!(bent, [0.0, 9.0, 18.0, 21.0, 24.0]);
}

#[test]
fn a_pair_that_the_bar_cuts_off_stays_straight() {
    // Seven eighths: three pairs and one left over.
    let seven = onsets(first("7/8"), swing(750, SwingGrid::Eighths), [48, 60, 72, 78]);
    assert_eq!(seven, [48.0, 66.0, 72.0, 78.0]);
    // A meter change may cut a bar short, here in the midst of a pair.
    let cut = BarLines::new(slot("4/4", 96), 96 + 36);
    assert_eq!(onsets(cut, swing(750, SwingGrid::Eighths), [108, 126]), [114.0, 126.0]);
}

#[test]
fn pairs_are_counted_from_the_bar_line() {
    let after_seven = BarLines::new(slot("4/4", 84), 84 + 96);
    let eighths = onsets(after_seven, swing(750, SwingGrid::Eighths), [84, 96, 108]);
    assert_eq!(eighths, [84.0, 102.0, 108.0]);
}

#[test]
fn legato_stays_legato_when_it_swings() {
    let timing = swing(700, SwingGrid::Eighths);
    let next_bar = BarLines::new(slot("4/4", 96), 192);
    let bar = |tick| if tick < 96 { first("4/4") } else { next_bar };
    let on = |tick| times(&note(tick, 60, 1), bar(tick), &timing, 0).on;
    for tick in 0..96 {
        let off = times(&note(tick, 60, 7), first("4/4"), &timing, 0).off;
        assert_eq!(off, on(tick + 7));
        assert!(on(tick) < on(tick + 1));
    }
}

#[test]
fn gate_shortens_and_lengthens_to_a_tick_at_least() {
    let ticks = |gate, duration| {
        let timing = Timing { gate, ..Timing::default() };
        let Times { on, off } = times(&note(24, 60, duration), first("4/4"), &timing, 0);
        (off - on) as f64 / FINE as f64
    };
    assert_eq!([5, 50, 100, 200].map(|gate| ticks(gate, 24)), [1.2, 12.0, 24.0, 48.0].map(floor));
    assert_eq!([5, 50, 100, 200].map(|gate| ticks(gate, 3)), [1.0, 1.5, 3.0, 6.0]);
    fn floor(ticks: f64) -> f64 {
        (ticks * FINE as f64).floor() / FINE as f64
    }
}

#[test]
fn humanise_keeps_within_its_reach_and_the_bar_and_depends_on_the_take() {
    let human = |take| Timing { humanise: 100, take, ..Timing::default() };
    let bar = BarLines::new(slot("4/4", 96), 192);
    let offsets = |take| -> Vec<i64> {
        let offset = |tick: Tick| {
            let times = times(&note(tick, 60, 6), bar, &human(take), 0);
            assert!(times.off - times.on == 6 * FINE);
            assert!((96 * FINE..192 * FINE).contains(&times.on));
            times.on - i64::from(tick) * FINE
        };
        (96..192).map(offset).collect()
    };
    let (one, two) = (offsets(1), offsets(2));
    assert_eq!(one, offsets(1));
    assert_ne!(one, two);
    assert!(one.iter().all(|offset| offset.abs() <= MOST_STRAY));
    let (early, late) = (one.iter().filter(|&&x| x < 0).count(), one.iter().filter(|&&x| x > 0));
    assert!(early > 30 && late.count() > 30, "{one:?}");
    assert!(one.iter().any(|offset| offset.abs() > MOST_STRAY / 2));
    // Every note of a chord has its own.
    let chord = [60, 64, 67].map(|pitch| times(&note(120, pitch, 6), bar, &human(1), 0).on);
    assert!(chord[0] != chord[1] && chord[1] != chord[2], "{chord:?}");
}

#[test]
fn the_amount_of_velocity_is_counted_from_the_middle() {
    let amount =
        |amount| move |velocity| velocity_of(velocity, Touch { amount, ..Touch::default() });
    let velocities = [1, 40, 64, 80, 100, 127];
    assert_eq!(velocities.map(amount(0)), [MIDDLE as u8; 6]);
    assert_eq!(velocities.map(amount(50)), [41, 60, 72, 80, 90, 103]);
    assert_eq!(velocities.map(amount(100)), velocities);
    assert_eq!(velocities.map(amount(200)), [1, 1, 48, 80, 120, 127]);
}

#[test]
fn the_curve_of_velocity_is_softer_or_harder() {
    let curve = |curve| move |velocity| velocity_of(velocity, Touch { curve, ..Touch::default() });
    assert_eq!([1, 64, 127].map(curve(0)), [1, 64, 127]);
    assert_eq!([1, 64, 127].map(curve(100)), [38, 107, 127]);
    assert_eq!([1, 64, 127].map(curve(-50)), [1, 32, 127]);
    for hundredths in -100..100 {
        for velocity in 1..=127 {
            let (softer, harder) = (curve(hundredths)(velocity), curve(hundredths + 1)(velocity));
            assert!((1..=127).contains(&softer) && softer <= harder);
        }
    }
}

#[test]
fn humanised_velocity_keeps_within_its_reach() {
    let touch = Touch { humanise: 100, ..Touch::default() };
    let performance = PerformanceSettings { touch, ..PerformanceSettings::default() };
    let heard: Vec<i64> = (0..96)
        .map(|onset| {
            let note = Note { velocity: 64, ..note(onset, 60, 1) };
            let rendered = render(
                &note,
                Place::default(),
                voice(false),
                &performance,
                PitchClasses::default(),
            );
            i64::from(rendered.unwrap().velocity) - 64
        })
        .collect();
    assert!(heard.iter().all(|louder| louder.abs() <= MOST_LOUDER));
    assert!(heard.iter().any(|&louder| louder > MOST_LOUDER / 2));
    assert!(heard.iter().any(|&louder| louder < -MOST_LOUDER / 2));
    assert!((1..=127).contains(&velocity_of(1, touch)));
    assert!((1..=127).contains(&velocity_of(127, touch)));
}

#[test]
fn the_scale_lies_on_the_root_of_the_key() {
    let minor = ScaleMap::new(Scale::NaturalMinor, Outside::Snap);
    let in_a = PerformanceSettings { shift: -3, scale: minor, ..PerformanceSettings::default() };
    // C major becomes A minor.
    let heard = [60, 62, 64, 65, 67, 69, 71].map(|pitch| key_of(pitch, &in_a, &[]).unwrap());
    assert_eq!(heard, [57, 59, 60, 62, 64, 65, 67]);
    let mute = ScaleMap::new(Scale::MajorPentatonic, Outside::Mute);
    let five = PerformanceSettings { scale: mute, ..PerformanceSettings::default() };
    assert_eq!(
        [60, 65, 71, 72].map(|pitch| key_of(pitch, &five, &[])),
        [Some(60), None, None, Some(72)]
    );
}

#[test]
fn a_held_chord_rules_what_is_heard_where_it_may() {
    let f_major = [41, 57, 72];
    let with = |chords| PerformanceSettings { shift: 2, chords, ..PerformanceSettings::default() };
    let everywhere = with(Chords::Everywhere);
    assert_eq!(key_of(60, &everywhere, &f_major), Some(60), "D goes to C");
    assert_eq!(key_of(67, &everywhere, &f_major), Some(69));
    assert_eq!(key_of(60, &everywhere, &[]), Some(62), "nothing is held");
    assert_eq!(key_of(60, &with(Chords::Off), &f_major), Some(62));
    let chord = || f_major.into_iter().collect();
    let beats = with(Chords::StrongBeats);
    let key = |place| render(&note(0, 60, 1), place, voice(false), &beats, chord()).unwrap().key;
    assert_eq!((key(STRONG), key(Place::default())), (60, 62));
}

#[test]
fn strong_beats_are_those_that_are_felt() {
    let strong = |meter: &str, ticks: std::ops::Range<Tick>| -> Vec<Tick> {
        let slot = slot(meter, 48);
        ticks.filter(|&tick| is_strong(&note(48 + tick, 60, 1), slot)).collect()
    };
    assert_eq!(strong("4/4", 0..96), [0, 24, 48, 72]);
    assert_eq!(strong("6/8", 0..72), [0, 36]);
    assert_eq!(strong("2/2", 0..96), [0, 24, 48, 72]);
}

#[test]
fn drums_keep_their_keys_and_channel_and_take_the_rest() {
    let scale = ScaleMap::new(Scale::MinorPentatonic, Outside::Mute);
    let touch = Touch { amount: 0, ..Touch::default() };
    let performance = PerformanceSettings {
        shift: 7,
        scale,
        touch,
        chords: Chords::Everywhere,
        ..PerformanceSettings::default()
    };
    let heard =
        render(&note(0, 38, 1), STRONG, voice(true), &performance, [61].into_iter().collect());
    let heard = heard.unwrap();
    assert_eq!((heard.channel, heard.key, heard.velocity), (9, 38, MIDDLE as u8));
    let chosen = PerformanceSettings { channel: Some(4), ..performance };
    let on_four =
        |drums| render(&note(0, 60, 1), STRONG, voice(drums), &chosen, PitchClasses::default());
    assert_eq!(
        [true, false].map(|drums| on_four(drums).map(|rendered| rendered.channel)),
        [Some(4); 2]
    );
}

#[test]
fn no_meter_and_no_note_make_it_panic_or_go_backwards() {
    for meter in ["1/32", "5/8", "64/1", "12/8"] {
        let meter: Meter = meter.parse().unwrap();
        let slot = BarSlot { number: 9, start: u32::MAX - meter.bar(), meter };
        let timing = Timing {
            gate: 200,
            swing: 750,
            grid: SwingGrid::Sixteenths,
            humanise: 100,
            groove: 100,
            take: 999,
        };
        for tick in (0..meter.bar()).step_by(1 + meter.bar() as usize / 50) {
            let note = Note { onset: slot.start + tick, ..note(0, 127, u32::MAX) };
            let times = times(&note, BarLines::new(slot, slot.end()), &timing, 0);
            assert!(times.on >= i64::from(slot.start) * FINE && times.off >= times.on + FINE);
        }
    }
}

#[test]
fn groove_moves_and_accents_by_as_much_as_it_is_turned() {
    let late = |groove, late| {
        let timing = Timing { groove, ..Timing::default() };
        let Times { on, off } = times(&note(24, 60, 6), first("4/4"), &timing, late);
        assert_eq!(off - on, 6 * FINE, "a note is as long as it was");
        on - 24 * FINE
    };
    assert_eq!([late(0, 40), late(50, 40), late(100, 40), late(100, -96)], [0, 20, 40, -96]);
    let louder = |groove, louder| {
        let touch = Touch { groove, ..Touch::default() };
        let performance = PerformanceSettings { touch, ..PerformanceSettings::default() };
        let place = Place { strong: false, louder };
        let note = Note { velocity: 80, ..note(24, 60, 6) };
        render(&note, place, voice(false), &performance, PitchClasses::default()).unwrap().velocity
    };
    assert_eq!(
        [louder(0, 12), louder(50, 12), louder(100, -6), louder(100, 100)],
        [80, 86, 74, 127]
    );
}
