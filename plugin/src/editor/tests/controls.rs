//! Every control asks the host for what it says.

use std::sync::Arc;

use egui::accesskit::Role;
use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable;
use nice_plug::params::Param;

use super::{Ask, Window, changes};
use crate::song::CompositionSettings;

fn dragged<P: Param>(window: &mut Window, param: &P, by: f32) {
    let from = window.harness.get_by_role_and_label(Role::Slider, param.name()).rect().center();
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
fn every_control_that_is_dragged_sets_its_own_parameter() {
    let mut window = Window::open(CompositionSettings::default());
    let params = Arc::clone(&window.params);
    let (it, performance) = (&params.composition, &params.performance);
    for param in [&it.motif, &it.density] {
        dragged(&mut window, param, 30.0);
    }
    dragged(&mut window, &it.temperature, 30.0);
    dragged(&mut window, &performance.groove, 30.0);
    window.tab("Steer");
    for param in [&it.take, &it.evolve, &it.phrase] {
        dragged(&mut window, param, 30.0);
    }
    dragged(&mut window, &it.variety, -30.0);
    window.tab("Perform");
    for param in [
        &performance.gate,
        &performance.velocity,
        &performance.humanise_timing,
        &performance.humanise_velocity,
    ] {
        dragged(&mut window, param, 30.0);
    }
    dragged(&mut window, &performance.velocity_curve, 30.0);
    dragged(&mut window, &performance.swing, 30.0);
    window.tab("Sound");
    dragged(&mut window, &params.sound.level, -30.0);
}

#[test]
fn the_register_is_dragged_by_its_ends_and_as_a_whole() {
    let mut window = Window::open(CompositionSettings::default());
    let params = Arc::clone(&window.params);
    let (low, high) = (&params.composition.low, &params.composition.high);
    let rect = window.harness.get_by_role_and_label(Role::Slider, "Register").rect();
    let drag = |window: &mut Window, share: f32, by: f32| {
        let from = egui::pos2(rect.left() + rect.width() * share, rect.center().y);
        window.drag(from, from + vec2(by, 0.0));
        window.asked()
    };
    let asked = drag(&mut window, 0.08, 30.0);
    assert!(changes(&asked, low), "{asked:?}");
    let asked = drag(&mut window, 0.92, -30.0);
    assert!(changes(&asked, high), "{asked:?}");
    let asked = drag(&mut window, 0.5, 30.0);
    for end in [low, high] {
        let ptr = end.as_ptr();
        assert!(asked.contains(&Ask::Begin(ptr)) && asked.contains(&Ask::End(ptr)), "{asked:?}");
    }
}

#[test]
fn every_control_with_choices_sets_what_is_chosen() {
    let mut window = Window::open(CompositionSettings::default());
    let params = Arc::clone(&window.params);
    let (it, performance) = (&params.composition, &params.performance);
    chosen(&mut window, &it.length, "4 bars");
    window.tab("Steer");
    chosen(&mut window, &it.anchor, "Host's loop");
    chosen(&mut window, &it.mode, "Reply");
    window.tab("Perform");
    chosen(&mut window, &performance.key, "Eb");
    chosen(&mut window, &performance.scale, "Dorian");
    chosen(&mut window, &performance.outside, "Mute");
    chosen(&mut window, &performance.swing_grid, "1/16");
    chosen(&mut window, &performance.octave, "1");
    window.tab("MIDI");
    chosen(&mut window, &performance.chords, "Everywhere");
    chosen(&mut window, &performance.channel, "7");
    window.tab("Sound");
    chosen(&mut window, &params.sound.instrument, "Flute");
}

#[test]
fn switches_and_buttons_set_their_parameters() {
    let mut window = Window::open(CompositionSettings::default());
    let params = Arc::clone(&window.params);
    window.harness.get_by_role_and_label(Role::Button, "Play").click();
    window.harness.run_steps(3);
    assert!(changes(&window.asked(), &params.performance.run));
    let mut switched = |tab: &str, param: &nice_plug::params::BoolParam| {
        window.tab(tab);
        window.harness.get_by_role_and_label(Role::CheckBox, param.name()).click();
        window.harness.run_steps(3);
        assert!(changes(&window.asked(), param), "{}", param.name());
    };
    switched("Sound", &params.bypass);
    switched("Sound", &params.sound.on);
    switched("MIDI", &params.performance.thru);
}

#[test]
fn a_take_is_chosen_and_starred_in_the_strip() {
    let mut window = Window::open(CompositionSettings::default());
    let params = Arc::clone(&window.params);
    window.harness.get_by_role_and_label(Role::Button, "Take 3").click();
    window.harness.run_steps(3);
    assert!(changes(&window.asked(), &params.composition.take));
    let hash = window.rig.shared.view().record.unwrap().hash;
    for starred in [true, false] {
        window.harness.get_by_role_and_label(Role::CheckBox, "Star take 2").click();
        window.harness.run_steps(3);
        assert_eq!(params.look.read().has_star(&hash, 2), starred);
    }
    assert!(window.asked().is_empty(), "a star chooses no take");
}

#[test]
fn any_setting_is_found_by_typing() {
    let mut window = Window::open(CompositionSettings::default());
    window.harness.event(egui::Event::Key {
        key: Key::Slash,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: Modifiers::NONE,
    });
    window.harness.run_steps(2);
    window.harness.event(egui::Event::Text("humanise".to_owned()));
    window.harness.run_steps(3);
    let params = Arc::clone(&window.params);
    dragged(&mut window, &params.performance.humanise_timing, 30.0);
    assert!(window.harness.query_by_role_and_label(Role::Slider, "Temperature").is_none());
    window.harness.key_press(Key::Escape);
    window.harness.run_steps(3);
    assert!(window.harness.query_by_role_and_label(Role::Slider, "Temperature").is_some());
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
