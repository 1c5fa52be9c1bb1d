//! The command `compact`: a record in half precision, half as large, to be shipped.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use jukebox_model::record::{Precision, Record};

use crate::{files, terminal};

/// Reads a record from `path`, writes it to `output` with 16-bit weights, under a new name where one is
/// given, and prints its size and hash.
///
/// # Errors
/// Where the record cannot be read, the weights do not fit 16 bits, or the file cannot be written.
pub fn compact(path: &Path, output: &Path, name: Option<&str>) -> Result<()> {
    let record = Record::load(path)?;
    ensure!(
        !files::same(path, output),
        "{} would be written over, and its full precision lost: choose another name with -o",
        output.display()
    );
    let mut receipt = record.receipt().clone();
    if let Some(name) = name {
        receipt.name = name.to_owned();
    }
    let record = record.with_receipt(receipt)?;
    let (single, half) = (record.to_bytes(Precision::Single), record.to_bytes(Precision::Half));
    // Numbers beyond 65,504 are infinite in 16 bits: what cannot be played is not written.
    let compacted = Record::parse(&half, &output.display().to_string())
        .context("the weights do not fit 16 bits")?;
    files::write(output, &half)?;
    terminal::print_result(&format!(
        "{}: {}, {} KiB instead of {}, hash {}",
        output.display(),
        compacted.receipt().name,
        half.len().div_ceil(1024),
        single.len().div_ceil(1024),
        compacted.hash()
    ))
}
