//! Whether a file's grid is that of its music, and its meter one.

use jukebox_model::meter::Meter;
use jukebox_model::midi::Score;

/// Share of the onsets that must lie on note values.
const ON_GRID: f64 = 0.85;

/// Share of the onsets, 0 to 1, that lie on a 32nd note or on a triplet of 16ths, within a two hundred
/// and fiftieth of a quarter note or one tick of the file: written ones do so exactly, played ones by
/// chance.
pub fn on_grid(score: &Score) -> f64 {
    let tolerance = (0.6 / score.time.quarter).max(0.004);
    let on = |note: &&jukebox_model::midi::ScoreNote| {
        let quarter = note.onset as f64 / score.time.quarter;
        [8.0, 12.0].iter().any(|parts| {
            let place = quarter * parts;
            (place - place.round()).abs() / parts <= tolerance
        })
    };
    score.notes.iter().filter(on).count() as f64 / score.notes.len().max(1) as f64
}

/// Whether the notes lie on the file's grid.
pub fn is_quantised(score: &Score) -> bool {
    on_grid(score) >= ON_GRID
}

/// The file's meter changes, in quarter notes, where they make sense: a meter in force from the first
/// note on, of 2 beats or more or compound, but for a few bars.
pub fn stated_meter(score: &Score) -> Option<Vec<(f64, Meter)>> {
    let first = score.notes.first()?.onset;
    let last = score.notes.last()?.onset;
    let mut changes: Vec<(f64, Meter)> = Vec::new();
    let mut senseless = 0;
    for (index, &(at, numerator, denominator)) in score.meters.iter().enumerate() {
        let Ok(meter) = Meter::new(numerator, denominator) else { continue };
        let until = score.meters.get(index + 1).map_or(last, |next| next.0).max(at);
        // Transcribers write 1/4 (or 1/8) for want of a meter; as a pickup it lasts a bar.
        let bar = 4.0 * score.time.quarter * f64::from(numerator) / f64::from(denominator);
        if numerator < 2 && (until - at) as f64 > 1.5 * bar {
            senseless += until - at;
        }
        let place = at as f64 / score.time.quarter;
        if changes.last().is_some_and(|&(before, _)| before == place) {
            changes.pop();
        }
        changes.push((place, meter));
    }
    let begins = changes.first()?.0 <= first as f64 / score.time.quarter;
    (begins && 10 * senseless < last - first + 10).then_some(changes)
}
