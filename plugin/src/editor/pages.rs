//! The pages of settings, and the search for one of them.

use egui::{Align2, Button, Key, Rect, Role, Sense, TextEdit, Ui, Vec2, WidgetInfo, pos2, vec2};
use jukebox_model::piece::Part;
use nice_plug::prelude::ParamSetter;

use super::catalogue::{self, Setting, Tab, settings};
use super::{field, play, theme, within};
use crate::params::JukeboxParams;

/// Between fields, between groups, and the height of a group's name.
const BETWEEN: f32 = 8.0;
const APART: f32 = 22.0;
const TITLE: f32 = 20.0;
/// Height of the bar of tabs, and of a page at least.
const TABS: f32 = 32.0;
const PAGE: f32 = 136.0;

/// What is shown of the settings.
#[derive(Default)]
pub struct Pages {
    tab: Tab,
    /// What is looked for.
    search: String,
}

/// What a page is asked for that the window does itself.
#[derive(Default)]
pub struct Asked {
    pub new_take: bool,
    pub export: bool,
    pub export_starred: bool,
    pub copy: bool,
    /// Where the page *Learn* is to be shown.
    pub learn: Option<Rect>,
}

impl Pages {
    /// Shows the bar of tabs and the page that is open.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        setter: &ParamSetter<'_>,
        params: &JukeboxParams,
        band: &[Part],
    ) -> Asked {
        self.bar(ui);
        let mut asked = Asked::default();
        let all = settings(params, band);
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 8.0), Sense::hover());
        let top = rect.bottom();
        let area = Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), PAGE));
        let height = if !self.search.trim().is_empty() {
            let found = all.iter().filter(|it| catalogue::matches(it, &self.search));
            let found: Vec<&Setting<'_>> = found.collect();
            if found.is_empty() {
                let it = theme::of(ui);
                let text = "No setting is called so. Escape closes the search.";
                let at = area.left_top() + vec2(0.0, 12.0);
                ui.painter().text(at, Align2::LEFT_TOP, text, theme::body(), it.faint);
            }
            groups(ui, setter, area, &found, true)
        } else if self.tab == Tab::Play {
            asked.new_take = play::show(ui, setter, params, &all, area);
            PAGE
        } else if self.tab == Tab::Learn {
            asked.learn = Some(area);
            PAGE
        } else {
            let mut area = area;
            if self.tab == Tab::Midi {
                export(ui, area, &mut asked);
                area.min.x += 3.0 * field::SIZE.x + 2.0 * BETWEEN + APART;
            }
            let here: Vec<_> = all.iter().filter(|it| it.tab == Some(self.tab)).collect();
            groups(ui, setter, area, &here, false)
        };
        ui.allocate_exact_size(vec2(area.width(), height.max(PAGE)), Sense::hover());
        asked
    }

    /// Opens a page.
    pub fn open(&mut self, tab: Tab) {
        (self.tab, self.search) = (tab, String::new());
    }

    /// Puts the keyboard into the search.
    pub fn search(&mut self, ui: &Ui) {
        ui.memory_mut(|memory| memory.request_focus(search_id()));
    }

    /// Ends the search.
    pub fn close(&mut self) {
        self.search.clear();
    }

    fn bar(&mut self, ui: &mut Ui) {
        let it = theme::of(ui);
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), TABS), Sense::hover());
        let mut left = rect.left();
        for tab in Tab::ALL {
            let chosen = self.tab == tab && self.search.trim().is_empty();
            let colour = if chosen { it.text } else { it.faint };
            let name = ui.painter().layout_no_wrap(tab.name().to_owned(), theme::large(), colour);
            let size = vec2(name.size().x + 26.0, TABS);
            let place = Rect::from_min_size(pos2(left, rect.top()), size);
            let response =
                ui.interact(place, ui.scope_id().with(("tab", tab.name())), Sense::click());
            response.widget_info(|| WidgetInfo::selected(Role::Tab, true, chosen, tab.name()));
            let painter = ui.painter();
            if response.hovered() || response.has_focus() {
                painter.rect_filled(place.shrink2(vec2(2.0, 3.0)), 5.0, it.raised);
            }
            let text = Align2::CENTER_CENTER.anchor_size(place.center(), name.size());
            painter.galley(text.min, name, colour);
            if chosen {
                let line = place.bottom() - 1.5;
                painter.hline(
                    place.shrink2(vec2(10.0, 0.0)).x_range(),
                    line,
                    (2.5, colour_of(it, Some(tab))),
                );
            }
            if response.on_hover_text(tab.tip()).clicked() {
                self.open(tab);
            }
            left = place.right();
        }
        let place = Rect::from_min_max(
            pos2((rect.right() - 230.0).max(left + 8.0), rect.top() + 3.0),
            rect.right_bottom() - vec2(0.0, 3.0),
        );
        let edit = TextEdit::singleline(&mut self.search).id(search_id());
        let edit = ui.place(place, edit.hint_text("Find a setting  ( / )"));
        if edit.has_focus() && ui.input(|input| input.key_pressed(Key::Escape)) {
            self.close();
        }
        ui.painter().hline(rect.x_range(), rect.bottom() + 0.5, (1.0, it.line));
    }
}

fn search_id() -> egui::Id {
    egui::Id::unique("find a setting")
}

/// The colour of what a page is about.
fn colour_of(it: &theme::Scheme, tab: Option<Tab>) -> egui::Color32 {
    match tab {
        Some(Tab::Play | Tab::Steer | Tab::Learn) => it.compose,
        Some(Tab::Perform | Tab::Midi) | None => it.perform,
        Some(Tab::Sound) => it.sound,
    }
}

/// What can be written: a MIDI file of what is seen, one of each starred take, and the song for another instance.
fn export(ui: &mut Ui, area: Rect, asked: &mut Asked) {
    let it = theme::of(ui);
    ui.painter().text(area.min, Align2::LEFT_TOP, "Export", theme::small(), it.perform);
    let place = Rect::from_min_size(area.min + vec2(0.0, TITLE), field::SIZE);
    let tip = "Writes the loop, or the bars in view, as a MIDI file into the export folder (E).";
    asked.export = ui.place(place, Button::new("Export MIDI")).on_hover_text(tip).clicked();
    let beside = vec2(field::SIZE.x + BETWEEN, 0.0);
    let place = place.translate(beside);
    let tip = "Composes the starred takes of this record with the settings of now, and writes a MIDI file of each.";
    asked.export_starred =
        ui.place(place, Button::new("Export starred")).on_hover_text(tip).clicked();
    let tip = "Puts the song into the clipboard (Ctrl C): Ctrl V in another instance, of any host, plays it there.";
    let place = place.translate(beside);
    asked.copy = ui.place(place, Button::new("Copy song")).on_hover_text(tip).clicked();
}

/// Shows settings in their groups, one beside the other as far as there is room; gives the height that they take.
/// Where they come from several pages, the groups say from which.
fn groups(
    ui: &mut Ui,
    setter: &ParamSetter<'_>,
    area: Rect,
    shown: &[&Setting<'_>],
    with_tab: bool,
) -> f32 {
    let it = theme::of(ui);
    let mut at = Vec2::ZERO;
    for group in shown.chunk_by(|a, b| (a.tab, a.group) == (b.tab, b.group)) {
        let fits = ((area.width() + BETWEEN) / (field::SIZE.x + BETWEEN)).floor().max(1.0);
        let columns = group.len().min(fits as usize);
        let width = columns as f32 * (field::SIZE.x + BETWEEN) - BETWEEN;
        if at.x > 0.0 && at.x + width > area.width() {
            at = vec2(0.0, at.y + TITLE + field::SIZE.y + BETWEEN);
        }
        let colour = colour_of(it, group[0].tab);
        let place = group[0].tab.map_or("Beside the roll", Tab::name);
        let name = match (with_tab, group[0].group) {
            (true, "") => place.to_owned(),
            (true, name) => format!("{place}: {name}"),
            (false, name) => name.to_owned(),
        };
        let corner = area.min + at;
        ui.painter().text(corner, Align2::LEFT_TOP, name, theme::small(), colour);
        for (row, settings) in group.chunks(columns).enumerate() {
            if row > 0 {
                at.y += field::SIZE.y + BETWEEN;
            }
            for (column, setting) in settings.iter().enumerate() {
                let left = column as f32 * (field::SIZE.x + BETWEEN);
                let corner = area.min + vec2(at.x + left, at.y + TITLE);
                let place = Rect::from_min_size(corner, field::SIZE);
                within(ui, place, |ui| {
                    let salt = (&*setting.label, setting.group);
                    ui.push_id(salt, |ui| field::show(ui, setter, setting, colour));
                });
            }
        }
        at.x += width + APART;
    }
    at.y + TITLE + field::SIZE.y
}
