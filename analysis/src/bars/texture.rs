//! Whether music is a single line or has many voices.

use crate::notes::Heard;

/// How many notes sound and start.
pub struct Texture {
    /// Notes that sound at a time where any does.
    pub polyphony: f64,
    /// Moments at which notes start, by the number of beats.
    pub onsets_a_beat: f64,
}

impl Texture {
    /// Of notes over beats.
    pub fn of(notes: &[Heard], beats: &[f64]) -> Self {
        let (mut sounding, mut covered, mut reached) = (0.0, 0.0, f64::NEG_INFINITY);
        let mut onsets = 0.0;
        let mut last = f64::NEG_INFINITY;
        for note in notes {
            sounding += note.duration();
            covered += (note.until - note.from.max(reached)).max(0.0);
            reached = reached.max(note.until);
            if note.from > last + 0.035 {
                onsets += 1.0;
                last = note.from;
            }
        }
        Self {
            polyphony: sounding / f64::max(covered, 1e-6),
            onsets_a_beat: onsets / beats.len().max(1) as f64,
        }
    }

    /// Whether one note sounds at a time.
    pub fn is_line(&self) -> bool {
        self.polyphony < 1.3
    }
}
