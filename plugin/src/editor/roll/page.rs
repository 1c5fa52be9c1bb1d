//! The part of the song that is in view: from song time and pitch to places in the window.

use std::ops::Range;

use egui::Rect;
use jukebox_model::meter::{BarSlot, Meter};
use jukebox_model::piece::Tick;

use crate::shared::Score;

/// Fewest pitches from the bottom to the top.
const FEWEST_ROWS: i32 = 18;
/// Fewest rows where there are only drums.
const FEWEST_DRUMS: usize = 8;
/// Between the pitches and the drums, in points.
const GAP: f32 = 6.0;

/// The row of a note: of its pitch, or of its drum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// A pitch.
    Pitch(i32),
    /// The key of a drum.
    Drum(u8),
}

/// The part of the song that is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// Its bars.
    pub bars: Range<u32>,
    pub ticks: Range<Tick>,
    /// The pitches that have rows; none where there are only drums.
    pub pitches: Range<i32>,
    /// The drums that have rows, from the bottom up, below the pitches.
    pub drums: Vec<u8>,
    /// Where it is drawn.
    pub area: Rect,
}

impl Page {
    /// Some bars of a song, with room for the pitches that are heard in them and for drums.
    pub fn new(
        score: &Score,
        bars: Range<u32>,
        area: Rect,
        rows: impl Iterator<Item = Row> + Clone,
        drums: Vec<u8>,
    ) -> Self {
        let start = bar_line(score, bars.start);
        let ticks = start..bar_line(score, bars.end).max(start + 1);
        let pitches = rows.filter_map(|row| match row {
            Row::Pitch(pitch) => Some(pitch),
            Row::Drum(_) => None,
        });
        let range = pitches.clone().min().zip(pitches.max());
        let (low, high) = match range {
            None if !drums.is_empty() => return Self { bars, ticks, pitches: 0..0, drums, area },
            range => range.unwrap_or((60, 72)),
        };
        let rows = (high - low + 3).max(FEWEST_ROWS);
        let lowest = (low + high - rows) / 2 + 1;
        Self { bars, ticks, pitches: lowest..lowest + rows, drums, area }
    }

    /// The place of a tick from left to right.
    pub fn x(&self, tick: f64) -> f32 {
        let length = f64::from(self.ticks.end - self.ticks.start);
        let share = (tick - f64::from(self.ticks.start)) / length;
        self.area.left() + self.area.width() * share as f32
    }

    /// The lower edge of a row; `None` for a drum that has none.
    pub fn y(&self, row: Row) -> Option<f32> {
        let from_bottom = match row {
            Row::Drum(key) => self.row() * self.drums.iter().position(|&drum| drum == key)? as f32,
            Row::Pitch(pitch) => {
                self.drum_height() + self.row() * (pitch - self.pitches.start) as f32
            }
        };
        Some(self.area.bottom() - from_bottom)
    }

    /// The height of a row.
    pub fn row(&self) -> f32 {
        let drums = match self.pitches.is_empty() {
            true => self.drums.len().max(FEWEST_DRUMS),
            false => self.drums.len(),
        };
        let gap = if self.has_both() { GAP } else { 0.0 };
        let rows = self.pitches.len() + drums;
        ((self.area.height() - gap) / rows.max(1) as f32).max(0.5)
    }

    /// Whether there are pitches above drums.
    pub fn has_both(&self) -> bool {
        !self.pitches.is_empty() && !self.drums.is_empty()
    }

    /// The height of the drums' rows, and of the gap above them.
    fn drum_height(&self) -> f32 {
        let gap = if self.has_both() { GAP } else { 0.0 };
        self.row() * self.drums.len() as f32 + gap
    }

    /// The tick at a place from left to right.
    pub fn tick(&self, x: f32) -> Tick {
        let share = ((x - self.area.left()) / self.area.width()).clamp(0.0, 1.0);
        let ticks = f64::from(self.ticks.end - self.ticks.start) * f64::from(share);
        self.ticks.start + (ticks as Tick).min(self.ticks.end - self.ticks.start - 1)
    }

    /// The bars in view, with their places on the grid.
    pub fn slots<'a>(&'a self, score: &'a Score) -> impl Iterator<Item = BarSlot> + 'a {
        self.bars.clone().map(move |number| slot(score, number))
    }

    /// From where to where a bar goes.
    pub fn bar(&self, score: &Score, slot: BarSlot) -> egui::Rangef {
        let end = bar_line(score, slot.number + 1);
        egui::Rangef::new(self.x(f64::from(slot.start)), self.x(f64::from(end)))
    }
}

/// A bar of the song, as if the last meter went on for ever.
fn slot(score: &Score, number: u32) -> BarSlot {
    match (score.bars.get(number as usize), score.bars.last()) {
        (Some(bar), _) => bar.slot,
        (None, last) => BarSlot {
            number,
            start: bar_line(score, number),
            meter: last.map_or(Meter::COMMON, |last| last.slot.meter),
        },
    }
}

/// The tick of a bar line, as if the last meter went on for ever.
pub fn bar_line(score: &Score, number: u32) -> Tick {
    match (score.bars.get(number as usize), score.bars.last()) {
        (Some(bar), _) => bar.slot.start,
        (None, Some(last)) => {
            let beyond = number.saturating_sub(last.slot.number + 1);
            last.end.saturating_add(beyond.saturating_mul(last.slot.meter.bar()))
        }
        (None, None) => number.saturating_mul(Meter::COMMON.bar()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::{pos2, vec2};

    fn page(rows: &[Row], drums: Vec<u8>) -> Page {
        let area = Rect::from_min_size(pos2(40.0, 30.0), vec2(800.0, 300.0));
        Page::new(&Score::default(), 4..12, area, rows.iter().copied(), drums)
    }

    #[test]
    fn places_and_song_time_are_each_others_inverse() {
        let page = page(&[Row::Pitch(60), Row::Pitch(64)], Vec::new());
        assert_eq!(page.ticks, 4 * 96..12 * 96);
        assert_eq!((page.x(384.0), page.x(1152.0)), (40.0, 840.0));
        for tick in [384, 400, 777, 1151] {
            assert_eq!(page.tick(page.x(f64::from(tick)) + 0.01), tick);
        }
        assert_eq!(page.tick(-100.0), 384);
        assert_eq!(page.tick(9e9), 1151);
        let y = |pitch| page.y(Row::Pitch(pitch)).unwrap();
        assert!(y(60) > y(64) && y(60) < page.area.bottom());
    }

    #[test]
    fn drums_lie_below_the_pitches() {
        let rows = [Row::Pitch(40), Row::Drum(36), Row::Pitch(80), Row::Drum(38)];
        let both = page(&rows, vec![36, 38]);
        let y = |row| both.y(row).unwrap();
        assert_eq!(y(Row::Drum(36)), both.area.bottom());
        assert!(y(Row::Pitch(40)) < y(Row::Drum(38)) && both.has_both());
        let top = y(Row::Pitch(both.pitches.end - 1)) - both.row();
        assert!((top - both.area.top()).abs() < 0.01, "{top}");
        let only = page(&rows[1..2], vec![36, 38]);
        assert!(only.pitches.is_empty() && only.y(Row::Drum(99)).is_none());
        assert!(only.row() <= 300.0 / 8.0);
    }
}
