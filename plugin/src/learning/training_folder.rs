//! The folder of a training: its files, and whether it runs.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Most bytes of a state file.
const MOST: u64 = 1 << 18;
/// Most files and folders that are learnt from at once.
pub const MOST_COLLECTIONS: usize = 1000;
/// Most characters of a name.
const LONGEST_NAME: usize = 80;
/// The state file.
const STATE: &str = "training.json";

/// How long a training is to be; what is `None` is as the command's rules say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Length {
    /// Epochs at most.
    pub epochs: Option<u32>,
    /// Minutes at most.
    pub minutes: Option<f64>,
    /// Units of the network.
    pub hidden: Option<u32>,
}

/// What a training was begun with: enough to go on with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainingState {
    /// What the record is called.
    pub name: String,
    /// Files and folders, by their whole paths.
    pub collections: Vec<PathBuf>,
    /// The name of the record's file in the user's folder of records.
    pub file: String,
    /// When it was begun, in seconds since 1970.
    pub begun: u64,
    /// How long it is to be.
    #[serde(default)]
    pub length: Length,
}

impl TrainingState {
    /// Reads a state that may say anything.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let state: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let number = state.collections.len();
        if number == 0 || number > MOST_COLLECTIONS {
            return Err(format!("{number} collections"));
        }
        if let Some(path) = state.collections.iter().find(|it| !it.is_absolute()) {
            return Err(format!("{} is no whole path", path.display()));
        }
        let is_plain = |name: &str| {
            let parts: Vec<_> = Path::new(name).components().collect();
            matches!(parts[..], [std::path::Component::Normal(_)])
        };
        if !is_plain(&state.file) || !state.file.ends_with(".safetensors") {
            return Err(format!("\"{}\" is no name of a record's file", state.file));
        }
        if state.name.chars().count() > LONGEST_NAME || state.name.starts_with('-') {
            return Err("its name is none".to_owned());
        }
        Ok(state)
    }
}

/// The folder of a training.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrainingFolder(PathBuf);

impl TrainingFolder {
    /// A folder that may be one.
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// What the training tells.
    pub fn progress(&self) -> PathBuf {
        self.0.join("progress.jsonl")
    }

    /// The record of an epoch, counted from 1.
    pub fn epoch(&self, number: u32) -> PathBuf {
        self.0.join(format!("epoch-{number:03}.safetensors"))
    }

    /// The best record.
    pub fn best(&self) -> PathBuf {
        self.0.join("best.safetensors")
    }

    /// The state.
    ///
    /// # Errors
    /// Where there is none, or it is not one.
    pub fn state(&self) -> Result<TrainingState, String> {
        let bytes = read(&self.0.join(STATE), MOST).map_err(|error| error.to_string())?;
        TrainingState::parse(&String::from_utf8_lossy(&bytes))
    }

    /// Writes the state, in one step.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn write(&self, state: &TrainingState) -> io::Result<()> {
        let text = serde_json::to_string_pretty(state)?;
        let fresh = self.0.join(format!("{STATE}.new"));
        fs::write(&fresh, text)?;
        fs::rename(fresh, self.0.join(STATE))
    }

    /// Whether a process trains here: it holds a lock for as long as it lives.
    pub fn is_running(&self) -> bool {
        let Ok(file) = open(&self.0.join("lock")) else { return false };
        // Shared: two who look do not take each other for a training.
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
    }

    /// Whether the training was asked to stop.
    pub fn is_stopping(&self) -> bool {
        self.0.join("stop").exists()
    }

    /// Asks the training to stop.
    ///
    /// # Errors
    /// Where the folder cannot be written to.
    pub fn stop(&self) -> io::Result<()> {
        fs::write(self.0.join("stop"), "")
    }
}

/// Opens a regular file. A pipe is not waited for.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(libc::O_NONBLOCK);
    }
    let file = options.open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("it is no file")) }
}

/// Reads a regular file of so many bytes at most.
pub(super) fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most { Err(io::Error::other("it is too long")) } else { Ok(bytes) }
}

/// A name as a record may have it: that of a path, in the characters that all systems take.
pub fn name_of(path: &Path) -> String {
    let name = match path.extension() {
        Some(_) if !path.is_dir() => path.file_stem(),
        _ => path.file_name(),
    };
    let name = name.unwrap_or_default().to_string_lossy();
    let allowed = |it: char| if it.is_alphanumeric() || " -_".contains(it) { it } else { ' ' };
    let name: String = name.chars().map(allowed).take(LONGEST_NAME / 2).collect();
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let name = name.trim_start_matches('-').trim();
    if name.is_empty() { "My music".to_owned() } else { name.to_owned() }
}

/// A name that nothing in some folders has yet, each with an ending: the one that is wanted, or it with a number.
pub fn free_name(places: &[(&Path, &str)], wanted: &str) -> String {
    let numbered = (2..).map(|number| format!("{wanted} {number}"));
    let mut names = std::iter::once(wanted.to_owned()).chain(numbered);
    let is_free = |name: &String| {
        let mut paths =
            places.iter().map(|(folder, ending)| folder.join(format!("{name}{ending}")));
        paths.all(|path| fs::symlink_metadata(path).is_err())
    };
    names.find(is_free).unwrap_or_else(|| wanted.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> TrainingState {
        TrainingState {
            name: "Mine".to_owned(),
            collections: vec![std::env::temp_dir()],
            file: "Mine.safetensors".to_owned(),
            begun: 7,
            length: Length { epochs: Some(3), ..Length::default() },
        }
    }

    #[test]
    fn a_state_comes_back_and_nothing_else_passes_for_one() {
        let place = tempfile::tempdir().unwrap();
        let folder = TrainingFolder::new(place.path().to_owned());
        assert!(folder.state().is_err());
        folder.write(&state()).unwrap();
        assert_eq!(folder.state().unwrap(), state());
        let wrong = [
            TrainingState { collections: Vec::new(), ..state() },
            TrainingState { collections: vec![std::env::temp_dir(); 1001], ..state() },
            TrainingState { collections: vec!["--overwrite".into()], ..state() },
            TrainingState { file: "../../.profile".to_owned(), ..state() },
            TrainingState { file: "/etc/x.safetensors".to_owned(), ..state() },
            TrainingState { file: "..".to_owned(), ..state() },
            TrainingState { file: "a.txt".to_owned(), ..state() },
            TrainingState { name: "--from".to_owned(), ..state() },
            TrainingState { name: "x".repeat(100), ..state() },
        ];
        for wrong in wrong {
            folder.write(&wrong).unwrap();
            assert!(folder.state().is_err(), "{wrong:?}");
        }
        for text in ["", "{}", "[1]", "{\"name\":1}"] {
            assert!(TrainingState::parse(text).is_err(), "{text}");
        }
        fs::write(place.path().join(STATE), vec![b' '; MOST as usize + 1]).unwrap();
        assert_eq!(folder.state().unwrap_err(), "it is too long");
    }

    #[test]
    fn a_training_runs_while_its_lock_is_held() {
        let place = tempfile::tempdir().unwrap();
        let folder = TrainingFolder::new(place.path().to_owned());
        assert!(!folder.is_running());
        let held = File::create(place.path().join("lock")).unwrap();
        assert!(!folder.is_running());
        held.lock().unwrap();
        assert!(folder.is_running() && folder.is_running());
        drop(held);
        assert!(!folder.is_running());
    }

    #[test]
    fn names_are_plain_and_free() {
        for (path, name) in [
            ("/music/My Tunes.zip", "My Tunes"),
            ("/music/a/../--x<>?.mid", "x"),
            ("/", "My music"),
            ("/m/..mid", "My music"),
            ("/m/Ärger №1.mid", "Ärger 1"),
        ] {
            assert_eq!(name_of(Path::new(path)), name, "{path}");
        }
        let place = tempfile::tempdir().unwrap();
        let free = || free_name(&[(place.path(), ".x"), (place.path(), "")], "A");
        assert_eq!(free(), "A");
        for name in ["A.x", "A 2"] {
            fs::write(place.path().join(name), "").unwrap();
        }
        assert_eq!(free(), "A 3");
    }
}
