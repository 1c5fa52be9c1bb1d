//! Notes as heard: how long pedals hold them.

use jukebox_model::midi::{self, ImportOptions, PartChoice};

use crate::files::{Track, file, import, shape};

/// Controllers.
const SUSTAIN: u8 = 64;
const SOSTENUTO: u8 = 66;

trait Pedal {
    fn pedal(self, delta: u32, number: u8, value: u8) -> Self;
}

impl Pedal for Track {
    fn pedal(self, delta: u32, number: u8, value: u8) -> Self {
        self.event(delta, &[0xb0, number, value])
    }
}

#[test]
fn notes_last_until_the_pedal_is_lifted() {
    let track = Track::new()
        .pedal(0, SUSTAIN, 127)
        .note(0, 48, 3)
        .note(21, 55, 3)
        .note(21, 60, 3)
        .pedal(21, SUSTAIN, 0)
        .note(0, 64, 12);
    let bytes = file(0, 24, [track]);
    let (piece, report) = import(&bytes);
    assert_eq!(shape(&piece), [(0, 48, 72), (24, 55, 48), (48, 60, 24), (72, 64, 12)]);
    assert_eq!(report.pedalled, 3);
    let fingered = midi::import(
        &bytes,
        ImportOptions { part: PartChoice::All, pedal: false, ..ImportOptions::default() },
    )
    .unwrap();
    assert_eq!(shape(&fingered.piece), [(0, 48, 3), (24, 55, 3), (48, 60, 3), (72, 64, 12)]);
    assert_eq!(fingered.report.pedalled, 0);
}

#[test]
fn the_pedal_is_down_from_64_up() {
    for (value, duration) in [(63, 6), (64, 48), (127, 48), (1, 6)] {
        let track = Track::new()
            .pedal(0, SUSTAIN, value)
            .note(0, 60, 6)
            .pedal(42, SUSTAIN, 0)
            .note(0, 62, 6);
        let (piece, _) = import(&file(0, 24, [track]));
        assert_eq!(piece.notes[0].duration, duration, "{value}");
    }
    // Between two values that are both down it is not lifted.
    let track = Track::new()
        .pedal(0, SUSTAIN, 127)
        .note(0, 60, 6)
        .pedal(6, SUSTAIN, 70)
        .pedal(6, SUSTAIN, 90)
        .pedal(6, SUSTAIN, 40);
    assert_eq!(shape(&import(&file(0, 24, [track])).0), [(0, 60, 24)]);
}

#[test]
fn a_key_that_is_struck_again_ends_the_note_that_the_pedal_holds() {
    let track = Track::new().pedal(0, SUSTAIN, 127).note(0, 60, 6).note(18, 60, 6);
    let (piece, _) = import(&file(0, 24, [track.pedal(18, SUSTAIN, 0)]));
    assert_eq!(shape(&piece), [(0, 60, 24), (24, 60, 24)]);
}

#[test]
fn a_pedal_acts_on_its_channel_and_from_its_moment_on() {
    let track = Track::new()
        .note(0, 60, 6)
        .pedal(0, SUSTAIN, 127)
        .note_on_channel(1, 0, 64, 6)
        .event(0, &[0x99, 36, 80])
        .event(6, &[0x89, 36, 0])
        .note(0, 62, 6)
        .pedal(12, SUSTAIN, 0);
    let bytes = file(0, 24, [track]);
    let (piece, _) = import(&bytes);
    assert_eq!(shape(&piece), [(0, 60, 6), (6, 64, 6), (18, 62, 18)]);
    let drums = midi::import(&bytes, PartChoice::Drums).unwrap().piece;
    assert_eq!(shape(&drums), [(12, 36, 6)]);
}

#[test]
fn a_pedal_in_another_track_acts_unless_that_track_plays_another_instrument() {
    let pedal = Track::new().pedal(0, SUSTAIN, 127).pedal(48, SUSTAIN, 0);
    let (piece, _) = import(&file(1, 24, [pedal, Track::new().note(0, 60, 6)]));
    assert_eq!(shape(&piece), [(0, 60, 48)]);

    let program = |number| Track::new().event(0, &[0xc0, number]);
    let piano = program(0).pedal(0, SUSTAIN, 127).note(0, 60, 6).pedal(42, SUSTAIN, 0);
    let (piece, _) = import(&file(1, 24, [piano, program(33).note(0, 36, 6)]));
    assert_eq!(shape(&piece), [(0, 36, 6), (0, 60, 48)]);
}

#[test]
fn a_pedal_that_is_never_lifted_holds_to_the_last_release() {
    let track =
        Track::new().pedal(0, SUSTAIN, 127).note(0, 60, 6).note(18, 62, 6).event(960, &[0xc0, 0]);
    assert_eq!(shape(&import(&file(0, 24, [track])).0), [(0, 60, 30), (24, 62, 6)]);
}

#[test]
fn sostenuto_holds_the_notes_whose_keys_are_down_when_it_is_pressed() {
    let track = Track::new()
        .event(0, &[0x90, 48, 80])
        .pedal(6, SOSTENUTO, 127)
        .event(6, &[0x80, 48, 0])
        .note(0, 60, 6)
        .pedal(30, SOSTENUTO, 0)
        .note(0, 62, 6);
    let (piece, _) = import(&file(0, 24, [track]));
    assert_eq!(shape(&piece), [(0, 48, 48), (12, 60, 6), (48, 62, 6)]);
    // The sustain pedal takes over what sostenuto lets go.
    let track = Track::new()
        .event(0, &[0x90, 48, 80])
        .pedal(6, SOSTENUTO, 127)
        .event(6, &[0x80, 48, 0])
        .pedal(6, SUSTAIN, 127)
        .pedal(6, SOSTENUTO, 0)
        .pedal(6, SUSTAIN, 0)
        .note(0, 62, 6);
    assert_eq!(shape(&import(&file(0, 24, [track])).0)[0], (0, 48, 30));
}

#[test]
fn pedals_hold_on_through_all_notes_off_but_not_through_all_sound_off() {
    for (number, duration) in [(123, 48), (120, 12), (121, 48), (126, 48)] {
        let track = Track::new()
            .pedal(0, SUSTAIN, 127)
            .event(0, &[0x90, 60, 80])
            .event(12, &[0xb0, number, 0])
            .event(0, &[0x80, 60, 0])
            .pedal(36, SUSTAIN, 0)
            .note(0, 62, 6);
        // Once its controllers are reset nothing holds the note.
        let duration = if number == 121 { 12 } else { duration };
        assert_eq!(import(&file(0, 24, [track])).0.notes[0].duration, duration, "{number}");
    }
}

#[test]
fn a_score_hears_the_pedals_that_import_hears() {
    // Sostenuto; half pedal; a pedal that another track holds; one that is never lifted; a key struck again.
    let pianist = Track::new()
        .event(0, &[0x90, 48, 80])
        .pedal(6, SOSTENUTO, 127)
        .event(6, &[0x80, 48, 0])
        .note(0, 60, 6)
        .pedal(30, SOSTENUTO, 0)
        .pedal(0, SUSTAIN, 63)
        .note(0, 62, 6)
        .pedal(0, SUSTAIN, 64)
        .note(0, 62, 6)
        .note(6, 62, 6)
        .pedal(6, SUSTAIN, 0)
        .note_on_channel(1, 0, 72, 6)
        .pedal(0, SUSTAIN, 100)
        .note(0, 64, 6)
        .note(90, 65, 6);
    let foot = Track::new().event(0, &[0xb1, SUSTAIN, 127]).event(96, &[0xb1, SUSTAIN, 0]);
    let bytes = file(1, 24, [pianist, foot]);
    for pedal in [true, false] {
        let options = ImportOptions { pedal, ..ImportOptions::default() };
        let piece = midi::import(&bytes, options).unwrap().piece;
        let score = midi::read_score(&bytes).unwrap();
        let end = |note: &midi::ScoreNote| if pedal { note.sounds_until } else { note.until };
        let heard: Vec<_> = score
            .notes
            .iter()
            .map(|note| {
                let end = score.time.ticks(end(note)).round() as u32;
                (note.onset as u32, note.pitch, end - note.onset as u32)
            })
            .collect();
        assert_eq!(heard, shape(&piece), "pedal: {pedal}");
    }
}
