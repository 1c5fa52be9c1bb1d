//! A parameter of any kind, as a window sees it, and the ways in which it is turned.
//!
//! Changes go to the host the way that it records them: begin, set, end.

use egui::{Key, Popup, PopupCloseBehavior, Rect, Response, ScrollArea, TextEdit, Ui};
use nice_plug::params::internals::ParamPtr;
use nice_plug::prelude::{Param, ParamSetter};

/// How much slower a drag goes while Shift is held.
const FINE: f32 = 0.1;
/// Most values that are listed to choose from; others are dragged.
const MOST_CHOICES: usize = 20;

/// A parameter of any kind. Values are normalised, 0 to 1.
pub trait Control {
    /// What hosts call it.
    fn name(&self) -> &str;
    /// Where it stands, without modulation.
    fn value(&self) -> f32;
    /// Where automation or modulation has moved it.
    fn moved(&self) -> f32;
    /// Where it stands at first.
    fn default(&self) -> f32;
    /// A value in words.
    fn text(&self, value: f32) -> String;
    /// The value that a text means.
    fn parse(&self, text: &str) -> Option<f32>;
    /// The value a step up or down from where it stands.
    fn step(&self, up: bool, fine: bool) -> f32;
    /// How many steps it has beyond the first value, where these are few and have names.
    fn choices(&self) -> Option<usize>;
    /// Whether it is on or off.
    fn is_switch(&self) -> bool;
    /// Which parameter it is.
    fn ptr(&self) -> ParamPtr;
    /// Says that a change begins.
    fn begin(&self, setter: &ParamSetter<'_>);
    /// Changes it.
    fn put(&self, setter: &ParamSetter<'_>, value: f32);
    /// Says that the change is over.
    fn end(&self, setter: &ParamSetter<'_>);

    /// Sets a value on its own.
    fn set(&self, setter: &ParamSetter<'_>, value: f32) {
        self.begin(setter);
        self.put(setter, value);
        self.end(setter);
    }

    /// Whether it stands elsewhere than at first.
    fn is_changed(&self) -> bool {
        (self.value() - self.default()).abs() > 1e-4
    }
}

impl<P: Param> Control for P {
    fn name(&self) -> &str {
        Param::name(self)
    }

    fn value(&self) -> f32 {
        self.unmodulated_normalized_value()
    }

    fn moved(&self) -> f32 {
        self.modulated_normalized_value()
    }

    fn default(&self) -> f32 {
        self.default_normalized_value()
    }

    fn text(&self, value: f32) -> String {
        self.normalized_value_to_string(value, true)
    }

    fn parse(&self, text: &str) -> Option<f32> {
        self.string_to_normalized_value(text)
    }

    fn step(&self, up: bool, fine: bool) -> f32 {
        let now = self.unmodulated_normalized_value();
        match up {
            true => self.next_normalized_step(now, fine),
            false => self.previous_normalized_step(now, fine),
        }
    }

    fn choices(&self) -> Option<usize> {
        self.step_count().filter(|&steps| steps < MOST_CHOICES && self.unit().is_empty())
    }

    fn is_switch(&self) -> bool {
        matches!(self.as_ptr(), ParamPtr::BoolParam(_))
    }

    fn ptr(&self) -> ParamPtr {
        self.as_ptr()
    }

    fn begin(&self, setter: &ParamSetter<'_>) {
        setter.begin_set_parameter(self);
    }

    fn put(&self, setter: &ParamSetter<'_>, value: f32) {
        setter.set_parameter_normalized(self, value);
    }

    fn end(&self, setter: &ParamSetter<'_>) {
        setter.end_set_parameter(self);
    }
}

/// How a control is turned: which way a drag goes, over how many points from end to end, and where its value is
/// typed.
pub struct Turning {
    /// Whether upwards counts as well.
    pub upwards: bool,
    pub travel: f32,
    pub typed_in: Rect,
}

impl Turning {
    /// Lets the mouse and the keys turn a control that was drawn; `response` senses clicks and drags.
    pub fn turn(
        &self,
        ui: &mut Ui,
        setter: &ParamSetter<'_>,
        control: &dyn Control,
        response: &Response,
    ) {
        if response.double_clicked() {
            control.set(setter, control.default());
            Popup::close_id(ui.ctx(), Popup::default_response_id(response));
        } else if let Some(steps) = control.choices() {
            choose(response, setter, control, steps);
        } else {
            self.drag(ui, setter, control, response);
            self.type_in(ui, setter, control, response);
        }
        if response.has_focus() {
            keys(ui, setter, control);
        }
    }

    fn drag(&self, ui: &Ui, setter: &ParamSetter<'_>, control: &dyn Control, response: &Response) {
        // Where the pointer has dragged to, between the steps of the parameter as well.
        let place = response.id.with("dragged to");
        if response.drag_started() {
            control.begin(setter);
            ui.data_mut(|data| data.insert_temp(place, control.value()));
        }
        if response.dragged() {
            let fine = if ui.input(|input| input.modifiers.shift) { FINE } else { 1.0 };
            let by = response.drag_delta();
            let by = (by.x - if self.upwards { by.y } else { 0.0 }) / self.travel * fine;
            let to = ui.data_mut(|data| {
                let to = data.get_temp_mut_or_insert_with(place, || control.value());
                *to = (*to + by).clamp(0.0, 1.0);
                *to
            });
            if by != 0.0 {
                control.put(setter, to);
            }
        }
        if response.drag_stopped() {
            control.end(setter);
        }
    }

    /// The value as text, while it is being typed.
    fn type_in(
        &self,
        ui: &mut Ui,
        setter: &ParamSetter<'_>,
        control: &dyn Control,
        response: &Response,
    ) {
        let typing = response.id.with("typing");
        let asked = response.secondary_clicked()
            || (response.clicked() && ui.input(|input| input.modifiers.command))
            || (response.has_focus() && ui.input(|input| input.key_pressed(Key::Enter)));
        if asked {
            ui.data_mut(|data| data.insert_temp(typing, control.text(control.value())));
        }
        let Some(mut text) = ui.data(|data| data.get_temp::<String>(typing)) else { return };
        let edit = ui.place(self.typed_in, TextEdit::singleline(&mut text).id(typing.with("edit")));
        if !edit.has_focus() && !edit.lost_focus() {
            edit.request_focus();
        }
        if edit.lost_focus() {
            let entered = ui.input(|input| !input.key_pressed(Key::Escape));
            if let Some(value) = control.parse(text.trim()).filter(|_| entered) {
                control.set(setter, value);
            }
            ui.data_mut(|data| data.remove::<String>(typing));
        } else {
            ui.data_mut(|data| data.insert_temp(typing, text));
        }
    }
}

/// What to do with a control, for its tooltip.
pub fn how(control: &dyn Control) -> &'static str {
    match control.choices() {
        Some(_) => "Click to choose, double-click for the default.",
        None => "Drag, Shift for fine; right-click to type; double-click for the default.",
    }
}

/// Lists the values to choose from.
fn choose(response: &Response, setter: &ParamSetter<'_>, control: &dyn Control, steps: usize) {
    let menu = Popup::menu(response).close_behavior(PopupCloseBehavior::CloseOnClick);
    menu.show(|ui| {
        ScrollArea::vertical().max_height(300.0).show(ui, |ui| {
            for step in 0..=steps {
                let value = step as f32 / steps.max(1) as f32;
                let current = (control.value() - value).abs() < 0.5 / steps as f32;
                if ui.selectable_label(current, control.text(value)).clicked() {
                    control.set(setter, value);
                }
            }
        });
    });
}

/// A control that has the keyboard is turned with the arrow keys.
fn keys(ui: &Ui, setter: &ParamSetter<'_>, control: &dyn Control) {
    let (up, down, fine) = ui.input(|input| {
        let pressed = |a, b| input.key_pressed(a) || input.key_pressed(b);
        let up = pressed(Key::ArrowUp, Key::ArrowRight);
        (up, pressed(Key::ArrowDown, Key::ArrowLeft), input.modifiers.shift)
    });
    if up != down {
        control.set(setter, control.step(up, fine));
    }
}
