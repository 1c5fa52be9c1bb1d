//! A short process of the command: an import, or the start of a training. It is looked at now and then, and waited
//! for by nobody.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::training_folder::read;

/// Most bytes of what it prints.
const MOST: u64 = 1 << 25;
/// How long a job that is let go may still take.
const PATIENCE: Duration = Duration::from_millis(300);
/// Characters of what it says of its failure.
const LONGEST: usize = 600;

/// A process at work.
#[derive(Debug)]
pub(super) struct Job {
    child: Child,
    printed: PathBuf,
    said: PathBuf,
}

impl Job {
    /// Starts the command with arguments; what it prints goes into two files of a folder, which are removed at the end.
    pub(super) fn start(
        command: &Path,
        folder: &Path,
        arguments: impl FnOnce(&mut Command),
    ) -> Result<Self, String> {
        let problem =
            |error: io::Error| format!("{} cannot be started: {error}", command.display());
        if !command.is_file() {
            return Err(problem(io::Error::other("it is not there")));
        }
        let name = format!(".job-{}-{:?}", std::process::id(), thread::current().id());
        let file = |ending: &str| folder.join(format!("{name}{ending}"));
        let (printed, said) = (file(".out"), file(".err"));
        let mut process = niced(command);
        arguments(&mut process);
        process.stdin(Stdio::null());
        process.stdout(File::create(&printed).map_err(problem)?);
        process.stderr(File::create(&said).map_err(problem)?);
        let child = process.spawn().map_err(problem)?;
        Ok(Self { child, printed, said })
    }

    /// What it has printed, or why it failed, once it is over.
    pub(super) fn poll(&mut self) -> Option<Result<String, String>> {
        let status = match self.child.try_wait() {
            Ok(None) => return None,
            Ok(Some(status)) => status,
            Err(error) => return Some(Err(error.to_string())),
        };
        let text = |path: &Path| {
            let bytes = read(path, MOST).map_err(|error| error.to_string());
            bytes.map(|it| String::from_utf8_lossy(&it).into_owned())
        };
        if status.success() {
            return Some(text(&self.printed));
        }
        let said = text(&self.said).unwrap_or_default();
        let said = said.trim().trim_start_matches("error: ");
        let said: String = said.chars().take(LONGEST).collect();
        Some(Err(if said.is_empty() { format!("it ended with {status}") } else { said }))
    }
}

impl Drop for Job {
    /// Leaves no process behind that nobody has waited for.
    fn drop(&mut self) {
        let began = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) {
            if began.elapsed() > PATIENCE {
                let _ = self.child.kill();
                let _ = self.child.wait();
                break;
            }
            thread::sleep(Duration::from_millis(5));
        }
        for file in [&self.printed, &self.said] {
            let _ = std::fs::remove_file(file);
        }
    }
}

/// The command at low priority. By the program `nice`, for the standard library then makes no copy of the host's
/// memory map, which would hold up its audio thread.
#[cfg(unix)]
fn niced(command: &Path) -> Command {
    let nice = Path::new("/usr/bin/nice");
    if !nice.exists() {
        return Command::new(command);
    }
    let mut process = Command::new(nice);
    process.args(["-n", "10"]).arg(command);
    process
}

/// See the other.
#[cfg(windows)]
fn niced(command: &Path) -> Command {
    use std::os::windows::process::CommandExt;
    // Process creation flags of CreateProcessW.
    const CREATE_NO_WINDOW: u32 = 0x0800_0000;
    const BELOW_NORMAL_PRIORITY_CLASS: u32 = 0x0000_4000;
    let mut process = Command::new(command);
    process.creation_flags(CREATE_NO_WINDOW | BELOW_NORMAL_PRIORITY_CLASS);
    process
}
