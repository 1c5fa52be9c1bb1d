//! Groove: when notes start, and how long they are.

use jukebox_model::piece::{Note, TICKS_PER_QUARTER, Tick};

use super::bars::{Bar, on_beat, place};
use super::{FEWEST_NOTES, Shares, Values};

/// The groove of one piece.
#[derive(Clone, Debug, PartialEq)]
pub struct Groove {
    /// Onsets a quarter note; a chord has one.
    pub density: f64,
    /// Entropy of the onsets' places in the beat, in bits.
    pub entropy: f64,
    /// Share of the onsets that lie on beats.
    pub strong: f64,
    /// Mean length of the notes, as the binary logarithm of quarter notes.
    pub length: f64,
    /// Standard deviation of the same.
    pub length_spread: f64,
    /// Shares of the places in the bar, in ticks, among the onsets.
    pub places: Shares<Tick>,
}

impl Values for Groove {
    const NAMES: &'static [&'static str] = &[
        "onsets a quarter",
        "entropy of places, bits",
        "onsets on beats",
        "length, log2 of quarters",
        "spread of lengths",
    ];

    fn values(&self) -> Vec<f64> {
        vec![self.density, self.entropy, self.strong, self.length, self.length_spread]
    }
}

/// Measures notes of a piece, sorted; `None` where they are few.
pub(super) fn measure(notes: &[Note], bars: &[Bar<'_>]) -> Option<Groove> {
    if notes.len() < FEWEST_NOTES {
        return None;
    }
    let onsets = onsets(notes);
    let lengths: Vec<f64> = notes.iter().map(|it| quarters(it.duration).log2()).collect();
    let (length, length_spread) = mean_and_deviation(&lengths);
    Some(Groove {
        density: density(&onsets),
        entropy: places_in_beat(&onsets, bars).entropy(),
        strong: share_on_beats(&onsets, bars),
        length,
        length_spread,
        places: Shares::of(onsets.iter().map(|&it| place(bars, it).0)),
    })
}

/// The different onsets of sorted notes.
pub(super) fn onsets(notes: &[Note]) -> Vec<Tick> {
    let mut onsets: Vec<Tick> = notes.iter().map(|it| it.onset).collect();
    onsets.dedup();
    onsets
}

/// Onsets a quarter note, from the first to the last.
pub(super) fn density(onsets: &[Tick]) -> f64 {
    let span = onsets.last().unwrap_or(&0) - onsets.first().unwrap_or(&0);
    onsets.len() as f64 / if span == 0 { 1.0 } else { quarters(span) }
}

/// Shares of the places in the beat that is felt, in ticks.
pub(super) fn places_in_beat(onsets: &[Tick], bars: &[Bar<'_>]) -> Shares<Tick> {
    Shares::of(onsets.iter().map(|&it| match place(bars, it) {
        (place, Some(bar)) => place % bar.slot.meter.beat(),
        (place, None) => place,
    }))
}

pub(super) fn share_on_beats(onsets: &[Tick], bars: &[Bar<'_>]) -> f64 {
    let strong = onsets.iter().filter(|&&it| on_beat(bars, it)).count();
    strong as f64 / onsets.len().max(1) as f64
}

fn quarters(ticks: Tick) -> f64 {
    f64::from(ticks.max(1)) / f64::from(TICKS_PER_QUARTER)
}

/// Mean and standard deviation; 0 of nothing.
pub(super) fn mean_and_deviation(numbers: &[f64]) -> (f64, f64) {
    let count = numbers.len().max(1) as f64;
    let mean = numbers.iter().sum::<f64>() / count;
    let squares: f64 = numbers.iter().map(|it| (it - mean).powi(2)).sum();
    (mean, (squares / count).sqrt())
}

#[cfg(test)]
mod tests {
    use super::super::Measured;
    use super::super::tests::piece;

    #[test]
    fn the_numbers_are_those_that_one_counts_by_hand() {
        // Every bar: a half, then a quarter and two eighths; a second voice at the first beat.
        let bar = [(0, 60, 48), (0, 64, 48), (48, 62, 24), (72, 60, 12), (84, 62, 12)];
        let notes = (0..8).flat_map(|number| {
            bar.map(|(onset, pitch, length)| (96 * number + onset, pitch, length, 80))
        });
        let groove = Measured::of(&piece(notes)).groove.expect("enough notes");
        let span = (7.0 * 96.0 + 84.0) / 24.0;
        assert!((groove.density - 32.0 / span).abs() < 1e-12);
        // One of four onsets lies between beats.
        assert_eq!(groove.strong, 0.75);
        let entropy = -(0.75f64 * 0.75f64.log2() + 0.25 * 0.25f64.log2());
        assert!((groove.entropy - entropy).abs() < 1e-12);
        assert_eq!(groove.places.0.len(), 4);
        // Two halves (1), a quarter (0), two eighths (-1).
        assert_eq!(groove.length, 0.0);
        assert!((groove.length_spread - (4.0f64 / 5.0).sqrt()).abs() < 1e-12);
    }
}
