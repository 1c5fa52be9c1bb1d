//! What the command says: results on standard output, everything else on standard error.
//!
//! Neither panics when the reader has gone away, as in `jukebox inspect music | head -3`.

use std::io::{self, ErrorKind, Write};

use anyhow::{Context, Result};

/// Prints a result. A reader that has closed the pipe has had enough: that is no error.
///
/// # Errors
/// When standard output cannot be written for another reason, such as a full disk.
pub fn result(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome.context("cannot write to standard output"),
    }
}

/// Prints a line for the person at the terminal.
pub fn note(text: &str) {
    // Nobody is left to be told when this fails.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// A number with its thousands set apart: 12,345.
pub fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number with what it counts: "1 piece", "2 pieces".
pub fn counted(number: usize, singular: &str) -> String {
    counted_as(number, singular, &format!("{singular}s"))
}

/// The same, for what does not just take an s: "1 pitch", "2 pitches".
pub fn counted_as(number: usize, singular: &str, plural: &str) -> String {
    format!("{} {}", count(number), if number == 1 { singular } else { plural })
}

/// A span of time as people say it: "48 s", "3 min 20 s", "1 h 05 min".
pub fn span(seconds: f64) -> String {
    let seconds = seconds.max(0.0).round() as u64;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_easy_to_read() {
        assert_eq!([0, 999, 1000, 465_123].map(count), ["0", "999", "1,000", "465,123"]);
        assert_eq!(counted(1, "piece"), "1 piece");
        assert_eq!(counted(2679, "piece"), "2,679 pieces");
        assert_eq!(
            [4.4, 59.6, 200.0, 3900.0].map(span),
            ["4 s", "1 min 00 s", "3 min 20 s", "1 h 05 min"]
        );
    }
}
