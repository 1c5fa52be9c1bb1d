//! Files: read only where they are files, written whole or not at all.
//!
//! What is read was named by the user or lies in a folder that was: whether it is a regular file is known
//! before anything waits for it, and no more of it is read than it may hold.
//!
//! What is written goes beside its place under a temporary name, is synced to the disk and renamed: a
//! reader sees the old file or the new one, whenever the program or the machine stops.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use tempfile::NamedTempFile;

/// What temporary names start with, so that leftovers of a killed run can be told and removed.
const TEMPORARY: &str = ".jukebox-";

/// Opens a regular file to read it. To open a pipe would wait until somebody writes to it, and a device
/// may have no end.
///
/// # Errors
/// Where there is no such file, it may not be read, or it is something else. The path is not named.
pub fn open(path: &Path) -> io::Result<File> {
    open_with(path, OpenOptions::new().read(true))
}

/// Reads a regular file, unless it is longer than `most` bytes.
///
/// # Errors
/// As [`open`], and where it is longer.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    read_bounded(open(path)?, most)
}

/// Reads a regular file, or the pipe that the shell hands over as `/dev/stdin` or `/dev/fd/N`: somebody
/// writes to it already.
///
/// # Errors
/// As [`read`].
pub fn read_or_receive(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let handed_over = path == Path::new("/dev/stdin")
        || [Path::new("/dev/fd"), Path::new("/proc/self/fd")].contains(&folder);
    match handed_over {
        true => read_bounded(File::open(path)?, most),
        false => read(path, most),
    }
}

fn read_bounded(file: File, most: u64) -> io::Result<Vec<u8>> {
    let too_long = || io::Error::other(format!("longer than {} MiB", most >> 20));
    let length = file.metadata()?.len();
    if length > most {
        return Err(too_long());
    }
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(usize::try_from(length).unwrap_or(usize::MAX))?;
    // A file may grow while it is read, and a pipe has no length.
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most { Err(too_long()) } else { Ok(bytes) }
}

/// Opens a regular file, or makes it where the options say so.
fn open_with(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    match fs::metadata(path) {
        Ok(found) => check_regular(&found)?,
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // Something else may have taken its place by now: its opening must not wait either. Files do not
        // heed it.
        options.custom_flags(libc::O_NONBLOCK);
    }
    let file = options.open(path)?;
    check_regular(&file.metadata()?)?;
    Ok(file)
}

fn check_regular(found: &Metadata) -> io::Result<()> {
    match found {
        it if it.is_file() => Ok(()),
        it if it.is_dir() => Err(io::Error::new(ErrorKind::IsADirectory, "it is a folder")),
        _ => Err(io::Error::other("it is no file but a pipe, a socket or a device")),
    }
}

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
pub struct LineAppender(File);

impl LineAppender {
    /// Opens a file to append to, and makes it where there is none.
    ///
    /// # Errors
    /// Names the file.
    pub fn append(path: &Path) -> Result<Self> {
        let file = open_with(path, OpenOptions::new().create(true).append(true));
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
        ErrorKind::NotFound => {
            anyhow!("the folder {} does not exist: make it first", folder.display())
        }
        // Its kind alone, which keeps what advice is given by.
        kind => anyhow::Error::new(std::io::Error::from(kind)),
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
    fn a_file_is_read_up_to_a_length() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tune.mid");
        fs::write(&path, [7; 1000]).unwrap();
        assert_eq!(read(&path, 1000).unwrap(), [7; 1000]);
        assert_eq!(read_or_receive(&path, 1000).unwrap(), [7; 1000]);
        assert!(read(&path, 999).unwrap_err().to_string().contains("longer than 0 MiB"));
        let missing = read(&folder.path().join("none"), 1000).unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::NotFound);
        assert_eq!(read(folder.path(), 1000).unwrap_err().to_string(), "it is a folder");
    }

    #[cfg(unix)]
    #[test]
    fn nothing_waits_for_a_pipe_or_reads_a_device() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe.mid");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        let socket = folder.path().join("socket.mid");
        let _socket = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let (done, tried) = std::sync::mpsc::channel();
        // A thread that waits for ever does not hold up the end of the tests.
        std::thread::spawn(move || {
            let zero = Path::new("/dev/zero");
            for path in [pipe.as_path(), &socket, zero] {
                let read = [read(path, 1000), read_or_receive(path, 1000)];
                let failed = read.into_iter().map(Result::unwrap_err).map(|it| it.to_string());
                done.send(failed.collect::<Vec<_>>()).unwrap();
            }
            let failed = LineAppender::append(&pipe).unwrap_err();
            done.send(vec![format!("{:#}", failed)]).unwrap();
        });
        for _ in 0..4 {
            let failed = tried.recv_timeout(std::time::Duration::from_secs(20)).expect("no wait");
            assert!(failed.iter().all(|it| it.contains("no file but a pipe")), "{failed:?}");
        }
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
