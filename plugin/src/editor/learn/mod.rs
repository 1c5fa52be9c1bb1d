//! The page *Learn*: a record of one's own, from one's own MIDI files, without leaving the DAW.
//!
//! What it shows is the [`learning`](crate::learning) thread's, which runs from when the page is first seen until the
//! window is closed; trainings go on without either.

mod chooser;
mod curve;
mod words;

use std::path::{Path, PathBuf};

use egui::{Button, Key, Label, Rect, Response, RichText, TextEdit, Ui, pos2, vec2};
use nice_plug::prelude::ParamSetter;

use super::{icons, records, theme, within};
use crate::learning::training_folder::Length;
use crate::learning::{Learning, Order as Ask, Places, Status, Training, View};
use crate::params::JukeboxParams;
use crate::shared::{self, Order, Shared};

/// Widths of what is at the left and at the right of the curve, and between them.
const SIDE: f32 = 296.0;
const APART: f32 = 20.0;
/// Size of a button, and between two.
const BUTTON: egui::Vec2 = vec2(140.0, 28.0);
const BETWEEN: f32 = 8.0;
/// From the top of the page: the path, two lines, and the buttons.
const ROWS: [f32; 4] = [20.0, 54.0, 72.0, 100.0];

/// What the page is played by.
pub struct Player<'a, 'b> {
    pub setter: &'a ParamSetter<'b>,
    pub params: &'a JukeboxParams,
    pub shared: &'a Shared,
    pub view: &'a shared::View,
}

/// The page.
#[derive(Default)]
pub struct Learn {
    /// Where everything lies, where it is not the usual place.
    places: Option<Places>,
    learning: Option<Learning>,
    /// What is typed.
    path: String,
    /// Whether folders are looked through.
    choosing: bool,
    /// The training that is shown, where it is not the newest.
    shown: Option<PathBuf>,
    /// A training that the next click removes.
    removing: Option<PathBuf>,
    /// Records of trainings that are in the list.
    kept: usize,
}

impl Learn {
    /// A page whose trainings lie elsewhere.
    #[cfg(test)]
    pub fn at(places: Places) -> Self {
        Self { places: Some(places), ..Self::default() }
    }

    /// Learns from files and folders: what they hold is shown, and a click away is the training.
    pub fn learn_from(&mut self, paths: Vec<PathBuf>) {
        self.path = match &paths[..] {
            [path] => path.display().to_string(),
            paths => format!("{} files", paths.len()),
        };
        self.ask(Ask::Import(paths));
    }

    /// Shows the page in a place.
    pub fn page(&mut self, ui: &mut Ui, area: Rect, player: &Player<'_, '_>) {
        let Some(view) = self.view() else {
            ui.place(area, Label::new("The system tells no folder that is yours to learn in."));
            return;
        };
        let [left, right] =
            [area.with_max_x(area.left() + SIDE), area.with_min_x(area.right() - SIDE)];
        self.collection(ui, left, &view);
        let trainings = &view.trainings;
        let number = self.number(trainings);
        let training = trainings.get(number);
        let middle =
            Rect::from_x_y_ranges(left.right() + APART..=right.left() - APART, area.y_range());
        curve::show(ui, middle, training);
        match training {
            Some(training) => {
                self.choice(ui, right, trainings, number);
                self.training(ui, right, training, player);
            }
            None => {
                let none = "No training yet. It goes on by itself once it is begun, even when this window and the \
                            host are closed.";
                let text = RichText::new(none).color(theme::of(ui).faint);
                if view.ready {
                    within(ui, right, |ui| ui.add(Label::new(text).wrap()));
                }
            }
        }
        if self.choosing {
            match chooser::show(ui, &view.listing) {
                Some(chooser::Chosen::Look(folder)) => self.ask(Ask::List(folder)),
                Some(chooser::Chosen::Learn(path)) => {
                    self.choosing = false;
                    self.learn_from(vec![path]);
                }
                Some(chooser::Chosen::Nothing) => self.choosing = false,
                None => {}
            }
        }
    }

    /// Has the records listed anew when one of a training has come to them.
    pub fn go_on(&mut self, shared: &Shared) {
        let Some(learning) = &self.learning else { return };
        let kept = learning.view().trainings.iter().filter(|it| it.kept.is_some()).count();
        if kept > self.kept {
            shared.order(Order::Browse);
        }
        self.kept = kept;
    }

    /// Closes what is open over the page.
    pub fn close(&mut self) {
        self.choosing = false;
    }

    fn view(&mut self) -> Option<View> {
        self.start().map(Learning::view)
    }

    fn start(&mut self) -> Option<&Learning> {
        if self.learning.is_none() {
            let places = self.places.clone().or_else(Places::usual)?;
            self.learning = Some(Learning::start(places));
        }
        self.learning.as_ref()
    }

    fn ask(&mut self, order: Ask) {
        if let Some(learning) = self.start() {
            learning.order(order);
        }
    }

    /// What is learnt from, and the beginning of a training.
    fn collection(&mut self, ui: &mut Ui, area: Rect, view: &View) {
        let it = theme::of(ui);
        let title = RichText::new("Learn from your MIDI files").small().color(it.compose);
        line(ui, area, 0.0, title);
        let field = row(area, ROWS[0], 28.0);
        let (field, browse) = field.split_left_right_at_x(area.right() - 84.0);
        let edit = TextEdit::singleline(&mut self.path).hint_text("A folder, a .zip or a file");
        let edit = ui.place(field, edit);
        let entered = edit.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        let browse = browse.with_min_x(browse.left() + BETWEEN);
        if ui.place(browse, Button::new("Browse...")).clicked() {
            self.choosing = !self.choosing;
            let folder = words::home();
            self.ask(Ask::List(folder));
        }
        let typed = words::path(&self.path);
        let is_new =
            typed.is_some() && (view.chosen.len() < 2) && view.chosen.first() != typed.as_ref();
        if let (true, Some(path)) = (entered, typed.clone()) {
            self.ask(Ask::Import(vec![path]));
        }
        let [said, remark] = words::collection(view);
        let colour = if view.error.is_some() { it.lock } else { it.text };
        let details = view.import.as_ref().map(|it| it.details()).unwrap_or_default();
        let said = line(ui, area, ROWS[1], RichText::new(&said).small().color(colour));
        if view.error.is_none() && !details.is_empty() {
            said.on_hover_text(details);
        }
        line(ui, area, ROWS[2], RichText::new(remark).small().color(it.faint));

        let place = Rect::from_min_size(pos2(area.left(), area.top() + ROWS[3]), BUTTON);
        let known = view.import.is_some() && !is_new;
        let busy = view.importing || view.starting;
        if known || view.starting {
            let tip = "Trains a record on them with half of the processor, at low priority. It goes on when the \
                       window or the host is closed.";
            let text = RichText::new("Learn").color(it.compose);
            let button = Button::new(text).stroke((1.0, it.compose));
            if enabled(ui, place, button, !busy).on_hover_text(tip).clicked() {
                self.shown = None;
                self.ask(Ask::Learn(Length::default()));
            }
        } else {
            let tip = "Says what can be learnt from them.";
            let button = enabled(ui, place, Button::new("Look into it"), !busy && typed.is_some());
            if let (true, Some(path)) = (button.on_hover_text(tip).clicked(), typed) {
                self.ask(Ask::Import(vec![path]));
            }
        }
    }

    /// The number of the training that is shown.
    fn number(&self, trainings: &[Training]) -> usize {
        let is_shown = |it: &Training| self.shown.as_deref() == Some(it.folder.path());
        trainings.iter().position(is_shown).unwrap_or(0)
    }

    /// The name of the training, and the way to others.
    fn choice(&mut self, ui: &mut Ui, area: Rect, trainings: &[Training], number: usize) {
        let it = theme::of(ui);
        let many = trainings.len() > 1;
        let name = &trainings[number].state.name;
        let room = if many { area.with_max_x(area.right() - 112.0) } else { area };
        line(ui, room, 0.0, RichText::new(name).strong().color(it.text));
        if !many {
            return;
        }
        let place = Rect::from_min_max(pos2(area.right() - 104.0, area.top() - 4.0), area.max);
        within(ui, place, |ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            ui.horizontal(|ui| {
                let newer = icons::button(
                    ui,
                    icons::previous,
                    "Newer training",
                    "A newer training.",
                    number > 0,
                );
                let place = format!("{} of {}", number + 1, trainings.len());
                ui.label(RichText::new(place).small().color(it.faint));
                let is_last = number + 1 == trainings.len();
                let older = icons::button(
                    ui,
                    icons::next,
                    "Older training",
                    "An older training.",
                    !is_last,
                );
                let next = match (newer.clicked(), older.clicked()) {
                    (true, _) => number.saturating_sub(1),
                    (_, true) => (number + 1).min(trainings.len() - 1),
                    _ => return,
                };
                self.shown = Some(trainings[next].folder.path().to_owned());
                self.removing = None;
            });
        });
    }

    /// How a training stands, and what can be done with it.
    fn training(&mut self, ui: &mut Ui, area: Rect, training: &Training, player: &Player<'_, '_>) {
        let it = theme::of(ui);
        let status = words::status(training);
        let colour = match &training.status {
            Status::Failed(_) | Status::Interrupted => it.lock,
            Status::Finished => it.compose,
            _ => it.text,
        };
        line(ui, area, 26.0, RichText::new(status).color(colour))
            .on_hover_text(words::whereabouts(training));
        let folder = training.folder.path();
        let heard = player.view.path.as_deref().and_then(|it| words::epoch_of(it, folder));
        let detail = RichText::new(words::detail(training, heard)).small().color(it.faint);
        line(ui, area, 46.0, detail);

        let place = |column: f32, row: f32| {
            let corner = vec2(column * (BUTTON.x + BETWEEN), row);
            Rect::from_min_size(area.min + corner, BUTTON)
        };
        let (name, tip, path) = match training.status {
            Status::Finished => {
                let tip = "Plays the finished record.";
                ("the record".to_owned(), tip, training.kept.clone())
            }
            _ => {
                let tip =
                    "Plays takes of the best epoch so far in this instance; the training goes on.";
                let name = training.best().map(|(epoch, _)| format!("epoch {epoch}"));
                let name = name.unwrap_or_else(|| "the best".to_owned());
                (name, tip, training.best().map(|it| it.1))
            }
        };
        let plays = path.is_some() && path == player.view.path;
        let text = if plays { format!("Plays {name}") } else { format!("Hear {name}") };
        let button = enabled(ui, place(0.0, 66.0), Button::new(text), path.is_some() && !plays);
        if let (true, Some(path)) = (button.on_hover_text(tip).clicked(), path) {
            player.play(&path);
        }
        let removing = self.removing.as_deref() == Some(folder);
        let mut ask = None;
        if training.status.is_running() {
            let tip = "Stops it with everything saved: Resume goes on to the same end.";
            let button = enabled(ui, place(1.0, 66.0), Button::new("Stop"), !training.stopping);
            if button.on_hover_text(tip).clicked() {
                ask = Some(Ask::Stop(folder.to_owned()));
            }
            return self.ask_for(ask);
        }
        if training.status != Status::Finished {
            let tip = "Goes on where it was.";
            if ui.place(place(1.0, 66.0), Button::new("Resume")).on_hover_text(tip).clicked() {
                ask = Some(Ask::Resume(folder.to_owned()));
            }
            let tip = "Puts the best record so far into the list of records.";
            let button = enabled(
                ui,
                place(0.0, 100.0),
                Button::new("Keep the best"),
                training.best().is_some(),
            );
            if button.on_hover_text(tip).clicked() {
                ask = Some(Ask::Keep(folder.to_owned()));
            }
        }
        let (column, row) =
            if training.status == Status::Finished { (1.0, 66.0) } else { (1.0, 100.0) };
        let text = if removing { "Click to remove" } else { "Remove" };
        let tip =
            "Removes the training and the records of its epochs, but not the record in the list.";
        if ui.place(place(column, row), Button::new(text)).on_hover_text(tip).clicked() {
            self.removing = (!removing).then(|| folder.to_owned());
            if removing {
                ask = Some(Ask::Remove(folder.to_owned()));
            }
        }
        self.ask_for(ask);
    }

    fn ask_for(&mut self, order: Option<Ask>) {
        if let Some(order) = order {
            self.ask(order);
        }
    }
}

impl Player<'_, '_> {
    /// Plays the record of a file in this instance, with the take and settings of now.
    fn play(&self, path: &Path) {
        records::load(self.setter, self.params, self.shared, path.to_owned());
    }
}

/// A row of a place, so far from its top.
fn row(area: Rect, top: f32, height: f32) -> Rect {
    Rect::from_min_size(area.min + vec2(0.0, top), vec2(area.width(), height))
}

/// A line of text, whose end is left out where there is no room; then a tip tells all.
fn line(ui: &mut Ui, area: Rect, top: f32, text: RichText) -> Response {
    within(ui, row(area, top, 20.0), |ui| ui.add(Label::new(text).truncate()))
}

fn enabled(ui: &mut Ui, place: Rect, button: Button<'_>, enabled: bool) -> Response {
    within(ui, place, |ui| {
        if !enabled {
            ui.disable();
        }
        ui.add_sized(place.size(), button)
    })
}
