//! The page that is seen first: what runs the song, another take, and six settings that are turned most.

use egui::{Align2, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use nice_plug::prelude::ParamSetter;

use super::catalogue::{Setting, Tab, replies};
use super::control::Control;
use super::hints::{self, Hint};
use super::{dial, icons, register, theme, within};
use crate::audio::player::Run;
use crate::params::JukeboxParams;

/// Size of the two buttons, and between what stands side by side.
const BUTTON: egui::Vec2 = vec2(118.0, 50.0);
const BETWEEN: f32 = 12.0;
/// Most width of a dial, and of the register.
const DIAL: f32 = 150.0;
const REGISTER: f32 = 230.0;

/// Shows the page; says whether another take is asked for.
pub fn show(
    ui: &mut Ui,
    setter: &ParamSetter<'_>,
    params: &JukeboxParams,
    all: &[Setting<'_>],
    area: Rect,
) -> bool {
    let it = theme::of(ui);
    let top = area.top() + (area.height() - 2.0 * BUTTON.y - BETWEEN) / 2.0 - 4.0;
    let place =
        |row: f32| Rect::from_min_size(pos2(area.left(), top + row * (BUTTON.y + BETWEEN)), BUTTON);
    run(ui, setter, params, place(0.0));
    // Above the bar of tabs, which the hint is not to cover.
    hints::place(ui, Hint::Play, place(0.0).translate(vec2(0.0, area.top() - top - 44.0)));
    let dice = button(ui, place(1.0), "New take", icons::die, it.compose);
    let asked = dice.on_hover_text("Another tune: the next take number (N).").clicked();

    let room = area.width() - BUTTON.x - 6.0 * BETWEEN;
    let register_width = (room * 0.24).min(REGISTER);
    let width = ((room - register_width) / 5.0).min(DIAL);
    let mut left = area.left() + BUTTON.x + BETWEEN;
    let dial_top = area.top() + (area.height() - dial::HEIGHT) / 2.0 - 4.0;
    let here = all.iter().filter(|it| it.tab == Some(Tab::Play));
    for setting in here.filter(|it| !["Run", "Highest"].contains(&&*it.label)) {
        let is_register = setting.label == "Lowest";
        let width = if is_register { register_width } else { width };
        let place = Rect::from_min_size(pos2(left, dial_top), vec2(width, dial::HEIGHT));
        let replies = setting.label == "Length" && replies(params);
        within(ui, place, |ui| {
            // In a dialogue the phrase says how long it is.
            if replies {
                ui.disable();
            }
            ui.push_id(&*setting.label, |ui| match is_register {
                true => {
                    let it = &params.composition;
                    let tip = "The lowest and the highest note, before key and octave.";
                    register::show(ui, setter, (&it.low, &it.high), tip, width);
                }
                false => {
                    let colour = match &*setting.label {
                        "Groove" => it.perform,
                        _ => it.compose,
                    };
                    dial::show(ui, setter, setting, width, colour);
                }
            });
        });
        left += width + BETWEEN;
    }
    asked
}

/// Plays while the host stands, or leaves it to the host.
fn run(ui: &Ui, setter: &ParamSetter<'_>, params: &JukeboxParams, place: Rect) {
    let it = theme::of(ui);
    let run = &params.performance.run;
    let always = run.value() == Run::Always;
    let (name, icon): (_, icons::Icon) =
        if always { ("Stop", icons::stop) } else { ("Play", icons::play) };
    let tip = match always {
        true => "Plays even while the host stands (Run: Always). Click to play with the host only.",
        false => "Plays with the host. Click to play while it stands, too (Run: Always).",
    };
    if button(ui, place, name, icon, it.perform).on_hover_text(tip).clicked() {
        run.set(setter, if always { 0.0 } else { 1.0 });
    }
}

fn button(ui: &Ui, place: Rect, name: &str, icon: icons::Icon, colour: egui::Color32) -> Response {
    let it = theme::of(ui);
    let response = ui.interact(place, ui.scope_id().with(("button", name)), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    let lit = response.hovered() || response.has_focus();
    let painter = ui.painter();
    painter.rect_filled(place, 7.0, if lit { it.raised } else { it.panel });
    painter.rect_stroke(place, 7.0, (1.2, colour), egui::StrokeKind::Inside);
    icon(painter, place.left_center() + vec2(24.0, 0.0), colour);
    let at = place.left_center() + vec2(44.0, 0.0);
    painter.text(at, Align2::LEFT_CENTER, name, theme::body(), it.text);
    response
}
