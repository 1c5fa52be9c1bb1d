//! What the command prints: results on standard output, everything else on standard error.
//!
//! Neither panics when the reader has gone away, as in `jukebox inspect music | head -3`.

use std::io::{self, ErrorKind, Write};

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};

/// Prints a result. A reader that has closed the pipe has had enough: that is no error.
///
/// # Errors
/// When standard output cannot be written for another reason, such as a full disk.
pub fn print_result(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome.context("cannot write to standard output"),
    }
}

/// Prints a line for the person at the terminal.
pub fn print_note(text: &str) {
    // Nobody is left to be told when this fails.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// A progress bar for work that takes long, with what is left of it in seconds. Its length and message
/// are still to be set; without a terminal it draws nothing.
pub fn progress_bar() -> ProgressBar {
    styled(ProgressBar::new(0), "{bar:28.yellow/white.dim} {msg}, {eta} left")
}

/// A bar with the look that all have, and a template of `indicatif` for what stands in its line.
pub fn styled(bar: ProgressBar, template: &str) -> ProgressBar {
    // Templates are constants; were one wrong, a plain bar would do as well.
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("━╸━"));
    }
    bar
}
