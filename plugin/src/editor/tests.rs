//! The window without a screen: every control asks the host for what it says, every button and key the
//! conductor.

use std::sync::Arc;

use atomic_float::AtomicF64;
use egui::accesskit::Role;
use egui::{Key, Modifiers, Pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use nice_plug::context::PluginApi;
use nice_plug::context::gui::{GuiContext, GuiContextInner};
use nice_plug::params::Param;
use nice_plug::params::internals::ParamPtr;
use nice_plug::prelude::PluginState;
use parking_lot::Mutex;

use super::app::App;
use super::theme;
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
        let mut rig = Rig::new();
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
        let mut harness = Harness::builder()
            .with_step_dt(0.02)
            .with_size(vec2(1100.0, 900.0))
            .build_ui(move |ui| {
                theme::apply(ui.ctx());
                app.show(ui);
            });
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

fn dragged<P: Param>(window: &mut Window, param: &P, by: f32) {
    let field = window.harness.get_by_role_and_label(Role::Slider, param.name()).rect();
    let from = field.center_bottom() - vec2(0.0, 8.0);
    window.drag(from, from + vec2(by, 0.0));
    let asked = window.asked();
    assert!(changes(&asked, param), "{}: {asked:?}", param.name());
}

fn chosen<P: Param>(window: &mut Window, param: &P, choice: &str) {
    window.harness.get_by_role_and_label(Role::Slider, param.name()).click();
    window.harness.run_steps(3);
    window.harness.get_by_role_and_label(Role::Button, choice).click();
    window.harness.run_steps(3);
    let asked = window.asked();
    assert!(changes(&asked, param), "{}: {asked:?}", param.name());
}

#[test]
fn every_field_that_is_dragged_sets_its_own_parameter() {
    let mut window = Window::open(CompositionSettings::default());
    let params = Arc::clone(&window.params);
    let (it, performance) = (&params.composition, &params.performance);
    for param in [&it.take, &it.motif, &it.density, &it.low, &it.evolve, &performance.gate] {
        dragged(&mut window, param, 30.0);
    }
    for param in [&it.variety, &it.high] {
        dragged(&mut window, param, -30.0);
    }
    for param in
        [&performance.velocity, &performance.humanise_timing, &performance.humanise_velocity]
    {
        dragged(&mut window, param, 30.0);
    }
    for param in [&it.temperature, &performance.velocity_curve, &performance.swing] {
        dragged(&mut window, param, 30.0);
    }
    dragged(&mut window, &params.sound.level, -30.0);
}

#[test]
fn every_field_with_choices_sets_what_is_chosen() {
    let mut window = Window::open(CompositionSettings::default());
    let params = Arc::clone(&window.params);
    let (it, performance) = (&params.composition, &params.performance);
    chosen(&mut window, &it.length, "4 bars");
    chosen(&mut window, &it.anchor, "Host's loop");
    chosen(&mut window, &it.mode, "Reply");
    chosen(&mut window, &performance.key, "Eb");
    chosen(&mut window, &performance.scale, "Dorian");
    chosen(&mut window, &performance.outside, "Mute");
    chosen(&mut window, &performance.swing_grid, "1/16");
    chosen(&mut window, &performance.chords, "Everywhere");
    chosen(&mut window, &performance.run, "Always");
    chosen(&mut window, &performance.octave, "1");
    chosen(&mut window, &performance.channel, "7");
    chosen(&mut window, &params.sound.instrument, "Flute");
}

#[test]
fn switches_switch() {
    let mut window = Window::open(CompositionSettings::default());
    let params = Arc::clone(&window.params);
    for param in [&params.bypass, &params.sound.on, &params.performance.thru] {
        window.harness.get_by_role_and_label(Role::CheckBox, param.name()).click();
        window.harness.run_steps(3);
        assert!(changes(&window.asked(), param), "{}", param.name());
    }
}

#[test]
fn a_double_click_resets_and_typing_sets() {
    let mut window = Window::open(CompositionSettings::default());
    let params = Arc::clone(&window.params);
    let temperature = &params.composition.temperature;
    let field = || Role::Slider;
    let name = temperature.name().to_owned();
    for _ in 0..2 {
        window.harness.get_by_role_and_label(field(), &name).click();
    }
    window.harness.run_steps(3);
    let reset = Ask::Set(temperature.as_ptr(), temperature.default_normalized_value());
    assert!(window.asked().contains(&reset));
    window.harness.get_by_role_and_label(field(), &name).click_secondary();
    window.harness.run_steps(3);
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.harness.event(egui::Event::Text("1.5".to_owned()));
    window.harness.run_steps(2);
    window.harness.key_press(Key::Enter);
    window.harness.run_steps(3);
    let typed = Ask::Set(temperature.as_ptr(), temperature.preview_normalized(1.5));
    let asked = window.asked();
    assert!(asked.contains(&typed), "{asked:?}");
}

#[test]
fn bars_are_locked_by_their_heads_and_composed_again_around() {
    let mut window =
        Window::open(CompositionSettings { length: 8, ..CompositionSettings::default() });
    let before = window.rig.notes();
    let head = |bar: f32| egui::pos2(38.0 + (1100.0 - 38.0) * (bar + 0.5) / 8.0, 72.0);
    window.drag(head(2.0), head(2.0));
    assert_eq!(window.locked()[..1], [2]);
    window.drag(head(4.0), head(6.0));
    assert_eq!(window.locked()[..4], [2, 4, 5, 6]);
    window.press("Recompose");
    let after = window.rig.notes();
    for bar in 0..8 {
        let locked = [2, 4, 5, 6].contains(&bar);
        assert!(!locked || after[bar] == before[bar], "bar {bar}");
    }
    assert_ne!(after[..8], before[..8]);
    window.press("Undo");
    assert_eq!(window.rig.notes()[..8], before[..8]);
    window.press("Redo");
    assert_eq!(window.rig.notes()[..8], after[..8]);
    window.drag(head(5.0), head(5.0));
    assert_eq!(window.locked()[..3], [2, 4, 6]);
}

#[test]
fn a_drag_over_heads_is_undone_at_once() {
    let mut window =
        Window::open(CompositionSettings { length: 8, ..CompositionSettings::default() });
    let head = |bar: f32| egui::pos2(38.0 + (1100.0 - 38.0) * (bar + 0.5) / 8.0, 72.0);
    window.drag(head(0.0), head(0.0));
    window.harness.hover_at(head(2.0));
    window.harness.step();
    window.harness.drag_at(head(2.0));
    for bar in [2.0, 3.0, 4.0, 5.0, 6.0] {
        window.harness.hover_at(head(bar));
        window.harness.step();
        window.rig.settle();
    }
    window.harness.drop_at(head(6.0));
    window.harness.run_steps(2);
    window.rig.settle();
    assert_eq!(window.locked()[..6], [0, 2, 3, 4, 5, 6]);
    window.press("Undo");
    assert_eq!(window.locked()[..2], [0, 8], "the drag is gone, the click before it is not");
    window.press("Undo");
    assert!(window.locked().is_empty());
}

#[test]
fn keys_do_what_the_help_says() {
    let mut window =
        Window::open(CompositionSettings { length: 4, ..CompositionSettings::default() });
    let before = window.rig.notes();
    window.key(Modifiers::NONE, Key::R);
    let after = window.rig.notes();
    assert_ne!(after, before);
    window.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(window.rig.notes(), before);
    window.key(Modifiers::COMMAND, Key::Y);
    assert_eq!(window.rig.notes(), after);
    let take = Arc::clone(&window.params);
    window.asked();
    window.key(Modifiers::NONE, Key::N);
    assert!(changes(&window.asked(), &take.composition.take));
    assert!(window.harness.query_by_label("Help").is_none());
    window.key(Modifiers::NONE, Key::F1);
    assert!(window.harness.query_by_label_contains("undo, redo the last edits").is_some());
    window.key(Modifiers::NONE, Key::Escape);
    assert!(window.harness.query_by_label_contains("undo, redo the last edits").is_none());
}

#[test]
fn what_goes_wrong_is_said_in_words() {
    let mut window = Window::open(CompositionSettings::default());
    window.press("Records");
    while window.rig.shared.view().listing {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    window.harness.run_steps(3);
    assert!(window.harness.query_by_label("Drums").is_some());
    window.press("Browse");
    assert!(window.harness.query_by_label("..").is_some());
    window.press("Browse");
    assert!(window.harness.query_by_label("..").is_none());
    let missing = window.rig.folder.path().join("not there.safetensors");
    window.rig.shared.order(crate::shared::Order::Load(missing));
    window.rig.settle();
    window.harness.run_steps(3);
    assert!(window.harness.query_by_label_contains("not there.safetensors").is_some());
}
