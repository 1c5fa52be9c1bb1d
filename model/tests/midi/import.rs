//! What import makes of sound files.

use jukebox_model::meter::Meter;
use jukebox_model::midi::{Division, MAX_LENGTH, Rounding};
use jukebox_model::piece::TempoChange;

use crate::files::{Track, file, file_of_chunks, import, shape};

#[test]
fn onsets_are_rounded_from_their_absolute_position() {
    // 16ths at 90 parts a quarter, which writers round to 22 and 23 in turn: exactly 6 ticks each.
    let scale = (0..40).fold(Track::new(), |track, i| track.note(22 + i % 2, 60, 0));
    let (piece, report) = import(&file(0, 90, [scale]));
    let expected: Vec<u32> =
        (0..40u32).map(|i| ((22 + i / 2 * 45 + i % 2 * 23) * 24 + 45) / 90).collect();
    let onsets: Vec<u32> = piece.notes.iter().map(|note| note.onset).collect();
    assert_eq!(onsets, expected);
    assert_eq!(onsets[38], 6 + 38 * 6, "no error adds up");
    // The file cannot name its 16ths: it comes as near as it can.
    assert_eq!(report.rounding.off_grid, 0);
}

#[test]
fn a_rest_at_the_start_stays() {
    let (piece, _) = import(&file(0, 480, [Track::new().note(960, 60, 480)]));
    assert_eq!(shape(&piece), [(48, 60, 24)]);
}

#[test]
fn the_shortest_notes_last_a_tick() {
    let (piece, _) = import(&file(0, 480, [Track::new().note(0, 60, 0).note(480, 62, 1)]));
    assert_eq!(shape(&piece), [(0, 60, 1), (24, 62, 1)]);
}

#[test]
fn running_status_and_velocity_zero_are_understood() {
    let track = Track::new()
        .event(0, &[0x90, 60, 70])
        .event(24, &[60, 0])
        .event(0, &[64, 90])
        .event(24, &[64, 0]);
    let (piece, report) = import(&file(0, 24, [track]));
    assert_eq!(shape(&piece), [(0, 60, 24), (24, 64, 24)]);
    assert_eq!(piece.notes[1].velocity, 90);
    assert_eq!((report.unreleased, report.truncated), (0, false));
}

#[test]
fn running_status_survives_a_meta_event() {
    let track =
        Track::new().event(0, &[0x90, 60, 70]).meta(12, 0x06, b"marker").event(12, &[60, 0]);
    let (piece, report) = import(&file(0, 24, [track]));
    assert_eq!(shape(&piece), [(0, 60, 24)]);
    assert!(!report.truncated);
}

#[test]
fn a_meta_event_that_makes_no_sense_is_passed_over() {
    let track = Track::new()
        .meta(0, 0x59, &[1])
        .meta(12, 0x54, &[0xff; 5])
        .meta(0, 0x58, &[3])
        .meta(12, 0x51, &[])
        .note(0, 60, 24);
    let (piece, report) = import(&file(0, 24, [track]));
    assert_eq!(shape(&piece), [(24, 60, 24)]);
    assert_eq!((report.ignored_meters, report.truncated), (1, false));
    assert_eq!((piece.key, piece.tempi.len()), (None, 0));
}

/// One pitch of one channel: at each tick a note-on (`true`) or a note-off.
fn one_pitch(events: &[(u32, bool)]) -> Vec<(u32, u8, u32)> {
    let mut now = 0;
    let track = events.iter().fold(Track::new(), |track, &(at, on)| {
        let delta = at - std::mem::replace(&mut now, at);
        track.event(delta, &[0x90, 60, if on { 80 } else { 0 }])
    });
    let (piece, report) = import(&file(0, 24, [track]));
    assert_eq!(report.unreleased, 0);
    shape(&piece)
}

#[test]
fn a_note_is_released_when_its_pitch_starts_again() {
    const ON: bool = true;
    const OFF: bool = false;
    let expected = [(0, 60, 24), (24, 60, 24)];
    // A release is missing.
    assert_eq!(one_pitch(&[(0, ON), (24, ON), (48, OFF)]), expected);
    // Legato: the first release comes just after the second onset.
    assert_eq!(one_pitch(&[(0, ON), (24, ON), (25, OFF), (48, OFF)]), expected);
    // The first note would outlast the second.
    assert_eq!(one_pitch(&[(0, ON), (24, ON), (36, OFF), (48, OFF)]), expected);
    // At one tick the onset is written before the release.
    assert_eq!(one_pitch(&[(0, ON), (24, ON), (24, OFF), (48, OFF)]), expected);
    // A release too many.
    assert_eq!(one_pitch(&[(0, ON), (24, OFF), (24, ON), (48, OFF), (50, OFF)]), expected);
    // Two notes in a row, each released after the next has begun.
    assert_eq!(
        one_pitch(&[(0, ON), (24, ON), (25, OFF), (48, ON), (49, OFF), (72, OFF)]),
        [(0, 60, 24), (24, 60, 24), (48, 60, 24)]
    );
    // At each onset the older note is released.
    let chain = [(0, ON), (24, ON), (24, OFF), (48, ON), (48, OFF), (72, ON), (72, OFF), (96, OFF)];
    let quarters = [(0, 60, 24), (24, 60, 24), (48, 60, 24), (72, 60, 24)];
    assert_eq!(one_pitch(&chain), quarters);
    // Two voices start together.
    assert_eq!(one_pitch(&[(0, ON), (0, ON), (12, OFF), (96, OFF)]), [(0, 60, 96)]);
    // A missing release has no effect on what comes later.
    let later = [(0, ON), (24, ON), (48, OFF), (72, ON), (84, OFF), (96, ON), (108, OFF)];
    let expected = [(0, 60, 24), (24, 60, 24), (72, 60, 12), (96, 60, 12)];
    assert_eq!(one_pitch(&later), expected);
}

#[test]
fn notes_of_one_pitch_on_two_channels_are_one_where_they_start_together() {
    let quiet = Track::new().event(0, &[0x90, 60, 40]).event(48, &[60, 0]).note(0, 64, 24);
    let loud = Track::new().event(0, &[0x91, 60, 90]).event(24, &[60, 0]);
    let (piece, report) = import(&file(1, 24, [quiet, loud]));
    assert_eq!(shape(&piece), [(0, 60, 48), (48, 64, 24)]);
    assert_eq!(piece.notes[0].velocity, 90);
    assert_eq!((report.merged, report.notes()), (1, 3));
    assert_eq!(report.channels[..3], [2, 1, 0]);
}

#[test]
fn a_release_belongs_to_its_own_track_and_channel() {
    let held = Track::new().note(0, 60, 48);
    let short = Track::new().note_on_channel(1, 12, 60, 12);
    let (piece, _) = import(&file(1, 24, [held, short]));
    assert_eq!(shape(&piece), [(0, 60, 12), (12, 60, 12)]);
}

#[test]
fn notes_that_are_never_released_end_within_a_whole_note() {
    let long = Track::new().event(0, &[0x90, 60, 80]).note(0, 64, 480);
    let short = Track::new().event(0, &[0x91, 67, 80]).event(36, &[0xc1, 0]);
    let (piece, report) = import(&file(1, 24, [long, short]));
    assert_eq!(shape(&piece), [(0, 60, 96), (0, 64, 480), (0, 67, 36)]);
    assert_eq!(report.unreleased, 2);
    assert!(report.warnings()[0].ends_with("never released, ended within a whole note: 2"));
}

#[test]
fn a_pitch_left_sounding_in_one_track_does_not_disturb_the_next() {
    let open = Track::new().event(0, &[0x90, 60, 80]).event(24, &[0xc0, 0]);
    let (piece, _) = import(&file(1, 24, [open, Track::new().note(48, 60, 24)]));
    assert_eq!(shape(&piece), [(0, 60, 24), (48, 60, 24)]);
}

#[test]
fn all_notes_off_releases_its_channel() {
    let track = Track::new()
        .event(0, &[0x90, 60, 80])
        .event(0, &[0x91, 64, 80])
        .event(24, &[0xb0, 123, 0])
        .event(24, &[0x81, 64, 0]);
    let (piece, report) = import(&file(0, 24, [track]));
    assert_eq!(shape(&piece), [(0, 60, 24), (0, 64, 48)]);
    assert_eq!(report.unreleased, 0);
}

#[test]
fn all_notes_off_at_an_onset_leaves_the_note() {
    let track = Track::new()
        .event(0, &[0x90, 60, 80])
        .event(0, &[0xb0, 123, 0])
        .event(0, &[0x90, 64, 80])
        .event(24, &[0x80, 60, 0])
        .event(0, &[0x80, 64, 0]);
    assert_eq!(shape(&import(&file(0, 24, [track])).0), [(0, 60, 24), (0, 64, 24)]);
}

#[test]
fn title_tempi_meters_and_key_are_kept() {
    let conductor = Track::new()
        .name("  The Rolling\tWave ")
        .tempo(0, 500_000)
        .tempo(0, 400_000)
        .tempo(0, 0)
        .tempo(480, 600_000)
        .meter(0, 6, 3)
        .meta(0, 0x59, &[2, 0])
        .meta(480, 0x59, &[0, 1]);
    let notes = Track::new().name("Flute").note(0, 74, 480);
    let (piece, report) = import(&file(1, 480, [conductor, notes]));
    assert_eq!(piece.title, "The Rolling Wave");
    assert_eq!(report.tracks[1].name, "Flute");
    let tempi = [TempoChange { at: 0, bpm: 150.0 }, TempoChange { at: 72, bpm: 100.0 }];
    assert_eq!(piece.tempi, tempi);
    assert_eq!(piece.key.unwrap().to_string(), "D");
    // The quarter note before the first time signature is a pickup.
    let meters: Vec<String> =
        piece.meters.changes().iter().map(|bar| format!("{} {}", bar.start, bar.meter)).collect();
    assert_eq!(meters, ["0 6/8"]);
    assert!(!piece.drums);
}

#[test]
fn the_key_signature_that_comes_first_in_time_holds() {
    let late = Track::new().meta(24, 0x59, &[3, 0]).note(0, 60, 24);
    let early = Track::new().meta(0, 0x59, &[90, 0]).meta(12, 0x59, &[(-3i8) as u8, 1]);
    let (piece, _) = import(&file(1, 24, [late, early]));
    assert_eq!(piece.key.unwrap().to_string(), "Cm");
}

#[test]
fn a_file_without_meter_tempo_and_key_is_in_common_time() {
    let (piece, report) = import(&file(0, 480, [Track::new().note(0, 60, 480)]));
    assert_eq!(piece.meters.bar_at(0).meter, Meter::COMMON);
    assert_eq!((piece.tempo_at(0), piece.key, piece.title.as_str()), (120.0, None, ""));
    assert_eq!(report.division, Division::Quarter { ticks: 480 });
    assert_eq!(report.division.to_string(), "480 ticks a quarter note");
    assert!(report.warnings().is_empty());
}

#[test]
fn absurd_time_signatures_are_ignored_and_counted() {
    let track = Track::new()
        .meter(0, 3, 2)
        .meter(24, 0, 2)
        .meter(0, 4, 6)
        .meter(0, 4, 255)
        .meter(0, 255, 2)
        .note(0, 60, 24);
    let (piece, report) = import(&file(0, 24, [track]));
    assert_eq!(piece.meters.changes().len(), 1);
    assert_eq!(piece.meters.bar_at(0).meter, Meter::new(3, 4).unwrap());
    assert_eq!(report.ignored_meters, 4);
}

#[test]
fn meter_changes_in_any_track_cut_bars_short() {
    let notes = Track::new().note(0, 60, 24 * 12);
    let meters = Track::new().meter(0, 4, 2).meter(24 * 5, 3, 2);
    let (piece, _) = import(&file(1, 24, [notes, meters]));
    let second = piece.meters.bar(1);
    assert_eq!((second.start, piece.meters.bar_end(second)), (96, 120));
    assert_eq!(piece.meters.bar(2).meter.to_string(), "3/4");
}

#[test]
fn the_patterns_of_format_2_follow_one_another_on_bar_lines() {
    // The first pattern lasts a bar and a quarter; the second has a meter of its own; the third
    // starts where the second ends, on a bar line.
    let first = Track::new().name("One").note(0, 60, 120);
    let second = Track::new().meter(0, 3, 2).tempo(0, 250_000).note(24, 62, 48);
    let third = Track::new().note(0, 64, 24);
    let chunks = [first.chunk_ending(0), second.chunk_ending(0), third.chunk_ending(0)];
    let (piece, report) = import(&file_of_chunks(2, 24, &chunks));
    assert_eq!(shape(&piece), [(0, 60, 120), (192 + 24, 62, 48), (192 + 72, 64, 24)]);
    assert_eq!(piece.meters.bar_at(192).meter.to_string(), "3/4");
    assert_eq!(piece.tempi, [TempoChange { at: 192, bpm: 240.0 }]);
    assert_eq!((report.format, piece.title.as_str()), (2, "One"));
}

#[test]
fn the_rest_at_the_end_of_a_pattern_counts() {
    let first = Track::new().note(0, 60, 24).chunk_ending(96);
    let second = Track::new().note(0, 62, 24).chunk_ending(0);
    let (piece, _) = import(&file_of_chunks(2, 24, &[first, second]));
    assert_eq!(piece.notes[1].onset, 192);
}

/// The two header bytes of an SMPTE division.
fn smpte(frames: i8, ticks: u8) -> u16 {
    u16::from_be_bytes([(-frames) as u8, ticks])
}

#[test]
fn real_time_becomes_quarters_at_120_a_minute() {
    // Milliseconds: half a second is a quarter note.
    let track = Track::new().note(500, 60, 250).note(250, 62, 1000);
    let (piece, report) = import(&file(0, smpte(25, 40), [track]));
    assert_eq!(shape(&piece), [(24, 60, 12), (48, 62, 48)]);
    assert_eq!(report.division, Division::Smpte { frames: 25, ticks: 40 });
    assert!(piece.tempi.is_empty());
}

#[test]
fn real_time_becomes_quarters_by_the_first_tempo() {
    let track = Track::new().note(600, 60, 600).tempo(0, 300_000);
    let conductor = Track::new().tempo(100, 600_000).tempo(100, 1);
    let (piece, _) = import(&file(1, smpte(25, 40), [track, conductor]));
    assert_eq!(shape(&piece), [(24, 60, 24)]);
    assert_eq!(piece.tempi, [TempoChange { at: 0, bpm: 100.0 }]);
}

#[test]
fn drop_frames_are_a_thousandth_slower() {
    // 29.97 frames a second: 30,000 frames of 100 parts last 1001 seconds, 2002 quarter notes.
    let track = Track::new().meter(0, 2, 2).note(3_000_000, 60, 3_000_000);
    let (piece, report) = import(&file(0, smpte(29, 100), [track]));
    assert_eq!(shape(&piece), [(2002 * 24, 60, 2002 * 24)]);
    assert_eq!(report.rounding.off_grid, 0);
    assert_eq!(report.division.to_string(), "100 ticks a frame, 29.97 frames a second");
}

#[test]
fn real_time_goes_on_for_days() {
    // A quarter note every two hours, a part of a frame being 1/7650 second.
    let hours = (0..40u32).fold(Track::new().meter(0, 2, 2).tempo(0, 0xffffff), |track, _| {
        track.note(7200 * 7650 - 10, 60, 10)
    });
    let (piece, _) = import(&file(0, smpte(30, 255), [hours]));
    let seconds = |tick: u32| f64::from(tick) / 24.0 * 16.777215;
    for (i, note) in piece.notes.iter().enumerate() {
        assert!((seconds(note.onset) - 7200.0 * (i + 1) as f64).abs() < 0.5, "{note:?}");
    }
    assert_eq!(piece.notes.len(), 40);
}

#[test]
fn a_riff_wrapper_is_taken_off() {
    let midi = file(0, 480, [Track::new().note(0, 60, 480)]);
    let le = |length: usize| (length as u32).to_le_bytes();
    let data = [b"data", &le(midi.len())[..], &midi].concat();
    let info = [b"DISP", &le(3)[..], b"abc\0"].concat();
    let body = [b"RMID", &info[..], &data].concat();
    let riff = [b"RIFF", &le(body.len())[..], &body].concat();
    let (piece, report) = import(&riff);
    assert_eq!(shape(&piece), [(0, 60, 24)]);
    assert!(report.rmid && !report.truncated);
}

#[test]
fn unknown_chunks_and_what_follows_the_last_track_are_passed_over() {
    let foreign = [b"XFIH", &3u32.to_be_bytes()[..], b"abc"].concat();
    let track = Track::new().note(0, 60, 24).chunk_ending(0);
    let mut bytes = file_of_chunks(1, 24, &[foreign, track]);
    bytes[11] = 1;
    bytes.extend([0; 100]);
    let (piece, report) = import(&bytes);
    assert_eq!(shape(&piece), [(0, 60, 24)]);
    assert!(!report.truncated);
}

#[test]
fn a_performance_is_told_from_a_score() {
    let score = (0..64).fold(Track::new(), |track, _| track.note(160, 60, 80));
    let (_, report) = import(&file(0, 480, [score]));
    assert_eq!(report.rounding, Rounding { onsets: 64, off_grid: 0, mean: 0.0, max: 0.0 });
    assert!(!report.is_performance());

    let played = (0..64).fold(Track::new(), |track, i| track.note(201 + i * 37 % 89, 60, 30));
    let (_, report) = import(&file(0, 480, [played]));
    assert!(report.is_performance() && report.rounding.off_grid_share() > 0.8);
    assert!(report.warnings()[0].contains("unquantised"));

    // One part in 480 late throughout, as some sequencers write it: a score all the same.
    let late = (0..64).fold(Track::new().note(1, 60, 0), |track, _| track.note(240, 60, 0));
    let (_, report) = import(&file(0, 480, [late]));
    assert!(!report.is_performance() && report.rounding.off_grid == 65);
}

#[test]
fn notes_beyond_a_million_bars_are_dropped_and_counted() {
    let track = Track::new()
        .note(0, 60, 24)
        .event(MAX_LENGTH - 48, &[0x90, 62, 80])
        .event(48, &[64, 80])
        .event(1 << 27, &[62, 0]);
    let (piece, report) = import(&file(0, 24, [track]));
    assert_eq!(shape(&piece), [(0, 60, 24), (MAX_LENGTH - 24, 62, 24)]);
    assert_eq!(report.beyond, 1);
}

#[test]
fn a_very_long_file_is_read_in_one_go() {
    // Alternating pitches over 200,000 notes, and a time signature in every bar.
    let track = (0..200_000u32).fold(Track::new(), |track, i| {
        let track =
            if i.is_multiple_of(16) { track.meter(0, 3 + (i / 16 % 2) as u8, 2) } else { track };
        track.note(0, 48 + (i * 7 % 24) as u8, 6)
    });
    let (piece, report) = import(&file(0, 24, [track]));
    assert_eq!((piece.notes.len(), report.notes()), (200_000, 200_000));
    assert_eq!(piece.end(), 1_200_000);
    assert_eq!(piece.meters.changes().len(), 12_500);
}

#[test]
fn a_pitch_that_is_never_released_is_no_burden() {
    let track = (0..300_000).fold(Track::new(), |track, _| track.event(1, &[0x90, 60, 80]));
    let (piece, report) = import(&file(0, 24, [track]));
    assert_eq!((piece.notes.len(), report.unreleased), (300_000, 1));
}

#[test]
fn older_records_read_overlapping_notes_as_they_did() {
    use jukebox_model::midi::{ImportOptions, Releases};
    // Four quarters, each struck a tick before the release of the one before.
    let track = (0..3).fold(Track::new().event(0, &[0x90, 60, 80]), |track, _| {
        track.event(479, &[0x90, 60, 80]).event(1, &[0x80, 60, 0])
    });
    let bytes = file(1, 480, [track.event(479, &[0x80, 60, 0])]);
    let durations = |releases| {
        let options = ImportOptions { releases, ..ImportOptions::default() };
        let notes = jukebox_model::midi::import(&bytes, options).unwrap().piece.notes;
        notes.iter().map(|note| note.duration).collect::<Vec<_>>()
    };
    assert_eq!(durations(Releases::FirstOff), [24, 24, 24, 24]);
    assert_eq!(durations(Releases::LastOff), [24, 1, 1, 24]);
    let older: jukebox_model::record::Receipt = serde_json::from_str("{}").unwrap();
    assert_eq!((older.releases, older.pedal), (Releases::LastOff, false));
}
