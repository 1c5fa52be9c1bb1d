//! The log of a training: lines on the terminal and in `train.log`, and a progress bar between them.

use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use indicatif::{ProgressBar, ProgressDrawTarget};

use super::progress::{Event, Progress};
use crate::files::LineAppender;
use crate::terminal;

/// The lines of a training, timed from its start. Without a terminal there is no bar, and a line for each epoch remains.
pub struct TrainingLog {
    file: Option<LineAppender>,
    /// What is to be written once there is a file.
    waiting: Vec<String>,
    bar: ProgressBar,
    progress: Progress,
    started: Instant,
}

impl TrainingLog {
    /// A log that has no file yet: its lines wait for [`TrainingLog::open`].
    pub fn start(progress: Progress) -> Self {
        Self {
            file: None,
            waiting: Vec::new(),
            bar: ProgressBar::hidden(),
            progress,
            started: Instant::now(),
        }
    }

    /// Opens the log file and writes what waits; a resumed training adds to it.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn open(&mut self, path: &Path) -> Result<()> {
        let file = self.file.insert(LineAppender::append(path)?);
        self.waiting.drain(..).try_for_each(|line| file.line(&line))
    }

    /// Prints a line on the terminal and writes it to the file.
    ///
    /// # Errors
    /// Where the log cannot be written.
    pub fn print(&mut self, text: &str) -> Result<()> {
        self.bar.suspend(|| terminal::print_note(text));
        self.tell(&Event::Said { text });
        self.write(text)
    }

    /// Prints a result, which stands on standard output unless that belongs to programs, and writes it to the file.
    ///
    /// # Errors
    /// Where it or the log cannot be written.
    pub fn print_result(&mut self, text: &str) -> Result<()> {
        if self.progress.is_json() {
            return self.print(text);
        }
        terminal::print_result(text)?;
        self.write(text)
    }

    /// Tells programs how it goes.
    pub fn tell(&self, event: &Event<'_>) {
        self.progress.tell(event);
    }

    /// Whether programs are to be told of a batch now.
    pub fn is_batch_due(&mut self) -> bool {
        self.progress.is_due()
    }

    /// Writes text to the file alone.
    ///
    /// # Errors
    /// Where the log cannot be written.
    pub fn write(&mut self, text: &str) -> Result<()> {
        let at = self.started.elapsed().as_secs_f64();
        for line in text.lines().map(|line| format!("{at:9.2} s  {line}")) {
            match &mut self.file {
                Some(file) => file.line(&line)?,
                None => self.waiting.push(line),
            }
        }
        Ok(())
    }

    /// Shows a bar for an epoch of so many batches, some of them done.
    pub fn start_bar(&mut self, batches: usize, done: usize) {
        let bar = ProgressBar::with_draw_target(Some(batches as u64), ProgressDrawTarget::stderr());
        self.bar = terminal::styled(bar, "{bar:28.yellow/white.dim} {wide_msg}");
        self.bar.set_position(done as u64);
    }

    /// Moves the bar on by a batch.
    pub fn advance(&self, message: String) {
        self.bar.set_message(message);
        self.bar.inc(1);
    }

    /// Removes the bar from the terminal.
    pub fn end_bar(&mut self) {
        self.bar.finish_and_clear();
        self.bar = ProgressBar::hidden();
    }
}
