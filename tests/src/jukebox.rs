//! The `jukebox` command of this workspace.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, Result, bail};

/// The built command, as new as its sources.
///
/// `cargo test --workspace` has built it next to the tests. Where cargo was asked for the tests
/// alone, it is built here.
///
/// # Errors
/// Where it does not build.
pub fn jukebox() -> Result<PathBuf> {
    let tests = env::current_exe()?;
    let profile = tests.ancestors().nth(2).context("this is no test that cargo built")?;
    let program = profile.join(format!("jukebox{}", env::consts::EXE_SUFFIX));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("no workspace")?;
    let built = program.metadata().and_then(|metadata| metadata.modified());
    let sources = newest(&root.join("trainer/src"))?.max(newest(&root.join("model/src"))?);
    if built.is_ok_and(|built| built >= sources) {
        return Ok(program);
    }
    let build = ["build", "--package", "jukebox-trainer", "--bin", "jukebox"];
    if !Command::new(env!("CARGO")).args(build).current_dir(root).status()?.success() {
        bail!("the jukebox command does not build");
    }
    Ok(program)
}

/// When a folder's newest file was written.
fn newest(folder: &Path) -> Result<SystemTime> {
    let mut newest = SystemTime::UNIX_EPOCH;
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let time =
            if path.is_dir() { self::newest(&path)? } else { path.metadata()?.modified()? };
        newest = newest.max(time);
    }
    Ok(newest)
}
