//! `cargo xtask records`: whether the shipped records are what records/README.md says.

mod figures;
mod readme;
mod retrain;

use std::fs;

use anyhow::{Context, Result, bail};

use self::readme::README;
pub use self::readme::{Entry, Readme};
use crate::workspace::{build_jukebox, remove, target};

/// Checks the figures of all records and, unless they alone are asked for, trains all again.
pub fn run(mut args: impl Iterator<Item = String>) -> Result<()> {
    let (mut check, mut profile) = (false, "release".to_owned());
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--check" => check = true,
            "--profile" => profile = args.next().context("--profile needs a value")?,
            other => bail!("records knows no \"{other}\", only --check and --profile"),
        }
    }
    let readme = Readme::load()?;
    build_jukebox(&profile)?;

    let folder = target()?.join("records");
    let mut wrong = Vec::new();
    for entry in &readme.records {
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
