//! A pad to choose a chord by clicks: the twelve roots in a circle of fifths, and what stands on them.

use std::f32::consts::TAU;

use egui::{
    Align2, Area, Button, Frame, Id, Order, Pos2, Rect, RichText, Role, Sense, Ui, WidgetInfo, vec2,
};
use jukebox_model::chord::{Chord, Quality};
use jukebox_model::key::KeySignature;

use crate::editor::theme;

/// Radius of the circle, and the size of a root on it.
const RADIUS: f32 = 68.0;
const ROOT: egui::Vec2 = vec2(34.0, 28.0);

/// What was clicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picked {
    /// A chord, as it is heard.
    Chord(Chord),
    /// No chords of one's own any more.
    Clear,
    /// Lock the bar, or unlock it.
    Lock,
    /// On to the next bar.
    Next,
}

/// Shows the pad of a bar below a place, with the chord that stands there; gives its own place, too.
pub fn show(
    ui: &Ui,
    at: Pos2,
    bar: u32,
    chosen: Option<Chord>,
    locked: bool,
) -> (Option<Picked>, Rect) {
    let it = theme::of(ui);
    let mut picked = None;
    let area = Area::new(Id::unique("chord pad")).order(Order::Foreground).fixed_pos(at);
    let frame = Frame::new().fill(it.panel).stroke((1.0, it.line)).corner_radius(7.0);
    let shown = area.show(ui.ctx(), |ui| {
        frame.inner_margin(10.0).show(ui, |ui| {
            ui.spacing_mut().item_spacing = vec2(8.0, 6.0);
            ui.label(RichText::new(format!("Chord of bar {}", bar + 1)).small().color(it.faint));
            ui.horizontal(|ui| {
                picked = roots(ui, chosen);
                picked = picked.or(qualities(ui, chosen));
            });
            ui.horizontal(|ui| {
                let mut add = |name: &str, tip: &str, what| {
                    if ui.button(name).on_hover_text(tip).clicked() {
                        picked = Some(what);
                    }
                };
                let lock = if locked { "Unlock bar" } else { "Lock bar" };
                add(lock, "A locked bar stays as it is, notes and all.", Picked::Lock);
                add("As learnt", "Takes all chords of your own away.", Picked::Clear);
                add("Next bar", "On to the chord of the next bar.", Picked::Next);
            });
        });
    });
    (picked, shown.response.rect)
}

fn roots(ui: &mut Ui, chosen: Option<Chord>) -> Option<Picked> {
    let it = theme::of(ui);
    let side = 2.0 * RADIUS + ROOT.y + 6.0;
    let (rect, _) = ui.allocate_exact_size(vec2(side + 6.0, side), Sense::hover());
    ui.painter().circle_stroke(rect.center(), RADIUS, (1.0, it.line));
    let quality = chosen.map_or(Quality::Major, |it| it.quality);
    if let Some(chord) = chosen {
        let name = chord.to_string();
        ui.painter().text(rect.center(), Align2::CENTER_CENTER, name, theme::large(), it.compose);
    }
    let mut picked = None;
    for fifth in 0..12u8 {
        let root = fifth * 7 % 12;
        let angle = TAU * (f32::from(fifth) / 12.0 - 0.25);
        let centre = rect.center() + RADIUS * vec2(angle.cos(), angle.sin());
        let place = Rect::from_center_size(centre, ROOT);
        let response = ui.interact(place, ui.scope_id().with(("root", root)), Sense::click());
        let name = Chord { root, quality: Quality::Major }
            .short_in(KeySignature { sharps: 0, minor: false });
        let on = chosen.is_some_and(|it| it.root == root);
        let called = format!("Root {name}");
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, on, &called));
        let lit = response.hovered() || response.has_focus();
        let fill = if on || lit { it.line } else { it.raised };
        ui.painter().rect_filled(place, 8.0, fill);
        let colour = if on { it.compose } else { it.text };
        ui.painter().text(centre, Align2::CENTER_CENTER, name, theme::body(), colour);
        if response.clicked() {
            picked = Some(Picked::Chord(Chord { root, quality }));
        }
    }
    picked
}

fn qualities(ui: &mut Ui, chosen: Option<Chord>) -> Option<Picked> {
    let it = theme::of(ui);
    let mut picked = None;
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
        for pair in Quality::ALL.chunks(2) {
            ui.horizontal(|ui| {
                for &quality in pair {
                    let on = chosen.is_some_and(|it| it.quality == quality);
                    let name = if quality.short().is_empty() { "major" } else { quality.short() };
                    let name = if name == "m" { "minor" } else { name };
                    let text = RichText::new(name).color(if on { it.compose } else { it.text });
                    let button = Button::new(text).fill(if on { it.line } else { it.raised });
                    let root = chosen.map_or(0, |it| it.root);
                    if ui.add_sized(vec2(62.0, 24.0), button).clicked() {
                        picked = Some(Picked::Chord(Chord { root, quality }));
                    }
                }
            });
        }
    });
    picked
}
