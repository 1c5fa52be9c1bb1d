//! Painting the roll: its rows and keyboard, the notes, the playhead.

use egui::{Align2, Painter, Rect, Stroke, pos2, vec2};
use jukebox_model::key::pitch_name;
use jukebox_model::piece::Tick;
use jukebox_model::pitch_classes::PitchClasses;

use super::Heard;
use super::page::{Page, Row, bar_line};
use super::parts;
use crate::editor::theme::{self, Scheme};
use crate::shared::Score;

/// Rows at least as high have the names of all white keys beside them, others those of the Cs.
const NAMED: f32 = 13.0;
/// The least height of an octave whose C has a name.
const OCTAVE: f32 = 16.0;

/// Rows, bar lines and beats.
pub fn grid(painter: &Painter, it: &Scheme, page: &Page, score: &Score) {
    let area = page.area;
    painter.rect_filled(area, 0.0, it.paper);
    for pitch in page.pitches.clone() {
        let Some(y) = page.y(Row::Pitch(pitch)) else { continue };
        if !PitchClasses::WHITE_KEYS.contains(pitch) {
            let shape = Rect::from_x_y_ranges(area.x_range(), y - page.row()..=y);
            painter.rect_filled(shape, 0.0, it.shade);
        }
        if pitch.rem_euclid(12) == 0 {
            painter.hline(area.x_range(), y, Stroke::new(1.0, it.line));
        }
    }
    for (place, &drum) in page.drums.iter().enumerate() {
        let Some(y) = page.y(Row::Drum(drum)) else { continue };
        if place % 2 == 0 {
            let shape = Rect::from_x_y_ranges(area.x_range(), y - page.row()..=y);
            painter.rect_filled(shape, 0.0, it.shade);
        }
    }
    let wide_enough = area.width() / (page.bars.end - page.bars.start) as f32 > 40.0;
    for slot in page.slots(score) {
        let end = bar_line(score, slot.number + 1).max(slot.start + 1);
        let beats = (slot.start..end).step_by(slot.meter.beat().max(1) as usize).skip(1);
        for tick in beats.filter(|_| wide_enough) {
            painter.vline(page.x(f64::from(tick)), area.y_range(), Stroke::new(1.0, it.beat));
        }
        let x = page.x(f64::from(slot.start));
        painter.vline(x, area.y_range(), Stroke::new(1.0, it.line));
    }
    if page.has_both()
        && let Some(&top) = page.drums.last()
        && let Some(y) = page.y(Row::Drum(top))
    {
        painter.hline(area.x_range(), y - page.row() - 3.0, Stroke::new(1.0, it.line));
    }
}

/// The keyboard at the edge, with the keys that sound, and the names of the drums.
pub fn keyboard(painter: &Painter, it: &Scheme, page: &Page, area: Rect, sounding: &[(Row, u8)]) {
    painter.rect_filled(area, 0.0, it.panel);
    let row = page.row();
    // Names may be higher than their rows, and come over what lies around.
    let mut names = Vec::new();
    let lit = |row: Row| sounding.iter().find(|it| it.0 == row).map(|it| it.1);
    for pitch in page.pitches.clone() {
        let Some(y) = page.y(Row::Pitch(pitch)) else { continue };
        let white = PitchClasses::WHITE_KEYS.contains(pitch);
        let key = Rect::from_x_y_ranges(area.x_range(), y - row..=y);
        let key = match white {
            true => key,
            false => key.with_max_x(area.left() + area.width() * 0.6),
        };
        if !white {
            painter.rect_filled(Rect::from_x_y_ranges(area.x_range(), y - row..=y), 0.0, it.ivory);
            let middle = y - row / 2.0;
            painter.hline(area.x_range(), middle, Stroke::new(0.5, it.faint));
        }
        let colour = match (lit(Row::Pitch(pitch)), white) {
            // Its name is to be read.
            (Some(part), _) => it.ivory.lerp_to_gamma(it.part(part), 0.6),
            (None, true) => it.ivory,
            (None, false) => it.ebony,
        };
        painter.rect_filled(key, 0.0, colour);
        // E and B have no black key above them.
        if [4, 11].contains(&pitch.rem_euclid(12)) {
            painter.hline(area.x_range(), y - row, Stroke::new(0.5, it.faint));
        }
        let is_c = pitch.rem_euclid(12) == 0;
        if let Ok(key @ 0..128) = u8::try_from(pitch)
            && ((is_c && 12.0 * row >= OCTAVE) || (white && row >= NAMED))
        {
            names.push((y - row / 2.0, pitch_name(key)));
        }
    }
    for (y, name) in names {
        let half = theme::SIZES[0] / 2.0;
        let at = pos2(area.right() - 4.0, y.clamp(area.top() + half, area.bottom() - half));
        painter.text(at, Align2::RIGHT_CENTER, name, theme::small(), it.ebony);
    }
    for &drum in &page.drums {
        let Some(y) = page.y(Row::Drum(drum)) else { continue };
        let key = Rect::from_x_y_ranges(area.x_range(), y - row..=y);
        if lit(Row::Drum(drum)).is_some() {
            painter.rect_filled(key, 0.0, it.raised);
        }
        if row >= NAMED && page.pitches.is_empty() {
            let name = parts::drum(drum).map_or_else(|| format!("Key {drum}"), str::to_owned);
            let at = pos2(area.right() - 4.0, y - row / 2.0);
            painter.text(at, Align2::RIGHT_CENTER, name, theme::small(), it.faint);
        }
    }
    painter.vline(area.right(), area.y_range(), Stroke::new(1.0, it.line));
}

/// The notes in the colours of their parts, brighter the louder, underlined where they come back; those that sound
/// at a tick light up. Notes of a part in front lie over the others, which pale.
pub fn notes(
    painter: &Painter,
    it: &Scheme,
    page: &Page,
    heard: &[Heard],
    now: Tick,
    front: Option<u8>,
) {
    let row = page.row();
    let is_behind =
        |heard: &&Heard| heard.silent || front.is_some_and(|front| heard.note.part != front);
    let in_order = heard.iter().filter(is_behind).chain(heard.iter().filter(|it| !is_behind(it)));
    for heard in in_order {
        let Heard { note, row: place, copied, .. } = heard;
        let Some(bottom) = page.y(*place) else { continue };
        let left = page.x(f64::from(note.onset));
        let right = (page.x(f64::from(note.end())) - 1.0).min(page.area.right());
        let shape =
            Rect::from_min_max(pos2(left, bottom - row), pos2(right.max(left + 2.5), bottom));
        let loud = f32::from(note.velocity) / 127.0;
        // Lower, too, where there is room to see it.
        let slim = if row >= 9.0 { row * 0.22 * (1.0 - loud) } else { 0.0 };
        let shape = shape.shrink2(vec2(0.0, (row * 0.08).min(1.5) + slim));
        let sounds = (note.onset..note.end()).contains(&now);
        let behind = is_behind(&heard);
        let colour = match (sounds, behind) {
            (_, true) => it.part(note.part).gamma_multiply(0.35),
            (true, false) => it.playhead,
            (false, false) => it.part(note.part),
        };
        parts::note(painter, shape, note.part, colour, loud);
        if *copied && !behind {
            let thick = (row * 0.2).clamp(1.0, 2.5);
            let under = Rect::from_x_y_ranges(shape.x_range(), bottom - thick..=bottom);
            painter.rect_filled(under, 0.0, it.motif);
        }
    }
}

/// Where the song listens.
pub fn listening(painter: &Painter, it: &Scheme, page: &Page, score: &Score) {
    let in_view = |range: &&std::ops::Range<Tick>| {
        range.start < page.ticks.end && range.end > page.ticks.start
    };
    for range in score.listens.iter().filter(in_view) {
        let from = page.x(f64::from(range.start.max(page.ticks.start)));
        let to = page.x(f64::from(range.end.min(page.ticks.end)));
        let area = Rect::from_x_y_ranges(from..=to, page.area.y_range());
        painter.rect_filled(area, 0.0, it.perform.gamma_multiply(0.08));
        let at = area.center();
        painter.text(at, Align2::CENTER_CENTER, "listening", theme::large(), it.perform);
    }
}

/// The playhead, where it is in view.
pub fn playhead(painter: &Painter, it: &Scheme, page: &Page, tick: f64, top: f32) {
    let x = page.x(tick);
    if page.area.x_range().contains(x) {
        painter.vline(x, top..=page.area.bottom(), Stroke::new(1.5, it.playhead));
        let tip = [pos2(x - 5.0, top), pos2(x + 5.0, top), pos2(x, top + 6.0)];
        painter.add(egui::Shape::convex_polygon(tip.to_vec(), it.playhead, Stroke::NONE));
    }
}

/// Bars that are to be composed yet, and what to do where nothing is.
pub fn waiting(painter: &Painter, it: &Scheme, page: &Page, text: &str) {
    let at = page.area.center();
    painter.text(at, Align2::CENTER_CENTER, text, theme::large(), it.faint);
}
