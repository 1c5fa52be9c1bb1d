//! The figures of an evaluation, as tables and as JSON.

use jukebox_model::motif;
use jukebox_model::network::Head;
use jukebox_model::network::rows::Rows;
use jukebox_model::piece::Part;
use jukebox_model::record::Record;
use jukebox_model::vocabulary::RoundedValues;
use serde::Serialize;

use super::future::Future;
use super::measure::{Measures, PartMeasures};
use super::ngram::NGramForm;
use super::sheet::SheetReport;
use super::tally::Tally;
use crate::format::{self, count, counted};

/// The numbers under the names that they have in JSON.
#[derive(Clone, Debug, Serialize)]
pub struct EvaluationReport {
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
    /// What was not in the record's vocabulary and moved to the nearest entry, where it was counted.
    pub rounded: Option<RoundedCounts>,
    /// Nats a note of the network alone.
    pub nats_per_note: f64,
    /// The same, an onset.
    pub nats_per_onset: f64,
    /// The network alone, by head.
    pub heads: Heads<HeadReport>,
    /// The network alone, by part; nothing where notes choose none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartReport>,
    /// The network with the motif memory.
    pub motif: Totals,
    /// Nats a note of the baselines; `None` where it is not known what the record has learnt.
    pub baselines: Option<BaselineReport>,
    /// The form of each head's n-gram.
    pub n_grams: Option<NGrams>,
    /// The network with the chords known, unknown and mixed up; `None` where it reads none, or only the network
    /// was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<SheetReport>,
    /// The network with a part of the future known; `None` where only the network was asked for.
    pub future: Option<Future>,
    /// The weights of the motif memory that fit these pieces.
    #[serde(skip)]
    pub motif_weights: motif::MotifWeights,
    #[serde(skip)]
    rows: Vec<TableRow>,
    /// The heads that choose.
    #[serde(skip)]
    choosing: &'static [Head],
}

/// Values that were moved to the nearest in the vocabulary.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct RoundedCounts {
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
    /// Who plays, where notes choose it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<T>,
    /// The key number.
    pub pitch: T,
    /// Ticks until the release.
    pub duration: T,
    /// How loud.
    pub velocity: T,
}

impl<T> Heads<T> {
    /// From a function of the head, for the heads that choose.
    pub fn new(choosing: &[Head], mut of: impl FnMut(Head) -> T) -> Self {
        Self {
            step: of(Head::Step),
            part: choosing.contains(&Head::Part).then(|| of(Head::Part)),
            pitch: of(Head::Pitch),
            duration: of(Head::Duration),
            velocity: of(Head::Velocity),
        }
    }

    /// The value of every head that chooses, in their order.
    fn iter(&self) -> impl Iterator<Item = (Head, &T)> {
        let Self { step, part, pitch, duration, velocity } = self;
        let all = [Some(step), part.as_ref(), Some(pitch), Some(duration), Some(velocity)];
        Head::ALL.into_iter().zip(all).filter_map(|(head, it)| Some((head, it?)))
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

/// The notes of one part.
#[derive(Clone, Debug, Serialize)]
pub struct PartReport {
    /// Who plays.
    #[serde(flatten)]
    pub part: Part,
    /// Its notes.
    pub notes: usize,
    /// Nats a note, the choice of the part with them.
    pub nats_per_note: f64,
    /// Nats a note of each head.
    pub heads: Heads<f64>,
    /// The same with the other parts known; `None` where only the network was asked for.
    pub known: Option<Heads<f64>>,
}

impl PartReport {
    fn new(part: &Part, &PartMeasures { notes, tally, known }: &PartMeasures) -> Self {
        let a_note = |nats: f64| nats / notes.max(1) as f64;
        let heads =
            |tally: &Tally| Heads::new(&Head::ALL, |head| a_note(tally.nats[head as usize]));
        Self {
            part: part.clone(),
            notes,
            nats_per_note: a_note(tally.total()),
            heads: heads(&tally),
            known: known.as_ref().map(heads),
        }
    }
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

/// What the n-grams see, and how far they trust it, as it was chosen on pieces that were held out.
#[derive(Clone, Debug, Serialize)]
pub struct NGrams {
    /// Of the one that has counted what the record has learnt.
    pub kneser_ney: Heads<NGramForm>,
    /// Of the one that goes on counting.
    pub kneser_ney_adaptive: Heads<NGramForm>,
}

impl NGrams {
    /// In words.
    fn lines(&self) -> [String; 2] {
        let notes = |forms: &Heads<NGramForm>| {
            let line = forms.iter().map(|(head, form)| {
                let louder = if form.velocities { " with velocities" } else { "" };
                format!("{} {}{louder}", head.name(), form.notes)
            });
            line.collect::<Vec<_>>().join(", ")
        };
        [
            format!("Kneser-Ney sees notes before: {}", notes(&self.kneser_ney)),
            format!("adaptive Kneser-Ney: {}", notes(&self.kneser_ney_adaptive)),
        ]
    }
}

/// A line of the table.
#[derive(Clone, Debug)]
struct TableRow {
    name: String,
    tally: Tally,
}

impl EvaluationReport {
    /// The numbers of an evaluation.
    pub fn new(
        record: &Record,
        collection: &str,
        pieces: usize,
        left_out: usize,
        rounding: Option<&RoundedValues>,
        measures: &Measures,
    ) -> Self {
        let &Measures { notes, onsets, network, motif, .. } = measures;
        let a_note = |nats: f64| nats / notes.max(1) as f64;
        let rows = Rows::new(record.vocabulary());
        let forms = |forms: &[NGramForm; Head::COUNT]| {
            Heads::new(rows.choosing(), |head| forms[head as usize].clone())
        };
        let mut lines = Vec::new();
        let mut line =
            |name: &str, tally: Tally| lines.push(TableRow { name: name.to_owned(), tally });
        if let Some(baselines) = &measures.baselines {
            line("unigram", baselines.unigram);
            line("Kneser-Ney", baselines.kneser_ney);
            line("adaptive Kneser-Ney", baselines.adaptive);
        }
        line("network", network);
        line("network + motifs", motif);
        Self {
            record: record.receipt().name.clone(),
            record_hash: record.hash().to_owned(),
            collection: collection.to_owned(),
            pieces,
            left_out,
            notes,
            onsets,
            rounded: rounding.map(|it| RoundedCounts {
                steps: it.steps,
                pitches: it.pitches,
                durations: it.durations,
            }),
            nats_per_note: a_note(network.total()),
            nats_per_onset: network.total() / onsets.max(1) as f64,
            heads: Heads::new(rows.choosing(), |head| HeadReport {
                nats_per_note: a_note(network.nats[head as usize]),
                accuracy: a_note(network.hits[head as usize] as f64),
                choices: rows.choices(head),
            }),
            parts: record
                .vocabulary()
                .parts
                .iter()
                .zip(&measures.parts)
                .map(|(part, measures)| PartReport::new(part, measures))
                .collect(),
            motif: Totals {
                nats_per_note: a_note(motif.total()),
                nats_per_onset: motif.total() / onsets.max(1) as f64,
            },
            baselines: measures.baselines.as_ref().map(|it| BaselineReport {
                unigram: a_note(it.unigram.total()),
                kneser_ney: a_note(it.kneser_ney.total()),
                kneser_ney_adaptive: a_note(it.adaptive.total()),
            }),
            n_grams: measures.baselines.as_ref().map(|it| NGrams {
                kneser_ney: forms(&it.forms),
                kneser_ney_adaptive: forms(&it.adaptive_forms),
            }),
            sheet: measures.sheet.map(|nats| {
                let a_note = |nats: f64| nats / notes.max(1) as f64;
                SheetReport {
                    known: a_note(measures.network.total()),
                    unknown: a_note(nats.unknown),
                    shuffled: a_note(nats.shuffled),
                }
            }),
            future: measures.future.map(|nats| Future::new(nats, notes)),
            motif_weights: measures.motif_weights.clone(),
            rows: lines,
            choosing: rows.choosing(),
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
        let n_grams = self.n_grams.iter().flat_map(NGrams::lines);
        [self.title(), self.nats()]
            .into_iter()
            .chain(n_grams)
            .chain([self.accuracy()])
            .chain((!self.parts.is_empty()).then(|| self.by_part()))
            .chain(self.sheet.as_ref().map(SheetReport::text))
            .chain(self.future.as_ref().map(|future| self.known(future)))
            .collect::<Vec<_>>()
            .join("\n")
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
        let heads = self.head_names();
        let mut table =
            format::figures_table("nats", [&["a note", "an onset"][..], &heads].concat());
        for TableRow { name, tally } in &self.rows {
            let [notes, onsets] = [self.notes, self.onsets].map(|it| it.max(1) as f64);
            let totals = [tally.total() / notes, tally.total() / onsets];
            let heads = self.choosing.iter().map(|&head| tally.nats[head as usize] / notes);
            // What costs nothing is not written as -0.000.
            let figures = totals.into_iter().chain(heads).map(|it| format!("{:.3}", it.max(0.0)));
            table.add_row([name.clone()].into_iter().chain(figures));
        }
        table.to_string()
    }

    fn accuracy(&self) -> String {
        let mut table = format::figures_table("likeliest was right", self.head_names());
        for TableRow { name, tally } in &self.rows {
            let share = |hits| hits as f64 / self.notes.max(1) as f64;
            let hits = self.choosing.iter().map(|&head| tally.hits[head as usize]);
            let figures = hits.map(|hits| format::percent(share(hits)));
            table.add_row([name.clone()].into_iter().chain(figures));
        }
        table.to_string()
    }

    fn head_names(&self) -> Vec<&'static str> {
        self.choosing.iter().map(|head| head.name()).collect()
    }

    fn by_part(&self) -> String {
        let heads = self.head_names();
        let mut table =
            format::figures_table("nats by part", [&["notes", "a note"][..], &heads].concat());
        for part in &self.parts {
            let mut row = |name: String, heads: &Heads<f64>| {
                let heads: Vec<f64> = heads.iter().map(|(_, nats)| *nats).collect();
                let all = std::iter::once(heads.iter().sum::<f64>()).chain(heads.iter().copied());
                let figures = all.map(|nats| format!("{:.3}", nats.max(0.0)));
                table.add_row([name, count(part.notes)].into_iter().chain(figures));
            };
            row(part.part.name.clone(), &part.heads);
            if let Some(known) = &part.known {
                row(format!("{}, others known", part.part.name), known);
            }
        }
        table.to_string()
    }

    fn known(&self, future: &Future) -> String {
        let &Future { next_1, next_4, next_16, gap_1_bar, gap_2_bars } = future;
        let known = [
            ("nothing", self.nats_per_note),
            ("next note", next_1),
            ("4th on", next_4),
            ("16th on", next_16),
            ("next bar on", gap_1_bar),
            ("after 2 bars", gap_2_bars),
        ];
        let mut table = format::figures_table("future known, nats", known.map(|(name, _)| name));
        let figures = known.map(|(_, nats)| format!("{nats:.3}"));
        table.add_row(["network".to_owned()].into_iter().chain(figures));
        table.to_string()
    }
}
