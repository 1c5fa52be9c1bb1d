//! What the window shows, and what its keys do.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use atomic_float::AtomicF64;
use egui::{CentralPanel, Event, Frame as Fill, Key, Margin, Modifiers, Panel, Ui};
use nice_plug::context::gui::GuiContext;
use nice_plug::prelude::Param;
use nice_plug_egui::baseview::WindowSize as BaseviewSize;
use nice_plug_egui::{Frame, NiceEguiApp};

use super::arranging::Arranging;
use super::catalogue::Tab;
use super::clipboard::Clipboard;
use super::control::Control;
use super::exports::Exports;
use super::hints::{Hint, Hints};
use super::learn::{Learn, Player};
use super::pages::Pages;
use super::records::{Records, load};
use super::roll::Roll;
use super::takes::Takes;
use super::watch::Watch;
use super::{browser, header, help, status, theme};
use crate::audio::player::Run;
use crate::params::{JukeboxParams, WindowSize};
use crate::shared::{Order, Shared, View};

/// Between two pictures while the playhead moves, and while it stands and nobody watches for changes.
const MOVING: Duration = Duration::from_millis(16);
const STANDING: Duration = Duration::from_millis(250);
/// Between two looks at work that somebody waits for.
const WORKING: Duration = Duration::from_millis(100);

/// The longest text that a key types, in bytes.
const TYPED: usize = 8;

/// The contents of one window.
pub struct App {
    params: Arc<JukeboxParams>,
    shared: Arc<Shared>,
    host: GuiContext,
    scale: Arc<AtomicF64>,
    roll: Roll,
    takes: Takes,
    pages: Pages,
    records: Records,
    learn: Learn,
    help: bool,
    /// Whether the colours that it is dressed in are the light ones; `None` before the first picture.
    light: Option<bool>,
    pub(super) exports: Exports,
    arranging: Arranging,
    clipboard: Clipboard,
    /// The hints of the first minute, and the take that the window was opened with.
    pub(super) hints: Hints,
    opened_with: u32,
    /// Watches for changes once the window has been drawn.
    watch: Option<Watch>,
}

impl App {
    /// A window's contents.
    pub fn new(
        params: Arc<JukeboxParams>,
        shared: Arc<Shared>,
        host: GuiContext,
        scale: Arc<AtomicF64>,
    ) -> Self {
        let opened_with = params.composition.take();
        Self {
            params,
            shared,
            host,
            scale,
            roll: Roll::default(),
            takes: Takes::default(),
            pages: Pages::default(),
            records: Records::default(),
            learn: Learn::default(),
            help: false,
            light: None,
            exports: Exports::default(),
            arranging: Arranging::default(),
            clipboard: Clipboard::default(),
            hints: Hints::of_user(),
            opened_with,
            watch: None,
        }
    }

    /// The same, with trainings that lie elsewhere.
    #[cfg(test)]
    pub fn with_learn(mut self, learn: Learn) -> Self {
        self.learn = learn;
        self
    }

    /// Opens the page *Learn* with files and folders to learn from: what is dropped onto the window, say.
    #[allow(dead_code, reason = "the way in for whatever brings files")]
    pub fn learn_from(&mut self, paths: Vec<PathBuf>) {
        self.pages.open(Tab::Learn);
        self.learn.learn_from(paths);
    }

    /// Shows everything.
    pub fn show(&mut self, ui: &mut Ui) {
        self.dress(ui);
        let view = self.shared.view();
        let host = self.host.clone();
        let setter = host.param_setter();
        self.keys(ui, &view);
        let ground = Fill::new().fill(theme::of(ui).ground);
        let head = Panel::top("head").show_separator_line(false).resizable(false);
        let head = head.frame(ground.inner_margin(Margin::symmetric(14, 10)));
        let asked = head.show(ui, |ui| {
            let own = (&mut self.records, &mut self.takes);
            header::show(ui, &setter, &self.params, &self.shared, &view, own)
        });
        if asked.inner.scheme {
            let mut look = self.params.look.write();
            look.light = !look.light;
        }
        self.help ^= asked.inner.help;
        if asked.inner.lay_out {
            self.exports.last = Some(self.arranging.begin(&self.params, &setter, &view));
        }
        if let Some(done) = self.arranging.go_on(&self.shared) {
            self.exports.last = Some(Ok(done));
        }
        let foot = Panel::bottom("foot").show_separator_line(false).resizable(false);
        let foot =
            foot.frame(ground.inner_margin(Margin { left: 14, right: 14, top: 4, bottom: 6 }));
        let asked = foot.show(ui, |ui| {
            let asked = self.pages.show(ui, &setter, &self.params, &view.score.band.parts);
            if let Some(area) = asked.learn {
                let (params, shared) = (&*self.params, &*self.shared);
                let player = Player { setter: &setter, params, shared, view: &view };
                self.learn.page(ui, area, &player);
            }
            status::show(ui, &self.params, &self.shared, &view, self.exports.last.as_ref());
            asked
        });
        if asked.inner.new_take {
            self.new_take();
        }
        if asked.inner.export {
            self.export(&view);
        }
        if asked.inner.export_starred {
            self.exports.starred(&self.params, &view);
        }
        if asked.inner.copy {
            self.copy(ui);
        }
        if self.clipboard.go_on(&self.params, &self.shared) {
            ui.ctx().request_repaint();
        }
        self.learn.go_on(&self.shared);
        self.exports.go_on(&self.params, &self.shared.live, &view);
        CentralPanel::default().frame(Fill::new().fill(theme::of(ui).paper)).show(ui, |ui| {
            self.roll.show(ui, &setter, &self.params, &self.shared, &view);
        });
        self.records.show(ui, &setter, &self.params, &self.shared, &view);
        help::show(ui, &mut self.help);
        self.hint(ui, &view);
        if self.exports.is_busy() || self.arranging.is_busy() || self.takes.is_busy() {
            ui.ctx().request_repaint_after(WORKING);
        }
    }

    /// Shows hints of what has not been used yet.
    fn hint(&mut self, ui: &Ui, view: &View) {
        let runs = self.params.performance.run.value() == Run::Always;
        let used = [
            (Hint::Play, runs || self.shared.live.playing.load(Relaxed)),
            (Hint::Takes, self.params.composition.take() != self.opened_with),
            (Hint::Chords, self.roll.is_writing() || !view.written.chords.is_empty()),
        ];
        used.into_iter().filter(|it| it.1).for_each(|(hint, _)| self.hints.used(hint));
        if !self.records.open && !self.help {
            self.hints.show(ui);
        }
    }

    /// Puts the chosen scheme on.
    fn dress(&mut self, ui: &mut Ui) {
        let light = self.params.look.read().light;
        if self.light != Some(light) {
            self.light = Some(light);
            theme::apply(ui.ctx(), light);
            let style = ui.ctx().global_style();
            ui.set_style(style);
        }
    }

    /// Puts the song into the clipboard.
    fn copy(&mut self, ui: &Ui) {
        let copied = Clipboard::copy(&self.params, &self.shared);
        self.exports.last = Some(copied.map(|text| {
            ui.ctx().copy_text(text);
            "The song is in the clipboard: Ctrl V in another AI Jukebox pastes it.".to_owned()
        }));
    }

    /// Takes a song from the clipboard.
    fn paste(&mut self, ui: &Ui) {
        // The framework hands on what is pasted as if it had been typed: more than a key types.
        let pasted = |event: &Event| match event {
            Event::Paste(text) => Some(text.clone()),
            Event::Text(text) if text.len() > TYPED => Some(text.clone()),
            _ => None,
        };
        let Some(text) = ui.input(|input| input.events.iter().find_map(pasted)) else { return };
        if let Some(path) = browser::pasted_record(&text) {
            load(&self.host.param_setter(), &self.params, &self.shared, path);
            return;
        }
        let pasted = self.clipboard.paste(&text, &self.params, &self.host.param_setter());
        let none = || Err("There is no song in the clipboard: copy one with Ctrl C.".to_owned());
        let said = pasted.unwrap_or_else(none);
        self.exports.last = Some(said.map(|()| "Pasted the song from the clipboard.".to_owned()));
    }

    fn new_take(&self) {
        let take = &self.params.composition.take;
        let next = take.value() % 999 + 1;
        take.set(&self.host.param_setter(), take.preview_normalized(next));
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
        if ui.input(|input| input.events.iter().any(|event| matches!(event, Event::Copy))) {
            self.copy(ui);
        }
        self.paste(ui);
        if pressed(Modifiers::NONE, Key::N) {
            self.new_take();
        }
        if pressed(Modifiers::NONE, Key::E) {
            self.export(view);
        }
        if pressed(Modifiers::NONE, Key::F) {
            self.roll.follow();
        }
        if pressed(Modifiers::NONE, Key::Slash) {
            self.pages.search(ui);
        }
        if pressed(Modifiers::NONE, Key::F1) || pressed(Modifiers::NONE, Key::Questionmark) {
            self.help = !self.help;
        }
        if pressed(Modifiers::NONE, Key::Escape) {
            (self.help, self.records.open) = (false, false);
            self.pages.close();
            self.learn.close();
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
        self.exports.bars(&self.params, &self.shared.live, view, bars);
    }
}

impl NiceEguiApp for App {
    fn build(
        &mut self,
        egui_ctx: egui::Context,
        _host: GuiContext,
        frame: &mut Frame,
    ) -> Result<(), nice_plug_egui::baseview::HandlerError> {
        let light = self.params.look.read().light;
        theme::apply(&egui_ctx, light);
        frame.set_clear_color(theme::scheme(light).ground.into());
        Ok(())
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut Frame) {
        // Before it is drawn: what changes meanwhile is drawn once more.
        let watch = self.watch.get_or_insert_with(|| {
            let (params, shared) = (Arc::clone(&self.params), Arc::clone(&self.shared));
            Watch::begin(ui.ctx().clone(), params, shared)
        });
        watch.drawn(&self.params, &self.shared);
        let watched = watch.is_watching();
        self.show(ui);
        if self.shared.live.playing.load(Relaxed) {
            ui.ctx().request_repaint_after(MOVING);
        } else if !watched {
            ui.ctx().request_repaint_after(STANDING);
        }
    }

    fn editor_closed(&mut self) {
        self.watch = None;
    }

    fn resized(&mut self, size: BaseviewSize) {
        self.scale.store(size.scale_factor, Relaxed);
        *self.params.window.write() =
            WindowSize { width: size.logical.width as f32, height: size.logical.height as f32 };
    }
}
