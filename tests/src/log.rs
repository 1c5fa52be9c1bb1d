//! The plugin's log: where bars come late, it says so there.
//!
//! It goes where the environment says when the process starts, so that who wants to read it runs itself
//! once more.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, Command};

use anyhow::{Context, Result};

/// Where the plugin writes to.
const LOG: &str = "NICE_LOG";
/// The same for us: somebody else may have set the other.
const OURS: &str = "JUKEBOX_TEST_LOG";
/// What stands before the number of late bars in a line.
const LATE: &str = "not composed in time: ";

/// The log of this process, if it was run for it.
pub fn own() -> Option<PathBuf> {
    env::var_os(OURS).map(PathBuf::from)
}

/// This program, to be run once more with a log, and the log.
///
/// # Errors
/// Where the system does not tell which program this is.
pub fn again() -> Result<(Command, PathBuf)> {
    let log = env::temp_dir().join(format!("ai-jukebox-{}.log", process::id()));
    let mut command = Command::new(env::current_exe()?);
    command.env(LOG, &log).env(OURS, &log);
    Ok((command, log))
}

/// Counts the bars that came late.
///
/// # Errors
/// Where there is no log.
pub fn late_bars(log: &Path) -> Result<u64> {
    let text = fs::read_to_string(log);
    let text = text.with_context(|| format!("no log of the plugin in {}", log.display()))?;
    let counts = text.lines().filter_map(|line| line.split_once(LATE)?.1.split(',').next());
    Ok(counts.filter_map(|count| count.parse::<u64>().ok()).sum())
}
