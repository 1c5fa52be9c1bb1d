//! A field: one parameter, to read, drag, turn, type or choose.
//!
//! Changes go to the host the way that it records them: begin, set, end.

use egui::{
    Align2, Color32, CursorIcon, FontId, Id, Key, Painter, Popup, Pos2, Rect, Response, Role,
    Sense, TextEdit, Ui, WidgetInfo, pos2, vec2,
};
use nice_plug::prelude::*;

use super::theme;

/// Size of a field in points: its name above its bar.
pub const SIZE: egui::Vec2 = vec2(80.0, 37.0);
const BAR: f32 = 21.0;
/// Length of the marks at a bar's upper and lower edge that show its value.
const NOTCH: f32 = 4.0;
/// How much slower a drag goes while Shift is held.
const FINE: f32 = 0.1;
/// Most values that are listed to choose from; others are dragged.
const MOST_CHOICES: usize = 20;

/// A field for a parameter in the colour of its group. `tip` says in a sentence what it does.
pub fn show<P: Param>(
    ui: &mut Ui,
    setter: &ParamSetter<'_>,
    param: &P,
    colour: Color32,
    tip: &str,
) -> Response {
    let choices =
        param.step_count().filter(|&steps| steps < MOST_CHOICES && param.unit().is_empty());
    let (rect, response) = ui.allocate_exact_size(SIZE, Sense::click_and_drag());
    let response = response.on_hover_cursor(match choices {
        Some(_) => CursorIcon::PointingHand,
        None => CursorIcon::ResizeHorizontal,
    });
    let bar = Rect::from_min_max(pos2(rect.left(), rect.bottom() - BAR), rect.max);
    let typing = response.id.with("typing");
    let text = param.to_string();
    response.widget_info(|| WidgetInfo::labeled(Role::Slider, true, param.name()));
    paint(ui, param, &response, bar, colour, choices.is_some());

    if response.double_clicked() {
        set(setter, param, param.default_normalized_value());
        Popup::close_id(ui.ctx(), Popup::default_response_id(&response));
    } else if let Some(steps) = choices {
        choose(&response, setter, param, steps);
    } else {
        drag(ui, setter, param, &response);
        let asked = response.secondary_clicked()
            || (response.clicked() && ui.input(|input| input.modifiers.command))
            || (response.has_focus() && ui.input(|input| input.key_pressed(Key::Enter)));
        if asked {
            ui.data_mut(|data| data.insert_temp(typing, text.clone()));
        }
        type_in(ui, setter, param, bar, typing);
    }
    if response.has_focus() {
        turn(ui, setter, param);
    }
    let how = match choices {
        Some(_) => "Click to choose, double-click for the default.",
        None => "Drag, Shift for fine; right-click to type; double-click for the default.",
    };
    response.on_hover_text(format!("{tip}\n{how}"))
}

/// A switch for a parameter that is on or off.
pub fn switch(ui: &mut Ui, setter: &ParamSetter<'_>, param: &BoolParam, tip: &str) -> Response {
    let mut on = param.value();
    let response = ui.checkbox(&mut on, param.name()).on_hover_text(tip);
    if response.changed() {
        set(setter, param, f32::from(u8::from(on)));
    }
    response
}

fn paint<P: Param>(
    ui: &Ui,
    param: &P,
    response: &Response,
    bar: Rect,
    colour: Color32,
    chosen: bool,
) {
    let painter = ui.painter();
    let name = pos2(response.rect.left() + 1.0, response.rect.top());
    fitted(painter, name, Align2::LEFT_TOP, param.name(), 11.0, bar.width(), theme::FAINT);
    painter.rect_filled(bar, 5.0, theme::RAISED);
    let mut centre = bar.center();
    if chosen {
        let at = bar.right_center() - vec2(9.0, 0.5);
        let tip = vec![at + vec2(-3.0, -1.5), at + vec2(0.0, 2.0), at + vec2(3.0, -1.5)];
        painter.line(tip, (1.3, colour));
        centre.x -= 6.0;
    } else {
        paint_value(painter, param, bar, colour);
    }
    let room = bar.width() - if chosen { 20.0 } else { 6.0 };
    let text = param.to_string();
    fitted(painter, centre, Align2::CENTER_CENTER, &text, 13.0, room, theme::TEXT);
    if response.hovered() || response.has_focus() {
        painter.rect_stroke(bar, 5.0, (1.0, colour), egui::StrokeKind::Inside);
    }
}

/// Writes a line, smaller where it would be wider than its room.
fn fitted(
    painter: &Painter,
    at: Pos2,
    align: Align2,
    text: &str,
    size: f32,
    room: f32,
    colour: Color32,
) {
    let galley =
        |size: f32| painter.layout_no_wrap(text.to_owned(), FontId::proportional(size), colour);
    let wide = galley(size);
    let fits = match room / wide.size().x {
        share if share < 1.0 => galley((size * share).max(8.0)),
        _ => wide,
    };
    let place = align.anchor_size(at, fits.size());
    painter.galley(place.min, fits, colour);
}

/// How far a bar is filled, and notches where automation or modulation has moved it.
fn paint_value<P: Param>(painter: &Painter, param: &P, bar: Rect, colour: Color32) {
    let x = |value: f32| bar.left() + bar.width() * value.clamp(0.0, 1.0);
    // Ranges that reach to both sides are filled from their middle.
    let zero = match param.string_to_normalized_value("0") {
        Some(zero) if zero > 0.1 && zero < 0.9 => zero,
        _ => 0.0,
    };
    let value = param.unmodulated_normalized_value();
    let filled = Rect::from_x_y_ranges(x(value.min(zero))..=x(value.max(zero)), bar.y_range());
    painter.rect_filled(filled, 5.0, colour.gamma_multiply(0.32));
    let moved = param.modulated_normalized_value();
    let line = if (moved - value).abs() > 1e-4 { theme::NOTE } else { colour };
    let at = x(moved).clamp(bar.left() + 1.0, bar.right() - 1.0);
    // Only at the edges: the text between them is to be read.
    painter.vline(at, bar.top()..=bar.top() + NOTCH, (1.5, line));
    painter.vline(at, bar.bottom() - NOTCH..=bar.bottom(), (1.5, line));
}

/// Sets a value on its own.
pub fn set<P: Param>(setter: &ParamSetter<'_>, param: &P, normalized: f32) {
    setter.begin_set_parameter(param);
    setter.set_parameter_normalized(param, normalized);
    setter.end_set_parameter(param);
}

fn drag<P: Param>(ui: &Ui, setter: &ParamSetter<'_>, param: &P, response: &Response) {
    // Where the pointer has dragged to, between the steps of the parameter as well.
    let place = response.id.with("dragged to");
    if response.drag_started() {
        setter.begin_set_parameter(param);
        ui.data_mut(|data| data.insert_temp(place, param.unmodulated_normalized_value()));
    }
    if response.dragged() {
        let fine = if ui.input(|input| input.modifiers.shift) { FINE } else { 1.0 };
        let by = response.drag_delta().x / response.rect.width() * fine;
        let to = ui.data_mut(|data| {
            let to =
                data.get_temp_mut_or_insert_with(place, || param.unmodulated_normalized_value());
            *to = (*to + by).clamp(0.0, 1.0);
            *to
        });
        if by != 0.0 {
            setter.set_parameter_normalized(param, to);
        }
    }
    if response.drag_stopped() {
        setter.end_set_parameter(param);
    }
}

/// Lists the values to choose from.
fn choose<P: Param>(response: &Response, setter: &ParamSetter<'_>, param: &P, steps: usize) {
    Popup::menu(response).show(|ui| {
        for step in 0..=steps {
            let value = step as f32 / steps.max(1) as f32;
            let name = param.normalized_value_to_string(value, true);
            let current = (param.unmodulated_normalized_value() - value).abs() < 0.5 / steps as f32;
            if ui.selectable_label(current, name).clicked() {
                set(setter, param, value);
            }
        }
    });
}

/// A field that has the keyboard is turned with the arrow keys.
fn turn<P: Param>(ui: &Ui, setter: &ParamSetter<'_>, param: &P) {
    let (up, down, fine) = ui.input(|input| {
        let pressed = |a, b| input.key_pressed(a) || input.key_pressed(b);
        let up = pressed(Key::ArrowUp, Key::ArrowRight);
        (up, pressed(Key::ArrowDown, Key::ArrowLeft), input.modifiers.shift)
    });
    let now = param.unmodulated_normalized_value();
    if up {
        set(setter, param, param.next_normalized_step(now, fine));
    } else if down {
        set(setter, param, param.previous_normalized_step(now, fine));
    }
}

/// The value as text, while it is being typed.
fn type_in<P: Param>(ui: &mut Ui, setter: &ParamSetter<'_>, param: &P, bar: Rect, typing: Id) {
    let Some(mut text) = ui.data(|data| data.get_temp::<String>(typing)) else { return };
    let edit = ui.put(bar, TextEdit::singleline(&mut text).id(typing.with("edit")));
    if !edit.has_focus() && !edit.lost_focus() {
        edit.request_focus();
    }
    if edit.lost_focus() {
        let entered = ui.input(|input| !input.key_pressed(Key::Escape));
        if let Some(value) = param.string_to_normalized_value(text.trim()).filter(|_| entered) {
            set(setter, param, value);
        }
        ui.data_mut(|data| data.remove::<String>(typing));
    } else {
        ui.data_mut(|data| data.insert_temp(typing, text));
    }
}
