//! The command `compose`: its options, which of them go together, and what is made.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Result, bail, ensure};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use jukebox_model::midi::PartChoice;
use jukebox_model::record::Record;
use jukebox_synth::Timbre;

use super::accompaniment::{Accompanied, SaidPart};
use super::bars::Bars;
use super::given::GivenFile;
use super::options::ComposeOptions;
use super::parts::PartSet;
use super::prompt::Prompt;
use super::tune::{Task, Tune};
use crate::{files, terminal};

/// The options of `compose`.
#[derive(Args, Clone, Debug)]
pub struct ComposeArgs {
    /// The record, such as best.safetensors of a training
    #[arg(value_name = "RECORD")]
    record: PathBuf,
    /// The MIDI file to write
    #[arg(short, long, value_name = "FILE.mid", required_unless_present_any = ["wav", "png"])]
    output: Option<PathBuf>,
    /// Also draws the tune as a piano roll, with its parts, chords, and letters of sections
    #[arg(long, value_name = "FILE.png")]
    png: Option<PathBuf>,
    /// Plays the tune on the built-in instruments into a WAV file (48 kHz, 24 bits, stereo)
    #[arg(long, value_name = "FILE.wav")]
    wav: Option<PathBuf>,
    /// What plays it, but for the drums of a band [default: for each part what suits its General MIDI program]
    #[arg(long, value_name = "VOICE", requires = "wav", value_parser = voice())]
    voice: Option<Timbre>,
    /// Writes these parts alone, by their names, such as melody,bass: the others are composed, and left out
    #[arg(long, value_name = "PARTS", value_delimiter = ',')]
    parts: Vec<String>,
    /// Leaves out what is given with --prompt or --accompany
    #[arg(long)]
    only_new: bool,
    /// A MIDI file to continue, or to change inside
    #[arg(long, value_name = "FILE.mid", help_heading = GIVEN)]
    prompt: Option<PathBuf>,
    /// Part of the prompt, as `train --part` has it [default: all its pitched notes; its drums for a record of
    /// drums; all its tracks for a record of a band]
    #[arg(long, value_name = "PART", requires = "prompt", help_heading = GIVEN)]
    prompt_part: Option<PartChoice>,
    /// Composes bars of the prompt anew, between what stands before and after them, such as 5-8
    #[arg(long, value_name = "BARS", requires = "prompt", help_heading = GIVEN)]
    fill: Option<Bars>,
    /// Composes parts of the prompt anew, by their names, such as bass,drums: all others stay as they are, and
    /// the new ones play to them. With --fill only in those bars
    #[arg(long, value_name = "PARTS", requires = "prompt", value_delimiter = ',', help_heading = GIVEN)]
    rewrite: Vec<String>,
    /// A MIDI file to play along with: its tracks are parts of the record's and stay as they are, all others
    /// are composed
    #[arg(long, value_name = "FILE.mid", help_heading = GIVEN)]
    accompany: Option<PathBuf>,
    /// The part that the tracks of --accompany are, such as melody, or that some are, such as
    /// "2=melody,strings*=chords": the others are left out [default: by their names, else by what they do]
    #[arg(long = "as", value_name = "[TRACK=]PART", requires = "accompany", value_delimiter = ',', help_heading = GIVEN)]
    said: Vec<SaidPart>,
    /// Reads the file's notes as they are fingered: pedals do not lengthen them [default: as the record has
    /// learnt them]
    #[arg(long, help_heading = GIVEN)]
    no_pedal: bool,
    #[command(flatten)]
    tune: ComposeOptions,
}

/// The options of music that is given.
const GIVEN: &str = "Music that is given";

fn voice() -> impl TypedValueParser<Value = Timbre> {
    PossibleValuesParser::new(Timbre::ALL.map(Timbre::id)).try_map(|id| id.parse::<Timbre>())
}

impl ComposeArgs {
    /// A tune of a record's own, as a file and a picture.
    pub fn plain(record: PathBuf, output: PathBuf, png: PathBuf, tune: ComposeOptions) -> Self {
        Self {
            record,
            output: Some(output),
            png: Some(png),
            wav: None,
            voice: None,
            parts: Vec::new(),
            only_new: false,
            prompt: None,
            prompt_part: None,
            fill: None,
            rewrite: Vec::new(),
            accompany: None,
            said: Vec::new(),
            no_pedal: false,
            tune,
        }
    }

    /// Composes, and makes what is asked for.
    ///
    /// # Errors
    /// Each is a paragraph for the user: what, where, what to do.
    pub fn run(&self) -> Result<()> {
        self.check_options()?;
        self.check_files()?;
        let record = Arc::new(Record::load(&self.record)?);
        let kept = PartSet::named(&record, &self.parts, "--parts")?;
        let tune = self.choose(self.compose(&record)?, &record, kept)?;
        if let Some(output) = &self.output {
            tune.write(output)?;
        }
        if let Some(png) = &self.png {
            tune.draw(png)?;
        }
        let mut line = tune.line();
        if let Some(wav) = &self.wav {
            line = format!("{line}  ·  {}", tune.sound(wav, self.voice)?);
        }
        for remark in &tune.remarks {
            terminal::print_note(remark);
        }
        let made: Vec<String> = self.outputs().map(|path| path.display().to_string()).collect();
        terminal::print_result(&format!("{}: {}, {line}", made.join(", "), tune.piece.title))
    }

    /// The whole tune, with what is given.
    fn compose(&self, record: &Arc<Record>) -> Result<Tune> {
        let file =
            |path| GivenFile { path, record, record_path: &self.record, pedal: !self.no_pedal };
        let compose = |task| Tune::compose(Arc::clone(record), &self.tune, task);
        let note = |remarks: &[String]| remarks.iter().for_each(|it| terminal::print_note(it));
        if let Some(path) = &self.accompany {
            let given = Accompanied::read(&file(path), &self.said)?;
            note(&given.remarks);
            let Accompanied { piece, given: standing, silence, .. } = &given;
            let task = Task::Inside { piece, bars: None, standing: *standing };
            return Ok(compose(task)?.after_silence(*silence));
        }
        let Some(path) = &self.prompt else { return compose(Task::New) };
        // Before the file is read: an error in a name needs no file.
        let rewritten = PartSet::named(record, &self.rewrite, "--rewrite")?;
        let standing = match self.rewrite.is_empty() {
            true => PartSet::default(),
            false => PartSet::all(record).without(rewritten),
        };
        ensure!(
            self.rewrite.is_empty() || !standing.is_empty(),
            "no part would stay: leave --rewrite out, or name fewer"
        );
        let Prompt { piece, remarks } = Prompt::read(&file(path), self.prompt_part)?;
        note(&remarks);
        compose(match (self.fill, self.rewrite.is_empty()) {
            (None, true) => Task::GoOn(&piece),
            (bars, _) => Task::Inside { piece: &piece, bars, standing },
        })
    }

    /// What of the tune is written: the parts to keep, all where none is named, without what was given.
    fn choose(&self, tune: Tune, record: &Record, kept: PartSet) -> Result<Tune> {
        let kept = if self.parts.is_empty() { PartSet::all(record) } else { kept };
        match (self.only_new, record.vocabulary().has_parts()) {
            (true, true) => {
                let new = kept.without(tune.standing);
                tune.only_new().only_parts(new)
            }
            (true, false) => Ok(tune.only_new()),
            (false, true) => tune.only_parts(kept),
            (false, false) => Ok(tune),
        }
    }

    /// The files that are to be made.
    fn outputs(&self) -> impl Iterator<Item = &PathBuf> {
        [&self.output, &self.png, &self.wav].into_iter().flatten()
    }

    /// Fails where options do not go together, and says what to do.
    fn check_options(&self) -> Result<()> {
        let (bars, meter) = (self.tune.bars.is_some(), self.tune.meter.is_some());
        let length = if bars { "--bars" } else { "--meter" };
        let changed = if self.fill.is_some() { "--fill" } else { "--rewrite" };
        let changes = self.fill.is_some() || !self.rewrite.is_empty();
        if self.accompany.is_some() {
            ensure!(
                self.prompt.is_none(),
                "--accompany and --prompt do not go together: --accompany FILE plays along with a file, \
                 --prompt FILE goes on from it"
            );
            ensure!(
                !bars && !meter,
                "--accompany plays as many bars as the file has, in its meters: leave {length} out"
            );
        }
        ensure!(
            !changes || (!bars && !meter),
            "with {changed} the prompt stays as long as it is, in its meters: leave {length} out"
        );
        let given = self.prompt.is_some() || self.accompany.is_some();
        ensure!(
            !given || self.tune.form.is_none(),
            "--form is for a tune of the record's own: leave it out with --prompt and --accompany"
        );
        ensure!(
            given || !self.only_new,
            "--only-new leaves out what is given, and nothing is: name it with --prompt or --accompany, or \
             leave --only-new out"
        );
        ensure!(
            given || !self.no_pedal,
            "--no-pedal is for a file that is given: name it with --prompt or --accompany, or leave \
             --no-pedal out"
        );
        ensure!(
            self.rewrite.is_empty() || self.prompt_part.is_none_or(|it| it == PartChoice::All),
            "--rewrite needs all parts of the prompt: leave --prompt-part out"
        );
        Ok(())
    }

    /// Fails where one file would be written over another that is named too.
    fn check_files(&self) -> Result<()> {
        let read = [Some(&self.record), self.prompt.as_ref(), self.accompany.as_ref()];
        let made: Vec<&PathBuf> = self.outputs().collect();
        for (number, output) in made.iter().enumerate() {
            if read.into_iter().flatten().any(|file| files::same(output, file)) {
                bail!(
                    "{} would be written over: choose another name for what is made",
                    output.display()
                );
            }
            if made[..number].iter().any(|other| files::same(output, other)) {
                bail!("what is made needs two names: {} is named twice", output.display());
            }
        }
        Ok(())
    }
}
