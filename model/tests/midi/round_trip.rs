//! Import of what was exported gives the same piece.

use jukebox_model::key::KeySignature;
use jukebox_model::meter::{Meter, MeterMap};
use jukebox_model::midi::{ImportOptions, MAX_LENGTH, export, import};
use jukebox_model::piece::{Note, Part, Piece, TempoChange, tidy};
use proptest::prelude::*;

use crate::files::import_export;

/// Onsets of a tune, and now and then of one that lasts for days.
fn tick() -> impl Strategy<Value = u32> {
    prop_oneof![8 => 0u32..2000, 1 => 0..MAX_LENGTH - 2000]
}

fn notes() -> impl Strategy<Value = Vec<Note>> {
    let note =
        (tick(), 0u8..128, 1u32..500, 1u8..128).prop_map(|(onset, pitch, duration, velocity)| {
            Note { onset, part: 0, pitch, duration, velocity }
        });
    prop::collection::vec(note, 1..80).prop_map(|mut notes| {
        tidy(&mut notes);
        notes
    })
}

fn meter() -> impl Strategy<Value = Meter> {
    (1u8..=64, 0u32..6).prop_map(|(numerator, power)| Meter::new(numerator, 1 << power).unwrap())
}

/// Bar grids as import makes them: a short first bar would be a pickup.
fn meters() -> impl Strategy<Value = MeterMap> {
    let changes = prop::collection::vec((tick(), meter()), 0..6);
    let full = |map: &MeterMap| map.changes().get(1).is_none_or(|bar| bar.number > 1);
    changes.prop_map(MeterMap::from_changes).prop_filter("a pickup", full)
}

prop_compose! {
    fn piece()(
        notes in notes(),
        meters in meters(),
        tempi in prop::collection::btree_map(tick(), 3.6f64..2000.0, 0..5),
        key in prop::option::of((-7i8..=7, any::<bool>())),
        title in "[a-zA-Z\u{e0}-\u{ff}\u{2669}']{0,8}( [A-Z&.]{1,9}){0,3}",
        drums in any::<bool>(),
    ) -> Piece {
        Piece {
            title: title.trim().to_owned(),
            meters,
            tempi: tempi.into_iter().map(|(at, bpm)| TempoChange { at, bpm }).collect(),
            key: key.map(|(sharps, minor)| KeySignature { sharps, minor }),
            drums,
            parts: Vec::new(),
            notes,
        }
    }
}

prop_compose! {
    /// Bands: in each part a pitch may sound at once with that of another.
    fn band()(
        mut piece in piece(),
        parts in prop::collection::vec(("[a-z]{0,8}", 0u8..128, any::<bool>()), 1..20),
        more in prop::collection::vec(notes(), 20),
    ) -> Piece {
        let part = |(name, program, drums)| Part { name, program: Some(program), drums };
        piece.parts = parts.into_iter().map(part).collect();
        piece.drums = piece.parts.iter().all(|part| part.drums);
        let notes = (0..).zip(more).take(piece.parts.len());
        let of_part = |(part, notes): (u8, Vec<Note>)| {
            notes.into_iter().map(move |note| Note { part, ..note })
        };
        piece.notes = notes.flat_map(of_part).collect();
        tidy(&mut piece.notes);
        piece
    }
}

proptest! {
    #[test]
    fn bands_come_back_with_their_parts(piece in band()) {
        let options = ImportOptions { keep_parts: true, ..ImportOptions::default() };
        let again = import(&export(&piece), options).unwrap().piece;
        prop_assert_eq!(again.parts, piece.parts);
        prop_assert_eq!(again.notes, piece.notes);
        prop_assert_eq!(again.drums, piece.drums);
    }

    #[test]
    fn import_of_what_was_exported_gives_the_same_piece(piece in piece()) {
        let (mut again, report) = import_export(&piece);
        let micros = |change: &TempoChange| (change.at, change.micros());
        prop_assert_eq!(
            again.tempi.iter().map(micros).collect::<Vec<_>>(),
            piece.tempi.iter().map(micros).collect::<Vec<_>>()
        );
        again.tempi.clone_from(&piece.tempi);
        prop_assert_eq!(&again, &piece);
        prop_assert!(report.warnings().is_empty(), "{:?}", report.warnings());
        prop_assert_eq!((report.merged, report.rounding.off_grid), (0, 0));
    }

    #[test]
    fn a_second_export_gives_the_same_bytes(piece in piece()) {
        prop_assert_eq!(export(&import_export(&piece).0), export(&piece));
    }
}

#[test]
fn what_midi_cannot_write_is_brought_into_range() {
    let note = |onset, pitch, duration| Note { onset, part: 0, pitch, duration, velocity: 80 };
    let tempi = [0.0, -3.0, f64::NAN, f64::INFINITY, 1e-9]
        .iter()
        .enumerate()
        .map(|(at, &bpm)| TempoChange { at: at as u32, bpm })
        .collect();
    let piece = Piece {
        title: format!("  two\nlines {}", "x".repeat(500)),
        tempi,
        // Out of order, overlapping, twice the same.
        notes: vec![note(24, 60, 24), note(0, 60, 96), note(24, 60, 12)],
        ..Piece::default()
    };
    let (again, _) = import_export(&piece);
    assert_eq!(again.notes, [note(0, 60, 24), note(24, 60, 24)]);
    assert!(again.title.starts_with("two lines xxx"));
}

#[test]
fn an_exported_file_lasts_to_the_end_of_its_last_bar() {
    let notes = vec![Note { onset: 96, part: 0, pitch: 60, duration: 24, velocity: 80 }];
    let bytes = export(&Piece { notes, ..Piece::default() });
    // The note's release, then three quarters of 480 ticks to the end of the track.
    assert!(bytes.ends_with(&[0x80, 60, 64, 0x8b, 0x20, 0xff, 0x2f, 0]));
    assert_eq!(bytes[..14], *b"MThd\0\0\0\x06\0\x01\0\x02\x01\xe0");
}
