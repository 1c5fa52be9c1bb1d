//! The presets that come along: a record, a take and some settings that go well together.
//!
//! They lie in one file, `plugin/presets/presets.json`. Settings stand there by the ids of their parameters and as
//! the host shows them; those of a song that a preset does not name go back to their defaults.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use egui::{Button, RichText, Ui, vec2};
use nice_plug::params::internals::ParamPtr;
use nice_plug::prelude::{ParamSetter, Params};
use serde::Deserialize;

use super::clipboard;
use super::control::Control;
use super::theme;
use crate::params::JukeboxParams;
use crate::records::store;

/// The presets, in their order.
static ALL: LazyLock<Vec<Preset>> =
    LazyLock::new(|| serde_json::from_str(FILE).unwrap_or_default());
const FILE: &str = include_str!("../../presets/presets.json");

/// A preset.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    /// What it is called.
    pub name: String,
    /// The name of a built-in record.
    pub record: String,
    /// The take number.
    pub take: u32,
    /// Other settings, by the ids of their parameters, as the host shows them.
    pub settings: BTreeMap<String, String>,
}

/// The settings of a song, with the ids of their parameters.
pub struct Settings<'a>(Vec<(String, &'a dyn Control)>);

impl<'a> Settings<'a> {
    /// Those of an instance.
    pub fn of(params: &'a JukeboxParams) -> Self {
        let ids: Vec<(String, ParamPtr)> =
            params.param_map().into_iter().map(|(id, param, _)| (id, param)).collect();
        let of_song = clipboard::settings(params).into_iter().filter_map(|control| {
            let (id, _) = ids.iter().find(|(_, param)| *param == control.ptr())?;
            Some((id.clone(), control))
        });
        Self(of_song.collect())
    }
}

impl Preset {
    /// What the preset says of a setting, normalised: its default where nothing is said.
    fn value(&self, id: &str, control: &dyn Control) -> Option<f32> {
        let said = match id {
            "record" => Some(self.record.clone()),
            "take" => Some(self.take.to_string()),
            id => self.settings.get(id).cloned(),
        };
        said.map_or(Some(control.default()), |text| control.parse(&text))
    }

    /// Asks the host for the preset's settings.
    pub fn put_on(&self, setter: &ParamSetter<'_>, settings: &Settings<'_>) {
        for (id, control) in &settings.0 {
            let value = self.value(id, *control).filter(|value| *value != control.value());
            if let Some(value) = value {
                control.set(setter, value);
            }
        }
    }

    /// Whether all settings stand as the preset says.
    pub fn is_on(&self, settings: &Settings<'_>) -> bool {
        settings.0.iter().all(|(id, control)| {
            let value = self.value(id, *control);
            value.is_some_and(|value| (value - control.value()).abs() < 1e-4)
        })
    }
}

/// Shows the presets of a built-in record, by its number, as a row of names; puts on the one that is chosen.
pub fn row(ui: &mut Ui, setter: &ParamSetter<'_>, settings: &Settings<'_>, number: u32) {
    let Some(record) = store::built_in_names().nth((number as usize).wrapping_sub(1)) else {
        return;
    };
    let it = theme::of(ui);
    ui.spacing_mut().item_spacing = vec2(6.0, 4.0);
    ui.horizontal_wrapped(|ui| {
        for preset in ALL.iter().filter(|preset| preset.record == record) {
            let on = preset.is_on(settings);
            let text = RichText::new(&preset.name).small();
            let button = Button::new(text.color(if on { it.compose } else { it.text }));
            let line = (1.0, if on { it.compose } else { it.line });
            let button = button.fill(it.panel).stroke(line).corner_radius(9.0);
            let tip =
                format!("Preset: take {} of {record} with settings that suit it.", preset.take);
            if ui.add(button).on_hover_text(tip).clicked() {
                preset.put_on(setter, settings);
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use jukebox_model::meter::Meter;

    use super::*;
    use crate::editor::sketches::{Brief, Sketches};
    use crate::params::tests::turn;
    use crate::song::{HeardInput, SheetByHand};

    /// The share of the bars in which a part is heard at least.
    const LEAST: f32 = 0.1;

    #[test]
    fn the_file_holds_presets_of_every_record_and_each_says_what_the_host_shows() {
        let all: Vec<Preset> = serde_json::from_str(FILE).unwrap();
        assert_eq!(all.len(), 27);
        let names: BTreeSet<&str> = all.iter().map(|preset| preset.name.as_str()).collect();
        assert_eq!(names.len(), all.len(), "a name stands twice");
        let params = JukeboxParams::new(Arc::default());
        let settings = Settings::of(&params);
        for preset in &all {
            assert!(store::built_in_names().any(|name| name == preset.record), "{}", preset.name);
            for (id, text) in &preset.settings {
                let found = settings.0.iter().find(|(known, _)| known == id);
                let (_, control) = found.unwrap_or_else(|| panic!("{}: {id}", preset.name));
                let value = control.parse(text).unwrap_or_else(|| panic!("{id}: {text}"));
                assert_eq!(control.text(value), *text, "{}: {id}", preset.name);
                assert_ne!(value, control.default(), "{}: {id} says nothing new", preset.name);
            }
        }
        for name in store::built_in_names() {
            assert!(all.iter().any(|preset| preset.record == name), "{name} has no preset");
        }
    }

    /// Puts a preset on as a host does.
    fn params_of(preset: &Preset) -> JukeboxParams {
        let params = JukeboxParams::new(Arc::default());
        turn(&params, "record", &preset.record);
        turn(&params, "take", &preset.take.to_string());
        preset.settings.iter().for_each(|(id, text)| turn(&params, id, text));
        assert!(preset.is_on(&Settings::of(&params)), "{}", preset.name);
        params
    }

    /// Shares of the bars in which each part plays, in the loop or the first 32 bars.
    fn played(preset: &Preset, take: u32) -> Vec<f32> {
        let settings = params_of(preset).composition_settings(None);
        let record = store::built_in(settings.record).unwrap();
        let parts = record.vocabulary().parts.len().max(1);
        let bars = if settings.is_loop() { settings.length as usize } else { 32 };
        let (written, input) = (SheetByHand::default(), HeardInput::default());
        let meter = Meter::COMMON;
        let sketches =
            Sketches::begin(Brief { record, settings, written, input, meter, bars }, vec![take]);
        let score = loop {
            let over = sketches.is_over();
            match sketches.next() {
                Some((_, score)) => break score,
                None => assert!(!over, "nothing was composed"),
            }
        };
        let plays = |part: usize| {
            let has = |bar: &&Arc<jukebox_model::take::Bar>| {
                bar.notes.iter().any(|note| usize::from(note.part) == part)
            };
            score.bars.iter().filter(has).count() as f32 / score.bars.len() as f32
        };
        (0..parts).map(plays).collect()
    }

    #[test]
    fn each_composes_music_in_each_part() {
        for preset in ALL.iter() {
            let shares = played(preset, preset.take);
            let all = shares.iter().all(|&share| share >= LEAST);
            assert!(all, "{}: the parts play in {shares:?} of the bars", preset.name);
        }
    }

    #[test]
    #[ignore = "prints the takes of each preset in which all parts play, to choose from: --nocapture"]
    fn takes_to_choose_from() {
        for preset in ALL.iter() {
            let least = |take| played(preset, take).into_iter().fold(1.0f32, f32::min);
            let mut found: Vec<(f32, u32)> = (1..=40).map(|take| (least(take), take)).collect();
            found.sort_by(|a, b| b.0.total_cmp(&a.0));
            println!("{}, {}: {:.2?}", preset.record, preset.name, &found[..6]);
        }
    }
}
