//! Where in its bar and phrase a tick lies, as the network sees it.

use crate::meter::{BarSlot, Meter};
use crate::piece::Tick;
use crate::vocabulary::Vocabulary;

/// Bars in a phrase: cadences recur at this distance.
pub const PHRASE: u32 = 8;

/// A place in the bar and in the phrase, factored so that meters which the collection lacks are
/// put together from parts that it has: the place within the beat, beats since the bar line and
/// beats until the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct BarPosition {
    /// Ticks since the beat, below [`BarPositionRows::WITHIN`].
    pub within: u8,
    /// Beats since the bar line, at most [`BarPositionRows::BEATS`] - 1.
    pub beat: u8,
    /// Whole or begun beats until the next bar line, at most [`BarPositionRows::BEATS`] - 1.
    pub left: u8,
    /// The meter in the vocabulary that is nearest to the one in force.
    pub meter: u8,
    /// Bar in the phrase, below [`PHRASE`].
    pub phrase: u8,
}

/// The rows that a [`BarPosition`] selects in an embedding table that reserves some for it.
pub struct BarPositionRows;

impl BarPositionRows {
    /// Rows for the ticks within a beat: a dotted half note, the longest compound beat.
    pub const WITHIN: usize = 72;
    /// Rows for beats since, and again for beats until, a bar line.
    pub const BEATS: usize = 16;
    /// Number of rows that a place selects.
    pub const FIELDS: usize = 5;

    /// Rows in all, for a vocabulary with that many meters.
    pub fn count(meters: usize) -> usize {
        Self::WITHIN + 2 * Self::BEATS + PHRASE as usize + meters
    }
}

impl BarPosition {
    /// The five rows that this place selects, counted from the first one reserved for places.
    pub fn rows(self) -> [u32; BarPositionRows::FIELDS] {
        let beat = BarPositionRows::WITHIN as u32;
        let left = beat + BarPositionRows::BEATS as u32;
        let phrase = left + BarPositionRows::BEATS as u32;
        let meter = phrase + PHRASE;
        [
            u32::from(self.within),
            beat + u32::from(self.beat),
            left + u32::from(self.left),
            phrase + u32::from(self.phrase),
            meter + u32::from(self.meter),
        ]
    }
}

impl Vocabulary {
    /// The place of a tick in its bar.
    pub fn place(&self, bar: BarSlot, tick: Tick) -> BarPosition {
        let offset = tick.saturating_sub(bar.start);
        let beat = bar.meter.beat();
        let most = BarPositionRows::BEATS as Tick - 1;
        BarPosition {
            within: (offset % beat).min(BarPositionRows::WITHIN as Tick - 1) as u8,
            beat: (offset / beat).min(most) as u8,
            left: bar.meter.bar().saturating_sub(offset).div_ceil(beat).min(most) as u8,
            meter: self.nearest_meter(bar.meter) as u8,
            phrase: (bar.number % PHRASE) as u8,
        }
    }

    /// Index of a meter: itself, or the nearest in the vocabulary; one whose beats divide alike
    /// comes before one of like length.
    pub fn nearest_meter(&self, meter: Meter) -> usize {
        let distance = |known: Meter| {
            (
                known != meter,
                known.is_compound() != meter.is_compound(),
                known.bar().abs_diff(meter.bar()),
                known.denominator().abs_diff(meter.denominator()),
            )
        };
        (0..self.meters.len()).min_by_key(|&index| distance(self.meters[index])).unwrap_or(0)
    }
}
