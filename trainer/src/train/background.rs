//! A training that goes on by itself: `train --background`.
//!
//! ```text
//! who starts it -> jukebox train ... --background        ends as soon as the other has begun
//!                    -> jukebox train ...                in a session of its own, at low priority
//!                         DIR/progress.jsonl             its events, see [`super::progress`]
//!                         DIR/output.txt                 what it says to people
//!                         DIR/lock                       locked for as long as it runs
//!                         DIR/stop                       whoever makes it stops the training, as Ctrl-C does
//! ```
//!
//! Who started it may end, or be killed: the training has no parent that waits for it and no terminal that takes it
//! along. Whether it runs is told by the lock, which the system lets go when a process ends in whatever way; no number
//! of a process can be mistaken for another's.

use std::env;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::interrupt;
use super::progress::{Event, Progress};
use crate::terminal;

/// Says to a process that it is the one that goes on.
const ROLE: &str = "JUKEBOX_IN_BACKGROUND";
/// How long to wait for it to begin: it has nothing to do before.
const BEGINNING: Duration = Duration::from_secs(20);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(20);
/// Between two looks for the file that stops it.
const STOPPED: Duration = Duration::from_millis(200);
/// How long whoever looks whether the training runs may hold the lock.
const HELD: Duration = Duration::from_secs(1);
/// How much nicer it is to others (nice(2)).
#[cfg(unix)]
const NICENESS: libc::c_int = 10;

/// The files by which a training in the background is watched and stopped.
#[derive(Clone, Debug)]
struct ControlFiles(PathBuf);

impl ControlFiles {
    fn progress(&self) -> PathBuf {
        self.0.join("progress.jsonl")
    }

    fn output(&self) -> PathBuf {
        self.0.join("output.txt")
    }

    fn lock(&self) -> PathBuf {
        self.0.join("lock")
    }

    fn stop(&self) -> PathBuf {
        self.0.join("stop")
    }
}

/// Whether this process is the training itself, not the one that starts it.
pub fn is_started() -> bool {
    env::var_os(ROLE).is_some()
}

/// Starts this very command once more, to go on by itself, and returns when it has begun.
///
/// # Errors
/// Where the folder cannot be made, another training goes on in it, or this one does not begin.
pub fn start(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let files = ControlFiles(folder.to_owned());
    drop(lock(&files)?);
    match fs::remove_file(files.stop()) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("cannot remove {}", files.stop().display()));
        }
        _ => {}
    }
    let append = |path: PathBuf| {
        let file = File::options().create(true).append(true).open(&path);
        file.with_context(|| format!("cannot write {}", path.display()))
    };
    let (progress, output) = (append(files.progress())?, append(files.output())?);
    let (told, said) = (length(&files.progress()), length(&files.output()));
    let program = env::current_exe().context("cannot find where this program lies")?;
    let mut command = Command::new(program);
    command.args(env::args_os().skip(1)).env(ROLE, "1");
    command.stdin(Stdio::null()).stdout(progress).stderr(output);
    #[cfg(windows)]
    {
        use std::os::windows::process::CommandExt;
        // No console, no Ctrl-C of others, and below normal priority (CreateProcessW, process creation flags).
        const DETACHED_PROCESS: u32 = 0x0000_0008;
        const CREATE_NEW_PROCESS_GROUP: u32 = 0x0000_0200;
        const BELOW_NORMAL_PRIORITY_CLASS: u32 = 0x0000_4000;
        command.creation_flags(
            DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP | BELOW_NORMAL_PRIORITY_CLASS,
        );
    }
    let mut child = command.spawn().context("cannot start the training")?;
    wait(&mut child, &files, told, said)?;
    terminal::print_note(&format!(
        "process {} learns in the background: {} tells how it goes, and a file called {} stops it",
        child.id(),
        files.progress().display(),
        files.stop().display()
    ));
    Ok(())
}

/// Waits until the training has told its beginning.
fn wait(child: &mut Child, files: &ControlFiles, told: u64, said: u64) -> Result<()> {
    let began = Instant::now();
    while length(&files.progress()) <= told {
        if let Some(status) = child.try_wait().context("cannot watch the training")? {
            let output = fs::read(files.output()).unwrap_or_default();
            let new = output.get(said as usize..).unwrap_or_default();
            bail!("the training has not begun ({status}): {}", String::from_utf8_lossy(new).trim());
        }
        if began.elapsed() > BEGINNING {
            bail!("the training has not begun in {} seconds", BEGINNING.as_secs());
        }
        thread::sleep(LOOK);
    }
    Ok(())
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |it| it.len())
}

/// Makes this process the one that goes on in a folder: until it ends, the folder's lock is held, and a file `stop`
/// there ends it.
///
/// # Errors
/// Where another training goes on there, or the system gives no thread.
pub fn go_on(folder: &Path, progress: &Progress) -> Result<()> {
    detach();
    let files = ControlFiles(folder.to_owned());
    let held = lock(&files)?;
    progress.begin();
    let progress = progress.clone();
    let watch = move || {
        // The lock goes with the process.
        let _held = held;
        while !files.stop().exists() {
            thread::sleep(STOPPED);
        }
        if !interrupt::is_caught() {
            progress.tell(&Event::End { outcome: "stopped", record: None });
        }
        interrupt::request();
        loop {
            thread::park();
        }
    };
    thread::Builder::new().spawn(watch).context("cannot watch for the file that stops it")?;
    Ok(())
}

/// Leaves the session of whoever started this process, and lets others go first.
fn detach() {
    #[cfg(unix)]
    {
        // SAFETY: both take numbers and touch no memory.
        unsafe {
            libc::setsid();
            libc::setpriority(libc::PRIO_PROCESS, 0, NICENESS);
        }
    }
}

/// Locks a folder. Somebody who only looks may hold the lock for a moment.
fn lock(files: &ControlFiles) -> Result<Option<File>> {
    let path = files.lock();
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.with_context(|| format!("cannot write {}", path.display()))?;
    let began = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::WouldBlock) if began.elapsed() < HELD => thread::sleep(LOOK),
            Err(TryLockError::WouldBlock) => {
                bail!("a training goes on in {}: stop it first", files.0.display())
            }
            // A file system that knows no locks: it is not told that this one runs.
            Err(TryLockError::Error(_)) => return Ok(None),
        }
    }
}
