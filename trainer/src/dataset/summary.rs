//! What is in a collection, as a table and as JSON.

use std::collections::BTreeMap;

use comfy_table::Table;
use jukebox_model::meter::Meter;
use jukebox_model::piece::Part;
use jukebox_model::record::PlaceTiming;
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
    /// The parts that the pieces have in common; none where each is one heap of notes.
    pub parts: Vec<PartSummary>,
    /// Why they are these; empty where there are none.
    pub parts_rule: String,
    /// Pieces of which sections have keys of their own.
    pub key_changes: usize,
    /// Where the grid is not the files' own.
    pub grid: GridSummary,
    /// How well the onsets lie on the model's ticks.
    pub rounding: RoundingSummary,
    /// BLAKE3 hash over the usable files.
    pub hash: String,
}

/// A part of a collection.
#[derive(Debug, Serialize)]
pub struct PartSummary {
    /// What it is called.
    pub name: String,
    /// General MIDI program, from 1 to 128.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub program: Option<u8>,
    /// Whether it is drums.
    pub drums: bool,
    /// Its notes.
    pub notes: usize,
    /// Pieces that it plays in.
    pub pieces: usize,
}

/// What was inferred of the pieces' grids.
#[derive(Debug, Default, Serialize)]
pub struct GridSummary {
    /// Pieces whose beats and bars were inferred, and whose notes were laid on them.
    pub laid: usize,
    /// Pieces whose notes were laid on the file's own beats, near which they were played.
    pub clicked: usize,
    /// Pieces whose notes lie on the file's grid, of which only the bars were inferred.
    pub bars_alone: usize,
    /// Mean confidence in the beats that were inferred, 0 to 1.
    pub beats_confidence: f64,
    /// Mean confidence in their bars.
    pub bars_confidence: f64,
    /// How early and late the parts play, by place in the beat.
    pub timing: Vec<TimingSummary>,
}

/// How a part plays at one place of the beat.
#[derive(Debug, Serialize)]
pub struct TimingSummary {
    /// The part's name; empty for one heap of notes.
    pub part: String,
    /// Ticks after the beat.
    pub place: u32,
    /// Notes there.
    pub notes: u64,
    /// Mean distance from the grid in milliseconds: positive is late.
    pub mean_ms: f64,
    /// Standard deviation in milliseconds.
    pub spread_ms: f64,
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
    /// Onsets of the pieces that were not laid on another grid.
    pub onsets: usize,
    /// Of these, those that were moved to a tick.
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
            if source.inferred.as_ref().is_some_and(|it| it.moved) {
                continue;
            }
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
            parts: parts(collection),
            parts_rule: collection.parts.as_ref().map_or_else(String::new, ToString::to_string),
            key_changes: collection.pieces.iter().filter(|source| source.keys > 1).count(),
            grid: GridSummary::of(collection),
            rounding: RoundingSummary {
                onsets,
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
        if let Some(line) = self.grid.line() {
            table.add_row(["grid".to_owned(), line]);
        }
        if self.key_changes > 0 {
            let pieces = counted(self.key_changes, "piece");
            table.add_row(["keys".to_owned(), format!("{pieces} with sections in other keys")]);
        }
        if !self.parts.is_empty() {
            table.add_row(["parts".to_owned(), self.parts_rule.clone()]);
            for part in &self.parts {
                table.add_row([String::new(), part.line()]);
            }
        }
        if let Some(vocabulary) = &self.vocabulary {
            table.add_row(["vocabulary".to_owned(), vocabulary.line()]);
        }
        if self.grid.laid + self.grid.clicked < self.pieces {
            table.add_row(["rounding".to_owned(), self.rounding.line()]);
        }
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

/// The common parts of a collection.
fn parts(collection: &Collection) -> Vec<PartSummary> {
    let Some(common) = &collection.parts else { return Vec::new() };
    let mut notes = vec![0; common.parts.len()];
    let mut pieces = vec![0; common.parts.len()];
    for piece in collection.music() {
        let mut own = vec![0; common.parts.len()];
        piece.notes.iter().for_each(|note| own[usize::from(note.part)] += 1);
        for (part, count) in own.into_iter().enumerate() {
            notes[part] += count;
            pieces[part] += usize::from(count > 0);
        }
    }
    let part = |((part, notes), pieces): ((&Part, usize), usize)| PartSummary {
        name: part.name.clone(),
        program: part.program.map(|it| it + 1),
        drums: part.drums,
        notes,
        pieces,
    };
    common.parts.iter().zip(notes).zip(pieces).map(part).collect()
}

impl PartSummary {
    fn line(&self) -> String {
        let program = match (self.drums, self.program) {
            (true, _) | (_, None) => String::new(),
            (_, Some(program)) => format!(", program {program}"),
        };
        let (notes, pieces) = (counted(self.notes, "note"), counted(self.pieces, "piece"));
        format!("{}: {notes} in {pieces}{program}", self.name)
    }
}

impl GridSummary {
    fn of(collection: &Collection) -> Self {
        let mut summary = Self::default();
        let known = || collection.pieces.iter().filter_map(|source| source.inferred.as_ref());
        let inferred = || known().filter(|it| !it.clicked);
        summary.clicked = known().count() - inferred().count();
        for inferred in inferred() {
            *(if inferred.moved { &mut summary.laid } else { &mut summary.bars_alone }) += 1;
            summary.beats_confidence += inferred.beats;
            summary.bars_confidence += inferred.bars;
        }
        let count = inferred().count().max(1) as f64;
        summary.beats_confidence /= count;
        summary.bars_confidence /= count;
        let name = |part: u8| {
            let common = collection.parts.as_ref();
            common.map_or_else(String::new, |it| it.parts[usize::from(part)].name.clone())
        };
        let place = |it: PlaceTiming| TimingSummary {
            part: name(it.part),
            place: it.place,
            notes: it.notes,
            mean_ms: it.mean_ms,
            spread_ms: it.spread_ms,
        };
        summary.timing = collection.timing().into_iter().map(place).collect();
        summary
    }

    /// In one line; `None` where all grids are the files' own.
    fn line(&self) -> Option<String> {
        let bars = format::percent(self.bars_confidence);
        let beats = format::percent(self.beats_confidence);
        let counts = [
            (self.laid, "heard from the notes and laid on a grid"),
            (self.bars_alone, "given bars"),
        ];
        let what = counts.iter().filter(|it| it.0 > 0);
        let what = what.map(|&(pieces, what)| format!("{} {what}", counted(pieces, "piece")));
        let what = what.collect::<Vec<_>>().join(", ");
        let inferred = (!what.is_empty())
            .then(|| format!("{what} (beats {beats}, bars {bars} sure in the mean)"));
        let clicked = (self.clicked > 0).then(|| {
            let pieces = counted(self.clicked, "piece");
            format!("{pieces} laid on the beats of the file, near which the notes were played")
        });
        let all: Vec<String> = clicked.into_iter().chain(inferred).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }
}

impl RoundingSummary {
    fn line(&self) -> String {
        if self.onsets == 0 {
            return "no onsets".to_owned();
        }
        if self.off_grid == 0 {
            return "every onset lies on a tick".to_owned();
        }
        let moved = format!(
            "{} onsets ({}) moved to the nearest tick, by {:.2} ticks in the mean",
            count(self.off_grid),
            format::percent(self.off_grid as f64 / self.onsets as f64),
            self.mean_ticks
        );
        match self.performances {
            0 => moved,
            1 => format!("{moved}; 1 piece seems to be an unquantised performance"),
            many => format!("{moved}; {} pieces seem to be unquantised performances", count(many)),
        }
    }
}
