//! The same notes give the same sound, bit for bit, and always a sound that is a number.

mod common;

use common::{KeyEvent, instrument, render};
use jukebox_synth::{Instrument, PLAYERS, Timbre};
use proptest::prelude::*;

fn timbre() -> impl Strategy<Value = Timbre> {
    prop::sample::select(Timbre::ALL.to_vec())
}

/// Mostly the first players, sometimes one that is not there.
fn player() -> impl Strategy<Value = usize> {
    prop_oneof![6 => 0..3usize, 1 => 0..2 * PLAYERS]
}

fn event() -> impl Strategy<Value = KeyEvent> {
    prop_oneof![
        8 => (player(), any::<u8>(), 0.0..1.2f32).prop_map(|(player, key, velocity)| {
            KeyEvent::On(player, key, velocity)
        }),
        5 => (player(), any::<u8>()).prop_map(|(player, key)| KeyEvent::Off(player, key)),
        2 => (player(), timbre(), 0.0..2.5f32).prop_map(|(player, timbre, level)| {
            KeyEvent::Player(player, timbre, level)
        }),
        1 => (0.0..2.0f32).prop_map(KeyEvent::Level),
        1 => player().prop_map(KeyEvent::PlayerOff),
        1 => Just(KeyEvent::AllOff),
    ]
}

/// Events and the samples between them: mostly little time, sometimes enough to fall silent.
fn music() -> impl Strategy<Value = Vec<(usize, KeyEvent)>> {
    let gap = prop_oneof![4 => 0..200usize, 3 => 200..3_000usize, 1 => 20_000..60_000usize];
    prop::collection::vec((gap, event()), 1..40)
}

/// Plays, in blocks of these lengths in turn.
fn play(
    instrument: &mut Instrument,
    music: &[(usize, KeyEvent)],
    blocks: &[usize],
) -> Vec<[f32; 2]> {
    let mut heard = Vec::new();
    let mut blocks = blocks.iter().cycle();
    for &(gap, event) in music.iter().chain(&[(9_000, KeyEvent::AllOff)]) {
        let mut left = gap;
        while left > 0 {
            let now = left.min(*blocks.next().expect("a cycle"));
            let [one, other] = render(instrument, now);
            heard.extend(one.into_iter().zip(other).map(|(one, other)| [one, other]));
            left -= now;
        }
        event.apply(instrument);
    }
    heard
}

fn bits(heard: &[[f32; 2]]) -> Vec<[u32; 2]> {
    heard.iter().map(|sides| sides.map(f32::to_bits)).collect()
}

/// Of all timbres and of everything that is done to them. Whoever changes how a timbre sounds changes this
/// number; whoever does not, and sees it change, has found a processor or a compiler that calculates
/// otherwise.
#[test]
fn every_processor_gives_the_same_bits() {
    let mut instrument = instrument(Timbre::Drums, 48_000.0);
    let mut sum = 0xcbf2_9ce4_8422_2325_u64;
    for timbre in Timbre::ALL {
        let notes = (36..84).map(|key| (400, KeyEvent::On(0, key, f32::from(key) / 84.0)));
        let releases = (36..84).map(|key| (100, KeyEvent::Off(0, key)));
        let music: Vec<_> = [(0, KeyEvent::Player(0, timbre, 1.0))]
            .into_iter()
            .chain(notes)
            .chain(releases)
            .collect();
        for sample in bits(&play(&mut instrument, &music, &[128])).into_iter().flatten() {
            // FNV-1a, a word at a time.
            sum = (sum ^ u64::from(sample)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    assert_eq!(sum, 0x62ac_1145_fe41_d557, "{sum:#x}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn the_cut_into_blocks_changes_no_bit(
        timbre in timbre(),
        rate in prop::sample::select(vec![8_000.0, 44_100.0, 48_000.0]),
        music in music(),
        blocks in prop::collection::vec(1..700usize, 1..20),
    ) {
        let whole = play(&mut instrument(timbre, rate), &music, &[usize::MAX]);
        let cut = play(&mut instrument(timbre, rate), &music, &blocks);
        prop_assert!(bits(&whole) == bits(&cut));
    }

    #[test]
    fn any_notes_at_any_sample_rate_stay_within_range(
        timbre in timbre(),
        rate in prop_oneof![4 => 8_000.0..192_000.0f32, 1 => any::<f32>()],
        music in music(),
    ) {
        let heard = play(&mut instrument(timbre, rate), &music, &[256]);
        for sample in heard.iter().flatten() {
            prop_assert!(sample.abs() <= 1.0 && !sample.is_subnormal());
        }
    }

    #[test]
    fn a_note_sounds_the_same_whatever_was_played_before(
        timbre in timbre(), key in 0..128u8, music in music(),
    ) {
        let mut used = instrument(timbre, 8_000.0);
        play(&mut used, &music, &[256]);
        let mut new = instrument(timbre, 8_000.0);
        for instrument in [&mut used, &mut new] {
            instrument.reset();
            instrument.set_player(0, timbre, 1.0);
            instrument.set_level(1.0);
        }
        let note = [(0, KeyEvent::On(0, key, 0.8)), (2_000, KeyEvent::Off(0, key))];
        prop_assert!(bits(&play(&mut used, &note, &[64])) == bits(&play(&mut new, &note, &[64])));
    }
}
