//! `cargo xtask daw`: the plugin in a real DAW, without a screen. Ardour records what it plays, through a
//! change of tempo and in a loop, and exports it twice; what comes out is held against the take.

pub mod ardour;
mod wav;

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use self::ardour::Ardour;
use crate::workspace::{CLAP, VST3, build, bundles, copy, execute, output, program, remove};

/// The built-in record that a new instance plays.
const RECORD: &str = "records/house.safetensors";
/// The names of the sessions.
const SONG: &str = "jukebox";
const BAND: &str = "band";
/// The loop in `song.lua`, in quarter notes.
const LOOP: &str = "12-16";

/// Plays the plugin in Ardour and checks what comes out.
pub fn run(mut args: impl Iterator<Item = String>) -> Result<()> {
    let mut profile = "release".to_owned();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--profile" => profile = args.next().context("--profile needs a value")?,
            other => bail!("daw knows no \"{other}\", only --profile"),
        }
    }
    // Before the long build: what is missing.
    Ardour::find(Path::new(""), SONG)?;
    let folder = env::temp_dir().join(format!("ai-jukebox-daw-{}", process::id()));
    fs::create_dir(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    daw(&folder, &profile).with_context(|| {
        format!("the session and Ardour's output are kept in {}", folder.display())
    })?;
    remove(&folder)?;
    Ok(())
}

fn daw(folder: &Path, profile: &str) -> Result<()> {
    step("Building the plugin");
    build(profile)?;
    let ardour = Ardour::find(folder, SONG)?;
    let plugins = folder.join("home/.vst3");
    copy(&bundles()?.join(VST3), &plugins.join(VST3))?;
    if profile != "release" {
        // A development build is not for DAWs: `install` shall not find it.
        remove(&bundles()?.join(CLAP))?;
        remove(&bundles()?.join(VST3))?;
    }

    step("Ardour scans it");
    ardour.scan(&plugins.join(VST3))?;

    step("Ardour records a song whose tempo changes");
    ardour.script("song", include_str!("song.lua"), 1)?;
    let song = recordings(folder, SONG)?;
    compare(profile, &song, &[])?;

    step("Ardour records a loop");
    ardour.make_the_range_a_loop()?;
    ardour.script("loop", include_str!("loop.lua"), 1)?;
    let looped: Vec<_> = recordings(folder, SONG)?.difference(&song).cloned().collect();
    compare(profile, &looped.into_iter().collect(), &["--loop", LOOP])?;

    step("Ardour exports the song twice");
    let exports = ["first.wav", "second.wav"].map(|name| folder.join(name));
    for export in &exports {
        ardour.export(export)?;
    }
    let [first, second] = exports.each_ref().map(|path| wav::samples(path));
    let (first, second) = (first?, second?);
    let peak = first.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or(0);
    ensure!(peak > 300, "the exported song is silent");
    ensure!(first == second, "the two exports differ");
    println!("{} samples, the same in both exports", first.len());

    step("Ardour records a band on a track for each part");
    let parts = part_count(profile)?;
    Ardour::find(folder, BAND)?.script(BAND, include_str!("band.lua"), parts)?;
    compare(profile, &recordings(folder, BAND)?, &["--tracks"])?;
    Ok(())
}

/// How many parts the record has.
fn part_count(profile: &str) -> Result<usize> {
    let json = output(program("jukebox", profile)?.args(["inspect", RECORD, "--json"]))?;
    let record: Value = serde_json::from_slice(&json)?;
    let parts = record.pointer("/parts").and_then(Value::as_array);
    Ok(parts.context("the record says nothing of its parts")?.len())
}

/// The MIDI files with notes in them that Ardour has recorded.
fn recordings(folder: &Path, session: &str) -> Result<BTreeSet<PathBuf>> {
    let midi = folder.join(session).join("interchange").join(session).join("midifiles");
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(&midi).with_context(|| format!("no {}", midi.display()))? {
        let path = entry?.path();
        // What is armed and has not recorded yet has a file of 26 bytes.
        if path.metadata()?.len() > 26 {
            found.insert(path);
        }
    }
    Ok(found)
}

/// Holds what was recorded against the take.
fn compare(profile: &str, recorded: &BTreeSet<PathBuf>, options: &[&str]) -> Result<()> {
    execute(
        program("compare-recording", profile)?
            .args(["--record", RECORD])
            .args(options)
            .args(recorded),
    )
}

fn step(what: &str) {
    println!("\n== {what}");
}
