//! The starred takes as one song: composed beside the conductor, then laid out one after the other.

use jukebox_model::meter::Meter;
use jukebox_model::piece::Note;
use nice_plug::prelude::{Param, ParamSetter};

use super::control::Control;
use super::sketches::{Brief, Sketches};
use crate::params::{JukeboxParams, Length, Mode};
use crate::records::store;
use crate::shared::{Order, Score, Shared, View};

/// Bars of a take that is no loop.
pub const BARS: usize = 16;

/// Takes that are on their way into a song.
#[derive(Default)]
pub struct Arranging(Option<Work>);

struct Work {
    sketches: Sketches,
    meter: Meter,
    /// Notes of each bar, counted from its bar line.
    bars: Vec<Vec<Note>>,
    takes: usize,
}

/// What takes of the record that plays are composed with: the settings of now.
pub fn brief(params: &JukeboxParams, view: &View) -> Option<Brief> {
    let hash = view.record.as_ref().map_or("", |it| &it.hash);
    let record = store::in_use(hash)?;
    let settings = params.composition_settings(None);
    let bars = if settings.is_loop() { settings.length as usize } else { BARS };
    let meter = view.score.bars.first().map(|bar| bar.slot.meter).unwrap_or_default();
    let (written, input) = (view.written.clone(), view.input.clone());
    Some(Brief { record, settings, written, input, meter, bars })
}

impl Arranging {
    /// Begins with the starred takes of the record that plays.
    ///
    /// # Errors
    /// In words, where there are none.
    pub fn begin(
        &mut self,
        params: &JukeboxParams,
        setter: &ParamSetter<'_>,
        view: &View,
    ) -> Result<String, String> {
        let hash = view.record.as_ref().map_or("", |it| &it.hash);
        let takes = params.look.read().takes_of(hash);
        if takes.is_empty() {
            let none = "No take of this record has a star: click one in the strip of takes.";
            return Err(none.to_owned());
        }
        let brief = brief(params, view).ok_or("There is no record to compose with.")?;
        // What is laid out is a song from beginning to end.
        let (length, mode) = (&params.composition.length, &params.composition.mode);
        if length.value() != Length::Endless {
            length.set(setter, length.preview_normalized(Length::Endless));
        }
        if mode.value() != Mode::Compose {
            mode.set(setter, mode.preview_normalized(Mode::Compose));
        }
        let (meter, bars, count) = (brief.meter, Vec::new(), takes.len());
        let sketches = Sketches::begin(brief, takes);
        self.0 = Some(Work { sketches, meter, bars, takes: count });
        Ok("Laying the starred takes out as a song".to_owned())
    }

    /// Lays out what is finished; says what has come of it.
    pub fn go_on(&mut self, shared: &Shared) -> Option<String> {
        let work = self.0.as_mut()?;
        // Asked first: what is finished by then is laid out.
        let over = work.sketches.is_over();
        while let Some((_, score)) = work.sketches.next() {
            work.bars.extend(bars(&score));
        }
        let Work { meter, bars, takes, .. } = self.0.take_if(|_| over)?;
        let count = bars.len();
        shared.order(Order::LayOut(bars, meter));
        Some(format!(
            "{takes} starred takes are a song of {count} bars now, locked. Undo takes it back."
        ))
    }

    /// Whether takes are on their way.
    pub fn is_busy(&self) -> bool {
        self.0.is_some()
    }
}

fn bars(score: &Score) -> impl Iterator<Item = Vec<Note>> {
    score.bars.iter().map(|bar| {
        let here = |note: &Note| Note { onset: note.onset - bar.slot.start, ..*note };
        bar.notes.iter().map(here).collect()
    })
}
