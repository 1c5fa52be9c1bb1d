//! A MIDI port: another program's, or a synth's that is plugged in.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use jukebox_model::midi;
use jukebox_model::piece::TICKS_PER_QUARTER;
use midir::{MidiOutput, MidiOutputConnection};
use midly::live::LiveEvent;
use midly::{Smf, Timing, TrackEventKind};

use super::is_stopped;
use crate::compose::Tune;
use crate::render::sound::TempoClock;

/// How late Ctrl-C may be noticed.
const PAUSE: Duration = Duration::from_millis(20);

const INSTEAD: &str = "Start the program that is to play, or plug the synth in. Without --midi the tune is played on the \
                       built-in instruments";

/// Opens the first port whose name holds some text, in letters of any size.
///
/// # Errors
/// Where there is none, or several and no text: which there are.
pub fn open(name: &str) -> Result<MidiOutputConnection> {
    let midi = MidiOutput::new("AI Jukebox").map_err(|why| anyhow!("{why}. {INSTEAD}"))?;
    let ports: Vec<_> = midi
        .ports()
        .into_iter()
        .filter_map(|port| Some((midi.port_name(&port).ok()?, port)))
        .collect();
    let names: Vec<_> = ports.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    if names.is_empty() {
        bail!("there is no MIDI port. {INSTEAD}");
    }
    let wanted = name.to_lowercase();
    let found = ports.iter().find(|(name, _)| name.to_lowercase().contains(&wanted));
    match found {
        Some((_, port)) if !wanted.is_empty() => {
            let opened = midi.connect(port, "out");
            opened.map_err(|why| anyhow!("cannot open the MIDI port: {why}"))
        }
        _ => bail!("name one of these MIDI ports with --midi: {}", names.join(", ")),
    }
}

/// Sends a tune, to its end or until Ctrl-C. Nothing is left sounding.
///
/// # Errors
/// Where the port goes away.
pub fn play(mut port: MidiOutputConnection, tune: &Tune) -> Result<()> {
    let started = Instant::now();
    for (at, message) in messages(tune)? {
        while let Some(left) = at.checked_sub(started.elapsed()) {
            if is_stopped() {
                return silence(&mut port);
            }
            sleep(left.min(PAUSE));
        }
        port.send(&message).context("the MIDI port has gone")?;
    }
    silence(&mut port)
}

/// Sends "all notes off" on all channels.
fn silence(port: &mut MidiOutputConnection) -> Result<()> {
    for channel in 0..16 {
        port.send(&[0xb0 | channel, 123, 0]).context("the MIDI port has gone")?;
    }
    Ok(())
}

/// The messages of a tune's MIDI file, each with its time after the start: a tune sounds through a port as its file
/// does.
fn messages(tune: &Tune) -> Result<Vec<(Duration, Vec<u8>)>> {
    let file = midi::export_for(&tune.piece, tune.instrument);
    let file = Smf::parse(&file).context("the tune makes no MIDI file")?;
    let Timing::Metrical(division) = file.header.timing else {
        bail!("the tune's MIDI file does not count in quarter notes");
    };
    let parts = u32::from(division.as_int()) / TICKS_PER_QUARTER;
    let clock = TempoClock::new(&tune.piece);
    let mut messages = Vec::new();
    for track in &file.tracks {
        let mut at = 0;
        for event in track {
            at += event.delta.as_int();
            if let TrackEventKind::Midi { channel, message } = event.kind {
                let mut bytes = Vec::new();
                LiveEvent::Midi { channel, message }.write_std(&mut bytes)?;
                messages.push((Duration::from_secs_f64(clock.seconds(at / parts)), bytes));
            }
        }
    }
    // Stable: what a track says at one time stays in order.
    messages.sort_by_key(|&(at, _)| at);
    Ok(messages)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use clap::Parser;
    use jukebox_model::record::Record;

    use super::*;
    use crate::compose::{ComposeOptions, Task};

    #[derive(Parser)]
    struct Options {
        #[command(flatten)]
        tune: ComposeOptions,
    }

    #[test]
    fn a_tune_is_sent_in_time_and_ends_in_silence() {
        let record = concat!(env!("CARGO_MANIFEST_DIR"), "/../records/celtic.safetensors");
        let record = Arc::new(Record::load(record.as_ref()).unwrap());
        let options = Options::parse_from(["play", "--bars", "4", "--tempo", "60"]);
        let tune = Tune::compose(record, &options.tune, Task::New).unwrap();
        let messages = messages(&tune).unwrap();
        let kind = |kind: u8| messages.iter().filter(|it| it.1[0] & 0xf0 == kind).count();
        assert_eq!(kind(0x90), tune.piece.notes.len());
        assert_eq!(kind(0x80), tune.piece.notes.len());
        assert_eq!(messages[0].1, [0xc0, 0], "the program comes first");
        assert!(messages.is_sorted_by_key(|it| it.0));
        // A quarter lasts a second at 60.
        let last = tune.piece.notes.iter().map(|it| it.end()).max().unwrap();
        let seconds = f64::from(last) / f64::from(TICKS_PER_QUARTER);
        assert!((messages.last().unwrap().0.as_secs_f64() - seconds).abs() < 1e-6);
    }
}
