//! The thread: does what it is asked for, and looks how the trainings stand.

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;

use super::import::Import;
use super::job::Job;
use super::progress::{Phase, ProgressReader};
use super::training_folder::{
    Length, MOST_COLLECTIONS, TrainingFolder, TrainingState, free_name, name_of,
};
use super::{Desk, Listing, Order, Places, Status, Training, command};

/// Between two looks while something goes on, and while nothing does.
const BUSY: Duration = Duration::from_millis(150);
const QUIET: Duration = Duration::from_millis(500);
/// Most times that a training's file is read on at a look.
const READS: usize = 64;
/// Most trainings that are listed, and entries of a folder.
const MOST_TRAININGS: usize = 200;
const MOST_ENTRIES: usize = 2000;
/// What can be learnt from, by its ending.
const ENDINGS: [&str; 5] = ["mid", "midi", "kar", "rmi", "zip"];

/// Works until the window goes.
pub(super) fn run(desk: &Mutex<Desk>, mut places: Places) {
    if places.command.is_none() {
        places.command = command::find();
    }
    let mut worker =
        Worker { desk, places, readers: BTreeMap::new(), importing: None, starting: None };
    worker.desk.lock().view.command = worker.places.command.clone();
    while !desk.lock().ended {
        let step = catch_unwind(AssertUnwindSafe(|| worker.step()));
        // A panic has been reported by its hook; the window goes on.
        thread::park_timeout(step.unwrap_or(QUIET));
    }
}

struct Worker<'a> {
    desk: &'a Mutex<Desk>,
    places: Places,
    /// What was read of each training.
    readers: BTreeMap<PathBuf, ProgressReader>,
    importing: Option<Job>,
    starting: Option<Starting>,
}

/// A training that is being started.
struct Starting {
    folder: TrainingFolder,
    /// Whether it is a new one, of which nothing shall stay where it does not begin.
    new: bool,
    job: Job,
}

impl Worker<'_> {
    /// Does what is to be done; says how long to wait for the next time.
    fn step(&mut self) -> Duration {
        while let Some(order) = self.next_order() {
            if let Err(error) = self.act(order) {
                self.say(error);
            }
        }
        self.poll_jobs();
        let trainings = self.trainings();
        let runs = trainings.iter().any(|it| it.status.is_running());
        let trainings = Arc::new(trainings);
        let before = {
            let mut desk = self.desk.lock();
            desk.view.ready = true;
            std::mem::replace(&mut desk.view.trainings, trainings)
        };
        drop(before);
        let busy = runs || self.importing.is_some() || self.starting.is_some();
        if busy { BUSY } else { QUIET }
    }

    fn next_order(&self) -> Option<Order> {
        self.desk.lock().orders.pop_front()
    }

    fn say(&self, error: String) {
        self.desk.lock().view.error = Some(error);
    }

    fn act(&mut self, order: Order) -> Result<(), String> {
        self.desk.lock().view.error = None;
        match order {
            Order::Import(paths) => self.import(paths),
            Order::Learn(length) => self.learn(length),
            Order::Stop(path) => {
                let stopped = self.folder(path)?.stop();
                stopped.map_err(|error| format!("The training cannot be stopped: {error}."))
            }
            Order::Resume(path) => {
                let folder = self.folder(path)?;
                let state = folder.state()?;
                self.start(&folder, &state, true)
            }
            Order::Keep(path) => self.keep(&self.folder(path)?),
            Order::Remove(path) => self.remove(&self.folder(path)?),
            Order::List(path) => {
                let listing = Arc::new(list(path));
                self.desk.lock().view.listing = listing;
                Ok(())
            }
        }
    }

    /// A training's folder, which lies where all do.
    fn folder(&self, path: PathBuf) -> Result<TrainingFolder, String> {
        match path.parent() == Some(&self.places.trainings) {
            true => Ok(TrainingFolder::new(path)),
            false => Err(format!("{} is no folder of a training.", path.display())),
        }
    }

    fn command(&mut self) -> Result<PathBuf, String> {
        if self.places.command.is_none() {
            // It may have been installed meanwhile.
            self.places.command = command::find();
            self.desk.lock().view.command = self.places.command.clone();
        }
        self.places.command.clone().ok_or_else(|| NO_COMMAND.to_owned())
    }

    fn import(&mut self, paths: Vec<PathBuf>) -> Result<(), String> {
        self.importing = None;
        {
            let mut desk = self.desk.lock();
            desk.view.chosen = Arc::default();
            (desk.view.import, desk.view.importing) = (None, false);
        }
        if paths.is_empty() || paths.len() > MOST_COLLECTIONS {
            return Err(format!("{} files: choose a folder of them.", paths.len()));
        }
        if let Some(path) = paths.iter().find(|it| !it.is_absolute()) {
            return Err(format!("{}: the whole path is needed.", path.display()));
        }
        if let Some(path) = paths.iter().find(|it| !it.exists()) {
            return Err(format!("There is nothing at {}.", path.display()));
        }
        let command = self.command()?;
        make(&self.places.trainings)?;
        let job = Job::start(&command, &self.places.trainings, |it| {
            it.args(["inspect", "--json"]).args(&paths);
        })?;
        self.importing = Some(job);
        let mut desk = self.desk.lock();
        (desk.view.chosen, desk.view.importing) = (Arc::new(paths), true);
        Ok(())
    }

    fn learn(&mut self, length: Length) -> Result<(), String> {
        let chosen = {
            let desk = self.desk.lock();
            desk.view.import.as_ref().map(|_| Arc::clone(&desk.view.chosen))
        };
        let Some(chosen) = chosen.filter(|_| self.starting.is_none()) else { return Ok(()) };
        let (trainings, records) = (&self.places.trainings, &self.places.records);
        make(trainings)?;
        make(records)?;
        let name = name_of(chosen.first().map_or(Path::new(""), PathBuf::as_path));
        // Trainings of one name shall not write one record.
        let free = free_name(&[(trainings, ""), (records, ".safetensors")], &name);
        let folder = TrainingFolder::new(trainings.join(&free));
        let file = format!("{free}.safetensors");
        // Not another's that has just been made.
        fs::create_dir(folder.path())
            .map_err(|error| format!("The training cannot be begun: {error}."))?;
        let begun = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_secs());
        let state = TrainingState { name, collections: chosen.to_vec(), file, begun, length };
        folder.write(&state).map_err(|error| format!("The training cannot be begun: {error}."))?;
        self.start(&folder, &state, false)
    }

    fn start(
        &mut self,
        folder: &TrainingFolder,
        state: &TrainingState,
        resume: bool,
    ) -> Result<(), String> {
        if self.starting.is_some() || folder.is_running() {
            return Ok(());
        }
        let command = self.command()?;
        let copy = self.places.records.join(&state.file);
        // The other half of the processor is the host's.
        let half = thread::available_parallelism().map_or(1, |it| it.get().div_ceil(2));
        let job = Job::start(&command, folder.path(), |it| {
            it.arg("train").args(&state.collections).arg("-o").arg(folder.path());
            it.arg("--background").arg("--copy-to").arg(copy).args(["--name", &state.name]);
            it.args(["--threads", &half.to_string()]);
            let Length { epochs, minutes, hidden } = state.length;
            let numbers = [
                ("--epochs", epochs.map(|it| it.to_string())),
                ("--minutes", minutes.map(|it| it.to_string())),
                ("--hidden", hidden.map(|it| it.to_string())),
            ];
            for (option, number) in numbers {
                it.args(number.map(|number| [option.to_owned(), number]).into_iter().flatten());
            }
            // A training that ended before its first checkpoint begins again.
            it.args(resume.then_some("--resume"));
        })?;
        self.starting = Some(Starting { folder: folder.clone(), new: !resume, job });
        self.desk.lock().view.starting = true;
        Ok(())
    }

    fn keep(&self, folder: &TrainingFolder) -> Result<(), String> {
        let state = folder.state()?;
        make(&self.places.records)?;
        let to = self.places.records.join(&state.file);
        let fresh = self.places.records.join(format!(".{}.new", state.file));
        let copied = fs::copy(folder.best(), &fresh).and_then(|_| fs::rename(&fresh, &to));
        copied.map_err(|error| format!("The record cannot be put into the list: {error}."))
    }

    fn remove(&mut self, folder: &TrainingFolder) -> Result<(), String> {
        if folder.is_running() {
            return Err("The training runs: stop it first.".to_owned());
        }
        self.readers.remove(folder.path());
        let removed = fs::remove_dir_all(folder.path());
        removed.map_err(|error| format!("The training cannot be removed: {error}."))
    }

    fn poll_jobs(&mut self) {
        if let Some(outcome) = self.importing.as_mut().and_then(Job::poll) {
            self.importing = None;
            let import = outcome.and_then(|text| Import::parse(&text));
            let mut desk = self.desk.lock();
            desk.view.importing = false;
            match import {
                Ok(import) => desk.view.import = Some(Arc::new(import)),
                Err(error) => desk.view.error = Some(error),
            }
        }
        if let Some(outcome) = self.starting.as_mut().and_then(|it| it.job.poll()) {
            let started = self.starting.take();
            if outcome.is_err()
                && let Some(Starting { folder, new: true, .. }) = started
                && !folder.is_running()
            {
                let _ = fs::remove_dir_all(folder.path());
            }
            let mut desk = self.desk.lock();
            desk.view.starting = false;
            if let Err(error) = outcome {
                desk.view.error = Some(error);
            }
        }
    }

    /// All trainings, the newest first.
    fn trainings(&mut self) -> Vec<Training> {
        let Ok(entries) = fs::read_dir(&self.places.trainings) else { return Vec::new() };
        let folders = entries.flatten().filter(|it| it.file_type().is_ok_and(|it| it.is_dir()));
        let paths: Vec<PathBuf> = folders.map(|it| it.path()).take(MOST_TRAININGS).collect();
        self.readers.retain(|path, _| paths.contains(path));
        let mut trainings: Vec<Training> =
            paths.into_iter().filter_map(|path| self.training(path)).collect();
        trainings.sort_by(|a, b| {
            (b.state.begun, b.folder.path()).cmp(&(a.state.begun, a.folder.path()))
        });
        trainings
    }

    fn training(&mut self, path: PathBuf) -> Option<Training> {
        let folder = TrainingFolder::new(path);
        let state = folder.state().ok()?;
        // Asked first: what it has told when it ended is read after that.
        let runs = folder.is_running();
        let reader = self.readers.entry(folder.path().to_owned()).or_default();
        // Of a file that grows without end the rest comes the next time.
        for _ in 0..READS {
            if !reader.read(&folder.progress()) {
                break;
            }
        }
        let starts = self.starting.as_ref().is_some_and(|it| it.folder == folder);
        let status = match &reader.progress.phase {
            _ if starts => Status::Reading,
            Phase::Reading if runs => Status::Reading,
            Phase::Learning if runs => Status::Learning,
            // It has told its end, and is about to go.
            Phase::Completing | Phase::Finished | Phase::Stopped | Phase::Failed(_) if runs => {
                Status::Completing
            }
            Phase::Finished => Status::Finished,
            Phase::Stopped => Status::Stopped,
            Phase::Failed(text) => Status::Failed(text.clone()),
            _ => Status::Interrupted,
        };
        let kept = self.places.records.join(&state.file);
        Some(Training {
            stopping: runs && folder.is_stopping(),
            progress: Arc::new(reader.progress.clone()),
            kept: kept.is_file().then_some(kept),
            folder,
            state,
            status,
        })
    }
}

const NO_COMMAND: &str = "The command jukebox was not found: put it beside the plugin, or where programs are \
                          installed, and try again.";

fn make(folder: &Path) -> Result<(), String> {
    let made = fs::create_dir_all(folder);
    made.map_err(|error| format!("The folder {} cannot be made: {error}.", folder.display()))
}

/// What is in a folder.
fn list(folder: PathBuf) -> Listing {
    let mut listing = Listing { folder, ..Listing::default() };
    match fs::read_dir(&listing.folder) {
        Ok(entries) => {
            for path in entries.flatten().take(MOST_ENTRIES).map(|it| it.path()) {
                let Some(name) = path.file_name().and_then(|it| it.to_str()) else { continue };
                let ending = path.extension().and_then(|it| it.to_str()).unwrap_or_default();
                let name = name.to_owned();
                if name.starts_with('.') {
                } else if path.is_dir() {
                    listing.folders.push(name);
                } else if ENDINGS.iter().any(|it| it.eq_ignore_ascii_case(ending)) {
                    listing.files.push(name);
                }
            }
        }
        Err(error) => listing.error = Some(format!("This folder cannot be read: {error}.")),
    }
    for names in [&mut listing.folders, &mut listing.files] {
        names.sort_by_key(|it| it.to_lowercase());
    }
    listing
}
