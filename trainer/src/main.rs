//! The command `jukebox`: see the library for all that it does.

use std::process::ExitCode;

use clap::Parser;
use jukebox_trainer::{advice::advice, cli::Cli, memory, terminal};

fn main() -> ExitCode {
    memory::keep();
    match Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let advice = advice(&error).map(|it| format!(". {it}")).unwrap_or_default();
            terminal::print_note(&format!("error: {error:#}{advice}"));
            ExitCode::FAILURE
        }
    }
}
