//! What holds for every take and every transport.

use proptest::prelude::*;

use super::host::Host;
use super::*;

pub const BARS: usize = 12;
/// The song is as long as the take: here the host goes back to its start.
const END: f64 = 47.0;

/// A take of several bars: chords, repeated and overlapping notes, and notes over bar lines.
fn takes() -> impl Strategy<Value = Score> {
    let notes = (0..BARS as Tick * 96, 40u8..52, 1u32..150);
    proptest::collection::vec(notes, 1..120).prop_map(|notes| {
        let mut notes: Vec<Note> = notes
            .into_iter()
            .map(|(onset, pitch, duration)| note(onset, pitch, duration))
            .collect();
        notes.sort();
        notes.dedup_by_key(|note| (note.onset, note.pitch));
        score(BARS, &notes)
    })
}

pub fn rates() -> impl Strategy<Value = f64> {
    prop::sample::select(vec![22_050.0, 44_100.0, 48_000.0, 88_200.0, 96_000.0, 192_000.0])
}

/// What a user or a host does before a block.
#[derive(Clone, Debug)]
pub enum Deed {
    Nothing,
    Tempo(f64),
    /// To any tick, and to places between ticks.
    Seek(f64),
    Loop(f64, f64),
    EndLoop,
    Stop,
    Play,
}

pub fn deeds() -> impl Strategy<Value = Deed> {
    let position = prop_oneof![
        (0..48i32).prop_map(f64::from),
        (0..48 * 24i32).prop_map(|tick| f64::from(tick) / 24.0),
        -4.0..48.0f64,
    ];
    let length = prop_oneof![(1..16i32).prop_map(f64::from), 0.1..8.0f64];
    prop_oneof![
        12 => Just(Deed::Nothing),
        2 => (30.0..400.0f64).prop_map(Deed::Tempo),
        1 => position.clone().prop_map(Deed::Seek),
        1 => (position, length).prop_map(|(start, length)| Deed::Loop(start, start + length)),
        1 => Just(Deed::EndLoop),
        1 => Just(Deed::Stop),
        3 => Just(Deed::Play),
    ]
}

impl Deed {
    pub fn befall(self, host: &mut Host) {
        match self {
            Deed::Nothing => {}
            Deed::Tempo(tempo) => host.tempo = tempo,
            Deed::Seek(position) => {
                let position = if position > END { 0.0 } else { position };
                // What moves less than this is a rounding, not a jump.
                if (position - host.position).abs() >= 1.0 / 480.0 {
                    host.seek(position);
                }
            }
            Deed::Loop(start, end) => host.loop_range = Some((start, end)),
            Deed::EndLoop => host.loop_range = None,
            Deed::Stop => host.playing = false,
            Deed::Play => host.playing = true,
        }
        if host.position > END {
            host.seek(0.0);
        }
    }
}

pub fn frames() -> impl Strategy<Value = u32> {
    prop_oneof![Just(16), Just(64), Just(441), Just(512), Just(4096), 1..5000u32, 5000..40_000u32]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn every_note_sounds_once_and_ends_whatever_the_transport_does(
        score in takes(),
        rate in rates(),
        tempo in 30.0..400.0f64,
        script in proptest::collection::vec((deeds(), frames()), 1..80),
    ) {
        let mut player = Player::default();
        let mut host = Host::new(rate, tempo);
        for (deed, frames) in script {
            deed.befall(&mut host);
            host.block(&mut player, &score, frames);
        }
        host.check(&mut player, &score);
        // Loops may end beyond the take; nothing else is missing.
        prop_assert!(player.underruns() <= 80);
    }

    #[test]
    fn the_size_of_blocks_moves_no_event(
        score in takes(),
        rate in rates(),
        // At 120 bpm and 44.1 kHz every fourth tick lies between two samples.
        tempo in prop_oneof![Just(120.0), 30.0..400.0f64],
        sizes in proptest::collection::vec(frames(), 1..20),
    ) {
        let total = (40.0 * 60.0 / tempo * rate) as u32;
        let events = |sizes: &[u32]| {
            let (mut player, mut host) = (Player::default(), Host::new(rate, tempo));
            // As CLAP writes it.
            host.tell = |position| Some((position * 2f64.powi(31)).round() / 2f64.powi(31));
            let (mut left, mut size) = (total, sizes.iter().cycle());
            while left > 0 {
                let frames = (*size.next().unwrap()).min(left);
                host.block(&mut player, &score, frames);
                left -= frames;
            }
            host.events.into_iter().map(|(sample, event)| (sample, key_of(event))).collect::<Vec<_>>()
        };
        prop_assert_eq!(events(&[total]), events(&sizes));
    }

    #[test]
    fn a_host_that_rounds_its_positions_is_played_to_the_sample(
        score in takes(),
        rate in rates(),
        tempo in 30.0..300.0f64,
        start in 0..40i32,
        down in any::<bool>(),
        sizes in proptest::collection::vec(frames(), 1..60),
    ) {
        let mut player = Player::default();
        let mut host = Host::new(rate, tempo);
        host.tell = if down {
            |position| Some((position * 1920.0).floor() / 1920.0)
        } else {
            |position| Some((position * 1920.0).round() / 1920.0)
        };
        host.seek(f64::from(start));
        for frames in sizes {
            if host.position > END {
                host.seek(0.0);
            }
            host.block(&mut player, &score, frames);
        }
        host.check(&mut player, &score);
    }
}

/// A tempo that rises or falls inside the blocks, told at their starts only: positions come a
/// little early or late, and still no note is doubled or lost.
#[test]
fn a_tempo_ramp_doubles_and_loses_nothing() {
    let key = |tick: Tick| 20 + (tick % 100) as u8;
    let on_every_tick: Vec<_> =
        (0..BARS as Tick * 96).map(|tick| note(tick, key(tick), 1)).collect();
    let score = score(BARS, &on_every_tick);
    for (from, to) in [(40.0, 280.0), (280.0, 40.0), (60.0, 65.0)] {
        for frames in [64, 1024, 4096] {
            let mut player = Player::default();
            let (mut position, mut tempo) = (0.0, from);
            let mut keys = Vec::new();
            let slope = (to - from) / (8.0 * 48_000.0);
            while position < 12.0 {
                let block = Block { tempo: Some(tempo), ..block(frames, position) };
                keys.extend(play(&mut player, &score, &block).into_iter().filter_map(|event| {
                    let (on, key) = key_of(event);
                    on.then_some(key)
                }));
                let end = tempo + slope * f64::from(frames);
                position += (tempo + end) / 2.0 / 60.0 * f64::from(frames) / 48_000.0;
                tempo = end;
            }
            let up: Vec<u8> = (0..keys.len() as Tick).map(key).collect();
            assert_eq!(keys, up, "{from} to {to} bpm in blocks of {frames}");
            assert!(keys.len() >= 12 * 24);
        }
    }
}

fn key_of(event: PlayerEvent) -> (bool, u8) {
    match event {
        PlayerEvent::NoteOn { key, .. } => (true, key),
        PlayerEvent::NoteOff { key, .. } => (false, key),
    }
}
