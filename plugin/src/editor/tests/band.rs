//! What is done to the parts of a band, and to its sheet.

use std::sync::Arc;

use egui::accesskit::{Role, Toggled};
use egui::{Event, Key, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use jukebox_model::composer::ChordSource;

use super::layout::texts;
use super::{Window, changes};
use crate::conductor::tests::replying::play;
use crate::conductor::tests::rig::{BAR, Rig, band, band_with_chords, write};
use crate::params::tests::turn;
use crate::shared::Order;
use crate::song::{CompositionSettings, bit};

/// A window of a size over a loop of a melody, a bass and drums.
pub fn window(size: egui::Vec2, scale: f32) -> Window {
    let mut rig = Rig::new();
    rig.shared.order(Order::Load(write(&band(3), rig.folder.path())));
    rig.record = Arc::new(band(3));
    rig.settle();
    let settings = CompositionSettings { length: 8, ..CompositionSettings::default() };
    Window::over(rig, settings, size, scale)
}

fn open() -> Window {
    window(vec2(1120.0, 720.0), 1.0)
}

/// The notes of a part.
fn part(window: &Window, part: u8) -> Vec<jukebox_model::piece::Note> {
    window.rig.notes().concat().into_iter().filter(|note| note.part == part).collect()
}

#[test]
fn a_part_comes_to_the_front_and_back() {
    let mut window = open();
    let bass = |window: &Window| {
        window.harness.get_by_role_and_label(Role::Button, "Bass").accesskit_node().toggled()
    };
    assert_eq!(bass(&window), Some(Toggled::False));
    for front in [true, false] {
        window.press("Bass");
        assert_eq!(bass(&window), Some(front.into()));
    }
}

#[test]
fn parts_are_muted_and_heard_alone() {
    let mut window = open();
    let params = Arc::clone(&window.params);
    for param in [&params.parts.each[1].mute, &params.parts.each[2].solo] {
        let name = nice_plug::params::Param::name(param).to_owned();
        window.harness.get_by_role_and_label(Role::CheckBox, &name).click();
        window.harness.run_steps(3);
        assert!(changes(&window.asked(), param), "{name}");
    }
}

#[test]
fn a_part_is_locked_and_another_composed_to_it() {
    let mut window = open();
    let before = [0, 1, 2].map(|number| part(&window, number));
    window.harness.get_by_role_and_label(Role::CheckBox, "Lock Bass").click();
    window.harness.run_steps(3);
    window.rig.settle();
    let locked = window.rig.shared.view().locked_parts;
    assert!(!locked.is_empty() && locked.iter().all(|&parts| parts == bit(1)), "{locked:?}");
    window.press("Another Drums");
    let after = [0, 1, 2].map(|number| part(&window, number));
    assert_eq!(after[..2], before[..2]);
    assert_ne!(after[2], before[2]);
}

#[test]
fn locks_act_on_the_part_in_front() {
    let mut window = open();
    window.press("Bass");
    window.drag(window.head(3), window.head(3));
    let view = window.rig.shared.view();
    assert_eq!(view.locked_parts[3], bit(1));
    assert!(!view.locked[3]);
}

#[test]
fn letters_are_written_over_the_roll() {
    let mut window = open();
    let params = Arc::clone(&window.params);
    // Below the head of a bar.
    let at = window.head(2) + vec2(0.0, 22.0);
    window.drag(at, at);
    window.harness.event(Event::Text("ABA".to_owned()));
    window.harness.run_steps(2);
    window.harness.key_press(Key::Enter);
    window.harness.run_steps(3);
    window.rig.settle();
    assert!(changes(&window.asked(), &params.composition.form));
    let letters = window.rig.shared.view().written.letters;
    assert_eq!(*letters, [('A', false), ('B', false), ('A', false)]);
}

#[test]
fn chords_that_were_heard_stand_over_the_roll_until_they_are_wiped_out() {
    let mut rig = Rig::new();
    rig.shared.order(Order::Load(write(&band_with_chords(5), rig.folder.path())));
    rig.notes.chords = ChordSource::Written;
    let settings = CompositionSettings { chords_heard: true, length: 8, ..Default::default() };
    let mut window = Window::over(rig, settings, vec2(1120.0, 720.0), 1.0);
    turn(&window.params, "harmony", "From input");
    let written = |window: &mut Window| {
        window.harness.run_steps(3);
        let shapes = &window.harness.output().shapes;
        texts(shapes).iter().map(|it| it.0.galley.text().to_owned()).collect::<Vec<_>>()
    };
    assert!(!written(&mut window).iter().any(|text| text == "Am"));
    let chord = [(57, Some(0.5)), (60, Some(0.5)), (64, Some(0.5))];
    let keys: Vec<_> = chord.iter().map(|&(key, it)| (BAR + 90, key, it)).collect();
    play(&mut window.rig, 2, BAR / 16, &keys);
    window.rig.stop(0.0);
    assert!(written(&mut window).iter().any(|text| text == "Am"));
    // An empty line in the row of the chords.
    let at = window.head(2) + vec2(0.0, 42.0);
    window.drag(at, at);
    window.harness.key_press(Key::Backspace);
    window.harness.run_steps(2);
    window.harness.key_press(Key::Enter);
    window.harness.run_steps(3);
    window.rig.settle();
    assert!(!written(&mut window).iter().any(|text| text == "Am"));
    assert!(window.asked().is_empty(), "it goes on to play to what comes in");
}
