//! `inspect --png`, as a user runs it.

mod common;

use common::{Place, bytes, entry, jukebox, said};

#[test]
fn a_midi_file_is_drawn() {
    let place = Place::new();
    let song = place.write("song.mid", &entry("freedoom.zip", "freedoom1-d_e1m1.mid"));
    let png = place.path("song.png");
    let draw = || jukebox().arg("inspect").arg(&song).arg("--png").arg(&png).output().unwrap();
    let output = draw();
    assert!(output.status.success() && said(&output).contains("song.mid"), "{}", said(&output));
    let picture = bytes(&png);
    assert!(picture.starts_with(b"\x89PNG"));
    draw();
    assert!(bytes(&png) == picture, "the same file, the same picture");
    let mut drums = jukebox();
    drums.arg("inspect").arg(&song).args(["--part", "drums", "--json", "--png"]).arg(&png);
    drums.assert().success();
    assert!(bytes(&png) != picture);
}

#[test]
fn what_is_no_midi_file_is_not_drawn_and_none_is_written_over() {
    let place = Place::new();
    let song = place.write("song.mid", &common::midi_file([60, 62, 64]));
    let before = bytes(&song);
    for (path, png, words) in [
        (place.path(""), place.path("a.png"), "--png draws one"),
        (song.clone(), song.clone(), "would be written over"),
        (song.clone(), place.path("missing/a.png"), "missing does not exist"),
    ] {
        let output = jukebox().arg("inspect").arg(path).arg("--png").arg(png).output().unwrap();
        let said = said(&output);
        assert!(!output.status.success() && said.contains(words), "{said}");
    }
    assert_eq!(place.files(""), ["song.mid"]);
    assert!(bytes(&song) == before);
}
