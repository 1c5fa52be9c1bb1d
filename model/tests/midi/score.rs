//! Files as they are performed: the same notes that import finds, in the file's own time.

use jukebox_model::midi::{
    self, Division, ImportOptions, MidiFile, Releases, ScoreNote, read_score,
};
use jukebox_model::piece::{Note, tidy};

use crate::corpora::collection;
use crate::files::{Track, file};

/// The notes of a score on the model's grid, as [`midi::import`] lays them there with their parts.
fn on_the_grid(midi: &MidiFile, lines: &[(u16, u8)], division: Division, pedal: bool) -> Vec<Note> {
    let Division::Quarter { ticks } = division else { panic!("musical time") };
    let score = midi.score();
    let place = |at: f64| (at * 24.0 / f64::from(ticks) + 0.5).floor() as u32;
    let placed = |note: &ScoreNote| {
        let onset = place(note.onset as f64);
        let end = match pedal {
            // Seconds are no exact ticks.
            true => place(score.time.ticks(note.sounds_until).round()),
            false => place(note.end as f64),
        };
        let line = lines.binary_search(&(note.track, note.channel)).expect("its part");
        Note {
            onset,
            part: line as u8,
            pitch: note.pitch,
            duration: end.saturating_sub(onset).max(1),
            velocity: note.velocity,
        }
    };
    let mut notes: Vec<Note> = score.notes.iter().map(placed).collect();
    tidy(&mut notes);
    notes
}

#[test]
fn score_and_import_find_the_same_notes() {
    let mut notes = 0;
    for (name, bytes) in collection("freedoom.zip") {
        for pedal in [false, true] {
            let midi = MidiFile::read(&bytes, Releases::FirstOff).unwrap();
            let options = ImportOptions { keep_parts: true, pedal, ..ImportOptions::default() };
            let import = midi.import(options).unwrap();
            assert_eq!(import, midi::import(&bytes, options).unwrap(), "{name}");
            assert_eq!(midi.score(), read_score(&bytes).unwrap(), "{name}");
            let (pickup, trimmed) = (import.report.pickup, import.report.trimmed);
            let back = |note: &Note| Note { onset: note.onset + trimmed - pickup, ..*note };
            let imported: Vec<Note> = import.piece.notes.iter().map(back).collect();
            let division = import.report.division;
            let found = on_the_grid(&midi, &import.lines, division, pedal);
            assert_eq!(found.len(), imported.len(), "{name}");
            for (found, imported) in found.iter().zip(&imported) {
                assert_eq!(found, imported, "{name}, pedal: {pedal}");
            }
            notes += found.len();
        }
    }
    assert!(notes > 380_000, "{notes}");
}

/// Onset and end of each note, in the file's ticks.
fn spans(bytes: &[u8]) -> Vec<(u64, u64)> {
    read_score(bytes).unwrap().notes.iter().map(|note| (note.onset, note.end)).collect()
}

#[test]
fn a_note_ends_at_the_next_onset_of_its_key_in_its_track() {
    let track = Track::new()
        .event(0, &[0x90, 60, 80])
        .event(24, &[60, 80])
        .event(24, &[60, 0])
        .event(24, &[60, 0]);
    let other = Track::new().event(12, &[0x90, 60, 80]).event(96, &[60, 0]);
    assert_eq!(spans(&file(1, 24, [track, other])), [(0, 24), (12, 108), (24, 72)]);
}

#[test]
fn a_note_without_a_release_lasts_a_whole_note_at_most() {
    let long = Track::new().event(0, &[0x90, 60, 80]).meta(200, 1, b"on");
    assert_eq!(spans(&file(0, 25, [long])), [(0, 100)]);
    let short = Track::new().event(0, &[0x90, 60, 80]).meta(50, 1, b"on");
    assert_eq!(spans(&file(0, 25, [short])), [(0, 50)]);
}

#[test]
fn patterns_follow_one_another_as_import_has_them() {
    // A bar of 4/4 has 100 parts; the second pattern begins on the next bar line.
    let pattern = |pitch| Track::new().note(30, pitch, 25);
    assert_eq!(spans(&file(2, 25, [pattern(60), pattern(62)])), [(30, 55), (130, 155)]);
}

#[test]
fn what_lies_beyond_a_million_bars_is_dropped() {
    let track = Track::new().note(0, 60, 24).note(95_999_975, 62, 1).note(0, 64, 1);
    assert_eq!(spans(&file(0, 24, [track])), [(0, 24), (95_999_999, 96_000_000)]);
}
