//! The report as a web page, drawn by [`render::page`](crate::render::page).

use jukebox_model::composer::ComposerSettings;
use jukebox_model::piece::Piece;
use maud::{Markup, html};

use super::RecordReport;
use super::density::Densities;
use super::likeness::{Comparison, Histogram};
use super::manner::{Manner, Row};
use super::originality::{Copied, Figures, PieceRuns, RunFigures};
use crate::format::{count, counted, percent};
use crate::render::page::charts::{self, DensityCurves, Overlap};
use crate::render::page::document;
use crate::render::roll;

/// Takes that are drawn.
const ROLLS: usize = 4;
/// Copied runs that are named.
const COPIES: usize = 8;

/// The page; `takes` are the composed pieces.
pub fn page(report: &RecordReport, takes: &[Piece]) -> String {
    let name = &report.record.name;
    let body = html! {
        h1 { (name) }
        p.lead {
            (counted(report.settings.takes, "take")) " composed by this record, beside "
            (counted(report.pieces.compared, "piece")) " of " (report.collection)
            " that it has never read. It has learnt " (count(report.pieces.learnt))
            " others."
        }
        (cards(report))
        (likeness(report))
        (manner(&report.manner))
        (originality(report))
        (rolls(report, takes))
        (measured(report))
    };
    document(&format!("{name}: like its collection, and new?"), &body)
}

fn cards(report: &RecordReport) -> Markup {
    let overlap = report.likeness.overlap;
    let (composed, held_out) = (&report.originality.composed, &report.originality.held_out);
    html! {
        div.cards {
            section.panel.card {
                h2 { "Is it music like the collection?" }
                p.big { (share(overlap.composed)) small { "of " (share(overlap.training)) } }
                p {
                    "How far composed pieces overlap with pieces that were held out, in the mean over all \
                     features. Pieces that the record has learnt reach " (share(overlap.training)) "."
                }
            }
            section.panel.card {
                h2 { "Is it new?" }
                p.big {
                    (tenth(composed.longest_notes.mean))
                    small { "notes of " (tenth(held_out.longest_notes.mean)) }
                }
                p {
                    "The longest run that a take has in common with a learnt piece, in the mean. Held-out \
                     pieces, which people wrote, have " (tenth(held_out.longest_notes.mean))
                    " notes in common with them."
                }
            }
        }
    }
}

fn likeness(report: &RecordReport) -> Markup {
    let likeness = &report.likeness;
    let overlap = |it: &Comparison| Overlap {
        name: it.feature.name(report.drums),
        symbol: it.symbol,
        composed: it.overlap.composed,
        training: it.overlap.training,
    };
    let overlaps: Vec<Overlap<'_>> = likeness.features.iter().map(overlap).collect();
    html! {
        h2 { "Is it music like the collection?" }
        p {
            "In each of these features every composed piece is compared with every held-out one. Where \
             composed pieces are like them, they lie as far from held-out pieces as those lie from one \
             another: the two densities of distances overlap, at most by 1."
        }
        ul.legend {
            li { i.composed {} "composed against held out" }
            li { i.training {} "learnt pieces against held out: the yardstick" }
        }
        div.panel { (charts::overlaps(&overlaps)) }

        h3.sheet { "How far pieces lie from one another" }
        ul.legend {
            li { i.held {} "held-out pieces, among themselves" }
            li { i.composed.stroke {} "composed to held out" }
            li { i.training.stroke.dashes {} "learnt to held out" }
            li { i.own.stroke.dots {} "composed, among themselves" }
        }
        div.small {
            @for feature in &likeness.features {
                div.panel {
                    h4 {
                        (feature.feature.name(report.drums))
                        span { (share(feature.overlap.composed)) " / " (share(feature.overlap.training)) }
                    }
                    (charts::densities(&curves(feature)))
                    p { (feature.feature.unit(report.drums)) }
                }
            }
            (reading(likeness.features.len()))
        }

        h3 { "What pieces are made of" }
        ul.legend {
            li { i.composed {} "composed" }
            li { i.held {} "held out" }
        }
        div.two {
            div.panel {
                h3 { @if report.drums { "Drums" } @else { "Pitch classes, moved to the white keys" } }
                (charts::shares(bins(&likeness.pitch_classes), !report.drums))
            }
            div.panel {
                h3 { "Note lengths" }
                (charts::shares(bins(&likeness.note_lengths), false))
            }
        }
    }
}

/// The densities of a feature's distances.
fn curves(feature: &Comparison) -> DensityCurves<'_> {
    let Densities { from, step, curves } = &feature.densities;
    DensityCurves { symbol: feature.symbol, from: *from, step: *step, curves }
}

/// The bins of a histogram with their shares.
fn bins(histogram: &Histogram) -> impl Iterator<Item = (&str, f64, f64)> {
    let shares = histogram.composed.iter().zip(&histogram.held_out);
    let named = histogram.names.iter().zip(shares);
    named.map(|(name, (&composed, &held_out))| (name.as_str(), composed, held_out))
}

/// Notes of the longest copied run of each piece.
fn run_notes(figures: &RunFigures) -> Vec<usize> {
    figures.pieces.iter().map(|it| it.longest.as_ref().map_or(0, |it| it.notes)).collect()
}

/// How to read the densities, in the place that so many of them leave in rows of three.
fn reading(panels: usize) -> Markup {
    html! {
        @if !panels.is_multiple_of(3) {
            div.panel.reading.two-wide[panels % 3 == 1] {
                p {
                    "The shaded area tells how far people's pieces lie from one another, the solid line how \
                     far composed pieces lie from them: alike where it follows the area, as the dashed \
                     line of learnt pieces does. A dotted line to the left of it: takes resemble one \
                     another more than people's pieces do."
                }
            }
        }
    }
}

fn manner(manner: &Manner) -> Markup {
    let told = |it: &Row| Some((it.name.clone(), it.composed?, it.held_out?));
    let form: Vec<(String, f64, f64)> = manner.form.iter().filter_map(told).collect();
    let form = form.iter().map(|(name, composed, held_out)| (name.as_str(), *composed, *held_out));
    let distances: Vec<Row> = manner.distance_rows().collect();
    html! {
        h2 { "Is it made like the collection?" }
        p {
            "How bars come back, what sounds together, when notes start and how loud they are, over each \
             set as a whole. Halves of the held-out pieces lie apart by chance: a distance is as good as \
             it gets where it is theirs. "
            (manner.stuck_line().unwrap_or_default())
        }
        div.panel.wide {
            table {
                thead { (set_names("distance from held-out pieces", "halves of held-out ones")) }
                @for row in &distances { (figures(row)) }
            }
        }
        div.two {
            div.panel {
                h3 { "How bars come back" }
                (charts::shares(form, true))
            }
            div.panel {
                h3 { "How varied takes are" }
                table {
                    thead { tr { th {} th { "of held-out pieces" } } }
                    @for it in &manner.plainness {
                        tr {
                            td.text { (it.name) }
                            td { (it.ratio.map_or("-".to_owned(), |it| format!("{it:.2} ×"))) }
                        }
                    }
                }
            }
        }
        div.panel.wide {
            table {
                thead { (set_names("in the mean", "held out")) }
                @for (group, rows) in manner.groups().iter().skip(1).filter(|it| !it.1.is_empty()) {
                    tr { td.text { b { (group) } } td {} td {} td {} }
                    @for row in *rows { (figures(row)) }
                }
            }
        }
    }
}

/// The head of a table of sets.
fn set_names(what: &str, last: &str) -> Markup {
    html! { tr { th.text { (what) } th { "takes" } th { "learnt" } th { (last) } } }
}

/// A row of it.
fn figures(row: &Row) -> Markup {
    let shown = |it: Option<f64>| it.map_or("-".to_owned(), |it| format!("{it:.3}"));
    html! {
        tr {
            td.text { (row.name) }
            @for it in [row.composed, row.training, row.held_out] { td { (shown(it)) } }
        }
    }
}

fn originality(report: &RecordReport) -> Markup {
    let (composed, held_out) = (&report.originality.composed, &report.originality.held_out);
    let rows: [RunRow; 4] = [
        ("longest copied run, notes", |it| it.longest_notes, tenth),
        ("longest copied run, bars", |it| it.longest_bars, tenth),
        ("runs of 8 notes that were learnt", |it| it.runs_of_8, percent),
        ("runs of 16 notes that were learnt", |it| it.runs_of_16, percent),
    ];
    html! {
        h2 { "Is it new?" }
        p {
            "Every run of notes is looked up in all the pieces that the record has learnt, in any key, \
             by its intervals and rhythm. People borrow, too: what held-out pieces have in common with \
             the learnt ones is the yardstick."
        }
        div.panel.wide {
            table {
                thead {
                    tr {
                        th {}
                        th.group colspan="3" { "takes" }
                        th.group colspan="3" { "held-out pieces" }
                    }
                    tr {
                        th {}
                        @for _ in 0..2 { th { "mean" } th { "95 %" } th { "most" } }
                    }
                }
                @for (name, figures, shown) in rows {
                    tr {
                        td.text { (name) }
                        @for it in [figures(composed), figures(held_out)] {
                            @for figure in [it.mean, it.percentile_95, it.maximum] { td { (shown(figure)) } }
                        }
                    }
                }
            }
        }
        ul.legend {
            li { i.composed {} "takes" }
            li { i.held {} "held-out pieces" }
        }
        div.panel { (charts::longest_runs(&run_notes(composed), &run_notes(held_out))) }
        (copies(&composed.pieces))
    }
}

/// A name, what is measured, and how a number of it is written.
type RunRow = (&'static str, fn(&RunFigures) -> Figures, fn(f64) -> String);

/// The longest copied runs, with the pieces that have them.
fn copies(takes: &[PieceRuns]) -> Markup {
    let mut copies: Vec<(&str, &Copied)> =
        takes.iter().filter_map(|it| Some((it.title.as_str(), it.longest.as_ref()?))).collect();
    copies.sort_by_key(|(_, copied)| std::cmp::Reverse(copied.notes));
    copies.truncate(COPIES);
    html! {
        h3 { "The longest copies" }
        div.panel.wide {
            table {
                thead {
                    tr {
                        th.text { "take" } th { "bar" } th { "notes" } th { "bars" }
                        th.text { "is also in" } th { "bar" } th { "and in" }
                    }
                }
                @for (take, Copied { notes, bars, bar, from, in_pieces, .. }) in copies {
                    tr {
                        td.text.keep { (take) } td { (bar) } td { (notes) } td { (tenth(*bars)) }
                        td.text {
                            (from.title)
                            span.dim { (from.file) }
                        }
                        td { (from.bar) }
                        td { (match in_pieces { 1 => "no other".to_owned(), many => counted(many - 1, "other") }) }
                    }
                }
            }
        }
    }
}

fn rolls(report: &RecordReport, takes: &[Piece]) -> Markup {
    let runs = &report.originality.composed.pieces;
    html! {
        h2 { "What it composes" }
        p { "The first takes, just as they came." }
        @if let Some(first) = takes.first() {
            p.command { "To hear the first: " code { (command(report, first)) } }
        }
        ul.legend {
            li { i.composed {} "composed" }
            li { i.copied {} "the longest run that a learnt piece has, too" }
        }
        @for (take, runs) in takes.iter().zip(runs).take(ROLLS) {
            figure {
                figcaption {
                    b { (take.title) } ", " (take.meters.bar(0).meter) ", "
                    (counted(take.notes.len(), "note"))
                    @if let Some(Copied { notes, from, .. }) = &runs.longest {
                        span.dim {
                            "; " (notes) " notes as in "
                            @if from.title.is_empty() { (from.file) } @else { (from.title) }
                            ", bar " (from.bar)
                        }
                    }
                }
                @let copied = runs.longest.as_ref().map_or(0..0, |it| it.note..it.note + it.notes);
                (roll::svg(take, copied))
            }
        }
    }
}

/// The command that composes the first take.
fn command(report: &RecordReport, take: &Piece) -> String {
    let (settings, usual) = (&report.settings, ComposerSettings::default());
    let mut command = format!(
        "jukebox compose {} -o tune.mid --take 1 --meter {} --bars {}",
        report.record.file,
        take.meters.bar(0).meter,
        take.bars()
    );
    for (option, value, usual) in [
        ("temperature", settings.temperature, usual.temperature),
        ("top-p", settings.top_p, usual.top_p),
        ("motif", settings.motif, usual.motif),
    ] {
        if value != usual {
            command += &format!(" --{option} {value}");
        }
    }
    command
}

fn measured(report: &RecordReport) -> Markup {
    let settings = &report.settings;
    html! {
        footer {
            p {
                "Takes 1 to " (settings.takes) " were composed at temperature " (settings.temperature)
                ", top-p " (settings.top_p) " and motif " (settings.motif) ", each in the meter and bars of \
                 a held-out piece; of all pieces the first " (settings.bars) " bars at most are compared. \
                 For the yardstick, each held-out piece has a learnt one of its meter and length. The \
                 mean divergence is " (share(report.likeness.divergence.composed)) " nats, of learnt \
                 pieces " (share(report.likeness.divergence.training)) "."
            }
            p {
                "The features and their comparison follow Yang and Lerch, “On the evaluation of generative \
                 models in music” (Neural Computing and Applications 32, 2020); the search for copies, \
                 Yin, Reuben, Stepney and Collins, “Measuring when a music generation algorithm copies too \
                 much” (SN Computer Science 3, 2022)."
            }
            p {
                "Record " code { (report.record.file) } ", hash " code { (report.record.hash) }
                ". Made by jukebox " (env!("CARGO_PKG_VERSION")) "; the same files give the same report."
            }
        }
    }
}

fn share(number: f64) -> String {
    format!("{number:.2}")
}

fn tenth(number: f64) -> String {
    format!("{number:.1}")
}
