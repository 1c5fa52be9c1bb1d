//! `cargo xtask songbook`: collections that a program writes.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use jukebox_songbook::{Purpose, STYLES, Style, compose, midi, style};

/// Songs of a style where nobody says how many.
const SONGS: u32 = 300;

/// Writes the songs of a style, and those to validate with.
pub fn run(mut args: impl Iterator<Item = String>) -> Result<()> {
    let (mut name, mut folder, mut songs, mut file) = (None, None, SONGS, None);
    while let Some(arg) = args.next() {
        let mut value = || args.next().with_context(|| format!("{arg} needs a value"));
        match arg.as_str() {
            "-o" | "--output" => folder = Some(PathBuf::from(value()?)),
            "--songs" => {
                songs = value()?
                    .parse()
                    .ok()
                    .filter(|it| (1..=100_000).contains(it))
                    .context("--songs is 1 to 100,000")?
            }
            "--style-file" => file = Some(PathBuf::from(value()?)),
            _ if arg.starts_with('-') => {
                bail!("songbook knows no \"{arg}\", only -o, --songs and --style-file")
            }
            _ => name = Some(arg),
        }
    }
    let styles = STYLES.map(|it| it.0).join(", ");
    let name = name.with_context(|| format!("which style? There are {styles}"))?;
    let style = match file {
        None => style(&name)?,
        Some(file) => {
            let text = fs::read_to_string(&file)
                .with_context(|| format!("cannot read {}", file.display()))?;
            Style::read(&file.display().to_string(), &text)?
        }
    };
    let folder = folder.unwrap_or_else(|| Path::new("target/songbook").join(&name));
    let mut held_out = folder.clone().into_os_string();
    held_out.push("-held-out");
    let held_out = PathBuf::from(held_out);
    write(&style, &name, Purpose::Learning, songs, &folder)?;
    write(&style, &name, Purpose::Validation, songs.div_ceil(10), &held_out)?;
    let (learnt, validated) = (folder.display(), held_out.display());
    println!(
        "{songs} songs of {} in {learnt}, {} to validate with in {validated}. To learn from them:\n\n    \
         jukebox train {learnt} --validation {validated} --keep-versions --grid as-is --parts auto -o {name}",
        style.name,
        songs.div_ceil(10),
    );
    Ok(())
}

/// Writes songs into a folder.
fn write(style: &Style, name: &str, purpose: Purpose, songs: u32, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for number in 1..=songs {
        let path = folder.join(format!("{name}-{number:03}.mid"));
        let bytes = midi::write(style, &compose(style, purpose, number));
        fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
