//! The folder that a training writes to: the names of its files, and whether a training may begin in it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::dataset::{learnt, parts_file};
use crate::files;
use crate::format::counted;

/// The folder that a training writes to.
#[derive(Clone, Debug)]
pub struct TrainingFolder(PathBuf);

/// What a training does where its folder holds a training already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartMode {
    /// Only where there is none.
    New,
    /// It goes on with the one that is there.
    Resume,
    /// It takes its place.
    Overwrite,
}

impl TrainingFolder {
    /// Makes the folder where there is none.
    ///
    /// # Errors
    /// Where the folder holds a training and `begin` does not say what to do with it, or cannot be
    /// made.
    pub fn open(path: &Path, begin: StartMode) -> Result<Self> {
        if path.is_file() {
            bail!("{} is a file: name a folder with -o", path.display());
        }
        fs::create_dir_all(path)
            .with_context(|| format!("cannot make the folder {}", path.display()))?;
        let folder = Self(path.to_owned());
        let records = folder.epochs()?;
        let found = !records.is_empty() || folder.best().exists();
        if begin == StartMode::New && (found || folder.checkpoint().exists()) {
            bail!(
                "{} already holds a training with {}. Add --resume to go on with it, choose \
                 another folder with -o, or add --overwrite to start again",
                path.display(),
                if records.is_empty() && found {
                    "a record".to_owned()
                } else {
                    counted(records.len(), "finished epoch")
                }
            );
        }
        if begin == StartMode::Resume && found && !folder.checkpoint().exists() {
            bail!(
                "{} holds {} but no checkpoint to go on from: choose another folder with -o, or add \
                 --overwrite to start again",
                path.display(),
                counted(records.len(), "finished epoch")
            );
        }
        files::remove_leftovers(path);
        Ok(folder)
    }

    /// Makes the place free for a training that begins: what another one left there goes, but for the
    /// record that is gone on from. It stays until the first epoch writes over it.
    ///
    /// # Errors
    /// Where a file cannot be removed.
    pub fn clear(&self, from: Option<&Path>) -> Result<()> {
        // The checkpoint first: without it nothing can be resumed half removed.
        let own = [self.checkpoint(), self.best(), self.history(), self.curve()];
        let more = [self.notes(), self.log(), self.learnt(), self.validation(), self.parts()];
        let all = own.into_iter().chain(more).chain(self.epochs()?);
        for path in all.filter(|path| !from.is_some_and(|from| files::same(path, from))) {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    bail!("cannot remove {}: {error}", path.display())
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The records of finished epochs.
    fn epochs(&self) -> Result<Vec<PathBuf>> {
        let entries = fs::read_dir(&self.0)
            .with_context(|| format!("cannot read the folder {}", self.0.display()))?;
        let is_record = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let number = name.strip_prefix("epoch-").and_then(|it| it.strip_suffix(".safetensors"));
            number.is_some_and(|it| !it.is_empty() && it.bytes().all(|b| b.is_ascii_digit()))
        };
        let mut records: Vec<PathBuf> =
            entries.flatten().map(|entry| entry.path()).filter(is_record).collect();
        records.sort();
        Ok(records)
    }

    /// The record of an epoch, counted from 1.
    pub fn epoch(&self, number: u32) -> PathBuf {
        self.0.join(format!("epoch-{number:03}.safetensors"))
    }

    /// The record of the best epoch.
    pub fn best(&self) -> PathBuf {
        self.0.join("best.safetensors")
    }

    /// What a training needs to go on.
    pub fn checkpoint(&self) -> PathBuf {
        self.0.join("checkpoint.safetensors")
    }

    /// The vocabulary for people.
    pub fn notes(&self) -> PathBuf {
        self.0.join("notes.json")
    }

    /// Which tracks are which parts, where a file said so.
    pub fn parts(&self) -> PathBuf {
        self.0.join(parts_file::FILE)
    }

    /// What was learnt, as events.
    pub fn learnt(&self) -> PathBuf {
        self.0.join(learnt::FILE)
    }

    /// What the evaluation at the end found.
    pub fn validation(&self) -> PathBuf {
        self.0.join("validation.json")
    }

    /// The losses as a table.
    pub fn history(&self) -> PathBuf {
        self.0.join("history.csv")
    }

    /// The losses as a picture.
    pub fn curve(&self) -> PathBuf {
        self.0.join("loss.png")
    }

    /// What was said.
    pub fn log(&self) -> PathBuf {
        self.0.join("train.log")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_training_is_not_overwritten_by_accident() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("out");
        let folder = TrainingFolder::open(&path, StartMode::New).unwrap();
        fs::write(folder.notes(), "{}").unwrap();
        TrainingFolder::open(&path, StartMode::New).expect("nothing was learnt yet");
        fs::write(folder.epoch(1), "x").unwrap();
        fs::write(path.join("mine.txt"), "x").unwrap();
        let error = TrainingFolder::open(&path, StartMode::New).unwrap_err().to_string();
        assert!(error.contains("1 finished epoch") && error.contains("--resume"), "{error}");
        let error = TrainingFolder::open(&path, StartMode::Resume).unwrap_err().to_string();
        assert!(error.contains("no checkpoint"), "{error}");
        fs::write(folder.checkpoint(), "x").unwrap();
        TrainingFolder::open(&path, StartMode::Resume).unwrap();
        assert!(folder.epoch(1).exists());
        TrainingFolder::open(&path, StartMode::Overwrite).unwrap();
        assert!(folder.epoch(1).exists(), "it may yet be that nothing takes its place");
        folder.clear(None).unwrap();
        assert!(!folder.epoch(1).exists() && path.join("mine.txt").exists());
        fs::write(folder.best(), "x").unwrap();
        for begin in [StartMode::New, StartMode::Resume] {
            TrainingFolder::open(&path, begin)
                .expect_err("a record that was kept is not written over");
        }
    }
}
