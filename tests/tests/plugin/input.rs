//! Playing along: what comes in is heard, remembered, saved, and played to in every render after.

use jukebox_model::meter::MeterMap;
use jukebox_tests::notes::NoteEvent;
use jukebox_tests::plugin::Plugin;
use jukebox_tests::session::Session;
use jukebox_tests::song::Song;

use crate::fixture::{bundle, setup};

/// Bars that are played.
const BARS: u32 = 6;
/// Chords to play, a bar each: A minor, F, C, G.
const CHORDS: [[u8; 3]; 4] = [[57, 60, 64], [53, 57, 60], [48, 55, 64], [55, 59, 62]];

/// What the built-in band plays from the song's start, while somebody plays chords or not.
fn played(
    plugin: &mut Plugin,
    settings: &[(&str, &str)],
    block: u32,
    keys: bool,
) -> Vec<NoteEvent> {
    let song = Song::new(120.0, MeterMap::default());
    let mut host = Session::start(plugin, song, setup(48_000.0, &[block])).unwrap();
    for (name, text) in settings.iter().chain(&[("Pass input on", "Off"), ("Sound", "Off")]) {
        host.automate(name, text).unwrap();
    }
    host.play();
    for bar in 0..BARS {
        let chord = CHORDS[bar as usize % 4];
        chord.iter().filter(|_| keys).for_each(|&key| host.key(key, true));
        host.run_to(f64::from(4 * bar) + 3.0).unwrap();
        chord.iter().filter(|_| keys).for_each(|&key| host.key(key, false));
        host.run_to(f64::from(4 * bar) + 3.99).unwrap();
    }
    // What still sounds ends with the last block, wherever that is.
    let end = u64::from(BARS) * 96_000 - 12_000;
    let notes = host.finish().unwrap().notes;
    notes.into_iter().filter(|note| note.sample < end).collect()
}

#[test]
fn every_render_after_plays_to_what_was_heard() {
    let as_learnt = played(&mut bundle().open().unwrap(), &[], 256, false);
    for settings in [
        &[("Chords", "From input")][..],
        &[("Heard as", "Part 2")],
        &[("Chords", "From input"), ("Heard as", "Part 2"), ("Length", "4 bars")],
    ] {
        let mut plugin = bundle().open().unwrap();
        let live = played(&mut plugin, settings, 64, true);
        let after = played(&mut plugin, settings, 512, false);
        assert!(after.len() > 50 && after != as_learnt && after != live, "{settings:?}");
        assert_eq!(played(&mut plugin, settings, 37, false), after, "{settings:?}");
        let saved = plugin.save().unwrap();
        drop(plugin);
        let mut again = bundle().open().unwrap();
        again.load(&saved).unwrap();
        assert_eq!(played(&mut again, settings, 1_024, false), after, "{settings:?}");
    }
}
