//! The layout: what is written is whole, in one of few sizes, and little at first sight.

use egui::accesskit::Role;
use egui::epaint::{ClippedShape, TextShape};
use egui::{Rect, Shape, Vec2, vec2};
use egui_kittest::kittest::Queryable;

use super::Window;
use super::band::window;
use crate::editor::theme;
use crate::params::WindowSize;

const TABS: [&str; 6] = ["Play", "Steer", "Perform", "Sound", "MIDI", "Learn"];
pub const SMALLEST: Vec2 = vec2(WindowSize::SMALLEST.width, WindowSize::SMALLEST.height);
/// Most controls at first sight.
const FEW: usize = 8;

/// What is written, and how much of the window it may fill.
pub fn texts(shapes: &[ClippedShape]) -> Vec<(&TextShape, Rect)> {
    fn inner<'a>(shape: &'a Shape, clip: Rect, found: &mut Vec<(&'a TextShape, Rect)>) {
        match shape {
            Shape::Text(text) if !text.galley.text().is_empty() => found.push((text, clip)),
            Shape::Vec(shapes) => shapes.iter().for_each(|it| inner(it, clip, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    shapes.iter().for_each(|it| inner(&it.shape, it.clip_rect, &mut found));
    found
}

/// What is written is whole, and in one of few sizes.
pub fn is_whole(window: &Window, size: Vec2, page: &str) {
    let screen = Rect::from_min_size(egui::Pos2::ZERO, size);
    for (text, clip) in texts(&window.harness.output().shapes) {
        let (written, place) = (text.galley.text(), text.visual_bounding_rect());
        let room = clip.intersect(screen).expand(1.0);
        assert!(room.contains_rect(place), "{page} at {size}: {written:?} {place} in {room}");
        assert!(!text.galley.elided, "{page} at {size}: {written:?} is shortened");
        for section in &text.galley.job.sections {
            let size = section.format.font_id.size;
            assert!(theme::SIZES.contains(&size), "{written:?} in {size}");
        }
    }
}

/// What is written does not overlap: each line is to be read.
pub fn is_apart(window: &Window, size: Vec2, page: &str) {
    let output = window.harness.output();
    let places: Vec<(&str, Rect)> = texts(&output.shapes)
        .iter()
        .map(|(text, _)| (text.galley.text(), text.visual_bounding_rect().shrink(1.0)))
        .collect();
    for (number, (one, place)) in places.iter().enumerate() {
        for (other, there) in &places[number + 1..] {
            let apart = !place.intersects(*there);
            assert!(apart, "{page} at {size}: {one:?} {place} and {other:?} {there}");
        }
    }
}

#[test]
fn nothing_that_is_written_is_cut_off_or_shrunk() {
    for (size, scale) in [
        (SMALLEST, 1.0),
        (vec2(1120.0, 720.0), 1.0),
        (vec2(1120.0, 720.0), 1.5),
        (vec2(1900.0, 1000.0), 2.0),
    ] {
        let mut window = window(size, scale);
        for tab in TABS {
            window.tab(tab);
            is_whole(&window, size, tab);
        }
    }
}

#[test]
fn what_is_written_does_not_overlap() {
    for size in [SMALLEST, vec2(1120.0, 720.0)] {
        let mut window = window(size, 1.0);
        for tab in TABS {
            window.tab(tab);
            is_apart(&window, size, tab);
        }
    }
}

#[test]
fn the_first_page_has_few_controls() {
    let window = window(vec2(1120.0, 720.0), 1.0);
    let below = window.harness.get_by_role_and_label(Role::Tab, "Play").rect().bottom();
    let of = |role: Role| {
        let all = window.harness.query_all_by_role(role);
        all.filter(|node| node.rect().top() >= below - 1.0).count()
    };
    let controls = [Role::Slider, Role::Button, Role::CheckBox, Role::ComboBox].map(of);
    assert!((6..=FEW).contains(&controls.iter().sum::<usize>()), "{controls:?}");
}

#[test]
fn light_and_dark_are_switched() {
    let mut window = window(vec2(1120.0, 720.0), 1.0);
    let colour = |window: &Window| {
        let texts = &window.harness.output().shapes;
        let found = texts_of(texts, "Dare");
        found.expect("the name of a control")
    };
    let dark = colour(&window);
    window.press("Light or dark");
    assert!(window.params.look.read().light);
    let light = colour(&window);
    assert_eq!((dark, light), (theme::DARK.text, theme::LIGHT.text));
}

/// The colour in which something is written.
fn texts_of(shapes: &[ClippedShape], wanted: &str) -> Option<egui::Color32> {
    let all = texts(shapes);
    let (text, _) = all.iter().find(|(text, _)| text.galley.text() == wanted)?;
    Some(text.galley.job.sections[0].format.color)
}
