//! The bars of a piece that are measured.

use jukebox_model::meter::BarSlot;
use jukebox_model::piece::{Note, Piece, Tick};

/// Most bars of a piece that are measured.
pub const MOST_BARS: usize = 32;

/// A bar with the notes that start in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bar<'p> {
    pub slot: BarSlot,
    /// Tick of the next bar line.
    pub end: Tick,
    pub notes: &'p [Note],
}

/// The bars from the first in which a note starts to the last, at most [`MOST_BARS`]; those between may be empty.
pub(super) fn bars(piece: &Piece) -> Vec<Bar<'_>> {
    let mut bars = Vec::new();
    let mut rest = &piece.notes[..];
    let Some(first) = rest.first() else { return bars };
    let mut slot = piece.meters.bar_at(first.onset);
    while !rest.is_empty() && bars.len() < MOST_BARS {
        let end = piece.meters.bar_end(slot);
        let (notes, later) = rest.split_at(rest.partition_point(|note| note.onset < end));
        bars.push(Bar { slot, end, notes });
        rest = later;
        slot = piece.meters.bar_at(end);
    }
    bars
}

/// Whether a tick lies on a beat of the bar that holds it.
pub(super) fn on_beat(bars: &[Bar<'_>], tick: Tick) -> bool {
    let (place, bar) = place(bars, tick);
    place.is_multiple_of(bar.map_or(1, |bar| bar.slot.meter.beat()))
}

/// Ticks since the bar line before a tick, and the bar.
pub(super) fn place<'b, 'p>(bars: &'b [Bar<'p>], tick: Tick) -> (Tick, Option<&'b Bar<'p>>) {
    let index = bars.partition_point(|bar| bar.slot.start <= tick);
    let bar = index.checked_sub(1).map(|index| &bars[index]);
    (bar.map_or(0, |bar| tick - bar.slot.start), bar)
}

#[cfg(test)]
mod tests {
    use super::super::tests::piece;
    use super::*;

    #[test]
    fn silence_before_is_left_out_and_silence_between_is_not() {
        let piece = piece([(96 + 12, 60, 12, 80), (3 * 96, 62, 12, 80)]);
        let notes: Vec<usize> = bars(&piece).iter().map(|bar| bar.notes.len()).collect();
        assert_eq!(notes, [1, 0, 1]);
        assert!(bars(&Piece::default()).is_empty());
        let long = super::super::tests::piece((0..40).map(|bar| (96 * bar, 60, 12, 80)));
        assert_eq!(bars(&long).len(), MOST_BARS);
    }
}
