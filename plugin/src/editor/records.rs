//! The records to choose from.

use std::path::PathBuf;

use egui::{Align2, RichText, ScrollArea, Sense, Ui, Window, vec2};
use jukebox_model::format::thousands;
use nice_plug::prelude::{Param, ParamSetter};

use super::browser::Browser;
use super::control::Control;
use super::header::in_short;
use super::presets::{self, Settings};
use super::{sleeve, theme};
use crate::params::JukeboxParams;
use crate::records::RecordFacts;
use crate::records::list::{self, Entry};
use crate::shared::{Order, Shared, View};

/// The list, while it is open, and what is typed below it.
#[derive(Default)]
pub struct Records {
    pub open: bool,
    path: String,
    /// A folder to find others in, where somebody looks for one.
    browser: Option<Browser>,
    /// Steps through the list that wait until it has been looked up.
    steps: i32,
}

impl Records {
    /// Opens or closes the list; its contents are looked up anew.
    pub fn toggle(&mut self, shared: &Shared) {
        self.open = !self.open;
        if self.open {
            shared.order(Order::Browse);
        }
    }

    /// Plays the next record of the list, or the one before.
    pub fn step(
        &mut self,
        setter: &ParamSetter<'_>,
        params: &JukeboxParams,
        shared: &Shared,
        view: &View,
        on: bool,
    ) {
        let by = if on { 1 } else { -1 };
        if view.library.is_empty() {
            shared.order(Order::Browse);
            self.steps += by;
            return;
        }
        let usable: Vec<&Entry> = view.library.iter().filter(|it| it.facts.is_ok()).collect();
        let here = usable.iter().position(|entry| plays(entry, view));
        let count = usable.len() as i32;
        let next = match here {
            Some(here) => (here as i32 + by).rem_euclid(count.max(1)),
            None => 0,
        };
        if let Some(entry) = usable.get(next as usize) {
            choose(setter, params, shared, entry);
        }
    }

    /// Shows the list.
    pub fn show(
        &mut self,
        ui: &Ui,
        setter: &ParamSetter<'_>,
        params: &JukeboxParams,
        shared: &Shared,
        view: &View,
    ) {
        if self.steps != 0 && !view.listing && !view.library.is_empty() {
            let on = self.steps > 0;
            self.steps = 0;
            self.step(setter, params, shared, view, on);
        }
        let it = theme::of(ui);
        let mut open = self.open;
        let window = Window::new("Records").open(&mut open).collapsible(false).default_width(560.0);
        let window = window.anchor(Align2::CENTER_TOP, [0.0, 98.0]);
        let mut chosen = None;
        window.show(ui.ctx(), |ui| {
            let settings = Settings::of(params);
            let height = (ui.ctx().content_rect().height() - 280.0).clamp(220.0, 480.0);
            ScrollArea::vertical().max_height(height).show(ui, |ui| {
                for entry in view.library.iter() {
                    if row(ui, entry, view) {
                        chosen = Some(entry.clone());
                    }
                    ui.indent(("presets", entry.number), |ui| {
                        presets::row(ui, setter, &settings, entry.number);
                    });
                }
                if view.listing {
                    ui.label(RichText::new("Looking for records...").small().color(it.faint));
                }
            });
            ui.separator();
            if let Some(folder) = list::folder() {
                let folder = format!("Your own records are looked for in {}", folder.display());
                ui.label(RichText::new(folder).small().color(it.faint));
            }
            self.file(ui, setter, params, shared);
        });
        self.open &= open;
        if let Some(entry) = chosen {
            choose(setter, params, shared, &entry);
        }
    }

    /// Any other file, by its path.
    fn file(
        &mut self,
        ui: &mut Ui,
        setter: &ParamSetter<'_>,
        params: &JukeboxParams,
        shared: &Shared,
    ) {
        ui.horizontal(|ui| {
            let hint = "or paste the path of a .safetensors file";
            let field = egui::TextEdit::singleline(&mut self.path).hint_text(hint);
            let field = ui.add(field.desired_width(350.0));
            let entered =
                field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
            let clicked = ui.button("Load").clicked();
            if ui.button("Browse").on_hover_text("Looks through your folders.").clicked() {
                self.browser = match self.browser.take() {
                    Some(_) => None,
                    None => Some(Browser::open(Browser::home())),
                };
            }
            // Paths that a file manager copies often come in quotes.
            let path = self.path.trim().trim_matches(['"', '\'']);
            if (entered || clicked) && !path.is_empty() {
                load(setter, params, shared, PathBuf::from(path));
            }
        });
        if let Some(path) = self.browser.as_mut().and_then(|browser| browser.show(ui)) {
            load(setter, params, shared, path);
        }
    }
}

/// Plays a record of the list.
fn choose(setter: &ParamSetter<'_>, params: &JukeboxParams, shared: &Shared, entry: &Entry) {
    match &entry.path {
        Some(path) => load(setter, params, shared, path.clone()),
        None => put_on(setter, params, entry.number),
    }
}

/// Whether a record of the list plays now.
fn plays(entry: &Entry, view: &View) -> bool {
    // Of a file only the header is known, not the hash.
    view.record.as_ref().is_some_and(|playing| match &entry.path {
        Some(path) => view.path.as_ref() == Some(path),
        None => entry.facts.as_ref().is_ok_and(|facts| facts.hash == playing.hash),
    })
}

/// Plays the record of a file.
pub fn load(setter: &ParamSetter<'_>, params: &JukeboxParams, shared: &Shared, path: PathBuf) {
    if params.composition.record.value() != 0 {
        put_on(setter, params, 0);
    }
    shared.order(Order::Load(path));
}

/// Plays the built-in record of a number, or with 0 the one that was loaded.
fn put_on(setter: &ParamSetter<'_>, params: &JukeboxParams, number: u32) {
    let param = &params.composition.record;
    param.set(setter, Param::preview_normalized(param, number as i32));
}

/// A record of the list; says whether it was chosen.
fn row(ui: &mut Ui, entry: &Entry, view: &View) -> bool {
    let (name, line, usable) = match &entry.facts {
        Ok(facts) => (display_name(facts).to_owned(), facts_line(facts), true),
        Err(error) => {
            let file = entry.path.as_ref().and_then(|path| path.file_name());
            (file.unwrap_or_default().to_string_lossy().into_owned(), error.clone(), false)
        }
    };
    let (it, plays) = (theme::of(ui), plays(entry, view));
    let frame = egui::Frame::new().inner_margin(6.0).corner_radius(5.0);
    let frame = frame.fill(if plays { it.raised } else { it.panel });
    let inner = frame.show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.horizontal(|ui| {
            let (cover, _) = ui.allocate_exact_size(vec2(40.0, 40.0), Sense::hover());
            sleeve::paint(ui.painter(), cover, entry.facts.as_ref().ok());
            ui.vertical(|ui| {
                ui.horizontal(|ui| {
                    let colour = if usable { it.text } else { it.lock };
                    ui.label(RichText::new(name).strong().color(colour));
                    let place = if entry.path.is_none() { "built in" } else { "" };
                    let place = if plays { "plays now" } else { place };
                    ui.label(RichText::new(place).small().color(it.compose));
                });
                ui.label(RichText::new(line).small().color(it.faint));
            });
        });
    });
    let response = inner.response.interact(Sense::click());
    ui.allocate_space(vec2(0.0, 1.0));
    usable && response.on_hover_text("Click to play this record.").clicked()
}

/// What a record is called.
pub fn display_name(facts: &RecordFacts) -> &str {
    if facts.name.is_empty() { "Untitled record" } else { &facts.name }
}

/// A record's figures, in a line.
fn facts_line(facts: &RecordFacts) -> String {
    let (notes, pieces) = (thousands(facts.notes), thousands(facts.pieces));
    format!("{}  ·  {notes} notes of {pieces} pieces in {}", in_short(facts), facts.collection)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_told_in_a_line() {
        let facts = RecordFacts {
            collection: "tunes.zip".to_owned(),
            pieces: 12,
            notes: 3456,
            drums: true,
            ..RecordFacts::default()
        };
        let line = facts_line(&facts);
        for part in ["3,456 notes of 12 pieces in tunes.zip", "Drums"] {
            assert!(line.contains(part), "{line}");
        }
    }
}
