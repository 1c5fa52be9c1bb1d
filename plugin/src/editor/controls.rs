//! The controls, in groups: what is composed, how it is played, and how it sounds.

use egui::{Color32, RichText, Ui};
use nice_plug::prelude::ParamSetter;

use super::{field, theme};
use crate::params::{JukeboxParams, Mode};

/// Shows all groups.
pub fn show(ui: &mut Ui, setter: &ParamSetter<'_>, params: &JukeboxParams) {
    group(ui, "Composition", "for bars to come", theme::COMPOSE, |ui, colour| {
        composition(ui, setter, params, colour);
    });
    ui.add_space(2.0);
    group(ui, "Performance", "at once", theme::PERFORM, |ui, colour| {
        performance(ui, setter, params, colour);
    });
    ui.add_space(2.0);
    group(ui, "Sound", "built in", theme::NOTE, |ui, _| sound(ui, setter, params));
}

/// Shows the settings of the built-in instrument.
fn sound(ui: &mut Ui, setter: &ParamSetter<'_>, params: &JukeboxParams) {
    let (it, colour) = (&params.sound, theme::NOTE);
    field::show(ui, setter, &it.instrument, colour, "What the built-in sound plays on.");
    field::show(ui, setter, &it.level, colour, "How loud the built-in sound is.");
    field::switch(ui, setter, &it.on, "Plays what is sent on a built-in instrument.");
}

fn group(
    ui: &mut Ui,
    name: &str,
    when: &str,
    colour: Color32,
    contents: impl FnOnce(&mut Ui, Color32),
) {
    ui.horizontal(|ui| {
        ui.label(RichText::new(name).strong().color(colour));
        ui.label(RichText::new(when).small().color(theme::FAINT));
    });
    ui.horizontal_wrapped(|ui| contents(ui, colour));
}

fn composition(ui: &mut Ui, setter: &ParamSetter<'_>, params: &JukeboxParams, colour: Color32) {
    let it = &params.composition;
    let replies = it.mode.value() == Mode::Reply;
    field::show(
        ui,
        setter,
        &it.take,
        colour,
        "The take number: another one is another tune, and the same one brings its music back.",
    );
    field::show(
        ui,
        setter,
        &it.mode,
        colour,
        "Whether it plays by itself, or listens to what you play and answers.",
    );
    if replies {
        field::show(ui, setter, &it.phrase, colour, "Bars to listen for, and then to answer.");
    } else {
        field::show(
            ui,
            setter,
            &it.length,
            colour,
            "Endless, or a loop whose end leads back to its start.",
        );
        field::show(
            ui,
            setter,
            &it.evolve,
            colour,
            "How much of the loop is composed anew in every round; locked bars stay.",
        );
    }
    field::show(
        ui,
        setter,
        &it.anchor,
        colour,
        "Where loops and phrases begin: at bar 1 of the song, or where the host's loop starts.",
    );
    field::show(
        ui,
        setter,
        &it.temperature,
        colour,
        "How daring the choices are: 0 plays the likeliest note, 1 as the collection does.",
    );
    field::show(ui, setter, &it.variety, colour, "How many of the likely notes may be chosen.");
    field::show(ui, setter, &it.density, colour, "Fewer or more notes than the record has learnt.");
    field::show(ui, setter, &it.motif, colour, "How much the music returns to what it has played.");
    field::show(ui, setter, &it.low, colour, "The lowest note, before key and octave.");
    field::show(ui, setter, &it.high, colour, "The highest note, before key and octave.");
}

fn performance(ui: &mut Ui, setter: &ParamSetter<'_>, params: &JukeboxParams, colour: Color32) {
    let it = &params.performance;
    field::show(ui, setter, &it.key, colour, "The key that is heard; it changes no choice.");
    field::show(ui, setter, &it.octave, colour, "Octaves up or down.");
    field::show(ui, setter, &it.scale, colour, "The scale on the key's root.");
    field::show(ui, setter, &it.outside, colour, "What becomes of notes outside the scale.");
    field::show(
        ui,
        setter,
        &it.velocity,
        colour,
        "How much loud and soft differ: 100 % as composed.",
    );
    field::show(ui, setter, &it.velocity_curve, colour, "Softer or harder as a whole.");
    field::show(ui, setter, &it.gate, colour, "How much of its length each note sounds.");
    field::show(
        ui,
        setter,
        &it.swing,
        colour,
        "How late every second note comes: 50 % is straight, 66.7 % triplets.",
    );
    field::show(ui, setter, &it.swing_grid, colour, "Whether eighths or sixteenths swing.");
    field::show(
        ui,
        setter,
        &it.humanise_timing,
        colour,
        "How far notes stray from the grid, the same way every time.",
    );
    field::show(
        ui,
        setter,
        &it.humanise_velocity,
        colour,
        "How far velocities stray, the same way every time.",
    );
    field::show(
        ui,
        setter,
        &it.channel,
        colour,
        "The MIDI channel; Auto sends drums on 10 and all else on 1.",
    );
    field::switch(
        ui,
        setter,
        &params.bypass,
        "Releases every note and is silent; the song runs on.",
    );
}
