//! The history as a TensorBoard event file: a list of records (TFRecord), each an `Event` message.
//!
//! A record is the message's length, a checksum of it, the message and a checksum of that, as
//! TensorFlow's `tsl/lib/io/record_writer.h` describes it; of the messages in
//! `tensorflow/core/util/event.proto` and `tensorflow/core/framework/summary.proto` only the fields
//! that a curve needs are here.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use jukebox_model::network::Head;
use prost::Message;

use super::history::{EpochResult, LossHistory};

/// What the names of event files start with, so that TensorBoard finds them, and end with, so that we
/// know our own.
const NAME: [&str; 2] = ["events.out.tfevents.", ".jukebox"];
/// The version that every event file starts with.
const VERSION: &str = "brain.Event:2";

/// One entry of an event file.
#[derive(Clone, PartialEq, Message)]
struct EventMessage {
    /// Seconds since 1970.
    #[prost(double, tag = "1")]
    wall_time: f64,
    /// The epoch.
    #[prost(int64, tag = "2")]
    step: i64,
    /// In the first entry only.
    #[prost(string, optional, tag = "3")]
    file_version: Option<String>,
    #[prost(message, optional, tag = "5")]
    summary: Option<SummaryMessage>,
}

#[derive(Clone, PartialEq, Message)]
struct SummaryMessage {
    #[prost(message, repeated, tag = "1")]
    value: Vec<ValueMessage>,
}

/// A point of a curve.
#[derive(Clone, PartialEq, Message)]
struct ValueMessage {
    /// The curve's name; what stands before the slash groups curves.
    #[prost(string, tag = "1")]
    tag: String,
    /// Optional, for what is 0 would be left out otherwise, and the curve with it.
    #[prost(float, optional, tag = "2")]
    simple_value: Option<f32>,
}

/// An event file that grows by an entry an epoch.
///
/// Each session of a training writes a new one, with all epochs from the first on, and removes the one
/// before it: whatever a killed session has left half written is gone, and no epoch stands there twice.
#[derive(Debug)]
pub struct TensorBoardWriter {
    file: File,
    path: PathBuf,
    /// Seconds since 1970 at which the training would have started, had it never stopped.
    start: f64,
}

impl TensorBoardWriter {
    /// Starts the event file of a training in a folder, with the epochs that it has finished in
    /// `seconds` so far.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn open(folder: &Path, history: &LossHistory, seconds: f64) -> Result<Self> {
        let context = || format!("cannot write TensorBoard's events to {}", folder.display());
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let name = |number: u64| folder.join(format!("{}{number:010}{}", NAME[0], NAME[1]));
        let open = || -> Result<(File, PathBuf)> {
            fs::create_dir_all(folder)?;
            let earlier = own(folder)?;
            // Names grow, for a reader takes the newest file's epochs as the last; two sessions may start
            // in one second.
            let newest = earlier.iter().filter_map(|path| number(path)).max();
            let path = name((now as u64).max(newest.map_or(0, |it| it + 1)));
            let file = File::create(&path)?;
            earlier.iter().try_for_each(fs::remove_file)?;
            Ok((file, path))
        };
        let (file, path) = open().with_context(context)?;
        let mut board = Self { file, path, start: now - seconds };
        let version = Some(VERSION.to_owned());
        board.write(&EventMessage {
            wall_time: now,
            file_version: version,
            ..EventMessage::default()
        })?;
        for (number, epoch) in (1..).zip(&history.0) {
            board.add(number, epoch)?;
        }
        Ok(board)
    }

    /// Adds an epoch, counted from 1.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn add(&mut self, number: u32, epoch: &EpochResult) -> Result<()> {
        let mut value = vec![point("learning_rate", epoch.rate)];
        let sides = [("training", Some(epoch.training)), ("validation", epoch.validation)];
        for (side, sums) in sides.iter().filter_map(|(side, sums)| Some((side, (*sums)?))) {
            value.push(point(&format!("loss/{side}"), sums.loss()));
            let heads = Head::ALL.iter().zip(sums.heads());
            // Where notes choose no part, that costs nothing.
            for (head, nats) in heads.filter(|(head, nats)| **head != Head::Part || *nats != 0.0) {
                value.push(point(&format!("{}/{side}", head.name()), nats));
            }
        }
        self.write(&EventMessage {
            wall_time: self.start + epoch.seconds,
            step: number.into(),
            summary: Some(SummaryMessage { value }),
            ..EventMessage::default()
        })
    }

    /// Writes a record, in one piece.
    fn write(&mut self, event: &EventMessage) -> Result<()> {
        let message = event.encode_to_vec();
        let length = (message.len() as u64).to_le_bytes();
        let sum = |bytes: &[u8]| masked(crc32c::crc32c(bytes)).to_le_bytes();
        let record = [&length[..], &sum(&length), &message, &sum(&message)].concat();
        let written = self.file.write_all(&record);
        written.with_context(|| format!("cannot write {}", self.path.display()))
    }
}

fn point(tag: &str, value: f64) -> ValueMessage {
    ValueMessage { tag: tag.to_owned(), simple_value: Some(value as f32) }
}

/// A checksum as records keep it: not the plain one, which would be trivial for data that holds
/// checksums itself.
fn masked(sum: u32) -> u32 {
    sum.rotate_right(15).wrapping_add(0xA282_EAD8)
}

/// Our own event files in a folder.
fn own(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if number(&path).is_some() {
            found.push(path);
        }
    }
    Ok(found)
}

/// The number in the name of an event file of ours.
fn number(path: &Path) -> Option<u64> {
    path.file_name()?.to_str()?.strip_prefix(NAME[0])?.strip_suffix(NAME[1])?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::learner::LossSums;

    /// The messages of an event file, each checked.
    fn read(path: &Path) -> Vec<EventMessage> {
        let bytes = fs::read(path).unwrap();
        let (mut rest, mut events) = (&bytes[..], Vec::new());
        while !rest.is_empty() {
            let length = u64::from_le_bytes(rest[..8].try_into().unwrap()) as usize;
            let sum = |at: usize| u32::from_le_bytes(rest[at..at + 4].try_into().unwrap());
            assert_eq!(sum(8), masked(crc32c::crc32c(&rest[..8])));
            let message = &rest[12..12 + length];
            assert_eq!(sum(12 + length), masked(crc32c::crc32c(message)));
            events.push(EventMessage::decode(message).unwrap());
            rest = &rest[16 + length..];
        }
        events
    }

    fn epoch(seconds: f64, validation: bool) -> EpochResult {
        let sums = LossSums { nats: [4.0, 0.0, 2.0, 2.0, 0.0], notes: 2 };
        EpochResult { training: sums, validation: validation.then_some(sums), rate: 1e-3, seconds }
    }

    #[test]
    fn a_record_is_framed_as_tensorflow_frames_it() {
        // The first record of files that TensorFlow writes, with the wall time 0.
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events");
        let file = File::create(&path).unwrap();
        let mut board = TensorBoardWriter { file, path: path.clone(), start: 0.0 };
        let file_version = Some(VERSION.to_owned());
        board.write(&EventMessage { file_version, ..EventMessage::default() }).unwrap();
        let bytes = fs::read(&path).unwrap();
        assert_eq!(bytes[..8], 15u64.to_le_bytes());
        assert_eq!(bytes[12..27], *b"\x1a\x0dbrain.Event:2");
        assert_eq!(bytes.len(), 31);
    }

    #[test]
    fn every_session_leaves_one_file_with_all_epochs() {
        let folder = tempfile::tempdir().unwrap();
        let runs = folder.path().join("runs");
        let mut board = TensorBoardWriter::open(&runs, &LossHistory::default(), 0.0).unwrap();
        board.add(1, &epoch(10.0, true)).unwrap();
        board.file.write_all(b"half a reco").unwrap();

        fs::write(runs.join("events.out.tfevents.123.other"), "not ours").unwrap();
        let mut board =
            TensorBoardWriter::open(&runs, &LossHistory(vec![epoch(10.0, true)]), 10.0).unwrap();
        board.add(2, &epoch(30.0, false)).unwrap();
        assert_eq!(fs::read_dir(&runs).unwrap().count(), 2);
        let events = read(&board.path);
        assert_eq!(events[0].file_version.as_deref(), Some(VERSION));
        assert_eq!([events[1].step, events[2].step], [1, 2]);
        assert!((events[2].wall_time - events[1].wall_time - 20.0).abs() < 1e-3);
        let values = |event: &EventMessage| event.summary.clone().unwrap().value;
        assert_eq!((values(&events[1]).len(), values(&events[2]).len()), (11, 6));
        assert!(values(&events[1]).contains(&point("loss/validation", 4.0)));
        assert!(values(&events[2]).contains(&point("pitch/training", 1.0)));
        assert!(values(&events[2]).contains(&point("velocity/training", 0.0)), "nothing to choose");
    }
}
