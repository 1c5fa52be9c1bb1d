//! A song on its way from one instance to another, through the clipboard: hosts that run each plugin in a process of
//! its own let them share nothing else.
//!
//! The text holds the composition settings and those of the performance that belong to the song, as the host shows
//! them, and the song as it is saved. It may come from anywhere.

use std::collections::BTreeMap;
use std::sync::Arc;

use nice_plug::params::persist::PersistentField;
use nice_plug::prelude::ParamSetter;
use serde::{Deserialize, Serialize};

use super::control::Control;
use crate::params::JukeboxParams;
use crate::shared::Shared;
use crate::state::{Carried, SongField};

/// What the text begins with.
const HEAD: &str = "AI Jukebox song ";
/// Longest text that is read, in bytes.
const LONGEST: usize = 64 << 20;
/// Pictures for which the host has time to set what it was asked for.
const PATIENCE: u32 = 120;

/// What is in the text.
#[derive(Serialize, Deserialize)]
struct Copied {
    /// Settings by their names in the host, as it shows them.
    settings: BTreeMap<String, String>,
    song: Carried,
}

/// A song that is to be pasted once the host has set its settings, and the pictures for which it has waited.
#[derive(Default)]
pub struct Clipboard(Option<(Copied, u32)>);

impl Clipboard {
    /// The song of an instance as text.
    ///
    /// # Errors
    /// In words.
    pub fn copy(params: &JukeboxParams, shared: &Arc<Shared>) -> Result<String, String> {
        let text = |it: &dyn Control| (it.name().to_owned(), it.text(it.value()));
        let settings = settings(params).into_iter().map(text).collect();
        let copied = Copied { settings, song: Carried::of(shared.song()) };
        let json = serde_json::to_string(&copied);
        json.map(|json| format!("{HEAD}{json}")).map_err(|error| error.to_string())
    }

    /// Begins to put a song in the place of an instance's; `None` where the text is no song.
    ///
    /// # Errors
    /// In words, where it is damaged.
    pub fn paste(
        &mut self,
        text: &str,
        params: &JukeboxParams,
        setter: &ParamSetter<'_>,
    ) -> Option<Result<(), String>> {
        let json = text.trim().strip_prefix(HEAD)?;
        if json.len() > LONGEST {
            return Some(Err("The pasted song is too long.".to_owned()));
        }
        let copied = serde_json::from_str::<Copied>(json)
            .map_err(|error| format!("The pasted song is damaged ({error})."))
            .and_then(|copied| copied.song.refusal().map_or(Ok(copied), Err));
        let copied = match copied {
            Ok(copied) => copied,
            Err(error) => return Some(Err(error)),
        };
        for control in settings(params) {
            let value = copied.settings.get(control.name()).and_then(|text| control.parse(text));
            if let Some(value) = value.filter(|value| *value != control.value()) {
                control.set(setter, value);
            }
        }
        self.0 = Some((copied, 0));
        Some(Ok(()))
    }

    /// Puts the pasted song in its place as soon as the settings are there: before, it would be composed anew to
    /// those of the song that goes. Says whether it waits.
    pub fn go_on(&mut self, params: &JukeboxParams, shared: &Arc<Shared>) -> bool {
        let Some((copied, waited)) = &mut self.0 else { return false };
        let is_set = |it: &dyn Control| {
            copied.settings.get(it.name()).is_none_or(|text| *text == it.text(it.value()))
        };
        *waited += 1;
        if *waited < PATIENCE && !settings(params).into_iter().all(is_set) {
            return true;
        }
        if let Some((copied, _)) = self.0.take() {
            SongField(Arc::clone(shared)).set(copied.song);
        }
        false
    }
}

/// The settings that belong to a song.
pub fn settings(params: &JukeboxParams) -> Vec<&dyn Control> {
    let (it, how) = (&params.composition, &params.performance);
    vec![
        &it.record,
        &it.take,
        &it.temperature,
        &it.variety,
        &it.density,
        &it.motif,
        &it.low,
        &it.high,
        &it.form,
        &it.harmony,
        &it.heard_as,
        &it.length,
        &it.anchor,
        &it.evolve,
        &it.mode,
        &it.phrase,
        &how.key,
        &how.scale,
        &how.outside,
        &how.velocity,
        &how.velocity_curve,
        &how.gate,
        &how.swing,
        &how.swing_grid,
        &how.groove,
        &how.humanise_timing,
        &how.humanise_velocity,
    ]
}
