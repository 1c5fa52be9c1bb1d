//! The report as tables for the terminal.

use comfy_table::Table;

use super::RecordReport;
use super::manner::{Manner, Ratio, Row};
use super::originality::{Copied, Figures, RunFigures};
use crate::format::{self, counted};

/// The report in short.
pub fn text(report: &RecordReport) -> String {
    let mut parts = vec![
        likeness(report).to_string(),
        distances(&report.manner).to_string(),
        means(&report.manner).to_string(),
        originality(report).to_string(),
        format!(
            "{} composed by {}, {} that it has not learnt, {} that it has; their first {} bars at \
             most.",
            counted(report.settings.takes, "take"),
            report.record.name,
            counted(report.pieces.compared, "piece"),
            counted(report.pieces.learnt, "piece"),
            report.settings.bars,
        ),
    ];
    parts.extend(plainness(&report.manner));
    parts.extend(report.manner.stuck_line());
    parts.extend(
        longest(&report.originality.composed)
            .map(|(take, copied)| format!("The longest copy: {take} has, {}.", copy(copied))),
    );
    parts.join("\n")
}

fn likeness(report: &RecordReport) -> Table {
    let mut table = format::figures_table(
        "Like the collection? Overlap with held-out pieces",
        ["composed", "training pieces"],
    );
    let share = |share: f64| format!("{share:.3}");
    for feature in &report.likeness.features {
        let name = feature.feature.name(report.drums);
        let overlap = feature.overlap;
        table.add_row([
            format!("{name} ({})", feature.symbol),
            share(overlap.composed),
            share(overlap.training),
        ]);
    }
    let overlap = report.likeness.overlap;
    table.add_row(["mean".to_owned(), share(overlap.composed), share(overlap.training)]);
    table
}

fn distances(manner: &Manner) -> Table {
    let mut table = format::figures_table(
        "Made like the collection? Distance from held-out pieces",
        ["composed", "training pieces", "halves of held-out ones"],
    );
    manner.distance_rows().for_each(|row| add(&mut table, &row));
    table
}

fn means(manner: &Manner) -> Table {
    let columns = ["composed", "training pieces", "held out"];
    let mut table = format::figures_table("In the mean", columns);
    for row in manner.groups().iter().flat_map(|(_, rows)| *rows) {
        add(&mut table, row);
    }
    table
}

/// A row of figures; a hyphen where there is none.
fn add(table: &mut Table, row: &Row) {
    let shown = |it: Option<f64>| it.map_or("-".to_owned(), |it| format!("{it:.3}"));
    let cells = [row.composed, row.training, row.held_out].map(shown);
    table.add_row(std::iter::once(row.name.clone()).chain(cells));
}

/// How varied the takes are beside the held-out pieces.
fn plainness(manner: &Manner) -> Option<String> {
    let told = |it: &Ratio| Some(format!("{} {:.2}", it.name, it.ratio?));
    let told: Vec<String> = manner.plainness.iter().filter_map(told).collect();
    let line =
        || format!("What takes have of the variety of held-out pieces: {}.", told.join("; "));
    (!told.is_empty()).then(line)
}

fn originality(report: &RecordReport) -> Table {
    let mut table = format::figures_table(
        "New? Runs in learnt pieces",
        ["takes: mean", "95 %", "most", "held out: mean", "95 %", "most"],
    );
    let rows: [RunRow; 4] = [
        ("longest run, notes", |it| it.longest_notes, |it| format!("{it:.1}")),
        ("longest run, bars", |it| it.longest_bars, |it| format!("{it:.1}")),
        ("runs of 8 notes", |it| it.runs_of_8, format::percent),
        ("runs of 16 notes", |it| it.runs_of_16, format::percent),
    ];
    let originality = &report.originality;
    for (name, figures, shown) in rows {
        let sides = [figures(&originality.composed), figures(&originality.held_out)];
        let cells = sides.iter().flat_map(|it| [it.mean, it.percentile_95, it.maximum]).map(shown);
        table.add_row(std::iter::once(name.to_owned()).chain(cells));
    }
    table
}

/// A name, what is measured, and how a number of it is written.
type RunRow = (&'static str, fn(&RunFigures) -> Figures, fn(f64) -> String);

/// The piece with the longest copied run.
fn longest(figures: &RunFigures) -> Option<(&str, &Copied)> {
    figures
        .pieces
        .iter()
        .rev()
        .filter_map(|runs| Some((runs.title.as_str(), runs.longest.as_ref()?)))
        .max_by_key(|(_, copied)| copied.notes)
}

/// A copied run in words.
fn copy(copied: &Copied) -> String {
    let Copied { notes, bars, bar, from, in_pieces, .. } = copied;
    let more = match in_pieces {
        1 => String::new(),
        2 => " (another piece has them, too)".to_owned(),
        many => format!(" ({} others have them, too)", many - 1),
    };
    let name = if from.title.is_empty() {
        from.file.clone()
    } else {
        format!("{} ({})", from.title, from.file)
    };
    format!(
        "from bar {bar} on, {} ({bars:.1} bars) of {name}, bar {}{more}",
        counted(*notes, "note"),
        from.bar
    )
}
