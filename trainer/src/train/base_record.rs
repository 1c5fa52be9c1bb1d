//! The base record: the one that a training goes on from (`--from`).

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, bail};
use candle_core::Device;
use jukebox_model::composer::UsualSettings;
use jukebox_model::midi::PartChoice;
use jukebox_model::motif;
use jukebox_model::network::Config;
use jukebox_model::network::training::Graph;
use jukebox_model::record::{Ancestor, Receipt, Record};
use jukebox_model::vocabulary::Vocabulary;
use serde::{Deserialize, Serialize};

use super::settings::TrainingOptions;
use crate::dataset::training_data::{KnownPieces, TrainingData};
use crate::dataset::{Collection, learnt, provenance};
use crate::format::{counted, counted_as};

/// What a training keeps of its base record. The weights are needed once, at the beginning; the rest
/// stands in the checkpoint, so that the file need not be there to resume.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BaseRecord {
    /// Hash of its file.
    pub hash: String,
    /// Where it comes from itself.
    pub receipt: Receipt,
    /// The sizes of its network, which stay.
    pub config: Config,
    /// Its vocabulary, which grows.
    pub vocabulary: Vocabulary,
    /// The weights of its motif memory, which hold until others are learnt.
    pub motif: motif::MotifWeights,
    /// What the knobs' defaults mean for it, which holds until something better is found.
    #[serde(default)]
    pub usual: UsualSettings,
    /// Hashes of the pieces at hand that it has learnt, as far as that is known.
    #[serde(default)]
    learnt: BTreeSet<String>,
}

impl BaseRecord {
    /// What is kept of a record.
    pub fn of(record: &Record) -> Self {
        Self {
            hash: record.hash().to_owned(),
            receipt: record.receipt().clone(),
            config: *record.config(),
            vocabulary: record.vocabulary().clone(),
            motif: record.motif().clone(),
            usual: *record.usual(),
            learnt: BTreeSet::new(),
        }
    }

    /// Finds out which pieces of the collections the record has learnt, keeps their hashes, and says so in a
    /// line for the log. `record` is this record, read from `path`.
    pub fn recognise(
        &mut self,
        record: &Record,
        path: &Path,
        collections: &[&Collection],
    ) -> String {
        let name = self.name().to_owned();
        let Some(learnt) = provenance::learnt(record, path, collections) else {
            return format!(
                "what {name} has learnt is not known here: if pieces of it are among these, they flatter \
                 the validation. {} of its training, laid beside the record, would tell",
                learnt::FILE
            );
        };
        let hashes: BTreeSet<String> =
            learnt.notes_hashes().iter().map(|it| it.to_string()).collect();
        let known = self.known();
        let here = collections.iter().flat_map(|it| it.music()).map(|piece| known.hash(piece));
        self.learnt = here.filter(|hash| hashes.contains(hash)).collect();
        format!(
            "{} of these {name} has learnt before: none of them validates",
            counted(self.learnt.len(), "piece")
        )
    }

    /// What the record knows already of the pieces at hand.
    pub fn known(&self) -> KnownPieces<'_> {
        KnownPieces { vocabulary: &self.vocabulary, learnt: &self.learnt }
    }

    /// Fails where a training that was begun from `earlier`, or from none, cannot be resumed from the
    /// record that the user names `now`.
    ///
    /// # Errors
    /// Where it is another record.
    pub fn check_resumed(earlier: Option<&Self>, now: Option<&Self>) -> Result<()> {
        match (earlier, now) {
            (Some(earlier), Some(now)) if earlier.hash != now.hash => bail!(
                "cannot resume from another record: it was {} ({:.12}) and is now {} ({:.12}). Leave \
                 --from out, or start again with --overwrite",
                earlier.name(),
                earlier.hash,
                now.name(),
                now.hash
            ),
            (None, Some(now)) => bail!(
                "cannot resume: this training was not begun from {}. Leave --from out, or start \
                 again with --overwrite",
                now.name()
            ),
            _ => Ok(()),
        }
    }

    /// The record's name.
    pub fn name(&self) -> &str {
        &self.receipt.name
    }

    /// The part of each file to learn: the one that is asked for, or else the record's.
    ///
    /// # Errors
    /// Where the record plays drums and pitches are asked for, or the other way round.
    pub fn part(&self, asked: Option<PartChoice>) -> Result<PartChoice> {
        let part = match asked {
            Some(part) => part,
            None => provenance::part(&self.receipt)?,
        };
        // Whether a track's number is one of drums, the pieces will tell.
        if !matches!(part, PartChoice::Only(_)) {
            self.check_drums(matches!(part, PartChoice::Drums | PartChoice::AsDrums(_)))?;
        }
        Ok(part)
    }

    /// Fails where a record of drums shall learn pitches, or the other way round: neither knows what
    /// the other's keys mean.
    ///
    /// # Errors
    /// Says what the record plays, and what to do.
    pub fn check_drums(&self, drums: bool) -> Result<()> {
        let name = self.name();
        match (self.vocabulary.drums, drums) {
            (true, false) => bail!(
                "{name} plays drums and can learn nothing else: add --part drums, or go on from \
                 another record"
            ),
            (false, true) => bail!(
                "{name} plays pitches and cannot learn drums: leave --part drums out, or go on from a \
                 record of drums"
            ),
            _ => Ok(()),
        }
    }

    /// Fails where the user asks for a network of another size.
    ///
    /// # Errors
    /// Says which size it has.
    pub fn check_sizes(&self, options: &TrainingOptions) -> Result<()> {
        let Config { hidden, layers, .. } = self.config;
        for (option, asked, size) in
            [("hidden", options.hidden, hidden), ("layers", options.layers, layers)]
        {
            if let Some(asked) = asked.filter(|&asked| asked != size) {
                bail!(
                    "--{option} {asked} cannot be: {} has {size}, and a training that goes on from a \
                     record keeps its network. Leave --{option} out, or leave --from out",
                    self.name()
                );
            }
        }
        Ok(())
    }

    /// The record's network, as large as the vocabulary of what it shall learn. Without the record the
    /// weights are random, for a checkpoint to take their place.
    ///
    /// # Errors
    /// Where the device fails.
    pub fn graph(
        &self,
        record: Option<&Record>,
        data: &TrainingData,
        seed: u64,
        device: &Device,
    ) -> Result<Graph> {
        let TrainingData { vocabulary, training, .. } = data;
        let graph = match record {
            Some(record) => {
                let known = record.vocabulary();
                let weights = record.weights().extended(&self.config, known, vocabulary, training);
                Graph::from_weights(self.config, vocabulary, &weights, device)
            }
            None => Graph::new(self.config, vocabulary, seed, device),
        };
        graph.context("cannot bring the record's weights to the device")
    }

    /// What is gone on from, and what is new to it, in words.
    pub fn line(&self, vocabulary: &Vocabulary) -> String {
        let known = &self.vocabulary;
        let new = |now: usize, known: usize, one: &str, many: &str| {
            (now > known).then(|| counted_as(now - known, one, many))
        };
        let new: Vec<String> = [
            new(vocabulary.steps.len(), known.steps.len(), "step", "steps"),
            new(vocabulary.keys(), known.keys(), "pitch", "pitches"),
            new(vocabulary.durations.len(), known.durations.len(), "duration", "durations"),
            new(vocabulary.velocities.len(), known.velocities.len(), "velocity", "velocities"),
            new(vocabulary.meters.len(), known.meters.len(), "meter", "meters"),
        ]
        .into_iter()
        .flatten()
        .collect();
        let new = if new.is_empty() { "nothing".to_owned() } else { new.join(", ") };
        format!("going on from {} ({:.12}); new to it: {new}", self.name(), self.hash)
    }

    /// The lineage of the records that come from it.
    pub fn lineage(&self) -> Vec<Ancestor> {
        self.receipt.continued(&self.hash)
    }
}
