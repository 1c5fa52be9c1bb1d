//! What is understood of a MIDI file: tempo, meter, keys, parts, and a chart of its chords with bars.

use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result};
use jukebox_analysis::beats::Source;
use jukebox_analysis::form::Section;
use jukebox_analysis::quantise::{Grid, Quantisation, quantise};
use jukebox_analysis::{Analysis, Rhythm};
use jukebox_model::key::pitch_name;
use jukebox_model::midi::read_score;
use serde_json::{Value, json};

use crate::dataset::LONGEST_FILE;
use crate::files;

/// Bars on a line of the chart.
const BARS_A_LINE: usize = 4;

/// Reads a file and returns the chart and the annotations: `beats` and `bar_lines` in seconds,
/// `chords` with `from`, `until` and `chord` in Harte's syntax, `keys`, `sections`, `parts` and `likenesses` (for each bar).
///
/// # Errors
/// Where the file cannot be read, holds no notes, or lasts too long.
pub(super) fn inspect(path: &Path) -> Result<(String, Value)> {
    let bytes = files::read(path, LONGEST_FILE);
    let bytes = bytes.with_context(|| format!("cannot read {}", path.display()))?;
    let score = read_score(&bytes).with_context(|| path.display().to_string())?;
    let rhythm = Rhythm::of(&score).with_context(|| path.display().to_string())?;
    let grid = grid(&rhythm);
    let analysis = rhythm.analyse();
    Ok((text(&analysis, &grid), annotations(&analysis, &grid)))
}

fn percent(share: f64) -> String {
    format!("{:.0} % sure", 100.0 * share)
}

fn source(source: Source) -> &'static str {
    match source {
        Source::File => "as the file has it",
        Source::Click => "the file's, to which its notes were played",
        Source::FileTempo => "the file's tempo, begun where its notes do",
        Source::Onsets => "heard from its notes",
    }
}

fn grid(rhythm: &Rhythm) -> String {
    match quantise(rhythm, Quantisation::default()).map(|quantised| quantised.grid) {
        None => "none".to_owned(),
        Some(Grid::OfFile) => "the file's own".to_owned(),
        Some(Grid::Ticks(ticks)) => format!("every {ticks} ticks"),
        Some(Grid::Even(parts)) => format!("{parts} to a beat"),
        Some(Grid::SwungSixteenths(late)) => {
            format!("swung: the second 16th at {late:.2} of the eighth")
        }
        Some(Grid::Swung(late)) => format!("swung: the second eighth at {late:.2} of the beat"),
    }
}

fn text(analysis: &Analysis, grid: &str) -> String {
    let Analysis { beats, bars, .. } = analysis;
    let mut text = String::new();
    let mut line = |what: &str, value: &str| {
        let _ = writeln!(text, "{what:<8}{value}");
    };
    let tempo = format!("{:.1} beats a minute, {}", beats.tempo(), source(beats.source));
    line("tempo", &format!("{tempo}, {}", percent(beats.confidence)));
    line("meter", &format!("{}, {}", bars.meter, percent(bars.confidence)));
    line("grid", grid);
    for key in &analysis.keys {
        let bars = format!("bars {}-{}", key.from_bar + 1, key.until_bar);
        line("key", &format!("{bars}: {}, {}", key.key, percent(key.confidence)));
    }
    for part in &analysis.parts {
        let name = if part.name.is_empty() { "unnamed" } else { &part.name };
        let (low, high) = part.range;
        let place = format!("track {}, channel {}", part.track + 1, part.channel + 1);
        let program = part.program.map_or(String::new(), |it| format!(", program {}", it + 1));
        let range = if part.drums {
            String::new()
        } else {
            format!(", {} to {}", pitch_name(low), pitch_name(high))
        };
        let role = part.role.name();
        line("part", &format!("{role}: {name} ({place}{program}), {} notes{range}", part.notes));
    }
    text.push('\n');
    text.push_str(&chart(analysis));
    text
}

/// The bars' chords under letters, four bars on a line.
fn chart(analysis: &Analysis) -> String {
    let cells: Vec<String> =
        (0..analysis.bars.lines.len()).map(|bar| cell(analysis, bar)).collect();
    let width = cells.iter().map(|cell| cell.chars().count()).max().unwrap_or(0);
    let mut chart = String::new();
    for section in &analysis.sections {
        let mut name = section.name();
        if section.until_bar - section.from_bar > 2 * BARS_A_LINE && is_silent(analysis, section) {
            let (from, until) = (section.from_bar + 1, section.until_bar);
            let _ = writeln!(chart, "{name:<4}{from:>4} | silence until bar {until}");
            continue;
        }
        let bars: Vec<usize> = (section.from_bar..section.until_bar).collect();
        for bars in bars.chunks(BARS_A_LINE) {
            let _ = write!(chart, "{name:<4}{:>4} |", bars[0] + 1);
            for &bar in bars {
                let _ = write!(chart, " {:<width$} |", cells[bar]);
            }
            chart.push('\n');
            name.clear();
        }
    }
    chart.truncate(chart.trim_end().len());
    chart
}

/// Whether no note begins in a section.
fn is_silent(analysis: &Analysis, section: &Section) -> bool {
    let line = |bar: usize| {
        let beat = analysis.bars.lines.get(bar);
        beat.map_or(f64::INFINITY, |&beat| analysis.beats.times[beat])
    };
    let span = line(section.from_bar) - 0.01..line(section.until_bar) - 0.01;
    !analysis.notes.iter().any(|note| span.contains(&note.from))
}

/// The chords of a bar: one, or one for each beat with `.` where it goes on.
fn cell(analysis: &Analysis, bar: usize) -> String {
    let lines = &analysis.bars.lines;
    let from = lines[bar];
    let until = lines.get(bar + 1).copied().unwrap_or(analysis.beats.times.len());
    let mut names: Vec<String> = Vec::new();
    let mut last = None;
    for &beat in &analysis.beats.times[from..until] {
        let span = analysis.chords.partition_point(|span| span.from <= beat + 1e-6);
        let chord = span.checked_sub(1).and_then(|span| analysis.chords[span].chord);
        if last == Some(chord) {
            names.push(".".to_owned());
        } else {
            names.push(chord.map_or("-".to_owned(), |it| it.short_in(analysis.key_at(beat))));
        }
        last = Some(chord);
    }
    match names.iter().filter(|name| *name != ".").count() {
        0 | 1 => names.first().cloned().unwrap_or_default(),
        _ => names.join(" "),
    }
}

fn annotations(analysis: &Analysis, grid: &str) -> Value {
    let Analysis { beats, bars, .. } = analysis;
    let rounded = |seconds: f64| (seconds * 1e6).round() / 1e6;
    let chord = |span: &jukebox_analysis::chords::ChordSpan| {
        let name = span.chord.map_or("N".to_owned(), |it| it.harte_in(analysis.key_at(span.from)));
        json!({ "from": rounded(span.from), "until": rounded(span.until), "chord": name })
    };
    let key = |span: &jukebox_analysis::key::KeySpan| {
        json!({
            "from_bar": span.from_bar + 1, "to_bar": span.until_bar,
            "key": span.key.to_string(), "confidence": span.confidence,
        })
    };
    let section = |section: &Section| {
        json!({
            "from_bar": section.from_bar + 1, "to_bar": section.until_bar, "letter": section.name(),
        })
    };
    let part = |part: &jukebox_analysis::parts::FilePart| {
        json!({
            "name": part.name, "track": part.track + 1, "channel": part.channel + 1,
            "program": part.program.map(|it| it + 1), "drums": part.drums,
            "role": part.role.name(), "notes": part.notes,
            "lowest": part.range.0, "highest": part.range.1,
        })
    };
    let like = |likeness: &Option<jukebox_analysis::form::Likeness>| match likeness {
        Some(it) => json!({ "like": it.to + 1, "share": it.share, "moved": it.moved }),
        None => json!({}),
    };
    json!({
        "beats": beats.times.iter().copied().map(rounded).collect::<Vec<_>>(),
        "bar_lines": analysis.bar_lines().into_iter().map(rounded).collect::<Vec<_>>(),
        "beat": {
            "tempo": beats.tempo(), "from": source(beats.source),
            "confidence": beats.confidence, "grid": grid,
        },
        "meter": { "meter": bars.meter.to_string(), "confidence": bars.confidence },
        "chords": analysis.chords.iter().map(chord).collect::<Vec<_>>(),
        "keys": analysis.keys.iter().map(key).collect::<Vec<_>>(),
        "sections": analysis.sections.iter().map(section).collect::<Vec<_>>(),
        "likenesses": analysis.likenesses.iter().map(like).collect::<Vec<_>>(),
        "parts": analysis.parts.iter().map(part).collect::<Vec<_>>(),
    })
}
