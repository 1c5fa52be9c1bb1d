//! What is left over of a file's timing where its notes are taken as they are, to the nearest tick.

use std::collections::BTreeMap;

use jukebox_analysis::parts::FilePart;
use jukebox_analysis::quantise::Microtiming;
use jukebox_model::meter::Meter;
use jukebox_model::midi::Score;
use jukebox_model::piece::{TICKS_PER_QUARTER, Tick};

/// How far the notes of each part lie from their ticks, by place in the beat of the file's first meter. Numbers are
/// those of `parts`.
pub fn leftover(score: &Score, parts: &[FilePart]) -> Vec<Microtiming> {
    let meter = score.meters.first().and_then(|&(_, beats, unit)| Meter::new(beats, unit).ok());
    let beat = u64::from(meter.unwrap_or_default().beat().max(1));
    let tick = score.time.quarter / f64::from(TICKS_PER_QUARTER);
    let places: BTreeMap<(u16, u8), u16> =
        (0..).zip(parts).map(|(index, part)| ((part.track, part.channel), index)).collect();
    let mut sums: BTreeMap<(u16, Tick), (usize, f64, f64)> = BTreeMap::new();
    for note in &score.notes {
        let Some(&part) = places.get(&(note.track, note.channel)) else { continue };
        let nearest = (note.onset as f64 / tick).round();
        let late = note.from - score.time.seconds(nearest * tick);
        let sums = sums.entry((part, (nearest as u64 % beat) as Tick)).or_default();
        *sums = (sums.0 + 1, sums.1 + late, sums.2 + late * late);
    }
    let timing = |((part, place), (notes, sum, squares)): ((u16, Tick), (usize, f64, f64))| {
        let mean = sum / notes as f64;
        let spread = (squares / notes as f64 - mean * mean).max(0.0).sqrt();
        Microtiming { part, place, notes, mean, spread }
    };
    sums.into_iter().map(timing).collect()
}
