//! Widgets that set parameters the way hosts record them: begin, set, end.

use std::ops::RangeInclusive;

use egui::{ComboBox, DragValue, Response, Slider, Ui};
use nice_plug::prelude::*;

/// A number to drag or type.
pub fn whole_number(ui: &mut Ui, setter: &ParamSetter<'_>, param: &IntParam) {
    ui.label(param.name());
    let IntRange::Linear { min, max } = param.range() else { return };
    let mut value = param.value();
    let response = ui.add(DragValue::new(&mut value).range(min..=max));
    set(setter, param, &response, value);
}

/// A slider.
pub fn slider(
    ui: &mut Ui,
    setter: &ParamSetter<'_>,
    param: &FloatParam,
    range: RangeInclusive<f32>,
) {
    ui.label(param.name());
    let mut value = param.value();
    let response = ui.add(Slider::new(&mut value, range).step_by(0.01).fixed_decimals(2));
    set(setter, param, &response, value);
}

/// One of several.
pub fn choice<T: Enum + Copy + PartialEq + 'static>(
    ui: &mut Ui,
    setter: &ParamSetter<'_>,
    param: &EnumParam<T>,
) {
    ui.label(param.name());
    let before = param.value().to_index();
    let mut index = before;
    ComboBox::from_id_salt(param.name()).width(52.0).selected_text(T::variants()[before]).show_ui(
        ui,
        |ui| {
            for (value, name) in T::variants().iter().enumerate() {
                ui.selectable_value(&mut index, value, *name);
            }
        },
    );
    if index != before {
        set_once(setter, param, T::from_index(index));
    }
}

/// On or off.
pub fn switch(ui: &mut Ui, setter: &ParamSetter<'_>, param: &BoolParam) {
    let mut value = param.value();
    if ui.checkbox(&mut value, param.name()).changed() {
        set_once(setter, param, value);
    }
}

/// Sets a value as part of a drag, or on its own where it was typed or clicked.
fn set<P: Param>(setter: &ParamSetter<'_>, param: &P, response: &Response, value: P::Plain) {
    if response.drag_started() {
        setter.begin_set_parameter(param);
    }
    if response.changed() {
        if response.dragged() || response.drag_stopped() {
            setter.set_parameter(param, value);
        } else {
            set_once(setter, param, value);
        }
    }
    if response.drag_stopped() {
        setter.end_set_parameter(param);
    }
}

fn set_once<P: Param>(setter: &ParamSetter<'_>, param: &P, value: P::Plain) {
    setter.begin_set_parameter(param);
    setter.set_parameter(param, value);
    setter.end_set_parameter(param);
}
