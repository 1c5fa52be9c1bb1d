//! Several players at once.

mod common;

use common::{bend, instrument, loudness, mono, peak, render};
use jukebox_synth::{Instrument, PLAYERS, POLYPHONY, Timbre};

const RATE: f32 = 48_000.0;

/// An instrument with a player for each timbre.
fn band() -> Instrument {
    let mut band = Instrument::new(RATE);
    for (player, timbre) in Timbre::ALL.into_iter().enumerate() {
        band.set_player(player, timbre, timbre.balance());
    }
    band
}

/// The first second of all timbres, in blocks of so many samples.
fn second(velocity: f32, block: usize) -> [Vec<f32>; 2] {
    let mut band = band();
    (0..Timbre::ALL.len()).for_each(|player| band.note_on(player, 38, velocity));
    let mut sides = [Vec::new(), Vec::new()];
    while sides[0].len() < 48_000 {
        let samples = block.min(48_000 - sides[0].len());
        let new = render(&mut band, samples);
        sides.iter_mut().zip(new).for_each(|(side, new)| side.extend(new));
    }
    sides
}

/// How loud an instrument is, half a second from now.
fn later(instrument: &mut Instrument) -> f32 {
    render(instrument, 24_000);
    loudness(&mono(&render(instrument, 4800)))
}

#[test]
fn every_player_sounds_as_the_first_does() {
    for player in 1..PLAYERS {
        let mut other = Instrument::new(RATE);
        other.set_player(player, Timbre::Pluck, 1.0);
        let mut first = instrument(Timbre::Pluck, RATE);
        for key in [60, 64, 67] {
            other.note_on(player, key, 0.9);
            first.note_on(0, key, 0.9);
            assert_eq!(render(&mut other, 801), render(&mut first, 801));
        }
    }
}

#[test]
fn the_same_key_of_two_players_is_two_notes() {
    let mut band = instrument(Timbre::ElectricPiano, RATE);
    band.set_player(1, Timbre::Flute, 1.0);
    band.note_on(0, 60, 0.8);
    band.note_on(1, 60, 0.8);
    render(&mut band, 24_000);
    // The flute goes, the piano stays.
    band.note_on(1, 60, 0.0);
    let held = later(&mut band);
    band.note_off(0, 60);
    let gone = later(&mut band);
    assert!(held > 0.001 && held > 10.0 * gone, "{held} {gone}");
}

#[test]
fn a_player_that_is_not_there_plays_nothing() {
    let mut band = band();
    for player in [PLAYERS, usize::MAX] {
        band.set_player(player, Timbre::Bass, 2.0);
        band.note_on(player, 60, 1.0);
        band.note_off(player, 60);
        band.player_off(player);
    }
    assert!(band.is_silent());
}

#[test]
fn a_hit_of_one_player_ends_no_hit_of_another() {
    let open = |closer: usize| {
        let mut band = instrument(Timbre::Drums, RATE);
        band.set_player(1, Timbre::Drums, 1.0);
        band.note_on(0, 46, 1.0);
        render(&mut band, 4800);
        band.note_on(closer, 42, 0.1);
        render(&mut band, 7200);
        loudness(&mono(&render(&mut band, 2400)))
    };
    assert!(open(0) < 0.1 * open(1), "{} {}", open(0), open(1));
}

#[test]
fn a_players_level_acts_on_what_sounds_without_a_click() {
    let mut band = instrument(Timbre::Flute, RATE);
    band.set_player(1, Timbre::Flute, 1.0);
    band.note_on(0, 48, 0.8);
    band.note_on(1, 72, 0.8);
    let before = mono(&render(&mut band, 48_000));
    let mut untouched = band.clone();
    band.set_player(1, Timbre::Pluck, 0.0);
    let mut after = before[before.len() - 2..].to_vec();
    after.extend(mono(&render(&mut band, 2400)));
    assert!(bend(&after) < 1.5 * bend(&before[24_000..]));
    // The low flute alone.
    untouched.player_off(1);
    let [one, other] = [&mut band, &mut untouched].map(|it| {
        render(it, 96_000);
        loudness(&mono(&render(it, 9600)))
    });
    assert!((one / other - 1.0).abs() < 0.01 && one > 0.01, "{one} {other}");
    // It has played on meanwhile; no number is no level.
    band.set_player(1, Timbre::Pluck, f32::NAN);
    assert!(later(&mut band) < 1.1 * one);
    band.set_player(1, Timbre::Pluck, 1.0);
    assert!(later(&mut band) > 1.1 * one);
}

#[test]
fn a_player_leaves_and_the_others_play_on() {
    let mut band = instrument(Timbre::Flute, RATE);
    band.set_player(1, Timbre::Bass, 1.0);
    band.note_on(0, 72, 0.8);
    let alone = later(&mut band.clone());
    band.note_on(1, 36, 1.0);
    band.player_off(1);
    let together = later(&mut band);
    assert!((together / alone - 1.0).abs() < 0.05, "{together} {alone}");
    band.player_off(0);
    let mut samples = 0;
    while !band.is_silent() {
        render(&mut band, 4800);
        samples += 4800;
        assert!(samples < 4 * 48_000, "it rings out");
    }
    assert_eq!(render(&mut band, 100), [vec![0.0; 100], vec![0.0; 100]]);
}

#[test]
fn the_voices_are_for_all_players_together() {
    let mut band = band();
    for player in 0..PLAYERS {
        band.set_player(player, Timbre::Flute, 1.0);
    }
    band.note_on(0, 60, 1.0);
    // Softer notes of many players, more than there are voices: the loud one stays.
    for note in 0..2 * POLYPHONY {
        band.note_on(note % PLAYERS, 70 + (note / PLAYERS) as u8, 0.02);
        render(&mut band, 1000);
    }
    (0..PLAYERS).skip(1).for_each(|player| band.player_off(player));
    let mut alone = instrument(Timbre::Flute, RATE);
    alone.note_on(0, 60, 1.0);
    assert!(later(&mut band) > 0.8 * later(&mut alone));
}

#[test]
fn blocks_make_no_difference_and_nothing_is_too_loud() {
    let whole = second(0.8, 48_000);
    assert!([1, 31, 480].iter().all(|&block| second(0.8, block) == whole));
    for side in second(1.0, 480) {
        assert!((0.05..=1.0).contains(&peak(&side)), "{}", peak(&side));
    }
}
