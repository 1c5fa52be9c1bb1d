//! What the shipped files are and can do, measured, against what the README says of them.

use std::fs;

use anyhow::{Context, Result};
use serde_json::Value;

use super::readme::Entry;
use crate::workspace::{output, program};

/// How far nats and overlaps may lie from those in the table: it rounds to three places, and processors
/// add up in other orders.
const TOLERANCE: f64 = 0.002;

/// Holds everything that the README says of a record against its file, and gives what does not hold, a
/// sentence each.
///
/// # Errors
/// Where the README lacks a figure, or `jukebox` fails.
pub fn check(entry: &Entry, profile: &str) -> Result<Vec<String>> {
    let (file, collections) = (entry.file(), entry.collections()?);
    let jukebox = |words: &[&str]| -> Result<Value> {
        let json = output(program("jukebox", profile)?.args(words).arg("--json"))?;
        serde_json::from_slice(&json).with_context(|| format!("jukebox {} gives no JSON", words[0]))
    };
    let bytes = fs::metadata(&file).with_context(|| format!("cannot read {file}"))?.len();
    let record = jukebox(&["inspect", &file])?;
    let beside = |command, options: &[&str]| {
        jukebox(&[&[command, file.as_str()], &collections[..], options].concat())
    };
    let evaluation = beside("evaluate", &["--brief"])?;
    let report = beside("report", &[])?;

    let mut check = Check { entry, wrong: Vec::new() };
    check.text("hash", &record, "/hash")?;
    check.number("bytes", 0.0, Some(bytes as f64))?;
    let name = record.pointer("/receipt/name").and_then(Value::as_str).unwrap_or_default();
    if name != entry.name {
        check.wrong.push(format!("the file says that its name is \"{name}\""));
    }
    for (column, tolerance, source, path) in [
        ("pieces learnt", 0.0, &record, "/receipt/pieces"),
        ("notes learnt", 0.0, &record, "/receipt/notes"),
        ("layers", 0.0, &record, "/config/layers"),
        ("units", 0.0, &record, "/config/hidden"),
        ("best epoch", 0.0, &record, "/receipt/epochs"),
        ("pieces held out", 0.0, &evaluation, "/pieces"),
        ("notes held out", 0.0, &evaluation, "/notes"),
        ("network", TOLERANCE, &evaluation, "/nats_per_note"),
        ("with motifs", TOLERANCE, &evaluation, "/motif/nats_per_note"),
        ("overlap", TOLERANCE, &report, "/likeness/overlap/composed"),
        ("yardstick's overlap", TOLERANCE, &report, "/likeness/overlap/training"),
        ("longest run", 0.0, &report, "/originality/composed/longest_notes/maximum"),
        ("yardstick's longest run", 0.0, &report, "/originality/held_out/longest_notes/maximum"),
    ] {
        check.number(column, tolerance, source.pointer(path).and_then(Value::as_f64))?;
    }
    Ok(check.wrong)
}

/// What was found wrong with what is said of a record.
struct Check<'e> {
    entry: &'e Entry,
    wrong: Vec<String>,
}

impl Check<'_> {
    fn number(&mut self, column: &str, tolerance: f64, found: Option<f64>) -> Result<()> {
        let said = self.entry.number(column)?;
        let found = found.with_context(|| format!("jukebox gives no \"{column}\""))?;
        if (said - found).abs() > tolerance {
            self.wrong.push(format!("\"{column}\" is {found} and not {said}"));
        }
        Ok(())
    }

    fn text(&mut self, column: &str, source: &Value, path: &str) -> Result<()> {
        let said = self.entry.cell(column)?.trim_matches('`');
        let found = source.pointer(path).and_then(Value::as_str);
        let found = found.with_context(|| format!("jukebox gives no \"{column}\""))?;
        if said != found {
            self.wrong.push(format!("\"{column}\" is {found} and not {said}"));
        }
        Ok(())
    }
}
