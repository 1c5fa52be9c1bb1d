//! The archive, unpacked by the system's own `tar`.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::{check_sound, first_thing_to_try, host_options, said};
use crate::dist::step;
use crate::workspace::{CLAP, output};

/// Checks the sums of all downloads, unpacks the archive, checks its own, and plays.
pub fn run(downloads: &Path, archive: &Path, sums: &Path, host: &Path) -> Result<()> {
    step("The archive, unpacked");
    let check = |folder: &Path, sums: &Path| {
        output(Command::new("sha256sum").arg("--check").arg(sums).current_dir(folder))
    };
    check(downloads, sums)?;
    let place = tempfile::tempdir()?;
    output(Command::new("tar").arg("-xzf").arg(archive).current_dir(place.path()))?;
    let entry = fs::read_dir(place.path())?.next().context("the archive is empty")?;
    let folder = entry?.path();
    check(&folder, Path::new("SHA256SUMS"))?;

    let jukebox = || {
        let mut command = Command::new(folder.join("jukebox"));
        command.current_dir(&folder);
        command
    };
    let words = first_thing_to_try(&mut jukebox())?;
    output(jukebox().args(&words))?;
    check_sound(&folder.join("tune.wav"))?;
    let options =
        host_options(&folder.join(CLAP), &folder.join(&words[1]), &place.path().join("a.mid"));
    print!("{}", said(Command::new(host).args(options))?);
    Ok(())
}
