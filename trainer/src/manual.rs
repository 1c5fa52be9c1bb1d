//! What is made of the command line's own description: completions for shells, and man pages.

use std::path::Path;

use anyhow::{Context, Result};
use clap::{Command, ValueEnum};

/// Shells that can complete the command. Their names are those that `clap_complete` knows.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum Shell {
    /// GNU Bash
    Bash,
    /// Elvish
    Elvish,
    /// fish
    Fish,
    /// PowerShell
    Powershell,
    /// Z shell
    Zsh,
}

/// The script by which a shell completes the command.
pub fn completions(mut command: Command, shell: Shell) -> String {
    let shell = match shell {
        Shell::Bash => clap_complete::Shell::Bash,
        Shell::Elvish => clap_complete::Shell::Elvish,
        Shell::Fish => clap_complete::Shell::Fish,
        Shell::Powershell => clap_complete::Shell::PowerShell,
        Shell::Zsh => clap_complete::Shell::Zsh,
    };
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// Writes a man page of the command and one of each of its commands: `jukebox.1`, `jukebox-train.1`, ...
///
/// # Errors
/// Names the folder where it cannot be made or written.
pub fn write_man_pages(command: Command, folder: &Path) -> Result<()> {
    let attempt = || {
        std::fs::create_dir_all(folder)?;
        clap_mangen::generate_to(command, folder)
    };
    attempt().with_context(|| format!("cannot write man pages into {}", folder.display()))
}
