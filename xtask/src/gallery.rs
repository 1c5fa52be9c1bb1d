//! `cargo xtask gallery`: takes of the shipped records, to look at and to play, in docs/gallery.
//!
//! Takes 1, 2 and 3 of each record with the usual settings, whatever they are like: nobody picks them.

use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result, bail};

use crate::records::Readme;
use crate::workspace::{build_jukebox, execute, program, remove};

const FOLDER: &str = "docs/gallery";
const TAKES: [u32; 3] = [1, 2, 3];
const BARS: &str = "16";

const HEAD: &str = "\
# Gallery

The first three takes of each shipped record, 16 bars in 4/4 with the usual settings: as they come, not
picked. `cargo xtask gallery` makes this folder again, byte for byte. To hear one, play the MIDI file, or

    cargo jukebox compose records/celtic.safetensors --take 1 --wav take.wav
";

/// Makes the folder anew.
pub fn run(mut args: impl Iterator<Item = String>) -> Result<()> {
    let mut profile = "release".to_owned();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--profile" => profile = args.next().context("--profile needs a value")?,
            other => bail!("gallery knows no \"{other}\", only --profile"),
        }
    }
    let readme = Readme::load()?;
    build_jukebox(&profile)?;
    remove(FOLDER.as_ref())?;
    fs::create_dir_all(FOLDER).with_context(|| format!("cannot make {FOLDER}"))?;
    let mut page = HEAD.to_owned();
    for entry in &readme.records {
        write!(page, "\n## {}\n", entry.name)?;
        for take in TAKES {
            let name = format!("{}-{take}", entry.stem);
            let path = |ending: &str| format!("{FOLDER}/{name}.{ending}");
            let compose = ["compose", &entry.file(), "--take", &take.to_string(), "--bars", BARS];
            let files = ["-o", &path("mid"), "--png", &path("png")];
            execute(program("jukebox", &profile)?.args(compose).args(files))?;
            let title = format!("{}, take {take}", entry.name);
            write!(page, "\n[{title}]({name}.mid)\n\n![{title}]({name}.png)\n")?;
        }
    }
    let path = format!("{FOLDER}/README.md");
    fs::write(&path, page).with_context(|| format!("cannot write {path}"))
}
