//! The records that can be played: the built-in ones, and those in the user's record folder. They are
//! listed by their headers, on a thread of their own.

use std::ffi::OsStr;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use jukebox_model::record::Header;

use crate::records::RecordFacts;
use crate::records::store;

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

/// The folder of the trainings that were begun in the window, beside that of the records.
pub fn training_folder() -> Option<PathBuf> {
    Some(data_folder()?.join(if cfg!(target_os = "linux") { "trainings" } else { "Trainings" }))
}

/// The folder of all that is the user's.
pub fn data_folder() -> Option<PathBuf> {
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

/// Finds all records that can be played: the built-in ones first, then those of a folder by name. Of each
/// no more than the header is read. `found` is told of one after the other, and may break it off.
pub fn list(
    folder: Option<&Path>,
    found: &mut impl FnMut(Entry) -> ControlFlow<()>,
) -> ControlFlow<()> {
    for (number, name) in (1..).zip(store::built_in_names()) {
        let facts = store::built_in_header(number)
            .map(|(header, hash)| RecordFacts {
                name: name.to_owned(),
                ..RecordFacts::of_header(&header, &hash)
            })
            .map_err(|error| error.to_string());
        found(Entry { path: None, number, facts })?;
    }
    folder.map_or(ControlFlow::Continue(()), |folder| files(folder, found))
}

fn files(folder: &Path, found: &mut impl FnMut(Entry) -> ControlFlow<()>) -> ControlFlow<()> {
    let Ok(entries) = std::fs::read_dir(folder) else { return ControlFlow::Continue(()) };
    let is_record = |path: &PathBuf| {
        path.extension()
            .and_then(OsStr::to_str)
            .is_some_and(|it| it.eq_ignore_ascii_case("safetensors"))
    };
    let mut paths: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(is_record).take(MOST).collect();
    paths.sort();
    for path in paths {
        let facts = Header::load(&path)
            .map(|header| RecordFacts::of_header(&header, ""))
            .map_err(|error| error.to_string());
        found(Entry { path: Some(path), number: 0, facts })?;
    }
    ControlFlow::Continue(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conductor::tests::rig;

    fn listed(folder: &Path) -> Vec<Entry> {
        let mut entries = Vec::new();
        let whole = list(Some(folder), &mut |entry| {
            entries.push(entry);
            ControlFlow::Continue(())
        });
        assert!(whole.is_continue());
        entries.split_off(store::built_in_names().len())
    }

    #[test]
    fn a_folder_lists_its_records_and_says_what_is_wrong_with_the_others() {
        let folder = tempfile::tempdir().unwrap();
        rig::write(&rig::record(3, true), folder.path());
        std::fs::write(folder.path().join("a broken one.SAFETENSORS"), b"rubbish").unwrap();
        std::fs::write(folder.path().join("notes.txt"), b"not a record").unwrap();
        let found = listed(folder.path());
        assert_eq!(found.len(), 2);
        let good = found[0].facts.as_ref().unwrap();
        assert_eq!((good.name.as_str(), good.drums), ("Noise 3", true));
        assert!(found[1].facts.as_ref().unwrap_err().contains("a broken one"));
        assert!(listed(Path::new("there is no such folder")).is_empty());
    }

    #[test]
    fn weights_are_not_read_to_list_a_record() {
        let folder = tempfile::tempdir().unwrap();
        let path = rig::write(&rig::record(3, false), folder.path());
        let mut bytes = std::fs::read(&path).unwrap();
        let header = 8 + u64::from_le_bytes(*bytes.first_chunk().unwrap()) as usize;
        bytes[header..].fill(0xff);
        std::fs::write(&path, bytes).unwrap();
        assert!(store::load(&path).is_err());
        assert_eq!(listed(folder.path())[0].facts.as_ref().unwrap().name, "Noise 3");
    }

    #[test]
    fn the_built_in_records_can_be_played() {
        let mut first = None;
        let broken_off = list(None, &mut |entry| {
            first = Some(entry);
            ControlFlow::Break(())
        });
        let first = first.unwrap();
        assert!(broken_off.is_break() && first.number == 1);
        let record = store::built_in(1).unwrap();
        assert_eq!(first.facts.unwrap(), RecordFacts::of(&record));
    }
}
