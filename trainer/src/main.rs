//! The command `jukebox`: see the library for all that it does.

use std::process::ExitCode;

use clap::Parser;
use jukebox_trainer::{cli::Cli, memory, terminal};

fn main() -> ExitCode {
    memory::keep();
    match Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::print_note(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
