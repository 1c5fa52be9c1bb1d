//! The command line: the commands and their options, and which function does each.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Args, CommandFactory, Parser, Subcommand};
use jukebox_model::midi::PartChoice;

use crate::compose::{ComposeArgs, ComposeOptions};
use crate::dataset::reading::GridChoice;
use crate::dataset::training_data::ValidationSource;
use crate::manual::{self, Shell};
use crate::train::background;
use crate::train::device::DeviceName;
use crate::train::folder::StartMode;
use crate::train::progress::{Progress, ProgressFormat};
use crate::train::{self, TrainingOrder, TrainingOutcome};
use crate::welcome::welcome;
use crate::{compact, evaluate, files, inspect, report, terminal};

/// Learns music from a collection of MIDI files, and composes with what it has learnt
#[derive(Debug, Parser)]
#[command(
    name = "jukebox",
    version,
    max_term_width = 100,
    after_help = "\
Begin with:
  jukebox run music/ -o out        learn from the MIDI files in music/ and compose out/tune.mid

`jukebox COMMAND --help` tells more and shows an example."
)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Learn from a collection, then compose a tune: the whole path in one command
    #[command(after_help = "\
Example:
  jukebox run music/ -o out --minutes 2 --bars 32 --meter 6/8 --key D

Everything that `train` writes is in out/, and then tune.mid and tune.png. After Ctrl-C the tune
is composed with what was learnt so far.")]
    Run(RunArgs),
    /// Learn from a collection: a record after every epoch, each of them playable
    #[command(after_help = "\
Examples:
  jukebox train celtic.zip more-tunes/ -o celtic --minutes 15
  jukebox train my-tunes/ --from celtic/best.safetensors -o mine

In celtic/ then lie best.safetensors (the record to play), epoch-001.safetensors and so on,
notes.json (the notes vocabulary), history.csv, loss.png, train.log, validation.json (how well the
best record predicts pieces kept apart), learnt.safetensors (what was learnt, for `evaluate`), and
checkpoint.safetensors, from which --resume goes on. Ctrl-C stops after the current batch with everything saved.")]
    Train(TrainArgs),
    /// Compose a tune with a record: the same options give the same file
    #[command(after_help = "\
Examples:
  jukebox compose celtic/best.safetensors -o tune.mid --bars 32 --take 7 --png tune.png
  jukebox compose celtic/best.safetensors --wav tune.wav --voice flute
  jukebox compose celtic/best.safetensors -o longer.mid --prompt mine.mid --bars 8
  jukebox compose celtic/best.safetensors -o other.mid --prompt mine.mid --fill 5-8
  jukebox compose band/best.safetensors -o other.mid --prompt song.mid --rewrite bass
  jukebox compose band/best.safetensors -o band.mid --accompany tune.mid --as melody

With --prompt the file holds the prompt and, from where it ends, its continuation, in the prompt's key, meter
and tempo unless told otherwise.")]
    Compose(ComposeArgs),
    /// Measure how well a record predicts music that it has not learnt, beside plain counting
    #[command(after_help = "\
Examples:
  jukebox evaluate celtic/best.safetensors celtic.zip
  jukebox evaluate celtic/best.safetensors other-tunes/ --json

Nats tell how much a choice surprised: half as likely costs 0.69 more. Of the collection that the
record has learnt, the pieces that were kept apart are read.")]
    Evaluate(evaluate::EvaluateOptions),
    /// Hold what a record composes against a collection: is it music like it, and is it new?
    #[command(after_help = "\
Examples:
  jukebox report celtic/best.safetensors celtic.zip -o report.html
  jukebox report celtic/best.safetensors other-tunes/ --learnt celtic.zip --json

Composed takes are compared with pieces that the record has not learnt, and searched for what was
copied from those that it has. Beside each number stands what people's own pieces give.")]
    Report(report::ReportOptions),
    /// Show what is in a MIDI file, a collection or a record
    #[command(after_help = "\
Examples:
  jukebox inspect tune.mid
  jukebox inspect song.mid --analysis
  jukebox inspect song.mid --png song.png
  jukebox inspect celtic.zip --json")]
    Inspect(InspectArgs),
    /// Make a record half as large, to ship it
    #[command(after_help = "\
Example:
  jukebox compact celtic/best.safetensors -o celtic.safetensors --name Celtic")]
    #[command(alias = "press")]
    Compact(CompactArgs),
    /// Play a tune of a record at once, without a DAW
    #[cfg(feature = "play")]
    #[command(after_help = "\
Examples:
  jukebox play celtic/best.safetensors --bars 64
  jukebox play band/best.safetensors --take 7 --midi FluidSynth

Ctrl-C ends it.")]
    Play(crate::play::PlayArgs),
    /// Print the script by which a shell completes these commands
    #[command(after_help = "\
Examples:
  jukebox completions bash > ~/.local/share/bash-completion/completions/jukebox
  jukebox completions fish > ~/.config/fish/completions/jukebox.fish

For zsh, write it into a file _jukebox in a folder of $fpath. The Debian package brings all three.")]
    Completions(CompletionsArgs),
    /// Write the man pages, for packages
    #[command(hide = true, after_help = "Example:\n  jukebox man-pages man1/")]
    ManPages(ManPagesArgs),
}

#[derive(Args, Debug)]
struct TrainArgs {
    /// MIDI files to learn from: folders (searched with those inside; .mid, .midi, .kar and .rmi),
    /// .zip archives, or single files
    #[arg(required = true, value_name = "COLLECTION")]
    collections: Vec<PathBuf>,
    /// Folder for everything that is made
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Goes on with the training in DIR, exactly as if it had never stopped; name the same collection,
    /// the options need not be given again
    #[arg(long, conflicts_with = "overwrite")]
    resume: bool,
    /// Replaces the training in DIR
    #[arg(long)]
    overwrite: bool,
    /// Goes on from a record instead of from nothing: some twenty pieces are enough to bend it towards
    /// them. Network and part are the record's, the vocabulary is its own and what is new
    #[arg(long, value_name = "RECORD")]
    from: Option<PathBuf>,
    /// Name of the record [default: the collection's]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Part of each file: all (pitched notes), first (track), melody (highest line), drums, a track's number,
    /// "program 33-40", "channel 2", "name bass*" (of tracks), or one of these four after drums: to read it as
    /// drums [default: all; the record's with --from]
    #[arg(long, value_name = "PART")]
    part: Option<PartChoice>,
    /// Learns notes as they are fingered: pedals do not lengthen them
    #[arg(long)]
    no_pedal: bool,
    /// Grid of each file: auto (its own where that is true, else heard from its notes), as-is, or a note
    /// value for all, such as 1/16, or 1/24 with triplets [default: auto; the record's with --from]
    #[arg(long, value_name = "GRID")]
    grid: Option<GridChoice>,
    /// Parts of the collection: auto (those that most files have in common, drums among them), off (one heap
    /// of pitches), or a parts file that `inspect --parts-file` has written [default: auto; the record's with
    /// --from]
    #[arg(long, value_name = "auto|off|FILE", conflicts_with = "part")]
    parts: Option<String>,
    #[command(flatten)]
    options: train::settings::TrainingOptions,
    /// Pieces to validate with: a share of the collection's, or another collection [default: 0.1; 0.2
    /// with --from]
    #[arg(
        long,
        allow_negative_numbers = true,
        value_name = "SHARE|COLLECTION",
        help_heading = "Learning"
    )]
    validation: Option<ValidationSource>,
    /// Validates with versions of what is learnt, too, where --validation names another collection:
    /// otherwise they are left out, for they are known before they are read
    #[arg(long, help_heading = "Learning")]
    keep_versions: bool,
    /// Writes the history as a TensorBoard event file, too, into a folder of DIR that is called as the
    /// output is: `tensorboard --logdir DIR` shows it while it grows
    #[arg(long, value_name = "DIR")]
    tensorboard: Option<PathBuf>,
    /// Tells how it goes for people, or for programs: a JSON object a line on standard output
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    progress: ProgressFormat,
    /// Goes on by itself, at low priority, after this command has returned: DIR/progress.jsonl tells how in JSON, and
    /// a file called stop in DIR ends it with everything saved
    #[arg(long)]
    background: bool,
    /// Writes the best record there, too, once the training has come to its end
    #[arg(long, value_name = "FILE.safetensors")]
    copy_to: Option<PathBuf>,
    /// Threads to work with [default: all cores]
    #[arg(long, value_name = "N", value_parser = threads, help_heading = "Machine")]
    threads: Option<usize>,
    /// Where to compute
    #[arg(long, value_enum, default_value_t = DeviceName::Cpu, help_heading = "Machine")]
    device: DeviceName,
}

#[derive(Args, Debug)]
struct RunArgs {
    #[command(flatten)]
    train: TrainArgs,
    #[command(flatten)]
    tune: ComposeOptions,
}

#[derive(Args, Debug)]
struct InspectArgs {
    /// A MIDI file, a folder or .zip of MIDI files, or a record; several are one collection
    #[arg(required = true, value_name = "FILE|COLLECTION|RECORD")]
    paths: Vec<PathBuf>,
    /// Prints JSON, for machines
    #[arg(long)]
    json: bool,
    /// Tells what is understood of a MIDI file, too: tempo, meter, keys, parts, and a chart of its
    /// chords with bars and letters
    #[arg(long, conflicts_with_all = ["part", "no_pedal"])]
    analysis: bool,
    /// Draws a MIDI file as a piano roll: its parts, bars as they are understood, chords, and letters of sections
    #[arg(long, value_name = "FILE.png")]
    png: Option<PathBuf>,
    /// Part of each MIDI file: all, first, melody, drums, a track's number, "program 33-40", "channel 2",
    /// "name bass*", or one of these four after drums: [default: all]
    #[arg(long, value_name = "PART")]
    part: Option<PartChoice>,
    /// Shows notes as they are fingered: pedals do not lengthen them
    #[arg(long)]
    no_pedal: bool,
    /// Grid of a collection's files: auto, as-is, or a note value such as 1/16 [default: auto]
    #[arg(long, value_name = "GRID")]
    grid: Option<GridChoice>,
    /// Parts of a collection: auto (what most of its files have in common), off, or a parts file
    /// [default: auto]
    #[arg(long, value_name = "auto|off|FILE", conflicts_with = "part")]
    parts: Option<String>,
    /// Writes the parts of a collection into a file, to be changed by hand and given to --parts
    #[arg(long, value_name = "FILE.toml", conflicts_with = "part")]
    parts_file: Option<PathBuf>,
}

#[derive(Args, Debug)]
struct CompactArgs {
    /// The record
    #[arg(value_name = "RECORD")]
    record: PathBuf,
    /// The file to write
    #[arg(short, long, value_name = "FILE.safetensors")]
    output: PathBuf,
    /// Gives the record another name
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

#[derive(Args, Debug)]
struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

#[derive(Args, Debug)]
struct ManPagesArgs {
    /// Folder for the pages
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

fn threads(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if (1..=1024).contains(&number) => Ok(number),
        _ => Err("a whole number from 1 to 1024".to_owned()),
    }
}

impl Cli {
    /// Does what was asked for.
    ///
    /// # Errors
    /// Each is a paragraph for the user: what, where, what to do.
    pub fn run(self) -> Result<()> {
        let Some(command) = self.command else {
            return terminal::print_result(&welcome());
        };
        match command {
            Command::Run(RunArgs { train, .. }) | Command::Train(train)
                if train.background && !background::is_started() =>
            {
                background::start(&train.output)
            }
            Command::Run(args) => {
                let Some(best) = args.train.run()?.best else { bail!(NO_RECORD) };
                let [tune, picture] =
                    ["tune.mid", "tune.png"].map(|name| args.train.output.join(name));
                ComposeArgs::plain(best, tune, picture, args.tune).run()
            }
            Command::Train(args) => match args.run()?.best {
                Some(_) => Ok(()),
                None => bail!(NO_RECORD),
            },
            Command::Compose(args) => args.run(),
            Command::Evaluate(options) => evaluate::evaluate(&options),
            Command::Report(options) => report::report(&options),
            Command::Inspect(args) => {
                let what = inspect::What {
                    part: args.part,
                    pedal: !args.no_pedal,
                    grid: args.grid,
                    parts: args.parts,
                    parts_file: args.parts_file,
                    analysis: args.analysis,
                    png: args.png,
                };
                inspect::inspect(&args.paths, &what, args.json)
            }
            #[cfg(feature = "play")]
            Command::Play(args) => args.run(),
            Command::Completions(args) => {
                terminal::print_result(&manual::completions(Self::command(), args.shell))
            }
            Command::ManPages(args) => manual::write_man_pages(Self::command(), &args.folder),
            Command::Compact(args) => {
                compact::compact(&args.record, &args.output, args.name.as_deref())
            }
        }
    }
}

const NO_RECORD: &str =
    "stopped before the first epoch was finished: there is no record yet. Add --resume to go on";

impl TrainArgs {
    fn run(&self) -> Result<TrainingOutcome> {
        // Programs read no bars.
        let format = if self.background { ProgressFormat::Json } else { self.progress };
        let progress = Progress::new(format);
        let outcome = self.train(&progress).and_then(|outcome| {
            self.copy(&outcome)?;
            Ok(outcome)
        });
        progress.end(&outcome);
        outcome
    }

    /// Copies the best record of a training that has come to its end to where it is wanted.
    fn copy(&self, outcome: &TrainingOutcome) -> Result<()> {
        let (Some(to), Some(best), true) = (&self.copy_to, &outcome.best, outcome.finished) else {
            return Ok(());
        };
        let bytes = std::fs::read(best);
        files::write(to, &bytes.with_context(|| format!("cannot read {}", best.display()))?)
    }

    fn train(&self, progress: &Progress) -> Result<TrainingOutcome> {
        if self.background {
            background::go_on(&self.output, progress)?;
        } else {
            progress.begin();
        }
        if let Some(threads) = self.threads {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            pool.build_global().context("cannot start the threads")?;
        }
        let mode = match (self.resume, self.overwrite) {
            (true, _) => StartMode::Resume,
            (_, true) => StartMode::Overwrite,
            _ => StartMode::New,
        };
        let order = TrainingOrder {
            collections: self.collections.clone(),
            output: self.output.clone(),
            mode,
            from: self.from.clone(),
            part: self.part,
            no_pedal: self.no_pedal,
            grid: self.grid,
            parts: self.parts.clone(),
            name: self.name.clone(),
            validation: self.validation.clone(),
            keep_versions: self.keep_versions,
            tensorboard: self.tensorboard.clone(),
            progress: progress.format(),
            options: self.options.clone(),
        };
        train::train(&order, &self.device.open()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_shows_an_example() {
        for command in Cli::command().get_subcommands() {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains(&format!("jukebox {}", command.get_name())), "{help}");
        }
    }
}
