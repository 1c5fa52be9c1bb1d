//! Learning from the DAW: trainings are processes of the command `jukebox`, which go on when the window, the instance
//! or the host is gone.
//!
//! ```text
//!  editor               learning thread              jukebox train --background
//!  orders    ->  Desk   starts, polls      ->        one folder a training:
//!  View      <-  lock   reads with limits  <-        training.json, progress.jsonl, lock, stop, records
//! ```
//!
//! | file | what it is |
//! | --- | --- |
//! | [`command`] | where `jukebox` lies |
//! | [`training_folder`] | what lies in a training's folder, and whether it runs |
//! | [`progress`] | the events that a training tells, read as they come |
//! | [`import`] | what `jukebox inspect` says of a collection |
//! | `job` | a short process: an import, or the start of a training |
//! | `worker` | the thread |
//!
//! A training is found by its folder, by any instance of any host. Whether it runs is told by a lock on a file there
//! that the system lets go when the process ends: no process number is trusted, and no signal is ever sent. It is
//! stopped by a file.

pub mod command;
pub mod import;
mod job;
pub mod progress;
pub mod training_folder;
mod worker;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::{self, JoinHandle, Thread};
use std::time::Duration;

use parking_lot::Mutex;

use self::import::Import;
use self::progress::Progress;
use self::training_folder::{Length, TrainingFolder, TrainingState};
use crate::records::list;

/// How long a window that closes waits for the thread.
const PATIENCE: Duration = Duration::from_millis(900);

/// Where everything lies.
#[derive(Clone, Debug)]
pub struct Places {
    /// The folder of all trainings, a folder each.
    pub trainings: PathBuf,
    /// The folder of the user's records.
    pub records: PathBuf,
    /// The command `jukebox`; `None` to look for it.
    pub command: Option<PathBuf>,
}

impl Places {
    /// Those of the user; `None` where the system does not tell whose they are.
    pub fn usual() -> Option<Self> {
        Some(Self { trainings: list::training_folder()?, records: list::folder()?, command: None })
    }
}

/// What is asked of the thread.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// Say what is in files and folders.
    Import(Vec<PathBuf>),
    /// Learn from what was imported last.
    Learn(Length),
    /// Stop a training, with everything saved.
    Stop(PathBuf),
    /// Go on with a training.
    Resume(PathBuf),
    /// Put the best record so far of a training into the list.
    Keep(PathBuf),
    /// Remove a training, but for the record in the list.
    Remove(PathBuf),
    /// Say what is in a folder.
    List(PathBuf),
}

/// What a training is at.
#[derive(Clone, Debug, PartialEq)]
pub enum Status {
    /// It reads the collection.
    Reading,
    /// It learns.
    Learning,
    /// The best record is measured, and finds its usual settings.
    Completing,
    /// It has come to its end.
    Finished,
    /// It was stopped, with everything saved.
    Stopped,
    /// It went wrong.
    Failed(String),
    /// It ended without a word: the machine was switched off, or somebody ended the process.
    Interrupted,
}

impl Status {
    /// Whether a process is at work.
    pub fn is_running(&self) -> bool {
        matches!(self, Self::Reading | Self::Learning | Self::Completing)
    }
}

/// A training as it stands.
#[derive(Clone, Debug)]
pub struct Training {
    /// Its folder.
    pub folder: TrainingFolder,
    /// What it was begun with.
    pub state: TrainingState,
    /// What it is at.
    pub status: Status,
    /// Whether it has been asked to stop.
    pub stopping: bool,
    /// What it has told.
    pub progress: Arc<Progress>,
    /// The record in the user's list, once it is there.
    pub kept: Option<PathBuf>,
}

impl Training {
    /// The record of the best epoch so far, with the epoch's number.
    pub fn best(&self) -> Option<(u32, PathBuf)> {
        let epoch = self.progress.best?;
        Some((epoch, self.folder.epoch(epoch)))
    }
}

/// A folder that is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The folder.
    pub folder: PathBuf,
    /// The folders in it, and the files that can be learnt from, by name.
    pub folders: Vec<String>,
    /// See `folders`.
    pub files: Vec<String>,
    /// Why it cannot be read.
    pub error: Option<String>,
}

/// What the window shows.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// Whether the thread has looked round once.
    pub ready: bool,
    /// The command `jukebox`, where it was found.
    pub command: Option<PathBuf>,
    /// What was chosen to learn from.
    pub chosen: Arc<Vec<PathBuf>>,
    /// What is in it.
    pub import: Option<Arc<Import>>,
    /// Whether that is being found out.
    pub importing: bool,
    /// Whether a training is being started.
    pub starting: bool,
    /// What went wrong last.
    pub error: Option<String>,
    /// All trainings, the newest first.
    pub trainings: Arc<Vec<Training>>,
    /// The folder that was asked for last.
    pub listing: Arc<Listing>,
}

/// What lies between the window and the thread.
#[derive(Debug, Default)]
struct Desk {
    orders: VecDeque<Order>,
    view: View,
    ended: bool,
}

/// The thread at work. Dropping it ends the thread, and no training.
#[derive(Debug)]
pub struct Learning {
    desk: Arc<Mutex<Desk>>,
    thread: Option<(JoinHandle<()>, Receiver<()>)>,
    wakes: Option<Thread>,
}

impl Learning {
    /// Starts the thread, which looks for trainings at once.
    pub fn start(places: Places) -> Self {
        let desk = Arc::<Mutex<Desk>>::default();
        let of_thread = Arc::clone(&desk);
        let (working, done) = mpsc::channel::<()>();
        let builder = thread::Builder::new().name("ai-jukebox-learning".to_owned());
        let thread = builder.spawn(move || {
            // The channel closes when the thread has done.
            let _working = working;
            worker::run(&of_thread, places);
        });
        if let Err(error) = &thread {
            desk.lock().view.error =
                Some(format!("The system gives the plugin no thread to learn with ({error})."));
        }
        let thread = thread.ok();
        let wakes = thread.as_ref().map(|it| it.thread().clone());
        Self { desk, thread: thread.map(|it| (it, done)), wakes }
    }

    /// Asks for something. Returns at once.
    pub fn order(&self, order: Order) {
        self.desk.lock().orders.push_back(order);
        self.wake();
    }

    /// Learns from files and folders: they are imported first, and what that says is in the view. Returns at once.
    pub fn learn_from(&self, paths: Vec<PathBuf>) {
        self.order(Order::Import(paths));
    }

    /// How everything stands.
    pub fn view(&self) -> View {
        self.desk.lock().view.clone()
    }

    fn wake(&self) {
        if let Some(thread) = &self.wakes {
            thread.unpark();
        }
    }
}

impl Drop for Learning {
    fn drop(&mut self) {
        self.desk.lock().ended = true;
        self.wake();
        let Some((thread, done)) = self.thread.take() else { return };
        if done.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Disconnected) {
            // A thread that has panicked has said so itself.
            let _ = thread.join();
        }
    }
}
