//! The piano roll: the phrase of the take that the playhead is in, as it is heard.

use std::ops::Range;
use std::sync::atomic::Ordering::Relaxed;

use egui::{Align2, FontId, Painter, Pos2, Rect, Sense, Stroke, Ui, pos2, vec2};
use jukebox_model::key::pitch_name;
use jukebox_model::meter::Meter;
use jukebox_model::piece::{Note, TICKS_PER_QUARTER, Tick};

use super::app::colours;
use crate::conductor::Live;
use crate::player::Score;

/// Bars on a page: a phrase.
const BARS: u32 = 8;
/// Room for the names of pitches at the left, and of bars at the top, in points.
const MARGIN: egui::Vec2 = vec2(36.0, 20.0);
/// Fewest pitches from the bottom to the top.
const FEWEST_ROWS: i32 = 18;

/// The part of the song that is shown.
#[derive(Debug, PartialEq)]
struct Page {
    ticks: Range<Tick>,
    /// Lowest pitch, and how many rows there are.
    lowest: i32,
    rows: i32,
}

impl Page {
    /// The page with the playhead; notes as they are heard.
    fn of(score: &Score, tick: Tick, notes: impl Fn(Range<Tick>) -> Vec<(Note, i32)>) -> Self {
        let first = score.bar_number(tick) / BARS * BARS;
        let start = bar_line(score, first);
        let ticks = start..bar_line(score, first + BARS).max(start + 1);
        let pitches = || notes(ticks.clone()).into_iter().map(|(_, pitch)| pitch);
        let (low, high) = (pitches().min().unwrap_or(60), pitches().max().unwrap_or(72));
        let rows = (high - low + 3).max(FEWEST_ROWS);
        Self { lowest: (low + high - rows) / 2 + 1, rows, ticks }
    }

    fn x(&self, tick: f64, area: Rect) -> f32 {
        let length = f64::from(self.ticks.end - self.ticks.start);
        area.left() + area.width() * ((tick - f64::from(self.ticks.start)) / length) as f32
    }

    /// The lower edge of a pitch's row.
    fn y(&self, pitch: i32, area: Rect) -> f32 {
        area.bottom() - area.height() * (pitch - self.lowest) as f32 / self.rows as f32
    }
}

/// The tick of a bar line, as if the last meter went on for ever.
fn bar_line(score: &Score, number: u32) -> Tick {
    match (score.bars.get(number as usize), score.bars.last()) {
        (Some(bar), _) => bar.slot.start,
        (None, Some(last)) => {
            let beyond = number.saturating_sub(last.slot.number + 1);
            last.end.saturating_add(beyond.saturating_mul(last.slot.meter.bar()))
        }
        (None, None) => number.saturating_mul(Meter::COMMON.bar()),
    }
}

/// Draws the roll into the rest of a window.
pub fn show(ui: &mut Ui, score: &Score, live: &Live, shift: i32) {
    let (response, painter) = ui.allocate_painter(ui.available_size(), Sense::hover());
    let area = Rect::from_min_max(response.rect.min + MARGIN, response.rect.max);
    let pass = live.pass.load(Relaxed);
    let heard = |ticks| -> Vec<(Note, i32)> {
        let pitch = |note: &Note, drums| i32::from(note.pitch) + if drums { 0 } else { shift };
        score.notes(pass, ticks).map(|(note, drums)| (*note, pitch(note, drums))).collect()
    };
    let page = Page::of(score, live.tick.load(Relaxed), heard);
    draw_grid(&painter, &page, score, area);
    let row = area.height() / page.rows as f32;
    for (note, pitch) in heard(page.ticks.clone()) {
        let end = page.x(f64::from(note.end()), area).min(area.right()) - 1.0;
        let bottom = page.y(pitch, area);
        let left = page.x(f64::from(note.onset), area);
        let shape = Rect::from_min_max(pos2(left, bottom - row), pos2(end.max(left + 1.0), bottom));
        let shade = 0.35 + 0.65 * f32::from(note.velocity) / 127.0;
        painter.rect_filled(shape, 2.0, colours::NOTE.gamma_multiply(shade));
    }
    let playhead = live.position.load(Relaxed) * f64::from(TICKS_PER_QUARTER);
    let x = page.x(playhead, area);
    if area.x_range().contains(x) {
        painter.vline(x, response.rect.y_range(), Stroke::new(1.5, colours::PLAYHEAD));
    }
}

fn draw_grid(painter: &Painter, page: &Page, score: &Score, area: Rect) {
    let text = |at: Pos2, align: Align2, text: String| {
        painter.text(at, align, text, FontId::proportional(11.0), colours::FAINT);
    };
    let row = area.height() / page.rows as f32;
    for pitch in page.lowest..page.lowest + page.rows {
        if matches!(pitch.rem_euclid(12), 1 | 3 | 6 | 8 | 10) {
            let y = page.y(pitch, area);
            let shape = Rect::from_x_y_ranges(area.x_range(), y - row..=y);
            painter.rect_filled(shape, 0.0, colours::SHADE);
        }
    }
    let mut start = page.ticks.start;
    while start < page.ticks.end {
        let number = score.bar_number(start);
        let end = bar_line(score, number + 1).max(start + 1);
        let meter = score.bar_at(start).or(score.bars.last()).map(|bar| bar.slot.meter);
        let beat = meter.unwrap_or_default().beat();
        for tick in (start..end).step_by(beat.max(1) as usize).skip(1) {
            let x = page.x(f64::from(tick), area);
            painter.vline(x, area.y_range(), Stroke::new(1.0, colours::BEAT));
        }
        let x = page.x(f64::from(start), area);
        painter.vline(x, area.y_range(), Stroke::new(1.0, colours::BAR));
        text(pos2(x + 3.0, area.top() - 4.0), Align2::LEFT_BOTTOM, (number + 1).to_string());
        start = end;
    }
    for pitch in (page.lowest..page.lowest + page.rows).filter(|pitch| pitch.rem_euclid(12) == 0) {
        let y = page.y(pitch, area);
        painter.hline(area.x_range(), y, Stroke::new(1.0, colours::BAR));
        if let Ok(pitch @ 0..128) = u8::try_from(pitch) {
            let name = pitch_name(pitch);
            text(pos2(area.left() - 4.0, y), Align2::RIGHT_BOTTOM, name);
        }
    }
}
