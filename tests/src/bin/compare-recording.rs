//! Holds what a DAW recorded of AI Jukebox against what its composer gives for the same record.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;
use jukebox_model::composer::ComposerSettings;
use jukebox_model::meter::MeterMap;
use jukebox_model::piece::Note;
use jukebox_model::record::Record;
use jukebox_tests::notes::{NoteEvent, PlayedNote, pair};
use jukebox_tests::score::{Fit, along, compare, compose};
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
    /// Each file holds what an instance of one part has played
    #[arg(long)]
    tracks: bool,
    /// The MIDI file, or those of the parts
    #[arg(required = true)]
    midi: Vec<PathBuf>,
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
    let recorded = args.midi.iter().map(|file| Recorded::read(file, args.looped.as_deref()));
    let recorded: Vec<Recorded> = recorded.collect::<Result<_>>()?;
    let reach = recorded.iter().map(Recorded::reach).fold(0.0, f64::max);
    let record = Arc::new(Record::load(&args.record)?);
    let bars = (reach / BAR) as usize + 1;
    let settings = ComposerSettings::default();
    let notes = compose(Arc::clone(&record), &settings, MeterMap::default(), bars).notes();
    if !args.tracks {
        let [recorded] = recorded.as_slice() else {
            bail!("{} MIDI files with notes were recorded, not one", recorded.len());
        };
        let fit = recorded.compare(&notes)?;
        ensure!(fit.notes >= 10, "only {} notes were recorded", fit.notes);
        println!(
            "{} notes; each is the composer's, at most {:.5} quarter notes off",
            fit.notes,
            fit.worst / recorded.quarter
        );
        return Ok(());
    }
    let mut silent = Vec::new();
    for (number, part) in (0..).zip(&record.vocabulary().parts) {
        let own: Vec<Note> = notes.iter().filter(|note| note.part == number).copied().collect();
        let fits = recorded.iter().filter_map(|track| track.compare(&own).ok());
        let fits: Vec<Fit> = fits.filter(|fit| fit.notes > 0).collect();
        match fits.as_slice() {
            [fit] => println!("{}: {} notes on a track of its own", part.name, fit.notes),
            [] => silent.push(part.name.as_str()),
            _ => bail!("{} was recorded on {} tracks", part.name, fits.len()),
        }
    }
    let parts = record.vocabulary().parts.len();
    ensure!(
        silent.len() + recorded.len() == parts && recorded.len() > 1,
        "{} tracks of {parts} parts were recorded, and these are not the composer's: {silent:?}",
        recorded.len()
    );
    Ok(())
}

/// What a DAW has recorded.
struct Recorded {
    played: Vec<PlayedNote>,
    path: Vec<Stretch>,
    /// Ticks of the file in a quarter note.
    quarter: f64,
}

impl Recorded {
    fn read(file: &Path, looped: Option<&str>) -> Result<Self> {
        let bytes =
            std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        let midi = Smf::parse(&bytes).with_context(|| format!("{}", file.display()))?;
        let Timing::Metrical(quarter) = midi.header.timing else {
            bail!("{}: its time is not in beats", file.display());
        };
        let quarter = f64::from(quarter.as_int());
        let played = pair(&events(&midi))?;
        // A note that sounded when the host stopped ends there.
        let end = played.iter().map(|note| note.off).max().context("nothing was recorded")? as f64;
        Ok(Self { played, path: path(looped, end, quarter)?, quarter })
    }

    /// How far the playhead has come, in quarter notes.
    fn reach(&self) -> f64 {
        self.path.iter().map(|stretch| stretch.position_at(stretch.end)).fold(0.0, f64::max)
    }

    fn compare(&self, notes: &[Note]) -> Result<Fit> {
        compare(&along(&self.path, notes), &self.played, self.quarter / PARTS)
    }
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
