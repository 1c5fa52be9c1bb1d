//! The head of the window: the record as a sleeve, its takes, and what is done to the song.

use egui::{
    Button, CursorIcon, Label, Rect, Response, RichText, Role, Sense, Ui, WidgetInfo, pos2, vec2,
};
use jukebox_model::format::thousands;
use nice_plug::prelude::ParamSetter;

use super::records::{Records, display_name};
use super::takes::Takes;
use super::{icons, sleeve, theme, within};
use crate::params::{JukeboxParams, Mode};
use crate::records::RecordFacts;
use crate::shared::{Order, Shared, View};

/// Height, and the widths of the sleeve, of the words beside it and of the buttons at the right.
const HEIGHT: f32 = 76.0;
const WORDS: f32 = 214.0;
const BUTTONS: f32 = 144.0;

/// What the head is asked for that the window does itself.
#[derive(Default)]
pub struct Asked {
    pub help: bool,
    pub scheme: bool,
    /// The starred takes as a song.
    pub lay_out: bool,
}

/// Shows the head.
pub fn show(
    ui: &mut Ui,
    setter: &ParamSetter<'_>,
    params: &JukeboxParams,
    shared: &Shared,
    view: &View,
    (records, takes): (&mut Records, &mut Takes),
) -> Asked {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::hover());
    let cover = Rect::from_min_size(rect.min, vec2(HEIGHT, HEIGHT));
    let sleeve = ui.interact(cover, ui.scope_id().with("sleeve"), Sense::click());
    sleeve.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Sleeve"));
    sleeve::paint(ui.painter(), cover, view.record.as_ref());
    if sleeve.hovered() {
        let line = (2.0, theme::of(ui).compose);
        ui.painter().rect_stroke(cover, 0.0, line, egui::StrokeKind::Inside);
    }
    let tip = view.record.as_ref().map(story).unwrap_or_default();
    let sleeve = sleeve.on_hover_cursor(CursorIcon::PointingHand).on_hover_text(tip);

    let words = Rect::from_min_size(cover.right_top() + vec2(12.0, 0.0), vec2(WORDS, HEIGHT));
    let opened = within(ui, words, |ui| record(ui, setter, params, shared, view, records));
    if sleeve.clicked() || opened {
        records.toggle(shared);
    }
    let buttons = Rect::from_min_max(pos2(rect.right() - BUTTONS, rect.top()), rect.max);
    let mut asked = within(ui, buttons, |ui| self::buttons(ui, params, shared, view));
    let strip = Rect::from_min_max(
        pos2(words.right() + 12.0, rect.top()),
        pos2(buttons.left() - 14.0, rect.bottom()),
    );
    asked.lay_out = takes.show(ui, strip, setter, params, view);
    asked
}

/// The record's name and facts, and the way to others; says whether the list was asked for.
fn record(
    ui: &mut Ui,
    setter: &ParamSetter<'_>,
    params: &JukeboxParams,
    shared: &Shared,
    view: &View,
    records: &mut Records,
) -> bool {
    let it = theme::of(ui);
    ui.spacing_mut().item_spacing.y = 1.0;
    let name = match &view.record {
        Some(record) => display_name(record),
        None if view.message.is_some() => "No record",
        None => "Loading the record",
    };
    let heading = Label::new(RichText::new(name).heading()).truncate().sense(Sense::click());
    let heading = ui
        .add(heading)
        .on_hover_cursor(CursorIcon::PointingHand)
        .on_hover_text("Click for the list of records.");
    let facts = view.record.as_ref().map(in_short).unwrap_or_default();
    ui.add(Label::new(RichText::new(facts).small().color(it.faint)).truncate());
    ui.add_space(3.0);
    let mut list = heading.clicked();
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let tip = "The record before this one in the list.";
        if icons::button(ui, icons::previous, "Previous record", tip, true).clicked() {
            records.step(setter, params, shared, view, false);
        }
        let tip = "The record after this one in the list.";
        if icons::button(ui, icons::next, "Next record", tip, true).clicked() {
            records.step(setter, params, shared, view, true);
        }
        list |= icons::button(ui, icons::list, "Records", "The records to play.", true).clicked();
    });
    list
}

/// What is done to the song, and to the window.
fn buttons(ui: &mut Ui, params: &JukeboxParams, shared: &Shared, view: &View) -> Asked {
    let it = theme::of(ui);
    let mut asked = Asked::default();
    ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
    let reply = params.composition.mode.value() == Mode::Reply;
    let (name, tip, order) = match reply {
        true => (
            "Keep phrase",
            "Locks the phrase that you played last at the beginning of the loop, and goes on from it.",
            Order::KeepPhrase,
        ),
        false => (
            "Recompose",
            "Composes every bar again that is not locked, between those that are (R).",
            Order::Recompose(None),
        ),
    };
    ui.add_space(2.0);
    let text = RichText::new(name).color(it.compose);
    let button = Button::new(text).stroke((1.0, it.compose));
    if ui.add_sized(vec2(BUTTONS, 34.0), button).on_hover_text(tip).clicked() {
        shared.order(order);
    }
    ui.horizontal(|ui| {
        let (undone, redone) = view.undone;
        let tip = "Takes the last edit back (Ctrl Z).";
        if icons::button(ui, icons::undo, "Undo", tip, undone > 0).clicked() {
            shared.order(Order::Undo);
        }
        let tip = "Does the last undone edit again (Ctrl Y).";
        if icons::button(ui, icons::redo, "Redo", tip, redone > 0).clicked() {
            shared.order(Order::Redo);
        }
        let tip = "Light or dark.";
        asked.scheme =
            icons::button(ui, icons::day_and_night, "Light or dark", tip, true).clicked();
        let tip = "What the keys and the mouse do (F1).";
        asked.help = help(ui, tip).clicked();
    });
    asked
}

fn help(ui: &mut Ui, tip: &str) -> Response {
    icons::button(ui, icons::question, "?", tip, true)
}

/// Parts, meters and tempo in a line.
pub fn in_short(facts: &RecordFacts) -> String {
    let parts = match (facts.parts.len(), facts.drums) {
        (_, true) => "Drums".to_owned(),
        (0 | 1, false) => "One line".to_owned(),
        (parts, false) => format!("{parts} parts"),
    };
    let mut line = parts;
    let meters: Vec<String> = facts.meters.iter().take(3).map(ToString::to_string).collect();
    if !meters.is_empty() {
        line.push_str(&format!("  ·  {}", meters.join(" ")));
        if facts.meters.len() > meters.len() {
            line.push_str(&format!(" +{}", facts.meters.len() - meters.len()));
        }
    }
    if let Some(tempo) = facts.tempo {
        line.push_str(&format!("  ·  {tempo:.0} bpm"));
    }
    line
}

/// All that is known of a record.
fn story(facts: &RecordFacts) -> String {
    let mut lines = vec![format!(
        "{} notes of {} pieces in {}",
        thousands(facts.notes),
        thousands(facts.pieces),
        facts.collection
    )];
    if facts.parts.len() > 1 {
        let parts: Vec<&str> = facts.parts.iter().map(|part| part.name.as_str()).collect();
        lines.push(format!("Parts: {}", parts.join(", ")));
    }
    let meters: Vec<String> = facts.meters.iter().map(ToString::to_string).collect();
    if !meters.is_empty() {
        lines.push(format!("Meters: {}", meters.join(", ")));
    }
    if let Some(nats) = facts.validation {
        lines.push(format!("{nats:.2} nats a note on music it has not seen"));
    }
    lines.push("Click for the list of records.".to_owned());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use jukebox_model::meter::Meter;
    use jukebox_model::piece::Part;

    use super::*;

    #[test]
    fn a_record_is_told_in_short() {
        let parts = ["melody", "bass"].map(|name| Part { name: name.into(), ..Part::default() });
        let meters = ["4/4", "3/4", "6/8", "2/4"].map(|it| it.parse::<Meter>().unwrap());
        let facts = RecordFacts {
            parts: parts.to_vec(),
            meters: meters.to_vec(),
            tempo: Some(117.6),
            ..RecordFacts::default()
        };
        assert_eq!(in_short(&facts), "2 parts  ·  4/4 3/4 6/8 +1  ·  118 bpm");
        assert_eq!(in_short(&RecordFacts::default()), "One line");
        assert!(story(&facts).contains("Parts: melody, bass\nMeters: 4/4, 3/4, 6/8, 2/4"));
    }
}
