//! The part strip beside the roll: each part's name, and what is done to it alone.

use egui::{
    Align2, Color32, Painter, Pos2, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2,
};
use nice_plug::prelude::{BoolParam, ParamSetter};

use super::parts;
use crate::editor::control::Control;
use crate::editor::{icons, theme};
use crate::params::JukeboxParams;
use crate::shared::{Order, Shared, View};
use crate::song::bit;

/// Width of the strip, height of a row at most, and width of a sign.
pub const WIDTH: f32 = 176.0;
const ROW: f32 = 28.0;
const SIGN: f32 = 21.0;

/// A button of a row.
struct Sign<'a> {
    name: String,
    tip: &'a str,
    /// Whether it is on; `None` for what is done once.
    on: Option<bool>,
    colour: Color32,
    paint: &'a dyn Fn(&Painter, Pos2, Color32),
}

/// Shows the parts one below the other. A click on a name brings a part to the front, another one puts it back.
pub fn show(
    ui: &mut Ui,
    area: Rect,
    setter: &ParamSetter<'_>,
    params: &JukeboxParams,
    shared: &Shared,
    view: &View,
    front: &mut Option<u8>,
) {
    let band = &view.score.band.parts;
    let playing = params.performance().parts.playing(band.len());
    let row = ROW.min(area.height() / band.len().max(1) as f32);
    for (number, part) in (0u8..).zip(band.iter()) {
        let name = parts::name(part, number.into());
        let top = area.top() + row * f32::from(number);
        let rect = Rect::from_min_size(pos2(area.left(), top), vec2(area.width(), row));
        title(
            ui,
            rect.with_max_x(rect.right() - 4.0 * SIGN - 4.0),
            number,
            &name,
            front,
            playing.has(number),
        );
        let mut left = rect.right() - 4.0 * SIGN - 4.0;
        let mut sign = |ui: &mut Ui, sign: Sign<'_>| {
            let place = Rect::from_min_size(pos2(left, top), vec2(SIGN, row));
            left += SIGN;
            show_sign(ui, place, &sign).clicked()
        };
        let it = theme::of(ui);
        if let Some(own) = params.parts.each.get(usize::from(number)) {
            let mut switch = |ui: &mut Ui, param: &BoolParam, letter: &str, tip: &str, colour| {
                let on = param.value();
                let paint = |painter: &Painter, at: Pos2, colour: Color32| {
                    painter.text(at, Align2::CENTER_CENTER, letter, theme::body(), colour);
                };
                let clicked = sign(
                    ui,
                    Sign {
                        name: param.name().to_owned(),
                        tip,
                        on: Some(on),
                        colour,
                        paint: &paint,
                    },
                );
                if clicked {
                    param.set(setter, if on { 0.0 } else { 1.0 });
                }
            };
            switch(ui, &own.mute, "M", "Mute: silences the part.", it.lock);
            switch(ui, &own.solo, "S", "Solo: silences the parts without a solo.", it.sound);
        }
        let bars = 0..view.score.bars.len() as u32;
        let is_locked = |parts: &crate::song::Parts| parts & bit(number) != 0;
        let locked = !view.locked_parts.is_empty() && view.locked_parts.iter().all(is_locked);
        let paint = |painter: &Painter, at: Pos2, colour: Color32| {
            icons::padlock(painter, at, colour, locked);
        };
        let tip = "Locks the part: it stays as it is while others are composed again.";
        let name_of = |what: &str| format!("{what} {name}");
        let lock =
            Sign { name: name_of("Lock"), tip, on: Some(locked), colour: it.lock, paint: &paint };
        if sign(ui, lock) {
            shared.order(Order::LockPart(bars, number, !locked));
        }
        let tip = "Another one: composes the part again, to the others as they stand.";
        let paint = icons::again;
        let another =
            Sign { name: name_of("Another"), tip, on: None, colour: it.compose, paint: &paint };
        if sign(ui, another) {
            shared.order(Order::RecomposePart(None, number));
        }
    }
}

/// A part's look and name.
fn title(ui: &Ui, rect: Rect, number: u8, name: &str, front: &mut Option<u8>, plays: bool) {
    let it = theme::of(ui);
    let response = ui.interact(rect, ui.scope_id().with(("part", number)), Sense::click());
    let in_front = *front == Some(number);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, in_front, name));
    let painter = ui.painter();
    if in_front || response.hovered() || response.has_focus() {
        painter.rect_filled(rect.shrink2(vec2(3.0, 1.0)), 4.0, it.raised);
    }
    let behind = !plays || (front.is_some() && !in_front);
    let swatch = Rect::from_center_size(rect.left_center() + vec2(17.0, 0.0), vec2(16.0, 10.0));
    parts::note(painter, swatch, number, it.part(number), if behind { 0.1 } else { 1.0 });
    let at = rect.left_center() + vec2(31.0, 0.0);
    let colour = if behind { it.faint } else { it.text };
    let clip = painter.with_clip_rect(rect.intersect(painter.clip_rect()));
    clip.text(at, Align2::LEFT_CENTER, name, theme::small(), colour);
    let tip = match in_front {
        true => format!("{name} is in front: locks act on it alone. Click to see all parts alike."),
        false => format!("Click to bring {name} to the front."),
    };
    if response.on_hover_text(tip).clicked() {
        *front = if in_front { None } else { Some(number) };
    }
}

fn show_sign(ui: &Ui, place: Rect, sign: &Sign<'_>) -> Response {
    let it = theme::of(ui);
    let response = ui.interact(place, ui.scope_id().with(&sign.name), Sense::click());
    response.widget_info(|| match sign.on {
        Some(on) => WidgetInfo::selected(Role::CheckBox, true, on, &sign.name),
        None => WidgetInfo::labeled(Role::Button, true, &sign.name),
    });
    let lit = response.hovered() || response.has_focus();
    let on = sign.on == Some(true);
    if lit || on {
        ui.painter().rect_filled(place.shrink2(vec2(1.0, 3.0)), 4.0, it.raised);
    }
    let colour = match (on, lit) {
        (true, _) => sign.colour,
        (false, true) => it.text,
        (false, false) => it.faint,
    };
    (sign.paint)(ui.painter(), place.center(), colour);
    response.on_hover_text(sign.tip)
}
