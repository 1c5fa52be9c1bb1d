//! Several instruments at once.

mod common;

use common::{instrument, loudness, mono, peak, render};
use jukebox_synth::{Band, Timbre};

const RATE: f32 = 48_000.0;

fn rendered(band: &mut Band, samples: usize) -> [Vec<f32>; 2] {
    let (mut left, mut right) = (vec![f32::NAN; samples], vec![f32::NAN; samples]);
    band.render(&mut left, &mut right);
    [left, right]
}

/// The first second of a band of all timbres, in blocks of so many samples.
fn second(velocity: f32, block: usize) -> [Vec<f32>; 2] {
    let mut band = Band::new(RATE, &Timbre::ALL);
    (0..Timbre::ALL.len()).for_each(|player| band.note_on(player, 38, velocity));
    let mut sides = [Vec::new(), Vec::new()];
    while sides[0].len() < 48_000 {
        let samples = block.min(48_000 - sides[0].len());
        let new = rendered(&mut band, samples);
        sides.iter_mut().zip(new).for_each(|(side, new)| side.extend(new));
    }
    sides
}

#[test]
fn a_band_of_one_is_the_instrument() {
    let mut band = Band::new(RATE, &[Timbre::Pluck]);
    let mut alone = instrument(Timbre::Pluck, RATE);
    for key in [60, 64, 67] {
        band.note_on(0, key, 0.9);
        alone.note_on(key, 0.9);
        assert_eq!(rendered(&mut band, 4801), render(&mut alone, 4801));
    }
}

#[test]
fn the_same_key_of_two_players_is_two_notes() {
    let mut band = Band::new(RATE, &[Timbre::ElectricPiano, Timbre::Flute]);
    band.note_on(0, 60, 0.8);
    band.note_on(1, 60, 0.8);
    rendered(&mut band, 24_000);
    // The flute goes, the piano stays.
    band.note_on(1, 60, 0.0);
    rendered(&mut band, 24_000);
    let held = loudness(&mono(&rendered(&mut band, 4800)));
    band.note_on(0, 60, 0.0);
    rendered(&mut band, 24_000);
    let gone = loudness(&mono(&rendered(&mut band, 4800)));
    assert!(held > 0.001 && held > 10.0 * gone, "{held} {gone}");
    band.note_on(9, 60, 0.8);
    let mut samples = 0;
    while !band.is_silent() {
        rendered(&mut band, 4800);
        samples += 4800;
        assert!(samples < 60 * 48_000, "it rings out");
    }
    assert_eq!(rendered(&mut band, 100), [vec![0.0; 100], vec![0.0; 100]]);
}

#[test]
fn blocks_make_no_difference_and_nothing_is_too_loud() {
    let whole = second(0.8, 48_000);
    assert!([1, 31, 480].iter().all(|&block| second(0.8, block) == whole));
    for side in second(1.0, 480) {
        assert!((0.05..=1.0).contains(&peak(&side)), "{}", peak(&side));
    }
}
