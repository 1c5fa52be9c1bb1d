//! The records that can be played: the built-in ones, and those in the user's record folder. Runs on
//! the conductor's threads.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::conductor::RecordFacts;
use crate::store;

/// Most files that are listed.
const MOST: usize = 500;

/// A record that can be played, or a file that cannot.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its file; `None` where it is built in.
    pub path: Option<PathBuf>,
    /// The built-in record's number, from 1; 0 for a file.
    pub number: u32,
    /// What it is, or why it cannot be played.
    pub facts: Result<RecordFacts, String>,
}

/// The folder in which a user's records are looked for:
///
/// | system | folder |
/// | --- | --- |
/// | Linux | `$XDG_DATA_HOME/ai-jukebox/records`, or `~/.local/share/ai-jukebox/records` |
/// | macOS | `~/Library/Application Support/AI Jukebox/Records` |
/// | Windows | `%APPDATA%\AI Jukebox\Records` |
pub fn folder() -> Option<PathBuf> {
    Some(data_folder()?.join(if cfg!(target_os = "linux") { "records" } else { "Records" }))
}

/// The folder into which takes are exported with one click, beside that of the records.
pub fn export_folder() -> Option<PathBuf> {
    Some(data_folder()?.join(if cfg!(target_os = "linux") { "exports" } else { "Exports" }))
}

fn data_folder() -> Option<PathBuf> {
    let home = |name: &str| std::env::var_os(name).filter(|it| !it.is_empty()).map(PathBuf::from);
    if cfg!(target_os = "windows") {
        Some(home("APPDATA")?.join("AI Jukebox"))
    } else if cfg!(target_os = "macos") {
        Some(home("HOME")?.join("Library/Application Support/AI Jukebox"))
    } else {
        let data = home("XDG_DATA_HOME").filter(|it| it.is_absolute());
        Some(data.or_else(|| Some(home("HOME")?.join(".local/share")))?.join("ai-jukebox"))
    }
}

/// All records that can be played: the built-in ones first, then those of the folder by name.
pub fn list() -> Vec<Entry> {
    let built_in = (1..).zip(store::built_in_names()).map(|(number, name)| Entry {
        path: None,
        number,
        facts: store::built_in(number)
            .map(|record| RecordFacts { name: name.to_owned(), ..RecordFacts::of(&record) })
            .map_err(|error| error.to_string()),
    });
    built_in.chain(folder().map(|folder| files(&folder)).unwrap_or_default()).collect()
}

fn files(folder: &Path) -> Vec<Entry> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let is_record = |path: &PathBuf| {
        path.extension()
            .and_then(OsStr::to_str)
            .is_some_and(|it| it.eq_ignore_ascii_case("safetensors"))
    };
    let mut paths: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(is_record).take(MOST).collect();
    paths.sort();
    let entry = |path: PathBuf| {
        let facts = store::load(&path).map(|record| RecordFacts::of(&record));
        let facts = facts.map_err(|error| error.to_string());
        Entry { path: Some(path), number: 0, facts }
    };
    paths.into_iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conductor::tests::rig;

    #[test]
    fn a_folder_lists_its_records_and_says_what_is_wrong_with_the_others() {
        let folder = tempfile::tempdir().unwrap();
        rig::write(&rig::record(3, true), folder.path());
        std::fs::write(folder.path().join("a broken one.SAFETENSORS"), b"rubbish").unwrap();
        std::fs::write(folder.path().join("notes.txt"), b"not a record").unwrap();
        let listed = files(folder.path());
        assert_eq!(listed.len(), 2);
        let good = listed[0].facts.as_ref().unwrap();
        assert_eq!((good.name.as_str(), good.drums), ("Noise 3", true));
        assert!(listed[1].facts.as_ref().unwrap_err().contains("a broken one"));
        assert!(files(Path::new("there is no such folder")).is_empty());
    }

    #[test]
    fn the_built_in_records_can_be_played() {
        let listed = list();
        assert!(listed[0].facts.is_ok() && listed[0].number == 1);
    }
}
