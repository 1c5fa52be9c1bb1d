//! The shipped collections: every file imports, and survives export unchanged. Damaged copies of
//! real files do no harm.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use jukebox_model::midi::{ImportError, PartChoice, import};
use zip::ZipArchive;

use crate::damage::check;
use crate::files::{assert_sound, import_export};

/// Names and bytes of the MIDI files in a shipped collection.
pub fn collection(name: &str) -> Vec<(String, Vec<u8>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpora").join(name);
    let mut archive = ZipArchive::new(File::open(path).unwrap()).unwrap();
    let mut files = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let name = entry.name().unwrap().into_owned();
        if name.ends_with(".mid") {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            files.push((name, bytes));
        }
    }
    files
}

#[test]
fn every_celtic_tune_is_imported_exactly() {
    let tunes = collection("celtic.zip");
    assert_eq!(tunes.len(), 2679);
    let (mut notes, mut bars) = (0, 0);
    for (name, bytes) in &tunes {
        let first =
            import(bytes, PartChoice::All).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_sound(&first.piece);
        assert_eq!(first.report.warnings(), [""; 0], "{name}");
        assert_eq!((first.report.rounding.off_grid, first.report.merged), (0, 0), "{name}");
        assert!(!first.piece.title.is_empty() && first.piece.key.is_some(), "{name}");
        assert_eq!(import_export(&first.piece).0, first.piece, "{name}");
        assert_eq!(import(bytes, PartChoice::First).unwrap().piece, first.piece, "{name}");
        let melody = import(bytes, PartChoice::Melody).unwrap().piece;
        assert_eq!(melody.notes.len(), first.piece.onsets(), "{name}");
        notes += first.piece.notes.len();
        bars += first.piece.bars();
    }
    assert!((460_000..470_000).contains(&notes), "{notes} notes");
    assert!((73_000..75_000).contains(&bars), "{bars} bars");
}

#[test]
fn every_freedoom_piece_is_imported_and_survives_export() {
    let pieces = collection("freedoom.zip");
    assert_eq!(pieces.len(), 66);
    let (mut notes, mut drums, mut drummed) = (0, 0, 0);
    for (name, bytes) in &pieces {
        let all = import(bytes, PartChoice::All).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!all.report.truncated, "{name}");
        notes += all.report.notes();
        drums += all.report.drums();
        for part in [PartChoice::All, PartChoice::First, PartChoice::Melody, PartChoice::Drums] {
            match import(bytes, part) {
                Ok(first) => {
                    assert_sound(&first.piece);
                    drummed += usize::from(first.piece.drums);
                    assert_eq!(import_export(&first.piece).0, first.piece, "{name}, {part}");
                }
                Err(error) => {
                    assert!(matches!(error, ImportError::EmptyPart { .. }), "{name}: {error}");
                    assert_eq!(part, PartChoice::Drums, "{name}: {error}");
                }
            }
        }
    }
    assert_eq!(drummed, 63);
    assert!((196_000..198_000).contains(&notes) && (67_000..69_000).contains(&drums));
}

#[test]
fn damaged_copies_of_real_files_do_not_make_import_panic() {
    // A generator of Marsaglia's (Xorshift RNGs, 2003), so that every run damages alike.
    let mut state = 0x2545_f491_4f6c_dd1du64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    for (_, bytes) in collection("freedoom.zip") {
        for _ in 0..4 {
            let mut damaged = bytes.clone();
            for _ in 0..=random(30) {
                let at = random(damaged.len());
                damaged[at] = random(256) as u8;
            }
            let hole = random(damaged.len());
            damaged.drain(hole..(hole + random(3)).min(bytes.len()));
            damaged.truncate(1 + random(2 * damaged.len()));
            check(&damaged);
        }
    }
}
