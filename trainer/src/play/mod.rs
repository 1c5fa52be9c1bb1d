//! The command `play`: a tune that sounds at once, on the system's audio device or through a MIDI port.

mod audio;
mod performance;
mod port;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};
use clap::Args;
use jukebox_model::record::Record;

use self::performance::Performance;
use crate::compose::{ComposeOptions, Task, Tune};
use crate::render::sound;
use crate::terminal;

/// The options of `play`.
#[derive(Args, Debug)]
pub struct PlayArgs {
    /// The record, such as best.safetensors of a training
    #[arg(value_name = "RECORD")]
    record: PathBuf,
    /// Sends the notes to a MIDI port, by a part of its name, and is silent itself; "" names all ports
    #[arg(long, value_name = "PORT")]
    midi: Option<String>,
    #[command(flatten)]
    tune: ComposeOptions,
}

/// Set by Ctrl-C.
static STOPPED: AtomicBool = AtomicBool::new(false);

impl PlayArgs {
    /// Composes a tune, and plays it to its end or until Ctrl-C.
    ///
    /// # Errors
    /// Where the record cannot be read, or there is nothing to play on: what to do instead.
    pub fn run(&self) -> Result<()> {
        let record = Arc::new(Record::load(&self.record)?);
        // Before the composing: whether there is anything to play on.
        let port = self.midi.as_deref().map(port::open).transpose()?;
        let tune = Tune::compose(record, &self.tune, Task::New)?;
        for remark in &tune.remarks {
            terminal::print_note(remark);
        }
        ctrlc::set_handler(|| STOPPED.store(true, Ordering::Relaxed))
            .context("cannot catch Ctrl-C")?;
        terminal::print_note(&format!("playing {}, {}", tune.piece.title, tune.line()));
        match port {
            Some(port) => port::play(port, &tune),
            None => {
                let voices = sound::voices(&tune.piece, tune.instrument.program, None);
                audio::play(|rate| Performance::new(&tune.piece, &voices, rate))
            }
        }
    }
}

fn is_stopped() -> bool {
    STOPPED.load(Ordering::Relaxed)
}
