//! What a training begins with: from nothing, from a base record, or from its own checkpoint.
//!
//! All of it is read and checked before anything in the training's folder changes.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use candle_core::Device;
use jukebox_model::midi::PartChoice;
use jukebox_model::network::training::Graph;
use jukebox_model::record::Record;

use super::TrainingOrder;
use super::base_record::BaseRecord;
use super::checkpoint::{self, TrainingProgress, TrainingSource};
use super::collections::TrainingCollections;
use super::defaults;
use super::folder::{StartMode, TrainingFolder};
use super::learner::LearnerState;
use super::log::TrainingLog;
use super::progress::Progress;
use super::settings::TrainingSettings;
use crate::dataset::common_parts::PartsChoice;
use crate::dataset::provenance;
use crate::dataset::reading::Reading;
use crate::dataset::split;
use crate::dataset::training_data::{KnownPieces, TrainingData, ValidationSource};

/// What a training begins with.
pub(super) struct Start {
    pub folder: TrainingFolder,
    /// How to read each file.
    reading: Reading,
    /// The pieces to validate with.
    validation: ValidationSource,
    /// Whether versions of what is learnt validate, where another collection does.
    keep_versions: bool,
    /// What is kept of the base record: the one that was named, or the checkpoint's.
    base: Option<BaseRecord>,
    /// The base record itself, where it was named.
    record: Option<Record>,
    /// The training that is resumed: how far it is, and the learner's state.
    earlier: Option<(TrainingProgress, LearnerState)>,
    /// The settings of the training that is resumed.
    resumed: Option<TrainingSettings>,
}

impl Start {
    /// Reads the base record and the checkpoint, makes the folder where there is none, and checks that what
    /// was asked for fits them. Nothing that is in the folder changes.
    ///
    /// # Errors
    /// Where a file cannot be read, the folder holds another training, or the order does not fit what the
    /// training goes on from.
    pub(super) fn open(order: &TrainingOrder) -> Result<Self> {
        let record = order.from.as_deref().map(Record::load).transpose();
        let record = record.context("cannot go on from this record")?;
        let named = record.as_ref().map(BaseRecord::of);
        if let Some(base) = &named {
            base.part(order.part)?;
            base.check_sizes(&order.options)?;
        }
        let folder = TrainingFolder::open(&order.output, order.mode)?;
        let earlier = match order.mode {
            StartMode::Resume => checkpoint::load(&folder.checkpoint())?,
            StartMode::New | StartMode::Overwrite => None,
        };
        let progress = earlier.as_ref().map(|(progress, _)| progress);
        if let Some(progress) = progress {
            BaseRecord::check_resumed(progress.base.as_ref(), named.as_ref())?;
        }
        let base = match progress {
            Some(progress) => progress.base.clone(),
            None => named,
        };
        let part = part(order, progress, base.as_ref())?;
        // A training that is resumed goes on as it was begun, one that goes on from a record as that was learnt:
        // otherwise it would not know the record's pieces again.
        // Who names a part wants its notes as one heap.
        let parts = if order.part.is_some() { PartsChoice::Off } else { PartsChoice::Auto };
        let usual = Reading { parts, ..Reading::from(part) };
        let begun = progress.map(|it| it.source.reading(part, &folder.best())).transpose()?;
        let from = order.from.as_deref().unwrap_or(Path::new(""));
        let learnt =
            base.as_ref().map(|base| provenance::reading(&base.receipt, from)).transpose()?;
        let mut reading = begun.or(learnt).unwrap_or(usual);
        reading.import.part = part;
        reading.import.pedal &= !order.no_pedal;
        if let Some(parts) = &order.parts {
            reading.parts = PartsChoice::open(parts)?;
        }
        reading.grid = order.grid.unwrap_or(reading.grid);
        let validation = validation(order, progress, base.is_some())?;
        let keep_versions = keep_versions(order, progress, &validation)?;
        let resumed = progress.map(|it| it.settings.resumed(&order.options)).transpose()?;
        Ok(Self { folder, reading, validation, keep_versions, base, record, earlier, resumed })
    }

    /// Starts the log and says what is not as the user may expect it. A resumed training adds to the log that
    /// is there; a new one waits with its lines until [`Start::clear_folder`].
    ///
    /// # Errors
    /// Where the log cannot be written.
    pub(super) fn log(&self, order: &TrainingOrder) -> Result<TrainingLog> {
        let mut log = TrainingLog::start(Progress::new(order.progress));
        if order.mode == StartMode::Resume {
            log.open(&self.folder.log())?;
            if self.earlier.is_none() {
                log.print(
                    "no checkpoint in this folder yet: the training starts from its beginning, with the \
                     options that are given now",
                )?;
            }
        }
        let chosen = order.part.is_some()
            || self.earlier.is_some()
            || self.reading.import.part == PartChoice::All;
        if let Some(base) = self.base.as_ref().filter(|_| !chosen) {
            log.print(&format!(
                "the part of each file is {}, as {} has it",
                self.reading.import.part,
                base.name()
            ))?;
        }
        Ok(log)
    }

    /// Reads the collections.
    ///
    /// # Errors
    /// Where one cannot be read, or nothing is left of it that can be used.
    pub(super) fn read_collections(
        &self,
        order: &TrainingOrder,
        log: &mut TrainingLog,
    ) -> Result<TrainingCollections> {
        let Self { reading, validation, keep_versions, .. } = self;
        TrainingCollections::read(&order.collections, validation, *keep_versions, reading, log)
    }

    /// How the training goes on `notes` notes: the settings that it was begun with, or those that the user
    /// chose and the defaults for the rest.
    pub(super) fn settings(&self, order: &TrainingOrder, notes: usize) -> TrainingSettings {
        match (&self.resumed, &self.base) {
            (Some(settings), _) => settings.clone(),
            (None, Some(base)) => TrainingSettings::going_on(&order.options, notes, &base.config),
            (None, None) => TrainingSettings::new(&order.options, notes),
        }
    }

    /// Fails where a training that is resumed finds other pieces than it was begun with.
    ///
    /// # Errors
    /// Says what differs.
    pub(super) fn check_source(&self, source: &TrainingSource) -> Result<()> {
        self.earlier.as_ref().map_or(Ok(()), |(progress, _)| progress.source.check(source))
    }

    /// Finds out which of the pieces the base record has learnt, and says so. A training that is resumed knows
    /// it from its checkpoint.
    ///
    /// # Errors
    /// Where the base record plays drums and the collection does not, or the other way round.
    pub(super) fn recognise(
        &mut self,
        order: &TrainingOrder,
        collections: &TrainingCollections,
        log: &mut TrainingLog,
    ) -> Result<()> {
        let (Some(base), Some(record), Some(path), None) =
            (&mut self.base, &self.record, &order.from, &self.earlier)
        else {
            return Ok(());
        };
        base.check_drums(collections.learnt.music().any(|piece| piece.drums))?;
        log.print(&base.recognise(record, path, &collections.all()))
    }

    /// What the base record knows already.
    pub(super) fn known(&self) -> Option<KnownPieces<'_>> {
        self.base.as_ref().map(BaseRecord::known)
    }

    /// What is kept of the base record.
    pub(super) fn base(&self) -> Option<&BaseRecord> {
        self.base.as_ref()
    }

    /// The network at its beginning: a new one, or the base record's. Where the training is resumed, the
    /// learner's state takes the place of its weights.
    ///
    /// # Errors
    /// Where the device fails.
    pub(super) fn graph(
        &self,
        data: &TrainingData,
        settings: &TrainingSettings,
        device: &Device,
    ) -> Result<Graph> {
        match &self.base {
            Some(base) => base.graph(self.record.as_ref(), data, settings.seed, device),
            None => Ok(Graph::new(settings.config(), &data.vocabulary, settings.seed, device)?),
        }
    }

    /// The record's name: the one that is asked for, that the training was begun with, or the collection's.
    pub(super) fn name(&self, order: &TrainingOrder, collections: &TrainingCollections) -> String {
        let earlier = || self.earlier.as_ref().map(|(progress, _)| progress.name.clone());
        order.name.clone().or_else(earlier).unwrap_or_else(|| collections.learnt.name.clone())
    }

    /// Removes what another training left in the folder, where this one takes its place, and opens the log
    /// there. It comes after all reading: what is to be learnt may not be there, and the base record may lie in
    /// the folder.
    ///
    /// # Errors
    /// Where a file cannot be removed, or the log not be written.
    pub(super) fn clear_folder(&self, order: &TrainingOrder, log: &mut TrainingLog) -> Result<()> {
        if order.mode == StartMode::Resume {
            return Ok(());
        }
        self.folder.clear(order.from.as_deref())?;
        log.open(&self.folder.log())
    }

    /// How far the training is, with the settings and the name that hold from now on, and the learner's state
    /// where it is resumed.
    ///
    /// # Errors
    /// Where the folder of TensorBoard's runs cannot be found.
    pub(super) fn progress(
        self,
        order: &TrainingOrder,
        settings: TrainingSettings,
        source: TrainingSource,
        name: String,
    ) -> Result<(TrainingFolder, TrainingProgress, Option<LearnerState>)> {
        let tensorboard = tensorboard_run(order)?;
        let (mut progress, state) = match self.earlier {
            Some((progress, state)) => (progress, Some(state)),
            None => {
                let mut progress = TrainingProgress::new(settings.clone(), source, name.clone());
                progress.base = self.base;
                progress.keep_versions = self.keep_versions;
                (progress, None)
            }
        };
        progress.settings = settings;
        progress.name = name;
        progress.tensorboard = tensorboard.or(progress.tensorboard);
        Ok((self.folder, progress, state))
    }
}

/// The part of each file: the one that is asked for, that the training was begun with, or the base record's.
fn part(
    order: &TrainingOrder,
    earlier: Option<&TrainingProgress>,
    base: Option<&BaseRecord>,
) -> Result<PartChoice> {
    match (order.part, earlier, base) {
        (None, Some(progress), _) => {
            progress.source.part.parse().context("the checkpoint is damaged")
        }
        (asked, _, Some(base)) => base.part(asked),
        (asked, ..) => Ok(asked.unwrap_or_default()),
    }
}

/// The pieces to validate with: those that are asked for, that the training was begun with, or the usual
/// share.
fn validation(
    order: &TrainingOrder,
    earlier: Option<&TrainingProgress>,
    going_on: bool,
) -> Result<ValidationSource> {
    match (&order.validation, earlier) {
        (Some(validation), _) => Ok(validation.clone()),
        (None, None) if going_on => Ok(ValidationSource::Share(defaults::GOING_ON_VALIDATION)),
        (None, None) => Ok(ValidationSource::Share(split::USUAL_SHARE)),
        (None, Some(progress)) => match progress.source.validation.parse() {
            Ok(ValidationSource::Share(share)) => Ok(ValidationSource::Share(share)),
            _ => bail!(
                "this training was validated with another collection: name it again with \
                 --validation"
            ),
        },
    }
}

/// Whether versions of what is learnt validate.
fn keep_versions(
    order: &TrainingOrder,
    earlier: Option<&TrainingProgress>,
    validation: &ValidationSource,
) -> Result<bool> {
    let keep = earlier.map_or(order.keep_versions, |progress| progress.keep_versions);
    if order.keep_versions && !keep {
        bail!("cannot resume with other validation pieces: leave --keep-versions out, as it was");
    }
    if keep && !matches!(validation, ValidationSource::Collection(_)) {
        bail!(
            "--keep-versions is for another collection to validate with: name it with --validation"
        );
    }
    Ok(keep)
}

/// The folder of this training among TensorBoard's runs: it is called as its output is. `None` where nobody
/// asked for it.
fn tensorboard_run(order: &TrainingOrder) -> Result<Option<PathBuf>> {
    let Some(runs) = &order.tensorboard else { return Ok(None) };
    let run = std::path::absolute(&order.output)
        .and_then(|output| std::path::absolute(runs.join(output.file_name().unwrap_or_default())));
    run.map(Some).with_context(|| format!("cannot find the folder {}", runs.display()))
}
