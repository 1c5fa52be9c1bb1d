//! `cargo xtask records`: whether the shipped records are what records/README.md says.

mod figures;
mod readme;
mod retrain;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use self::readme::README;
pub use self::readme::{Entry, Readme};
use crate::songbook;
use crate::workspace::{build_jukebox, remove, target};

/// Checks the figures of the records that are named, or of all, and, unless they alone are asked for, trains
/// them again.
pub fn run(mut args: impl Iterator<Item = String>) -> Result<()> {
    let (mut names, mut check, mut profile) = (Vec::new(), false, "release".to_owned());
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--check" => check = true,
            "--profile" => profile = args.next().context("--profile needs a value")?,
            other if other.starts_with('-') => {
                bail!("records knows no \"{other}\", only --check, --profile and names of records")
            }
            _ => names.push(arg),
        }
    }
    let readme = Readme::load()?;
    let asked = readme.named(&names)?;
    build_jukebox(&profile)?;

    let folder = target()?.join("records");
    let mut wrong = Vec::new();
    for entry in asked {
        write_songbooks(entry)?;
        let found = figures::check(entry, &profile).with_context(|| entry.name.clone())?;
        if found.is_empty() {
            println!("{}: the file is what {README} says", entry.name);
        }
        wrong.extend(found.into_iter().map(|it| format!("{}: {it}", entry.name)));
        if !check {
            remove(&folder)?;
            fs::create_dir_all(&folder)
                .with_context(|| format!("cannot make {}", folder.display()))?;
            let found = retrain::retrain(entry, &folder.display().to_string(), &profile)?;
            wrong.extend(found.map(|it| format!("{}: {it}", entry.name)));
        }
    }
    if !wrong.is_empty() {
        bail!(
            "{README} and the records disagree. Bring back the files that it tells of, or write down \
             what the new ones give:\n  {}",
            wrong.join("\n  ")
        );
    }
    Ok(())
}

/// Writes the collections of a record that a program writes, anew.
fn write_songbooks(entry: &Entry) -> Result<()> {
    for words in entry.songbooks() {
        let folder = words.iter().skip_while(|word| *word != "-o").nth(1);
        let folder =
            folder.with_context(|| format!("a songbook of {} goes nowhere", entry.name))?;
        ensure!(
            folder.starts_with("target/"),
            "{README}: {folder} is not in target/, where songbooks are written anew"
        );
        remove(Path::new(folder))?;
        songbook::run(words.iter().cloned())?;
    }
    Ok(())
}
