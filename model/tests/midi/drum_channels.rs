//! Drum channels by a file's own word: messages of GS and XG, and banks.

use jukebox_model::midi::{self, ImportOptions, PartChoice, Releases};

use crate::files::{Track, file, import_part, shape};

/// A system exclusive message, its bytes between F0 and F7.
fn exclusive(track: Track, delta: u32, data: &[u8]) -> Track {
    let length = data.len() as u8 + 1;
    track.event(delta, &[&[0xf0, length], data, &[0xf7]].concat())
}

/// GS: the part of a block, 0 being channel 10, is used for a rhythm part of a map, or for pitches.
fn rhythm_part(track: Track, delta: u32, block: u8, map: u8) -> Track {
    let sum = 0x40 + 0x10 + block + 0x15 + map;
    let check = (128 - sum % 128) % 128;
    exclusive(track, delta, &[0x41, 0x10, 0x42, 0x12, 0x40, 0x10 + block, 0x15, map, check])
}

const GS_RESET: [u8; 9] = [0x41, 0x10, 0x42, 0x12, 0x40, 0x00, 0x7f, 0x00, 0x41];
const XG_ON: [u8; 7] = [0x43, 0x10, 0x4c, 0x00, 0x00, 0x7e, 0x00];
const GM_ON: [u8; 4] = [0x7e, 0x7f, 0x09, 0x01];

/// XG: the mode of a part; device 3.
fn part_mode(track: Track, delta: u32, part: u8, mode: u8) -> Track {
    exclusive(track, delta, &[0x43, 0x13, 0x4c, 0x08, part, 0x07, mode])
}

fn bank(track: Track, channel: u8, bank: u8) -> Track {
    track.event(0, &[0xb0 | channel, 0, bank]).event(0, &[0xc0 | channel, 0])
}

/// The pitches that a file's readers take for drums, and those that they do not, by onset.
fn drums_and_pitches(bytes: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let of = |part| match midi::import(bytes, part) {
        Ok(import) => import.piece.notes.iter().map(|note| note.pitch).collect(),
        Err(_) => Vec::new(),
    };
    let found: (Vec<u8>, Vec<u8>) = (of(PartChoice::Drums), of(PartChoice::All));
    let score = midi::read_score(bytes).unwrap();
    let drums = |drums| move |note: &&midi::ScoreNote| note.drums == drums;
    let pitches = |drums_or_not| {
        let notes = score.notes.iter().filter(drums(drums_or_not));
        notes.map(|note| note.pitch).collect::<Vec<u8>>()
    };
    assert_eq!((pitches(true), pitches(false)), found, "the score agrees with the import");
    found
}

#[test]
fn gs_makes_a_channel_one_of_drums_from_its_message_on() {
    // Blocks 1 to 9 are channels 1 to 9, A to F channels 11 to 16, 0 is channel 10.
    for (block, channel) in [(1, 0), (9, 8), (0xa, 10), (0xf, 15)] {
        for map in [1, 2] {
            let track = Track::new().note_on_channel(channel, 0, 60, 12);
            let track = rhythm_part(track, 0, block, map).note_on_channel(channel, 0, 36, 12);
            let track = rhythm_part(track, 0, block, 0).note_on_channel(channel, 0, 62, 12);
            let found = drums_and_pitches(&file(0, 24, [track]));
            assert_eq!(found, (vec![36], vec![60, 62]), "block {block}, map {map}");
        }
    }
}

#[test]
fn gs_and_xg_give_channel_10_pitches() {
    for said in [rhythm_part(Track::new(), 0, 0, 0), part_mode(Track::new(), 0, 9, 0)] {
        let bytes = file(1, 24, [said, Track::new().drum(0, 60, 12)]);
        assert_eq!(drums_and_pitches(&bytes), (vec![], vec![60]));
    }
}

#[test]
fn xg_part_modes_above_0_are_drums() {
    for mode in [1, 2, 5] {
        let track = part_mode(Track::new(), 0, 2, mode).note_on_channel(2, 0, 38, 12);
        let track = part_mode(track, 0, 2, 0).note_on_channel(2, 0, 60, 12);
        assert_eq!(drums_and_pitches(&file(0, 24, [track])), (vec![38], vec![60]), "{mode}");
    }
}

#[test]
fn drum_banks_hold_from_the_next_program_on() {
    for number in [120, 126, 127] {
        let track = Track::new().event(0, &[0xb3, 0, number]).note_on_channel(3, 0, 60, 12);
        let track = track.event(0, &[0xc3, 0]).note_on_channel(3, 0, 36, 12);
        let track = bank(track, 3, 0).note_on_channel(3, 0, 62, 12);
        let found = drums_and_pitches(&file(0, 24, [track]));
        assert_eq!(found, (vec![36], vec![60, 62]), "bank {number}");
    }
    // In GS they hold other instruments, unless it turns into XG.
    for (resets, drums) in [(&[&GS_RESET[..]][..], 0), (&[&GS_RESET[..], &XG_ON], 1)] {
        let start = resets.iter().fold(Track::new(), |track, reset| exclusive(track, 0, reset));
        let track = bank(start, 3, 127).note_on_channel(3, 0, 36, 12);
        assert_eq!(drums_and_pitches(&file(0, 24, [track])).0.len(), drums);
    }
}

#[test]
fn a_channel_that_is_given_pitches_has_no_bank_of_drums_any_more() {
    let track = bank(Track::new(), 3, 127).note_on_channel(3, 0, 36, 12);
    let track = part_mode(track, 0, 3, 0).note_on_channel(3, 0, 60, 12);
    let track = bank(track, 3, 127).note_on_channel(3, 0, 38, 12);
    assert_eq!(drums_and_pitches(&file(0, 24, [track])), (vec![36, 38], vec![60]));
}

#[test]
fn a_reset_brings_back_the_channels_of_general_midi() {
    for reset in [&GS_RESET[..], &XG_ON, &GM_ON] {
        let track = rhythm_part(Track::new(), 0, 2, 1);
        let track = rhythm_part(track, 0, 0, 0);
        let track = track.note_on_channel(1, 0, 36, 12).drum(0, 60, 12);
        let track = exclusive(track, 0, reset).note_on_channel(1, 0, 62, 12).drum(0, 38, 12);
        assert_eq!(drums_and_pitches(&file(0, 24, [track])), (vec![36, 38], vec![60, 62]));
    }
}

#[test]
fn a_message_acts_on_its_channel_in_all_tracks() {
    let bytes = file(
        1,
        24,
        [
            Track::new().note_on_channel(4, 0, 36, 12).note_on_channel(5, 0, 60, 12),
            rhythm_part(Track::new(), 0, 5, 1),
        ],
    );
    assert_eq!(drums_and_pitches(&bytes), (vec![36], vec![60]));
    let (_, report) = import_part(&bytes, PartChoice::All);
    assert_eq!((report.drums(), report.notes(), report.tracks[0].drums), (1, 2, 1));
    let options = ImportOptions { keep_parts: true, ..ImportOptions::default() };
    let band = midi::import(&bytes, options).unwrap().piece;
    assert_eq!(band.parts.iter().map(|it| it.drums).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn pedals_do_not_hold_what_a_message_makes_drums() {
    let track = rhythm_part(Track::new(), 0, 1, 1).event(0, &[0xb0, 64, 127]).note(0, 36, 6);
    let bytes = file(0, 24, [track.event(48, &[0xb0, 64, 0])]);
    assert_eq!(shape(&import_part(&bytes, PartChoice::Drums).0), [(0, 36, 6)]);
}

#[test]
fn older_records_know_channel_10_alone() {
    let bytes = file(0, 24, [rhythm_part(Track::new(), 0, 1, 1).note(0, 36, 6).drum(0, 38, 6)]);
    let older = ImportOptions { releases: Releases::LastOff, ..ImportOptions::default() };
    assert_eq!(shape(&midi::import(&bytes, older).unwrap().piece), [(0, 36, 6)]);
    assert!(midi::import(&bytes, ImportOptions::default()).is_err(), "all of it is drums");
}
