//! A song goes from one instance to another as text.

use egui::Event;

use super::Window;
use crate::conductor::tests::states::save;
use crate::editor::clipboard::Clipboard;
use crate::params::tests::turn;
use crate::song::CompositionSettings;

fn window() -> Window {
    Window::open(CompositionSettings { length: 8, ..CompositionSettings::default() })
}

fn paste(window: &mut Window, text: &str) -> String {
    window.harness.event(Event::Paste(text.to_owned()));
    window.harness.run_steps(3);
    window.rig.settle();
    save(&window.rig.shared)
}

#[test]
fn a_pasted_song_waits_for_its_settings_and_plays_the_same() {
    let mut from = window();
    turn(&from.params, "take", "7");
    turn(&from.params, "form", "AABA");
    from.rig.notes = from.params.composition_settings(None).notes;
    from.rig.stop(0.0);
    from.drag(from.head(2), from.head(3));
    assert_eq!(from.locked()[..2], [2, 3]);
    let text = Clipboard::copy(&from.params, &from.rig.shared).unwrap();

    // The window system hands on what is pasted as a text.
    let mut typed = window();
    typed.harness.event(Event::Text(text.clone()));
    typed.harness.run_steps(3);
    assert!(typed.asked().len() >= 6, "take and form");

    let mut to = window();
    let before = save(&to.rig.shared);
    assert_eq!(paste(&mut to, &text), before, "the host has not set the settings yet");
    assert!(to.asked().len() >= 6, "take and form");
    turn(&to.params, "take", "7");
    turn(&to.params, "form", "AABA");
    to.rig.notes = from.rig.notes;
    to.harness.run_steps(3);
    to.rig.stop(0.0);
    assert_eq!(save(&to.rig.shared), save(&from.rig.shared));
    assert_eq!(to.rig.notes(), from.rig.notes());
    assert_eq!(to.locked()[..2], [2, 3]);
}

#[test]
fn what_is_no_song_is_told_and_changes_nothing() {
    let mut window = window();
    let text = Clipboard::copy(&window.params, &window.rig.shared).unwrap();
    let before = save(&window.rig.shared);
    for damaged in [
        "Am F C G".to_owned(),
        String::new(),
        text.chars().take(text.len() / 2).collect(),
        text.replace("\"version\":2", "\"version\":99"),
        text.replace("\"bars\":[", "\"bars\":[[[9999,1,1,1]],"),
    ] {
        assert_eq!(paste(&mut window, &damaged), before);
        assert!(window.asked().is_empty(), "{damaged:.80}");
    }
}
