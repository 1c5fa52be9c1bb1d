//! What holds for every performance setting, whatever the transport does.

use jukebox_model::record::Groove;
use proptest::prelude::*;

use super::host::Host;
use super::properties::{BARS, Deed, deeds, frames, rates};
use super::*;
use crate::audio::player::performance::{Chords, SwingGrid};
use crate::audio::player::rendering::MOST_LATE;
use crate::audio::player::scale::{Outside, Scale, ScaleMap};

/// A take in which every note has a pitch and a velocity of its own, so that each can be told.
fn takes() -> impl Strategy<Value = Score> {
    proptest::collection::vec((0..BARS as Tick * 96, 1u32..100), 1..60).prop_map(|places| {
        let notes = places.into_iter().zip(1u8..);
        let mut notes: Vec<Note> = notes
            .map(|((onset, duration), velocity)| Note {
                velocity,
                ..note(onset, velocity + 20, duration)
            })
            .collect();
        notes.sort();
        let band = crate::song::Band { groove: groove().into(), ..Default::default() };
        Score { band, ..score(BARS, &notes) }
    })
}

/// A groove that moves every place, some as far as it may.
fn groove() -> Groove {
    let place = |at: u16| (at, (at * 37 % 129) as i8 - 64, (at % 65) as u8, 0).into();
    Groove { parts: vec![(0..96).map(place).collect()], ..Groove::default() }
}

fn timings() -> impl Strategy<Value = Timing> {
    let grid = prop::sample::select(vec![SwingGrid::Eighths, SwingGrid::Sixteenths]);
    let strays = (0u8..=100, prop_oneof![Just(0), 0u8..=100]);
    (5u16..=200, 500u16..=750, grid, strays, 1u32..=999).prop_map(
        |(gate, swing, grid, (humanise, groove), take)| Timing {
            gate,
            swing,
            grid,
            humanise,
            groove,
            take,
        },
    )
}

fn any_settings() -> impl Strategy<Value = PerformanceSettings> {
    let scale = (0..14usize, 0..3usize).prop_map(|(scale, outside)| {
        use nice_plug::prelude::Enum;
        ScaleMap::new(Scale::from_index(scale), Outside::from_index(outside))
    });
    let chords = prop::sample::select(vec![Chords::Off, Chords::StrongBeats, Chords::Everywhere]);
    let channel = prop::option::of(0u8..16);
    (timings(), -48..48i32, scale, channel, chords, prop::bool::weighted(0.1)).prop_map(
        |(timing, shift, scale, channel, chords, silent)| PerformanceSettings {
            timing,
            shift,
            scale,
            channel,
            chords,
            silent,
            ..PerformanceSettings::default()
        },
    )
}

type Script = Vec<(Deed, u32)>;

fn scripts() -> impl Strategy<Value = Script> {
    proptest::collection::vec((deeds(), frames()), 1..60)
}

/// What was heard in each run: the velocities, which tell the notes.
fn heard_by_run(host: &Host) -> Vec<Vec<u8>> {
    let heard = host.heard();
    let in_run = |start: f64, end: f64| {
        let run = start - 0.501..end - 0.501;
        heard.iter().filter(move |note| run.contains(&(note.0 as f64))).map(|note| note.3)
    };
    host.runs().iter().map(|run| in_run(run.start().0, run.end().0).collect()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn every_note_sounds_once_where_the_performance_puts_it(
        score in takes(),
        timing in timings(),
        rate in rates(),
        tempo in 30.0..400.0f64,
        script in scripts(),
    ) {
        let mut player = Player::default();
        let mut host = Host::new(rate, tempo);
        host.performance.timing = timing;
        for (deed, frames) in script {
            deed.befall(&mut host);
            host.block(&mut player, &score, frames);
        }
        host.check(&mut player, &score);
    }

    #[test]
    fn timing_that_changes_in_the_midst_of_the_song_doubles_and_loses_nothing(
        score in takes(),
        rate in rates(),
        tempo in 30.0..400.0f64,
        script in proptest::collection::vec((timings(), frames()), 1..60),
        looped in prop::option::of((0.0..8.0f64, 1.0..8.0f64)),
    ) {
        let mut player = Player::default();
        let mut host = Host::new(rate, tempo);
        host.loop_range = looped.map(|(start, length)| (start, start + length));
        for (timing, frames) in script {
            host.performance.timing = timing;
            host.block(&mut player, &score, frames);
        }
        host.stop(&mut player, &score);
        let heard = heard_by_run(&host);
        for (run, heard) in host.runs().iter().zip(heard) {
            let reach = (MOST_LATE + MOST_EARLY) as f64 / (24 * FINE) as f64;
            for note in score.bars.iter().flat_map(|bar| &bar.notes) {
                let onset = f64::from(note.onset) / 24.0;
                let times = heard.iter().filter(|&&velocity| velocity == note.velocity).count();
                prop_assert!(times <= 1, "{:?} sounds {} times", note, times);
                if onset - reach > run.start().1 && onset + reach < run.end().1 {
                    prop_assert!(times == 1, "{:?} is lost", note);
                }
            }
        }
    }

    #[test]
    fn whatever_is_turned_every_note_ends_and_none_sounds_twice_in_a_pass(
        score in takes(),
        rate in rates(),
        tempo in 30.0..400.0f64,
        script in proptest::collection::vec((deeds(), frames(), any_settings()), 1..60),
        drums in any::<bool>(),
    ) {
        let band = crate::song::Band { drums, ..score.band.clone() };
        let score = Score { band, ..score };
        let mut player = Player::default();
        let mut host = Host::new(rate, tempo);
        for (deed, frames, performance) in script {
            host.performance = performance;
            deed.befall(&mut host);
            host.block(&mut player, &score, frames);
        }
        host.stop(&mut player, &score);
        for heard in heard_by_run(&host) {
            let mut once = heard.clone();
            once.sort();
            once.dedup();
            prop_assert_eq!(once.len(), heard.len(), "{:?}", heard);
        }
    }

    #[test]
    fn the_size_of_blocks_moves_no_rendered_event(
        score in takes(),
        rate in rates(),
        tempo in 30.0..400.0f64,
        performance in any_settings(),
        sizes in proptest::collection::vec(frames(), 1..20),
    ) {
        let performance = PerformanceSettings { silent: false, ..performance };
        let total = (40.0 * 60.0 / tempo * rate) as u32;
        let events = |sizes: &[u32]| {
            let (mut player, mut host) = (Player::default(), Host::new(rate, tempo));
            host.performance = performance;
            let (mut left, mut size) = (total, sizes.iter().cycle());
            while left > 0 {
                let frames = (*size.next().unwrap()).min(left);
                host.block(&mut player, &score, frames);
                left -= frames;
            }
            host.events.into_iter().map(|(sample, event)| (sample, event.key())).collect::<Vec<_>>()
        };
        prop_assert_eq!(events(&[total]), events(&sizes));
    }
}

#[test]
fn swing_turned_up_before_a_note_and_down_after_it_changes_its_place_alone() {
    let score = score(1, &[note(0, 60, 6), note(12, 62, 6)]);
    let swing = |swing| PerformanceSettings {
        timing: Timing { swing, ..Timing::default() },
        ..PerformanceSettings::default()
    };
    // The second eighth falls on sample 12,000 straight, and on 18,000 at 75 %.
    let mut player = Player::default();
    play_as(&mut player, &score, &block(11_000, 0.0), &swing(500));
    let later = play_as(&mut player, &score, &block(8_000, 11.0 / 24.0), &swing(750));
    assert_eq!(later, [on(7_000, 62)]);
    let mut player = Player::default();
    play_as(&mut player, &score, &block(13_000, 0.0), &swing(500));
    let again = play_as(&mut player, &score, &block(11_000, 13.0 / 24.0), &swing(750));
    assert_eq!(again, [off(5_000, 62)], "it has sounded");
    let mut player = Player::default();
    play_as(&mut player, &score, &block(13_000, 0.0), &swing(750));
    let late = play_as(&mut player, &score, &block(11_000, 13.0 / 24.0), &swing(500));
    assert_eq!(late, [on(0, 62), off(5_000, 62)], "it was to come");
}

#[test]
fn notes_that_humanise_swaps_leave_in_the_order_in_which_they_sound() {
    let notes: Vec<_> = (0..96).map(|tick| note(tick, 20 + tick as u8, 1)).collect();
    let score = score(1, &notes);
    let timing = Timing { humanise: 100, ..Timing::default() };
    let performance = PerformanceSettings { timing, ..PerformanceSettings::default() };
    let events = play_as(&mut Player::default(), &score, &block(96_000, 0.0), &performance);
    let keys: Vec<u8> =
        events.iter().filter(|event| event.is_on()).map(|event| event.key()).collect();
    assert!(!keys.is_sorted(), "some change places");
    let mut all = keys;
    all.sort();
    assert_eq!(all, (20..116).collect::<Vec<u8>>());
}

#[test]
fn notes_of_an_onset_that_a_scale_brings_together_are_one() {
    let score = score(1, &[note(0, 60, 24), note(0, 61, 48), note(24, 61, 12)]);
    let scale = ScaleMap::new(Scale::Major, Outside::Snap);
    for humanise in [0, 100] {
        let timing = Timing { humanise, ..Timing::default() };
        let performance = PerformanceSettings { scale, timing, ..PerformanceSettings::default() };
        let events = play_as(&mut Player::default(), &score, &block(96_000, 0.0), &performance);
        let starts = events.iter().filter(|event| event.is_on()).count();
        assert_eq!((starts, events.len()), (2, 4), "{events:?}");
        assert!(events.iter().all(|event| event.key() == 60));
    }
}

#[test]
fn a_chord_of_more_notes_than_wait_loses_none() {
    let notes: Vec<_> =
        (0..3).flat_map(|tick| (0..128).map(move |i| note(tick, i as u8, 1))).collect();
    let score = score(1, &notes);
    let timing = Timing { humanise: 100, ..Timing::default() };
    let performance = PerformanceSettings { timing, ..PerformanceSettings::default() };
    let events = play_as(&mut Player::default(), &score, &block(96_000, 0.0), &performance);
    assert_eq!(events.iter().filter(|event| event.is_on()).count(), 3 * 128);
    assert_eq!(events.len(), 6 * 128);
}
