//! The folder that the site is written into.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::workspace::{copy, remove};

/// The folder, and the pages that were written.
pub struct Output {
    /// The folder.
    pub folder: PathBuf,
    /// Pages by their path, for those who check them.
    pub pages: BTreeMap<String, String>,
}

impl Output {
    /// An empty folder.
    ///
    /// # Errors
    /// Where what lies there cannot be removed.
    pub fn new(folder: &Path) -> Result<Self> {
        remove(folder)?;
        Ok(Self { folder: folder.to_owned(), pages: BTreeMap::new() })
    }

    /// Writes a file.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn write(&mut self, path: &str, bytes: &[u8]) -> Result<()> {
        let to = self.folder.join(path);
        let problem = || format!("cannot write {}", to.display());
        fs::create_dir_all(to.parent().unwrap_or(&to)).with_context(problem)?;
        fs::write(&to, bytes).with_context(problem)?;
        if path.ends_with(".html") {
            self.pages.insert(path.to_owned(), String::from_utf8_lossy(bytes).into_owned());
        }
        Ok(())
    }

    /// Copies a file or folder of the repository to the same place.
    ///
    /// # Errors
    /// Where it cannot be copied.
    pub fn copy(&self, path: &str) -> Result<()> {
        copy(Path::new(path), &self.folder.join(path))
    }
}
