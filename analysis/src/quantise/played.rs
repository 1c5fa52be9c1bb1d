//! Where notes belong that were played near a grid that is known.
//!
//! Two things are told apart that both move onsets. Who plays late does so by habit: what a part, or a drum, is
//! late in the median is taken off first. And a beat in triplets among 16ths has its own grid: each part is laid
//! on the plainest one for each beat.

use std::collections::BTreeMap;

use jukebox_model::piece::Tick;

use super::grid::{Grid, clicked_grid, log_likelihood, nearest, places, sixteenths};
use crate::beats::density::Division;
use crate::notes::Heard;

/// Places of a beat as shares of it, with their ticks.
type Places = Vec<(f64, Tick)>;

/// A note's place.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Share of the beat, 0 to 1.
    pub share: f64,
    /// Tick in the beat, up to a whole beat.
    pub tick: Tick,
    /// Share of the beat by which its part is late.
    pub late: f64,
    /// Which of the grids it lies on.
    grid: usize,
}

/// A piece's grids, and the places of its notes on them.
pub struct Played {
    /// The grid that explains most.
    pub grid: Grid,
    /// By note.
    pub places: Vec<Place>,
    /// By grid: where notes may end.
    ends: Vec<Places>,
}

/// Costs of a beat on halves of the piece's grid, or 16ths, and on any other grid than the piece's, and of each
/// note there that is not on the piece's, in nats.
const HALVES: f64 = 1.5;
const OTHER: f64 = 2.5;
const NOTE: f64 = 0.7;

/// Least and most spread of onsets in seconds.
const SPREADS: (f64, f64) = (0.01, 0.025);

/// Most seconds by which a part is late or early as a habit, and notes that make one.
const HABIT: f64 = 0.04;
const ENOUGH: usize = 8;

impl Played {
    /// Places notes, with the beat, the share and the length in seconds at which each lies, in beats of so many
    /// ticks.
    pub fn of(
        notes: &[Heard],
        located: &[(i64, f64, f64)],
        division: Division,
        beat: Tick,
    ) -> Self {
        let phases: Vec<(f64, f64)> =
            located.iter().map(|&(_, phase, length)| (phase, length)).collect();
        let grid = clicked_grid(&phases, division);
        let usual = as_played(&places(grid, beat), beat);
        let late = lateness(notes, located, &usual);
        let spread = spread(&late, located, &usual);
        let others: &[u8] = match division {
            Division::Simple => &[3, 8, 6],
            Division::Compound => &[2, 4, 12],
        };
        // Each with its cost, the plainest first.
        let mut grids = vec![(usual.clone(), 0.0)];
        grids.push(match (division, grid) {
            (Division::Simple, Grid::Even(_)) => {
                (as_played(&places(sixteenths(&phases), beat), beat), HALVES)
            }
            _ => (halved(&usual, beat), HALVES),
        });
        let other = |&parts: &u8| (as_played(&places(Grid::Even(parts), beat), beat), OTHER);
        grids.extend(others.iter().map(other));
        // What each part plays in a beat.
        let mut groups = BTreeMap::<(u16, i64), Vec<usize>>::new();
        for (index, (note, &(at, ..))) in notes.iter().zip(located).enumerate() {
            groups.entry((note.part, at)).or_default().push(index);
        }
        let nowhere = Place { share: 0.0, tick: 0, late: 0.0, grid: 0 };
        let mut placed = vec![nowhere; notes.len()];
        for group in groups.values() {
            let value = |(places, cost): &(Places, f64)| {
                let fit = group.iter().map(|&note| {
                    let (_, phase, length) = located[note];
                    let phase = phase - late[note] / length;
                    let place = nearest(places, phase).0;
                    let is_usual = (nearest(&usual, place).0 - place).abs() < 1e-6;
                    log_likelihood((phase - place) * length, spread, length, usual.len() - 1)
                        - if is_usual { 0.0 } else { NOTE }
                });
                fit.sum::<f64>() - cost
            };
            let values = grids.iter().map(value).enumerate();
            // The first of equals.
            let best = values.fold((0, f64::MIN), |best, it| if it.1 > best.1 { it } else { best });
            for &note in group {
                let (_, phase, length) = located[note];
                let late = late[note] / length;
                let (share, tick) = nearest(&grids[best.0].0, phase - late);
                placed[note] = Place { share, tick, late, grid: best.0 };
            }
        }
        let ends = grids.iter().map(|(places, _)| halved(places, beat)).collect();
        Self { grid, places: placed, ends }
    }

    /// The tick in its beat at which a note ends, up to a whole beat, that is released at a share of it.
    pub fn end(&self, note: &Place, share: f64) -> Tick {
        nearest(&self.ends[note.grid], share - note.late).1
    }
}

/// Places with the ticks at which they are played: swing is kept.
fn as_played(places: &[(f64, Tick)], beat: Tick) -> Places {
    places.iter().map(|&(share, _)| (share, (share * f64::from(beat)).round() as Tick)).collect()
}

/// Places and those halfway between them.
fn halved(places: &[(f64, Tick)], beat: Tick) -> Places {
    let between = places.windows(2).map(|pair| (0.5 * (pair[0].0 + pair[1].0), 0));
    let mut all: Places = places.iter().copied().chain(between).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    as_played(&all, beat)
}

/// Seconds by which each note's part is late by habit; of drums each by itself.
fn lateness(notes: &[Heard], located: &[(i64, f64, f64)], places: &[(f64, Tick)]) -> Vec<f64> {
    let who = |note: &Heard| (note.part, if note.drum { note.pitch } else { 0 });
    let mut late = BTreeMap::<(u16, u8), Vec<f64>>::new();
    for (note, &(_, phase, length)) in notes.iter().zip(located) {
        let seconds = (phase - nearest(places, phase).0) * length;
        // What is farther off lies on a finer grid.
        if seconds.abs() < 1.5 * HABIT {
            late.entry(who(note)).or_default().push(seconds);
        }
    }
    let median = |mut seconds: Vec<f64>| {
        let middle = seconds.len() / 2;
        let median = *seconds.select_nth_unstable_by(middle, f64::total_cmp).1;
        if seconds.len() < ENOUGH { 0.0 } else { median.clamp(-HABIT, HABIT) }
    };
    let habits: BTreeMap<(u16, u8), f64> =
        late.into_iter().map(|(who, seconds)| (who, median(seconds))).collect();
    notes.iter().map(|note| habits.get(&who(note)).copied().unwrap_or(0.0)).collect()
}

/// Spread of onsets round their places in seconds, from the median distance, which a few on finer grids leave alone.
fn spread(late: &[f64], located: &[(i64, f64, f64)], places: &[(f64, Tick)]) -> f64 {
    let mut apart: Vec<f64> = (located.iter().zip(late))
        .map(|(&(_, phase, length), late)| {
            let phase = phase - late / length;
            (phase - nearest(places, phase).0).abs() * length
        })
        .collect();
    let middle = apart.len() / 2;
    if apart.is_empty() {
        return SPREADS.1;
    }
    let median = *apart.select_nth_unstable_by(middle, f64::total_cmp).1;
    (1.483 * median).clamp(SPREADS.0, SPREADS.1)
}
