//! The wheel, in a Python environment of its own.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use super::{check_sound, first_thing_to_try, is_there, said};
use crate::dist::product::VERSION;
use crate::dist::step;
use crate::workspace::output;

/// Installs the wheel, composes with what it brings, and removes it.
pub fn run(wheel: &Path) -> Result<()> {
    step("The wheel, in a Python environment");
    let place = tempfile::tempdir()?;
    let environment = place.path().join("environment");
    if !is_there("python3") {
        println!("Left out: python3 is missing.");
        return Ok(());
    }
    if let Err(why) = output(Command::new("python3").args(["-m", "venv"]).arg(&environment)) {
        println!("Left out: python3 makes no environment here (Debian: python3-venv). {why:#}");
        return Ok(());
    }
    let before = files(&environment)?;
    let pip = |words: &[&str]| {
        let mut pip = Command::new(environment.join("bin/python"));
        output(pip.args(["-m", "pip", "--disable-pip-version-check"]).args(words))
    };
    pip(&["install", "--no-index", "--no-compile", &wheel.to_string_lossy()])?;

    let jukebox = || {
        let mut command = Command::new(environment.join("bin/jukebox"));
        command.current_dir(place.path());
        command
    };
    let version = said(jukebox().arg("--version"))?;
    ensure!(version.trim() == format!("jukebox {VERSION}"), "it says {version}");
    output(jukebox().args(first_thing_to_try(&mut jukebox())?))?;
    check_sound(&place.path().join("tune.wav"))?;

    pip(&["uninstall", "--yes", "ai-jukebox"])?;
    let after = files(&environment)?;
    let left: Vec<_> = after.difference(&before).filter(|path| !is_of_python(path)).collect();
    ensure!(left.is_empty(), "the wheel leaves behind {left:?}");
    println!("{} plays in an environment and leaves nothing there.", version.trim());
    Ok(())
}

/// What Python writes for itself.
fn is_of_python(path: &Path) -> bool {
    path.iter().any(|part| part == "__pycache__")
}

/// All files in a folder.
fn files(folder: &Path) -> Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.extend(files(&entry.path())?);
        } else {
            found.insert(entry.path());
        }
    }
    Ok(found)
}
