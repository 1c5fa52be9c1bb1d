//! What an evaluation says: as tables, and as JSON for machines.

use jukebox_model::network::Head;
use jukebox_model::network::rows::Rows;
use jukebox_model::record::Record;
use jukebox_model::vocabulary::Rounding;
use serde::Serialize;

use super::future::Future;
use super::measure::Measures;
use super::ngram::Template;
use super::tally::Tally;
use crate::say::{count, counted};
use crate::table;

/// The numbers under the names that they have in JSON.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The record's name.
    pub record: String,
    /// The record's hash.
    pub record_hash: String,
    /// The name of the collection that the pieces come from.
    pub collection: String,
    /// Pieces evaluated.
    pub pieces: usize,
    /// Pieces left out, because the record has learnt them.
    pub left_out: usize,
    /// Notes evaluated.
    pub notes: usize,
    /// Onsets evaluated: notes that sound together have one.
    pub onsets: usize,
    /// What was not in the record's vocabulary and moved to the nearest entry.
    pub rounded: Rounded,
    /// Nats a note of the network alone.
    pub nats_per_note: f64,
    /// The same, an onset.
    pub nats_per_onset: f64,
    /// The network alone, by head.
    pub heads: Heads<HeadReport>,
    /// The network with the motif memory.
    pub motif: Option<Totals>,
    /// Nats a note of the baselines; `None` where it is not known what the record has learnt.
    pub baselines: Option<BaselineReport>,
    /// What the n-gram of each head sees of the notes before.
    pub contexts: Option<Heads<Template>>,
    /// The network with a part of the future known.
    pub future: Future,
    #[serde(skip)]
    rows: Vec<Row>,
}

/// Values that were moved to the nearest in the vocabulary.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Rounded {
    /// Steps.
    pub steps: usize,
    /// Pitches.
    pub pitches: usize,
    /// Durations.
    pub durations: usize,
}

/// One value for each head, by its name.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Heads<T> {
    /// Ticks since the previous onset.
    pub step: T,
    /// The key number.
    pub pitch: T,
    /// Ticks until the release.
    pub duration: T,
    /// How loud.
    pub velocity: T,
}

impl<T> Heads<T> {
    /// From a function of the head.
    pub fn new(of: impl FnMut(Head) -> T) -> Self {
        let [step, pitch, duration, velocity] = Head::ALL.map(of);
        Self { step, pitch, duration, velocity }
    }
}

/// One head of the network.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct HeadReport {
    /// Nats a note.
    pub nats_per_note: f64,
    /// Share of the choices that were the likeliest entry.
    pub accuracy: f64,
    /// Entries to choose from.
    pub choices: usize,
}

/// All heads together.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Totals {
    /// Nats a note.
    pub nats_per_note: f64,
    /// Nats an onset.
    pub nats_per_onset: f64,
}

/// Nats a note of each baseline.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct BaselineReport {
    /// Frequencies alone.
    pub unigram: f64,
    /// The n-gram that has counted what the record has learnt.
    pub kneser_ney: f64,
    /// The same, going on counting while it reads.
    pub kneser_ney_adaptive: f64,
}

/// A line of the table.
#[derive(Clone, Debug)]
struct Row {
    name: String,
    tally: Tally,
}

impl Report {
    /// The numbers of an evaluation.
    pub fn new(
        record: &Record,
        collection: &str,
        pieces: usize,
        left_out: usize,
        rounding: &Rounding,
        measures: &Measures,
    ) -> Self {
        let &Measures { notes, onsets, network, .. } = measures;
        let a_note = |nats: f64| nats / notes.max(1) as f64;
        let rows = Rows::new(record.vocabulary());
        let mut lines = Vec::new();
        let mut line = |name: &str, tally: Tally| lines.push(Row { name: name.to_owned(), tally });
        if let Some(baselines) = measures.baselines {
            line("unigram", baselines.unigram);
            line("Kneser-Ney", baselines.kneser_ney);
            line("adaptive Kneser-Ney", baselines.adaptive);
        }
        line("network", network);
        Self {
            record: record.receipt().name.clone(),
            record_hash: record.hash().to_owned(),
            collection: collection.to_owned(),
            pieces,
            left_out,
            notes,
            onsets,
            rounded: Rounded {
                steps: rounding.steps,
                pitches: rounding.pitches,
                durations: rounding.durations,
            },
            nats_per_note: a_note(network.total()),
            nats_per_onset: network.total() / onsets.max(1) as f64,
            heads: Heads::new(|head| HeadReport {
                nats_per_note: a_note(network.nats[head as usize]),
                accuracy: a_note(network.hits[head as usize] as f64),
                choices: rows.choices(head),
            }),
            motif: None,
            baselines: measures.baselines.map(|it| BaselineReport {
                unigram: a_note(it.unigram.total()),
                kneser_ney: a_note(it.kneser_ney.total()),
                kneser_ney_adaptive: a_note(it.adaptive.total()),
            }),
            contexts: measures.baselines.map(|it| Heads::new(|head| it.templates[head as usize])),
            future: Future::new(measures.future, notes),
            rows: lines,
        }
    }

    /// As JSON.
    ///
    /// # Errors
    /// Where a number is none.
    pub fn json(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string_pretty(self)?)
    }

    /// As tables.
    pub fn text(&self) -> String {
        [self.title(), self.nats(), self.accuracy(), self.known()].join("\n")
    }

    fn title(&self) -> String {
        let mut title = format!(
            "{} on {}: {}, {}, {}",
            self.record,
            self.collection,
            counted(self.pieces, "piece"),
            counted(self.notes, "note"),
            counted(self.onsets, "onset")
        );
        if self.left_out > 0 {
            title += &format!("; {} left out that it has learnt", count(self.left_out));
        }
        title
    }

    fn nats(&self) -> String {
        let heads = Head::ALL.map(Head::name);
        let mut table = table::figures("nats", [&["a note", "an onset"][..], &heads].concat());
        for Row { name, tally } in &self.rows {
            let [notes, onsets] = [self.notes, self.onsets].map(|it| it.max(1) as f64);
            let totals = [tally.total() / notes, tally.total() / onsets];
            let heads = tally.nats.map(|nats| nats / notes);
            let figures = totals.into_iter().chain(heads).map(|it| format!("{it:.3}"));
            table.add_row([name.clone()].into_iter().chain(figures));
        }
        table.to_string()
    }

    fn accuracy(&self) -> String {
        let heads = Head::ALL.map(Head::name);
        let mut table = table::figures("likeliest was right", heads);
        for Row { name, tally } in &self.rows {
            let share = |hits| 100.0 * hits as f64 / self.notes.max(1) as f64;
            let figures = tally.hits.map(|hits| format!("{:.1} %", share(hits)));
            table.add_row([name.clone()].into_iter().chain(figures));
        }
        table.to_string()
    }

    fn known(&self) -> String {
        let Future { next_1, next_4, next_16, gap_1_bar, gap_2_bars } = self.future;
        let known = [
            ("nothing", self.nats_per_note),
            ("next event", next_1),
            ("from 4 on", next_4),
            ("from 16 on", next_16),
            ("from next bar", gap_1_bar),
            ("beyond 2 bars", gap_2_bars),
        ];
        let mut table = table::figures("nats, future known", known.map(|(name, _)| name));
        let figures = known.map(|(_, nats)| format!("{nats:.3}"));
        table.add_row(["network".to_owned()].into_iter().chain(figures));
        table.to_string()
    }
}
