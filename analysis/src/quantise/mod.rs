//! Notes on the grid of the piece, and what is left over: how early and late its parts play.

mod grid;
mod played;

use jukebox_model::meter::{Meter, MeterMap};
use jukebox_model::piece::{Note, Part, Piece, TempoChange, Tick, tidy};

use crate::Rhythm;
use crate::beats::Source;
use crate::beats::density::Division;
use crate::notes::Heard;
use crate::parts::FilePart;
pub use grid::Grid;
use grid::{grid_of, nearest, places};
use played::Played;

/// How a piece is quantised.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Quantisation {
    /// The grid; `None` for the one that the piece uses.
    pub grid: Option<Grid>,
    /// Whether pedals lengthen notes.
    pub pedal: bool,
    /// Ticks of silence, whole bars, that are left out at the start, where the file's own bars are kept.
    pub silence: Tick,
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

/// Beats outside of which a time is not told any more: a file's tempo may make a beat as short as it
/// likes, and ticks are counted in 32 bits.
const FARTHEST: f64 = 1e6;

/// Where a time is among beats: the index of the beat at or before it, the share of that beat, and the
/// beat's length in seconds. Times outside go on at the nearest beat's length.
pub(crate) fn locate(beats: &[f64], at: f64) -> (i64, f64, f64) {
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
    let clicked = rhythm.beats.source == Source::Click;
    let played = (clicked && how.grid.is_none())
        .then(|| Played::of(&rhythm.notes, &located, rhythm.beats.division, beat));
    let grid = match (how.grid, &played) {
        (Some(grid), _) => grid,
        (None, Some(played)) => played.grid,
        (None, None) if rhythm.is_quantised && rhythm.beats.source != Source::Onsets => {
            Grid::OfFile
        }
        (None, None) => {
            let phases: Vec<(f64, f64)> =
                located.iter().map(|&(_, phase, length)| (phase, length)).collect();
            grid_of(&phases, rhythm.beats.division)
        }
    };
    let places = places(grid, beat);
    let nearest = |phase: f64| nearest(&places, phase);
    let place_of = |index: usize| match &played {
        Some(played) => (played.places[index].share, played.places[index].tick),
        None => nearest(located[index].1),
    };
    let halves = self::places(Grid::Ticks(beat / 2), beat);
    // The first bar is whole.
    let bar = rhythm.bars.beats_a_bar().max(1) as i64;
    let lines = match rhythm.bars.lines[..] {
        [first, second, ..] if clicked && second - first < bar as usize => &rhythm.bars.lines[1..],
        _ => &rhythm.bars.lines[..],
    };
    let first_line = lines.first().map_or(0, |&line| line as i64);
    // A note that is a little early belongs to the beat that it means.
    let meant = |index: usize| located[index].0 + i64::from(place_of(index).1 == beat);
    let earliest = if located.is_empty() { 0 } else { meant(0) }.min(first_line);
    let silence = if clicked { i64::from(how.silence / beat) } else { 0 };
    let origin = first_line - (first_line - earliest + bar - 1) / bar * bar + silence;
    let tick = |beat_index: i64, inside: Tick| {
        let ticks = (beat_index - origin).saturating_mul(i64::from(beat));
        Tick::try_from(ticks.saturating_add(i64::from(inside)).max(0)).unwrap_or(Tick::MAX)
    };
    let mut timing: std::collections::BTreeMap<(u16, Tick), (usize, f64, f64)> = Default::default();
    let mut placed = Vec::with_capacity(located.len());
    let shortest = places.get(1).map_or(1, |place| place.1).max(1);
    for (number, (note, &(index, phase, length))) in rhythm.notes.iter().zip(&located).enumerate() {
        let (share, inside) = place_of(number);
        let onset = tick(index, inside);
        let (end_index, end_phase, _) =
            locate(beats, if how.pedal { note.sounds_until } else { note.until });
        let lasts = (end_index - index) as f64 + end_phase - phase;
        let (end, shortest) = match (lasts >= LONG && grid != Grid::OfFile, &played) {
            (true, _) => (self::nearest(&halves, end_phase).1, shortest),
            (false, Some(played)) => (played.end(&played.places[number], end_phase), 2),
            (false, None) => (nearest(end_phase).1, shortest),
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
    let piece = piece(rhythm, lines, &placed, beat, origin);
    Some(Quantised { piece, places: placed, grid, timing })
}

/// The piece of placed notes.
fn piece(
    rhythm: &Rhythm,
    lines: &[usize],
    placed: &[(Tick, Tick, u16)],
    beat: Tick,
    origin: i64,
) -> Piece {
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
    for pair in lines.windows(2) {
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
