//! Notes on the grid of the piece, and what is left over: how early and late its parts play.

use jukebox_model::meter::{Meter, MeterMap};
use jukebox_model::piece::{Note, Part, Piece, TempoChange, Tick, tidy};

use crate::Rhythm;
use crate::beats::Source;
use crate::beats::density::Division;
use crate::notes::Heard;
use crate::parts::FilePart;

/// How a piece is quantised.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Quantisation {
    /// The grid; `None` for the one that the piece uses.
    pub grid: Option<Grid>,
    /// Whether pedals lengthen notes.
    pub pedal: bool,
}

/// The grid that a piece uses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Grid {
    /// That of the file: its notes lie on note values already, only its bars were inferred.
    OfFile,
    /// Each so many ticks from the beat on, such as 6 for 16th notes.
    Ticks(Tick),
    /// This many equal parts of a beat: 2, 4, 8, or 3, 6 and 12 with triplets or in compound meters.
    Even(u8),
    /// Eighths of which the second comes late: at this share of the beat, about 2/3.
    Swung(f64),
}

/// How a part plays at one place of the beat.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Microtiming {
    /// Index of the part.
    pub part: u16,
    /// Tick in the beat.
    pub place: Tick,
    /// Notes there.
    pub notes: usize,
    /// Mean distance from the grid in seconds: positive is late.
    pub mean: f64,
    /// Standard deviation in seconds.
    pub spread: f64,
}

/// A quantised piece.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantised {
    /// The notes in the model's ticks, in the analysis's parts, with meters and tempi; key and title are to be
    /// told. The first bar is
    /// whole: a pickup lies at its end.
    pub piece: Piece,
    /// Onset, length in ticks and part of each note, in the order of [`Rhythm::notes`].
    pub places: Vec<(Tick, Tick, u16)>,
    /// The grid.
    pub grid: Grid,
    /// What is left over, by part and place.
    pub timing: Vec<Microtiming>,
}

/// Places of a grid in the beat, as shares of it, with the tick that each is written as.
fn places(grid: Grid, beat: Tick) -> Vec<(f64, Tick)> {
    match grid {
        Grid::OfFile => places(Grid::Ticks(1), beat),
        Grid::Ticks(step) => (0..beat)
            .step_by(step.max(1) as usize)
            .chain([beat])
            .map(|tick| (f64::from(tick) / f64::from(beat), tick))
            .collect(),
        Grid::Even(parts) => (0..=Tick::from(parts))
            .map(|part| {
                let share = f64::from(part) / f64::from(parts);
                (share, (share * f64::from(beat)).round() as Tick)
            })
            .collect(),
        Grid::Swung(late) => vec![(0.0, 0), (late, beat / 2), (1.0, beat)],
    }
}

/// Spread of onsets round their place in seconds, and the share of those that are anywhere.
const SPREAD: f64 = 0.022;
const ASTRAY: f64 = 0.05;

/// Likelihood of phases (with the length of their beat) on places that are all equally likely: more
/// places are each less likely, so that the plainest grid that explains the onsets wins.
fn likelihood(phases: &[(f64, f64)], places: &[(f64, Tick)]) -> f64 {
    let each = (1.0 - ASTRAY) / (places.len() - 1) as f64;
    phases
        .iter()
        .map(|&(phase, length)| {
            let density: f64 = places
                .iter()
                .map(|(place, _)| {
                    let z = (phase - place) * length / SPREAD;
                    (-0.5 * z * z).exp() * length / (SPREAD * 2.507)
                })
                .sum();
            (each * density + ASTRAY).ln()
        })
        .sum::<f64>()
        / phases.len().max(1) as f64
}

/// Finds the grid of phases in beats (0 to 1, with the length of the beat in seconds).
fn grid_of(phases: &[(f64, f64)], division: Division) -> Grid {
    let mut grids: Vec<Grid> = match division {
        Division::Simple => [2, 4, 8, 3, 6, 12].map(Grid::Even).to_vec(),
        Division::Compound => [3, 6, 12].map(Grid::Even).to_vec(),
    };
    if division == Division::Simple {
        grids.extend((56..=72).step_by(2).map(|late| Grid::Swung(f64::from(late) / 100.0)));
    }
    let value = |grid: &Grid| likelihood(phases, &places(*grid, 24));
    grids.into_iter().max_by(|a, b| value(a).total_cmp(&value(b))).unwrap_or(Grid::Even(4))
}

/// Beats outside of which a time is not told any more: a file's tempo may make a beat as short as it
/// likes, and ticks are counted in 32 bits.
const FARTHEST: f64 = 1e6;

/// Where a time is among beats: the index of the beat at or before it, the share of that beat, and the
/// beat's length in seconds. Times outside go on at the nearest beat's length.
fn locate(beats: &[f64], at: f64) -> (i64, f64, f64) {
    let last = beats.len() - 1;
    let index = beats.partition_point(|&beat| beat <= at);
    if index == 0 || index > last {
        let (from, length) = if index == 0 {
            (0, beats[1] - beats[0])
        } else {
            (last, beats[last] - beats[last - 1])
        };
        let away = ((at - beats[from]) / length.max(1e-6)).clamp(-FARTHEST, FARTHEST);
        return (from as i64 + away.floor() as i64, away - away.floor(), length);
    }
    let length = beats[index] - beats[index - 1];
    (index as i64 - 1, (at - beats[index - 1]) / length, length)
}

/// Beats from which on a note's end is rounded to half beats: nobody hears where exactly a long note ends.
const LONG: f64 = 2.0;

/// Puts the notes of a piece on a grid. `None` with fewer than two beats.
pub fn quantise(rhythm: &Rhythm, how: Quantisation) -> Option<Quantised> {
    let beats = &rhythm.beats.times;
    if beats.len() < 2 {
        return None;
    }
    let compound = rhythm.beats.division == Division::Compound;
    let meter = rhythm.bars.meter;
    let beat: Tick = match (compound, meter.denominator()) {
        (true, denominator) => 3 * 96 / Tick::from(denominator.max(8)),
        (false, denominator) => 96 / Tick::from(denominator.clamp(1, 8)),
    };
    let located: Vec<(i64, f64, f64)> =
        rhythm.notes.iter().map(|note| locate(beats, note.from)).collect();
    let phases: Vec<(f64, f64)> =
        located.iter().map(|&(_, phase, length)| (phase, length)).collect();
    let grid = match how.grid {
        Some(grid) => grid,
        None if rhythm.is_quantised && rhythm.beats.source != Source::Onsets => Grid::OfFile,
        None => grid_of(&phases, rhythm.beats.division),
    };
    let places = places(grid, beat);
    let nearest = |phase: f64| nearest(&places, phase);
    let halves = self::places(Grid::Ticks(beat / 2), beat);
    // The first bar is whole.
    let bar = rhythm.bars.beats_a_bar().max(1) as i64;
    let first_line = rhythm.bars.lines.first().map_or(0, |&line| line as i64);
    // A note that is a little early belongs to the beat that it means.
    let meant = |&(beat_index, phase, _): &(i64, f64, f64)| {
        beat_index + i64::from(nearest(phase).1 == beat)
    };
    let earliest = located.first().map_or(0, meant).min(first_line);
    let origin = first_line - (first_line - earliest + bar - 1) / bar * bar;
    let tick = |beat_index: i64, inside: Tick| {
        let ticks = (beat_index - origin).saturating_mul(i64::from(beat));
        Tick::try_from(ticks.saturating_add(i64::from(inside)).max(0)).unwrap_or(Tick::MAX)
    };
    let mut timing: std::collections::BTreeMap<(u16, Tick), (usize, f64, f64)> = Default::default();
    let mut placed = Vec::with_capacity(located.len());
    let shortest = places.get(1).map_or(1, |place| place.1).max(1);
    for (note, &(index, phase, length)) in rhythm.notes.iter().zip(&located) {
        let (share, inside) = nearest(phase);
        let onset = tick(index, inside);
        let (end_index, end_phase, _) =
            locate(beats, if how.pedal { note.sounds_until } else { note.until });
        let lasts = (end_index - index) as f64 + end_phase - phase;
        let end = match lasts >= LONG && grid != Grid::OfFile {
            true => self::nearest(&halves, end_phase).1,
            false => nearest(end_phase).1,
        };
        let end = tick(end_index, end);
        placed.push((onset, end.saturating_sub(onset).max(shortest.min(beat / 2)), note.part));
        let late = (phase - share) * length;
        let sums = timing.entry((note.part, inside % beat)).or_default();
        *sums = (sums.0 + 1, sums.1 + late, sums.2 + late * late);
    }
    let timing = timing
        .into_iter()
        .map(|((part, place), (notes, sum, squares))| {
            let mean = sum / notes as f64;
            let spread = (squares / notes as f64 - mean * mean).max(0.0).sqrt();
            Microtiming { part, place, notes, mean, spread }
        })
        .collect();
    let piece = piece(rhythm, &placed, beat, origin);
    Some(Quantised { piece, places: placed, grid, timing })
}

/// The place that is nearest to a share of the beat.
fn nearest(places: &[(f64, Tick)], phase: f64) -> (f64, Tick) {
    let after = places.partition_point(|&(share, _)| share <= phase);
    let (Some(&last), next) = (places[..after].last(), places.get(after)) else { return (0.0, 0) };
    match next {
        Some(&next) if next.0 - phase < phase - last.0 => next,
        _ => last,
    }
}

/// The piece of placed notes.
fn piece(rhythm: &Rhythm, placed: &[(Tick, Tick, u16)], beat: Tick, origin: i64) -> Piece {
    let note = |(heard, &(onset, duration, part)): (&Heard, &(Tick, Tick, u16))| Note {
        onset,
        part: u8::try_from(part).unwrap_or(u8::MAX),
        pitch: heard.pitch,
        duration,
        velocity: heard.velocity,
    };
    let mut notes: Vec<Note> = rhythm.notes.iter().zip(placed).map(note).collect();
    tidy(&mut notes);
    let part = |part: &FilePart| Part {
        name: part.name.clone(),
        program: part.program,
        drums: part.drums,
    };
    let parts: Vec<Part> = rhythm.parts.iter().map(part).take(256).collect();
    let tick = |index: usize| (index as i64 - origin).max(0) as Tick * beat;
    let usual = rhythm.bars.meter;
    let mut changes = vec![(0, usual)];
    for pair in rhythm.bars.lines.windows(2) {
        let length = (pair[1] - pair[0]) as Tick * beat;
        if length != usual.bar() {
            let count = u8::try_from(pair[1] - pair[0]).unwrap_or(u8::MAX);
            let other = if beat.is_multiple_of(36) {
                Meter::new(count.saturating_mul(3), 8)
            } else {
                Meter::new(count, usual.denominator())
            };
            if let Ok(other) = other {
                changes.extend([(tick(pair[0]), other), (tick(pair[1]), usual)]);
            }
        }
    }
    let mut tempi: Vec<TempoChange> = Vec::new();
    for (index, pair) in rhythm.beats.times.windows(2).enumerate() {
        let bpm = f64::from(beat) / 24.0 * 60.0 / (pair[1] - pair[0]).max(1e-3);
        let at = if index == 0 { 0 } else { tick(index) };
        if tempi.last().is_none_or(|last| (last.bpm / bpm - 1.0).abs() > 0.01) {
            tempi.push(TempoChange { at, bpm });
        }
    }
    tempi.dedup_by_key(|change| change.at);
    Piece {
        title: String::new(),
        meters: MeterMap::from_changes(changes),
        tempi,
        key: None,
        drums: parts.iter().all(|part| part.drums),
        parts,
        notes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phases(places: &[f64]) -> Vec<(f64, f64)> {
        // 10 ms early and late at 100 beats a minute.
        let late = |i: usize| 0.01 / 0.6 * ((i * 7 % 5) as f64 - 2.0) / 2.0;
        (0..200).map(|i| ((places[i % places.len()] + late(i)).rem_euclid(1.0), 0.6)).collect()
    }

    #[test]
    fn the_plainest_grid_that_explains_the_onsets_is_taken() {
        let grid = |places: &[f64]| grid_of(&phases(places), Division::Simple);
        assert_eq!(grid(&[0.0, 0.5]), Grid::Even(2));
        assert_eq!(grid(&[0.0, 0.25, 0.5, 0.75]), Grid::Even(4));
        assert_eq!(grid(&[0.0, 1.0 / 3.0, 2.0 / 3.0]), Grid::Even(3));
        assert!(matches!(grid(&[0.0, 0.62]), Grid::Swung(late) if (late - 0.62).abs() < 0.03));
    }
}
