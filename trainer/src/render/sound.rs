//! A tune as sound: what the built-in instrument makes of it, as a WAV file.
//!
//! The same tune and voice give the same bytes, on every machine.

use std::path::Path;

use anyhow::{Result, ensure};
use hound::{SampleFormat, WavSpec, WavWriter};
use indicatif::ProgressBar;
use jukebox_model::piece::{Note, Piece, TICKS_PER_QUARTER, Tick};
use jukebox_synth::{Instrument, Voice};

use crate::{evaluate, files, say};

/// What every player and editor reads.
const FORMAT: WavSpec = WavSpec {
    channels: 2,
    sample_rate: 48_000,
    bits_per_sample: 24,
    sample_format: SampleFormat::Int,
};

/// Samples that are rendered at once.
const BLOCK: usize = 1024;

/// Samples for the last notes to ring out: the longest cymbal takes less.
const TAIL: u64 = 30 * FORMAT.sample_rate as u64;

/// Samples that a WAV file holds: it counts its bytes in 32 bits.
const LONGEST: u64 =
    (u32::MAX as u64 - 1024) / (FORMAT.channels * FORMAT.bits_per_sample / 8) as u64;

/// Plays a piece on the built-in instrument into a WAV file, until its last note has rung out, and gives
/// its length in seconds.
///
/// # Errors
/// Where the file cannot be written, or the piece is longer than such a file can be.
pub fn write(path: &Path, piece: &Piece, voice: Voice) -> Result<f64> {
    let events = events(piece);
    let end = events.last().map_or(0, |event| event.at);
    ensure!(
        end + TAIL <= LONGEST,
        "{}: the tune lasts {}, and a WAV file holds {}. Ask for fewer --bars",
        path.display(),
        say::span(seconds(end)),
        say::span(seconds(LONGEST))
    );
    let bar = evaluate::bar();
    bar.set_length(end);
    bar.set_message("playing");
    let mut length = 0;
    let written = files::write_with(path, |temporary| {
        length = render(WavWriter::create(temporary, FORMAT)?, &events, voice, &bar)?;
        Ok(())
    });
    bar.finish_and_clear();
    written.map(|()| seconds(length))
}

fn seconds(samples: u64) -> f64 {
    samples as f64 / f64::from(FORMAT.sample_rate)
}

/// A key that goes up (no velocity) or down at a sample. Where both happen at one sample, keys go up
/// first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Event {
    at: u64,
    velocity: u8,
    key: u8,
}

/// The notes of a piece as events, in order.
fn events(piece: &Piece) -> Vec<Event> {
    let at = |tick: Tick| (time(piece, tick) * f64::from(FORMAT.sample_rate)).round() as u64;
    let both = |note: &Note| {
        let &Note { onset, pitch: key, velocity, .. } = note;
        [Event { at: at(onset), velocity, key }, Event { at: at(note.end()), velocity: 0, key }]
    };
    let mut events: Vec<Event> = piece.notes.iter().flat_map(both).collect();
    events.sort_unstable();
    events
}

/// The seconds from a piece's start to a tick, through its tempi.
fn time(piece: &Piece, tick: Tick) -> f64 {
    let begun = piece.tempi.iter().map(|change| change.at).take_while(|&at| at < tick);
    let borders: Vec<Tick> = std::iter::once(0).chain(begun).chain([tick]).collect();
    let part = |pair: &[Tick]| {
        let quarters = f64::from(pair[1] - pair[0]) / f64::from(TICKS_PER_QUARTER);
        quarters * 60.0 / piece.tempo_at(pair[0])
    };
    borders.windows(2).map(part).sum()
}

/// Plays events into a file, and gives the samples that were written.
fn render(
    file: WavWriter<impl std::io::Write + std::io::Seek>,
    events: &[Event],
    voice: Voice,
    bar: &ProgressBar,
) -> Result<u64> {
    let mut tape = Tape { file, length: 0, sides: [[0.0; BLOCK]; 2] };
    let mut instrument = Instrument::new(FORMAT.sample_rate as f32);
    instrument.set_voice(voice);
    for event in events {
        tape.record(&mut instrument, event.at)?;
        // No velocity is a key that goes up.
        instrument.note_on(event.key, f32::from(event.velocity) / 127.0);
        bar.set_position(event.at);
    }
    let end = tape.length + TAIL;
    while !instrument.is_silent() && tape.length < end {
        tape.record(&mut instrument, tape.length + BLOCK as u64)?;
    }
    tape.file.finalize()?;
    Ok(tape.length)
}

/// The file while it is written.
struct Tape<W: std::io::Write + std::io::Seek> {
    file: WavWriter<W>,
    length: u64,
    sides: [[f32; BLOCK]; 2],
}

impl<W: std::io::Write + std::io::Seek> Tape<W> {
    /// Records until the tape has a length.
    fn record(&mut self, instrument: &mut Instrument, until: u64) -> Result<()> {
        const FULL_SCALE: f32 = 8_388_607.0;
        while self.length < until {
            let samples = (until - self.length).min(BLOCK as u64) as usize;
            let [left, right] = self.sides.each_mut().map(|side| &mut side[..samples]);
            instrument.render(left, right);
            for (&mut left, &mut right) in left.iter_mut().zip(right) {
                for side in [left, right] {
                    self.file.write_sample((side * FULL_SCALE).round() as i32)?;
                }
            }
            self.length += samples as u64;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use jukebox_model::piece::TempoChange;

    use super::*;

    fn note(onset: Tick, pitch: u8, duration: Tick) -> Note {
        Note { onset, pitch, duration, velocity: 80 }
    }

    #[test]
    fn time_passes_through_all_tempi() {
        let tempi = [(24, 60.0), (72, 240.0)].map(|(at, bpm)| TempoChange { at, bpm });
        let piece = Piece { tempi: tempi.to_vec(), ..Piece::default() };
        // A quarter at 120 where nothing is said, two at 60, one at 240.
        for (tick, expected) in [(0, 0.0), (12, 0.25), (24, 0.5), (48, 1.5), (72, 2.5), (96, 2.75)]
        {
            assert!((time(&piece, tick) - expected).abs() < 1e-9, "tick {tick}");
        }
        assert_eq!(time(&Piece::default(), 48), 1.0);
    }

    #[test]
    fn a_key_goes_up_before_it_goes_down_again() {
        let notes = vec![note(0, 60, 24), note(24, 60, 24), note(24, 64, 12)];
        let events: Vec<(u64, u8, u8)> = events(&Piece { notes, ..Piece::default() })
            .iter()
            .map(|event| (event.at, event.key, event.velocity))
            .collect();
        assert_eq!(
            events,
            [
                (0, 60, 80),
                (24_000, 60, 0),
                (24_000, 60, 80),
                (24_000, 64, 80),
                (36_000, 64, 0),
                (48_000, 60, 0)
            ]
        );
    }

    #[test]
    fn a_tune_that_no_file_can_hold_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("long.wav");
        let tempi = vec![TempoChange { at: 0, bpm: 10.0 }];
        let piece = Piece { notes: vec![note(0, 60, 24 * 3000)], tempi, ..Piece::default() };
        let error = format!("{:#}", write(&path, &piece, Voice::Flute).unwrap_err());
        assert!(error.contains("long.wav") && error.contains("5 h 00 min"), "{error}");
        assert!(error.contains("holds 4 h"), "{error}");
        assert!(!path.exists());
    }
}
