//! Plays AI Jukebox in a headless CLAP host, and holds what comes out against what its composer
//! gives for the same record.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use jukebox_model::composer::ComposerSettings;
use jukebox_model::meter::{Meter, MeterMap};
use jukebox_model::midi;
use jukebox_model::piece::{Note, Piece, TICKS_PER_QUARTER, TempoChange, Tick};
use jukebox_model::record::Record;
use jukebox_tests::notes::{PlayedNote, pair};
use jukebox_tests::plugin::Bundle;
use jukebox_tests::score::{along, compare, compose};
use jukebox_tests::session::{Session, Setup};
use jukebox_tests::song::{Song, quarters};
use jukebox_tests::state::SavedState;

/// Plays AI Jukebox in a headless CLAP host: loads a record into it, lets the host's transport run,
/// writes the notes that come out to a MIDI file, and compares them with what the composer gives for
/// the same record. Exit code 1 means that they differ.
#[derive(Parser)]
struct Args {
    /// The plugin's bundle, such as "target/bundled/AI Jukebox.clap"
    #[arg(long)]
    plugin: PathBuf,
    /// The record to load into it
    #[arg(long)]
    record: PathBuf,
    /// Bars to play
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    bars: u32,
    /// Quarter notes a minute
    #[arg(long, default_value_t = 120.0, value_parser = positive)]
    tempo: f64,
    /// Time signature
    #[arg(long, default_value = "4/4")]
    meter: Meter,
    /// Samples a second
    #[arg(long, default_value_t = 48_000.0, value_parser = positive)]
    sample_rate: f64,
    /// Samples a block
    #[arg(long, default_value_t = 512, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    block: u32,
    /// The MIDI file to write
    #[arg(short, long)]
    output: PathBuf,
}

fn positive(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if number.is_finite() && number > 0.0 { Ok(number) } else { Err("must be above 0".to_owned()) }
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
    let record = Arc::new(Record::load(&args.record)?);
    let meters = MeterMap::new(args.meter);
    let settings = ComposerSettings::default();

    let mut plugin = Bundle::load(&args.plugin)?.open()?;
    let mut state = SavedState::parse(&plugin.save()?)?;
    state.set_record(&args.record)?;
    plugin.load(&state.to_bytes())?;
    let setup =
        Setup { sample_rate: args.sample_rate, blocks: vec![args.block], ..Setup::default() };
    let song = Song::new(args.tempo, meters.clone());
    let mut session = Session::start(&mut plugin, song, setup)?;
    session.play();
    let end = meters.bar(args.bars);
    session.run_to(quarters(end.start))?;
    let recording = session.finish()?;
    let played = pair(&recording.notes)?;

    let piece = Piece {
        title: format!("AI Jukebox: take {}", settings.take),
        meters: meters.clone(),
        tempi: vec![TempoChange { at: 0, bpm: args.tempo }],
        drums: record.vocabulary().drums,
        notes: in_ticks(&played, args).into_iter().filter(|note| note.onset < end.start).collect(),
        ..Piece::default()
    };
    std::fs::write(&args.output, midi::export(&piece))
        .with_context(|| format!("cannot write {}", args.output.display()))?;

    // The last block may reach beyond the last bar.
    let take = compose(record, &settings, meters.clone(), args.bars as usize + 1);
    let expected = along(&recording.path, &take.notes());
    let fit = compare(&expected, &played, 1.0)?;
    ensure!(fit.notes > 0, "nothing was played");
    println!(
        "{}: {} notes in {} bars; each is the composer's, at most {:.3} samples off its exact time",
        args.output.display(),
        fit.notes,
        args.bars,
        fit.worst
    );
    Ok(())
}

/// Notes in samples as notes in ticks. A tick is hundreds of samples long: rounding finds the one
/// that was meant.
fn in_ticks(played: &[PlayedNote], args: &Args) -> Vec<Note> {
    let per_tick = args.sample_rate * 60.0 / args.tempo / f64::from(TICKS_PER_QUARTER);
    let tick = |sample: u64| (sample as f64 / per_tick).round() as Tick;
    let note = |note: &PlayedNote| Note {
        onset: tick(note.on),
        part: 0,
        pitch: note.key,
        duration: (tick(note.off) - tick(note.on)).max(1),
        velocity: note.velocity,
    };
    let mut notes: Vec<Note> = played.iter().map(note).collect();
    notes.sort();
    notes
}
