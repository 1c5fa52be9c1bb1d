//! AI Jukebox without a DAW: a window, audio out, MIDI in and out. Its transport runs from the start.
//!
//! `--help` lists the audio and MIDI backends, and the tempo and time signature to play in.

use std::process::ExitCode;

use nice_plug::prelude::nice_export_standalone;

fn main() -> ExitCode {
    match nice_export_standalone::<ai_jukebox::AiJukebox>() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
