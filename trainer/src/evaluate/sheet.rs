//! What the chords are worth that notes are played to.

use jukebox_model::vocabulary::Encoded;
use serde::Serialize;

use super::scoring::Scorer;
use crate::format;

/// Nats of some pieces' notes, for what is known of their chords.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SheetNats {
    /// Nothing.
    pub unknown: f64,
    /// Those of other notes: each note reads the chord of its mirror image in time.
    pub shuffled: f64,
}

impl std::ops::AddAssign for SheetNats {
    fn add_assign(&mut self, other: Self) {
        self.unknown += other.unknown;
        self.shuffled += other.shuffled;
    }
}

/// Nats a note with the chords known, unknown, and with those of other notes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SheetReport {
    /// As they were played.
    pub known: f64,
    /// Without any.
    pub unknown: f64,
    /// With those of other notes: worse, where the network reads them.
    pub shuffled: f64,
}

impl SheetReport {
    /// The numbers as a table.
    pub(super) fn text(&self) -> String {
        let mut table = format::figures_table("chords", ["known", "unknown", "of other notes"]);
        let figures = [self.known, self.unknown, self.shuffled].map(|it| format!("{it:.3}"));
        table.add_row(["network".to_owned()].into_iter().chain(figures));
        table.to_string()
    }
}

impl Scorer<'_> {
    /// What a piece costs without its chords, and with those of other notes.
    pub fn score_sheet(&self, piece: &Encoded) -> SheetNats {
        let nats = |harmonies| {
            let piece = Encoded { harmonies, ..piece.clone() };
            self.score(&piece).tally.total()
        };
        let mirrored = piece.harmonies.iter().rev().copied().collect();
        SheetNats { unknown: nats(Vec::new()), shuffled: nats(mirrored) }
    }
}
