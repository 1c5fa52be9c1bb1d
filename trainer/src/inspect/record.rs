//! What is in a record.

use std::path::Path;

use anyhow::Result;
use comfy_table::Table;
use jukebox_model::composer::UsualSettings;
use jukebox_model::network::{Config, Head};
use jukebox_model::piece::Part;
use jukebox_model::record::{Ancestor, Groove, Receipt, Record};
use serde::Serialize;

use crate::dataset::VocabularySizes;
use crate::format::{self, count, counted};

#[derive(Serialize)]
struct RecordSummary<'r> {
    file: String,
    config: &'r Config,
    parameters: usize,
    receipt: &'r Receipt,
    vocabulary: VocabularySizes,
    meters: Vec<String>,
    #[serde(skip_serializing_if = "<[Part]>::is_empty")]
    parts: &'r [Part],
    drums: bool,
    sheet: SheetSummary,
    #[serde(skip_serializing_if = "Groove::is_empty")]
    groove: &'r Groove,
    usual: &'r UsualSettings,
    hash: &'r str,
}

/// What a record plans.
#[derive(Serialize)]
struct SheetSummary {
    /// Pieces and bars that forms were learnt from.
    pieces: usize,
    bars: usize,
    /// The chords that are told apart.
    chords: Vec<String>,
}

impl SheetSummary {
    fn of(record: &Record) -> Self {
        let (pieces, bars) = record.form().size();
        let chords = record.vocabulary().chords.iter().map(|it| it.to_string());
        Self { pieces, bars, chords: chords.collect() }
    }

    fn line(&self) -> String {
        if self.bars == 0 {
            return "none: its motif memory brings back what was played".to_owned();
        }
        let chords = match self.chords.len() {
            0 => "no chords".to_owned(),
            _ => counted(self.chords.len(), "chord"),
        };
        format!("form of {} bars, {chords}", count(self.bars))
    }
}

pub(super) fn inspect(path: &Path) -> Result<(Table, String)> {
    let record = Record::load(path)?;
    let vocabulary = record.vocabulary();
    let report = RecordSummary {
        file: path.display().to_string(),
        config: record.config(),
        parameters: record.weights().tensors().values().map(|tensor| tensor.data.len()).sum(),
        receipt: record.receipt(),
        vocabulary: vocabulary.into(),
        meters: vocabulary.meters.iter().map(|meter| meter.to_string()).collect(),
        parts: &vocabulary.parts,
        drums: vocabulary.drums,
        sheet: SheetSummary::of(&record),
        groove: record.groove(),
        usual: record.usual(),
        hash: record.hash(),
    };
    Ok((report.table(), serde_json::to_string_pretty(&report)?))
}

fn groove_line(groove: &Groove) -> String {
    match groove.parts.iter().map(Vec::len).sum() {
        0 => "none: accents by meter alone".to_owned(),
        places => format!("timing and accents of {} in {}", counted(places, "place"), groove.meter),
    }
}

impl RecordSummary<'_> {
    fn table(&self) -> Table {
        let Self { config, receipt, .. } = self;
        let mut table = format::facts_table(&receipt.name);
        let mut row = |what: &str, value: String| {
            table.add_row([what.to_owned(), value]);
        };
        row("file", self.file.clone());
        row("collection", receipt.collection.clone());
        row("part", receipt.part.clone());
        let grid = if receipt.grid.is_empty() { "as-is" } else { &receipt.grid };
        let keys = if receipt.keys.is_older() { "of whole pieces" } else { "by section" };
        let pedal = if receipt.pedal { "heard" } else { "left out" };
        row("read with", format!("grid {grid}, keys {keys}, pedals {pedal}"));
        for (place, Ancestor { receipt: ancestor, hash }) in receipt.lineage.iter().enumerate() {
            let what = if place == 0 { "goes on from" } else { "... and that from" };
            let Receipt { name, collection, .. } = ancestor;
            row(what, format!("{name}, learnt from {collection}, hash {hash}"));
        }
        let pieces = counted(receipt.pieces as usize, "piece");
        row("learnt", format!("{pieces}, {}", counted(receipt.notes as usize, "note")));
        row("epochs", count(receipt.epochs as usize));
        row(
            "validation",
            receipt.validation_loss.map_or("none".to_owned(), |it| format!("{it:.4} nats a note")),
        );
        let layers = counted(config.layers, "layer");
        let parameters = count(self.parameters);
        row("network", format!("{layers} of {} units, {parameters} numbers", config.hidden));
        row("vocabulary", self.vocabulary.line());
        row("meters", self.meters.join(", "));
        if !self.parts.is_empty() {
            let parts: Vec<&str> = self.parts.iter().map(|part| &*part.name).collect();
            row("parts", parts.join(", "));
        }
        row("sheet", self.sheet.line());
        row("groove", groove_line(self.groove));
        if let Some(bpm) = receipt.tempo {
            row("tempo", format!("{bpm} quarter notes a minute"));
        }
        let heads = Head::choosing(self.parts.len() > 1);
        row("usual settings", format::usual_settings(self.usual, heads));
        row("seed", receipt.seed.to_string());
        row("trainer", receipt.trainer.clone());
        row("hash", self.hash.to_owned());
        table
    }
}
