//! How a training goes, for programs: one JSON object a line on standard output.
//!
//! | `event` | when | fields |
//! | --- | --- | --- |
//! | `begin` | first | `process`, `time` in seconds since 1970 |
//! | `said` | with each line that people are told | `text` |
//! | `learning` | once the collection is read | `name`, `pieces`, `notes`, `epochs` at most, `done` so far |
//! | `batch` | about once a second | `epoch` from 1, `share` of the training 0 to 1, `loss`, `seconds_left` |
//! | `epoch` | after each epoch | `epoch`, `loss`, `validation`, `best`, `best_record`, `share`, `seconds_left` |
//! | `completing` | when the best record is measured and calibrated | |
//! | `end` | last | `outcome`: `finished` or `stopped`, `record` |
//! | `failed` | last, where it went wrong | `text` |
//!
//! Losses are in nats a note; what there is not is `null`. Lines of other events may come with later versions.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use clap::ValueEnum;
use serde::Serialize;

use super::TrainingOutcome;

/// Between two lines on batches.
const OFTEN: Duration = Duration::from_secs(1);

/// In what form a training tells how it goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ProgressFormat {
    /// For people: a bar on the terminal, and tables.
    #[default]
    Text,
    /// For programs: JSON, an object a line on standard output; what people read goes to standard error.
    Json,
}

/// What a training tells.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
#[allow(missing_docs, reason = "the table of the module tells the fields")]
pub enum Event<'a> {
    /// It has started.
    Begin { process: u32, time: u64 },
    /// A line for people.
    Said { text: &'a str },
    /// The collection is read. `done` epochs were learnt by earlier sessions.
    Learning { name: &'a str, pieces: usize, notes: usize, epochs: Option<u32>, done: u32 },
    /// A batch is learnt.
    Batch { epoch: u32, share: f64, loss: f64, seconds_left: f64 },
    /// An epoch is learnt, and its record written.
    Epoch {
        epoch: u32,
        loss: f64,
        validation: Option<f64>,
        best: Option<u32>,
        best_record: Option<PathBuf>,
        share: f64,
        seconds_left: f64,
    },
    /// The best record is measured, and composes to find its usual settings.
    Completing,
    /// It is over.
    End { outcome: &'static str, record: Option<PathBuf> },
    /// It went wrong.
    Failed { text: String },
}

/// Writes what a training tells, where somebody asked for it.
#[derive(Clone, Debug)]
pub struct Progress {
    format: ProgressFormat,
    /// When a batch was told last.
    told: Option<Instant>,
}

impl Progress {
    /// Tells in a format; in [`ProgressFormat::Text`] nothing.
    pub fn new(format: ProgressFormat) -> Self {
        Self { format, told: None }
    }

    /// The format.
    pub fn format(&self) -> ProgressFormat {
        self.format
    }

    /// Whether standard output belongs to the events.
    pub fn is_json(&self) -> bool {
        self.format == ProgressFormat::Json
    }

    /// Says that this process has started.
    pub fn begin(&self) {
        let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_secs());
        self.tell(&Event::Begin { process: std::process::id(), time });
    }

    /// Writes a line. Whoever has stopped reading is not told: the training goes on.
    pub fn tell(&self, event: &Event<'_>) {
        if !self.is_json() {
            return;
        }
        // Numbers that are none become null.
        if let Ok(line) = serde_json::to_string(event) {
            let mut out = io::stdout().lock();
            let _ = out.write_all(format!("{line}\n").as_bytes()).and_then(|()| out.flush());
        }
    }

    /// Whether a batch is to be told now.
    pub fn is_due(&mut self) -> bool {
        let due = self.is_json() && self.told.is_none_or(|it| it.elapsed() >= OFTEN);
        if due {
            self.told = Some(Instant::now());
        }
        due
    }

    /// Says how it has ended.
    pub fn end(&self, outcome: &anyhow::Result<TrainingOutcome>) {
        self.tell(&match outcome {
            Ok(TrainingOutcome { best, finished }) => Event::End {
                outcome: if *finished { "finished" } else { "stopped" },
                record: best.clone(),
            },
            Err(error) => Event::Failed { text: format!("{error:#}") },
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line_whatever_is_said() {
        let line = serde_json::to_string(&Event::Said { text: "a\nb\"\u{2028}" }).unwrap();
        assert!(!line.contains('\n') && line.starts_with(r#"{"event":"said","text":"#), "{line}");
        let batch = Event::Batch { epoch: 1, share: 0.5, loss: f64::NAN, seconds_left: 2.0 };
        let line = serde_json::to_string(&batch).unwrap();
        assert!(line.contains(r#""loss":null"#), "{line}");
    }

    #[test]
    fn batches_are_told_now_and_then() {
        let mut progress = Progress::new(ProgressFormat::Json);
        assert!(progress.is_due() && !progress.is_due());
        assert!(!Progress::new(ProgressFormat::Text).is_due());
    }
}
