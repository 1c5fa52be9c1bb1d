//! What the keys and the mouse do.

use egui::{Align2, Grid, RichText, ScrollArea, Ui, Window};

use super::theme;

/// Keys and gestures, with what they do.
const KEYS: [(&str, &str); 18] = [
    ("R", "compose again what is not locked"),
    ("N", "another take"),
    ("L", "lock or unlock the bar under the pointer"),
    ("Ctrl Z, Ctrl Y", "undo, redo the last edits"),
    ("E", "export the loop, or the bars in view, as a MIDI file"),
    ("Ctrl C, Ctrl V", "copy the song, paste it into another instance"),
    ("F", "follow the playhead"),
    ("Arrows", "move through the roll, or turn the control that has the keyboard"),
    ("+ and -", "fewer or more bars in view"),
    ("/", "find a setting"),
    ("F1 or ?", "this help"),
    ("Esc", "close what is open"),
    ("Click a bar's lock", "lock or unlock the bar; drag over several"),
    ("Wheel on the roll", "scroll; with Ctrl, zoom"),
    ("Click Form or Chords", "write letters, or chords from a bar on"),
    ("Right-click a control", "type its value"),
    ("Double-click a control", "back to its default"),
    ("Space", "is the host's"),
];

/// Shows the help while it is open.
pub fn show(ui: &Ui, open: &mut bool) {
    let window = Window::new("Help").anchor(Align2::CENTER_CENTER, [0.0, 0.0]);
    window.open(open).collapsible(false).resizable(false).show(ui.ctx(), |ui| {
        ui.label("Press play in the host, and the jukebox composes; or press Play here, and it plays while the host stands.");
        ui.label("Hear it through its own sound, or send its MIDI to an instrument.");
        ui.add_space(6.0);
        let height = ui.ctx().content_rect().height() - 190.0;
        let keys = ScrollArea::vertical().max_height(height).min_scrolled_height(height);
        keys.show(ui, |ui| {
            Grid::new("keys").num_columns(2).spacing([16.0, 4.0]).show(ui, |ui| {
                for (key, does) in KEYS {
                    ui.label(RichText::new(key).color(theme::of(ui).compose));
                    ui.label(does);
                    ui.end_row();
                }
            });
        });
    });
}
