//! A song as it is written: the format, and the checks on the way back.

use std::path::PathBuf;
use std::sync::Arc;

use jukebox_model::composer::ComposerSettings;
use jukebox_model::meter::{Meter, MeterMap};
use jukebox_model::piece::{Part, Tick};
use jukebox_model::record::Groove;
use jukebox_model::sheet::{Chart, FormLetters};
use jukebox_model::take::Bar;
use jukebox_model::vocabulary::{BarChords, Vocabulary};
use serde::{Deserialize, Serialize};

use super::saved_bars::{BarReader, BarWriter, SavedBar, SavedRevision, in_song};
use crate::audio::player::parts::MOST_PARTS;
use crate::song::{
    Band, CompositionSettings, Edits, Kept, MOST_ATTEMPTS, MOST_BARS, Parts, Plan, RecordName,
    Revision, SheetByHand, Song,
};

/// The version of the format that this plugin writes. It reads this one and all before it.
///
/// Version 1 knew no loops, locks and phrases, and repeated bars in full; version 2 knew no parts, forms and chords;
/// version 3 heard no chords and parts on the input. A song is written as the oldest version from 2 on that has all
/// that it has, which older plugins read.
const VERSION: u32 = 4;
/// The version of songs that hear nothing on the input.
const VERSION_WITHOUT_INPUT: u32 = 3;
/// The version of songs without parts.
const VERSION_WITHOUT_PARTS: u32 = 2;
/// Most meter changes.
const MOST_METERS: usize = MOST_BARS;

/// A song as it is written.
#[derive(Debug, Serialize, Deserialize)]
pub struct SavedSong {
    version: u32,
    record: SavedRecord,
    /// The host's meters, each from a tick on; empty where it told none.
    meters: Vec<(Tick, Meter)>,
    /// Composition settings, each from a bar on.
    plan: Vec<(u32, CompositionSettings)>,
    bars: Vec<SavedBar>,
    /// Locked bars: number, meter, notes.
    #[serde(default)]
    locks: Vec<(u32, Meter, SavedBar)>,
    /// Bars of which some parts are locked, a bit for each: number, meter, parts, notes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    part_locks: Vec<(u32, Meter, Parts, SavedBar)>,
    /// What was written of the sheet.
    #[serde(default, skip_serializing_if = "SavedSheet::is_empty")]
    sheet: SavedSheet,
    #[serde(default, rename = "editions")]
    revisions: Vec<SavedRevision>,
    /// What was played to the song, by bar.
    #[serde(default)]
    heard: Vec<(u32, SavedBar)>,
    /// Chords that were heard on the input: number of the bar, those of its halves in the white-key frame.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    input_chords: Vec<(u32, BarChords)>,
    /// Parts that were heard on the input: part, number, meter, notes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    input_parts: Vec<(u8, u32, Meter, SavedBar)>,
    #[serde(default)]
    attempts: u32,
}

#[derive(Debug, Serialize, Deserialize)]
struct SavedRecord {
    name: String,
    hash: String,
    path: Option<String>,
    drums: bool,
    /// Who plays; at most [`Vocabulary::MAX_PARTS`] are read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    parts: Vec<Part>,
    /// How they play by place, where the record has learnt it.
    #[serde(default, skip_serializing_if = "Groove::is_empty")]
    groove: Groove,
    /// The record that is not built in and was loaded last.
    #[serde(default)]
    loaded: Option<String>,
}

/// What was written of the sheet, as text: chords in the white-key frame, and letters.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct SavedSheet {
    #[serde(skip_serializing_if = "String::is_empty")]
    chords: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    letters: String,
}

impl SavedSheet {
    fn of(sheet: &SheetByHand) -> Self {
        let letters = FormLetters(sheet.letters.to_vec());
        Self {
            chords: Chart { bars: sheet.chords.to_vec() }.to_string(),
            letters: letters.to_string(),
        }
    }

    fn is_empty(&self) -> bool {
        self.chords.is_empty() && self.letters.is_empty()
    }

    fn restore(&self) -> Result<SheetByHand, String> {
        let mut sheet = SheetByHand::default();
        if !self.chords.is_empty() {
            let chart: Chart = self.chords.parse().map_err(|why| format!("its chords: {why}"))?;
            sheet.chords = chart.bars.into();
        }
        if !self.letters.is_empty() {
            let letters: FormLetters =
                self.letters.parse().map_err(|why| format!("its form: {why}"))?;
            sheet.letters = letters.0.into();
        }
        Ok(sheet)
    }
}

fn text(path: &Option<PathBuf>) -> Option<String> {
    path.as_ref().map(|path| path.to_string_lossy().into_owned())
}

impl SavedSong {
    /// A song to be written.
    pub fn of(song: &Song) -> Self {
        let mut writer = BarWriter::default();
        let bars = song.take.bars().iter().enumerate();
        let bars = bars.map(|(index, bar)| writer.add(index, bar)).collect();
        let grid = song.take.meters();
        // Bars that were edited in another meter than the song has now: they are not played, and could
        // not be read in their place.
        let fits = |revision: &Revision, number: u32, bar: &Bar| {
            let slot = grid.bar(number);
            let end = grid.bar_end(slot);
            let inside = bar.notes.last().is_none_or(|note| note.onset < end);
            revision.meter.is_some() || bar.slot == slot && inside
        };
        let edited = |revision: &Revision| -> Vec<(u32, SavedBar)> {
            let bars = revision.bars.iter().filter(|&(&number, bar)| fits(revision, number, bar));
            bars.map(|(&number, bar)| (number, writer.refer(bar))).collect()
        };
        let revision = |revision: &Arc<Revision>| SavedRevision {
            settings: revision.settings,
            record: revision.record.clone(),
            meter: revision.meter,
            round: revision.round,
            bars: edited(revision),
        };
        let changes = song.take.meters().changes().iter();
        let meters = changes.filter(|_| song.meter_known).map(|bar| (bar.start, bar.meter));
        let locks = song.edits.locks.iter();
        let (whole, some): (Vec<_>, Vec<_>) = locks.partition(|(_, kept)| kept.is_whole());
        let meter = |kept: &Kept| kept.bar.slot.meter;
        let sheet = SavedSheet::of(&song.edits.sheet);
        let asks = |settings: &CompositionSettings| {
            let learnt = ComposerSettings::default();
            (settings.notes.form, settings.notes.chords) != (learnt.form, learnt.chords)
        };
        let has_sheet = !sheet.is_empty() || song.plan.entries().iter().any(|it| asks(&it.1));
        let input = &song.edits.input;
        let hears =
            !input.is_empty() || song.plan.entries().iter().any(|(_, settings)| settings.hears());
        let parts = |(&(part, at), bar): (&(u8, u32), &Arc<Bar>)| {
            (part, at, bar.slot.meter, writer.refer(bar))
        };
        Self {
            version: match song.record.band.parts.len() {
                _ if hears => VERSION,
                0 | 1 if !has_sheet => VERSION_WITHOUT_PARTS,
                _ => VERSION_WITHOUT_INPUT,
            },
            input_chords: input.chords.iter().map(|(&at, &chords)| (at, chords)).collect(),
            input_parts: input.parts.iter().map(parts).collect(),
            sheet,
            part_locks: some
                .iter()
                .map(|(at, kept)| (**at, meter(kept), kept.parts, writer.refer(&kept.bar)))
                .collect(),
            record: SavedRecord {
                name: song.record.name.clone(),
                hash: song.record.hash.clone(),
                path: text(&song.record.path),
                drums: song.record.band.drums,
                parts: song.record.band.parts.to_vec(),
                groove: Groove::clone(&song.record.band.groove),
                loaded: text(&song.loaded),
            },
            meters: meters.collect(),
            plan: song.plan.entries().to_vec(),
            bars,
            locks: whole
                .iter()
                .map(|(at, kept)| (**at, meter(kept), writer.refer(&kept.bar)))
                .collect(),
            revisions: song.edits.revisions.iter().map(revision).collect(),
            heard: song.heard.iter().map(|(&at, bar)| (at, writer.refer(bar))).collect(),
            attempts: song.attempts,
        }
    }

    /// The song that was written.
    ///
    /// # Errors
    /// The first thing that is wrong with it, in words.
    pub fn restore(self) -> Result<Song, String> {
        if self.version > VERSION {
            return Err(format!(
                "it was saved by a newer version of the plugin (format {}, this one reads up to \
                 {VERSION}): update the plugin",
                self.version
            ));
        }
        let edited = self.revisions.iter().map(|revision| revision.bars.len()).max().unwrap_or(0);
        let locks = self.locks.len() + self.part_locks.len();
        let input = self.input_chords.len().max(self.input_parts.len() / MOST_PARTS);
        let most = edited.max(locks).max(self.heard.len()).max(self.bars.len()).max(input);
        if most > MOST_BARS || self.meters.len() > MOST_METERS {
            return Err(format!("it holds more than {MOST_BARS} bars"));
        }
        let plan = Plan::new(self.plan)
            .filter(|plan| plan.entries().iter().all(|(_, settings)| settings.is_usable()))
            .filter(|plan| plan.latest().is_some() || self.bars.is_empty())
            .ok_or("its settings are damaged")?;
        let ascending = self.meters.is_sorted_by(|a, b| a.0 < b.0);
        if !ascending || self.meters.first().is_some_and(|&(at, _)| at != 0) {
            return Err("its meters are damaged".to_owned());
        }
        let meter_known = !self.meters.is_empty();
        let meters = MeterMap::from_changes(self.meters);
        let reader = BarReader::new(&self.bars);
        let take = reader.take(meters, &plan)?;
        reader.stand(&take);
        let edits = reader
            .edits(&self.locks, &self.part_locks, &self.revisions, take.meters())
            .ok_or_else(|| reader.why("its locked or edited bars are damaged"))?;
        let input = reader
            .input(&self.input_chords, &self.input_parts)
            .ok_or_else(|| reader.why("what was heard on its input is damaged"))?;
        let edits = Edits { sheet: self.sheet.restore()?, input, ..edits };
        let heard = self.heard.iter().map(|(number, bar)| {
            let slot = in_song(*number, take.meters())?;
            reader.bar(bar, slot, take.meters().bar_end(slot)).map(|bar| (*number, bar))
        });
        let heard =
            heard.collect::<Option<_>>().ok_or_else(|| reader.why("its phrases are damaged"))?;
        let record = RecordName {
            name: self.record.name,
            hash: self.record.hash,
            path: self.record.path.map(PathBuf::from),
            band: Band {
                drums: self.record.drums,
                parts: self.record.parts.into_iter().take(Vocabulary::MAX_PARTS).collect(),
                groove: Arc::new(
                    Some(self.record.groove).filter(Groove::is_usable).unwrap_or_default(),
                ),
            },
        };
        // Songs of version 1 had but one record.
        let loaded = self.record.loaded.map(PathBuf::from).or_else(|| record.path.clone());
        let attempts = self.attempts.min(MOST_ATTEMPTS);
        Ok(Song {
            record,
            loaded,
            take,
            plan,
            meter_known,
            edits: Arc::new(edits),
            attempts,
            heard,
            ..Song::default()
        })
    }
}
