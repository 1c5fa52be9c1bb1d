//! Files that break the rules of the format, as people have them: every note that another reader finds is
//! found, and the report says what was wrong.

use jukebox_model::midi::{Damage, ImportOptions, ImportReport, PartChoice, Releases, import};

use crate::files::{self, Track, file, file_of_chunks, shape};

const SCALE: [u8; 8] = [60, 62, 64, 65, 67, 69, 71, 72];

fn scale() -> Track {
    SCALE.into_iter().fold(Track::new(), |track, pitch| track.note(0, pitch, 24))
}

/// The scale, with bytes among its events.
fn scale_with(bytes: &[u8]) -> Vec<u8> {
    let track = Track::new().note(0, 60, 24).note(0, 62, 24).event(0, bytes);
    file(0, 24, [SCALE[2..].iter().fold(track, |track, &pitch| track.note(0, pitch, 24))])
}

fn assert_scale(bytes: &[u8]) -> ImportReport {
    let (piece, report) = files::import(bytes);
    let expected: Vec<_> = (0..).zip(SCALE).map(|(i, pitch)| (24 * i, pitch, 24)).collect();
    assert_eq!(shape(&piece), expected);
    report
}

fn says(report: &ImportReport, what: &str) {
    let warnings = report.warnings();
    assert!(warnings.iter().any(|it| it.contains(what)), "{warnings:?} do not say \"{what}\"");
}

#[test]
fn data_and_status_bytes_out_of_place_cost_no_note() {
    let report = assert_scale(&scale_with(&[0xb0, 7, 128]));
    assert_eq!(report.damage, Damage { clamped: 1, ..Damage::default() });
    says(&report, "data bytes of 128 or more, taken for 127: 1");
    for bytes in [&[0xf8][..], &[0xf4], &[0xf3, 0], &[0xfe, 0xfe]] {
        let report = assert_scale(&scale_with(bytes));
        assert_eq!(report.damage.stray, bytes.iter().filter(|&&byte| byte > 0xf0).count());
        says(&report, "make no sense where they stand");
        assert!(!report.truncated);
    }
}

/// A conductor, the scale, and a note on channel 2; the scale's chunk is said to be `length` bytes long
/// and `between` follows it.
fn three_tracks(length: impl Fn(usize) -> usize, between: &[u8]) -> Vec<u8> {
    let mut chunk = scale().chunk_ending(0);
    let length = length(chunk.len() - 8) as u32;
    chunk[4..8].copy_from_slice(&length.to_be_bytes());
    chunk.extend(between);
    let last = Track::new().note_on_channel(1, 0, 48, 96).chunk_ending(0);
    file_of_chunks(1, 24, &[Track::new().meter(0, 3, 2).chunk_ending(0), chunk, last])
}

#[test]
fn wrong_track_lengths_and_bytes_between_tracks_cost_no_note() {
    /// What a length is said to be.
    type Said = fn(usize) -> usize;
    let lengths: [(&str, Said, &[u8], Damage); 7] = [
        ("right", |length| length, b"", Damage::default()),
        ("one more", |length| length + 1, b"", Damage { lengths: 1, ..Damage::default() }),
        ("four less", |length| length - 4, b"", Damage { lengths: 1, ..Damage::default() }),
        ("none", |_| 0, b"", Damage { lengths: 1, ..Damage::default() }),
        ("endless", |_| 1 << 31, b"", Damage { lengths: 1, ..Damage::default() }),
        (
            "all that follows",
            |length| length + 8 + 12,
            b"",
            Damage { lengths: 1, ..Damage::default() },
        ),
        ("a gap", |length| length, b"\0\x01\xff", Damage { gaps: 1, ..Damage::default() }),
    ];
    for (name, length, between, damage) in lengths {
        let (piece, report) = files::import(&three_tracks(length, between));
        assert_eq!(piece.notes.len(), 9, "{name}");
        assert_eq!(report.tracks.len(), 3, "{name}");
        assert_eq!(report.damage, damage, "{name}");
        assert!(!report.truncated, "{name}");
        assert_eq!(report.warnings().len(), usize::from(damage != Damage::default()), "{name}");
    }
}

#[test]
fn a_track_that_is_too_short_goes_on_to_the_end_of_the_file() {
    let mut bytes = file(0, 24, [scale()]);
    bytes[18..22].copy_from_slice(&20u32.to_be_bytes());
    let report = assert_scale(&bytes);
    assert_eq!((report.damage.lengths, report.truncated), (1, false));
}

#[test]
fn notes_after_the_end_of_a_track_are_read_and_said() {
    let track = Track::new().note(0, 60, 24).meta(0, 0x2f, &[]).note(0, 62, 24);
    let (piece, report) = files::import(&file_of_chunks(0, 24, &[track.broken_chunk()]));
    assert_eq!(shape(&piece), [(0, 60, 24), (24, 62, 24)]);
    assert_eq!((report.damage.after_end, report.truncated), (1, false));
    says(&report, "notes after the end of their track, read all the same: 1");
}

#[test]
fn a_header_is_found_behind_other_bytes() {
    let midi = file(0, 24, [scale()]);
    for lead in [&b"\r\n"[..], b"\0", b"\xef\xbb\xbf", &[0; 128], &[b'x'; 1020]] {
        let report = assert_scale(&[lead, &midi].concat());
        assert_eq!(report.damage.before_header, lead.len());
        says(&report, "bytes before its header, passed over");
    }
    let far = [&[b'x'; 1021][..], &midi].concat();
    assert!(import(&far, PartChoice::All).unwrap_err().to_string().contains("looks like text"));
    let archive = [b"PK\x03\x04", &midi[..]].concat();
    assert!(import(&archive, PartChoice::All).unwrap_err().to_string().contains("a zip archive"));
}

#[test]
fn a_header_may_be_longer_and_a_format_unknown() {
    let mut bytes = file(1, 24, [Track::new().name("One"), scale()]);
    bytes[7] = 10;
    bytes.splice(14..14, [0; 4]);
    assert!(assert_scale(&bytes).warnings().is_empty());
    bytes[9] = 7;
    says(&assert_scale(&bytes), "format 7 is none of 0, 1 and 2");
    // A header that says it has no length has one.
    let mut bytes = file(0, 24, [scale()]);
    bytes[7] = 0;
    assert_scale(&bytes);
}

#[test]
fn only_mode_1_is_minor() {
    for (mode, name) in [(0, "Bb"), (1, "Gm"), (255, "Bb"), (2, "Bb")] {
        let track = Track::new().meta(0, 0x59, &[0xfe, mode]).note(0, 60, 24);
        let (piece, _) = files::import(&file(0, 24, [track]));
        assert_eq!(piece.key.unwrap().to_string(), name, "mode {mode}");
    }
}

#[test]
fn key_signatures_are_told_in_order_and_those_without_sense_are_said() {
    let track = Track::new()
        .meta(0, 0x59, &[1, 0])
        .note(0, 60, 96)
        .meta(0, 0x59, &[1, 0])
        .meta(0, 0x59, &[90, 0])
        .note(0, 62, 96)
        .meta(0, 0x59, &[2, 1])
        .note(0, 64, 96);
    let (piece, report) = files::import(&file(0, 24, [track]));
    let keys: Vec<String> = report.keys.iter().map(|(at, key)| format!("{at} {key}")).collect();
    assert_eq!(keys, ["0 G", "192 Bm"]);
    assert_eq!(piece.key.unwrap().to_string(), "G");
    says(&report, "key signatures ignored because they make no sense: 1");
}

#[test]
fn a_karaoke_file_says_its_title_among_its_words() {
    let mut words = Track::new();
    for text in
        [&b"@KMIDI KARAOKE FILE"[..], b"@LENGL", b"@TLa vie en \xe9t\xe9", b"@TA. Singer", b"La "]
    {
        let mut event = vec![0xff, 0x01, text.len() as u8];
        event.extend(text);
        words = words.event(0, &event);
    }
    let name = [&[0xff, 0x03, 5][..], b"Words"].concat();
    let (piece, report) = files::import(&file(1, 24, [words.event(0, &name), scale()]));
    assert_eq!(
        (piece.title.as_str(), report.tracks[0].name.as_str()),
        ("La vie en \u{e9}t\u{e9}", "Words")
    );
}

#[test]
fn titles_are_read_in_their_encoding() {
    for (title, expected) in [
        (&b"\x83x\x81[\x83g\x81[\x83x\x83\x93\x8c\xf0\x8b\xbf\x8b\xc8"[..], "ベートーベン交響曲"),
        (b"\xd4\xc2\xc1\xc1\xb4\xfa\xb1\xed\xce\xd2\xb5\xc4\xd0\xc4", "月亮代表我的心"),
        (b"Fl\xf6te \x96 It\x92s", "Flöte – It’s"),
        ("Flöte ♩".as_bytes(), "Flöte ♩"),
    ] {
        let track = Track::new().meta(0, 3, title).note(0, 60, 24);
        assert_eq!(files::import(&file(0, 24, [track])).0.title, expected);
    }
}

#[test]
fn a_pickup_lies_at_the_end_of_a_full_bar() {
    let conductor = Track::new()
        .meter(0, 1, 3)
        .tempo(0, 600_000)
        .meter(12, 4, 2)
        .tempo(96, 500_000)
        .meta(0, 0x59, &[1, 0]);
    let notes = Track::new().note(0, 67, 12);
    let notes = SCALE.iter().fold(notes, |track, &pitch| track.note(0, pitch, 24));
    let (piece, report) = files::import(&file(1, 24, [conductor, notes]));
    assert_eq!(piece.meters.changes().len(), 1);
    assert_eq!(piece.meters.bar_at(0).meter.to_string(), "4/4");
    assert_eq!(shape(&piece)[..2], [(84, 67, 12), (96, 60, 24)]);
    assert_eq!(piece.tempi.iter().map(|it| it.at).collect::<Vec<_>>(), [0, 192]);
    assert_eq!(report.keys[0].0, 192);
    assert_eq!((report.pickup, piece.bars()), (84, 3));
    assert_eq!(files::import_export(&piece).0, piece, "what was exported is read alike");
}

#[test]
fn silence_before_a_file_without_a_chosen_meter_is_left_out() {
    let notes = || Track::new().tempo(0, 600_000).tempo(96, 500_000).note(120, 60, 24);
    let meter = |numerator| Track::new().meter(0, numerator, 2);
    for tracks in [vec![notes()], vec![meter(4), notes()]] {
        let (piece, report) = files::import(&file(1, 24, tracks));
        assert_eq!(shape(&piece), [(24, 60, 24)]);
        assert_eq!((report.trimmed, piece.tempo_at(0)), (192, 120.0));
    }
    // A meter that was chosen, and a marker or a cue point before the first note.
    let marked = |kind, delta| Track::new().meta(delta, kind, b"Intro");
    for chosen in [meter(3), marked(6, 0), marked(7, 215)] {
        let (piece, report) = files::import(&file(1, 24, [chosen, notes()]));
        assert_eq!((shape(&piece), report.trimmed), (vec![(216, 60, 24)], 0));
    }
    assert_eq!(files::import(&file(1, 24, [marked(6, 216), notes()])).1.trimmed, 192);
    // The first marker of all tracks counts.
    let two = [marked(6, 300), marked(6, 10), notes()];
    assert_eq!(files::import(&file(1, 24, two)).1.trimmed, 0);
    // Records that are older than the rule know their pieces with it.
    let older = ImportOptions { releases: Releases::LastOff, ..ImportOptions::default() };
    let piece = import(&file(1, 24, [meter(4), notes()]), older).unwrap().piece;
    assert_eq!(shape(&piece), [(216, 60, 24)]);
}

#[test]
fn a_grid_of_an_odd_resolution_is_no_performance() {
    // 16ths at 25 parts a quarter, rounded as any program rounds them: 6.25, 12.5, 18.75.
    for halves_up in [false, true] {
        let place = |i: u32| match (i * 25 / 4, i % 4) {
            (whole, 2) => whole + u32::from(halves_up),
            (whole, 3) => whole + 1,
            (whole, _) => whole,
        };
        let mut now = 0;
        let track = (1..64).fold(Track::new().note(0, 60, 0), |track, i| {
            let delta = place(i) - std::mem::replace(&mut now, place(i));
            track.note(delta, 60, 0)
        });
        let (piece, report) = files::import(&file(0, 25, [track]));
        assert!(piece.notes.iter().enumerate().all(|(i, note)| note.onset == 6 * i as u32));
        assert!(!report.is_performance() && report.rounding.off_grid == 0, "{report:?}");
    }
    // Where the grid is fine enough to tell, a performance is one.
    for division in [90, 100, 480, 1000] {
        let track = (0..400u32).fold(Track::new(), |track, i| {
            track.note(division / 3 + i * i * 31 % 97 * division / 480, 60, 0)
        });
        let (_, report) = files::import(&file(0, division as u16, [track]));
        assert!(report.is_performance(), "{division}: {:?}", report.rounding);
    }
}
