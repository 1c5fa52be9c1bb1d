//! Files that are damaged, foreign or made to harm.

use jukebox_model::midi::{ImportError, PartChoice, import};
use jukebox_model::piece::Piece;
use proptest::prelude::*;

use crate::files::{self, Track, assert_sound, file, file_of_chunks, import_export};

fn error(bytes: &[u8]) -> String {
    import(bytes, PartChoice::All).unwrap_err().to_string()
}

fn tune() -> Vec<u8> {
    let conductor = Track::new().name("Reel").meter(0, 4, 2).tempo(0, 500_000);
    let notes = (0..16).fold(Track::new(), |track, i| track.note(0, 60 + i, 240));
    file(1, 480, [conductor, notes])
}

#[test]
fn foreign_files_are_named() {
    assert_eq!(error(b""), "the file is empty");
    for (bytes, looks) in [
        (&b"PK\x03\x04rest"[..], "looks like a zip archive"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "looks like a WAV"),
        (b"<?xml version=\"1.0\"?>", "looks like a web page or XML"),
        (b"X:1\nT:The Rolling Wave\nK:D\n", "looks like ABC notation: write it as MIDI first"),
        (b"\xef\xbb\xbf%abc-2.1\n", "looks like ABC notation"),
        (b"<?xml version='1.0'?>\n<score-partwise version='4.0'>", "looks like MusicXML: write it"),
        (b"X marks the spot", "looks like text"),
        ("Na\u{ef}ve text".as_bytes(), "looks like text"),
        (&[0; 64], "only zeros"),
        (&[0xde, 0xad, 0xbe, 0xef, 1], "starts with the bytes de ad be ef, not with \"MThd\""),
    ] {
        let error = error(bytes);
        assert!(error.starts_with("not a MIDI file") && error.contains(looks), "{error}");
    }
}

#[test]
fn damaged_headers_are_named() {
    let mut bytes = tune();
    assert_eq!(import(&bytes[..10], PartChoice::All), Err(ImportError::Truncated));
    bytes[12..14].fill(0);
    assert!(error(&bytes).contains("no length"));
    // 33 frames a second.
    bytes[12..14].copy_from_slice(&[-33i8 as u8, 40]);
    assert!(error(&bytes).contains("neither a part of a quarter note nor of a frame"));
    bytes[12..14].copy_from_slice(&[-25i8 as u8, 0]);
    assert!(error(&bytes).contains("no length"));
    bytes[12..14].copy_from_slice(&[0x80, 40]);
    assert!(error(&bytes).contains("neither"));
}

#[test]
fn a_wrapper_without_midi_is_named() {
    assert_eq!(error(b"RIFF\x04\0\0\0RMID"), error(&tune()[..10]));
    assert!(error(b"RIFF\x10\0\0\0RMIDdata\x04\0\0\0text").contains("looks like text"));
}

#[test]
fn a_file_without_notes_says_so() {
    let silent = file(1, 480, [Track::new().name("Tacet"), Track::new().event(0, &[0xc0, 5])]);
    assert_eq!(error(&silent), "the file holds no notes");
    assert_eq!(error(&file(1, 480, [])), "the file holds no notes");
}

#[test]
fn a_file_cut_anywhere_gives_its_first_notes_or_an_error() {
    let bytes = tune();
    let (whole, _) = files::import(&bytes);
    let starts = |piece: &Piece| -> Vec<_> {
        piece.notes.iter().map(|note| (note.onset, note.pitch)).collect()
    };
    let mut most = 0;
    for length in 0..bytes.len() {
        match import(&bytes[..length], PartChoice::All) {
            Ok(cut) => {
                assert!(cut.report.truncated, "{length} bytes");
                assert!(cut.report.warnings()[0].contains("cut off"));
                assert!(starts(&whole).starts_with(&starts(&cut.piece)));
                most = most.max(cut.piece.notes.len());
            }
            Err(ImportError::Empty) => assert_eq!(length, 0),
            Err(ImportError::Foreign(_)) => assert!(length < 4),
            Err(other) => assert_eq!(other, ImportError::Truncated, "{length} bytes"),
        }
    }
    assert_eq!(most, whole.notes.len());
}

#[test]
fn a_track_that_breaks_off_does_not_take_the_others_along() {
    let broken = Track::new().note(0, 60, 24).event(0, &[0xf4, 0xf4]).note(0, 61, 24);
    let sound = Track::new().note(0, 72, 24).chunk_ending(0);
    let (piece, report) = files::import(&file_of_chunks(1, 24, &[broken.broken_chunk(), sound]));
    assert_eq!(files::shape(&piece), [(0, 60, 24), (0, 72, 24), (24, 61, 24)]);
    assert!(report.truncated && report.damage.stray == 2);
}

#[test]
fn headers_that_promise_too_much_take_no_memory() {
    let mut bytes = tune();
    bytes[10..12].fill(0xff);
    let track = bytes.windows(4).rposition(|window| window == b"MTrk").unwrap();
    bytes[track + 4..track + 8].fill(0xff);
    let (piece, report) = files::import(&bytes);
    assert_eq!(piece.notes.len(), 16);
    assert!(report.truncated);
    // A name that claims to be 256 MB long.
    let name = Track::new().event(0, &[0xff, 0x03, 0xff, 0xff, 0xff, 0x7f]).broken_chunk();
    assert_eq!(
        import(&file_of_chunks(0, 24, &[name]), PartChoice::All),
        Err(ImportError::Truncated)
    );
}

#[test]
fn a_million_empty_tracks_are_harmless() {
    let mut bytes = file(2, 24, [Track::new().note(0, 60, 24)]);
    bytes.extend(b"MTrk\0\0\0\0".repeat(1_000_000));
    let (piece, report) = files::import(&bytes);
    assert_eq!(piece.notes.len(), 1);
    assert_eq!(report.tracks.len(), usize::from(u16::MAX));
}

#[test]
fn a_million_meter_changes_are_no_burden() {
    let track = (0..1_000_000u32)
        .fold(Track::new(), |track, i| track.meter(1, 2 + (i % 2) as u8, 2))
        .note(0, 60, 24);
    let (piece, _) = files::import(&file(0, 24, [track]));
    assert_eq!(piece.meters.changes().len(), 1_000_000);
}

/// Whatever comes in: an error, or a sound piece that survives export.
pub fn check(bytes: &[u8]) {
    for part in [PartChoice::All, PartChoice::Melody, PartChoice::Drums] {
        if let Ok(imported) = import(bytes, part) {
            assert_sound(&imported.piece);
            let (again, _) = import_export(&imported.piece);
            assert_eq!(again, imported.piece);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_bytes_make_import_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        check(&bytes);
        check(&[b"MThd\0\0\0\x06\0\x01\0\x02", &bytes[..]].concat());
    }

    #[test]
    fn no_events_make_import_panic(
        format in 0u16..3,
        division in any::<u16>(),
        tracks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 1..4),
    ) {
        let chunk = |bytes: &Vec<u8>| Track::new().event(0, bytes).broken_chunk();
        let chunks: Vec<Vec<u8>> = tracks.iter().map(chunk).collect();
        check(&file_of_chunks(format, division, &chunks));
    }

    #[test]
    fn no_likely_events_make_import_panic(
        format in 0u16..3,
        division in prop_oneof![Just(1u16), Just(24), Just(480), Just(0xe728), any::<u16>()],
        tracks in prop::collection::vec(prop::collection::vec(likely_event(), 0..60), 1..4),
    ) {
        let chunk = |events: &Vec<(u32, Vec<u8>)>| {
            let track = events.iter().fold(Track::new(), |track, (delta, event)| {
                track.event(*delta, event)
            });
            track.chunk_ending(0)
        };
        let chunks: Vec<Vec<u8>> = tracks.iter().map(chunk).collect();
        check(&file_of_chunks(format, division, &chunks));
    }

    #[test]
    fn a_file_with_flipped_bytes_does_not_make_import_panic(
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let mut bytes = tune();
        for (index, value) in flips {
            let index = index.index(bytes.len());
            bytes[index] = value;
        }
        check(&bytes);
    }
}

/// An event such as files hold, with extreme values among the likely ones.
fn likely_event() -> impl Strategy<Value = (u32, Vec<u8>)> {
    let delta = prop_oneof![4 => 0u32..100, 1 => 0u32..(1 << 28), 1 => Just((1 << 28) - 1)];
    let status = prop_oneof![Just(0x90u8), Just(0x80), Just(0x91), Just(0x99), Just(0xb0)];
    let note = (status, 58u8..62, 0u8..128).prop_map(|(status, key, value)| {
        vec![status, if status == 0xb0 { 123 } else { key }, value]
    });
    let data = prop::collection::vec(any::<u8>(), 0..6);
    let kind =
        prop_oneof![Just(0x03u8), Just(0x51), Just(0x54), Just(0x58), Just(0x59), any::<u8>()];
    let meta =
        (kind, data).prop_map(|(kind, data)| [&[0xff, kind, data.len() as u8][..], &data].concat());
    let meter = (0u8..9, 0u8..7)
        .prop_map(|(numerator, power)| vec![0xff, 0x58, 4, numerator, power, 24, 8]);
    (delta, prop_oneof![6 => note, 1 => meta, 1 => meter])
}
