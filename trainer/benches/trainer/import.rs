//! From files to pieces, with near-duplicates found.

use std::path::PathBuf;

use divan::Bencher;
use divan::counter::ItemsCount;
use jukebox_model::midi::{self, PartChoice};
use jukebox_trainer::dataset::Collection;

use crate::{celtic, long};

/// 2,679 tunes, 465,000 notes, out of an archive.
#[divan::bench(sample_count = 10)]
fn the_celtic_tunes(bencher: Bencher<'_, '_>) {
    read(bencher, celtic());
}

/// One file of so many notes.
#[divan::bench(args = [200_000, 1_000_000], sample_count = 5)]
fn a_long_file(bencher: Bencher<'_, '_>, notes: usize) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.mid");
    std::fs::write(&path, midi::export(&long::piece(notes))).unwrap();
    read(bencher, path);
}

fn read(bencher: Bencher<'_, '_>, path: PathBuf) {
    let paths = [path];
    let notes = Collection::read(&paths, PartChoice::All).unwrap().notes();
    bencher
        .counter(ItemsCount::new(notes))
        .bench_local(|| Collection::read(&paths, PartChoice::All).unwrap());
}
