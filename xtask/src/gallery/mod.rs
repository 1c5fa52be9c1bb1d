//! `cargo xtask gallery`: takes of the shipped records, to look at, to hear and to play, in docs/gallery.
//!
//! Takes 1, 2 and 3 of each record with the usual settings, whatever they are like: nobody picks them.

mod page;
mod sound;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::panic;
use std::path::Path;
use std::thread;

use anyhow::{Context, Result, bail};

use crate::records::{Entry, Readme};
use crate::workspace::{build_jukebox, output, program, remove};

/// Where the gallery lies, from the root of the workspace.
pub const FOLDER: &str = "docs/gallery";
const TAKES: [u32; 3] = [1, 2, 3];
const BARS: &str = "16";

/// Makes the folder anew or, with `--check`, holds it against what the records give.
pub fn run(mut args: impl Iterator<Item = String>) -> Result<()> {
    let (mut check, mut profile) = (false, "release".to_owned());
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--check" => check = true,
            "--profile" => profile = args.next().context("--profile needs a value")?,
            other => bail!("gallery knows no \"{other}\", only --check and --profile"),
        }
    }
    let readme = Readme::load()?;
    build_jukebox(&profile)?;
    if !check {
        remove(FOLDER.as_ref())?;
        return make(&readme, FOLDER.as_ref(), &profile);
    }
    let made = tempfile::tempdir().context("cannot make a temporary folder")?;
    make(&readme, made.path(), &profile)?;
    let other = differing(made.path(), FOLDER.as_ref())?;
    if !other.is_empty() {
        bail!(
            "{FOLDER} is not what the records give: run `cargo xtask gallery`. It is about {}",
            other.join(", ")
        );
    }
    println!("{FOLDER} is what the records give");
    Ok(())
}

/// Makes the page and all files of the gallery in a folder.
fn make(readme: &Readme, folder: &Path, profile: &str) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let studio = tempfile::tempdir().context("cannot make a temporary folder")?;
    for entry in &readme.records {
        // All takes of a record at once.
        thread::scope(|scope| {
            let perform = |take: Take<'_>| take.perform(folder, studio.path(), profile);
            let takes: Vec<_> =
                takes(entry).map(|take| scope.spawn(move || perform(take))).collect();
            let ends =
                takes.into_iter().map(|it| it.join().unwrap_or_else(|it| panic::resume_unwind(it)));
            ends.collect::<Result<()>>()
        })?;
        println!("{}: {} takes", entry.name, TAKES.len());
    }
    let page_file = folder.join("README.md");
    fs::write(&page_file, page::page(readme))
        .with_context(|| format!("cannot write {}", page_file.display()))
}

/// One of a record's takes.
pub struct Take<'e> {
    /// Whose it is.
    pub record: &'e Entry,
    /// Its number, from 1 on.
    pub number: u32,
}

/// A record's takes that are shown.
pub fn takes(record: &Entry) -> impl Iterator<Item = Take<'_>> {
    TAKES.into_iter().map(move |number| Take { record, number })
}

impl Take<'_> {
    /// The file of the gallery with an ending.
    pub fn file(&self, ending: &str) -> String {
        format!("{}-{}.{ending}", self.record.stem, self.number)
    }

    /// Composes it into a folder, as MIDI, picture and sound, by way of a WAV file in another folder.
    fn perform(&self, folder: &Path, studio: &Path, profile: &str) -> Result<()> {
        let [mid, png, mp3] = ["mid", "png", "mp3"].map(|ending| folder.join(self.file(ending)));
        let wav = studio.join(self.file("wav"));
        let mut jukebox = program("jukebox", profile)?;
        jukebox.args(self.command(&mid.display().to_string()));
        output(jukebox.arg("--png").arg(png).arg("--wav").arg(&wav))?;
        fs::write(&mp3, sound::encode(&wav)?)
            .with_context(|| format!("cannot write {}", mp3.display()))?;
        remove(&wav)?;
        Ok(())
    }

    /// What `jukebox` is told, to compose it into a MIDI file.
    fn command(&self, mid: &str) -> Vec<String> {
        let (record, number) = (self.record.file(), self.number.to_string());
        ["compose", &record, "--take", &number, "--bars", BARS, "-o", mid]
            .map(str::to_owned)
            .to_vec()
    }
}

/// The names of the files that only one of two folders has, or that have other bytes in the other. Sound is
/// compared by its length alone: the encoder calls the system's maths, which elsewhere rounds otherwise.
fn differing(one: &Path, other: &Path) -> Result<Vec<String>> {
    let mut names = BTreeSet::new();
    for folder in [one, other] {
        for entry in
            fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?
        {
            names.insert(entry?.file_name());
        }
    }
    // A file that is not there has no bytes, and so no other file's.
    let is_sound = |name: &OsString| Path::new(name).extension().is_some_and(|it| it == "mp3");
    let same = |name: &OsString| match (fs::read(one.join(name)), fs::read(other.join(name))) {
        (Ok(one), Ok(other)) if is_sound(name) => one.len() == other.len(),
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    };
    Ok(names
        .iter()
        .filter(|name| !same(name))
        .map(|name| name.to_string_lossy().into_owned())
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_differ_or_are_missing_are_named() {
        let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let [one, other] = folders.each_ref().map(|folder| folder.path());
        for (folder, name, text) in [
            (one, "same", "1"),
            (other, "same", "1"),
            (one, "changed", "1"),
            (other, "changed", "2"),
            (one, "new", "1"),
            (other, "old", "1"),
        ] {
            fs::write(folder.join(name), text).unwrap();
        }
        assert_eq!(differing(one, other).unwrap(), ["changed", "new", "old"]);
        assert!(differing(one, one).unwrap().is_empty());
        assert!(differing(one, &one.join("none")).is_err());
    }
}
