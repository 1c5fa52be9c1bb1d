//! Ctrl-C: the first asks to stop after the current batch with everything saved, the second quits.

use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result};

use crate::terminal;

static REQUESTS: AtomicU32 = AtomicU32::new(0);

/// Exit status of a program that was interrupted, by convention: 128 and the signal's number, 2.
pub const STATUS: i32 = 130;

/// Catches Ctrl-C, and a request of the system to terminate, from now on.
///
/// # Errors
/// Where the system refuses, or it was called before.
pub fn catch() -> Result<()> {
    let handler = || {
        if REQUESTS.fetch_add(1, Ordering::Relaxed) == 0 {
            terminal::print_note("\nstopping after this batch; once more to quit at once");
        } else {
            std::process::exit(STATUS);
        }
    };
    ctrlc::set_handler(handler).context("cannot catch Ctrl-C")
}

/// Whether to stop.
pub fn requested() -> bool {
    REQUESTS.load(Ordering::Relaxed) > 0
}
