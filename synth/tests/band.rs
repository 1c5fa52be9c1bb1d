//! Several players at once.

mod common;

use common::{instrument, loudness, mono, peak, render};
use jukebox_synth::{Instrument, PLAYERS, Timbre};

const RATE: f32 = 48_000.0;

/// A band of timbres, a player each.
fn band(timbres: &[Timbre]) -> Instrument {
    let mut band = Instrument::new(RATE);
    for (player, timbre) in timbres.iter().enumerate() {
        band.set_player(player, *timbre, timbre.level_among(timbres.len()));
    }
    band
}

/// The first second of a band of all timbres, in blocks of so many samples.
fn second(velocity: f32, block: usize) -> [Vec<f32>; 2] {
    let mut band = band(&Timbre::ALL);
    (0..Timbre::ALL.len()).for_each(|player| band.play(player, 38, velocity));
    let mut sides = [Vec::new(), Vec::new()];
    while sides[0].len() < 48_000 {
        // One gets softer on the way.
        if sides[0].len() == 24_000 {
            band.set_player(0, Timbre::ElectricPiano, 0.2);
        }
        let samples = block.min(48_000 - sides[0].len());
        let new = render(&mut band, samples);
        sides.iter_mut().zip(new).for_each(|(side, new)| side.extend(new));
    }
    sides
}

#[test]
fn a_player_of_a_band_sounds_as_alone() {
    let mut band = band(&[Timbre::Flute; 3]);
    band.set_player(2, Timbre::Pluck, 1.0);
    let mut alone = instrument(Timbre::Pluck, RATE);
    for key in [60, 64, 67] {
        band.play(2, key, 0.9);
        alone.note_on(key, 0.9);
        assert_eq!(render(&mut band, 4801), render(&mut alone, 4801));
    }
}

#[test]
fn the_same_key_of_two_players_is_two_notes() {
    let mut band = band(&[Timbre::ElectricPiano, Timbre::Flute]);
    band.play(0, 60, 0.8);
    band.play(1, 60, 0.8);
    render(&mut band, 24_000);
    // The flute goes, the piano stays.
    band.play(1, 60, 0.0);
    render(&mut band, 24_000);
    let held = loudness(&mono(&render(&mut band, 4800)));
    band.release(0, 60);
    render(&mut band, 24_000);
    let gone = loudness(&mono(&render(&mut band, 4800)));
    assert!(held > 0.001 && held > 10.0 * gone, "{held} {gone}");
    band.play(PLAYERS, 60, 0.8);
    let mut samples = 0;
    while !band.is_silent() {
        render(&mut band, 4800);
        samples += 4800;
        assert!(samples < 60 * 48_000, "it rings out");
    }
    assert_eq!(render(&mut band, 100), [vec![0.0; 100], vec![0.0; 100]]);
}

#[test]
fn a_level_acts_on_what_sounds_without_a_click() {
    let mut band = band(&[Timbre::Flute, Timbre::Flute]);
    band.play(0, 72, 0.8);
    render(&mut band, 24_000);
    let before = mono(&render(&mut band, 4_800));
    band.set_player(0, Timbre::Flute, 0.0);
    let fading = mono(&render(&mut band, 4_800));
    let step = |sound: &[f32]| {
        sound.windows(2).fold(0.0, |most, it| f32::max(most, (it[1] - it[0]).abs()))
    };
    assert!(step(&fading) < 1.2 * step(&before), "{} {}", step(&fading), step(&before));
    render(&mut band, 48_000);
    let silent = mono(&render(&mut band, 4_800));
    assert!(loudness(&silent) < 1e-3 * loudness(&before), "but for what the room rings on");
}

#[test]
fn blocks_make_no_difference_and_nothing_is_too_loud() {
    let whole = second(0.8, 24_000);
    assert!([1, 30, 480].iter().all(|&block| second(0.8, block) == whole));
    for side in second(1.0, 480) {
        assert!((0.05..=1.0).contains(&peak(&side)), "{}", peak(&side));
    }
}
