//! Collections to learn from that a program writes: songs in a style, for a band of up to five parts.
//!
//! What makes a style is in its file (`songbook/styles/*.toml`), which a musician can read and change: drum
//! patterns, bass and comping figures, progressions, voicings, forms, motifs, and how the band plays them. This
//! crate is the engine that reads such a file and writes songs by it. A song is a pure function of the style and
//! its number, to the byte and on every machine: only whole numbers decide.
//!
//! ```text
//! style file --style--> Style --plan--> sections, chords, chosen templates
//!                                          |
//!                 drums, bass, comping, lead: strokes at exact places of the bar
//!                                          |
//!                        performance: swing, push and pull, velocities
//!                                          |
//!                                        midi: bytes
//! ```

mod bass;
mod comping;
mod dice;
mod drums;
mod entry;
mod figure;
pub mod harmony;
mod lead;
pub mod midi;
mod performance;
mod plan;
mod reading;
mod sections;
pub mod song;
mod stroke;
pub mod style;
mod templates;
mod voicing;

pub use song::{Purpose, Song, compose};
pub use style::{Style, StyleError};

/// Fine time: parts of a quarter note. 16th notes are 120, triplets of eighths 160.
pub const PULSES_PER_QUARTER: u32 = 480;

/// The styles that come with the program: name and text of the file.
pub const STYLES: [(&str, &str); 5] = [
    ("ballad", include_str!("../styles/ballad.toml")),
    ("bossa", include_str!("../styles/bossa.toml")),
    ("funk", include_str!("../styles/funk.toml")),
    ("house", include_str!("../styles/house.toml")),
    ("lofi", include_str!("../styles/lofi.toml")),
];

/// Reads one of the [`STYLES`].
///
/// # Errors
/// Where there is no style of that name, or its file is wrong.
pub fn style(name: &str) -> Result<Style, StyleError> {
    let known = || STYLES.map(|it| it.0).join(", ");
    let found = STYLES.iter().find(|it| it.0 == name);
    let (name, text) = found.ok_or_else(|| {
        StyleError::new(name, format!("there is no such style; there are {}", known()))
    })?;
    Style::read(name, text)
}
