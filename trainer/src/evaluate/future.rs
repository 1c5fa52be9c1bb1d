//! From which later event on the future is known to a choice.

use jukebox_model::vocabulary::{Encoded, PHRASE, Vocabulary};
use serde::Serialize;

/// Where what is known begins, seen from a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// So many events ahead; 1 is the very next.
    Ahead(usize),
    /// On a bar line: bars are taken in groups of so many from the start of a phrase, and whatever
    /// lies beyond a note's own group is known.
    Bars(u32),
}

/// What is measured, in the order of [`Future`].
pub const ALL: [Known; 5] =
    [Known::Ahead(1), Known::Ahead(4), Known::Ahead(16), Known::Bars(1), Known::Bars(2)];

/// Nats a note with a part of the future known.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Future {
    /// From the very next event on.
    pub next_1: f64,
    /// From 4 events ahead on.
    pub next_4: f64,
    /// From 16 events ahead on.
    pub next_16: f64,
    /// From the next bar line on.
    pub gap_1_bar: f64,
    /// Beyond the pair of bars that the note lies in.
    pub gap_2_bars: f64,
}

impl Future {
    /// From sums of nats in the order of [`ALL`].
    pub fn new(nats: [f64; ALL.len()], notes: usize) -> Self {
        let [next_1, next_4, next_16, gap_1_bar, gap_2_bars] =
            nats.map(|nats| nats / notes.max(1) as f64);
        Self { next_1, next_4, next_16, gap_1_bar, gap_2_bars }
    }
}

/// For each event, the first one that is known to it; `None` where the piece ends before that.
pub fn first_known(known: Known, piece: &Encoded, vocabulary: &Vocabulary) -> Vec<Option<usize>> {
    let length = piece.events.len();
    match known {
        Known::Ahead(ahead) => {
            (0..length).map(|index| Some(index + ahead).filter(|&it| it < length)).collect()
        }
        Known::Bars(group) => {
            let bars = bars(piece, vocabulary);
            let mut first = vec![None; length];
            for index in (0..length.saturating_sub(1)).rev() {
                let next = index + 1;
                let together = bars[index] / group == bars[next] / group;
                first[index] = if together { first[next] } else { Some(next) };
            }
            first
        }
    }
}

/// The bar of each event, counted so that a phrase starts at a multiple of [`PHRASE`]. Of a silence that
/// is longer, whole phrases are not counted.
fn bars(piece: &Encoded, vocabulary: &Vocabulary) -> Vec<u32> {
    let mut bar = u32::from(piece.start.phrase);
    let mut before = (piece.start, 0);
    let places = piece.places.iter().zip(&piece.onsets);
    places
        .map(|(&place, &onset)| {
            let (from, since) = before;
            let phrase = PHRASE;
            let passed = (u32::from(place.phrase) + phrase - u32::from(from.phrase)) % phrase;
            // Eight bars of silence look like none: more time has passed than the bar had left.
            let beat = vocabulary.meters[usize::from(from.meter)].beat();
            let silent = passed == 0 && onset - since > u32::from(from.left).max(1) * beat;
            bar += if silent { phrase } else { passed };
            before = (place, onset);
            bar
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use jukebox_model::meter::{Meter, MeterMap};
    use jukebox_model::piece::{Note, Piece, Tick};

    use super::*;

    fn encoded(onsets: &[Tick]) -> (Vocabulary, Encoded) {
        let note = |&onset: &Tick| Note { onset, part: 0, pitch: 60, duration: 6, velocity: 80 };
        let meters = MeterMap::from_changes([(0, Meter::COMMON), (192, "6/8".parse().unwrap())]);
        let piece = Piece { notes: onsets.iter().map(note).collect(), meters, ..Piece::default() };
        let vocabulary = Vocabulary::learn([&piece]).unwrap();
        let encoded = vocabulary.encode(&piece).0;
        (vocabulary, encoded)
    }

    #[test]
    fn bars_are_told_from_places() {
        // Two bars of 4/4, then 6/8: the last two notes lie 8 and 10 bars after the one before, which
        // counts as 8 and 2.
        let onsets = [0, 48, 90, 96, 192, 264, 264 + 8 * 72, 264 + 18 * 72];
        let (vocabulary, encoded) = encoded(&onsets);
        assert_eq!(bars(&encoded, &vocabulary), [0, 0, 0, 1, 2, 3, 11, 13]);
    }

    #[test]
    fn what_is_known_begins_ahead_or_on_a_bar_line() {
        let (vocabulary, encoded) = encoded(&[0, 48, 96, 192, 264, 300, 336]);
        let first = |known| first_known(known, &encoded, &vocabulary);
        let some = |list: &[usize]| list.iter().map(|&it| Some(it)).collect::<Vec<_>>();
        assert_eq!(first(Known::Ahead(4)), [some(&[4, 5, 6]), vec![None; 4]].concat());
        // The bars of the notes: 0 0 1 2 3 3 4.
        assert_eq!(first(Known::Bars(1)), [some(&[2, 2, 3, 4, 6, 6]), vec![None]].concat());
        assert_eq!(first(Known::Bars(2)), [some(&[3, 3, 3, 6, 6, 6]), vec![None]].concat());
    }
}
