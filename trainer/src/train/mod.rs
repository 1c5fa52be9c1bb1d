//! The command `train`: from a collection to a folder of records.
//!
//! ```text
//! TrainingCollections -> TrainingData (events) -> Streams (batches) -> Learner (network, Adam)
//!                                                                        |
//!                 epoch-NNN, best, history, curve, checkpoint <-- TrainingRun -> Completion
//! ```
//!
//! The loop runs on the thread that called [`train()`]; matrix products, gradients and import use all cores.

pub mod adam;
pub mod background;
pub mod base_record;
pub mod checkpoint;
mod collections;
mod completion;
pub mod defaults;
pub mod device;
pub mod folder;
pub mod history;
pub mod interrupt;
pub mod learner;
pub mod log;
pub mod progress;
mod run;
pub mod schedule;
pub mod settings;
mod start;
pub mod tensorboard;
mod usual;

use std::path::PathBuf;

use anyhow::Result;
use candle_core::Device;
use jukebox_model::midi::PartChoice;
use jukebox_model::piece::{usual_meter, usual_tempo};
use jukebox_model::record::Receipt;

use self::base_record::BaseRecord;
use self::checkpoint::TrainingSource;
use self::folder::{StartMode, TrainingFolder};
use self::log::TrainingLog;
use self::progress::{Event, ProgressFormat};
use self::run::{RunParts, TrainingClock, TrainingRun};
use self::settings::{TrainingOptions, TrainingSettings};
use self::start::Start;
use crate::dataset::common_parts::PartsChoice;
use crate::dataset::groove::groove;
use crate::dataset::learnt::LearntPieces;
use crate::dataset::reading::GridChoice;
use crate::dataset::split::HeldOut;
use crate::dataset::training_data::{TrainingData, ValidationSource};
use crate::files;
use crate::format::{counted, counted_as};

/// What to train on, where to, and how.
#[derive(Clone, Debug)]
pub struct TrainingOrder {
    /// Folders, archives or files.
    pub collections: Vec<PathBuf>,
    /// The folder to write to.
    pub output: PathBuf,
    /// What to do where a training is there already.
    pub mode: StartMode,
    /// The record to go on from; `None` to begin from nothing, or from what was begun from.
    pub from: Option<PathBuf>,
    /// The part of each file; `None` for all pitched channels, the record's that is gone on from, or the
    /// part that was begun with.
    pub part: Option<PartChoice>,
    /// Whether notes are learnt as they are fingered: pedals do not lengthen them.
    pub no_pedal: bool,
    /// The grid of each file, where one is named.
    pub grid: Option<GridChoice>,
    /// The parts: `auto`, `off` or the path of a parts file, where they are named.
    pub parts: Option<String>,
    /// The record's name; `None` for the collection's.
    pub name: Option<String>,
    /// The pieces to validate with; `None` for the usual share, or what was begun with.
    pub validation: Option<ValidationSource>,
    /// Whether versions of what is learnt stay among the pieces of another collection to validate with. A
    /// training that is resumed keeps to what it was begun with.
    pub keep_versions: bool,
    /// The folder of TensorBoard's runs, where the history shall go, too; `None` for nowhere, or where it
    /// went before.
    pub tensorboard: Option<PathBuf>,
    /// In what form it tells how it goes.
    pub progress: ProgressFormat,
    /// Everything else.
    pub options: TrainingOptions,
}

/// What a training gave, whether it ended or was stopped.
#[derive(Clone, Debug)]
pub struct TrainingOutcome {
    /// The best record so far; `None` where no epoch was finished.
    pub best: Option<PathBuf>,
    /// Whether it came to its end: nobody stopped it.
    pub finished: bool,
}

/// Trains a record, or goes on training it. Called from the command line's thread; returns when the
/// training is over or the user stops it.
///
/// # Errors
/// Where nothing can be learnt, the folder cannot be used, a training cannot be resumed, or the loss
/// runs away.
pub fn train(order: &TrainingOrder, device: &Device) -> Result<TrainingOutcome> {
    // Reading and checking: no file changes.
    let clock = TrainingClock::start();
    let mut start = Start::open(order)?;
    let mut log = start.log(order)?;
    let collections = start.read_collections(order, &mut log)?;
    let source = collections.source();
    start.check_source(&source)?;
    let settings = start.settings(order, collections.learnt.notes());
    start.recognise(order, &collections, &mut log)?;
    let data = collections.data(settings.seed, start.known())?;
    if let Some(base) = start.base() {
        log.print(&base.line(&data.vocabulary))?;
    }
    let graph = start.graph(&data, &settings, device)?;

    // The folder is this training's from here on.
    start.clear_folder(order, &mut log)?;
    let learnt_hash = write_data(&start.folder, &data, &source, &collections.reading.parts)?;
    describe(&settings, &data, &mut log)?;
    let name = start.name(order, &collections);
    let receipt = Receipt {
        name: name.clone(),
        collection: file_names(&order.collections),
        collection_hash: source.collection.clone(),
        part: source.part.clone(),
        pedal: source.pedal,
        releases: source.releases,
        grid: source.grid.clone(),
        keys: source.keys,
        parts: source.parts.clone(),
        timing: collections.learnt.timing(),
        pieces: data.training.len() as u64,
        notes: data.notes() as u64,
        meter: usual_meter(collections.learnt.music()),
        tempo: usual_tempo(collections.learnt.music()),
        validation: source.validation.clone(),
        learnt_hash,
        seed: settings.seed,
        trainer: env!("CARGO_PKG_VERSION").to_owned(),
        lineage: start.base().map(BaseRecord::lineage).unwrap_or_default(),
        // Epochs and loss follow with each epoch. How long it took stands in history.csv: the same
        // training gives the same records, byte for byte.
        ..Receipt::default()
    };
    let groove = groove(
        &collections.learnt,
        &data.vocabulary,
        receipt.meter.unwrap_or_default(),
        &collections.learnt.lateness(),
        receipt.tempo.unwrap_or(120.0),
    );
    let epochs = settings.epochs;
    let (folder, progress, state) = start.progress(order, settings, source, name)?;
    log.tell(&Event::Learning {
        name: &progress.name,
        pieces: data.training.len(),
        notes: data.notes(),
        epochs,
        done: progress.epochs,
    });
    TrainingRun::new(RunParts {
        folder,
        log,
        clock,
        data,
        receipt,
        groove,
        progress,
        state,
        graph,
    })?
    .run()
}

/// Writes the vocabulary for people, the pieces that are learnt, and whose parts they have; gives the latter's hash.
fn write_data(
    folder: &TrainingFolder,
    data: &TrainingData,
    source: &TrainingSource,
    parts: &PartsChoice,
) -> Result<String> {
    if let PartsChoice::Given(given) = parts {
        files::write(&folder.parts(), given.text()?.as_bytes())?;
    }
    files::write(&folder.notes(), data.counts.json()?.as_bytes())?;
    let learnt = LearntPieces::of(&data.training);
    learnt.write(&folder.learnt(), &source.collection)?;
    Ok(learnt.hash())
}

/// Says what will be learnt, and how.
fn describe(settings: &TrainingSettings, data: &TrainingData, log: &mut TrainingLog) -> Result<()> {
    let rounding = &data.rounding;
    let moved = rounding.steps + rounding.pitches + rounding.durations;
    if moved > 0 {
        log.print(&format!(
            "rare values moved to the nearest in the vocabulary: {}, {}, {}",
            counted(rounding.steps, "step"),
            counted_as(rounding.pitches, "pitch", "pitches"),
            counted(rounding.durations, "duration"),
        ))?;
    }
    log.print(&match data.validation.len() {
        0 => "validation: none; the best epoch is that with the lowest training loss".to_owned(),
        pieces => format!("validation: {}", held_out(data.held_out, pieces)),
    })?;
    let (pieces, bars) = data.form.size();
    let notes: usize = data.validation.iter().map(|piece| piece.events.len()).sum();
    if notes > 0 {
        let a_note = |nats: f64| format!("{:.3}", nats / notes as f64);
        let chords = match data.vocabulary.chords.len() {
            0 => "no chords".to_owned(),
            chords => format!("{} for {}", a_note(data.sheet.chords), counted(chords, "chord")),
        };
        let parts = match data.vocabulary.ensembles.len() {
            0 => String::new(),
            sets => {
                format!(", {} for who plays ({})", a_note(data.sheet.parts), counted(sets, "set"))
            }
        };
        log.print(&format!(
            "sheets: learnt from {} of {}; beside its notes a validation piece costs {} nats a note for its form, \
             {chords}{parts}",
            counted(bars, "bar"),
            counted(pieces, "piece"),
            a_note(data.sheet.form)
        ))?;
    }
    let length = match (settings.epochs, settings.minutes) {
        (Some(epochs), None) => counted(epochs as usize, "epoch"),
        (None, Some(minutes)) => format!("{minutes} minutes"),
        (Some(epochs), Some(minutes)) => {
            format!("{}, at most {minutes} minutes", counted(epochs as usize, "epoch"))
        }
        (None, None) => "without end".to_owned(),
    };
    log.print(&format!(
        "learning {} from {} for {length}: {} of {} units, dropout {}, learning rate {}, {} of {}",
        counted(data.notes(), "note"),
        counted(data.training.len(), "piece"),
        counted(settings.layers, "layer"),
        settings.hidden,
        settings.dropout,
        settings.learning_rate,
        counted(settings.batch, "lane"),
        counted(settings.sequence, "note"),
    ))
}

/// What is held out for validation, in words.
fn held_out(held_out: HeldOut, pieces: usize) -> String {
    let pieces = counted(pieces, "piece");
    match held_out {
        HeldOut::Pieces => format!("{pieces} kept apart, near-duplicates on one side"),
        HeldOut::Versions => format!(
            "{pieces} kept apart, but all are versions of one tune: it is flattered by what is learnt"
        ),
        HeldOut::Bars => format!("the last bars of {pieces} kept apart, for there are few"),
        HeldOut::Nothing => pieces,
    }
}

/// The file or folder names of collections.
fn file_names(paths: &[PathBuf]) -> String {
    let name = |path: &PathBuf| path.file_name().unwrap_or(path.as_os_str()).display().to_string();
    paths.iter().map(name).collect::<Vec<_>>().join(", ")
}
