//! The notes that come out, and the parameters that change them.

use jukebox_model::piece::Note;
use jukebox_tests::notes::{PlayedNote, pair};
use jukebox_tests::session::{Recording, Seams, Session, Setup};
use jukebox_tests::vst3::session::Mode;

use crate::fixture::{assert_plays, clap, play, plugin, setup, song, take};

/// Where bar 13 starts, in quarter notes.
const END: f64 = 12.0 * 3.0;

#[test]
fn the_notes_are_the_composers_at_every_rate_and_block_size() {
    let notes = take(1);
    let audio: [(f64, &[u32]); 3] =
        [(44_100.0, &[64]), (48_000.0, &[512]), (96_000.0, &[1, 700, 33, 2048])];
    for (rate, blocks) in audio {
        let recording = play(&mut plugin(), setup(rate, blocks), Mode::Realtime, |host| {
            host.play();
            host.run_to(END).unwrap();
        });
        assert_plays(&recording, &notes, 1.0);
        assert!(recording.peak > 0.01 && recording.peak <= 1.0, "heard, and not clipped");
    }
}

#[test]
fn clap_and_vst3_play_the_same_notes_at_the_same_samples() {
    let vst3 = play(&mut plugin(), setup(44_100.0, &[256]), Mode::Realtime, |host| {
        host.play();
        host.run_to(END).unwrap();
    });

    let mut plugin = clap();
    let setup = Setup { sample_rate: 44_100.0, blocks: vec![256], ..Setup::default() };
    let mut host = Session::start(&mut plugin, song(), setup).unwrap();
    host.play();
    host.run_to(END).unwrap();
    let clap = host.finish().unwrap();

    assert!(clap.notes.len() > 50);
    assert_eq!(since_the_start(&vst3), since_the_start(&clap));
}

/// Starts, ends, keys and velocities; samples are counted from where the transport starts.
fn since_the_start(recording: &Recording) -> Vec<(u64, u64, u8, u8)> {
    let start = recording.path.iter().find(|stretch| stretch.speed > 0.0).unwrap().start as u64;
    let notes = pair(&recording.notes).unwrap();
    notes.iter().map(|note| (note.on - start, note.off - start, note.key, note.velocity)).collect()
}

#[test]
fn seeks_and_loops_lose_and_double_nothing() {
    let notes = take(1);
    for seams in [Seams::Split, Seams::Untold] {
        let setup = Setup { seams, ..setup(44_100.0, &[1024]) };
        let recording = play(&mut plugin(), setup, Mode::Realtime, |host| {
            host.play();
            host.run_seconds(2.0).unwrap();
            host.seek(12.3);
            host.run_seconds(1.7).unwrap();
            host.set_loop(Some(3.0..7.5));
            host.seek(2.0);
            host.run_seconds(7.0).unwrap();
            host.set_loop(None);
            host.run_to(END).unwrap();
        });
        assert_plays(&recording, &notes, 1.0);
    }
}

#[test]
fn a_host_that_deactivates_around_stop_loses_and_doubles_nothing() {
    let recording = play(&mut plugin(), setup(48_000.0, &[256]), Mode::Realtime, |host| {
        for _ in 0..6 {
            host.play();
            host.run(30_011).unwrap();
            host.restart().unwrap();
            host.run(9_777).unwrap();
            host.stop();
            host.restart().unwrap();
            host.run(3_000).unwrap();
        }
    });
    assert_plays(&recording, &take(1), 1.0);
}

#[test]
fn bypassed_it_releases_and_is_silent_and_then_goes_on() {
    let recording = play(&mut plugin(), setup(48_000.0, &[512]), Mode::Realtime, |host| {
        host.play();
        host.run_to(7.25).unwrap();
        host.automate("Bypass", "On").unwrap();
        host.run_to(15.0).unwrap();
        host.automate("Bypass", "Off").unwrap();
        host.run_to(END).unwrap();
    });
    let played = pair(&recording.notes).unwrap();
    let stretch = recording.path.iter().find(|stretch| stretch.speed > 0.0).unwrap();
    let seconds = |sample: u64| (sample as f64 - stretch.start) / 48_000.0;
    // At 211 beats a minute to quarter 7.5, at 143.3 from there.
    let bypassed = 7.25 / 211.0 * 60.0;
    let on_again = 7.5 / 211.0 * 60.0 + (15.0 - 7.5) / 143.3 * 60.0;
    let block = 512.0 / 48_000.0;
    let (before, after): (Vec<PlayedNote>, Vec<PlayedNote>) =
        played.iter().copied().partition(|note| seconds(note.on) < bypassed + block);
    assert!(before.len() > 5 && after.len() > 5, "{played:?}");
    assert!(before.iter().all(|note| seconds(note.off) < bypassed + 2.0 * block), "{before:?}");
    assert!(after.iter().all(|note| seconds(note.on) >= on_again), "{after:?}");
}

#[test]
fn key_and_octave_transpose() {
    let recording = play(&mut plugin(), setup(48_000.0, &[512]), Mode::Realtime, |host| {
        host.automate("Key", "D").unwrap();
        host.automate("Octave", "-1").unwrap();
        host.play();
        host.run_to(END).unwrap();
    });
    let shifted = |note: &Note| Note { pitch: note.pitch + 2 - 12, ..*note };
    let notes: Vec<_> = take(1).iter().map(shifted).collect();
    assert_plays(&recording, &notes, 1.0);
}

#[test]
fn every_parameter_shows_what_was_typed() {
    let mut plugin = plugin();
    let typed = [("Take", "123"), ("Temperature", "1.25"), ("Key", "Bb"), ("Octave", "-2")];
    play(&mut plugin, setup(48_000.0, &[512]), Mode::Realtime, |host| {
        for (name, text) in typed {
            host.automate(name, text).unwrap();
            host.run(512).unwrap();
            assert_eq!(host.plugin.shown(name).unwrap(), text, "{name}");
        }
    });
}

#[test]
fn notes_that_come_in_go_out_again() {
    let recording = play(&mut plugin(), setup(48_000.0, &[128]), Mode::Realtime, |host| {
        host.key(61, true);
        host.run(1_000).unwrap();
        host.key(61, false);
        host.run(1_000).unwrap();
    });
    let played = pair(&recording.notes).unwrap();
    assert_eq!(played.len(), 1);
    let note = played[0];
    assert_eq!((note.off - note.on, note.key, note.velocity), (1_000, 61, 100));
}
