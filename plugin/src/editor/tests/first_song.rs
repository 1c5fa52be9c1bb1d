//! From nothing to a song on disk, by the pointer and a few keys, and how many clicks it takes: hear three records,
//! keep the second take, write chords under it, have another bass, lock two bars, export.

use egui::accesskit::Role;
use egui::{Event, Key, Pos2, vec2};
use egui_kittest::kittest::Queryable;
use jukebox_model::sheet::Chart;

use super::{Ask, Window};
use crate::conductor::tests::rig::Rig;
use crate::song::CompositionSettings;

/// Most clicks, a drag being one.
const MOST: usize = 20;

/// A window whose host does what it is asked for, and the clicks so far.
struct Hand {
    window: Window,
    clicks: usize,
}

impl Hand {
    fn click(&mut self, role: Role, name: &str) {
        self.window.harness.get_by_role_and_label(role, name).click();
        self.clicked();
    }

    fn drag(&mut self, from: Pos2, to: Pos2) {
        self.window.drag(from, to);
        self.clicked();
    }

    fn clicked(&mut self) {
        self.clicks += 1;
        self.window.harness.run_steps(3);
        self.wait();
    }

    /// The host sets what it was asked for, and the conductor composes to it.
    fn wait(&mut self) {
        for ask in self.window.asked() {
            if let Ask::Set(param, value) = ask {
                // SAFETY: the parameters live as long as the window.
                unsafe { param._internal_set_normalized_value(value) };
            }
        }
        let settings = self.window.params.composition_settings(None);
        self.window.rig.settings = settings;
        self.window.rig.notes = settings.notes;
        self.window.rig.stop(0.0);
        self.window.rig.settle();
        while self.window.rig.shared.view().listing {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        self.window.harness.run_steps(3);
    }

    fn record(&self) -> String {
        self.window.rig.shared.view().record.map(|it| it.name).unwrap_or_default()
    }
}

#[test]
fn a_song_takes_few_clicks() {
    let size = vec2(1120.0, 720.0);
    let window = Window::over(Rig::new(), CompositionSettings::default(), size, 1.0);
    let mut hand = Hand { window, clicks: 0 };
    let mut heard = Vec::new();

    hand.click(Role::Button, "Records");
    for name in ["Celtic", "House", "Lo-fi"] {
        hand.click(Role::Label, name);
        heard.push(hand.record());
    }
    assert_eq!(heard, ["Celtic", "House", "Lo-fi"]);
    hand.click(Role::Button, "Records");
    hand.click(Role::Button, "Take 2");
    hand.click(Role::CheckBox, "Star take 2");

    // Chords from the first bar on, in the lane below its head and letters.
    let head = hand.window.head(0);
    let lane = head + vec2(0.0, 42.0);
    hand.drag(lane, lane);
    hand.window.harness.event(Event::Text("Am F C G".to_owned()));
    hand.window.harness.run_steps(2);
    hand.window.harness.key_press(Key::Enter);
    hand.window.harness.run_steps(3);
    hand.wait();
    let before = hand.window.rig.notes();
    hand.click(Role::Button, "Another Bass");
    let (from, to) = (hand.window.head(2), hand.window.head(3));
    hand.drag(from, to);
    hand.click(Role::Tab, "MIDI");
    hand.click(Role::Button, "Export MIDI");

    let view = hand.window.rig.shared.view();
    assert!(hand.clicks <= MOST, "{} clicks", hand.clicks);
    assert_eq!((hand.record().as_str(), hand.window.params.composition.take()), ("Lo-fi", 2));
    let hash = view.record.as_ref().unwrap().hash.clone();
    assert!(hand.window.params.look.read().has_star(&hash, 2));
    assert_eq!(*view.written.chords, *"Am F C G".parse::<Chart>().unwrap().bars);
    let bass = view
        .score
        .band
        .parts
        .iter()
        .position(|part| part.name.eq_ignore_ascii_case("bass"))
        .unwrap() as u8;
    let after = hand.window.rig.notes();
    let of = |notes: &[Vec<jukebox_model::piece::Note>], bass_only: bool| -> Vec<_> {
        let notes = notes.iter().take(8).flatten().copied();
        notes.filter(|note| (note.part == bass) == bass_only).collect::<Vec<_>>()
    };
    assert_eq!(of(&after, false), of(&before, false), "the others stay");
    assert_ne!(of(&after, true), of(&before, true), "another bass");
    assert_eq!(hand.window.locked()[..2], [2, 3]);
    let mut files = std::fs::read_dir(hand.window.rig.folder.path().join("exports")).unwrap();
    let file = files.next().unwrap().unwrap();
    let bytes = std::fs::read(file.path()).unwrap();
    assert!(bytes.starts_with(b"MThd"), "{:?}", file.file_name());
    println!("{} clicks", hand.clicks);
}

#[test]
fn chords_are_chosen_by_clicks() {
    let size = vec2(1120.0, 720.0);
    let window = Window::over(Rig::new(), CompositionSettings::default(), size, 1.0);
    let mut hand = Hand { window, clicks: 0 };
    hand.click(Role::Button, "Records");
    hand.click(Role::Label, "Lo-fi");
    hand.click(Role::Button, "Records");
    let lane = hand.window.head(0) + vec2(0.0, 42.0);
    hand.drag(lane, lane);
    for name in ["Root A", "minor", "Next bar", "Root D", "m7"] {
        hand.click(Role::Button, name);
    }
    let chords = hand.window.rig.shared.view().written.chords;
    let wanted = "Am Dm7".parse::<Chart>().unwrap().bars;
    assert_eq!(chords[..2], wanted[..]);
    hand.click(Role::Button, "Lock bar");
    assert_eq!(hand.window.locked(), [1]);
    hand.click(Role::Button, "As learnt");
    assert!(hand.window.rig.shared.view().written.chords.is_empty());
    hand.window.key(egui::Modifiers::NONE, Key::Escape);
    assert!(hand.window.harness.query_by_label("Root A").is_none());
}
