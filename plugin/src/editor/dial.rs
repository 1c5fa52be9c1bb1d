//! A dial: one of the settings that are turned most, large.

use std::f32::consts::PI;

use egui::{
    Align2, Color32, CursorIcon, Painter, Pos2, Rect, Response, Role, Sense, Stroke, Ui, Vec2,
    WidgetInfo, pos2, vec2,
};
use nice_plug::prelude::ParamSetter;

use super::catalogue::Setting;
use super::control::{Turning, how};
use super::field;
use super::theme;

/// Height of a dial with its name.
pub const HEIGHT: f32 = 104.0;
/// Radius of the arc, and how wide it is.
const RADIUS: f32 = 36.0;
const WIDTH: f32 = 6.0;
/// Points that a drag goes from end to end.
const TRAVEL: f32 = 180.0;

/// Shows a setting as a dial of a width.
pub fn show(
    ui: &mut Ui,
    setter: &ParamSetter<'_>,
    setting: &Setting<'_>,
    width: f32,
    colour: Color32,
) -> Response {
    let control = setting.control;
    let (rect, response) = ui.allocate_exact_size(vec2(width, HEIGHT), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Slider, true, control.name()));
    let centre = pos2(rect.center().x, rect.top() + RADIUS + WIDTH / 2.0 + 1.0);
    paint(ui, &response, setting, centre, colour);
    let (it, painter) = (theme::of(ui), ui.painter());
    let foot = rect.center_bottom() - vec2(0.0, 3.0);
    let name = painter.text(foot, Align2::CENTER_BOTTOM, &setting.label, theme::body(), it.text);
    if control.is_changed() {
        painter.circle_filled(name.right_center() + vec2(7.0, 0.5), 2.2, it.text);
    }
    let typed_in = Rect::from_center_size(centre, vec2(width.min(92.0), 24.0));
    let turning = Turning { upwards: true, travel: TRAVEL, typed_in };
    turning.turn(ui, setter, control, &response);
    let cursor = match control.choices() {
        Some(_) => CursorIcon::PointingHand,
        None => CursorIcon::ResizeVertical,
    };
    let hosts = match control.name() {
        name if name == setting.label => String::new(),
        name => format!(" Hosts call it {name}."),
    };
    response.on_hover_cursor(cursor).on_hover_text(format!(
        "{}{hosts}\n{}",
        setting.tip,
        how(control)
    ))
}

fn paint(ui: &Ui, response: &Response, setting: &Setting<'_>, centre: Pos2, colour: Color32) {
    let (it, painter) = (theme::of(ui), ui.painter());
    let control = setting.control;
    let lit = response.hovered() || response.has_focus() || response.dragged();
    painter.circle_filled(centre, RADIUS - WIDTH, if lit { it.raised } else { it.panel });
    let value = control.value();
    match control.choices() {
        Some(steps) => {
            for step in 0..=steps {
                let place = step as f32 / steps.max(1) as f32;
                let chosen = (place - value).abs() < 0.5 / steps.max(1) as f32;
                let (size, colour) = if chosen { (4.5, colour) } else { (2.5, it.faint) };
                painter.circle_filled(centre + direction(place) * RADIUS, size, colour);
            }
        }
        None => {
            arc(painter, centre, 0.0..=1.0, Stroke::new(WIDTH, it.raised));
            let from = field::zero(setting);
            arc(painter, centre, value.min(from)..=value.max(from), Stroke::new(WIDTH, colour));
            let mark = direction(control.default());
            let ends = [centre + mark * (RADIUS + 4.0), centre + mark * (RADIUS + 8.0)];
            painter.line_segment(ends, (2.0, it.faint));
            let hand = direction(value);
            painter.circle_filled(centre + hand * RADIUS, WIDTH * 0.85, it.text);
            if (control.moved() - value).abs() > 1e-4 {
                let at = centre + direction(control.moved()) * (RADIUS - WIDTH);
                painter.circle_filled(at, 3.0, it.playhead);
            }
        }
    }
    let text = control.text(value);
    painter.text(centre, Align2::CENTER_CENTER, text, theme::large(), it.text);
}

/// Where a value lies round the dial: from the lower left over the top to the lower right.
fn direction(value: f32) -> Vec2 {
    let angle = PI * (0.75 + 1.5 * value.clamp(0.0, 1.0));
    vec2(angle.cos(), angle.sin())
}

fn arc(painter: &Painter, centre: Pos2, values: std::ops::RangeInclusive<f32>, stroke: Stroke) {
    let (from, to) = (*values.start(), *values.end());
    if to - from < 1e-3 {
        return;
    }
    let steps = (48.0 * (to - from)).ceil().max(2.0);
    let point = |step: usize| from + (to - from) * step as f32 / steps;
    let points = (0..=steps as usize).map(|step| centre + direction(point(step)) * RADIUS);
    painter.line(points.collect(), stroke);
}
