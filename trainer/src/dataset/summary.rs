//! What is in a collection, as a table and as JSON.

use std::collections::BTreeMap;

use comfy_table::Table;
use jukebox_model::meter::Meter;
use jukebox_model::vocabulary::Vocabulary;
use serde::Serialize;

use super::{Collection, Duplicate, Skipped};
use crate::format::{self, count, counted, counted_as};

/// What a collection holds and what became of its files.
#[derive(Debug, Serialize)]
pub struct Summary {
    /// The collection's name.
    pub name: String,
    /// Files that are MIDI by their ending.
    pub files: usize,
    /// Pieces that can be learnt.
    pub pieces: usize,
    /// Their notes.
    pub notes: usize,
    /// Their bars.
    pub bars: usize,
    /// Files that cannot be used, and why.
    pub skipped: Vec<Skipped>,
    /// Files with the notes of another.
    pub duplicates: Vec<Duplicate>,
    /// The files of pieces that are versions of one tune, group by group.
    pub near_duplicates: Vec<Vec<String>>,
    /// Pieces by the meter that they start in, the most frequent first.
    pub meters: Vec<MeterCount>,
    /// Entries in each list of the vocabulary; none where there are no pieces.
    pub vocabulary: Option<VocabularySizes>,
    /// How well the onsets lie on the model's ticks.
    pub rounding: RoundingSummary,
    /// BLAKE3 hash over the usable files.
    pub hash: String,
}

/// How many pieces start in a meter.
#[derive(Debug, Serialize)]
pub struct MeterCount {
    /// As written.
    pub meter: String,
    /// Pieces.
    pub pieces: usize,
}

/// Entries in each list of a vocabulary.
#[derive(Clone, Debug, Serialize)]
pub struct VocabularySizes {
    /// Ticks since the previous onset.
    pub steps: usize,
    /// Key numbers.
    pub pitches: usize,
    /// Ticks until the release.
    pub durations: usize,
    /// Velocity bins.
    pub velocities: usize,
    /// Meters.
    pub meters: usize,
}

/// How far a collection's onsets lay from the model's ticks.
#[derive(Debug, Serialize)]
pub struct RoundingSummary {
    /// Onsets that were moved to a tick.
    pub off_grid: usize,
    /// Mean distance in ticks.
    pub mean_ticks: f64,
    /// Pieces that seem to be performances without a grid.
    pub performances: usize,
}

impl From<&Vocabulary> for VocabularySizes {
    fn from(vocabulary: &Vocabulary) -> Self {
        Self {
            steps: vocabulary.steps.len(),
            pitches: vocabulary.keys(),
            durations: vocabulary.durations.len(),
            velocities: vocabulary.velocities.len(),
            meters: vocabulary.meters.len(),
        }
    }
}

impl VocabularySizes {
    /// In one line.
    pub fn line(&self) -> String {
        [
            counted(self.steps, "step"),
            counted_as(self.pitches, "pitch", "pitches"),
            counted(self.durations, "duration"),
            counted_as(self.velocities, "velocity", "velocities"),
            counted(self.meters, "meter"),
        ]
        .join(", ")
    }
}

impl Summary {
    /// Sums a collection up.
    pub fn of(collection: &Collection) -> Self {
        let mut meters: BTreeMap<Meter, usize> = BTreeMap::new();
        let (mut off_grid, mut distance, mut onsets, mut performances) = (0, 0.0, 0, 0);
        for source in &collection.pieces {
            *meters.entry(source.piece.meters.bar(0).meter).or_default() += 1;
            off_grid += source.rounding.off_grid;
            onsets += source.rounding.onsets;
            distance += source.rounding.mean * source.rounding.onsets as f64;
            performances += usize::from(source.performance);
        }
        let mut meters: Vec<MeterCount> = meters
            .into_iter()
            .map(|(meter, pieces)| MeterCount { meter: meter.to_string(), pieces })
            .collect();
        meters.sort_by_key(|meter| std::cmp::Reverse(meter.pieces));
        Self {
            name: collection.name.clone(),
            files: collection.files,
            pieces: collection.pieces.len(),
            notes: collection.notes(),
            bars: collection.music().map(|piece| piece.bars() as usize).sum(),
            skipped: collection.skipped.clone(),
            duplicates: collection.duplicates.clone(),
            near_duplicates: collection
                .near_duplicates
                .iter()
                .filter(|group| group.len() > 1)
                .map(|group| group.iter().map(|&it| collection.pieces[it].file.clone()).collect())
                .collect(),
            meters,
            vocabulary: Vocabulary::learn(collection.music()).as_ref().map(Into::into),
            rounding: RoundingSummary {
                off_grid,
                mean_ticks: distance / onsets.max(1) as f64,
                performances,
            },
            hash: collection.hash.clone(),
        }
    }

    /// As a table.
    pub fn table(&self) -> Table {
        let mut table = format::facts_table(&self.name);
        table.add_row(["files".to_owned(), count(self.files)]);
        table.add_row(["pieces".to_owned(), count(self.pieces)]);
        table.add_row(["notes".to_owned(), count(self.notes)]);
        table.add_row(["bars".to_owned(), count(self.bars)]);
        table.add_row(["skipped".to_owned(), count(self.skipped.len())]);
        table.add_row(["duplicates".to_owned(), count(self.duplicates.len())]);
        table.add_row(["near-duplicates".to_owned(), self.near_duplicates_line()]);
        let meters: Vec<String> =
            self.meters.iter().map(|it| format!("{} ({})", it.meter, count(it.pieces))).collect();
        table.add_row(["meters".to_owned(), meters.join(", ")]);
        if let Some(vocabulary) = &self.vocabulary {
            table.add_row(["vocabulary".to_owned(), vocabulary.line()]);
        }
        table.add_row(["rounding".to_owned(), self.rounding.line(self.notes)]);
        table
    }
}

impl Summary {
    fn near_duplicates_line(&self) -> String {
        match self.near_duplicates.len() {
            0 => "0".to_owned(),
            groups => {
                let pieces = self.near_duplicates.iter().map(Vec::len).sum();
                format!("{} in {}", counted(pieces, "piece"), counted(groups, "group"))
            }
        }
    }
}

impl RoundingSummary {
    fn line(&self, notes: usize) -> String {
        if notes == 0 {
            return "no onsets".to_owned();
        }
        if self.off_grid == 0 {
            return "every onset lies on a tick".to_owned();
        }
        let moved = format!(
            "{} onsets ({}) moved to the nearest tick, by {:.2} ticks in the mean",
            count(self.off_grid),
            format::percent(self.off_grid as f64 / notes as f64),
            self.mean_ticks
        );
        match self.performances {
            0 => moved,
            1 => format!("{moved}; 1 piece seems to be an unquantised performance"),
            many => format!("{moved}; {} pieces seem to be unquantised performances", count(many)),
        }
    }
}
