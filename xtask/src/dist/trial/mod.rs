//! Trials of what is downloaded: each is installed in a clean place, plays there, and goes without leaving
//! anything. What cannot be tried here is left out, and says why.

mod clean_root;
mod package;
mod unpacked;
mod wheel;

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::file_tree::FileTree;
use crate::workspace::{output, program};

/// What the headless host plays, in bars.
const BARS: &str = "8";

/// Tries everything in a folder of downloads.
pub fn run(downloads: &FileTree, folder: &Path, profile: &str) -> Result<()> {
    if env::consts::OS != "linux" {
        println!("Trials are left out: they are written for Linux.");
        return Ok(());
    }
    let folder = std::path::absolute(folder)?;
    let find = |ending: &str| -> Result<PathBuf> {
        let name = downloads.iter().map(|(name, _)| name).find(|name| name.ends_with(ending));
        Ok(folder.join(name.with_context(|| format!("no {ending} was made"))?))
    };
    let host = PathBuf::from(program("clap-host", profile)?.get_program());
    unpacked::run(&folder, &find(".tar.gz")?, &find(".sha256")?, &host)?;
    wheel::run(&find(".whl")?)?;
    package::run(&find(".deb")?, &host)
}

/// Runs a command to its end, and gives what it prints.
fn said(command: &mut Command) -> Result<String> {
    Ok(String::from_utf8_lossy(&output(command)?).into_owned())
}

/// Whether a program is on the path.
fn is_there(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// The first of the commands that `jukebox` shows, which composes with a record that came along. It plays into the
/// folder that the command is run in.
///
/// # Errors
/// Where it shows another: then it has not found the records.
fn first_thing_to_try(jukebox: &mut Command) -> Result<Vec<String>> {
    // As somebody's shell starts it, not cargo.
    let text = said(jukebox.env_remove("CARGO"))?;
    let line = text.lines().map(str::trim).find(|line| line.starts_with("jukebox "));
    let line = line.context("jukebox shows nothing to try")?;
    ensure!(line.contains(" compose ") && line.contains(" --wav tune.wav"), "it shows {line}");
    Ok(line.split(' ').skip(1).map(str::to_owned).collect())
}

/// Checks that a WAV file of some seconds was made.
fn check_sound(path: &Path) -> Result<()> {
    let length = path.metadata().with_context(|| format!("no {}", path.display()))?.len();
    ensure!(length > 1_000_000, "{} is only {length} bytes long", path.display());
    Ok(())
}

/// The options for the headless host to play a bundle.
fn host_options(plugin: &Path, record: &Path, to: &Path) -> Vec<std::ffi::OsString> {
    let words = [
        OsStr::new("--plugin"),
        plugin.as_os_str(),
        OsStr::new("--record"),
        record.as_os_str(),
        OsStr::new("--bars"),
        OsStr::new(BARS),
        OsStr::new("-o"),
        to.as_os_str(),
    ];
    words.map(OsStr::to_owned).to_vec()
}
