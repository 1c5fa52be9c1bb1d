//! Files that appear whole or not at all.
//!
//! Each is written beside its place under a temporary name, synced to the disk and renamed: a reader
//! sees the old file or the new one, whenever the program or the machine stops.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use tempfile::NamedTempFile;

/// What temporary names start with, so that leftovers of a killed run can be told and removed.
const TEMPORARY: &str = ".jukebox-";

/// Writes a file in one step.
///
/// # Errors
/// Names the file: its folder is missing or not writable, or the disk is full.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    write_with(path, |temporary| Ok(fs::write(temporary, bytes)?))
}

/// Writes a file in one step, by a function that writes to a path with the same extension. A link stays
/// one, and a pipe or a device takes what is written.
///
/// # Errors
/// As [`write()`], and those of the function.
pub fn write_with(path: &Path, fill: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let attempt = || -> Result<()> {
        let place = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        match fs::metadata(&place) {
            Ok(it) if it.is_dir() => bail!("it is a folder: name a file in it"),
            Ok(it) if !it.is_file() => return pass_on(&place, fill),
            _ => {}
        }
        let folder = folder_of(&place);
        let temporary = temporary_beside(path, &folder)?;
        fill(temporary.path())?;
        // By its path: the function may have replaced the file that was opened.
        File::options().write(true).open(temporary.path())?.sync_all()?;
        temporary.persist(&place).map_err(|failed| failed.error)?;
        sync_folder(&folder)
    };
    attempt().with_context(|| format!("cannot write {}", path.display()))
}

/// Writes to what is there and is no file.
fn pass_on(place: &Path, fill: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let temporary = temporary_beside(place, &std::env::temp_dir())?;
    fill(temporary.path())?;
    let mut there = File::options().write(true).open(place)?;
    io::copy(&mut File::open(temporary.path())?, &mut there)?;
    Ok(())
}

/// Whether two paths lead to one file.
pub fn same(a: &Path, b: &Path) -> bool {
    a == b || a.canonicalize().is_ok_and(|a| b.canonicalize().is_ok_and(|b| a == b))
}

/// Removes what runs that were killed left half written in a folder.
pub fn remove_leftovers(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
            // One that cannot be removed does no harm.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Appends whole lines to a file, each in one write.
#[derive(Debug)]
pub struct Lines(File);

impl Lines {
    /// Opens a file to append to, and makes it where there is none.
    ///
    /// # Errors
    /// Names the file.
    pub fn append(path: &Path) -> Result<Self> {
        let file = File::options().create(true).append(true).open(path);
        Ok(Self(file.with_context(|| format!("cannot write {}", path.display()))?))
    }

    /// Adds one line.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn line(&mut self, text: &str) -> Result<()> {
        self.0.write_all(format!("{text}\n").as_bytes()).context("cannot write the log")
    }
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn temporary_beside(path: &Path, folder: &Path) -> Result<NamedTempFile> {
    let extension = path.extension().map_or(String::new(), |it| format!(".{}", it.display()));
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY).suffix(&extension);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As for any new file: readable by all that the user's umask lets.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    // The error itself would name the temporary file.
    builder.tempfile_in(folder).map_err(|error| match error.kind() {
        ErrorKind::NotFound => anyhow!("the folder {} does not exist", folder.display()),
        ErrorKind::PermissionDenied => anyhow!("no right to write in {}", folder.display()),
        kind => anyhow!("{kind}"),
    })
}

/// Makes a rename last through a power cut, where the system can.
fn sync_folder(folder: &Path) -> Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_or_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.json");
        write(&path, b"old").unwrap();
        write(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");

        let failed = write_with(&path, |temporary| {
            fs::write(temporary, b"half")?;
            anyhow::bail!("the pen broke")
        });
        assert!(format!("{:#}", failed.unwrap_err()).contains("notes.json: the pen broke"));
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_of_its_own_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name| folder.path().join(name);
        fs::write(path("tune.mid"), b"old").unwrap();
        std::os::unix::fs::symlink(path("tune.mid"), path("link.mid")).unwrap();
        write(&path("link.mid"), b"new").unwrap();
        assert_eq!(fs::read(path("tune.mid")).unwrap(), b"new");
        assert!(same(&path("link.mid"), &path("tune.mid")));
        assert!(fs::symlink_metadata(path("link.mid")).unwrap().is_symlink());

        let _socket = std::os::unix::net::UnixListener::bind(path("socket")).unwrap();
        write(&path("socket"), b"new").expect_err("it cannot be written to like a file");
        assert!(!path("socket").is_file());
        let failed = format!("{:#}", write(folder.path(), b"new").unwrap_err());
        assert!(failed.contains("it is a folder"), "{failed}");
        assert!(folder.path().is_dir());
    }

    #[test]
    fn leftovers_of_a_killed_run_are_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".jukebox-x1.safetensors"), b"half").unwrap();
        fs::write(folder.path().join("best.safetensors"), b"whole").unwrap();
        remove_leftovers(folder.path());
        let left: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["best.safetensors"]);
    }

    #[test]
    fn an_unwritable_place_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("missing").join("tune.mid");
        let error = format!("{:#}", write(&path, b"x").unwrap_err());
        assert!(error.contains("tune.mid") && error.contains("does not exist"), "{error}");
        assert!(!error.contains(TEMPORARY), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn others_may_read_the_file_as_any_other() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (ours, plain) = (folder.path().join("a"), folder.path().join("b"));
        write(&ours, b"x").unwrap();
        fs::write(&plain, b"x").unwrap();
        let mode = |path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&ours), mode(&plain));
    }
}
