//! The training loop: epochs of batches, and what is written after each.

use std::time::Instant;

use anyhow::{Context, Result};
use jukebox_model::network::training::Graph;
use jukebox_model::record::{Groove, Precision, Receipt, Record};
use jukebox_model::sheet::FormModel;
use jukebox_model::vocabulary::{Encoded, Vocabulary};

use super::TrainingOutcome;
use super::checkpoint::{self, TrainingProgress};
use super::completion::Completion;
use super::folder::TrainingFolder;
use super::history::EpochResult;
use super::interrupt;
use super::learner::{Learner, LearnerState, LossSums};
use super::log::TrainingLog;
use super::progress::Event;
use super::schedule::learning_rate;
use super::tensorboard::TensorBoardWriter;
use crate::dataset::segments::segments;
use crate::dataset::streams::Streams;
use crate::dataset::training_data::TrainingData;
use crate::format::{count, counted, span};
use crate::{files, render};

/// Longest segment of a validation piece, in notes: its first notes, which are read without a past,
/// weigh nothing.
const VALIDATION_SEGMENT: usize = 2048;

/// How long a training has taken, earlier sessions included.
pub(super) struct TrainingClock {
    started: Instant,
    /// Seconds of the sessions before this one.
    before: f64,
}

impl TrainingClock {
    pub(super) fn start() -> Self {
        Self { started: Instant::now(), before: 0.0 }
    }

    /// Seconds of training, in all sessions.
    fn seconds(&self) -> f64 {
        self.before + self.session()
    }

    /// Seconds of this session.
    fn session(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }
}

/// A training at work, on the thread that called `train`.
pub(super) struct TrainingRun {
    folder: TrainingFolder,
    log: TrainingLog,
    clock: TrainingClock,
    vocabulary: Vocabulary,
    form: FormModel,
    groove: Groove,
    training: Vec<Encoded>,
    validation: Vec<Encoded>,
    streams: Streams,
    learner: Learner,
    receipt: Receipt,
    progress: TrainingProgress,
    /// Share of the training that was over when this session started.
    resumed_at: f64,
    /// Seconds that the end of an epoch takes: validation and files.
    epoch_end: Option<f64>,
    board: Option<TensorBoardWriter>,
    completion: Completion,
}

/// What a training run is made of.
pub(super) struct RunParts {
    pub folder: TrainingFolder,
    pub log: TrainingLog,
    pub clock: TrainingClock,
    pub data: TrainingData,
    /// Of every record that is written; epochs and loss follow with each epoch.
    pub receipt: Receipt,
    /// How the collection is played by place.
    pub groove: Groove,
    pub progress: TrainingProgress,
    /// The learner's state where the training is resumed.
    pub state: Option<LearnerState>,
    pub graph: Graph,
}

impl TrainingRun {
    /// Brings data, learner and files together. Nothing is learnt yet.
    pub(super) fn new(parts: RunParts) -> Result<Self> {
        let RunParts { folder, log, mut clock, data, receipt, groove, progress, state, graph } =
            parts;
        let completion = Completion::new(&data, &groove);
        let settings = &progress.settings;
        let longest = Streams::balanced(data.notes(), settings.batch, settings.sequence);
        let training = segments(data.training, longest);
        let lengths = training.iter().map(|piece| piece.events.len()).collect();
        let streams = Streams::new(lengths, settings.batch, settings.sequence);
        let mut learner = Learner::with(settings, graph, streams.lanes())?;
        if let Some(state) = state {
            learner.restore(state)?;
        }
        clock.before = progress.seconds;
        let board = progress.tensorboard.as_deref();
        let board =
            board.map(|run| TensorBoardWriter::open(run, &progress.history, progress.seconds));
        let mut run = Self {
            vocabulary: data.vocabulary,
            form: data.form,
            groove,
            validation: segments(data.validation, VALIDATION_SEGMENT),
            resumed_at: 0.0,
            epoch_end: None,
            board: board.transpose()?,
            completion,
            folder,
            log,
            clock,
            training,
            streams,
            learner,
            receipt,
            progress,
        };
        run.resumed_at = run.share(1);
        Ok(run)
    }

    /// Learns until the epochs, the time or the progress are over, or the user stops it.
    pub(super) fn run(mut self) -> Result<TrainingOutcome> {
        interrupt::catch()?;
        match (self.progress.epochs, self.progress.batches) {
            // Before anything is learnt, so that a resumed training knows its settings.
            (0, 0) => {
                self.save()?;
                self.validate_base()?;
            }
            (epochs, 0) => self.log.print(&format!("going on after epoch {epochs}"))?,
            (epochs, batches) => {
                self.log
                    .print(&format!("going on in epoch {} after batch {batches}", epochs + 1))?;
            }
        }
        loop {
            if let Some(reason) = self.end() {
                self.log.print(&reason)?;
                let mut outcome = self.outcome()?;
                if let Some(epoch) = self.progress.history.best() {
                    let learnt = self.progress.history.notes();
                    self.log.tell(&Event::Completing);
                    self.completion.run(&self.folder, epoch, learnt, &mut self.log)?;
                }
                outcome.finished = !interrupt::requested();
                return Ok(outcome);
            }
            if !self.epoch()? {
                self.save()?;
                self.log.print(&format!(
                    "stopped in epoch {} with everything saved: add --resume to go on",
                    self.progress.epochs + 1
                ))?;
                return self.outcome();
            }
        }
    }

    /// Keeps all that it takes to go on from here.
    fn save(&self) -> Result<()> {
        checkpoint::save(&self.folder.checkpoint(), &self.progress, &self.learner.state()?)
    }

    /// Says how well the base record does, before anything is learnt.
    fn validate_base(&mut self) -> Result<()> {
        let Some(base) = &self.progress.base else { return Ok(()) };
        if self.validation.is_empty() {
            return Ok(());
        }
        match self.learner.validate(&self.validation, interrupt::requested)? {
            Some(sums) => {
                self.log.print(&format!("{} as it is: validation {:.3}", base.name(), sums.loss()))
            }
            None => Ok(()),
        }
    }

    /// Why the training is over, once it is.
    fn end(&self) -> Option<String> {
        let TrainingProgress { settings, history, epochs, .. } = &self.progress;
        if settings.epochs.is_some_and(|most| *epochs >= most) {
            return Some(format!("{} done", counted(*epochs as usize, "epoch")));
        }
        // A playable record comes first, however short the time.
        if *epochs > 0 && self.is_time_up() {
            return Some("the time is up".to_owned());
        }
        let waited = history.since_best();
        (settings.patience > 0 && waited >= settings.patience)
            .then(|| format!("no better epoch in the last {waited}: nothing more to learn"))
    }

    /// Whether the epoch must end now for the training to end in time.
    fn is_time_up(&self) -> bool {
        let Some(minutes) = self.progress.settings.minutes else { return false };
        self.clock.seconds() + self.epoch_end_estimate() >= minutes * 60.0
    }

    /// Seconds that the end of this epoch will take, rather too many than too few.
    fn epoch_end_estimate(&self) -> f64 {
        if let Some(last) = self.epoch_end {
            return 1.25 * last + 0.5;
        }
        // Before the first one: reading a note costs half of learning it at most.
        let notes: usize = self.validation.iter().map(|piece| piece.events.len()).sum();
        let learnt = self.progress.sums.notes.max(1);
        0.5 * self.clock.session() * notes as f64 / learnt as f64 + 1.0
    }

    /// Share of the training that is over, 0 to 1, with an epoch of so many batches at work.
    fn share(&self, batches: usize) -> f64 {
        let TrainingProgress { settings, epochs, batches: done, .. } = &self.progress;
        let epochs = f64::from(*epochs) + f64::from(*done) / batches as f64;
        let by_epochs = settings.epochs.map_or(0.0, |most| epochs / f64::from(most));
        let by_time = settings.minutes.map_or(0.0, |it| self.clock.seconds() / (it * 60.0));
        by_epochs.max(by_time)
    }

    /// Learns an epoch, or what is left of it; `false` where the user stopped it.
    fn epoch(&mut self) -> Result<bool> {
        let epoch = self.progress.epochs + 1;
        let windows = self.streams.shuffled(self.progress.settings.seed, epoch);
        if self.progress.batches == 0 {
            self.learner.start_epoch(self.streams.lanes());
        }
        let first = self.progress.batches as usize;
        let (started, before) = (Instant::now(), self.progress.sums.notes);
        let mut rate = 0.0;
        self.log.start_bar(windows.len(), first);
        for window in &windows[first.min(windows.len())..] {
            let peak = self.progress.settings.learning_rate;
            rate = learning_rate(peak, self.learner.steps(), self.share(windows.len()));
            let at = (epoch, self.progress.batches);
            let sums = self.learner.step(window, &self.training, at, rate)?;
            self.progress.sums += sums;
            self.progress.batches += 1;
            self.progress.seconds = self.clock.seconds();
            let notes = self.progress.sums.notes - before;
            let speed = notes as f64 / started.elapsed().as_secs_f64();
            self.log.advance(self.batch_line(windows.len(), speed));
            if self.log.is_batch_due() {
                self.tell_batch(epoch, windows.len());
            }
            if interrupt::requested() {
                self.log.end_bar();
                return Ok(false);
            }
            if self.is_time_up() {
                break;
            }
        }
        self.log.end_bar();
        let speed = (self.progress.sums.notes - before) as f64 / started.elapsed().as_secs_f64();
        self.finish_epoch(rate, speed)
    }

    /// Validates and writes what an epoch leaves behind; `false` where the user stopped it first.
    fn finish_epoch(&mut self, rate: f64, speed: f64) -> Result<bool> {
        let started = Instant::now();
        let validation = match self.validation.as_slice() {
            [] => None,
            pieces => match self.learner.validate(pieces, interrupt::requested)? {
                Some(sums) => Some(sums),
                None => return Ok(false),
            },
        };
        let progress = &mut self.progress;
        let training = std::mem::take(&mut progress.sums);
        progress.seconds = self.clock.seconds();
        progress.history.0.push(EpochResult {
            training,
            validation,
            rate,
            seconds: progress.seconds,
        });
        progress.epochs += 1;
        progress.batches = 0;
        let (epochs, best) = (progress.epochs, progress.history.best());

        // The checkpoint comes last: a run that is killed before it learns this epoch again, to the
        // same end.
        self.write_record(best == Some(epochs))?;
        let progress = &self.progress;
        files::write(&self.folder.history(), progress.history.csv().as_bytes())?;
        render::loss::write_png(
            &self.folder.curve(),
            &self.receipt.name,
            &progress.history.points(),
            best,
        )?;
        if let (Some(board), Some(epoch)) = (&mut self.board, progress.history.0.last()) {
            board.add(epochs, epoch)?;
        }
        checkpoint::save(&self.folder.checkpoint(), progress, &self.learner.state()?)?;
        self.epoch_end = Some(started.elapsed().as_secs_f64());
        let line = self.epoch_line(training, validation, best == Some(epochs), speed);
        self.log.print(&line)?;
        self.tell_epoch(training, validation);
        Ok(true)
    }

    /// Writes the record of the epoch that has just ended, and again as the best where it is.
    fn write_record(&self, is_best: bool) -> Result<()> {
        let TrainingProgress { history, epochs, .. } = &self.progress;
        let receipt = Receipt {
            epochs: u64::from(*epochs),
            validation_loss: history.0.last().and_then(|it| it.validation).map(|it| it.loss()),
            ..self.receipt.clone()
        };
        let weights = self.learner.weights()?;
        let record = Record::new(self.learner.config(), self.vocabulary.clone(), receipt, weights)
            .context("the network cannot be kept as a record")?
            .with_form(self.form.clone())
            .with_groove(self.groove.clone())?;
        let record = match &self.progress.base {
            Some(base) => record.with_motif(base.motif.clone()).with_usual(base.usual)?,
            None => record,
        };
        let bytes = record.to_bytes(Precision::Single);
        files::write(&self.folder.epoch(*epochs), &bytes)?;
        if is_best { files::write(&self.folder.best(), &bytes) } else { Ok(()) }
    }

    fn outcome(&mut self) -> Result<TrainingOutcome> {
        let best = self.progress.history.best();
        if let Some(epoch) = best {
            let loss = self.progress.history.0[epoch as usize - 1].loss();
            let path = self.folder.best();
            let line = format!("best: epoch {epoch}, {loss:.3} nats a note: {}", path.display());
            self.log.print(&line)?;
        }
        Ok(TrainingOutcome { best: best.map(|_| self.folder.best()), finished: false })
    }

    /// "epoch 3 of 24" or "epoch 3".
    fn epoch_number(&self, epoch: u32) -> String {
        match self.progress.settings.epochs {
            Some(most) => format!("epoch {epoch:>2} of {most}"),
            None => format!("epoch {epoch:>2}"),
        }
    }

    /// Seconds until the training is over, with an epoch of so many batches at work; what completes the record
    /// comes after that.
    fn seconds_left(&self, batches: usize) -> f64 {
        match self.progress.settings.minutes {
            Some(minutes) if self.progress.settings.epochs.is_none() => {
                minutes * 60.0 - self.clock.seconds()
            }
            _ => {
                let share = self.share(batches);
                let done = (share - self.resumed_at).max(1e-9);
                self.clock.session() * (1.0 - share) / done
            }
        }
    }

    fn tell_batch(&self, epoch: u32, batches: usize) {
        self.log.tell(&Event::Batch {
            epoch,
            share: self.share(batches).min(1.0),
            loss: self.progress.sums.loss(),
            seconds_left: self.seconds_left(batches).max(0.0),
        });
    }

    fn tell_epoch(&self, training: LossSums, validation: Option<LossSums>) {
        let best = self.progress.history.best();
        self.log.tell(&Event::Epoch {
            epoch: self.progress.epochs,
            loss: training.loss(),
            validation: validation.map(|sums| sums.loss()),
            best,
            best_record: best.map(|epoch| self.folder.epoch(epoch)),
            share: self.share(1).min(1.0),
            seconds_left: self.seconds_left(1).max(0.0),
        });
    }

    fn batch_line(&self, batches: usize, speed: f64) -> String {
        let left = self.seconds_left(batches);
        format!(
            "{}, batch {} of {batches}, loss {:.3}, {} events/s, {} left",
            self.epoch_number(self.progress.epochs + 1),
            self.progress.batches,
            self.progress.sums.loss(),
            count(speed as usize),
            span(left)
        )
    }

    fn epoch_line(
        &self,
        training: LossSums,
        validation: Option<LossSums>,
        best: bool,
        speed: f64,
    ) -> String {
        let mut line =
            format!("{}: loss {:.3}", self.epoch_number(self.progress.epochs), training.loss());
        if let Some(validation) = validation {
            line.push_str(&format!(", validation {:.3}", validation.loss()));
        }
        if best {
            line.push_str(" (best)");
        }
        let (speed, time) = (count(speed as usize), span(self.clock.seconds()));
        line.push_str(&format!(", {speed} events/s, {time}"));
        line
    }
}
