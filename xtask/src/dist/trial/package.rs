//! The Debian package, in a clean system.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use zip::ZipArchive;

use super::clean_root::CleanRoot;
use super::{check_sound, first_thing_to_try, host_options, is_there, said};
use crate::daw::ardour::Ardour;
use crate::dist::deb::NAME;
use crate::dist::step;
use crate::workspace::{VST3, copy, output};

/// Where the trial works inside the system.
const PLACE: &str = "/tmp/trial";
/// A collection to learn from, and how many of its tunes are enough here.
const COLLECTION: &str = "corpora/celtic.zip";
const TUNES: usize = 20;

/// Installs the package, plays and trains with it, and removes it.
pub fn run(package: &Path, host: &Path) -> Result<()> {
    step("The Debian package, in a clean system");
    if !is_there("debootstrap") || !is_there("unshare") {
        println!("Left out: debootstrap or unshare is missing.");
        return Ok(());
    }
    let root = match CleanRoot::make() {
        Ok(root) => root,
        Err(why) => {
            println!("Left out: a clean system cannot be made here. {why:#}");
            return Ok(());
        }
    };
    let place = root.path().join(PLACE.trim_start_matches('/'));
    for (from, name) in [(package, "package.deb"), (host, "clap-host")] {
        copy(from, &place.join(name))?;
    }
    unpack_tunes(&place.join("music"))?;
    let before = root.files()?;

    let deb = format!("{PLACE}/package.deb");
    output(root.command("apt-get").args(["install", "--yes", "--no-install-recommends", &deb]))?;
    let changed = said(root.command("dpkg").args(["--verify", NAME]))?;
    ensure!(changed.is_empty(), "what is installed is not what was packed:\n{changed}");

    let words = first_thing_to_try(&mut root.command("jukebox"))?;
    ensure!(words[1].starts_with("/usr/share/ai-jukebox/records/"), "it found {}", words[1]);
    let in_place = |command: &str| {
        let mut shell = root.command("sh");
        shell.args(["-ec", &format!("cd {PLACE} && {command}")]);
        shell
    };
    output(&mut in_place(&format!("jukebox {}", words.join(" "))))?;
    check_sound(&place.join("tune.wav"))?;
    output(&mut in_place("jukebox run music -o learnt --epochs 2 --bars 8"))?;
    ensure!(place.join("learnt/tune.mid").is_file(), "jukebox run composes nothing");

    let options = host_options(
        Path::new("/usr/lib/clap/ai-jukebox.clap"),
        Path::new(&words[1]),
        &Path::new(PLACE).join("played.mid"),
    );
    let played = said(root.command(&format!("{PLACE}/clap-host")).args(options))?;
    print!("{played}");
    scan(&root.path().join("usr/lib/vst3").join(VST3))?;

    output(root.command("apt-get").args(["purge", "--yes", NAME]))?;
    let after = root.files()?;
    let changed: Vec<_> = after.symmetric_difference(&before).collect();
    ensure!(changed.is_empty(), "the package leaves behind, or takes along, {changed:?}");
    println!("The package plays, learns and composes in a clean system, and leaves nothing there.");
    Ok(())
}

/// Unpacks some tunes to learn from.
fn unpack_tunes(to: &Path) -> Result<()> {
    let mut zip = ZipArchive::new(File::open(COLLECTION).context(COLLECTION)?)?;
    for index in 0..TUNES {
        let mut tune = zip.by_index(index)?;
        let path = to.join(tune.enclosed_name().context("a tune without a name")?);
        fs::create_dir_all(path.parent().unwrap_or(to))?;
        io::copy(&mut tune, &mut File::create(path)?)?;
    }
    Ok(())
}

/// Lets Ardour look for the VST3.
fn scan(bundle: &Path) -> Result<()> {
    let place = tempfile::tempdir()?;
    match Ardour::find(place.path(), "jukebox") {
        Ok(ardour) => ardour.scan(bundle),
        Err(_) => {
            println!("Ardour's scanner is left out: Ardour 7 is missing.");
            Ok(())
        }
    }
}
