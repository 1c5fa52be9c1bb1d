//! Prints the notes that import finds in MIDI files, for comparison with other readers
//! (tests/readers/run).
//!
//! `notes [--no-pedal] FILE...`: for each file a line with its path, and a line for each note of its pitched
//! channels, then of its drums: onset, pitch, duration, velocity; times in ticks. An error is a line, too.

use std::io::Write;

use jukebox_model::midi::{ImportOptions, PartChoice, import};

fn main() -> std::io::Result<()> {
    let (flags, files): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|argument| argument.starts_with("--"));
    let pedal = flags.is_empty();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for path in files {
        writeln!(out, "file {path}")?;
        let bytes = std::fs::read(&path)?;
        for (part, name) in [(PartChoice::All, "pitched"), (PartChoice::Drums, "drums")] {
            match import(&bytes, ImportOptions { part, pedal, ..ImportOptions::default() }) {
                Ok(import) => {
                    let moved = import.report.pickup as i64 - import.report.trimmed as i64;
                    writeln!(out, "part {name} {moved}")?;
                    for note in import.piece.notes {
                        let onset = i64::from(note.onset) - moved;
                        writeln!(
                            out,
                            "{onset} {} {} {}",
                            note.pitch, note.duration, note.velocity
                        )?;
                    }
                }
                Err(error) => writeln!(out, "error {name} {error}")?,
            }
        }
    }
    Ok(())
}
