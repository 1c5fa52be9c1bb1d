//! Form, harmony, groove, dynamics and drums of collections, and how far each lies from the last:
//!
//! `cargo run --release -p jukebox-trainer --example measures -- COLLECTION... REFERENCE`
//!
//! Files are read with all their parts, drums included, on the grid that they have.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;
use jukebox_model::midi::PartChoice;
use jukebox_model::piece::Piece;
use jukebox_trainer::dataset::Collection;
use jukebox_trainer::dataset::common_parts::PartsChoice;
use jukebox_trainer::dataset::reading::{GridChoice, Reading};
use jukebox_trainer::measures::{self, Distances, FormProfile, Measured, Values, profile};

/// Pieces of a collection that are measured, at most.
const MOST: usize = 300;

fn print<V: Values>(set: &[&V]) {
    for (name, spread) in V::NAMES.iter().zip(profile(set).into_iter().flatten()) {
        println!("  {name:<32}{:9.3} ± {:.3}", spread.mean, spread.deviation);
    }
}

fn measure(path: &str) -> Result<Vec<Measured>> {
    let reading = Reading {
        grid: GridChoice::AsIs,
        parts: PartsChoice::Auto,
        ..PartChoice::default().into()
    };
    let collection = Collection::read(&[PathBuf::from(path)], reading)?.usable()?;
    let pieces: Vec<Piece> = collection.music().take(MOST).cloned().collect();
    let started = Instant::now();
    let measured = Measured::all(&pieces);
    let milliseconds = 1000.0 * started.elapsed().as_secs_f64();
    println!("{path}: {} pieces, measured in {milliseconds:.0} ms", pieces.len());
    let form = FormProfile::of(measured.iter().filter_map(|it| it.form.as_ref()));
    if let Some(form) = form {
        for (name, share) in form.shares() {
            println!("  {name:<32}{:9.3}", share.unwrap_or(f64::NAN));
        }
    }
    print(&measured.iter().filter_map(|it| it.harmony.as_ref()).collect::<Vec<_>>());
    print(&measured.iter().filter_map(|it| it.groove.as_ref()).collect::<Vec<_>>());
    print(&measured.iter().filter_map(|it| it.dynamics.as_ref()).collect::<Vec<_>>());
    print(&measured.iter().filter_map(|it| it.drums.as_ref()).collect::<Vec<_>>());
    Ok(measured)
}

fn main() -> Result<()> {
    let paths: Vec<String> = std::env::args().skip(1).collect();
    let sets: Vec<Vec<Measured>> = paths.iter().map(|it| measure(it)).collect::<Result<_>>()?;
    let Some((reference, others)) = sets.split_last() else { return Ok(()) };
    let halves = measures::halves(reference);
    for (path, set) in paths.iter().zip(others) {
        println!("{path} from the last, and halves of that:");
        let values = measures::distances(set, reference).values().into_iter().zip(halves.values());
        for (name, (value, halves)) in Distances::NAMES.iter().zip(values) {
            let shown = |it: Option<f64>| it.map_or("-".to_owned(), |it| format!("{it:.3}"));
            println!("  {name:<32}{:>9} {:>9}", shown(value), shown(halves));
        }
    }
    Ok(())
}
