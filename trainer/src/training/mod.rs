//! Training: from a collection to a folder of records.
//!
//! ```text
//! Collection -> Material (events, split by piece) -> Streams (batches) -> Learner (network, Adam)
//!                                                                          |
//!              epoch-NNN, best, history, curve, checkpoint  <-- session <--+
//! ```
//!
//! The loop runs on the main thread; matrix products, gradients and import use all cores.

pub mod adam;
pub mod checkpoint;
pub mod defaults;
pub mod division;
mod finale;
pub mod folder;
pub mod history;
pub mod interrupt;
pub mod learner;
pub mod log;
pub mod material;
pub mod origin;
pub mod schedule;
mod session;
pub mod settings;
pub mod streams;
pub mod tensorboard;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use candle_core::Device;
use jukebox_model::midi::Part;
use jukebox_model::network::training::Graph;
use jukebox_model::record::Receipt;

use self::checkpoint::{Progress, Source};
use self::division::Kept;
use self::folder::{Begin, Folder};
use self::log::Log;
use self::material::{Material, Validation};
use self::origin::Origin;
use self::session::{Clock, Session};
use self::settings::{Options, Settings};
use crate::collection::{Collection, Summary};
use crate::evaluate::learnt::Learnt;
use crate::files;
use crate::say::{self, count, counted, counted_as};

/// What to train on, where to, and how.
#[derive(Clone, Debug)]
pub struct Order {
    /// Folders, archives or files.
    pub collections: Vec<PathBuf>,
    /// The folder to write to.
    pub output: PathBuf,
    /// What to do where a training is there already.
    pub begin: Begin,
    /// The record to go on from; `None` to begin from nothing, or from what was begun from.
    pub from: Option<PathBuf>,
    /// The part of each file; `None` for all pitched channels, the record's that is gone on from, or the
    /// part that was begun with.
    pub part: Option<Part>,
    /// The record's name; `None` for the collection's.
    pub name: Option<String>,
    /// The pieces to validate with; `None` for the usual share, or what was begun with.
    pub validation: Option<Validation>,
    /// Whether versions of what is learnt stay among the pieces of another collection to validate with. A
    /// training that is resumed keeps to what it was begun with.
    pub keep_versions: bool,
    /// The folder of TensorBoard's runs, where the history shall go, too; `None` for nowhere, or where it
    /// went before.
    pub tensorboard: Option<PathBuf>,
    /// Everything else.
    pub options: Options,
}

/// What a training gave, whether it ended or was stopped.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The best record so far; `None` where no epoch was finished.
    pub best: Option<PathBuf>,
}

/// Skipped files that are named on the terminal; the log names all.
const NAMED: usize = 50;

/// Trains a record, or goes on training it.
///
/// # Errors
/// Where nothing can be learnt, the folder cannot be used, a training cannot be resumed, or the loss
/// runs away.
pub fn train(order: &Order, device: &Device) -> Result<Outcome> {
    let clock = Clock::start();
    let record = order.from.as_deref().map(origin::load).transpose()?;
    let named = record.as_ref().map(Origin::of);
    if let Some(origin) = &named {
        origin.part(order.part)?;
        origin.check_sizes(&order.options)?;
    }
    let folder = Folder::open(&order.output, order.begin)?;
    let begun = match order.begin {
        Begin::Resume => checkpoint::load(&folder.checkpoint())?,
        Begin::New | Begin::Overwrite => None,
    };
    let earlier = begun.as_ref().map(|(progress, _)| progress);
    if let Some(progress) = earlier {
        Origin::resumed(progress.origin.as_ref(), named.as_ref())?;
    }
    let mut origin = match earlier {
        Some(progress) => progress.origin.clone(),
        None => named,
    };
    let part = part(order, earlier, origin.as_ref())?;
    let validation = validation(order, earlier, origin.is_some())?;
    let keep_versions = keep_versions(order, earlier, &validation)?;
    let resumed = earlier.map(|it| it.settings.resumed(&order.options)).transpose()?;

    let mut log = Log::start();
    if order.begin == Begin::Resume {
        log.open(&folder.log())?;
        if begun.is_none() {
            log.say(
                "no checkpoint in this folder yet: the training starts from its beginning, with the \
                 options that are given now",
            )?;
        }
    }
    let chosen = order.part.is_some() || earlier.is_some() || part == Part::All;
    if let Some(origin) = origin.as_ref().filter(|_| !chosen) {
        log.say(&format!("the part of each file is {part}, as {} has it", origin.name()))?;
    }
    let collection = read(&order.collections, part, &mut log)?;
    let (held_out, share) = match &validation {
        Validation::Share(share) => (None, *share),
        Validation::Collection(path) => {
            (Some(read_apart(path, &collection, keep_versions, part, &mut log)?), 0.0)
        }
    };
    let source = Source {
        collection: collection.hash.clone(),
        part: part.to_string(),
        validation: held_out.as_ref().map_or(share.to_string(), |other| other.hash.clone()),
    };
    if let Some(progress) = earlier {
        progress.source.check(&source)?;
    }
    let settings = resumed.unwrap_or_else(|| match &origin {
        Some(origin) => Settings::going_on(&order.options, collection.notes(), &origin.config),
        None => Settings::new(&order.options, collection.notes()),
    });
    if let (Some(origin), Some(record), Some(path), None) =
        (&mut origin, &record, &order.from, earlier)
    {
        origin.check_drums(collection.pieces().any(|piece| piece.drums))?;
        let at_hand: Vec<&Collection> = std::iter::once(&collection).chain(&held_out).collect();
        log.say(&origin.recognise(record, path, &at_hand))?;
    }
    let material =
        Material::new(&collection, held_out.as_ref(), share, settings.seed, origin.as_ref())?;
    if let Some(origin) = &origin {
        log.say(&origin.line(&material.vocabulary))?;
    }
    let name = order
        .name
        .clone()
        .or_else(|| earlier.map(|it| it.name.clone()))
        .unwrap_or_else(|| collection.name.clone());
    let graph = match &origin {
        Some(origin) => origin.graph(record.as_ref(), &material, settings.seed, device)?,
        None => Graph::new(settings.config(), &material.vocabulary, settings.seed, device)?,
    };
    if order.begin != Begin::Resume {
        // Not before all has been read: what is to be learnt may not be there, and the record to go on from
        // may lie in the folder.
        folder.clear(order.from.as_deref())?;
        log.open(&folder.log())?;
    }
    files::write(&folder.notes(), material.counts.json()?.as_bytes())?;
    let learnt = Learnt::of(&material.training);
    learnt.write(&folder.learnt(), &collection.hash)?;
    describe(&settings, &material, &mut log)?;

    let receipt = Receipt {
        name: name.clone(),
        collection: file_names(&order.collections),
        collection_hash: collection.hash,
        part: part.to_string(),
        pieces: material.training.len() as u64,
        notes: material.notes() as u64,
        validation: source.validation.clone(),
        learnt_hash: learnt.hash(),
        seed: settings.seed,
        trainer: env!("CARGO_PKG_VERSION").to_owned(),
        lineage: origin.as_ref().map(Origin::lineage).unwrap_or_default(),
        // Epochs and loss follow with each epoch. How long it took stands in history.csv: the same
        // training gives the same records, byte for byte.
        ..Receipt::default()
    };
    let (progress, state) = match begun {
        Some((mut progress, state)) => {
            progress.settings = settings;
            progress.name = name;
            progress.tensorboard = run_folder(order)?.or(progress.tensorboard);
            (progress, Some(state))
        }
        None => {
            let mut progress = Progress::new(settings, source, name);
            progress.tensorboard = run_folder(order)?;
            progress.keep_versions = keep_versions;
            progress.origin = origin;
            (progress, None)
        }
    };
    Session::new(folder, log, clock, material, receipt, progress, state, graph)?.run()
}

/// The folder of this training among TensorBoard's runs: it is called as its output is.
fn run_folder(order: &Order) -> Result<Option<PathBuf>> {
    let Some(runs) = &order.tensorboard else { return Ok(None) };
    let run = std::path::absolute(&order.output)
        .and_then(|output| std::path::absolute(runs.join(output.file_name().unwrap_or_default())));
    run.map(Some).with_context(|| format!("cannot find the folder {}", runs.display()))
}

fn part(order: &Order, earlier: Option<&Progress>, origin: Option<&Origin>) -> Result<Part> {
    match (order.part, earlier, origin) {
        (None, Some(progress), _) => {
            progress.source.part.parse().context("the checkpoint is damaged")
        }
        (asked, _, Some(origin)) => origin.part(asked),
        (asked, ..) => Ok(asked.unwrap_or_default()),
    }
}

fn validation(order: &Order, earlier: Option<&Progress>, going_on: bool) -> Result<Validation> {
    match (&order.validation, earlier) {
        (Some(validation), _) => Ok(validation.clone()),
        (None, None) if going_on => Ok(Validation::Share(defaults::GOING_ON_VALIDATION)),
        (None, None) => Ok(Validation::Share(defaults::VALIDATION)),
        (None, Some(progress)) => match progress.source.validation.parse() {
            Ok(Validation::Share(share)) => Ok(Validation::Share(share)),
            _ => bail!(
                "this training was validated with another collection: name it again with \
                 --validation"
            ),
        },
    }
}

/// Whether versions of what is learnt validate.
fn keep_versions(
    order: &Order,
    earlier: Option<&Progress>,
    validation: &Validation,
) -> Result<bool> {
    let keep = earlier.map_or(order.keep_versions, |progress| progress.keep_versions);
    if order.keep_versions && !keep {
        bail!("cannot resume with other validation pieces: leave --keep-versions out, as it was");
    }
    if keep && !matches!(validation, Validation::Collection(_)) {
        bail!(
            "--keep-versions is for another collection to validate with: name it with --validation"
        );
    }
    Ok(keep)
}

/// Reads a collection and says what was found.
fn read(paths: &[PathBuf], part: Part, log: &mut Log) -> Result<Collection> {
    let collection = Collection::read(paths, part)?;
    for (index, skipped) in collection.skipped.iter().enumerate() {
        let line = format!("skipped {}: {}", skipped.source, skipped.reason);
        if index < NAMED { log.say(&line)? } else { log.write(&line)? }
    }
    if let Some(more) = collection.skipped.len().checked_sub(NAMED).filter(|&more| more > 0) {
        log.say(&format!("... and {} more: train.log will name them", count(more)))?;
    }
    for tune in collection.tunes.iter().filter(|tune| tune.truncated) {
        log.say(&format!("{} is cut off or damaged: what could be read is used", tune.source))?;
    }
    for duplicate in &collection.duplicates {
        log.write(&format!("{} has the notes of {}", duplicate.source, duplicate.same_as))?;
    }
    let collection = collection.usable()?;
    let summary = Summary::of(&collection);
    for group in &summary.near_duplicates {
        log.write(&format!("near-duplicates: {}", group.join(", ")))?;
    }
    let table = summary.table().to_string();
    say::result(&table)?;
    log.write(&table)?;
    Ok(collection)
}

/// Reads the collection to validate with, without what is to be learnt.
fn read_apart(
    path: &Path,
    learnt: &Collection,
    keep_versions: bool,
    part: Part,
    log: &mut Log,
) -> Result<Collection> {
    let mut apart = read(&[path.to_owned()], part, log)?;
    let shared = apart.keep_apart(learnt, keep_versions)?;
    if shared > 0 {
        log.say(&format!(
            "left out of the validation: {} that the collection has, too, as they are or in another \
             version",
            counted(shared, "piece")
        ))?;
    }
    apart.usable()
}

/// Says what will be learnt, and how.
fn describe(settings: &Settings, material: &Material, log: &mut Log) -> Result<()> {
    let rounding = &material.rounding;
    let moved = rounding.steps + rounding.pitches + rounding.durations;
    if moved > 0 {
        log.say(&format!(
            "rare values moved to the nearest in the vocabulary: {}, {}, {}",
            counted(rounding.steps, "step"),
            counted_as(rounding.pitches, "pitch", "pitches"),
            counted(rounding.durations, "duration"),
        ))?;
    }
    log.say(&match material.validation.len() {
        0 => "validation: none; the best epoch is that with the lowest training loss".to_owned(),
        pieces => format!("validation: {}", kept(material.kept, pieces)),
    })?;
    let length = match (settings.epochs, settings.minutes) {
        (Some(epochs), None) => counted(epochs as usize, "epoch"),
        (None, Some(minutes)) => format!("{minutes} minutes"),
        (Some(epochs), Some(minutes)) => {
            format!("{}, at most {minutes} minutes", counted(epochs as usize, "epoch"))
        }
        (None, None) => "without end".to_owned(),
    };
    log.say(&format!(
        "learning {} from {} for {length}: {} of {} units, dropout {}, learning rate {}, {} of {}",
        counted(material.notes(), "note"),
        counted(material.training.len(), "piece"),
        counted(settings.layers, "layer"),
        settings.hidden,
        settings.dropout,
        settings.learning_rate,
        counted(settings.batch, "lane"),
        counted(settings.sequence, "note"),
    ))
}

/// What is kept apart for validation, in words.
fn kept(kept: Kept, pieces: usize) -> String {
    let pieces = counted(pieces, "piece");
    match kept {
        Kept::Pieces => format!("{pieces} kept apart, near-duplicates on one side"),
        Kept::Versions => format!(
            "{pieces} kept apart, but all are versions of one tune: it is flattered by what is learnt"
        ),
        Kept::Bars => format!("the last bars of {pieces} kept apart, for there are few"),
        Kept::Nothing => pieces,
    }
}

/// The file or folder names of collections.
fn file_names(paths: &[PathBuf]) -> String {
    let name = |path: &PathBuf| path.file_name().unwrap_or(path.as_os_str()).display().to_string();
    paths.iter().map(name).collect::<Vec<_>>().join(", ")
}
