//! Painting the roll.

use egui::{Align2, FontId, Painter, Pos2, Rect, Stroke, pos2, vec2};
use jukebox_model::key::pitch_name;
use jukebox_model::piece::Tick;
use jukebox_model::pitch_classes::PitchClasses;

use super::Heard;
use super::page::{Page, bar_line};
use crate::editor::theme;
use crate::shared::Score;
use crate::shared::View;

/// Rows at least as high have the names of all white keys beside them, others those of the Cs.
const NAMED: f32 = 12.0;

/// Rows, bar lines and beats.
pub fn grid(painter: &Painter, page: &Page, score: &Score) {
    let area = page.area;
    painter.rect_filled(area, 0.0, theme::PAPER);
    for pitch in page.lowest..page.lowest + page.rows {
        let y = page.y(pitch);
        let white = PitchClasses::WHITE_KEYS.contains(pitch);
        if !white {
            let shape = Rect::from_x_y_ranges(area.x_range(), y - page.row()..=y);
            painter.rect_filled(shape, 0.0, theme::SHADE);
        }
        if pitch.rem_euclid(12) == 0 {
            painter.hline(area.x_range(), y, Stroke::new(1.0, theme::LINE));
        }
        if let Ok(key @ 0..128) = u8::try_from(pitch)
            && (pitch.rem_euclid(12) == 0 || (white && page.row() >= NAMED))
        {
            let at = pos2(area.left() - 5.0, y - page.row() / 2.0);
            let colour = if pitch.rem_euclid(12) == 0 { theme::TEXT } else { theme::FAINT };
            painter.text(at, Align2::RIGHT_CENTER, pitch_name(key), theme::small(), colour);
        }
    }
    let wide_enough = area.width() / (page.bars.end - page.bars.start) as f32 > 40.0;
    for slot in page.slots(score) {
        let end = bar_line(score, slot.number + 1).max(slot.start + 1);
        let beats = (slot.start..end).step_by(slot.meter.beat().max(1) as usize).skip(1);
        for tick in beats.filter(|_| wide_enough) {
            painter.vline(page.x(f64::from(tick)), area.y_range(), Stroke::new(1.0, theme::BEAT));
        }
        let x = page.x(f64::from(slot.start));
        painter.vline(x, area.y_range(), Stroke::new(1.0, theme::LINE));
    }
}

/// The notes, brighter the louder, motifs that come back in a tint of their own; those that sound at a tick light up.
pub fn notes(painter: &Painter, page: &Page, heard: &[Heard], now: Tick) {
    let row = page.row();
    for Heard { note, pitch, copied } in heard {
        let left = page.x(f64::from(note.onset));
        let right = (page.x(f64::from(note.end())) - 1.0).min(page.area.right());
        let bottom = page.y(*pitch);
        let shape =
            Rect::from_min_max(pos2(left, bottom - row), pos2(right.max(left + 2.0), bottom));
        let shape = shape.shrink2(vec2(0.0, (row * 0.08).min(1.5)));
        let tint = if *copied { theme::MOTIF } else { theme::NOTE };
        let sounds = (note.onset..note.end()).contains(&now);
        let light = 0.4 + 0.6 * f32::from(note.velocity) / 127.0;
        let colour = if sounds { theme::PLAYHEAD } else { tint.gamma_multiply(light) };
        painter.rect_filled(shape, (row * 0.3).min(3.0), colour);
    }
}

/// The heads of the bars: number, and a lock.
pub fn heads(
    painter: &Painter,
    page: &Page,
    score: &Score,
    view: &View,
    heads: Rect,
    pointer: Option<Pos2>,
) {
    painter.rect_filled(heads, 0.0, theme::PANEL);
    for slot in page.slots(score) {
        let (left, right) =
            (page.x(f64::from(slot.start)), page.x(f64::from(bar_line(score, slot.number + 1))));
        let head = Rect::from_x_y_ranges(left + 1.0..=right, heads.y_range());
        let locked = view.locked.get(slot.number as usize).copied().unwrap_or(false);
        let hovered = pointer.is_some_and(|at| head.contains(at));
        if locked {
            painter.rect_filled(head, 0.0, theme::LOCK.gamma_multiply(0.28));
            let below = Rect::from_x_y_ranges(head.x_range(), page.area.y_range());
            painter.rect_filled(below, 0.0, theme::LOCK.gamma_multiply(0.06));
        } else if hovered {
            painter.rect_filled(head, 0.0, theme::RAISED);
        }
        let composed = (slot.number as usize) < score.bars.len();
        let colour = if composed { theme::TEXT } else { theme::FAINT };
        let looped = view.slots.get(slot.number as usize).map(|slot| slot + 1);
        let text = match looped {
            Some(bar) if bar != slot.number + 1 => format!("{}  ({bar})", slot.number + 1),
            _ => (slot.number + 1).to_string(),
        };
        let at = head.left_center() + vec2(5.0, 0.0);
        let name = painter.text(at, Align2::LEFT_CENTER, text, theme::small(), colour);
        let narrow = head.width() < name.width() + 26.0;
        if locked {
            padlock(painter, head.right_center() - vec2(10.0, 0.0), theme::LOCK, true);
        } else if hovered && composed && !narrow {
            padlock(painter, head.right_center() - vec2(10.0, 0.0), theme::FAINT, false);
        }
    }
    let listening = score
        .listens
        .iter()
        .filter(|range| range.start < page.ticks.end && range.end > page.ticks.start);
    for range in listening {
        let from = page.x(f64::from(range.start.max(page.ticks.start)));
        let to = page.x(f64::from(range.end.min(page.ticks.end)));
        let area = Rect::from_x_y_ranges(from..=to, page.area.y_range());
        painter.rect_filled(area, 0.0, theme::PERFORM.gamma_multiply(0.08));
        let font = FontId::proportional(15.0);
        painter.text(area.center(), Align2::CENTER_CENTER, "listening", font, theme::PERFORM);
    }
}

/// A padlock, closed or open, in strokes, so that no font need have one.
fn padlock(painter: &Painter, at: Pos2, colour: egui::Color32, closed: bool) {
    let body = Rect::from_center_size(at + vec2(0.0, 2.5), vec2(9.0, 7.0));
    painter.rect_filled(body, 1.5, colour);
    let lift = if closed { 0.0 } else { -2.0 };
    let shackle = |x: f32, y: f32| pos2(at.x + x, at.y + y + lift);
    let points = vec![
        shackle(-2.7, 0.0),
        shackle(-2.7, -2.5),
        shackle(-1.2, -4.4),
        shackle(1.2, -4.4),
        shackle(2.7, -2.5),
        shackle(2.7, if closed { 0.0 } else { -1.0 }),
    ];
    painter.line(points, Stroke::new(1.6, colour));
}

/// The playhead, where it is in view.
pub fn playhead(painter: &Painter, page: &Page, tick: f64, heads: Rect) {
    let x = page.x(tick);
    if page.area.x_range().contains(x) {
        let top = heads.top();
        painter.vline(x, top..=page.area.bottom(), Stroke::new(1.5, theme::PLAYHEAD));
        let tip = [pos2(x - 5.0, top), pos2(x + 5.0, top), pos2(x, top + 6.0)];
        painter.add(egui::Shape::convex_polygon(tip.to_vec(), theme::PLAYHEAD, Stroke::NONE));
    }
}
