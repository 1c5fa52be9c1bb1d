//! The part of the song that is in view: from song time and pitch to places in the window.

use std::ops::Range;

use egui::Rect;
use jukebox_model::meter::{BarSlot, Meter};
use jukebox_model::piece::Tick;

use crate::shared::Score;

/// Fewest pitches from the bottom to the top.
const FEWEST_ROWS: i32 = 18;

/// The part of the song that is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// Its bars.
    pub bars: Range<u32>,
    pub ticks: Range<Tick>,
    /// Lowest pitch, and how many rows there are.
    pub lowest: i32,
    pub rows: i32,
    /// Where it is drawn.
    pub area: Rect,
}

impl Page {
    /// Some bars of a song, with room for pitches that are heard.
    pub fn new(
        score: &Score,
        bars: Range<u32>,
        area: Rect,
        pitches: impl Iterator<Item = i32> + Clone,
    ) -> Self {
        let start = bar_line(score, bars.start);
        let ticks = start..bar_line(score, bars.end).max(start + 1);
        let (low, high) = (pitches.clone().min().unwrap_or(60), pitches.max().unwrap_or(72));
        let rows = (high - low + 3).max(FEWEST_ROWS);
        Self { bars, ticks, lowest: (low + high - rows) / 2 + 1, rows, area }
    }

    /// The place of a tick from left to right.
    pub fn x(&self, tick: f64) -> f32 {
        let length = f64::from(self.ticks.end - self.ticks.start);
        let share = (tick - f64::from(self.ticks.start)) / length;
        self.area.left() + self.area.width() * share as f32
    }

    /// The lower edge of a pitch's row.
    pub fn y(&self, pitch: i32) -> f32 {
        self.area.bottom() - self.row() * (pitch - self.lowest) as f32
    }

    /// The height of a row.
    pub fn row(&self) -> f32 {
        self.area.height() / self.rows as f32
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

    #[test]
    fn places_and_song_time_are_each_others_inverse() {
        let area = Rect::from_min_size(pos2(40.0, 30.0), vec2(800.0, 300.0));
        let page = Page::new(&Score::default(), 4..12, area, [60, 64].into_iter());
        assert_eq!(page.ticks, 4 * 96..12 * 96);
        assert_eq!((page.x(384.0), page.x(1152.0)), (40.0, 840.0));
        for tick in [384, 400, 777, 1151] {
            assert_eq!(page.tick(page.x(f64::from(tick)) + 0.01), tick);
        }
        assert_eq!(page.tick(-100.0), 384);
        assert_eq!(page.tick(9e9), 1151);
        assert!(page.y(60) > page.y(64) && page.y(60) < area.bottom());
    }
}
