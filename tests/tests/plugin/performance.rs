//! Parameters and notes that come in.

use jukebox_model::composer::ComposerSettings;
use jukebox_model::meter::MeterMap;
use jukebox_model::piece::Note;
use jukebox_tests::notes::pair;
use jukebox_tests::score::compose;

use crate::fixture::{assert_plays, play, plugin, record, setup, take};

#[test]
fn key_and_octave_transpose_and_choose_nothing_anew() {
    let recording = play(&mut plugin(), setup(48_000.0, &[512]), |host| {
        host.automate("Key", "D").unwrap();
        host.automate("Octave", "-1").unwrap();
        host.play();
        host.run_to(30.0).unwrap();
    });
    let shifted = |note: &Note| Note { pitch: note.pitch + 2 - 12, ..*note };
    let notes: Vec<_> = take(1).iter().map(shifted).collect();
    assert_plays(&recording, &notes, 1.0);
}

#[test]
fn a_take_number_brings_back_its_music() {
    let mut plugin = plugin();
    let mut heard = Vec::new();
    for number in [1, 7, 1] {
        let recording = play(&mut plugin, setup(48_000.0, &[512]), |host| {
            host.automate("Take", &number.to_string()).unwrap();
            host.run(512).unwrap();
            host.play();
            host.run_to(30.0).unwrap();
        });
        assert_plays(&recording, &take(number), 1.0);
        heard.push(pair(&recording.notes).unwrap());
    }
    assert_ne!(heard[0], heard[1]);
    assert_eq!(heard[0], heard[2]);
}

#[test]
fn parameters_that_change_while_it_plays_leave_no_note_behind() {
    let recording = play(&mut plugin(), setup(44_100.0, &[441]), |host| {
        host.play();
        for step in 0..60 {
            host.automate("Key", ["C", "Eb", "F#", "A"][step % 4]).unwrap();
            host.automate("Octave", ["-1", "0", "1"][step % 3]).unwrap();
            host.automate("Take", ["1", "2", "3"][step / 20]).unwrap();
            host.automate("Temperature", ["0.5", "1", "1.5", "0"][step % 4]).unwrap();
            host.run(4_000).unwrap();
        }
    });
    assert!(pair(&recording.notes).unwrap().len() > 10);
}

#[test]
fn bypassed_it_releases_and_is_silent() {
    let recording = play(&mut plugin(), setup(48_000.0, &[512]), |host| {
        host.play();
        host.run_to(8.0).unwrap();
        host.automate("Bypass", "On").unwrap();
        host.run_to(24.0).unwrap();
    });
    let played = pair(&recording.notes).unwrap();
    let bypassed = recording.path.iter().find(|stretch| stretch.speed > 0.0).unwrap();
    let from = (bypassed.start + 8.0 / bypassed.speed) as u64 + 512;
    assert!(!played.is_empty() && played.iter().all(|note| note.off <= from), "{played:?}");
}

#[test]
fn notes_that_come_in_go_out_again() {
    let recording = play(&mut plugin(), setup(48_000.0, &[128]), |host| {
        host.key(61, true);
        host.run(1_000).unwrap();
        host.key(61, false);
        host.run(1_000).unwrap();
    });
    let played = pair(&recording.notes).unwrap();
    assert_eq!(played.len(), 1);
    let note = played[0];
    assert_eq!((note.on, note.off, note.key, note.velocity), (0, 1_000, 61, 100));
}

#[test]
fn a_note_that_is_passed_on_ends_where_the_host_begins_anew() {
    for restarts in [true, false] {
        let recording = play(&mut plugin(), setup(48_000.0, &[512]), |host| {
            host.key(42, true);
            host.run(1024).unwrap();
            // Its end comes while nobody listens.
            if restarts {
                host.restart().unwrap();
            } else {
                host.reset();
            }
            host.run(1024).unwrap();
        });
        let played = pair(&recording.notes).unwrap();
        assert_eq!(
            played.iter().map(|note| (note.key, note.off)).collect::<Vec<_>>(),
            [(42, 1024)]
        );
    }
}

#[test]
fn a_held_chord_rules_every_note_and_is_not_heard_itself() {
    let recording = play(&mut plugin(), setup(48_000.0, &[512]), |host| {
        host.automate("Chords in", "Everywhere").unwrap();
        host.automate("Pass input on", "Off").unwrap();
        host.key(42, true);
        host.key(46, true);
        host.play();
        host.run_to(30.0).unwrap();
        host.key(42, false);
        host.key(46, false);
    });
    let played = pair(&recording.notes).unwrap();
    assert!(played.len() > 20);
    assert!(played.iter().all(|note| [6, 10].contains(&(note.key % 12))), "{played:?}");
}

#[test]
fn always_running_it_plays_while_the_host_stands() {
    let recording = play(&mut plugin(), setup(48_000.0, &[512]), |host| {
        host.run_seconds(1.0).unwrap();
        host.automate("Run", "Always").unwrap();
        host.run_seconds(10.0).unwrap();
        host.automate("Run", "With host").unwrap();
        host.run_seconds(1.0).unwrap();
    });
    let played = pair(&recording.notes).unwrap();
    let off = played.iter().map(|note| note.off).max().unwrap();
    let keys: Vec<u8> = played.iter().map(|note| note.key).collect();
    // Where the host stands, its meter stays.
    let tune = compose(record(), &ComposerSettings::default(), MeterMap::default(), 40).notes();
    let tune: Vec<u8> = tune.iter().map(|note| note.pitch).collect();
    assert!(keys.len() > 15 && tune.starts_with(&keys), "{keys:?}");
    assert!(played[0].on >= 48_000 && off <= 11 * 48_000 + 2 * 512, "{played:?}");
}

#[test]
fn every_performance_setting_ends_its_notes_and_allocates_nothing() {
    let settings = [
        ("Scale", ["Blues", "As learnt", "Dorian"]),
        ("Outside scale", ["Snap", "Mute", "Leave"]),
        ("Velocity curve", ["-0.7", "0", "0.4"]),
        ("Gate", ["5 %", "100 %", "200 %"]),
        ("Swing", ["50 %", "75 %", "66.7 %"]),
        ("Swing grid", ["1/8", "1/16", "1/8"]),
        ("Humanise timing", ["0 %", "100 %", "40 %"]),
        ("Humanise velocity", ["100 %", "0 %", "40 %"]),
        ("MIDI channel", ["Auto", "1", "Auto"]),
        ("Chords in", ["Off", "On strong beats", "Everywhere"]),
        ("Pass input on", ["On", "Off", "On"]),
    ];
    let recording = play(&mut plugin(), setup(44_100.0, &[441, 64]), |host| {
        host.play();
        for step in 0..90 {
            let (name, texts) = settings[step % settings.len()];
            host.automate(name, texts[step / 7 % 3]).unwrap();
            // Keys that the record does not reach.
            host.key(step as u8 / 2 % 12, step % 2 == 0);
            host.run(3_000).unwrap();
        }
    });
    assert!(pair(&recording.notes).unwrap().len() > 20);
}

#[test]
fn every_parameter_shows_what_was_typed() {
    let mut plugin = plugin();
    play(&mut plugin, setup(48_000.0, &[512]), |host| {
        for (name, text) in [
            ("Take", "123"),
            ("Temperature", "1.25"),
            ("Key", "Bb"),
            ("Octave", "-2"),
            ("Scale", "Harmonic minor"),
            ("Outside scale", "Mute"),
            ("Velocity", "55 %"),
            ("Velocity curve", "-0.25"),
            ("Gate", "85 %"),
            ("Swing", "66.7 %"),
            ("Swing grid", "1/16"),
            ("Humanise timing", "20 %"),
            ("Humanise velocity", "30 %"),
            ("MIDI channel", "Auto"),
            ("MIDI channel", "7"),
            ("Chords in", "On strong beats"),
            ("Pass input on", "Off"),
            ("Run", "Always"),
            ("Bypass", "On"),
        ] {
            host.automate(name, text).unwrap();
            host.run(512).unwrap();
            assert_eq!(host.plugin.shown(name).unwrap(), text, "{name}");
        }
    });
}
