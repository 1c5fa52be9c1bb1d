//! What the window shows, and what its keys do.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use atomic_float::AtomicF64;
use egui::{Align, Button, Key, Layout, Modifiers, Response, RichText, Sense, Stroke, Ui, vec2};
use nice_plug::context::gui::GuiContext;
use nice_plug::prelude::Param;
use nice_plug_egui::baseview::WindowSize as BaseviewSize;
use nice_plug_egui::{Frame, NiceEguiApp};

use super::records::{Records, display_name, facts_line};
use super::roll::Roll;
use super::{controls, field, help, theme};
use crate::editor::export::Selection;
use crate::params::{JukeboxParams, Mode, WindowSize};
use crate::records::list;
use crate::shared::{Order, Shared, View};

/// Between two pictures while the playhead moves, and while it stands.
const MOVING: Duration = Duration::from_millis(16);
const STANDING: Duration = Duration::from_millis(250);

/// The contents of one window.
pub struct App {
    params: Arc<JukeboxParams>,
    shared: Arc<Shared>,
    host: GuiContext,
    scale: Arc<AtomicF64>,
    roll: Roll,
    records: Records,
    help: bool,
    /// What the last export has come to.
    exported: Option<Result<String, String>>,
}

impl App {
    /// A window's contents.
    pub fn new(
        params: Arc<JukeboxParams>,
        shared: Arc<Shared>,
        host: GuiContext,
        scale: Arc<AtomicF64>,
    ) -> Self {
        Self {
            params,
            shared,
            host,
            scale,
            roll: Roll::default(),
            records: Records::default(),
            help: false,
            exported: None,
        }
    }

    /// Shows everything.
    pub fn show(&mut self, ui: &mut Ui) {
        let view = self.shared.view();
        self.keys(ui, &view);
        egui::Panel::top("head").show(ui, |ui| {
            ui.add_space(4.0);
            self.head(ui, &view);
            ui.add_space(2.0);
        });
        egui::Panel::bottom("foot").show(ui, |ui| {
            ui.add_space(4.0);
            controls::show(ui, &self.host.param_setter(), &self.params);
            ui.separator();
            self.status(ui, &view);
        });
        let performance = self.params.performance();
        egui::CentralPanel::default().frame(egui::Frame::new().fill(theme::PAPER)).show(ui, |ui| {
            let sounds_as = |note: &_, drums| performance.key_of(note, drums).map(i32::from);
            self.roll.show(ui, &view, &self.shared, sounds_as);
        });
        let setter = self.host.param_setter();
        self.records.show(ui, &setter, &self.params, &self.shared, &view);
        help::show(ui, &mut self.help);
    }

    fn head(&mut self, ui: &mut Ui, view: &View) {
        ui.horizontal(|ui| {
            let sign = jukebox(ui);
            let name = match &view.record {
                Some(record) => display_name(record),
                None if view.message.is_some() => "No record",
                None => "Loading the record",
            };
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                self.buttons(ui, view);
                ui.with_layout(Layout::top_down(Align::Min), |ui| {
                    let heading = RichText::new(name).heading().color(theme::NOTE);
                    let record = ui
                        .add(egui::Label::new(heading).sense(Sense::click()).truncate())
                        .on_hover_cursor(egui::CursorIcon::PointingHand)
                        .on_hover_text("Click for the list of records.");
                    let line = view.record.as_ref().map(facts_line).unwrap_or_default();
                    let line = RichText::new(line).small().color(theme::FAINT);
                    ui.add(egui::Label::new(line).truncate());
                    if record.clicked() || sign.clicked() {
                        self.records.toggle(&self.shared);
                    }
                });
            });
        });
    }

    /// The big buttons, from right to left.
    fn buttons(&mut self, ui: &mut Ui, view: &View) {
        if ui.button("?").on_hover_text("What the keys and the mouse do (F1).").clicked() {
            self.help = !self.help;
        }
        let tip =
            "Writes the loop, or the bars in view, as a MIDI file into the export folder (E).";
        if ui.button("Export").on_hover_text(tip).clicked() {
            self.export(view);
        }
        if ui.button("Records").on_hover_text("The records to play.").clicked() {
            self.records.toggle(&self.shared);
        }
        ui.separator();
        let (undo, redo) = view.undone;
        let ask = |ui: &mut Ui, enabled: bool, name: &str, tip: &str, order: Order| {
            let button = ui.add_enabled(enabled, Button::new(name)).on_hover_text(tip);
            if button.clicked() {
                self.shared.order(order);
            }
        };
        ask(ui, redo > 0, "Redo", "Does the last undone edit again (Ctrl Y).", Order::Redo);
        ask(ui, undo > 0, "Undo", "Takes the last edit back (Ctrl Z).", Order::Undo);
        if self.params.composition.mode.value() == Mode::Reply {
            let tip = "Locks the phrase that you played last at the beginning of the loop, and goes on from it.";
            ask(ui, true, "Keep phrase", tip, Order::KeepPhrase);
        }
        if big(ui, "New take", theme::COMPOSE)
            .on_hover_text("Another tune: the next take number (N).")
            .clicked()
        {
            self.new_take();
        }
        let tip = "Composes every bar again that is not locked, between those that are (R).";
        if big(ui, "Recompose", theme::NOTE).on_hover_text(tip).clicked() {
            self.shared.order(Order::Recompose(None));
        }
    }

    fn new_take(&self) {
        let take = &self.params.composition.take;
        let next = take.value() % 999 + 1;
        field::set(&self.host.param_setter(), take, take.preview_normalized(next));
    }

    /// Keys, where no text is being typed. The space bar stays with the host.
    fn keys(&mut self, ui: &Ui, view: &View) {
        if ui.memory(|memory| memory.focused().is_some()) {
            return;
        }
        let pressed = |modifiers: Modifiers, key: Key| {
            ui.input_mut(|input| input.consume_key(modifiers, key))
        };
        let orders = [
            (Modifiers::COMMAND | Modifiers::SHIFT, Key::Z, Order::Redo),
            (Modifiers::COMMAND, Key::Z, Order::Undo),
            (Modifiers::COMMAND, Key::Y, Order::Redo),
            (Modifiers::NONE, Key::R, Order::Recompose(None)),
        ];
        for (modifiers, key, order) in orders {
            if pressed(modifiers, key) {
                self.shared.order(order);
            }
        }
        if pressed(Modifiers::NONE, Key::N) {
            self.new_take();
        }
        if pressed(Modifiers::NONE, Key::E) {
            self.export(view);
        }
        if pressed(Modifiers::NONE, Key::F) {
            self.roll.follow();
        }
        if pressed(Modifiers::NONE, Key::F1) || pressed(Modifiers::NONE, Key::Questionmark) {
            self.help = !self.help;
        }
        if pressed(Modifiers::NONE, Key::Escape) {
            (self.help, self.records.open) = (false, false);
        }
    }

    /// The bars that are exported: the loop, or those in view.
    fn selection(&self, view: &View) -> Range<u32> {
        let live = &self.shared.live;
        let here = view.score.bar_number(live.tick.load(Relaxed));
        let length = view.slots.iter().max().map(|last| last + 1);
        match (view.slots.get(here as usize), length) {
            (Some(slot), Some(length)) => {
                let first = here.saturating_sub(*slot);
                first..first + length
            }
            _ => self.roll.bars(view, live),
        }
    }

    fn export(&mut self, view: &View) {
        let bars = self.selection(view);
        let tempo = self.shared.live.tempo.load(Relaxed);
        let record = view.record.as_ref().map_or("AI Jukebox", display_name);
        let selection = Selection {
            score: &view.score,
            bars: bars.start..bars.end.min(view.score.bars.len() as u32),
            performance: self.params.performance(),
            tempo: if tempo > 0.0 { tempo } else { 120.0 },
            title: format!("{record}, take {}", self.params.composition.take.value()),
        };
        let folder = list::export_folder().ok_or("There is no folder to export to.".to_owned());
        let written = folder.and_then(|folder| selection.write_into(&folder));
        self.exported = Some(written.map(|path| format!("Exported to {}", path.display())));
    }

    fn status(&self, ui: &mut Ui, view: &View) {
        let live = &self.shared.live;
        let score = &view.score;
        let here = score.bar_number(live.tick.load(Relaxed));
        let ahead = (score.bars.len() as u32).saturating_sub(here + 1);
        let playing = live.playing.load(Relaxed);
        let state = if playing { "playing" } else { "stopped" };
        let locked = match view.slots.iter().max() {
            Some(last) => view.locked.iter().take(*last as usize + 1).filter(|it| **it).count(),
            None => view.locked.iter().filter(|it| **it).count(),
        };
        let mut status = format!(
            "Take {}  ·  {state}, bar {}  ·  composed {ahead} bars ahead  ·  {} late",
            self.params.composition.take.value(),
            here + 1,
            live.underruns.load(Relaxed),
        );
        if locked > 0 {
            status.push_str(&format!("  ·  {locked} locked"));
        }
        let (message, colour) = match (&view.message, &self.exported) {
            (Some(message), _) => (message.clone(), theme::LOCK),
            (None, Some(Ok(done))) => (done.clone(), theme::COMPOSE),
            (None, Some(Err(error))) => (error.clone(), theme::LOCK),
            (None, None) if live.seconds.load(Relaxed) < 1.0 => {
                ("Press play in the host, and the jukebox composes.".to_owned(), theme::COMPOSE)
            }
            (None, None) => (String::new(), theme::FAINT),
        };
        if !message.is_empty() {
            ui.label(RichText::new(message).color(colour));
        }
        ui.horizontal(|ui| {
            ui.label(RichText::new(status).color(theme::FAINT).small());
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let version = concat!("AI Jukebox ", env!("CARGO_PKG_VERSION"));
                ui.label(RichText::new(version).color(theme::FAINT).small());
            });
        });
        ui.add_space(2.0);
    }
}

/// A button that stands out.
fn big(ui: &mut Ui, name: &str, colour: egui::Color32) -> Response {
    let text = RichText::new(name).color(colour).strong();
    let button = Button::new(text).stroke(Stroke::new(1.0, colour.gamma_multiply(0.7)));
    ui.add(button.min_size(vec2(92.0, 30.0)))
}

/// The sign: the lit arches of a jukebox.
fn jukebox(ui: &mut Ui) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(34.0, 36.0), Sense::click());
    let painter = ui.painter();
    let foot = rect.bottom() - 3.0;
    for (inset, colour) in [(0.0, theme::LOCK), (4.5, theme::NOTE), (9.0, theme::COMPOSE)] {
        let radius = 15.0 - inset;
        let arch = (0..=24).map(|step| {
            let angle = std::f32::consts::PI * (1.0 + step as f32 / 24.0);
            rect.center_top() + vec2(0.0, 17.0) + radius * vec2(angle.cos(), angle.sin())
        });
        let mut points: Vec<_> = arch.collect();
        points.insert(0, egui::pos2(rect.center().x - radius, foot));
        points.push(egui::pos2(rect.center().x + radius, foot));
        painter.line(points, Stroke::new(2.2, colour));
    }
    painter.circle_filled(rect.center() + vec2(0.0, 6.0), 2.6, theme::TEXT);
    response.on_hover_cursor(egui::CursorIcon::PointingHand).on_hover_text("The records to play.")
}

impl NiceEguiApp for App {
    fn build(
        &mut self,
        egui_ctx: egui::Context,
        _host: GuiContext,
        frame: &mut Frame,
    ) -> Result<(), nice_plug_egui::baseview::HandlerError> {
        theme::apply(&egui_ctx);
        frame.set_clear_color(theme::GROUND.into());
        Ok(())
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut Frame) {
        self.show(ui);
        let playing = self.shared.live.playing.load(Relaxed);
        ui.ctx().request_repaint_after(if playing { MOVING } else { STANDING });
    }

    fn resized(&mut self, size: BaseviewSize) {
        self.scale.store(size.scale_factor, Relaxed);
        *self.params.window.write() =
            WindowSize { width: size.logical.width as f32, height: size.logical.height as f32 };
    }
}
