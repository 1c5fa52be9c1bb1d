//! `cargo xtask demo`: from MIDI files to music out of the plugin, in one command.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::workspace::{CLAP, VST3, build, bundles, execute, program, remove};

const FOLDER: &str = "demo";

const NEXT: &str = "
Next: cargo xtask install, let your DAW scan for plugins, and press play.

  Bitwig     AI Jukebox on an instrument track, an instrument after it
  Reaper     AI Jukebox in a track's FX chain, a synth below it
  Ardour     AI Jukebox on a MIDI track, above the synth
  Cubase     AI Jukebox on an instrument track, as the MIDI input of a second one
  Live       AI Jukebox on a MIDI track, a second one with MIDI From the first
  FL Studio  AI Jukebox's MIDI output port the same as a synth's input port

README.md tells more, and how to train on your own music.
The plugin plays its built-in record. To hear this one, type its path into the window and press Load:
";

struct Options {
    minutes: f64,
    profile: String,
}

/// Trains, composes, bundles, plays.
pub fn run(mut args: impl Iterator<Item = String>) -> Result<()> {
    let mut options = Options { minutes: 2.0, profile: "release".to_owned() };
    while let Some(arg) = args.next() {
        let mut value = || args.next().with_context(|| format!("{arg} needs a value"));
        match arg.as_str() {
            "--minutes" => {
                let text = value()?;
                options.minutes = text.parse().with_context(|| format!("\"{text}\" minutes?"))?;
            }
            "--profile" => options.profile = value()?,
            other => bail!("demo knows no \"{other}\", only --minutes and --profile"),
        }
    }
    demo(&options)
}

fn demo(options: &Options) -> Result<()> {
    let Options { minutes, profile } = options;
    step("Building the trainer, the plugin and the host");
    build(profile)?;

    step(&format!("Training a record on corpora/celtic.zip, {minutes} minutes"));
    let minutes = minutes.to_string();
    let train = ["train", "corpora/celtic.zip", "--minutes", &minutes, "--overwrite", "-o", FOLDER];
    execute(program("jukebox", profile)?.args(train))?;

    step("Composing a tune with it");
    let record = format!("{FOLDER}/best.safetensors");
    let tune = ["-o", "demo/tune.mid", "--png", "demo/tune.png", "--bars", "16"];
    execute(program("jukebox", profile)?.args(["compose", &record]).args(tune))?;

    step("Playing 16 bars of it through the plugin, in a headless CLAP host");
    let bundles = bundles()?;
    execute(
        program("clap-host", profile)?
            .args(["--record", &record, "--bars", "16", "-o", "demo/plugin.mid", "--plugin"])
            .arg(bundles.join(CLAP)),
    )?;
    if profile != "release" {
        // A development build is not for DAWs: `install` shall not find it.
        remove(&bundles.join(CLAP))?;
        remove(&bundles.join(VST3))?;
    }

    step("Made in demo/");
    for (file, what) in [
        ("best.safetensors", "the record: the best of all epochs"),
        ("notes.json", "its notes vocabulary, for people"),
        ("loss.png", "how it learnt"),
        ("tune.mid", "a tune, composed by the command line"),
        ("tune.png", "the same tune, to look at"),
        ("plugin.mid", "16 bars as the plugin played them in time with a host"),
    ] {
        let path = Path::new(FOLDER).join(file);
        if !path.exists() {
            bail!("{} is missing", path.display());
        }
        println!("  {:<24} {what}", path.display());
    }
    print!("{NEXT}");
    println!("{}", std::path::absolute(&record)?.display());
    Ok(())
}

fn step(what: &str) {
    println!("\n== {what}");
}
