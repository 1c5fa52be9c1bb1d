//! What a training tells of itself (`jukebox train --progress json`, a JSON object a line), read as it comes.
//!
//! The file may hold anything: lines, epochs and bytes are limited, and what is no event is passed over.

use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use serde::Deserialize;

use super::training_folder::open;

/// Most bytes of a line; of a longer one nothing is taken.
const LONGEST_LINE: usize = 1 << 16;
/// Most bytes that are read at once; what is left comes the next time.
const MOST_AT_ONCE: u64 = 1 << 20;
/// Most epochs of a training: more than anybody waits for.
const MOST_EPOCHS: usize = 10_000;
/// Most characters of what is said.
const LONGEST_TEXT: usize = 600;

/// What the losses of an epoch were, in nats a note.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Epoch {
    /// Of what was learnt.
    pub loss: f64,
    /// Of what was kept apart, where there was anything.
    pub validation: Option<f64>,
}

/// What it was at when it told something last.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Phase {
    /// It has told nothing of its notes yet.
    #[default]
    Reading,
    /// It learns.
    Learning,
    /// It completes the record.
    Completing,
    /// It has come to its end.
    Finished,
    /// It was stopped.
    Stopped,
    /// It went wrong.
    Failed(String),
}

/// How far a training is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    /// Its process, for people.
    pub process: Option<u32>,
    /// What it is at.
    pub phase: Phase,
    /// Notes that it learns.
    pub notes: u64,
    /// Epochs at most, where that was said.
    pub planned: Option<u32>,
    /// The finished epochs, from the first on.
    pub epochs: Vec<Epoch>,
    /// The best of them, counted from 1.
    pub best: Option<u32>,
    /// How much is over, 0 to 1.
    pub share: f64,
    /// Seconds that are left.
    pub seconds_left: Option<f64>,
}

#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
enum Event {
    Begin {
        process: u32,
    },
    Learning {
        notes: u64,
        epochs: Option<u32>,
        done: u32,
    },
    Batch {
        share: Option<f64>,
        seconds_left: Option<f64>,
    },
    Epoch(EpochEvent),
    Completing,
    End {
        outcome: String,
    },
    Failed {
        text: String,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct EpochEvent {
    epoch: u32,
    loss: Option<f64>,
    validation: Option<f64>,
    best: Option<u32>,
    share: Option<f64>,
    seconds_left: Option<f64>,
}

impl Progress {
    /// Takes in a line.
    pub fn apply(&mut self, line: &[u8]) {
        let Ok(event) = serde_json::from_slice::<Event>(line) else { return };
        match event {
            Event::Begin { process } => {
                self.process = Some(process);
                (self.phase, self.seconds_left) = (Phase::Reading, None);
            }
            Event::Learning { notes, epochs, done } => {
                (self.notes, self.planned, self.phase) = (notes, epochs, Phase::Learning);
                // What was learnt after the last checkpoint is learnt again.
                self.epochs.truncate(done as usize);
            }
            Event::Batch { share, seconds_left } => self.go_on(share, seconds_left),
            Event::Epoch(it) => self.epoch(&it),
            Event::Completing => (self.phase, self.seconds_left) = (Phase::Completing, None),
            Event::End { outcome } => {
                self.phase = if outcome == "finished" { Phase::Finished } else { Phase::Stopped };
            }
            Event::Failed { text } => {
                self.phase = Phase::Failed(text.chars().take(LONGEST_TEXT).collect());
            }
            Event::Other => {}
        }
    }

    fn go_on(&mut self, share: Option<f64>, seconds_left: Option<f64>) {
        self.phase = Phase::Learning;
        self.share = share.filter(|it| it.is_finite()).unwrap_or(self.share).clamp(0.0, 1.0);
        self.seconds_left = seconds_left.filter(|it| (0.0..1e9).contains(it));
    }

    /// An epoch that does not follow the one before is none of this training's.
    fn epoch(&mut self, it: &EpochEvent) {
        let number = it.epoch as usize;
        let loss = it.loss.filter(|it| it.is_finite());
        let (true, Some(loss)) = ((1..=MOST_EPOCHS).contains(&number), loss) else { return };
        self.epochs.truncate(number - 1);
        if self.epochs.len() == number - 1 {
            let validation = it.validation.filter(|it| it.is_finite());
            self.epochs.push(Epoch { loss, validation });
        }
        self.best = it.best.filter(|best| (1..=it.epoch).contains(best));
        self.go_on(it.share, it.seconds_left);
    }
}

/// Reads a file of events as it grows.
#[derive(Debug, Default)]
pub struct ProgressReader {
    /// How far it is.
    pub progress: Progress,
    /// Bytes that were read.
    read: u64,
    /// The beginning of a line whose end has not come.
    begun: Vec<u8>,
    /// Whether that line is too long, and passed over.
    passed_over: bool,
}

impl ProgressReader {
    /// Reads what is new; says whether there was anything. A file that is gone or shorter than before is read anew.
    pub fn read(&mut self, path: &Path) -> bool {
        let mut bytes = Vec::new();
        let Ok(mut file) = open(path) else { return false };
        if file.metadata().is_ok_and(|it| it.len() < self.read) {
            *self = Self::default();
        }
        if file.seek(SeekFrom::Start(self.read)).is_err() {
            return false;
        }
        // An error leaves what was read before it.
        let _ = file.take(MOST_AT_ONCE).read_to_end(&mut bytes);
        self.take(&bytes);
        !bytes.is_empty()
    }

    fn take(&mut self, bytes: &[u8]) {
        self.read += bytes.len() as u64;
        for piece in bytes.split_inclusive(|it| *it == b'\n') {
            let (line, ends) = match piece.strip_suffix(b"\n") {
                Some(line) => (line, true),
                None => (piece, false),
            };
            self.passed_over |= self.begun.len() + line.len() > LONGEST_LINE;
            if !self.passed_over {
                self.begun.extend_from_slice(line);
            }
            if ends {
                if !self.passed_over {
                    self.progress.apply(&self.begun);
                }
                self.begun.clear();
                self.passed_over = false;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TOLD: &str = r#"{"event":"begin","process":42,"time":1}
{"event":"said","text":"learning"}
{"event":"learning","name":"A","pieces":3,"notes":900,"epochs":4,"done":0}
{"event":"batch","epoch":1,"share":0.1,"loss":4.0,"seconds_left":90.5}
{"event":"epoch","epoch":1,"loss":3.5,"validation":3.25,"best":1,"best_record":"x","share":0.25,"seconds_left":60.0}
{"event":"epoch","epoch":2,"loss":3.0,"validation":3.5,"best":1,"best_record":"x","share":0.5,"seconds_left":30.0}
"#;

    fn read(text: &[u8]) -> Progress {
        let mut reader = ProgressReader::default();
        reader.take(text);
        reader.progress
    }

    #[test]
    fn a_training_is_followed_to_its_end() {
        let progress = read(TOLD.as_bytes());
        let epoch = |loss, validation| Epoch { loss, validation: Some(validation) };
        assert_eq!(progress.epochs, [epoch(3.5, 3.25), epoch(3.0, 3.5)]);
        let Progress { process, planned, best, share, seconds_left, .. } = progress;
        assert_eq!((process, planned, best), (Some(42), Some(4), Some(1)));
        assert_eq!((share, seconds_left), (0.5, Some(30.0)));
        let phase = |more: &str| read(format!("{TOLD}{more}\n").as_bytes()).phase;
        assert_eq!(phase(r#"{"event":"completing"}"#), Phase::Completing);
        assert_eq!(phase(r#"{"event":"end","outcome":"finished"}"#), Phase::Finished);
        assert_eq!(phase(r#"{"event":"end","outcome":"stopped"}"#), Phase::Stopped);
        let failed = Phase::Failed("no notes".to_owned());
        assert_eq!(phase(r#"{"event":"failed","text":"no notes"}"#), failed);
    }

    #[test]
    fn a_training_that_goes_on_learns_again_what_was_not_saved() {
        let again = r#"{"event":"begin","process":43,"time":2}
{"event":"learning","name":"A","pieces":3,"notes":900,"epochs":4,"done":1}
{"event":"epoch","epoch":2,"loss":2.0,"validation":null,"best":2,"share":0.5,"seconds_left":null}
"#;
        let progress = read(format!("{TOLD}{again}").as_bytes());
        assert_eq!(progress.epochs.len(), 2);
        assert_eq!(progress.epochs[1], Epoch { loss: 2.0, validation: None });
        assert_eq!(
            (progress.process, progress.best, progress.seconds_left),
            (Some(43), Some(2), None)
        );
    }

    #[test]
    fn it_does_not_matter_where_the_file_stood_when_it_was_read() {
        let whole = read(TOLD.as_bytes());
        for at in 0..TOLD.len() {
            let mut reader = ProgressReader::default();
            let (first, second) = TOLD.as_bytes().split_at(at);
            reader.take(first);
            reader.take(second);
            assert_eq!(reader.progress, whole, "cut at {at}");
        }
    }

    #[test]
    fn a_file_that_grows_is_read_on_and_a_new_one_anew() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("progress.jsonl");
        let mut reader = ProgressReader::default();
        assert!(!reader.read(&path));
        std::fs::write(&path, TOLD).unwrap();
        assert!(reader.read(&path) && !reader.read(&path));
        assert_eq!(reader.progress.epochs.len(), 2);
        std::fs::write(&path, TOLD.lines().next().unwrap()).unwrap();
        reader.read(&path);
        assert!(reader.progress.epochs.is_empty());
    }

    #[test]
    fn nonsense_is_passed_over() {
        let long = format!("{}\n", "x".repeat(LONGEST_LINE + 1));
        let nonsense = [
            "\n",
            "{}\n",
            "\u{0}\n",
            "{\"event\":\"tomorrow\",\"x\":1}\n",
            "{\"event\":\"epoch\",\"epoch\":0,\"loss\":1}\n",
            "{\"event\":\"epoch\",\"epoch\":4000000000,\"loss\":1}\n",
            "{\"event\":\"epoch\",\"epoch\":9,\"loss\":null}\n",
            "{\"event\":\"epoch\",\"epoch\":-1,\"loss\":1}\n",
            "{\"event\":\"begin\",\"process\":99999999999}\n",
            &long,
        ];
        for nonsense in nonsense {
            assert_eq!(read(format!("{nonsense}{TOLD}").as_bytes()), read(TOLD.as_bytes()));
        }
        let wild = "{\"event\":\"batch\",\"share\":1e300,\"seconds_left\":1e300}\n";
        let progress = read(format!("{TOLD}{wild}").as_bytes());
        assert_eq!((progress.share, progress.seconds_left), (1.0, None));
    }

    proptest! {
        #[test]
        fn rubbish_does_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
            let mut reader = ProgressReader::default();
            reader.take(TOLD.as_bytes());
            reader.take(&bytes);
            prop_assert!(reader.begun.len() <= LONGEST_LINE);
            prop_assert!(reader.progress.epochs.len() <= MOST_EPOCHS);
        }
    }
}
