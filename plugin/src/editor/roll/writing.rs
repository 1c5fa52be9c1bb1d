//! Writing on the sheet lane: chords from a bar on, and the letters of the form.

use egui::text::{CCursor, CCursorRange};
use egui::widgets::text_edit::TextEditState;
use egui::{Key, Pos2, Rect, TextEdit, Ui, pos2, vec2};
use jukebox_model::chord::Chord;
use jukebox_model::sheet::{Chart, FormLetters};
use jukebox_model::vocabulary::BarChords;
use nice_plug::prelude::{Param, ParamSetter};

use super::lane::Lane;
use super::pad::{self, Picked};
use crate::editor::control::Control;
use crate::params::{Form, Harmony, JukeboxParams};
use crate::shared::{Order, Shared, View};
use crate::song::SheetByHand;

/// Width of the field that is written in.
const FIELD: f32 = 240.0;
/// Bars of the chords that are written where there is no loop.
const CYCLE: u32 = 8;

/// What is being written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    /// Chords from a bar on.
    Chords(u32),
    Letters,
}

/// The field that is open.
#[derive(Default)]
pub struct Writing {
    open: Option<(What, f32, String)>,
    /// Why what was entered last is none.
    wrong: Option<String>,
    /// Where the pad of chords is, while it is open.
    pad: Option<Rect>,
}

impl Writing {
    /// Opens the field where the lane was clicked on, in a bar.
    pub fn begin(&mut self, lane: &Lane, at: Pos2, bar: u32, view: &View, shift: i8) {
        self.wrong = None;
        self.pad = None;
        if lane.chords.contains(at) {
            self.open = Some((What::Chords(bar), at.x, standing(view, bar, shift)));
        } else if lane.sections.contains(at) {
            let text = FormLetters(view.written.letters.to_vec()).to_string();
            self.open = Some((What::Letters, at.x, text));
        }
    }

    /// Whether the field is open.
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Shows the field. Enter writes, nothing at all wipes out, Escape leaves things as they are.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        lane: &Lane,
        setter: &ParamSetter<'_>,
        params: &JukeboxParams,
        shared: &Shared,
        view: &View,
    ) {
        let Some((what, x, mut text)) = self.open.take() else { return };
        let (row, hint) = match what {
            What::Chords(_) => (lane.chords, "Am F C G, or | Am G | F |"),
            What::Letters => (lane.sections, "AABA, or A A' B A"),
        };
        let left = (x - 20.0).clamp(row.left(), (row.right() - FIELD).max(row.left()));
        let place = Rect::from_min_size(pos2(left, row.center().y - 13.0), vec2(FIELD, 26.0));
        let id = egui::Id::unique("written on the sheet");
        let edit = TextEdit::singleline(&mut text).id(id).hint_text(hint);
        let edit = ui.place(place, edit);
        if let Some(wrong) = &self.wrong {
            edit.show_tooltip_text(wrong.as_str());
        }
        if edit.changed() {
            self.wrong = None;
        }
        let mut what = what;
        if let What::Chords(bar) = what {
            let shift = (params.performance().shift % 12) as i8;
            let locked = view.locked.get(bar as usize).copied().unwrap_or(false);
            let at = place.left_bottom() + vec2(0.0, 5.0);
            let (picked, pad) = pad::show(ui, at, bar, text.trim().parse().ok(), locked);
            self.pad = Some(pad);
            match picked {
                Some(Picked::Chord(chord)) => text = chord.to_string(),
                Some(Picked::Clear) => text.clear(),
                Some(Picked::Lock) => shared.order(Order::Lock(bar..bar + 1, !locked)),
                Some(Picked::Next) => {
                    what = What::Chords(bar + 1);
                    text = standing(view, bar + 1, shift);
                }
                None => {}
            }
            if let Some(Picked::Chord(_) | Picked::Clear) = picked
                && let Ok(sheet) = write(what, &text, setter, params, view)
            {
                shared.order(Order::WriteSheet(sheet));
            }
        }
        if edit.lost_focus() {
            let (entered, left, at) = ui.input(|input| {
                let pressed = |key| input.key_pressed(key);
                let pointer = &input.pointer;
                let acts = pointer.any_down() || pointer.any_released();
                (pressed(Key::Enter), !acts, pointer.interact_pos())
            });
            // A click on the pad leaves the field open.
            let on_pad = self.pad.zip(at).is_some_and(|(pad, at)| pad.contains(at));
            if !entered && (left || !on_pad) {
                return;
            }
            if !entered {
                edit.request_focus();
                self.open = Some((what, x, text));
                return;
            }
            let hears = params.composition.harmony.value() == Harmony::FromInput;
            if hears && matches!(what, What::Chords(_)) && text.trim().is_empty() {
                shared.order(Order::ForgetInput);
                return;
            }
            match write(what, &text, setter, params, view) {
                Ok(sheet) => {
                    shared.order(Order::WriteSheet(sheet));
                    return;
                }
                Err(wrong) => self.wrong = Some(wrong),
            }
        }
        if !edit.has_focus() {
            edit.request_focus();
            // What is typed takes the place of what stood there.
            let all = CCursorRange::two(CCursor::new(0), CCursor::new(text.chars().count()));
            let mut state = TextEditState::load(ui.ctx(), id).unwrap_or_default();
            state.cursor.set_char_range(Some(all));
            state.store(ui.ctx(), id);
        }
        self.open = Some((what, x, text));
    }
}

/// The chords that stand in a bar, as they are heard.
fn standing(view: &View, bar: u32, shift: i8) -> String {
    let here = view.sheet.get(bar as usize).map(|sheet| sheet.chords).unwrap_or_default();
    match here.map(|chord| chord.map(|it| it.transposed(shift))) {
        [None, None] => String::new(),
        [one, two] if one == two => name(one),
        [one, two] => format!("| {} {} |", name(one), name(two)),
    }
}

fn name(chord: Option<Chord>) -> String {
    chord.map_or("N.C.".to_owned(), |it| it.to_string())
}

/// What a text makes of the sheet, and the settings that ask for it.
fn write(
    what: What,
    text: &str,
    setter: &ParamSetter<'_>,
    params: &JukeboxParams,
    view: &View,
) -> Result<SheetByHand, String> {
    let (form, harmony) = (&params.composition.form, &params.composition.harmony);
    let wiped = text.trim().is_empty();
    let mut sheet = view.written.clone();
    match what {
        What::Chords(_) if wiped => {
            sheet.chords = Vec::new().into();
            harmony.set(setter, harmony.preview_normalized(Harmony::AsLearnt));
        }
        What::Chords(bar) => {
            let chart: Chart = text.parse().map_err(|error| format!("{error}"))?;
            let back = -(params.performance().shift % 12) as i8;
            let white = |bar: &BarChords| bar.map(|chord| chord.map(|it| it.transposed(back)));
            let chart: Vec<BarChords> = chart.bars.iter().map(white).collect();
            sheet.chords = chords(&chart, bar, view).into();
            harmony.set(setter, harmony.preview_normalized(Harmony::Written));
        }
        What::Letters if wiped => {
            sheet.letters = Vec::new().into();
            form.set(setter, form.preview_normalized(Form::AsLearnt));
        }
        What::Letters => {
            sheet.letters = text.parse::<FormLetters>()?.0.into();
            form.set(setter, form.preview_normalized(Form::Written));
        }
    }
    Ok(sheet)
}

/// The chords that go round once a chart is written from a bar on. The first chart that is longer than a bar is all
/// of them; others take the place of what stood there, or was planned.
fn chords(chart: &[BarChords], bar: u32, view: &View) -> Vec<BarChords> {
    let number = view.slots.get(bar as usize).copied().unwrap_or(bar) as usize;
    let mut chords = view.written.chords.to_vec();
    if chords.is_empty() && chart.len() > 1 {
        // It goes round from its bar, and so from the first one as well.
        let mut chords = chart.to_vec();
        chords.rotate_right(number % chart.len());
        return chords;
    }
    if chords.is_empty() {
        let cycle = view.slots.iter().max().map_or(CYCLE, |last| last + 1);
        let planned =
            |bar: usize| view.sheet.get(bar).map(|sheet| sheet.chords).unwrap_or_default();
        chords = (0..cycle as usize).map(planned).collect();
    }
    let from = number % chords.len();
    chords.resize(chords.len().max(from + chart.len()).min(Chart::MOST_BARS), [None; 2]);
    for (place, bar) in chords.iter_mut().skip(from).zip(chart) {
        *place = *bar;
    }
    chords
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::song::BarSheet;

    fn bars(text: &str) -> Vec<BarChords> {
        text.parse::<Chart>().unwrap().bars
    }

    fn view(planned: &str, written: &str) -> View {
        let sheet = bars(planned).into_iter();
        let sheet = sheet.map(|chords| BarSheet { chords, ..BarSheet::default() }).collect();
        let chords = if written.is_empty() { Vec::new() } else { bars(written) };
        let written = SheetByHand { chords: chords.into(), ..SheetByHand::default() };
        View { sheet, written, ..View::default() }
    }

    #[test]
    fn a_chart_goes_round_from_its_bar() {
        let planned = view("C Dm G C C Dm G C C C", "");
        assert_eq!(chords(&bars("Am F C G"), 0, &planned), bars("Am F C G"));
        assert_eq!(chords(&bars("Am F C G"), 6, &planned), bars("C G Am F"));
        // One chord changes its bar alone.
        assert_eq!(chords(&bars("Am"), 9, &planned), bars("C Am G C C Dm G C"));
        let written = view("C C C C C C", "Am F C G");
        assert_eq!(chords(&bars("Em"), 5, &written), bars("Am Em C G"));
        assert_eq!(chords(&bars("Em D"), 3, &written), bars("Am F C Em D"));
    }

    #[test]
    fn bars_of_a_loop_count_from_its_start() {
        let mut looped = view("C C C C C C", "Am F C G");
        looped.slots = (0..6).map(|bar| (bar + 2) % 4).collect();
        assert_eq!(chords(&bars("Em"), 2, &looped), bars("Em F C G"));
    }
}
