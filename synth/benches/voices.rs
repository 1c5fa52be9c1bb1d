//! How fast the instrument plays: `cargo bench -p jukebox-synth`.
//!
//! The items are notes at 48 kHz: 1,000 of them a second is one core that plays a thousand notes at once in
//! real time.

use divan::Bencher;
use divan::counter::ItemsCount;
use jukebox_synth::{Instrument, Timbre};

const RATE: usize = 48_000;
const BLOCK: usize = 256;

fn main() {
    divan::main();
}

/// One second of full chords, struck anew every quarter of it.
#[divan::bench(args = Timbre::ALL, sample_count = 20)]
fn a_second_of_chords(bencher: Bencher<'_, '_>, timbre: Timbre) {
    const NOTES: u8 = 16;
    let mut instrument = Instrument::new(RATE as f32);
    instrument.set_player(0, timbre, 1.0);
    let (mut left, mut right) = ([0.0; BLOCK], [0.0; BLOCK]);
    bencher.counter(ItemsCount::new(NOTES)).bench_local(|| {
        for block in 0..RATE / BLOCK {
            if block % 47 == 0 {
                for key in 36..36 + NOTES {
                    instrument.note_on(0, key + 3, 0.8);
                }
            }
            instrument.render(&mut left, &mut right);
        }
        left[0]
    });
}

/// A second of nothing.
#[divan::bench]
fn a_second_of_silence(bencher: Bencher<'_, '_>) {
    let mut instrument = Instrument::new(RATE as f32);
    let (mut left, mut right) = ([0.0; BLOCK], [0.0; BLOCK]);
    bencher.bench_local(|| {
        for _ in 0..RATE / BLOCK {
            instrument.render(&mut left, &mut right);
        }
        left[0]
    });
}

/// A new instrument, as the host's activation makes one.
#[divan::bench(args = [48_000.0, 192_000.0])]
fn a_new_instrument(rate: f32) -> Instrument {
    Instrument::new(rate)
}
