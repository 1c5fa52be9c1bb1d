//! The score: the take as the audio thread reads it. Made by the conductor, immutable, replaced as
//! a whole.

use std::ops::Range;
use std::sync::Arc;

use jukebox_model::piece::{Note, Tick};
use jukebox_model::take::Bar;

use crate::song::Band;

/// What is to be played.
#[derive(Clone, Debug, Default)]
pub struct Score {
    /// The take's bars from the song's first on.
    pub bars: Vec<Arc<Bar>>,
    /// Who plays the bars.
    pub band: Band,
    /// Bars of the tune before, which play on until the playhead leaves them.
    pub held: Option<Held>,
    /// Where the song listens: from one bar line to another, in order.
    pub listens: Vec<Range<Tick>>,
    /// The bars in which it plays to what comes in, each by itself, in order.
    pub hears: Vec<Range<Tick>>,
    /// Whether no more bars can come, so that silence beyond the last is no underrun.
    pub complete: bool,
    /// How much of the audio thread's news this score has taken into account.
    pub answered: u64,
}

/// Bars that stand in for the take's for the rest of one pass: when another tune begins, the two
/// bars in progress end as they began.
#[derive(Clone, Debug)]
pub struct Held {
    /// Neighbouring bars, at least one.
    pub bars: Vec<Arc<Bar>>,
    /// Who plays them.
    pub band: Band,
    /// The pass in which they hold. A jump or a loop wrap begins another pass and ends them.
    pub pass: u64,
}

impl Held {
    fn ticks(&self) -> Range<Tick> {
        match (self.bars.first(), self.bars.last()) {
            (Some(first), Some(last)) => first.slot.start..last.end,
            _ => 0..0,
        }
    }
}

impl Score {
    /// Tick up to which there are bars.
    pub fn end(&self) -> Tick {
        self.bars.last().map_or(0, |bar| bar.end)
    }

    /// The bar of the take that holds a tick.
    pub fn bar_at(&self, tick: Tick) -> Option<&Arc<Bar>> {
        let index = self.bars.partition_point(|bar| bar.end <= tick);
        self.bars.get(index)
    }

    /// The number of the bar that holds a tick, as if the last meter went on for ever.
    pub fn bar_number(&self, tick: Tick) -> u32 {
        let (first, start, length) = match (self.bar_at(tick), self.bars.last()) {
            (Some(bar), _) => return bar.slot.number,
            (None, Some(last)) => (last.slot.number + 1, last.end, last.slot.meter.bar()),
            (None, None) => (0, 0, jukebox_model::meter::Meter::COMMON.bar()),
        };
        first + (tick - start) / length.max(1)
    }

    /// The bars that hold in a pass.
    pub fn held_in(&self, pass: u64) -> Option<&Held> {
        self.held.as_ref().filter(|held| held.pass == pass)
    }

    /// The notes whose onsets lie in a range, in order, and whether each is a drum hit.
    pub fn notes(
        &self,
        pass: u64,
        ticks: Range<Tick>,
    ) -> impl Iterator<Item = (&Note, bool)> + use<'_> {
        self.placed(pass, ticks).map(|placed| (placed.note, placed.band.is_drum(placed.note)))
    }

    /// The notes whose onsets lie in a range, in order, with their bars.
    pub fn placed(
        &self,
        pass: u64,
        ticks: Range<Tick>,
    ) -> impl Iterator<Item = Placed<'_>> + use<'_> {
        let (held, band, middle) = match self.held_in(pass) {
            Some(held) => (held.bars.as_slice(), &held.band, held.ticks()),
            None => (&[][..], &self.band, ticks.end..ticks.end),
        };
        let before = ticks.start..ticks.end.min(middle.start);
        let within = ticks.start.max(middle.start)..ticks.end.min(middle.end);
        let after = ticks.start.max(middle.end)..ticks.end;
        let own = |range| onsets(&self.bars, range, &self.band);
        own(before).chain(onsets(held, within, band)).chain(own(after))
    }
}

/// A note and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Placed<'a> {
    /// The note.
    pub note: &'a Note,
    /// The bar that it starts in.
    pub bar: &'a Bar,
    /// Who plays it.
    pub band: &'a Band,
}

/// The notes of neighbouring bars whose onsets lie in a range, found by bisection.
fn onsets<'a>(
    bars: &'a [Arc<Bar>],
    ticks: Range<Tick>,
    band: &'a Band,
) -> impl Iterator<Item = Placed<'a>> + use<'a> {
    // Most blocks lie between two ticks.
    let none = ticks.is_empty();
    let first = if none { bars.len() } else { bars.partition_point(|bar| bar.end <= ticks.start) };
    let Range { start, end } = ticks;
    bars[first..].iter().take_while(move |bar| bar.slot.start < end).flat_map(move |bar| {
        let from = bar.notes.partition_point(|note| note.onset < start);
        let to = bar.notes.partition_point(|note| note.onset < end);
        let notes = bar.notes.get(from..to).unwrap_or(&[]);
        notes.iter().map(move |note| Placed { note, bar, band })
    })
}
