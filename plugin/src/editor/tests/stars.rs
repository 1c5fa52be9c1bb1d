//! Starred takes are laid out as a song.

use std::time::Duration;

use egui::accesskit::Role;
use egui_kittest::kittest::Queryable;

use super::Window;
use crate::editor::arranging::BARS;
use crate::song::CompositionSettings;

/// A window in which takes 2 and 3 are starred and shown.
fn window() -> Window {
    let mut window = Window::open(CompositionSettings::default());
    for star in ["Star take 2", "Star take 3", "Starred takes"] {
        window.harness.get_by_role_and_label(Role::CheckBox, star).click();
        window.harness.run_steps(3);
    }
    window
}

#[test]
fn starred_takes_become_a_song_that_undo_takes_back() {
    let mut window = window();
    let before = window.rig.notes();
    let takes = [2, 3].map(|take| {
        let notes = jukebox_model::composer::ComposerSettings { take, ..window.rig.notes };
        window.rig.tune(notes, BARS)
    });
    window.press("Lay out as a song");
    for _ in 0..1000 {
        if !window.locked().is_empty() {
            break;
        }
        std::thread::sleep(Duration::from_millis(2));
        window.harness.step();
        window.rig.settle();
    }
    // On to the second take.
    window.rig.stop(4.0 * BARS as f64);
    let bar = |bars: &[Vec<jukebox_model::piece::Note>], number: usize| -> Vec<_> {
        let start = 96 * number as u32;
        let place = |note: &jukebox_model::piece::Note| {
            (note.onset - start, note.part, note.pitch, note.duration, note.velocity)
        };
        bars[number].iter().map(place).collect()
    };
    let song = window.rig.notes();
    for number in 0..BARS {
        assert_eq!(bar(&song, number), bar(&takes[0], number), "bar {number} of the first");
    }
    for number in 0..6 {
        assert_eq!(bar(&song, BARS + number), bar(&takes[1], number), "bar {number} of the second");
    }
    assert_eq!(window.locked(), (0..window.locked().len()).collect::<Vec<_>>());
    window.press("Undo");
    assert!(window.locked().is_empty());
    assert_eq!(window.rig.notes()[..8], before[..8]);
}

#[test]
fn without_a_star_there_is_no_song_to_lay_out() {
    let mut window = Window::open(CompositionSettings::default());
    window.harness.get_by_role_and_label(Role::CheckBox, "Starred takes").click();
    window.harness.run_steps(3);
    window.press("Lay out as a song");
    assert!(window.harness.query_by_label_contains("No take of this record has a star").is_some());
    assert!(window.asked().is_empty());
}
