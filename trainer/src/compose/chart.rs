//! Charts from the command line: text, or a file that holds it.

use std::fs;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result};
use jukebox_model::sheet::Chart;

/// Longest file of a chart, in bytes.
const MOST_BYTES: u64 = 1 << 20;

/// Reads a chart, or the file that is named.
///
/// # Errors
/// Names what is no chord, and how charts are written.
pub fn read(text: &str) -> Result<Chart> {
    let path = Path::new(text);
    if !path.is_file() {
        return text.parse().with_context(|| format!("--chords {text:?}"));
    }
    let mut chart = String::new();
    let read = fs::File::open(path).and_then(|it| it.take(MOST_BYTES).read_to_string(&mut chart));
    read.with_context(|| format!("{} cannot be read", path.display()))?;
    chart.parse().with_context(|| path.display().to_string())
}
