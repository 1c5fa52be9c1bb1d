//! The hints of the first minute: one at a time, until each was used or put away.

use std::sync::Arc;

use egui::vec2;
use egui_kittest::kittest::Queryable;

use super::Window;
use crate::conductor::tests::rig::Rig;
use crate::editor::hints::Hints;
use crate::params::tests::turn;
use crate::song::CompositionSettings;

const PLAY: &str = "Press play in the host";
const TAKES: &str = "another take: click";

fn open(file: &std::path::Path) -> Window {
    let (settings, size) = (CompositionSettings::default(), (vec2(1120.0, 720.0), 1.0));
    Window::with_hints(Rig::new(), settings, size, Hints::open(file.to_owned()))
}

fn shows(window: &Window, hint: &str) -> bool {
    window.harness.query_by_label_contains(hint).is_some()
}

#[test]
fn hints_are_shown_one_after_the_other_and_never_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hints.json");
    let mut window = open(&file);
    assert!(shows(&window, PLAY) && !shows(&window, TAKES));
    // What is used needs no hint any more.
    turn(&window.params, "run", "Always");
    window.harness.run_steps(3);
    assert!(!shows(&window, PLAY) && shows(&window, TAKES));
    window.press("Got it");
    window.harness.run_steps(3);
    assert!(!shows(&window, PLAY) && !shows(&window, TAKES));
    let params = Arc::clone(&window.params);
    drop(window);
    assert_eq!(params.composition.take(), 1, "a hint is put away without another take");
    let again = open(&file);
    assert!(!shows(&again, PLAY) && !shows(&again, TAKES));
}
