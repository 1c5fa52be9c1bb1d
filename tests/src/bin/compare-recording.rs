//! Holds what a DAW recorded of AI Jukebox against what its composer gives for the same record.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;
use jukebox_model::composer::ComposerSettings;
use jukebox_model::meter::MeterMap;
use jukebox_model::record::Record;
use jukebox_tests::notes::{NoteEvent, pair};
use jukebox_tests::score::{along, compare, compose};
use jukebox_tests::song::Stretch;
use midly::{MidiMessage, Smf, Timing, TrackEventKind};

/// Distances that are forgiven, as parts of a quarter note: Ardour's beats are 1/1920 long, and
/// samples lie between them.
const PARTS: f64 = 960.0;
/// Quarter notes in a bar of 4/4, the host's meter.
const BAR: f64 = 4.0;

/// Holds a MIDI file that a DAW recorded of AI Jukebox, in 4/4 from the song's start or over a loop,
/// against what its composer gives for the same record. Exit code 1 means that they differ.
#[derive(Parser)]
struct Args {
    /// The record that the plugin played
    #[arg(long)]
    record: PathBuf,
    /// The loop that was played, in quarter notes, such as "12-16"
    #[arg(long = "loop")]
    looped: Option<String>,
    /// The MIDI file
    midi: PathBuf,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<()> {
    let bytes = std::fs::read(&args.midi)
        .with_context(|| format!("cannot read {}", args.midi.display()))?;
    let file = Smf::parse(&bytes).with_context(|| format!("{}", args.midi.display()))?;
    let Timing::Metrical(quarter) = file.header.timing else {
        bail!("{}: its time is not in beats", args.midi.display());
    };
    let quarter = f64::from(quarter.as_int());
    let played = pair(&events(&file))?;
    // A note that sounded when the host stopped ends there.
    let end = played.iter().map(|note| note.off).max().context("nothing was recorded")? as f64;

    let path = path(args.looped.as_deref(), end, quarter)?;
    let reach = path.iter().map(|stretch| stretch.position_at(stretch.end)).fold(0.0, f64::max);
    let record = Arc::new(Record::load(&args.record)?);
    let bars = (reach / BAR) as usize + 1;
    let take = compose(record, &ComposerSettings::default(), MeterMap::default(), bars);
    let fit = compare(&along(&path, &take.notes()), &played, quarter / PARTS)?;
    ensure!(fit.notes >= 10, "only {} notes were recorded", fit.notes);
    println!(
        "{} notes; each is the composer's, at most {:.5} quarter notes off",
        fit.notes,
        fit.worst / quarter
    );
    Ok(())
}

/// Where the playhead was while the file's ticks went by: once through the song, or over a loop.
fn path(looped: Option<&str>, end: f64, quarter: f64) -> Result<Vec<Stretch>> {
    let stretch = |start: f64, end: f64, position| Stretch {
        start,
        end,
        position,
        speed: 1.0 / quarter,
        fresh: false,
    };
    let Some(looped) = looped else { return Ok(vec![stretch(0.0, end, 0.0)]) };
    let (from, to) = looped.split_once('-').context("a loop is two numbers, such as 12-16")?;
    let (from, to): (f64, f64) = (from.parse()?, to.parse()?);
    ensure!(from < to, "a loop ends after its start");
    let length = (to - from) * quarter;
    let passes = (end / length).ceil() as u32;
    ensure!(passes >= 3, "the loop was played {passes} times, not three");
    Ok((0..passes)
        .map(|pass| f64::from(pass) * length)
        .map(|start| stretch(start, (start + length).min(end), from))
        .collect())
}

/// The notes of all tracks; a sample is a tick of the file.
fn events(file: &Smf<'_>) -> Vec<NoteEvent> {
    let mut events = Vec::new();
    for track in &file.tracks {
        let mut tick = 0;
        for event in track {
            tick += u64::from(event.delta.as_int());
            let TrackEventKind::Midi { channel, message } = event.kind else { continue };
            let (key, velocity) = match message {
                MidiMessage::NoteOn { key, vel } => (key, vel.as_int()),
                MidiMessage::NoteOff { key, .. } => (key, 0),
                _ => continue,
            };
            events.push(NoteEvent {
                sample: tick,
                on: velocity > 0,
                channel: channel.as_int().into(),
                key: key.as_int().into(),
                velocity: f64::from(velocity) / 127.0,
            });
        }
    }
    // What ends comes before what starts.
    events.sort_by_key(|event| (event.sample, event.on));
    events
}
