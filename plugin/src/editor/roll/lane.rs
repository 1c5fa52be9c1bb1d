//! The sheet lane over the roll: bars with their locks, the loop's brace, sections and chords.

use std::ops::Range;

use egui::{Align2, Painter, Pos2, Rangef, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::page::Page;
use super::sections::Sections;
use crate::editor::icons;
use crate::editor::theme::{self, Scheme};
use crate::shared::View;
use crate::song::{Parts, bit};
use jukebox_model::chord::Chord;
use jukebox_model::key::KeySignature;
use jukebox_model::meter::BarSlot;
use jukebox_model::sheet::SongForm;

/// Heights of the rows, in points.
pub const BARS: f32 = 24.0;
pub const SECTIONS: f32 = 20.0;
pub const CHORDS: f32 = 20.0;
/// The least width of a bar that has a lock handle.
const HANDLE: f32 = 34.0;

/// Where the rows are.
#[derive(Clone, Copy, Debug)]
pub struct Lane {
    /// The heads of the bars.
    pub heads: Rect,
    pub sections: Rect,
    /// Of no height where no chords are known.
    pub chords: Rect,
}

impl Lane {
    /// The rows at the top of an area; the height of all.
    pub fn new(x: Rangef, top: f32, has_chords: bool) -> (Self, f32) {
        let row = |top: f32, height: f32| Rect::from_x_y_ranges(x, top..=top + height);
        let chords = if has_chords { CHORDS } else { 0.0 };
        let lane = Self {
            heads: row(top, BARS),
            sections: row(top + BARS, SECTIONS),
            chords: row(top + BARS + SECTIONS, chords),
        };
        (lane, BARS + SECTIONS + chords)
    }

    /// What can be done at a place of the lane.
    pub fn tip(&self, at: Pos2) -> Option<String> {
        let tip = match at {
            _ if self.heads.contains(at) => "Click to lock the bar, drag over several.",
            _ if self.sections.contains(at) => {
                "Sections: the same letter where the music comes back. Click to write your own, such as AABA."
            }
            _ if self.chords.contains(at) => {
                "Click to write chords from this bar on, such as Am F C G; nothing at all wipes them out."
            }
            _ => return None,
        };
        Some(tip.to_owned())
    }

    /// Draws what the rows are called, beside them.
    pub fn names(&self, ui: &Ui, painter: &Painter, left: f32) {
        let it = theme::of(ui);
        for (row, name) in [(self.sections, "Form"), (self.chords, "Chords")] {
            if row.height() > 0.0 {
                let at = row.left_center() - vec2(5.0, 0.0);
                let name = painter.layout_no_wrap(name.to_owned(), theme::small(), it.faint);
                if at.x - name.size().x >= left {
                    let place = Align2::RIGHT_CENTER.anchor_size(at, name.size());
                    painter.galley(place.min, name, it.faint);
                }
            }
        }
    }

    /// Draws the heads of the bars: number, lock handle, and the brace of the loop.
    pub fn heads(
        &self,
        ui: &Ui,
        painter: &Painter,
        page: &Page,
        view: &View,
        (pointer, front): (Option<Pos2>, Option<u8>),
    ) {
        let (it, score) = (theme::of(ui), &view.score);
        painter.rect_filled(self.heads, 0.0, it.panel);
        let width = page.area.width() / page.bars.len().max(1) as f32;
        let every = numbered(width);
        for slot in page.slots(score) {
            let bar = page.bar(score, slot);
            let head = Rect::from_x_y_ranges(bar.min + 1.0..=bar.max, self.heads.y_range());
            let parts = view.locked_parts.get(slot.number as usize).copied().unwrap_or(0);
            let all = view.locked.get(slot.number as usize).copied().unwrap_or(false);
            let locked = front.map_or(all, |front| parts & bit(front) != 0);
            let hovered = pointer.is_some_and(|at| head.contains(at));
            if locked {
                painter.rect_filled(head, 0.0, it.lock.gamma_multiply(0.25));
                let below = Rect::from_x_y_ranges(head.x_range(), page.area.y_range());
                painter.rect_filled(below, 0.0, it.lock.gamma_multiply(0.06));
            } else if hovered {
                painter.rect_filled(head, 0.0, it.raised);
            }
            if !all && parts != 0 {
                locked_parts(painter, it, head, parts);
            }
            let composed = (slot.number as usize) < score.bars.len();
            self.number(painter, it, view, slot, head, composed, every);
            if composed && head.width() > HANDLE {
                let colour = if locked { it.lock } else { it.faint };
                icons::padlock(painter, head.right_center() - vec2(11.0, 0.0), colour, locked);
            }
            if composed {
                let name = format!("Lock bar {}", slot.number + 1);
                let handle =
                    ui.interact(head, ui.scope_id().with(("bar", slot.number)), Sense::hover());
                handle.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, locked, &name));
            }
        }
        self.brace(painter, it, page, view);
    }

    #[expect(clippy::too_many_arguments, reason = "what is drawn of a bar's number")]
    fn number(
        &self,
        painter: &Painter,
        it: &Scheme,
        view: &View,
        slot: BarSlot,
        head: Rect,
        composed: bool,
        every: u32,
    ) {
        if !slot.number.is_multiple_of(every) {
            return;
        }
        let colour = if composed { it.text } else { it.faint };
        let looped = view.slots.get(slot.number as usize).map(|slot| slot + 1);
        let text = match looped {
            Some(bar) if bar != slot.number + 1 && head.width() > 80.0 => {
                format!("{}  ({bar})", slot.number + 1)
            }
            _ => (slot.number + 1).to_string(),
        };
        let at = head.left_center() + vec2(5.0, 1.0);
        painter.text(at, Align2::LEFT_CENTER, text, theme::small(), colour);
    }

    /// From where to where each round of the loop goes.
    fn brace(&self, painter: &Painter, it: &Scheme, page: &Page, view: &View) {
        for slot in page.slots(&view.score) {
            let Some(place) = view.slots.get(slot.number as usize) else { continue };
            let bar = page.bar(&view.score, slot);
            let last = view.slots.get(slot.number as usize + 1).is_none_or(|next| *next == 0);
            let y = self.heads.top() + 1.5;
            let first = *place == 0;
            let from = bar.min + if first { 3.0 } else { 0.0 };
            let to = bar.max - if last { 2.0 } else { 0.0 };
            let line = Stroke::new(3.0, it.compose);
            painter.hline(from..=to, y, line);
            for (is, x) in [(first, from), (last, to)] {
                if is {
                    painter.vline(x, y - 1.5..=y + 6.0, line);
                }
            }
        }
    }

    /// Draws the letters of the sections: those that were asked for, or those that are heard.
    pub fn sections(&self, ui: &Ui, painter: &Painter, page: &Page, view: &View, found: &Sections) {
        let it = theme::of(ui);
        painter.rect_filled(self.sections, 0.0, it.ground);
        let score = &view.score;
        let asked = asked_sections(view, page.bars.clone());
        let heard = || {
            let found = found.within(page.bars.clone());
            found.map(|section| (section.bars.clone(), section.name())).collect::<Vec<_>>()
        };
        for (bars, name) in if asked.is_empty() { heard() } else { asked } {
            let mut slots = page.slots(score).filter(|it| bars.contains(&it.number));
            let Some(first) = slots.next() else { continue };
            let last = slots.last().unwrap_or(first);
            let x = page.bar(score, first).min + 2.0..=page.bar(score, last).max - 1.0;
            let shape = Rect::from_x_y_ranges(x, self.sections.y_range()).shrink2(vec2(0.0, 2.0));
            painter.rect_filled(shape, 4.0, it.raised);
            let at = shape.left_center() + vec2(7.0, 0.0);
            if shape.width() > 22.0 {
                painter.text(at, Align2::LEFT_CENTER, name, theme::small(), it.text);
            }
        }
    }

    /// Draws the names of the chords, in a key that lies so many semitones above C.
    pub fn chords(&self, ui: &Ui, painter: &Painter, page: &Page, view: &View, shift: i32) {
        let it = theme::of(ui);
        painter.rect_filled(self.chords, 0.0, it.ground);
        let sharps = ((shift * 7 + 5).rem_euclid(12) - 5) as i8;
        let key = KeySignature { sharps, minor: false };
        let name = |chord: Option<Chord>| {
            let moved = chord.map(|it| it.transposed((shift % 12) as i8).short_in(key));
            moved.unwrap_or_else(|| "N.C.".to_owned())
        };
        for slot in page.slots(&view.score) {
            let Some(sheet) = view.sheet.get(slot.number as usize) else { continue };
            let bar = page.bar(&view.score, slot);
            let write = |name: String, x: Rangef| {
                let at = pos2(x.min + 6.0, self.chords.center().y);
                let name = painter.layout_no_wrap(name, theme::small(), it.text);
                // What has no room is left out rather than cut off.
                if name.size().x + 8.0 <= x.span() {
                    let rect = Align2::LEFT_CENTER.anchor_size(at, name.size());
                    painter.galley(rect.min, name, it.text);
                }
            };
            match sheet.chords {
                [first, second] if first == second => write(name(first), bar),
                [first, second] => {
                    write(name(first), Rangef::new(bar.min, bar.center()));
                    write(name(second), Rangef::new(bar.center(), bar.max));
                }
            }
        }
    }
}

/// The sections that were asked for, as far as they lie in some bars.
fn asked_sections(view: &View, bars: Range<u32>) -> Vec<(Range<u32>, String)> {
    let mut sections: Vec<(Range<u32>, String)> = Vec::new();
    for bar in bars {
        let Some((letter, varied)) = view.sheet.get(bar as usize).and_then(|it| it.section) else {
            continue;
        };
        let name = format!("{letter}{}", if varied { "'" } else { "" });
        let number = view.slots.get(bar as usize).copied().unwrap_or(bar);
        match sections.last_mut() {
            Some(last) if last.0.end == bar && !number.is_multiple_of(SongForm::SECTION) => {
                last.0.end += 1;
            }
            _ => sections.push((bar..bar + 1, name)),
        }
    }
    sections
}

/// Marks for the parts that are locked in a bar, below its head.
fn locked_parts(painter: &Painter, it: &Scheme, head: Rect, parts: Parts) {
    let locked = (0..Parts::BITS as u8).filter(|&part| parts & bit(part) != 0);
    for (place, part) in locked.enumerate() {
        let left = head.left() + 4.0 + 9.0 * place as f32;
        let mark = Rect::from_min_size(pos2(left, head.bottom() - 4.0), vec2(7.0, 3.0));
        if mark.right() < head.right() {
            painter.rect_filled(mark, 1.0, it.part(part));
        }
    }
}

/// Every how many bars there is room for a number.
fn numbered(width: f32) -> u32 {
    match width {
        wide if wide >= 24.0 => 1,
        narrow => ((24.0 / narrow.max(1.0)).ceil() as u32).next_power_of_two(),
    }
}
