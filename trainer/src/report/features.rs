//! What is measured in a piece: the features of Yang and Lerch, "On the evaluation of generative
//! models in music" (Neural Computing and Applications 32, 2020), section 3.2.
//!
//! Time is counted in note values, not in seconds, and transitions as shares of all: pieces of
//! unlike tempo and length stay comparable.

use jukebox_model::key::PITCH_CLASSES;
use jukebox_model::piece::{Note, Piece, TICKS_PER_QUARTER, Tick};

use crate::names;

/// One of the features.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// Different pitches.
    PitchCount,
    /// Semitones from the lowest to the highest pitch.
    PitchRange,
    /// Share of the sounding time of each pitch class.
    PitchClasses,
    /// Share of each pair of pitch classes among neighbouring notes.
    PitchClassTransitions,
    /// Mean size of the interval between neighbouring notes, in semitones.
    Interval,
    /// Notes.
    NoteCount,
    /// Notes in each of the first [`COUNTED_BARS`] bars.
    NotesPerBar,
    /// Mean time between neighbouring onsets, in quarter notes.
    InterOnset,
    /// Share of each note value among the notes.
    NoteLengths,
    /// Share of each pair of note values among neighbouring notes.
    NoteLengthTransitions,
}

/// Bars of which notes are counted one by one.
pub const COUNTED_BARS: u32 = 8;

/// The note values that lengths are taken for, in ticks: the paper's twelve.
pub const NOTE_VALUES: [Tick; 12] = [6, 8, 9, 12, 16, 18, 24, 32, 36, 48, 72, 96];

impl Feature {
    /// All of them, in the paper's order.
    pub const ALL: [Self; 10] = [
        Self::PitchCount,
        Self::PitchRange,
        Self::PitchClasses,
        Self::PitchClassTransitions,
        Self::Interval,
        Self::NoteCount,
        Self::NotesPerBar,
        Self::InterOnset,
        Self::NoteLengths,
        Self::NoteLengthTransitions,
    ];

    /// The features that mean something: drums have no intervals.
    pub fn of(drums: bool) -> impl Iterator<Item = Self> {
        let tonal = [Self::PitchRange, Self::Interval];
        Self::ALL.into_iter().filter(move |it| !(drums && tonal.contains(it)))
    }

    /// The paper's abbreviation.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::PitchCount => "PC",
            Self::PitchRange => "PR",
            Self::PitchClasses => "PCH",
            Self::PitchClassTransitions => "PCTM",
            Self::Interval => "PI",
            Self::NoteCount => "NC",
            Self::NotesPerBar => "NC/bar",
            Self::InterOnset => "IOI",
            Self::NoteLengths => "NLH",
            Self::NoteLengthTransitions => "NLTM",
        }
    }

    /// The name in JSON.
    pub fn key(self) -> &'static str {
        match self {
            Self::PitchCount => "pitch_count",
            Self::PitchRange => "pitch_range",
            Self::PitchClasses => "pitch_class_histogram",
            Self::PitchClassTransitions => "pitch_class_transitions",
            Self::Interval => "pitch_interval",
            Self::NoteCount => "note_count",
            Self::NotesPerBar => "notes_per_bar",
            Self::InterOnset => "inter_onset_interval",
            Self::NoteLengths => "note_length_histogram",
            Self::NoteLengthTransitions => "note_length_transitions",
        }
    }

    /// The name for people.
    pub fn name(self, drums: bool) -> &'static str {
        match self {
            Self::PitchCount if drums => "different drums",
            Self::PitchClasses if drums => "drums",
            Self::PitchClassTransitions if drums => "drum transitions",
            Self::PitchCount => "different pitches",
            Self::PitchRange => "pitch range",
            Self::PitchClasses => "pitch classes",
            Self::PitchClassTransitions => "pitch class transitions",
            Self::Interval => "mean interval",
            Self::NoteCount => "notes",
            Self::NotesPerBar => "notes in each bar",
            Self::InterOnset => "time between onsets",
            Self::NoteLengths => "note lengths",
            Self::NoteLengthTransitions => "note length transitions",
        }
    }

    /// What the distance of two pieces is measured in.
    pub fn unit(self, drums: bool) -> &'static str {
        match self {
            Self::PitchCount if drums => "drums",
            Self::PitchCount => "pitches",
            Self::PitchRange | Self::Interval => "semitones",
            Self::NoteCount | Self::NotesPerBar => "notes",
            Self::InterOnset => "quarter notes",
            _ => "distance of the shares",
        }
    }

    /// Measures a piece: one number, or a list of as many for every piece.
    pub fn measure(self, piece: &Piece, classes: &Classes) -> Vec<f64> {
        let notes = &piece.notes;
        match self {
            Self::PitchCount => vec![different(notes) as f64],
            Self::PitchRange => vec![f64::from(range(notes))],
            Self::PitchClasses => {
                let shares = notes.iter().map(|it| (classes.of(it), f64::from(it.duration)));
                histogram(classes.len(), shares)
            }
            Self::PitchClassTransitions => transitions(classes.len(), notes, |it| classes.of(it)),
            Self::Interval => {
                let size = |pair: &[Note]| f64::from(pair[0].pitch.abs_diff(pair[1].pitch));
                vec![mean(notes.windows(2).map(size))]
            }
            Self::NoteCount => vec![notes.len() as f64],
            Self::NotesPerBar => notes_per_bar(piece),
            Self::InterOnset => vec![inter_onset(notes)],
            Self::NoteLengths => {
                histogram(NOTE_VALUES.len(), notes.iter().map(|it| (note_value(it), 1.0)))
            }
            Self::NoteLengthTransitions => transitions(NOTE_VALUES.len(), notes, note_value),
        }
    }
}

/// What the pitches are sorted into: the twelve pitch classes, or the drums in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Classes {
    /// C to B.
    Pitches,
    /// General MIDI's drum keys, sorted.
    Drums(Vec<u8>),
}

impl Classes {
    /// The classes for a number of pieces.
    pub fn new<'a>(drums: bool, pieces: impl IntoIterator<Item = &'a Piece>) -> Self {
        if !drums {
            return Self::Pitches;
        }
        let notes = pieces.into_iter().flat_map(|piece| &piece.notes);
        let mut keys: Vec<u8> = notes.map(|note| note.pitch).collect();
        keys.sort_unstable();
        keys.dedup();
        Self::Drums(keys)
    }

    /// Their names in order.
    pub fn names(&self) -> Vec<String> {
        match self {
            Self::Pitches => PITCH_CLASSES.map(str::to_owned).to_vec(),
            Self::Drums(keys) => keys.iter().map(|&key| names::pitch(key, true)).collect(),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Pitches => PITCH_CLASSES.len(),
            Self::Drums(keys) => keys.len(),
        }
    }

    /// The class of a note; a drum that is not among them counts as its neighbour.
    fn of(&self, note: &Note) -> usize {
        match self {
            Self::Pitches => usize::from(note.pitch % 12),
            Self::Drums(keys) => {
                keys.partition_point(|&key| key < note.pitch).min(keys.len().saturating_sub(1))
            }
        }
    }
}

fn different(notes: &[Note]) -> usize {
    let mut seen = [false; 128];
    notes.iter().for_each(|note| seen[usize::from(note.pitch % 128)] = true);
    seen.into_iter().filter(|&it| it).count()
}

fn range(notes: &[Note]) -> u8 {
    let pitches = || notes.iter().map(|note| note.pitch);
    pitches().max().unwrap_or(0) - pitches().min().unwrap_or(0)
}

/// Notes in each of the first bars.
fn notes_per_bar(piece: &Piece) -> Vec<f64> {
    let mut bars = vec![0.0; COUNTED_BARS as usize];
    for note in &piece.notes {
        if let Some(bar) = bars.get_mut(piece.meters.bar_at(note.onset).number as usize) {
            *bar += 1.0;
        }
    }
    bars
}

/// Mean time between onsets in quarter notes; a chord has one.
fn inter_onset(notes: &[Note]) -> f64 {
    let steps = notes.windows(2).map(|pair| pair[1].onset - pair[0].onset).filter(|&it| it > 0);
    mean(steps.map(f64::from)) / f64::from(TICKS_PER_QUARTER)
}

/// The note value that is nearest to a note's length.
fn note_value(note: &Note) -> usize {
    let distance = |&index: &usize| NOTE_VALUES[index].abs_diff(note.duration);
    (0..NOTE_VALUES.len()).min_by_key(distance).unwrap_or(0)
}

/// Shares that add up to 1; all 0 where there is nothing.
fn histogram(len: usize, weights: impl Iterator<Item = (usize, f64)>) -> Vec<f64> {
    let mut bins = vec![0.0; len];
    weights.for_each(|(bin, weight)| bins[bin] += weight);
    let sum: f64 = bins.iter().sum();
    if sum > 0.0 {
        bins.iter_mut().for_each(|bin| *bin /= sum);
    }
    bins
}

/// Shares of the pairs of neighbouring notes, row by row: from which class, to which.
fn transitions(classes: usize, notes: &[Note], class: impl Fn(&Note) -> usize) -> Vec<f64> {
    let pairs = notes.windows(2).map(|pair| (class(&pair[0]) * classes + class(&pair[1]), 1.0));
    histogram(classes * classes, pairs)
}

/// The mean of some numbers; 0 where there are none.
pub fn mean(numbers: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = numbers.fold((0.0, 0usize), |(sum, count), it| (sum + it, count + 1));
    sum / count.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(notes: &[(Tick, u8, Tick)]) -> Piece {
        let note =
            |&(onset, pitch, duration)| Note { onset, part: 0, pitch, duration, velocity: 80 };
        Piece { notes: notes.iter().map(note).collect(), ..Piece::default() }
    }

    fn measure(feature: Feature, piece: &Piece) -> Vec<f64> {
        feature.measure(piece, &Classes::Pitches)
    }

    /// Two quarters and a half, then a chord of two whole notes in the next bar.
    fn tune() -> Piece {
        piece(&[(0, 60, 24), (24, 62, 24), (48, 60, 48), (96, 60, 96), (96, 67, 96)])
    }

    #[test]
    fn the_numbers_are_those_that_one_counts_by_hand() {
        for (feature, value) in [
            (Feature::PitchCount, 3.0),
            (Feature::PitchRange, 7.0),
            (Feature::Interval, (2.0 + 2.0 + 0.0 + 7.0) / 4.0),
            (Feature::NoteCount, 5.0),
            (Feature::InterOnset, (1.0 + 1.0 + 2.0) / 3.0),
        ] {
            assert_eq!(measure(feature, &tune()), [value], "{feature:?}");
        }
        assert_eq!(
            measure(Feature::NotesPerBar, &tune()),
            [3.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
        );
    }

    #[test]
    fn pitch_classes_are_weighed_by_their_sounding_time() {
        let shares = measure(Feature::PitchClasses, &tune());
        assert_eq!([shares[0], shares[2], shares[7]], [168.0 / 288.0, 24.0 / 288.0, 96.0 / 288.0]);
    }

    #[test]
    fn transitions_go_from_row_to_column() {
        let shares = measure(Feature::PitchClassTransitions, &tune());
        assert_eq!([shares[2], shares[2 * 12], shares[7]], [0.25; 3]);
        assert_eq!(shares.iter().sum::<f64>(), 1.0);
        let shares = measure(Feature::NoteLengthTransitions, &tune());
        // Quarters are the seventh value, halves the tenth, whole notes the last.
        assert_eq!([shares[6 * 12 + 6], shares[6 * 12 + 9], shares[9 * 12 + 11]], [0.25; 3]);
    }

    #[test]
    fn lengths_count_as_the_nearest_note_value() {
        let shares =
            measure(Feature::NoteLengths, &piece(&[(0, 60, 23), (24, 60, 3), (48, 60, 500)]));
        assert_eq!([shares[0], shares[6], shares[11]], [1.0 / 3.0; 3]);
    }

    #[test]
    fn silence_and_a_single_note_have_features_too() {
        for feature in Feature::ALL {
            for piece in [Piece::default(), piece(&[(0, 60, 24)])] {
                let values = measure(feature, &piece);
                assert!(values.iter().all(|it| it.is_finite()), "{feature:?}");
                assert_eq!(values.len(), measure(feature, &tune()).len(), "{feature:?}");
            }
        }
    }

    #[test]
    fn drums_are_classes_of_their_own_and_have_no_intervals() {
        let beat = Piece { drums: true, ..piece(&[(0, 36, 6), (12, 48, 6), (24, 36, 6)]) };
        let classes = Classes::new(true, [&beat]);
        assert_eq!(classes.names(), ["Bass Drum 1", "Hi-Mid Tom"]);
        let shares = Feature::PitchClasses.measure(&beat, &classes);
        assert_eq!(shares, [2.0 / 3.0, 1.0 / 3.0], "not one pitch class");
        assert!(!Feature::of(true).any(|it| it == Feature::Interval));
        assert_eq!(Feature::of(false).count(), 10);
    }
}
