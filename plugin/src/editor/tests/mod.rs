//! The window without a screen: every control asks the host for what it says, every button and key the
//! conductor.

mod band;
mod controls;
mod copied;
mod first_minute;
mod first_song;
mod layout;
mod learn;
mod song;
mod stars;

use std::sync::Arc;

use atomic_float::AtomicF64;
use egui::accesskit::Role;
use egui::{Key, Modifiers, Pos2, Vec2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use nice_plug::context::PluginApi;
use nice_plug::context::gui::{GuiContext, GuiContextInner};
use nice_plug::params::Param;
use nice_plug::params::internals::ParamPtr;
use nice_plug::prelude::PluginState;
use parking_lot::Mutex;

use super::app::App;
use super::hints::Hints;
use super::learn::Learn;
use crate::conductor::tests::rig::Rig;
use crate::params::JukeboxParams;
use crate::song::CompositionSettings;

/// What the window asks of the host.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Ask {
    Begin(ParamPtr),
    Set(ParamPtr, f32),
    End(ParamPtr),
}

/// A host that writes down what it is asked for.
#[derive(Default)]
struct Host(Mutex<Vec<Ask>>);

impl GuiContextInner for Host {
    fn plugin_api(&self) -> PluginApi {
        PluginApi::Clap
    }

    unsafe fn raw_begin_set_parameter(&self, param: ParamPtr) {
        self.0.lock().push(Ask::Begin(param));
    }

    unsafe fn raw_set_parameter_normalized(&self, param: ParamPtr, normalized: f32) {
        self.0.lock().push(Ask::Set(param, normalized));
    }

    unsafe fn raw_end_set_parameter(&self, param: ParamPtr) {
        self.0.lock().push(Ask::End(param));
    }

    fn get_state(&self) -> PluginState {
        unreachable!("the window reads no state")
    }

    fn set_state(&self, _: PluginState) {
        unreachable!("the window sets no state")
    }

    fn request_restart(&self) {
        unreachable!("the window restarts nothing")
    }
}

/// A window over a rig's song.
struct Window {
    rig: Rig,
    params: Arc<JukeboxParams>,
    host: Arc<Host>,
    harness: Harness<'static>,
}

impl Window {
    fn open(settings: CompositionSettings) -> Self {
        Self::over(Rig::new(), settings, vec2(1100.0, 900.0), 1.0)
    }

    /// Opens a window of a size over a rig, with so many pixels in a point.
    fn over(rig: Rig, settings: CompositionSettings, size: Vec2, scale: f32) -> Self {
        Self::with_hints(rig, settings, (size, scale), Hints::none())
    }

    /// As [`Window::over`], with hints for the first minute.
    fn with_hints(
        mut rig: Rig,
        settings: CompositionSettings,
        (size, scale): (Vec2, f32),
        hints: Hints,
    ) -> Self {
        rig.settings = settings;
        rig.stop(0.0);
        let params = Arc::new(JukeboxParams::new(Arc::clone(&rig.shared)));
        let host = Arc::new(Host::default());
        let mut app = App::new(
            Arc::clone(&params),
            Arc::clone(&rig.shared),
            GuiContext::new(Arc::clone(&host) as Arc<dyn GuiContextInner>),
            Arc::new(AtomicF64::new(1.0)),
        );
        // No window of a test looks into the user's own trainings.
        app = app.with_learn(Learn::at(learn::places(rig.folder.path())));
        app.hints = hints;
        app.exports.folder = Some(rig.folder.path().join("exports"));
        let mut harness = Harness::builder()
            .with_step_dt(0.02)
            .with_size(size)
            .with_pixels_per_point(scale)
            .build_ui(move |ui| app.show(ui));
        harness.run_steps(3);
        Self { rig, params, host, harness }
    }

    fn asked(&self) -> Vec<Ask> {
        std::mem::take(&mut self.host.0.lock())
    }

    fn press(&mut self, button: &str) {
        self.harness.get_by_role_and_label(Role::Button, button).click();
        self.harness.run_steps(3);
        self.rig.settle();
        self.harness.run_steps(2);
    }

    fn tab(&mut self, name: &str) {
        self.harness.get_by_role_and_label(Role::Tab, name).click();
        self.harness.run_steps(3);
    }

    /// The middle of a bar's head.
    fn head(&self, bar: usize) -> Pos2 {
        let name = format!("Lock bar {}", bar + 1);
        self.harness.get_by_role_and_label(Role::CheckBox, &name).rect().center()
    }

    fn key(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.harness.run_steps(3);
        self.rig.settle();
    }

    fn drag(&mut self, from: Pos2, to: Pos2) {
        self.harness.hover_at(from);
        self.harness.step();
        self.harness.drag_at(from);
        self.harness.step();
        self.harness.hover_at(to);
        self.harness.run_steps(2);
        self.harness.drop_at(to);
        self.harness.run_steps(2);
        self.rig.settle();
    }

    /// The bars that are locked.
    fn locked(&self) -> Vec<usize> {
        let locked = self.rig.shared.view().locked;
        (0..locked.len()).filter(|&bar| locked[bar]).collect()
    }
}

/// Whether a control asks for exactly one change of its parameter.
fn changes<P: Param>(asked: &[Ask], param: &P) -> bool {
    let ptr = param.as_ptr();
    let own = asked
        .iter()
        .all(|ask| matches!(*ask, Ask::Begin(it) | Ask::Set(it, _) | Ask::End(it) if it == ptr));
    let moved = asked.iter().any(|ask| {
        matches!(*ask, Ask::Set(_, to) if (to - param.unmodulated_normalized_value()).abs() > 1e-4)
    });
    own && moved && asked.first() == Some(&Ask::Begin(ptr)) && asked.last() == Some(&Ask::End(ptr))
}
