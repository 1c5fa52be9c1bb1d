//! What stands in a bar when it is composed or laid out: nothing, some parts, or all of it.

use std::sync::Arc;

use jukebox_model::meter::Meter;
use jukebox_model::piece::{Note, Tick};
use jukebox_model::take::Bar;

/// Some parts, a bit for each.
pub type Parts = u32;
/// All parts, those too that a record does not have.
pub const ALL_PARTS: Parts = Parts::MAX;

/// The bit of a part.
pub fn bit(part: u8) -> Parts {
    1 << u32::from(part).min(Parts::BITS - 1)
}

/// A bar of which some parts stand.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The bar. Its notes of other parts do not stand.
    pub bar: Arc<Bar>,
    /// The parts that stand.
    pub parts: Parts,
}

impl Kept {
    /// All of a bar stands.
    pub fn whole(bar: &Arc<Bar>) -> Self {
        Self { bar: Arc::clone(bar), parts: ALL_PARTS }
    }

    /// Some parts of a bar stand; `None` where no part does.
    pub fn some(bar: &Arc<Bar>, parts: Parts) -> Option<Self> {
        (parts != 0).then(|| Self { bar: Arc::clone(bar), parts })
    }

    /// Whether all of it stands.
    pub fn is_whole(&self) -> bool {
        self.parts == ALL_PARTS
    }

    /// Whether it stands where bars have a meter.
    pub fn is_in(&self, meter: Meter) -> bool {
        self.bar.slot.meter == meter
    }

    /// Whether a note stands.
    fn has(&self, note: &Note) -> bool {
        self.parts & bit(note.part) != 0
    }

    /// The notes that stand, as they would in a bar that begins at a tick.
    pub fn notes_at(&self, start: Tick) -> impl Iterator<Item = Note> + '_ {
        let from = self.bar.slot.start;
        let moved = move |note: &Note| Note { onset: note.onset - from + start, ..*note };
        self.bar.notes.iter().filter(|note| self.has(note)).map(moved)
    }

    /// Whether another bar plays the same in the parts that stand.
    pub fn is_played_by(&self, other: &Arc<Bar>) -> bool {
        let theirs = Self { bar: Arc::clone(other), parts: self.parts };
        self.notes_at(0).eq(theirs.notes_at(0))
    }

    /// With more parts: what another bar plays in them, in the place of what stood there.
    #[must_use]
    pub fn with(&self, bar: &Arc<Bar>, parts: Parts) -> Self {
        let start = bar.slot.start;
        let theirs = Self { bar: Arc::clone(bar), parts };
        let ours = Self { parts: self.parts & !parts, ..self.clone() };
        let mut notes: Vec<Note> = ours.notes_at(start).chain(theirs.notes_at(start)).collect();
        notes.sort();
        let bar = Bar { notes, copied: Vec::new(), after: None, ..Bar::clone(bar) };
        Self { bar: Arc::new(bar), parts: self.parts | parts }
    }
}

#[cfg(test)]
mod tests {
    use jukebox_model::meter::BarSlot;

    use super::*;

    fn bar(number: u32, pitches: &[(u8, u8)]) -> Arc<Bar> {
        let slot = BarSlot { number, start: 96 * number, meter: Meter::COMMON };
        let note = |&(part, pitch): &(u8, u8)| Note {
            onset: slot.start + u32::from(pitch - 60),
            part,
            pitch,
            duration: 6,
            velocity: 80,
        };
        let mut notes: Vec<Note> = pitches.iter().map(note).collect();
        notes.sort();
        Arc::new(Bar { slot, end: slot.end(), notes, ..Bar::default() })
    }

    #[test]
    fn parts_of_bars_are_put_together() {
        let bass = Kept::some(&bar(0, &[(0, 60), (1, 62), (2, 64)]), bit(1)).unwrap();
        assert!(!bass.is_whole() && Kept::some(&bar(0, &[]), 0).is_none());
        let pitches = |kept: &Kept, start| -> Vec<(u32, u8)> {
            kept.notes_at(start).map(|note| (note.onset, note.pitch)).collect()
        };
        assert_eq!(pitches(&bass, 480), [(482, 62)]);
        let other = bar(3, &[(0, 61), (1, 63), (2, 65)]);
        assert!(!bass.is_played_by(&other) && bass.is_played_by(&bar(3, &[(0, 60), (1, 62)])));
        let both = bass.with(&other, bit(2));
        assert_eq!(pitches(&both, 0), [(2, 62), (5, 65)]);
        assert_eq!(pitches(&both.with(&other, bit(1)), 0), [(3, 63), (5, 65)]);
        assert_eq!(both.parts, bit(1) | bit(2));
    }
}
