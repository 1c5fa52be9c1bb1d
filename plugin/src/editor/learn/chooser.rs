//! Looking through folders for what is to be learnt. The folders are read by the learning thread.

use std::path::PathBuf;

use egui::{Align2, CursorIcon, Label, RichText, ScrollArea, Sense, Ui, Window};

use super::super::theme;
use super::words;
use crate::learning::Listing;

/// What was chosen.
pub enum Chosen {
    /// To look into a folder.
    Look(PathBuf),
    /// To learn from a folder or a file.
    Learn(PathBuf),
    /// To look no more.
    Nothing,
}

/// Shows a folder.
pub fn show(ui: &Ui, listing: &Listing) -> Option<Chosen> {
    let it = theme::of(ui);
    let (mut open, mut chosen) = (true, None);
    let window = Window::new("Learn from").open(&mut open).collapsible(false).default_width(460.0);
    window.anchor(Align2::CENTER_TOP, [0.0, 98.0]).show(ui.ctx(), |ui| {
        let place = RichText::new(listing.folder.display().to_string()).small().color(it.faint);
        ui.add(Label::new(place).truncate());
        if let Some(error) = &listing.error {
            ui.label(RichText::new(error).color(it.lock));
        }
        ScrollArea::vertical().max_height(220.0).show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            let line = |ui: &mut Ui, text: String, colour| {
                let label = Label::new(RichText::new(text).color(colour)).sense(Sense::click());
                ui.add(label).on_hover_cursor(CursorIcon::PointingHand).clicked()
            };
            if let Some(parent) = listing.folder.parent()
                && line(ui, "..".to_owned(), it.compose)
            {
                chosen = Some(Chosen::Look(parent.to_owned()));
            }
            for name in &listing.folders {
                if line(ui, format!("{name}/"), it.text) {
                    chosen = Some(Chosen::Look(listing.folder.join(name)));
                }
            }
            for name in &listing.files {
                if line(ui, name.clone(), it.sound) {
                    chosen = Some(Chosen::Learn(listing.folder.join(name)));
                }
            }
        });
        ui.separator();
        let text = format!("Learn from all in {}", words::folder_name(&listing.folder));
        let tip = "Its MIDI files, and those of the folders in it.";
        if ui.button(text).on_hover_text(tip).clicked() {
            chosen = Some(Chosen::Learn(listing.folder.clone()));
        }
    });
    if open { chosen } else { Some(Chosen::Nothing) }
}
