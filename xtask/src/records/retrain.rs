//! The shipped records made once more, by the commands that the README gives, and held against the files.

use std::fs;

use anyhow::{Context, Result};
use serde_json::Value;

use super::readme::Entry;
use crate::workspace::{execute, output, program};

/// How far the validation of a record that is not the same bit for bit may lie from the shipped one's, in
/// nats a note: two seeds of one training lie 0.012 apart.
const TOLERANCE: f64 = 0.03;

/// Makes a record once more in a folder, says how it compares, and gives what does not hold.
///
/// # Errors
/// Where the README does not tell how it is made, or `jukebox` fails.
pub fn retrain(entry: &Entry, folder: &str, profile: &str) -> Result<Option<String>> {
    for words in entry.commands_in(folder)? {
        println!("jukebox {}", words.join(" "));
        execute(program("jukebox", profile)?.args(&words))?;
    }
    let (shipped, made) = (entry.file(), format!("{folder}/{}.safetensors", entry.stem));
    let bytes = |file: &str| fs::read(file).with_context(|| format!("cannot read {file}"));
    if bytes(&shipped)? == bytes(&made)? {
        println!("{}: the same, bit for bit", entry.name);
        return Ok(None);
    }
    let loss = |file: &str| -> Result<f64> {
        let json = output(program("jukebox", profile)?.args(["inspect", file, "--json"]))?;
        let record: Value = serde_json::from_slice(&json)?;
        let loss = record.pointer("/receipt/validation_loss").and_then(Value::as_f64);
        loss.with_context(|| format!("{file} was not validated"))
    };
    let (then, now) = (loss(&shipped)?, loss(&made)?);
    let line = format!("{now:.4} nats a note in place of {then:.4}");
    println!("{}: other bits than the shipped record's, and {line}", entry.name);
    Ok(((now - then).abs() > TOLERANCE)
        .then(|| format!("trained again it has {line}: more than {TOLERANCE} apart")))
}
