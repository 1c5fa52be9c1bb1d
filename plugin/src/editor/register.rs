//! The register: the lowest and the highest note, on a keyboard.

use egui::{Align2, CursorIcon, Key, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use jukebox_model::pitch_classes::PitchClasses;
use nice_plug::prelude::{IntParam, ParamSetter};

use super::control::Control;
use super::{dial, theme};

/// Keys that are drawn: those of a piano, and what MIDI has beyond on each side, at its edges.
const KEYS: std::ops::RangeInclusive<i32> = 21..=108;

/// Which end the pointer drags.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Low,
    High,
    Both,
}

/// Shows both ends as one control of a width.
pub fn show(
    ui: &mut Ui,
    setter: &ParamSetter<'_>,
    (low, high): (&IntParam, &IntParam),
    tip: &str,
    width: f32,
) -> Response {
    let (rect, response) =
        ui.allocate_exact_size(vec2(width, dial::HEIGHT), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Slider, true, "Register"));
    let keys = Rect::from_min_max(
        pos2(rect.left() + 8.0, rect.top() + 34.0),
        pos2(rect.right() - 8.0, rect.top() + 76.0),
    );
    turn(ui, setter, (low, high), &response, keys);
    paint(ui, (low, high), &response, rect, keys);
    let how = "Drag an end, or the middle for both; double-click for the default. Hosts call the ends Lowest and Highest.";
    response.on_hover_cursor(CursorIcon::ResizeHorizontal).on_hover_text(format!("{tip}\n{how}"))
}

/// The place of a key on the keyboard.
fn x(keys: Rect, key: i32) -> f32 {
    let (first, last) = KEYS.into_inner();
    let share = (key - first) as f32 / (last - first) as f32;
    keys.left() + keys.width() * share.clamp(0.0, 1.0)
}

fn turn(
    ui: &Ui,
    setter: &ParamSetter<'_>,
    (low, high): (&IntParam, &IntParam),
    response: &Response,
    keys: Rect,
) {
    if response.double_clicked() {
        for end in [low, high] {
            end.set(setter, Control::default(end));
        }
        return;
    }
    let place = response.id.with("end");
    let ends =
        |end: End| [(low, end != End::High), (high, end != End::Low)].into_iter().filter(|it| it.1);
    if response.drag_started()
        && let Some(at) = ui.input(|input| input.pointer.press_origin())
    {
        let (left, right) = (x(keys, low.value()), x(keys, high.value()));
        let third = (right - left) / 3.0;
        let end = match at.x {
            at if at < left + third => End::Low,
            at if at > right - third => End::High,
            _ => End::Both,
        };
        // Ends beyond the piano are taken up at its edge.
        let from = [low, high].map(|it| (it.value().clamp(*KEYS.start(), *KEYS.end())) as f32);
        ui.data_mut(|data| data.insert_temp(place, (end, from)));
        ends(end).for_each(|it| it.0.begin(setter));
    }
    let dragging = ui.data(|data| data.get_temp::<(End, [f32; 2])>(place));
    if let Some((end, [mut from, mut to])) = dragging {
        let by = response.drag_delta().x / keys.width() * (KEYS.end() - KEYS.start()) as f32;
        if response.dragged() && by != 0.0 {
            if end != End::High {
                from = (from + by).clamp(0.0, if end == End::Low { to } else { 127.0 });
            }
            if end != End::Low {
                to = (to + by).clamp(if end == End::High { from } else { 0.0 }, 127.0);
            }
            for (it, _) in ends(end) {
                let key = if std::ptr::eq(it, low) { from } else { to };
                it.put(setter, key.round() / 127.0);
            }
            ui.data_mut(|data| data.insert_temp(place, (end, [from, to])));
        }
        if response.drag_stopped() {
            ends(end).for_each(|it| it.0.end(setter));
            ui.data_mut(|data| data.remove::<(End, [f32; 2])>(place));
        }
    }
    if response.has_focus() {
        let (up, down) = ui
            .input(|input| (input.key_pressed(Key::ArrowRight), input.key_pressed(Key::ArrowLeft)));
        if up != down {
            [low, high].into_iter().for_each(|it| it.set(setter, it.step(up, false)));
        }
    }
}

fn paint(
    ui: &Ui,
    (low, high): (&IntParam, &IntParam),
    response: &Response,
    rect: Rect,
    keys: Rect,
) {
    let (it, painter) = (theme::of(ui), ui.painter());
    let chosen = low.value()..=high.value();
    painter.rect_filled(keys, 3.0, it.raised);
    let step = x(keys, 61) - x(keys, 60);
    let from = x(keys, low.value());
    let to = x(keys, high.value());
    let lit = Rect::from_x_y_ranges(from..=to.max(from + 2.0), keys.y_range());
    painter.rect_filled(lit, 3.0, it.compose.gamma_multiply(0.55));
    for key in KEYS.filter(|&key| !PitchClasses::WHITE_KEYS.contains(key)) {
        let black = Rect::from_min_size(
            pos2(x(keys, key) - step / 2.0, keys.top()),
            vec2(step, keys.height() * 0.6),
        );
        painter.rect_filled(black, 0.0, if chosen.contains(&key) { it.ebony } else { it.line });
    }
    for at in [from, to] {
        painter.vline(at, keys.top() - 4.0..=keys.bottom() + 4.0, (2.5, it.compose));
        let grip = Rect::from_center_size(pos2(at, keys.bottom() + 4.0), vec2(7.0, 7.0));
        painter.rect_filled(grip, 2.0, it.compose);
    }
    if response.hovered() || response.has_focus() {
        painter.rect_stroke(keys, 3.0, (1.0, it.compose), egui::StrokeKind::Outside);
    }
    let text = |param: &IntParam| param.text(Control::value(param));
    let value = format!("{} – {}", text(low), text(high));
    let at = pos2(rect.center().x, rect.top() + 6.0);
    painter.text(at, Align2::CENTER_TOP, value, theme::large(), it.text);
    let foot = rect.center_bottom() - vec2(0.0, 3.0);
    let name = painter.text(foot, Align2::CENTER_BOTTOM, "Register", theme::body(), it.text);
    if low.is_changed() || high.is_changed() {
        painter.circle_filled(name.right_center() + vec2(7.0, 0.5), 2.2, it.text);
    }
}
