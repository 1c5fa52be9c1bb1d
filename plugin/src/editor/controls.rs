//! The controls, in groups: what is composed, how it is played, and how it sounds.

use egui::{Align, Color32, Layout, RichText, Ui};
use nice_plug::prelude::{BoolParam, Param, ParamSetter};

use super::{field, theme};
use crate::params::{JukeboxParams, Mode};

/// Shows all groups.
pub fn show(ui: &mut Ui, setter: &ParamSetter<'_>, params: &JukeboxParams) {
    let group = |ui: &mut Ui, name: &str, when: &str, colour, fields: Contents| {
        ui.horizontal_top(|ui| {
            ui.allocate_ui_with_layout(field::SIZE, Layout::top_down(Align::Min), |ui| {
                ui.set_min_size(field::SIZE);
                ui.spacing_mut().item_spacing.y = 1.0;
                ui.label(RichText::new(name).strong().color(colour));
                ui.label(RichText::new(when).small().color(theme::FAINT));
            });
            // Rows that are full go on below their first field, not below the group's name.
            ui.horizontal_wrapped(|ui| fields(&mut Group { ui, setter, colour }, params));
        });
    };
    group(ui, "Composition", "for bars to come", theme::COMPOSE, composition);
    group(ui, "Performance", "at once", theme::PERFORM, performance);
    group(ui, "Built-in", "sound only", theme::NOTE, sound);
}

type Contents = fn(&mut Group<'_>, &JukeboxParams);

/// The fields of a group.
struct Group<'a> {
    ui: &'a mut Ui,
    setter: &'a ParamSetter<'a>,
    colour: Color32,
}

impl Group<'_> {
    fn field<P: Param>(&mut self, param: &P, tip: &str) {
        field::show(self.ui, self.setter, param, self.colour, tip);
    }

    fn switch(&mut self, param: &BoolParam, tip: &str) {
        field::switch(self.ui, self.setter, param, tip);
    }
}

fn composition(group: &mut Group<'_>, params: &JukeboxParams) {
    let it = &params.composition;
    group.field(&it.take, "The take number: the same one brings the same music back.");
    group.field(&it.mode, "Plays by itself, or listens to what you play and answers.");
    if it.mode.value() == Mode::Reply {
        group.field(&it.phrase, "Bars to listen for, and then to answer.");
    } else {
        group.field(&it.length, "Endless, or a loop whose end leads back to its start.");
        group.field(&it.evolve, "How much of the loop is new in every round; locked bars stay.");
    }
    group.field(&it.anchor, "Where loops and phrases begin: at bar 1, or with the host's loop.");
    group.field(
        &it.temperature,
        "How daring: 0 plays the likeliest note, 1 as the collection does.",
    );
    group.field(&it.variety, "How many of the likely notes may be chosen.");
    group.field(&it.density, "Fewer or more notes than the record has learnt.");
    group.field(&it.motif, "How much the music returns to what it has played.");
    group.field(&it.low, "The lowest note, before key and octave.");
    group.field(&it.high, "The highest note, before key and octave.");
}

fn performance(group: &mut Group<'_>, params: &JukeboxParams) {
    let it = &params.performance;
    group.field(&it.key, "The key that is heard; it changes no choice.");
    group.field(&it.octave, "Octaves up or down.");
    group.field(&it.scale, "The scale on the key's root.");
    group.field(&it.outside, "What becomes of notes outside the scale.");
    group.field(&it.velocity, "How much loud and soft differ: 100 % as composed.");
    group.field(&it.velocity_curve, "Softer or harder as a whole.");
    group.field(&it.gate, "How much of its length each note sounds.");
    group.field(&it.swing, "When every second note comes: 50 % is straight, 66.7 % triplets.");
    group.field(&it.swing_grid, "Whether eighths or sixteenths swing.");
    group.field(&it.humanise_timing, "How far notes stray from the grid, the same way every time.");
    group.field(&it.humanise_velocity, "How far velocities stray, the same way every time.");
    group.field(&it.channel, "The MIDI channel; Auto sends drums on 10 and all else on 1.");
    group
        .field(&it.chords, "Whether the chord that you hold on the input rules which notes start.");
    group.field(&it.run, "Plays with the host, or while the host stands, too.");
    group.switch(&it.thru, "Passes the notes that come in on.");
    group.switch(&params.bypass, "Releases every note and is silent; the song runs on.");
}

fn sound(group: &mut Group<'_>, params: &JukeboxParams) {
    let it = &params.sound;
    group.field(&it.instrument, "What plays; Auto takes the drum kit for drum records.");
    group.field(&it.level, "How loud it plays.");
    group.switch(&it.on, "Plays what is sent, too: switch it off for an instrument of your own.");
}
