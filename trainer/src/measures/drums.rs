//! Drums: what is struck, together and where.

use jukebox_model::piece::Note;

use super::bars::Bar;
use super::groove::{density, mean_and_deviation, onsets, places_in_beat, share_on_beats};
use super::{FEWEST_NOTES, Values};

/// The drums of one piece.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drums {
    /// Different drums in a bar that has any, in the mean.
    pub kinds: f64,
    /// Drums that are struck together, in the mean over onsets.
    pub together: f64,
    /// Onsets a quarter note.
    pub density: f64,
    /// Entropy of the onsets' places in the beat, in bits.
    pub entropy: f64,
    /// Share of the onsets that lie on beats.
    pub strong: f64,
    /// Standard deviation of the velocities.
    pub velocity_spread: f64,
}

impl Values for Drums {
    const NAMES: &'static [&'static str] = &[
        "different drums a bar",
        "drums struck together",
        "drum onsets a quarter",
        "entropy of drums' places, bits",
        "drum onsets on beats",
        "spread of drums' velocities",
    ];

    fn values(&self) -> Vec<f64> {
        let Self { kinds, together, density, entropy, strong, velocity_spread } = *self;
        vec![kinds, together, density, entropy, strong, velocity_spread]
    }
}

/// Measures the drum hits of a piece, sorted; `None` where they are few.
pub(super) fn measure(hits: &[Note], bars: &[Bar<'_>]) -> Option<Drums> {
    if hits.len() < FEWEST_NOTES {
        return None;
    }
    let onsets = onsets(hits);
    let velocities: Vec<f64> = hits.iter().map(|it| f64::from(it.velocity)).collect();
    let mut rest = hits;
    let mut kinds = Vec::new();
    for bar in bars {
        let (here, later) = rest.split_at(rest.partition_point(|it| it.onset < bar.end));
        rest = later;
        let keys = here.iter().fold(0u128, |keys, it| keys | 1 << (it.pitch & 127));
        if keys != 0 {
            kinds.push(f64::from(keys.count_ones()));
        }
    }
    Some(Drums {
        kinds: mean_and_deviation(&kinds).0,
        together: hits.len() as f64 / onsets.len() as f64,
        density: density(&onsets),
        entropy: places_in_beat(&onsets, bars).entropy(),
        strong: share_on_beats(&onsets, bars),
        velocity_spread: mean_and_deviation(&velocities).1,
    })
}

#[cfg(test)]
mod tests {
    use jukebox_model::piece::Piece;

    use super::super::Measured;
    use super::super::tests::piece;

    #[test]
    fn a_rock_beat_is_counted() {
        // Eighths on the hi-hat, kick and snare on the beats in turn.
        let hats = (0..32).map(|it| (12 * it, 42, 6, 70));
        let others = (0..16).map(|it| (24 * it, if it % 2 == 0 { 36 } else { 38 }, 6, 70));
        let beat = Piece { drums: true, ..piece(hats.chain(others)) };
        let drums = Measured::of(&beat).drums.expect("enough hits");
        assert_eq!((drums.kinds, drums.together, drums.strong), (3.0, 1.5, 0.5));
        assert_eq!((drums.entropy, drums.velocity_spread), (1.0, 0.0));
    }
}
