//! The checkpoint: everything that a training needs to go on as if it had never stopped.
//!
//! One safetensors file: `weights.N`, `mean.N` and `square.N` for each variable N of the network,
//! `hidden.N` and `cell.N` for each layer N of the states that the lanes carry, and the rest as JSON
//! in its metadata. It belongs to the version of the trainer that wrote it; what is kept for good
//! are the records.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use jukebox_model::midi::{ImportOptions, PartChoice, Releases};
use jukebox_model::network::training::Carry;
use jukebox_model::network::training::lstm::LayerState;
use jukebox_model::record::KeyFrame;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};

use super::adam::{AdamState, Moments};
use super::base_record::BaseRecord;
use super::history::LossHistory;
use super::learner::{LearnerState, LossSums};
use super::settings::TrainingSettings;
use crate::dataset::common_parts::PartsChoice;
use crate::dataset::reading::Reading;
use crate::files;

/// Format of the file.
const VERSION: u32 = 2;
/// Metadata key under which the progress stands.
const KEY: &str = "checkpoint";

/// How far a training is, and what it was made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainingProgress {
    version: u32,
    /// How it goes.
    pub settings: TrainingSettings,
    /// The pieces that it learns.
    pub source: TrainingSource,
    /// The record that it goes on from, where there is one.
    #[serde(rename = "origin")]
    pub base: Option<BaseRecord>,
    /// The record's name.
    pub name: String,
    /// Whether versions of what is learnt are among the validation pieces of another collection.
    #[serde(default)]
    pub keep_versions: bool,
    /// The folder of TensorBoard's runs, where the history goes, too.
    pub tensorboard: Option<PathBuf>,
    /// Finished epochs.
    pub epochs: u32,
    /// Batches of the next epoch that are done.
    pub batches: u32,
    /// What those batches cost.
    pub sums: LossSums,
    /// Seconds of training.
    pub seconds: f64,
    /// The finished epochs.
    pub history: LossHistory,
    steps: u64,
}

/// What a training learns: if any of it changes, it is another training.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainingSource {
    /// Hash over the collection's files.
    pub collection: String,
    /// The part of each file.
    pub part: String,
    /// Whether pedals lengthen notes. They did not when older trainings were begun.
    #[serde(default)]
    pub pedal: bool,
    /// Which releases end which notes.
    #[serde(default)]
    pub releases: Releases,
    /// The grid of each file; empty for the files' own, of older trainings.
    #[serde(default)]
    pub grid: String,
    /// What was moved to the white keys at a time.
    #[serde(default)]
    pub keys: KeyFrame,
    /// Where the parts come from, as [`PartsChoice::receipt`] tells; empty for one heap, of older trainings.
    #[serde(default)]
    pub parts: String,
    /// Share of the pieces that is kept for validation, or the hash of another collection.
    pub validation: String,
}

impl TrainingSource {
    /// How the files of a part were read.
    ///
    /// # Errors
    /// Where the checkpoint names no grid that there is.
    pub fn reading(&self, part: PartChoice, record: &Path) -> Result<Reading> {
        let &Self { pedal, releases, keys, .. } = self;
        let grid = self.grid.parse().map_err(anyhow::Error::msg);
        Ok(Reading {
            import: ImportOptions { part, pedal, releases, ..ImportOptions::default() },
            grid: grid.context("the checkpoint's grid cannot be read")?,
            keys,
            parts: PartsChoice::of_receipt(&self.parts, record)?,
        })
    }

    /// Fails where the data is no longer what the training was begun with.
    ///
    /// # Errors
    /// Says what differs.
    pub fn check(&self, now: &TrainingSource) -> Result<()> {
        if self.part != now.part {
            bail!("cannot resume with another part: it was {} and is now {}", self.part, now.part);
        }
        if self.pedal != now.pedal {
            let was = if self.pedal { "without" } else { "with" };
            bail!("cannot resume: this training was begun {was} --no-pedal");
        }
        if self.grid != now.grid && (self.grid.is_empty(), &*now.grid) != (true, "as-is") {
            let was = if self.grid.is_empty() { "as-is" } else { &self.grid };
            bail!("cannot resume with another grid: it was {was} and is now {}", now.grid);
        }
        if self.parts != now.parts {
            bail!(
                "cannot resume with other parts than the training was begun with: leave --parts as it was"
            );
        }
        if self.collection != now.collection {
            bail!(
                "cannot resume: the collection has changed since the training was begun. Bring it \
                 back as it was, or start again with --overwrite"
            );
        }
        if self.validation != now.validation {
            bail!("cannot resume with other validation pieces: leave --validation as it was");
        }
        Ok(())
    }
}

impl TrainingProgress {
    /// The start of a training.
    pub fn new(settings: TrainingSettings, source: TrainingSource, name: String) -> Self {
        Self {
            version: VERSION,
            settings,
            source,
            base: None,
            name,
            keep_versions: false,
            tensorboard: None,
            epochs: 0,
            batches: 0,
            sums: LossSums::default(),
            seconds: 0.0,
            history: LossHistory::default(),
            steps: 0,
        }
    }
}

/// Writes a checkpoint, whole or not at all.
///
/// # Errors
/// Where the file cannot be written.
pub fn save(path: &Path, progress: &TrainingProgress, state: &LearnerState) -> Result<()> {
    let progress = TrainingProgress { steps: state.adam.steps, ..progress.clone() };
    let mut tensors: Vec<(String, &[f32])> = Vec::new();
    for (index, weights) in state.weights.iter().enumerate() {
        let Moments { mean, square } = &state.adam.moments[index];
        tensors.push((format!("weights.{index}"), weights));
        tensors.push((format!("mean.{index}"), mean));
        tensors.push((format!("square.{index}"), square));
    }
    for (index, LayerState { hidden, cell }) in state.carry.layers.iter().enumerate() {
        tensors.push((format!("hidden.{index}"), hidden));
        tensors.push((format!("cell.{index}"), cell));
    }
    let bytes: Vec<(String, Vec<u8>)> = tensors
        .into_iter()
        .map(|(name, data)| (name, data.iter().flat_map(|it| it.to_le_bytes()).collect()))
        .collect();
    let views = bytes
        .iter()
        .map(|(name, data)| Ok((name, TensorView::new(Dtype::F32, vec![data.len() / 4], data)?)))
        .collect::<Result<Vec<_>>>()?;
    let metadata = HashMap::from([(KEY.to_owned(), serde_json::to_string(&progress)?)]);
    files::write(path, &safetensors::serialize(views, Some(metadata))?)
}

/// Reads a checkpoint; `None` where there is none.
///
/// # Errors
/// Where it is damaged, or from another version of the trainer.
pub fn load(path: &Path) -> Result<Option<(TrainingProgress, LearnerState)>> {
    let bytes = match files::read(path, u64::MAX) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => bail!("cannot read {}: {error}", path.display()),
    };
    parse(&bytes).map(Some).with_context(|| {
        format!(
            "{} cannot be used; the records beside it can. Train into another folder, or start \
             again with --overwrite",
            path.display()
        )
    })
}

fn parse(bytes: &[u8]) -> Result<(TrainingProgress, LearnerState)> {
    let (_, header) = SafeTensors::read_metadata(bytes)?;
    let text = header.metadata().as_ref().and_then(|it| it.get(KEY)).context("not a checkpoint")?;
    let version: FormatVersion = serde_json::from_str(text)?;
    if version.version != VERSION {
        bail!("it was written by another version of jukebox");
    }
    let progress: TrainingProgress = serde_json::from_str(text)?;
    let tensors = SafeTensors::deserialize(bytes)?;
    // All tensors of a kind: "weights.0", "weights.1" and so on.
    let list = |kind: &str| -> Result<Vec<Vec<f32>>> {
        let mut list = Vec::new();
        while let Ok(view) = tensors.tensor(&format!("{kind}.{}", list.len())) {
            if view.dtype() != Dtype::F32 {
                bail!("{kind} has another type");
            }
            let number = |b: &[u8]| f32::from_le_bytes([b[0], b[1], b[2], b[3]]);
            list.push(view.data().chunks_exact(4).map(number).collect());
        }
        Ok(list)
    };
    let moments = list("mean")?
        .into_iter()
        .zip(list("square")?)
        .map(|(mean, square)| Moments { mean, square })
        .collect();
    let layers = list("hidden")?
        .into_iter()
        .zip(list("cell")?)
        .map(|(hidden, cell)| LayerState { hidden, cell })
        .collect();
    let adam = AdamState { moments, steps: progress.steps };
    let state = LearnerState { weights: list("weights")?, adam, carry: Carry { layers } };
    Ok((progress, state))
}

#[derive(Deserialize)]
struct FormatVersion {
    version: u32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::settings::TrainingOptions;

    fn example() -> (TrainingProgress, LearnerState) {
        let source = TrainingSource {
            collection: "abc".to_owned(),
            part: "all".to_owned(),
            pedal: true,
            releases: Releases::FirstOff,
            grid: "auto".into(),
            parts: "auto".into(),
            keys: KeyFrame::Sections,
            validation: "0.1".to_owned(),
        };
        let mut progress = TrainingProgress::new(
            TrainingSettings::new(&TrainingOptions::default(), 1000),
            source,
            "Test".to_owned(),
        );
        progress.sums = LossSums { nats: [0.1 + 0.2, 0.0, 1.0 / 3.0, 1e-300, 2.0], notes: 7 };
        progress.seconds = 12.3456789;
        progress.steps = 41;
        let list = |seed: f32| vec![seed.sin(), f32::MIN_POSITIVE, -0.0];
        let state = LearnerState {
            weights: vec![list(1.0), list(2.0)],
            adam: AdamState {
                moments: [3.0, 4.0]
                    .map(|it| Moments { mean: list(it), square: list(-it) })
                    .to_vec(),
                steps: 41,
            },
            carry: Carry { layers: vec![LayerState { hidden: list(5.0), cell: list(6.0) }] },
        };
        (progress, state)
    }

    #[test]
    fn what_is_read_is_what_was_written_to_the_bit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint.safetensors");
        assert!(load(&path).unwrap().is_none());
        let (progress, state) = example();
        save(&path, &progress, &state).unwrap();
        assert_eq!(load(&path).unwrap(), Some((progress.clone(), state.clone())));
        let first = std::fs::read(&path).unwrap();
        save(&path, &progress, &state).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), first);
    }

    #[test]
    fn a_damaged_checkpoint_is_an_error_with_advice() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint.safetensors");
        let (progress, state) = example();
        save(&path, &progress, &state).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        for length in [0, 7, 20, bytes.len() - 1] {
            std::fs::write(&path, &bytes[..length]).unwrap();
            let error = format!("{:#}", load(&path).unwrap_err());
            assert!(error.contains("--overwrite"), "{error}");
        }
    }
}
