//! The song as it is saved in the host's project, and back. Runs on the host's threads.
//!
//! The state is untrusted: everything is checked before a [`Song`] is made of it, and a state that
//! is refused leaves the song that plays as it is.

use std::path::PathBuf;
use std::sync::Arc;

use jukebox_model::composer::Settings;
use jukebox_model::meter::{Meter, MeterMap};
use jukebox_model::piece::{Note, Tick};
use jukebox_model::take::Take;
use jukebox_model::vocabulary::Vocabulary;
use nice_plug::params::persist::PersistentField;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::conductor::Shared;
use crate::song::{MOST_BARS, Plan, RecordName, Song};

/// The version of the format that this plugin writes. It reads this one and all before it.
const VERSION: u32 = 1;
/// Most notes in a bar: as many as a composer writes at most.
const MOST_NOTES: usize = 1024;
/// Most meter changes.
const MOST_METERS: usize = MOST_BARS;

/// A song as it is written.
#[derive(Debug, Serialize, Deserialize)]
struct SavedSong {
    version: u32,
    record: SavedRecord,
    /// The host's meters, each from a tick on; empty where it told none.
    meters: Vec<(Tick, Meter)>,
    /// Composition settings, each from a bar on.
    plan: Vec<(u32, Settings)>,
    /// The notes of each bar: ticks since the bar line, pitch, duration, velocity.
    bars: Vec<Vec<(Tick, u8, Tick, u8)>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct SavedRecord {
    name: String,
    hash: String,
    path: Option<String>,
    drums: bool,
}

/// Why a state is refused. What plays goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub String);

impl SavedSong {
    fn of(song: &Song) -> Self {
        let saved_note = |start: Tick| {
            move |note: &Note| (note.onset - start, note.pitch, note.duration, note.velocity)
        };
        let changes = song.take.meters().changes().iter();
        Self {
            version: VERSION,
            record: SavedRecord {
                name: song.record.name.clone(),
                hash: song.record.hash.clone(),
                path: song.record.path.as_ref().map(|path| path.to_string_lossy().into_owned()),
                drums: song.record.drums,
            },
            meters: changes
                .filter(|_| song.meter_known)
                .map(|bar| (bar.start, bar.meter))
                .collect(),
            plan: song.plan.entries().to_vec(),
            bars: song
                .take
                .bars()
                .iter()
                .map(|bar| bar.notes.iter().map(saved_note(bar.slot.start)).collect())
                .collect(),
        }
    }

    fn restore(self) -> Result<Song, String> {
        if self.version > VERSION {
            return Err(format!(
                "it was saved by a newer version of the plugin (format {}, this one reads up to \
                 {VERSION}): update the plugin",
                self.version
            ));
        }
        if self.bars.len() > MOST_BARS || self.meters.len() > MOST_METERS {
            return Err(format!("it holds more than {MOST_BARS} bars"));
        }
        let usable = |settings: &Settings| {
            (0.0..=2.0).contains(&settings.temperature)
                && settings.top_p > 0.0
                && settings.top_p <= 1.0
                && (0.0..=1.0).contains(&settings.motif)
        };
        let plan = Plan::new(self.plan)
            .filter(|plan| plan.entries().iter().all(|(_, settings)| usable(settings)))
            .filter(|plan| plan.latest().is_some() || self.bars.is_empty())
            .ok_or("its settings are damaged")?;
        let ascending = self.meters.is_sorted_by(|a, b| a.0 < b.0);
        if !ascending || self.meters.first().is_some_and(|&(at, _)| at != 0) {
            return Err("its meters are damaged".to_owned());
        }
        let meter_known = !self.meters.is_empty();
        let take = restore_take(MeterMap::from_changes(self.meters), &plan, &self.bars)?;
        let record = RecordName {
            name: self.record.name,
            hash: self.record.hash,
            path: self.record.path.map(PathBuf::from),
            drums: self.record.drums,
        };
        Ok(Song { record, take, plan, meter_known })
    }
}

fn restore_take(
    meters: MeterMap,
    plan: &Plan,
    saved: &[Vec<(Tick, u8, Tick, u8)>],
) -> Result<Take, String> {
    let damaged = |bar: usize| format!("bar {} is damaged", bar + 1);
    let mut bars = Vec::with_capacity(saved.len());
    let mut start: Tick = 0;
    for (index, saved) in saved.iter().enumerate() {
        let settings = plan.at(index as u32).ok_or_else(|| damaged(index))?;
        let note = |&(after, pitch, duration, velocity): &(Tick, u8, Tick, u8)| {
            let sound = (1..=Vocabulary::MAX_TICKS).contains(&duration)
                && (1..=127).contains(&velocity)
                && pitch < 128;
            let onset = start.checked_add(after).filter(|_| sound)?;
            Some(Note { onset, pitch, duration, velocity })
        };
        let notes = Some(saved)
            .filter(|saved| saved.len() <= MOST_NOTES)
            .and_then(|saved| saved.iter().map(note).collect::<Option<Vec<Note>>>())
            .filter(|notes| notes.is_sorted_by(|a, b| (a.onset, a.pitch) < (b.onset, b.pitch)))
            .ok_or_else(|| damaged(index))?;
        bars.push((settings, notes));
        start = meters.bar_end(meters.bar_at(start));
    }
    let take = Take::restore(meters, bars);
    if take.bars().len() < saved.len() {
        return Err(damaged(take.bars().len()));
    }
    Ok(take)
}

/// What the state's field `song` holds: a song, or why it could not be read.
///
/// Reading one never fails, so that the reason reaches the editor.
pub struct Carried(Result<Song, Refusal>);

impl Serialize for Carried {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Ok(song) => SavedSong::of(song).serialize(serializer),
            Err(Refusal(reason)) => Err(serde::ser::Error::custom(reason)),
        }
    }
}

impl<'de> Deserialize<'de> for Carried {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        let song = serde_json::from_value::<SavedSong>(value)
            .map_err(|error| format!("it is not one of this plugin's ({error})"))
            .and_then(SavedSong::restore);
        Ok(Self(song.map_err(|reason| Refusal(format!("The saved song is refused: {reason}.")))))
    }
}

/// The state's field `song`: read and written where the GUI and the conductor share the song.
pub struct SongField(pub Arc<Shared>);

impl PersistentField<'_, Carried> for SongField {
    fn set(&self, carried: Carried) {
        self.0.restore(carried.0);
    }

    fn map<F, R>(&self, f: F) -> R
    where
        F: Fn(&Carried) -> R,
    {
        f(&Carried(Ok(self.0.song())))
    }
}
