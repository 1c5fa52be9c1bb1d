//! What the window shows: the record, the parameters, the take around the playhead, and how the
//! conductor is doing.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use atomic_float::AtomicF64;
use egui::{Align, Layout, RichText, Ui};
use nice_plug::context::gui::GuiContext;
use nice_plug_egui::baseview::WindowSize as BaseviewSize;
use nice_plug_egui::{Frame, NiceEguiApp};

use super::{WindowSize, controls, roll};
use crate::conductor::{Order, Shared, View};
use crate::params::JukeboxParams;

/// Between two pictures while the playhead moves, and while it stands.
const MOVING: Duration = Duration::from_millis(33);
const STANDING: Duration = Duration::from_millis(250);

/// The colours of the window.
pub(super) mod colours {
    use egui::Color32;

    pub const WINDOW: Color32 = Color32::from_rgb(32, 35, 42);
    pub const PAPER: Color32 = Color32::from_rgb(24, 26, 31);
    /// Rows of black keys.
    pub const SHADE: Color32 = Color32::from_rgb(20, 22, 26);
    pub const BAR: Color32 = Color32::from_rgb(72, 78, 92);
    pub const BEAT: Color32 = Color32::from_rgb(41, 45, 54);
    pub const FAINT: Color32 = Color32::from_rgb(140, 147, 162);
    pub const NOTE: Color32 = Color32::from_rgb(242, 177, 82);
    pub const PLAYHEAD: Color32 = Color32::from_rgb(238, 240, 245);
    pub const WARNING: Color32 = Color32::from_rgb(255, 133, 108);
}

/// The contents of one window.
pub struct App {
    params: Arc<JukeboxParams>,
    shared: Arc<Shared>,
    host: GuiContext,
    scale: Arc<AtomicF64>,
    /// What is typed in the record field.
    path: String,
}

impl App {
    /// A window's contents.
    pub fn new(
        params: Arc<JukeboxParams>,
        shared: Arc<Shared>,
        host: GuiContext,
        scale: Arc<AtomicF64>,
    ) -> Self {
        let path = shared.song().record.path.unwrap_or_default().display().to_string();
        Self { params, shared, host, scale, path }
    }

    fn record(&mut self, ui: &mut Ui, view: &View) {
        ui.horizontal(|ui| {
            ui.heading(RichText::new(record_name(view)).color(colours::NOTE));
            if let Some(record) = &view.record {
                let facts = format!(
                    "learnt {} notes of {} pieces in {}",
                    grouped(record.notes),
                    grouped(record.pieces),
                    record.collection
                );
                ui.label(RichText::new(facts).color(colours::FAINT));
            }
        });
        ui.horizontal(|ui| {
            ui.label("Record file");
            let load = ui
                .with_layout(Layout::right_to_left(Align::Center), |ui| {
                    if ui.button("Built-in").clicked() {
                        self.shared.order(Order::BuiltIn);
                    }
                    let clicked = ui.button("Load").clicked();
                    let field = egui::TextEdit::singleline(&mut self.path)
                        .hint_text("the path of a .safetensors file that the trainer wrote")
                        .desired_width(f32::INFINITY);
                    let entered = ui.add(field).lost_focus()
                        && ui.input(|input| input.key_pressed(egui::Key::Enter));
                    clicked || entered
                })
                .inner;
            // Paths that a file manager copies often come in quotes.
            let path = self.path.trim().trim_matches(['"', '\'']);
            if load && !path.is_empty() {
                self.shared.order(Order::Load(PathBuf::from(path)));
            }
        });
    }

    fn controls(&self, ui: &mut Ui) {
        let setter = self.host.param_setter();
        ui.horizontal_wrapped(|ui| {
            controls::whole_number(ui, &setter, &self.params.composition.take);
            controls::slider(ui, &setter, &self.params.composition.temperature, 0.0..=2.0);
            controls::choice(ui, &setter, &self.params.performance.key);
            controls::whole_number(ui, &setter, &self.params.performance.octave);
            controls::switch(ui, &setter, &self.params.bypass);
        });
    }

    fn status(&self, ui: &mut Ui, view: &View) {
        let live = &self.shared.live;
        let score = &view.score;
        let here = score.bar_number(live.tick.load(Relaxed));
        let ahead = (score.bars.len() as u32).saturating_sub(here + 1);
        let status = format!(
            "Take {}  ·  bar {}  ·  composed {ahead} bars ahead  ·  {} late",
            self.params.composition.take,
            here + 1,
            live.underruns.load(Relaxed),
        );
        ui.horizontal(|ui| {
            ui.label(RichText::new(status).color(colours::FAINT).small());
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let version = concat!("AI Jukebox ", env!("CARGO_PKG_VERSION"));
                ui.label(RichText::new(version).color(colours::FAINT).small());
            });
        });
        if let Some(message) = &view.message {
            ui.label(RichText::new(message).color(colours::WARNING));
        }
    }
}

/// A count with its thousands set apart.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn record_name(view: &View) -> &str {
    match &view.record {
        Some(record) if record.name.is_empty() => "Untitled record",
        Some(record) => &record.name,
        None if view.message.is_some() => "No record",
        None => "Loading the record",
    }
}

impl NiceEguiApp for App {
    fn build(
        &mut self,
        egui_ctx: egui::Context,
        _host: GuiContext,
        frame: &mut Frame,
    ) -> Result<(), nice_plug_egui::baseview::HandlerError> {
        let mut visuals = egui::Visuals::dark();
        visuals.panel_fill = colours::WINDOW;
        visuals.selection.bg_fill = colours::NOTE.gamma_multiply(0.5);
        egui_ctx.set_visuals(visuals);
        frame.set_clear_color(colours::WINDOW.into());
        Ok(())
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut Frame) {
        let view = self.shared.view();
        egui::Panel::top("record").show(ui, |ui| {
            ui.add_space(6.0);
            self.record(ui, &view);
            ui.add_space(4.0);
            self.controls(ui);
            ui.add_space(6.0);
        });
        egui::Panel::bottom("status").show(ui, |ui| self.status(ui, &view));
        let live = &self.shared.live;
        let shift = self.params.performance().shift;
        egui::CentralPanel::default()
            .frame(egui::Frame::new().fill(colours::PAPER))
            .show(ui, |ui| roll::show(ui, &view.score, live, shift));
        let playing = live.playing.load(Relaxed);
        ui.ctx().request_repaint_after(if playing { MOVING } else { STANDING });
    }

    fn resized(&mut self, size: BaseviewSize) {
        self.scale.store(size.scale_factor, Relaxed);
        *self.params.window.write() =
            WindowSize { width: size.logical.width as f32, height: size.logical.height as f32 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_in_thousands() {
        let texts = [0, 999, 1_000, 417_206, 12_345_678].map(grouped);
        assert_eq!(texts, ["0", "999", "1,000", "417,206", "12,345,678"]);
    }
}
