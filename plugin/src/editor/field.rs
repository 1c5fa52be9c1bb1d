//! A field: one setting in a row of others, its name above its value.

use egui::{
    Align2, Color32, CursorIcon, Painter, Rect, Response, Role, Sense, Shape, Stroke, Ui,
    WidgetInfo, pos2, vec2,
};
use nice_plug::prelude::ParamSetter;

use super::catalogue::Setting;
use super::control::{Turning, how};
use super::theme::{self, Scheme};

/// Size of a field in points.
pub const SIZE: egui::Vec2 = vec2(132.0, 44.0);
const BAR: f32 = 24.0;
/// Length of the marks at a bar's upper and lower edge that show its value.
const NOTCH: f32 = 4.0;

/// Shows a setting in the colour of its group.
pub fn show(
    ui: &mut Ui,
    setter: &ParamSetter<'_>,
    setting: &Setting<'_>,
    colour: Color32,
) -> Response {
    let control = setting.control;
    let (rect, response) = ui.allocate_exact_size(SIZE, Sense::click_and_drag());
    let bar = Rect::from_min_max(pos2(rect.left(), rect.bottom() - BAR), rect.max);
    name(ui, rect, setting);
    if control.is_switch() {
        response.widget_info(|| {
            WidgetInfo::selected(Role::CheckBox, true, control.value() > 0.5, control.name())
        });
        paint_switch(ui, &response, setting, bar, colour);
        if response.clicked() {
            control.set(setter, 1.0 - control.value().round());
        }
        return response
            .on_hover_cursor(CursorIcon::PointingHand)
            .on_hover_text(format!("{}\nClick to switch.", setting.tip));
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Slider, true, control.name()));
    let chosen = control.choices().is_some();
    paint(ui, &response, setting, bar, colour, chosen);
    let turning = Turning { upwards: false, travel: SIZE.x, typed_in: bar };
    turning.turn(ui, setter, control, &response);
    let cursor = if chosen { CursorIcon::PointingHand } else { CursorIcon::ResizeHorizontal };
    response.on_hover_cursor(cursor).on_hover_text(format!("{}\n{}", setting.tip, how(control)))
}

/// The name, and a dot behind it where the value is not that of the beginning.
fn name(ui: &Ui, rect: Rect, setting: &Setting<'_>) {
    let it = theme::of(ui);
    let at = rect.left_top() + vec2(1.0, 1.0);
    let painter = ui.painter();
    let name = painter.text(at, Align2::LEFT_TOP, &setting.label, theme::small(), it.faint);
    if setting.control.is_changed() {
        painter.circle_filled(name.right_center() + vec2(7.0, 0.5), 2.2, it.text);
    }
}

fn paint(
    ui: &Ui,
    response: &Response,
    setting: &Setting<'_>,
    bar: Rect,
    colour: Color32,
    chosen: bool,
) {
    let (it, painter) = (theme::of(ui), ui.painter());
    let control = setting.control;
    painter.rect_filled(bar, 5.0, it.raised);
    let text = control.text(control.value());
    if chosen {
        let at = bar.right_center() - vec2(11.0, 0.5);
        let tip = vec![at + vec2(-3.5, -1.5), at + vec2(0.0, 2.0), at + vec2(3.5, -1.5)];
        painter.line(tip, (1.5, colour));
        let at = bar.left_center() + vec2(8.0, 0.0);
        painter.text(at, Align2::LEFT_CENTER, text, theme::body(), it.text);
    } else {
        paint_value(painter, it, setting, bar, colour);
        painter.text(bar.center(), Align2::CENTER_CENTER, text, theme::body(), it.text);
    }
    outline(painter, response, bar, colour);
}

fn outline(painter: &Painter, response: &Response, bar: Rect, colour: Color32) {
    if response.hovered() || response.has_focus() {
        painter.rect_stroke(bar, 5.0, (1.0, colour), egui::StrokeKind::Inside);
    }
}

/// How far a bar is filled, where its default is, and where automation or modulation has moved it.
fn paint_value(painter: &Painter, it: &Scheme, setting: &Setting<'_>, bar: Rect, colour: Color32) {
    let control = setting.control;
    let x = |value: f32| bar.left() + bar.width() * value.clamp(0.0, 1.0);
    let value = control.value();
    let from = zero(setting);
    let filled = Rect::from_x_y_ranges(x(value.min(from))..=x(value.max(from)), bar.y_range());
    painter.rect_filled(filled, 5.0, colour.gamma_multiply(0.32));
    let mark = x(control.default()).clamp(bar.left() + 4.0, bar.right() - 4.0);
    let tip = [
        pos2(mark - 3.0, bar.bottom()),
        pos2(mark, bar.bottom() - 4.0),
        pos2(mark + 3.0, bar.bottom()),
    ];
    painter.add(Shape::convex_polygon(tip.to_vec(), it.faint, Stroke::NONE));
    // Only at the edges: the text between them is to be read.
    let line = |value: f32, colour: Color32| {
        let at = x(value).clamp(bar.left() + 1.0, bar.right() - 1.0);
        painter.vline(at, bar.top()..=bar.top() + NOTCH, (2.0, colour));
        painter.vline(at, bar.bottom() - NOTCH..=bar.bottom(), (2.0, colour));
    };
    line(value, colour);
    if (control.moved() - value).abs() > 1e-4 {
        line(control.moved(), it.playhead);
    }
}

/// Where a fill begins: ranges that reach to both sides are filled from their middle.
pub fn zero(setting: &Setting<'_>) -> f32 {
    match setting.control.parse("0") {
        Some(zero) if zero > 0.25 && zero < 0.75 => zero,
        _ => 0.0,
    }
}

fn paint_switch(ui: &Ui, response: &Response, setting: &Setting<'_>, bar: Rect, colour: Color32) {
    let (it, painter) = (theme::of(ui), ui.painter());
    let on = setting.control.value() > 0.5;
    painter.rect_filled(bar, 5.0, it.raised);
    let slot = Rect::from_center_size(bar.left_center() + vec2(22.0, 0.0), vec2(26.0, 14.0));
    painter.rect_filled(slot, 7.0, if on { colour.gamma_multiply(0.45) } else { it.line });
    let knob = slot.center() + vec2(if on { 6.0 } else { -6.0 }, 0.0);
    painter.circle_filled(knob, 5.5, if on { colour } else { it.faint });
    let at = bar.left_center() + vec2(44.0, 0.0);
    let text = if on { "On" } else { "Off" };
    painter.text(at, Align2::LEFT_CENTER, text, theme::body(), it.text);
    outline(painter, response, bar, colour);
}
