//! Hints for the first minute: one at a time, at the place that it speaks of, until that was used or the hint was put
//! away; then never again, in any project.
//!
//! What was seen is kept in the user's configuration:
//!
//! | system | file |
//! | --- | --- |
//! | Linux | `$XDG_CONFIG_HOME/ai-jukebox/hints.json`, or `~/.config/ai-jukebox/hints.json` |
//! | macOS | `~/Library/Application Support/AI Jukebox/hints.json` |
//! | Windows | `%APPDATA%\AI Jukebox\hints.json` |
//!
//! Where the environment variable `JUKEBOX_HINTS` is `none` no hint is shown.

use std::collections::BTreeSet;
use std::path::PathBuf;

use egui::{Area, Frame, Id, Label, Margin, Order, Pos2, Rect, RichText, Shape, Stroke, Ui, vec2};
use serde::{Deserialize, Serialize};

use super::theme;

/// A place that a hint speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Hint {
    /// The song runs with the host.
    Play,
    /// Other takes.
    Takes,
    /// The chords over the roll.
    Chords,
}

impl Hint {
    /// In the order in which they are shown.
    pub const ALL: [Self; 3] = [Self::Play, Self::Takes, Self::Chords];

    fn text(self) -> &'static str {
        match self {
            Self::Play => "Press play in the host to hear it, or Play here.",
            Self::Takes => "Each of these is another take: click to hear it, star what you like.",
            Self::Chords => "Click a chord to choose another one.",
        }
    }

    /// Whether it stands above its place.
    fn is_above(self) -> bool {
        self == Self::Play
    }

    fn id(self) -> Id {
        Id::unique(("hint at", self as u8))
    }
}

/// Says where the place of a hint is in this picture.
pub fn place(ui: &Ui, hint: Hint, place: Rect) {
    ui.data_mut(|data| data.insert_temp(hint.id(), Some(place)));
}

/// The hints that have been seen, and where that is kept.
pub struct Hints {
    seen: BTreeSet<Hint>,
    file: Option<PathBuf>,
}

impl Hints {
    /// No hints.
    pub fn none() -> Self {
        Self { seen: Hint::ALL.into(), file: None }
    }

    /// Those that this user has not seen.
    pub fn of_user() -> Self {
        match std::env::var_os("JUKEBOX_HINTS").is_some_and(|it| it == "none") {
            true => Self::none(),
            // A user without a folder for it would see them again and again.
            false => file().map_or_else(Self::none, Self::open),
        }
    }

    /// Those that a file does not name; all where there is none, or a damaged one.
    pub fn open(file: PathBuf) -> Self {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let seen = serde_json::from_str(&text).unwrap_or_default();
        Self { seen, file: Some(file) }
    }

    /// Takes note of what was used.
    pub fn used(&mut self, hint: Hint) {
        if self.seen.insert(hint)
            && let Some(file) = &self.file
        {
            // What cannot be written is hinted at once more in the next window.
            let folder = file.parent().map_or(Ok(()), std::fs::create_dir_all);
            let text = serde_json::to_string(&self.seen).unwrap_or_default();
            let _ = folder.and_then(|()| std::fs::write(file, text));
        }
    }

    /// Shows the next hint that has a place in this picture.
    pub fn show(&mut self, ui: &Ui) {
        let place = |hint: Hint| ui.data_mut(|data| data.remove_temp::<Option<Rect>>(hint.id()));
        let places = Hint::ALL.map(|hint| (hint, place(hint).flatten()));
        let next = places.into_iter().find(|(hint, _)| !self.seen.contains(hint));
        if let Some((hint, Some(place))) = next
            && bubble(ui, hint, place)
        {
            self.used(hint);
        }
    }
}

/// Shows a hint at its place; says whether it is put away.
fn bubble(ui: &Ui, hint: Hint, place: Rect) -> bool {
    let it = theme::of(ui);
    let tip = match hint.is_above() {
        true => Pos2::new(place.left() + 26.0, place.top() - 3.0),
        false => Pos2::new(place.left() + 26.0, place.bottom() + 3.0),
    };
    let up = if hint.is_above() { -1.0 } else { 1.0 };
    let (pivot, at) = match hint.is_above() {
        true => (egui::Align2::LEFT_BOTTOM, tip + vec2(-20.0, -8.0)),
        false => (egui::Align2::LEFT_TOP, tip + vec2(-20.0, 8.0)),
    };
    let area = Area::new(Id::unique("hint")).order(Order::Foreground).pivot(pivot).fixed_pos(at);
    let frame = Frame::new().fill(it.text).corner_radius(6.0);
    let shown = area.show(ui.ctx(), |ui| {
        frame.inner_margin(Margin { left: 12, right: 6, top: 6, bottom: 6 }).show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.add(Label::new(RichText::new(hint.text()).color(it.ground)).extend());
                let close = RichText::new("Got it").small().color(it.ground);
                let line = Stroke::new(1.0, it.ground.gamma_multiply(0.5));
                ui.add(egui::Button::new(close).fill(it.text).stroke(line)).clicked()
            })
        })
    });
    let points = vec![tip, tip + vec2(-8.0, 9.0 * up), tip + vec2(8.0, 9.0 * up)];
    let tail = Shape::convex_polygon(points, it.text, Stroke::NONE);
    ui.ctx().layer_painter(shown.response.layer_id).add(tail);
    shown.inner.inner.inner
}

fn file() -> Option<PathBuf> {
    let home = |name: &str| std::env::var_os(name).filter(|it| !it.is_empty()).map(PathBuf::from);
    let folder = if cfg!(target_os = "windows") {
        home("APPDATA")?.join("AI Jukebox")
    } else if cfg!(target_os = "macos") {
        home("HOME")?.join("Library/Application Support/AI Jukebox")
    } else {
        let config = home("XDG_CONFIG_HOME").filter(|it| it.is_absolute());
        config.or_else(|| Some(home("HOME")?.join(".config")))?.join("ai-jukebox")
    };
    Some(folder.join("hints.json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_is_kept_and_never_shown_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("not there yet/hints.json");
        let mut hints = Hints::open(file.clone());
        assert!(hints.seen.is_empty());
        hints.used(Hint::Takes);
        assert_eq!(Hints::open(file.clone()).seen, [Hint::Takes].into());
        hints.used(Hint::Play);
        assert_eq!(Hints::open(file.clone()).seen, [Hint::Play, Hint::Takes].into());
        std::fs::write(&file, "rubbish").unwrap();
        assert!(Hints::open(file).seen.is_empty());
    }
}
