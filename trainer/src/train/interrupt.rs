//! Ctrl-C: the first asks to stop after the current batch with everything saved, the second quits.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use anyhow::{Context, Result};

use crate::terminal;

static REQUESTS: AtomicU32 = AtomicU32::new(0);
static CAUGHT: AtomicBool = AtomicBool::new(false);

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
    ctrlc::set_handler(handler).context("cannot catch Ctrl-C")?;
    CAUGHT.store(true, Ordering::Relaxed);
    Ok(())
}

/// Whether a request to stop is heeded: there is something to save.
pub fn is_caught() -> bool {
    CAUGHT.load(Ordering::Relaxed)
}

/// Asks to stop as Ctrl-C does: at once where nothing is learnt yet, so that there is nothing to save.
pub fn request() {
    REQUESTS.fetch_add(1, Ordering::Relaxed);
    if !is_caught() {
        std::process::exit(STATUS);
    }
}

/// Whether to stop.
pub fn requested() -> bool {
    REQUESTS.load(Ordering::Relaxed) > 0
}
