//! Dynamics: how loud notes are, and how that varies.

use jukebox_model::piece::Note;

use super::bars::{Bar, on_beat};
use super::groove::mean_and_deviation;
use super::{FEWEST_NOTES, Values};

/// The dynamics of one piece, in MIDI velocities.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dynamics {
    /// Standard deviation of the velocities.
    pub spread: f64,
    /// From the 5th to the 95th percentile.
    pub range: f64,
    /// How much louder notes on beats are than others, in the mean.
    pub accent: f64,
}

impl Values for Dynamics {
    const NAMES: &'static [&'static str] =
        &["spread of velocities", "range of velocities", "accent on beats"];

    fn values(&self) -> Vec<f64> {
        vec![self.spread, self.range, self.accent]
    }
}

/// Measures notes of a piece; `None` where they are few.
pub(super) fn measure(notes: &[Note], bars: &[Bar<'_>]) -> Option<Dynamics> {
    if notes.len() < FEWEST_NOTES {
        return None;
    }
    let velocity = |it: &Note| f64::from(it.velocity);
    let velocities: Vec<f64> = notes.iter().map(velocity).collect();
    let (on, off): (Vec<&Note>, Vec<&Note>) = notes.iter().partition(|it| on_beat(bars, it.onset));
    let mean =
        |notes: &[&Note]| notes.iter().map(|it| velocity(it)).sum::<f64>() / notes.len() as f64;
    Some(Dynamics {
        spread: mean_and_deviation(&velocities).1,
        range: middle_range(notes.iter().map(|it| it.velocity)),
        accent: if on.is_empty() || off.is_empty() { 0.0 } else { mean(&on) - mean(&off) },
    })
}

/// From the 5th to the 95th percentile of some numbers; 0 of none.
pub(super) fn middle_range(numbers: impl Iterator<Item = u8>) -> f64 {
    let mut sorted: Vec<u8> = numbers.collect();
    sorted.sort_unstable();
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let at = |share: f64| f64::from(sorted[(share * last as f64) as usize]);
    at(0.95) - at(0.05)
}

#[cfg(test)]
mod tests {
    use super::super::Measured;
    use super::super::tests::piece;
    use super::middle_range;

    #[test]
    fn beats_may_be_louder() {
        let notes = (0..64).map(|it| (12 * it, 60, 12, if it % 2 == 0 { 90 } else { 70 }));
        let dynamics = Measured::of(&piece(notes)).dynamics.expect("enough notes");
        assert_eq!((dynamics.spread, dynamics.range, dynamics.accent), (10.0, 20.0, 20.0));
    }

    #[test]
    fn the_loudest_and_the_softest_do_not_count() {
        assert_eq!(middle_range((0..=100).chain([127])), 90.0);
        assert_eq!(middle_range(std::iter::empty()), 0.0);
    }
}
