//! Each target on bytes made of its seeds, for a bounded time (`JUKEBOX_FUZZ_SECONDS`, 2 by default).

use std::time::{Duration, Instant, SystemTime};

use jukebox_fuzz_harness as harness;
use jukebox_fuzz_harness::seeds;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// One change of some bytes.
#[derive(Clone, Debug)]
enum Change {
    Set(Index, u8),
    Flip(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    /// Some bytes again, elsewhere.
    Copy {
        from: Index,
        length: usize,
        to: Index,
    },
    Cut(Index),
}

fn change() -> impl Strategy<Value = Change> {
    // Numbers at which lengths, counts and signs turn over.
    let edge = select(vec![0, 1, 0x7f, 0x80, 0xf0, 0xf7, 0xfe, 0xff]);
    let piece = prop_oneof![
        vec(any::<u8>(), 1..9),
        select(vec![
            &b"MTrk"[..],
            b"MThd",
            b"\xff\x2f\x00",
            b"\xff\x51\x03",
            b"PK\x03\x04",
            b"null",
            b"[]"
        ])
        .prop_map(<[u8]>::to_vec),
        any::<u64>().prop_map(|number| number.to_string().into_bytes()),
    ];
    prop_oneof![
        4 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        4 => (any::<Index>(), edge).prop_map(|(at, byte)| Change::Set(at, byte)),
        4 => (any::<Index>(), 0..8u8).prop_map(|(at, bit)| Change::Flip(at, bit)),
        2 => (any::<Index>(), piece).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        2 => (any::<Index>(), 1..64usize).prop_map(|(at, length)| Change::Remove(at, length)),
        2 => (any::<Index>(), 1..256usize, any::<Index>())
            .prop_map(|(from, length, to)| Change::Copy { from, length, to }),
        1 => any::<Index>().prop_map(Change::Cut),
    ]
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        match self {
            Self::Set(at, byte) => *at.get_mut(bytes) = *byte,
            Self::Flip(at, bit) => *at.get_mut(bytes) ^= 1 << bit,
            Self::Insert(at, inserted) => {
                let at = at.index(bytes.len());
                bytes.splice(at..at, inserted.iter().copied());
            }
            Self::Remove(at, length) => {
                let at = at.index(bytes.len());
                bytes.drain(at..bytes.len().min(at + length));
            }
            Self::Copy { from, length, to } => {
                let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
                let copied = bytes[from..bytes.len().min(from + length)].to_vec();
                bytes.splice(to..to, copied);
            }
            Self::Cut(at) => bytes.truncate(at.index(bytes.len())),
        }
    }
}

/// Runs a target on changed seeds until the time is over; prints the smallest case that fails. The cases
/// are other ones each time, but where `PROPTEST_RNG_SEED` is set.
fn run(target: fn(&[u8]), seeds: Vec<Vec<u8>>) {
    const CASES: u32 = 64;
    seeds.iter().for_each(|seed| target(seed));
    let setting = |name| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let now = || SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_nanos() as u64);
    let first = setting("PROPTEST_RNG_SEED").unwrap_or_else(now);
    let end = Instant::now() + Duration::from_secs(setting("JUKEBOX_FUZZ_SECONDS").unwrap_or(2));
    let changed = (select(seeds), vec(change(), 1..12)).prop_map(|(mut bytes, changes)| {
        changes.iter().for_each(|change| change.apply(&mut bytes));
        bytes
    });
    let mut rounds = 0u64;
    while Instant::now() < end {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&first.to_le_bytes());
        seed[8..16].copy_from_slice(&rounds.to_le_bytes());
        let random = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
        let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
        let tried = TestRunner::new_with_rng(config, random).run(&changed, |bytes| {
            target(&bytes);
            Ok(())
        });
        tried.unwrap_or_else(|error| panic!("{error}"));
        rounds += 1;
    }
    println!("{} cases", rounds * u64::from(CASES));
}

#[test]
fn a_midi_file_is_read_or_refused() {
    run(harness::midi, seeds::midi());
}

#[test]
fn an_archive_is_read_or_refused() {
    run(harness::zip, seeds::zip());
}

#[test]
fn a_record_composes_or_is_refused() {
    run(harness::record, seeds::record());
}

#[test]
fn a_saved_song_is_loaded_or_refused() {
    run(harness::state, seeds::state());
}
