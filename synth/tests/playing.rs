//! What is heard when it is played: attacks, releases, silence, limits.

mod common;

use common::{PITCHED, bend, instrument, loudness, mono, note, peak, render};
use jukebox_synth::{Instrument, POLYPHONY, Timbre};

const RATE: f32 = 48_000.0;

fn samples(seconds: f32) -> usize {
    (seconds * RATE) as usize
}

#[test]
fn every_onset_of_a_tune_is_heard() {
    // A known take: onsets in 16ths at 120 bpm, keys, each held for two thirds of the time.
    let tune = [(0, 62), (2, 66), (3, 69), (4, 74), (7, 73), (8, 69), (12, 38), (14, 42), (15, 57)];
    for timbre in Timbre::ALL {
        let mut instrument = instrument(timbre, RATE);
        let mut heard = Vec::new();
        for (index, &(at, key)) in tune.iter().enumerate() {
            let next = tune.get(index + 1).map_or(20, |&(next, _)| next);
            instrument.note_on(0, key, 0.8);
            let third = samples(0.125) * (next - at) / 3;
            heard.push(mono(&render(&mut instrument, 2 * third)));
            instrument.note_off(0, key);
            heard.push(mono(&render(&mut instrument, third)));
        }
        let rests =
            std::iter::once(&[][..]).chain(heard.iter().skip(1).step_by(2).map(|it| &it[..]));
        for (index, (before, sounding)) in rests.zip(heard.iter().step_by(2)).enumerate() {
            let tail =
                if before.is_empty() { 0.0 } else { loudness(&before[before.len() - 1000..]) };
            let onset = peak(&sounding[..samples(0.04)]);
            assert!(
                onset > 0.02 && onset > 2.0 * tail,
                "{timbre}, note {index}: {onset} after {tail}"
            );
        }
    }
}

#[test]
fn after_release_and_tail_it_is_exactly_silent() {
    for rate in [8_000.0, 44_100.0, 192_000.0] {
        for timbre in Timbre::ALL {
            for key in [0, 36, 60, 90, 127] {
                let mut instrument = instrument(timbre, rate);
                assert!(instrument.is_silent());
                instrument.note_on(0, key, 1.0);
                assert!(!instrument.is_silent());
                render(&mut instrument, (0.2 * rate) as usize);
                instrument.note_off(0, key);
                let mut seconds = 0.0;
                while !instrument.is_silent() {
                    render(&mut instrument, (0.1 * rate) as usize);
                    seconds += 0.1;
                    assert!(seconds < 9.0, "{timbre}, key {key}, {rate} Hz: it never ends");
                }
                let [left, right] = render(&mut instrument, 500);
                assert!(left.iter().chain(&right).all(|&sample| sample == 0.0));
            }
        }
    }
}

#[test]
fn a_held_note_of_a_string_dies_away_and_a_held_flute_stays() {
    for (timbre, stays) in [
        (Timbre::ElectricPiano, false),
        (Timbre::Pluck, false),
        (Timbre::Piano, false),
        (Timbre::Flute, true),
        (Timbre::Organ, true),
        (Timbre::Strings, true),
        (Timbre::Lead, true),
    ] {
        let sound = note(timbre, 72, 0.8, RATE, [4.0, 0.0]);
        let later = loudness(&sound[samples(3.0)..]) / loudness(&sound[..samples(1.0)]);
        assert_eq!(later > 0.5, stays, "{timbre}: {later}");
    }
}

#[test]
fn a_released_note_ends_much_sooner_than_a_held_one() {
    for timbre in PITCHED {
        let later = |held: f32| {
            loudness(&note(timbre, 55, 0.8, RATE, [held, 1.0 - held])[samples(0.6)..samples(0.7)])
        };
        assert!(later(0.2) < 0.1 * later(1.0), "{timbre}: {} {}", later(0.2), later(1.0));
    }
}

#[test]
fn as_many_notes_as_there_are_as_loud_as_can_be_do_not_clip() {
    for rate in [8_000.0, 48_000.0, 192_000.0] {
        for timbre in Timbre::ALL {
            let mut instrument = instrument(timbre, rate);
            instrument.set_level(2.0);
            for _ in 0..4 {
                for key in 0..POLYPHONY as u8 {
                    instrument.note_on(0, 30 + 2 * key, 1.0);
                }
                let [left, right] = render(&mut instrument, (0.25 * rate) as usize);
                assert!(peak(&left) <= 1.0 && peak(&right) <= 1.0, "{timbre}");
                assert!(peak(&left) > 0.5, "{timbre}: it is loud");
            }
        }
    }
}

#[test]
fn the_timbres_are_about_equally_loud_and_leave_headroom() {
    let phrase = |timbre: Timbre, keys: [u8; 8]| {
        let mut instrument = instrument(timbre, RATE);
        let mut heard = Vec::new();
        for key in keys {
            instrument.note_on(0, key, 0.7);
            heard.extend(mono(&render(&mut instrument, samples(0.24))));
            instrument.note_off(0, key);
        }
        assert!(peak(&heard) < 0.7, "{timbre}: {}", peak(&heard));
        20.0 * loudness(&heard).log10()
    };
    for (timbre, keys) in [
        (Timbre::ElectricPiano, [62, 66, 69, 74, 73, 69, 66, 64]),
        (Timbre::Pluck, [62, 66, 69, 74, 73, 69, 66, 64]),
        (Timbre::Flute, [74, 78, 81, 86, 85, 81, 78, 76]),
        (Timbre::Piano, [62, 66, 69, 74, 73, 69, 66, 64]),
        (Timbre::Organ, [62, 66, 69, 74, 73, 69, 66, 64]),
        (Timbre::Strings, [62, 66, 69, 74, 73, 69, 66, 64]),
        (Timbre::Lead, [62, 66, 69, 74, 73, 69, 66, 64]),
        (Timbre::Bass, [38, 38, 45, 38, 43, 43, 45, 40]),
        (Timbre::Drums, [36, 42, 38, 42, 36, 36, 38, 46]),
    ] {
        let level = phrase(timbre, keys);
        assert!((-25.5..-18.5).contains(&level), "{timbre}: {level:.1} dB");
    }
}

#[test]
fn no_timbre_has_an_offset() {
    for timbre in PITCHED {
        for key in [36, 60, 84] {
            let sound = note(timbre, key, 1.0, RATE, [1.2, 0.0]);
            let steady = &sound[samples(0.2)..];
            let mean = steady.iter().sum::<f32>() / steady.len() as f32;
            assert!(mean.abs() < 0.02 * loudness(steady), "{timbre}, key {key}: {mean}");
        }
    }
}

/// Does something to a sounding chord and tells how much more the wave bends then than before.
fn bent(timbre: Timbre, notes: usize, what: impl FnOnce(&mut Instrument)) -> f32 {
    let mut instrument = instrument(timbre, RATE);
    for key in 40..40 + notes as u8 {
        instrument.note_on(0, key, 0.3);
    }
    let before = mono(&render(&mut instrument, samples(1.0)));
    what(&mut instrument);
    let mut after = before[before.len() - 2..].to_vec();
    after.extend(mono(&render(&mut instrument, samples(0.008))));
    bend(&after) / bend(&before[samples(0.9)..])
}

#[test]
fn nothing_that_is_done_clicks() {
    for timbre in PITCHED {
        let off = bent(timbre, POLYPHONY, |it| (40..60).for_each(|key| it.note_off(0, key)));
        let all_off = bent(timbre, POLYPHONY, Instrument::all_off);
        let level = bent(timbre, POLYPHONY, |it| it.set_level(0.1));
        for bent in [off, all_off, level] {
            assert!(bent < 1.5, "{timbre}: {off} {all_off} {level}");
        }
        let one_more = |it: &mut Instrument| {
            it.set_player(0, Timbre::Flute, 1.0);
            it.note_on(0, 90, 0.01);
        };
        let (room_left, stolen) =
            (bent(timbre, POLYPHONY - 1, one_more), bent(timbre, POLYPHONY, one_more));
        assert!(
            stolen < 1.2 * room_left,
            "{timbre}: {stolen}, {room_left} where nothing is stolen"
        );
    }
}

#[test]
fn a_level_of_nothing_is_nothing() {
    let mut instrument = instrument(Timbre::Bass, RATE);
    instrument.note_on(0, 40, 1.0);
    render(&mut instrument, 4800);
    instrument.set_level(0.0);
    render(&mut instrument, samples(0.03));
    let [left, _] = render(&mut instrument, 4800);
    assert_eq!(peak(&left), 0.0);
    instrument.set_level(f32::NAN);
    instrument.set_level(1.0);
    render(&mut instrument, samples(0.03));
    assert!(peak(&render(&mut instrument, 4800)[0]) > 0.01, "it has played on");
}

#[test]
fn reset_is_silence_at_once_and_all_off_soon() {
    for timbre in Timbre::ALL {
        let mut instrument = instrument(timbre, RATE);
        for key in 35..60 {
            instrument.note_on(0, key, 1.0);
        }
        render(&mut instrument, 4800);
        let mut other = instrument.clone();
        instrument.reset();
        assert!(instrument.is_silent());
        assert_eq!(peak(&render(&mut instrument, 4800)[0]), 0.0);
        other.all_off();
        let loud = peak(&render(&mut other, 100)[0]);
        render(&mut other, samples(0.6));
        assert!(peak(&render(&mut other, 100)[0]) < 0.02 * loud, "{timbre}");
    }
}

#[test]
fn low_keys_stand_to_the_left_and_both_sides_hear_all() {
    for timbre in PITCHED {
        let sides = |key: u8| {
            let mut instrument = instrument(timbre, RATE);
            instrument.note_on(0, key, 0.8);
            render(&mut instrument, samples(0.5)).map(|side| loudness(&side))
        };
        let ([left, right], [high_left, high_right]) = (sides(40), sides(88));
        assert!(left > right && high_right > high_left, "{timbre}");
        assert!(right > 0.4 * left && high_left > 0.4 * high_right, "{timbre}");
    }
}

#[test]
fn a_closed_hi_hat_ends_an_open_one() {
    let open = |closed: Option<u8>| {
        let mut instrument = instrument(Timbre::Drums, RATE);
        instrument.note_on(0, 46, 1.0);
        render(&mut instrument, samples(0.1));
        if let Some(key) = closed {
            instrument.note_on(0, key, 0.1);
        }
        render(&mut instrument, samples(0.15));
        loudness(&mono(&render(&mut instrument, samples(0.05))))
    };
    assert!(open(Some(42)) < 0.05 * open(None) && open(Some(44)) < 0.05 * open(None));
    assert!(open(Some(38)) > 0.8 * open(None), "a snare does not");
}

#[test]
fn every_drum_key_sounds_and_no_two_kinds_alike() {
    let hits: Vec<Vec<f32>> =
        (0..=127).map(|key| note(Timbre::Drums, key, 0.9, RATE, [0.2, 0.0])).collect();
    assert!(hits.iter().all(|hit| peak(hit) > 0.05));
    for (one, other) in [(36, 38), (38, 42), (42, 46), (46, 49), (49, 51), (41, 50), (37, 39)] {
        assert_ne!(hits[one], hits[other]);
    }
}

#[test]
fn notes_beyond_the_polyphony_take_the_place_of_released_ones_first() {
    let mut instrument = instrument(Timbre::Flute, RATE);
    instrument.note_on(0, 60, 1.0);
    for key in 70..70 + POLYPHONY as u8 - 1 {
        instrument.note_on(0, key, 0.05);
        instrument.note_off(0, key);
    }
    instrument.note_on(0, 50, 0.01);
    render(&mut instrument, samples(0.5));
    let held = mono(&render(&mut instrument, samples(0.2)));
    let alone = note(Timbre::Flute, 60, 1.0, RATE, [0.7, 0.0]);
    assert!(loudness(&held) > 0.8 * loudness(&alone[samples(0.5)..]), "the held note goes on");
}
