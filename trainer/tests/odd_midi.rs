//! Odd MIDI files, a kind each: what `inspect` says of them.

mod common;

use common::{Place, jukebox};
use serde_json::{Value, json};

/// What ends a track.
const END: [u8; 4] = [0, 0xff, 0x2f, 0];
/// Time signatures: 4/4, 1/8.
const COMMON: [u8; 8] = [0, 0xff, 0x58, 4, 4, 2, 24, 8];
const EIGHTH: [u8; 8] = [0, 0xff, 0x58, 4, 1, 3, 24, 8];

/// Notes of a quarter each, 24 parts long, from a pitch up.
fn quarters(pitches: std::ops::Range<u8>) -> Vec<u8> {
    pitches.flat_map(|pitch| [0, 0x90, pitch, 80, 24, 0x80, pitch, 0]).collect()
}

/// A chunk of a track, said to be so many bytes longer than it is.
fn chunk(events: &[&[u8]], longer: i32) -> Vec<u8> {
    let track = events.concat();
    let length = (track.len() as i32 + longer) as u32;
    [b"MTrk", &length.to_be_bytes()[..], &track].concat()
}

/// A file of tracks that are played at once.
fn file(chunks: &[&[u8]]) -> Vec<u8> {
    let head = [b"MThd\0\0\0\x06\0\x01\0", &[chunks.len() as u8][..], b"\0\x18"].concat();
    [head, chunks.concat()].concat()
}

/// A file of one track, whose end is added.
fn track(events: &[&[u8]]) -> Vec<u8> {
    file(&[&chunk(&[&events.concat(), &END], 0)])
}

/// A scale of eight quarters with bytes in its middle.
fn scale_with(middle: &[u8]) -> Vec<u8> {
    track(&[&COMMON, &quarters(60..64), middle, &quarters(64..68)])
}

/// A first track in 4/4, the scale in a chunk whose length may be wrong, and a third track.
fn three_tracks(longer: i32, between: &[u8]) -> Vec<u8> {
    let scale = chunk(&[&quarters(60..68), &END], longer);
    let last = chunk(&[&[0, 0x91, 40, 80, 96, 0x81, 40, 0], &END], 0);
    file(&[&chunk(&[&COMMON, &END], 0), &[&scale, between].concat(), &last])
}

/// A meta event with text.
fn named(title: &[u8]) -> Vec<u8> {
    [&[0, 0xff, 3, title.len() as u8], title].concat()
}

/// A file, and what must be said of it: members of the report, and the start of its only warning.
type Case = (&'static str, Vec<u8>, Value, &'static str);

fn cases() -> Vec<Case> {
    let eight = || json!({ "notes": 8, "bars": 2, "meters": ["4/4"] });
    let nine = || json!({ "notes": 9, "bars": 2, "meters": ["4/4"] });
    let titled = |title: &str| json!({ "title": title, "notes": 8 });
    let lead = |bytes: &[u8]| [bytes, &scale_with(b"")].concat();
    let said = |key: &[u8]| scale_with(&[&[0, 0xff, 0x59, 2], key].concat());
    let senseless = "bytes that make no sense where they stand";
    let lengths = "tracks whose length is wrong";
    vec![
        ("a volume of 128", scale_with(&[0, 0xb0, 7, 128]), eight(), "data bytes of 128 or more"),
        ("a clock", scale_with(&[0, 0xf8]), eight(), senseless),
        ("an undefined status", scale_with(&[0, 0xf4]), eight(), senseless),
        ("a song select", scale_with(&[0, 0xf3, 0]), eight(), senseless),
        ("a track a byte too long", three_tracks(1, b""), nine(), lengths),
        ("a track four bytes too short", three_tracks(-4, b""), nine(), lengths),
        ("an endless track", three_tracks(0xff_ffff, b""), nine(), lengths),
        (
            "a gap",
            three_tracks(0, b"\0\x01\xff"),
            nine(),
            "places with foreign bytes between tracks",
        ),
        ("line ends first", lead(b"\r\n"), eight(), "bytes before its header"),
        ("a zero first", lead(b"\0"), eight(), "bytes before its header"),
        ("a mark of UTF-8 first", lead(b"\xef\xbb\xbf"), eight(), "bytes before its header"),
        ("MacBinary first", lead(&[0; 128]), eight(), "bytes before its header"),
        (
            "format 3",
            scale_with(b"")
                .iter()
                .enumerate()
                .map(|(at, &it)| if at == 9 { 3 } else { it })
                .collect(),
            eight(),
            "format 3 is none of",
        ),
        (
            "onsets before releases",
            track(&[
                &COMMON,
                &[0, 0x90, 60, 80, 24, 60, 80, 0, 60, 0, 24, 60, 80, 0, 60, 0, 24, 60, 0],
            ]),
            json!({ "notes": 3, "onsets": 3, "bars": 1 }),
            "",
        ),
        (
            "a pickup",
            track(&[&EIGHTH, &[0, 0x90, 59, 80, 12, 59, 0], &COMMON, &quarters(60..68)]),
            json!({ "notes": 9, "bars": 3, "meters": ["4/4"], "pickup_quarters": 0.5 }),
            "",
        ),
        ("B flat in mode 255", said(&[0xfe, 255]), json!({ "key": "Bb", "notes": 8 }), ""),
        ("G minor", said(&[0xfe, 1]), json!({ "key": "Gm" }), ""),
        (
            "a key of ninety sharps",
            said(&[90, 0]),
            json!({ "key": null, "notes": 8 }),
            "key signatures ignored",
        ),
        (
            "Shift-JIS",
            scale_with(&named(b"\x83s\x83A\x83m")),
            titled("\u{30d4}\u{30a2}\u{30ce}"),
            "",
        ),
        (
            "GBK",
            scale_with(&named(b"\xdc\xd4\xc0\xf2\xbb\xa8")),
            titled("\u{8309}\u{8389}\u{82b1}"),
            "",
        ),
        (
            "a curly apostrophe",
            scale_with(&named(b"Don\x92t \x96 2")),
            titled("Don\u{2019}t \u{2013} 2"),
            "",
        ),
        (
            "a late tempo",
            track(&[
                &COMMON,
                &quarters(60..61),
                &[0, 0xff, 0x51, 3, 0x0a, 0x2c, 0x2b], // 90 quarters a minute
                &quarters(61..68),
            ]),
            json!({ "tempo": 90.0, "tempo_changes": 1 }),
            "",
        ),
        (
            "notes after the end",
            track(&[&COMMON, &quarters(60..67), &END, &quarters(67..68)]),
            eight(),
            "notes after the end of their track",
        ),
        (
            "a pedal",
            track(&[&COMMON, &[0, 0xb0, 64, 127], &quarters(60..68), &[0, 0xb0, 64, 0]]),
            json!({ "pedalled": 7, "notes": 8 }),
            "",
        ),
        (
            "silence and no meter",
            track(&[&[0x81, 0x40, 0x90, 60, 80, 24, 60, 0]]),
            json!({ "silent_bars_left_out": 2, "bars": 1 }),
            "",
        ),
        (
            "drums of GS on channel 1",
            track(&[
                &[0, 0xf0, 10, 0x41, 0x10, 0x42, 0x12, 0x40, 0x11, 0x15, 1, 0x19, 0xf7],
                &quarters(36..40),
            ]),
            json!({ "part": "drums", "parts": { "pitched": 0, "drums": 4 } }),
            "",
        ),
    ]
}

#[test]
fn each_kind_of_odd_file_is_told_as_what_it_is() {
    let place = Place::new();
    for (kind, bytes, expected, warning) in cases() {
        let path = place.write("odd.mid", &bytes);
        let run = jukebox().args(["inspect", "--json"]).arg(path).assert().success();
        let report: Value = serde_json::from_slice(&run.get_output().stdout).expect("JSON");
        for (member, value) in expected.as_object().expect("members") {
            assert_eq!(&report[member], value, "{kind}: {member}");
        }
        let warnings = report["warnings"].as_array().expect("a list");
        assert_eq!(warnings.len(), usize::from(!warning.is_empty()), "{kind}: {warnings:?}");
        let told = warnings.iter().filter_map(Value::as_str).all(|it| it.starts_with(warning));
        assert!(told && !warnings.iter().any(|it| it.as_str().is_some_and(|it| it.ends_with(':'))));
    }
}
