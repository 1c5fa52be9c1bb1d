//! Where cargo puts what it builds, and what one does with it.

use std::env;
use std::fs;
use std::io::ErrorKind;
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
    let path =
        target()?.join(profile_folder(profile)).join(format!("{name}{}", env::consts::EXE_SUFFIX));
    Ok(Command::new(path))
}

/// The folder of a profile's build output, in [`target`].
pub fn profile_folder(profile: &str) -> &str {
    if profile == "dev" { "debug" } else { profile }
}

/// Cargo itself.
pub fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Builds everything and bundles the plugin; all at once, so that the packages share what they have
/// in common.
pub fn build(profile: &str) -> Result<()> {
    let mut build = cargo();
    build.args(["build", "--workspace", "--profile", profile]);
    if profile == "dev" {
        // The same dependencies as `cargo test --workspace`: nothing is compiled twice.
        build.arg("--all-targets");
    }
    execute(&mut build)?;
    let profile = match profile {
        // The bundler looks for it by default, in the folder "debug".
        "dev" => vec![],
        _ => vec!["--profile".to_owned(), profile.to_owned()],
    };
    nice_plug_xtask::bundle(&target()?, PLUGIN, &profile, false)
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

/// Runs a command to its end, and gives what it writes to its standard output.
pub fn output(command: &mut Command) -> Result<Vec<u8>> {
    let name = Path::new(command.get_program()).file_stem().unwrap_or_default().to_owned();
    let name = name.to_string_lossy();
    let output = command.output().with_context(|| format!("cannot start {name}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{name} failed ({}): {}", output.status, said.trim());
    }
    Ok(output.stdout)
}

/// Builds the `jukebox` command with a profile.
pub fn build_jukebox(profile: &str) -> Result<()> {
    let mut build = cargo();
    build.args(["build", "--quiet", "--profile", profile]);
    match profile {
        // The same dependencies as `cargo test --workspace`: nothing is compiled twice.
        "dev" => build.args(["--workspace", "--all-targets"]),
        _ => build.args(["--package", "jukebox-trainer"]),
    };
    execute(&mut build)
}

/// Copies a file, or a folder with all that is in it.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    let problem = || format!("cannot copy {} to {}", from.display(), to.display());
    if from.is_dir() {
        fs::create_dir_all(to).with_context(problem)?;
        for entry in fs::read_dir(from).with_context(problem)? {
            let entry = entry.with_context(problem)?;
            copy(&entry.path(), &to.join(entry.file_name()))?;
        }
    } else {
        fs::create_dir_all(to.parent().unwrap_or(to)).with_context(problem)?;
        fs::copy(from, to).with_context(problem)?;
    }
    Ok(())
}

/// Removes a file or folder; says whether there was one.
pub fn remove(path: &Path) -> Result<bool> {
    let result = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match result {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error).with_context(|| format!("cannot remove {}", path.display())),
    }
}
