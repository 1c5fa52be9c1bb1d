//! Where cargo puts what it builds, and how to run it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The package that holds the plugin.
pub const PLUGIN: &str = "ai_jukebox";

/// The plugin's bundles, as bundler.toml names them.
pub const CLAP: &str = "AI Jukebox.clap";
/// See [`CLAP`].
pub const VST3: &str = "AI Jukebox.vst3";

/// The folder of all build output: this program lies in one of its profiles' folders.
pub fn target() -> Result<PathBuf> {
    let exe = env::current_exe().context("cannot find where this program lies")?;
    let target = exe.ancestors().nth(2).context("this program was not started by cargo")?;
    Ok(target.to_owned())
}

/// The folder of the bundles.
pub fn bundles() -> Result<PathBuf> {
    Ok(target()?.join("bundled"))
}

/// A program of the workspace, built with a profile.
pub fn program(name: &str, profile: &str) -> Result<Command> {
    let folder = if profile == "dev" { "debug" } else { profile };
    let path = target()?.join(folder).join(format!("{name}{}", env::consts::EXE_SUFFIX));
    Ok(Command::new(path))
}

/// Cargo itself.
pub fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs a command to its end, its output on the screen.
pub fn execute(command: &mut Command) -> Result<()> {
    let name = Path::new(command.get_program()).file_stem().unwrap_or_default().to_owned();
    let name = name.to_string_lossy();
    let status = command.status().with_context(|| format!("cannot start {name}"))?;
    if !status.success() {
        bail!("{name} failed ({status}); see above for why");
    }
    Ok(())
}
