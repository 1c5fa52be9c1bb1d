//! What a bar holds, apart from where it stands, and the bars before it.

use std::collections::VecDeque;
use std::sync::Arc;

use super::form::{Form, MOST_BACK, Origin, Resemblance};
use crate::meter::{BarSlot, Meter};
use crate::piece::{Note, Piece, Tick};
use crate::vocabulary::PartSet;

/// The notes that begin in a bar; their onsets count from its bar line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BarNotes {
    meter: Meter,
    notes: Vec<Note>,
    /// Which variation of its bar it is (see [`ComposerSettings`](crate::composer::ComposerSettings)).
    variation: u32,
    /// Onset, part and pitch of each, sorted: what bars are compared by.
    keys: Vec<(Tick, u8, u8)>,
}

impl BarNotes {
    /// Those of a bar. `notes` are sorted and begin in it, onsets in ticks from the start of the song.
    pub fn new(bar: BarSlot, notes: &[Note]) -> Self {
        let inside = |note: &Note| Note { onset: note.onset.saturating_sub(bar.start), ..*note };
        let notes: Vec<Note> = notes.iter().map(inside).collect();
        let mut keys: Vec<_> = notes.iter().map(|it| (it.onset, it.part, it.pitch)).collect();
        keys.sort_unstable();
        keys.dedup();
        Self { meter: bar.meter, notes, variation: 0, keys }
    }

    /// The same as a variation of its bar.
    #[must_use]
    pub(crate) fn of_variation(self, variation: u32) -> Self {
        Self { variation, ..self }
    }

    /// Which variation of its bar it is.
    pub(crate) fn variation(&self) -> u32 {
        self.variation
    }

    /// Its notes, as they would stand in a bar that begins at a tick.
    pub fn at(&self, start: Tick) -> impl Iterator<Item = Note> + '_ {
        self.notes.iter().map(move |note| Note { onset: start.saturating_add(note.onset), ..*note })
    }

    /// The meter of the bar.
    pub fn meter(&self) -> Meter {
        self.meter
    }

    /// The parts that play in it.
    pub fn parts(&self) -> PartSet {
        PartSet::of(&self.notes)
    }

    /// Whether nothing begins in it.
    pub fn is_empty(&self) -> bool {
        self.notes.is_empty()
    }

    /// Share of the notes of two bars that both have, by onset, part and pitch (Jaccard's coefficient): 0 to
    /// 1; 0 for bars of unlike meters and for empty ones.
    pub fn likeness(&self, other: &Self) -> f32 {
        if self.meter != other.meter || self.is_empty() || other.is_empty() {
            return 0.0;
        }
        let (mut ours, mut theirs) = (self.keys.iter().peekable(), other.keys.iter().peekable());
        let mut common = 0usize;
        while let (Some(a), Some(b)) = (ours.peek(), theirs.peek()) {
            match a.cmp(b) {
                std::cmp::Ordering::Less => drop(ours.next()),
                std::cmp::Ordering::Greater => drop(theirs.next()),
                std::cmp::Ordering::Equal => {
                    common += 1;
                    ours.next();
                    theirs.next();
                }
            }
        }
        common as f32 / (self.keys.len() + other.keys.len() - common) as f32
    }
}

/// Bars that are kept: sections that a user writes may come back from farther than those that are planned.
pub const KEPT: usize = 128;

/// The last bars of a song, and where the last one came from.
#[derive(Clone, Debug, Default)]
pub struct BarHistory {
    /// Number of the bar that comes next.
    next: u32,
    /// The latest last.
    bars: VecDeque<Arc<BarNotes>>,
    last: Origin,
}

impl BarHistory {
    /// Adds a bar; those between it and the last one were silent. A number that went by already starts anew
    /// from there.
    pub fn push(&mut self, number: u32, bar: BarNotes) {
        if number < self.next {
            *self = Self { next: number, ..Self::default() };
        }
        self.last = self.origin(number, &bar);
        for _ in self.next..number.min(self.next.saturating_add(KEPT as u32)) {
            self.add(BarNotes::default());
        }
        self.next = number + 1;
        self.add(bar);
    }

    fn add(&mut self, bar: BarNotes) {
        if self.bars.len() == KEPT {
            self.bars.pop_front();
        }
        self.bars.push_back(Arc::new(bar));
    }

    /// The bar that lies so many before bar `number`, where it is remembered.
    pub fn back(&self, number: u32, bars: u32) -> Option<&Arc<BarNotes>> {
        let from_end = bars.checked_sub(number.checked_sub(self.next)?)?.checked_sub(1)?;
        self.bars.len().checked_sub(1 + from_end as usize).and_then(|at| self.bars.get(at))
    }

    /// Greatest likeness of bar `number` to the [`MOST_BACK`] before it, 0 to 1.
    pub fn likeness(&self, number: u32, bar: &BarNotes) -> f32 {
        let last = (1..=MOST_BACK).filter_map(|back| self.back(number, back));
        last.map(|it| it.likeness(bar)).fold(0.0, f32::max)
    }

    /// Where bar `number` comes from: of the bars that it is most like the one as far back as that which the
    /// bar before came from, else the nearest.
    pub fn origin(&self, number: u32, bar: &BarNotes) -> Origin {
        let going_on = match self.last {
            Origin::Like { back, .. } => back,
            Origin::New => 0,
        };
        let mut best: Option<(f32, u32)> = None;
        for back in std::iter::once(going_on).chain(1..=MOST_BACK) {
            let Some(earlier) = self.back(number, back) else { continue };
            let likeness = earlier.likeness(bar);
            if best.is_none_or(|(most, _)| likeness > most + 1e-6) {
                best = Some((likeness, back));
            }
        }
        best.map_or(Origin::New, |(likeness, back)| match Resemblance::of(likeness) {
            Some(resemblance) => Origin::Like { back, resemblance },
            None => Origin::New,
        })
    }

    /// The form of a piece: where each bar comes from, from the first one with a note on.
    pub fn form(piece: &Piece) -> Form {
        let mut history = Self::default();
        let mut origins = Vec::new();
        let mut notes = piece.notes.as_slice();
        let Some(first) = notes.first().map(|it| piece.meters.bar_at(it.onset)) else {
            return Form::default();
        };
        let mut bar = first;
        while !notes.is_empty() {
            let end = piece.meters.bar_end(bar);
            let (inside, after) = notes.split_at(notes.partition_point(|it| it.onset < end));
            history.push(bar.number - first.number, BarNotes::new(bar, inside));
            origins.push(history.last);
            (notes, bar) = (after, piece.meters.bar_at(end));
        }
        Form { meter: first.meter, origins, ..Form::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bars of four quarters, a letter for the notes of each; `-` is silence.
    fn piece(bars: &str) -> Piece {
        let notes = bars.bytes().zip(0..).flat_map(|(letter, bar)| {
            (0..4).filter(move |_| letter != b'-').map(move |beat| Note {
                onset: 96 * bar + 24 * beat,
                part: 0,
                pitch: letter - 30,
                duration: 24,
                velocity: 80,
            })
        });
        Piece { notes: notes.collect(), ..Piece::default() }
    }

    fn like(back: u32, resemblance: Resemblance) -> Origin {
        Origin::Like { back, resemblance }
    }

    #[test]
    fn bars_come_from_the_one_that_they_are_most_like() {
        let form = |piece: &Piece| BarHistory::form(piece).origins;
        let exact = |back| like(back, Resemblance::Exact);
        let new = Origin::New;
        assert_eq!(
            form(&piece("abacabac")),
            [new, new, exact(2), new, exact(2), exact(4), exact(4), exact(4)]
        );
        // What goes on from one place is told apart from what lies nearest.
        assert_eq!(form(&piece("aaaa")), [new, exact(1), exact(1), exact(1)]);
        assert_eq!(form(&piece("--a-a")), [new, new, exact(2)]);
    }

    #[test]
    fn likeness_is_the_share_of_common_notes() {
        let bar = |text: &str| {
            let piece = piece(text);
            BarNotes::new(piece.meters.bar(0), &piece.notes)
        };
        let (a, b) = (bar("a"), bar("b"));
        assert_eq!((a.likeness(&a), a.likeness(&b)), (1.0, 0.0));
        let mut varied = a.clone();
        varied.keys[3].2 += 2;
        assert_eq!(a.likeness(&varied), 3.0 / 5.0);
        assert_eq!(Resemblance::of(3.0 / 5.0), Some(Resemblance::Close));
    }

    #[test]
    fn bars_that_went_by_are_found_by_their_distance() {
        let piece = piece("abc");
        let mut history = BarHistory::default();
        for bar in [0, 1, 2, 9] {
            let slot = piece.meters.bar(bar);
            let notes: Vec<Note> =
                piece.notes.iter().copied().filter(|it| it.onset / 96 == bar).collect();
            history.push(bar, BarNotes::new(slot, &notes));
        }
        assert!(history.back(10, 1).is_some_and(|bar| bar.is_empty()));
        assert_eq!(history.back(10, 8).unwrap().notes[0].pitch, piece.notes[8].pitch);
        assert_eq!(history.back(10, 10).unwrap().notes[0].pitch, piece.notes[0].pitch);
        assert!(history.back(10, 11).is_none() && history.back(10, 0).is_none());
        assert!(history.back(5, 1).is_none(), "a bar that went by has no plan");
    }
}
