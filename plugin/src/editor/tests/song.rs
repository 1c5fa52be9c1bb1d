//! Every button and key asks the conductor for what it says.

use std::sync::Arc;

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;

use super::{Window, changes};
use crate::song::CompositionSettings;

#[test]
fn bars_are_locked_by_their_heads_and_composed_again_around() {
    let mut window =
        Window::open(CompositionSettings { length: 8, ..CompositionSettings::default() });
    let before = window.rig.notes();
    window.drag(window.head(2), window.head(2));
    assert_eq!(window.locked()[..1], [2]);
    window.drag(window.head(4), window.head(6));
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
    window.drag(window.head(5), window.head(5));
    assert_eq!(window.locked()[..3], [2, 4, 6]);
}

#[test]
fn a_drag_over_heads_is_undone_at_once() {
    let mut window =
        Window::open(CompositionSettings { length: 8, ..CompositionSettings::default() });
    window.drag(window.head(0), window.head(0));
    window.harness.hover_at(window.head(2));
    window.harness.step();
    window.harness.drag_at(window.head(2));
    for bar in [2, 3, 4, 5, 6] {
        window.harness.hover_at(window.head(bar));
        window.harness.step();
        window.rig.settle();
    }
    window.harness.drop_at(window.head(6));
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
