//! Is it new? The runs of notes that composed pieces have in common with the pieces that were
//! learnt, beside those that held-out pieces have in common with them.
//!
//! After the originality report of Yin, Reuben, Stepney and Collins ("Measuring when a music
//! generation algorithm copies too much", SN Computer Science 3, 2022), with exact runs as the
//! measure of similarity, whatever the key.

use jukebox_model::piece::Piece;
use jukebox_model::vocabulary::Vocabulary;
use rayon::prelude::*;
use serde::Serialize;

use super::features::mean;
use super::suffix_array::{MoveLine, SuffixArray};

/// The lengths of the short runs that are looked up, in notes.
pub const SHORT: usize = 8;
/// See [`SHORT`].
pub const LONG: usize = 16;

/// What composed and held-out pieces share with those that were learnt.
#[derive(Debug, Serialize)]
pub struct Originality {
    /// The composed pieces.
    pub composed: RunFigures,
    /// The held-out pieces: the yardstick.
    pub held_out: RunFigures,
}

/// What some pieces share with those that were learnt.
#[derive(Debug, Serialize)]
pub struct RunFigures {
    /// Notes of the longest run of each piece that occurs in a learnt one.
    pub longest_notes: Figures,
    /// Its length in bars.
    pub longest_bars: Figures,
    /// Share of a piece's runs of 8 notes that occur in learnt pieces.
    pub runs_of_8: Figures,
    /// The same for 16 notes.
    pub runs_of_16: Figures,
    /// Piece by piece.
    pub pieces: Vec<PieceRuns>,
}

/// A number in the mean over pieces, at the 95th of 100, and at most.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// The mean.
    pub mean: f64,
    /// The 95th percentile.
    pub percentile_95: f64,
    /// The maximum.
    pub maximum: f64,
}

/// What one piece shares with those that were learnt.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PieceRuns {
    /// The piece: its title, or its file.
    pub title: String,
    /// The longest run that a learnt piece has, too; none where no two notes are shared.
    pub longest: Option<Copied>,
    /// Share of its runs of 8 notes that occur in learnt pieces; none where it has fewer notes.
    pub runs_of_8: Option<f64>,
    /// The same for 16 notes.
    pub runs_of_16: Option<f64>,
}

/// A run that occurs in a learnt piece.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Copied {
    /// Its notes.
    pub notes: usize,
    /// Its length in bars of the piece that it was found in.
    pub bars: f64,
    /// The bar that it begins in, the first being 1.
    pub bar: u32,
    /// Its first note, the first of the piece being 0.
    #[serde(skip)]
    pub note: usize,
    /// The learnt piece that has it, too: the first of them.
    pub from: CopySource,
    /// How many learnt pieces have it: many for a commonplace.
    pub in_pieces: usize,
}

/// Where in the collection a run occurs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CopySource {
    /// The piece's title; empty where it has none.
    pub title: String,
    /// Its file.
    pub file: String,
    /// The bar that the run begins in, the first being 1.
    pub bar: u32,
}

/// The pieces that were learnt, with their runs.
#[derive(Debug)]
pub struct LearntRuns<'a> {
    pieces: Vec<NamedPiece<'a>>,
    lines: Vec<MoveLine>,
    runs: SuffixArray,
    vocabulary: &'a Vocabulary,
}

/// A piece with its title and file.
#[derive(Clone, Copy, Debug)]
pub struct NamedPiece<'a> {
    /// The music.
    pub piece: &'a Piece,
    /// Its title; may be empty.
    pub title: &'a str,
    /// Its file; empty for what was composed.
    pub file: &'a str,
}

impl<'a> NamedPiece<'a> {
    /// The title, or the file where there is none.
    pub fn name(&self) -> &'a str {
        if self.title.is_empty() { self.file } else { self.title }
    }
}

impl<'a> LearntRuns<'a> {
    /// Takes in learnt pieces, as the record spells them.
    pub fn of(pieces: Vec<NamedPiece<'a>>, vocabulary: &'a Vocabulary) -> Self {
        let lines: Vec<MoveLine> = pieces.par_iter().map(|it| line(it.piece, vocabulary)).collect();
        Self { runs: SuffixArray::of(&lines), lines, pieces, vocabulary }
    }

    /// What some pieces have in common with these.
    pub fn figures(&self, pieces: &[NamedPiece<'_>]) -> RunFigures {
        let pieces: Vec<PieceRuns> = pieces.par_iter().map(|piece| self.runs_of(piece)).collect();
        let longest = |of: fn(&Copied) -> f64| {
            Figures::of(pieces.iter().map(|it| it.longest.as_ref().map_or(0.0, of)))
        };
        RunFigures {
            longest_notes: longest(|it| it.notes as f64),
            longest_bars: longest(|it| it.bars),
            runs_of_8: Figures::of(pieces.iter().filter_map(|it| it.runs_of_8)),
            runs_of_16: Figures::of(pieces.iter().filter_map(|it| it.runs_of_16)),
            pieces,
        }
    }

    fn runs_of(&self, named: &NamedPiece<'_>) -> PieceRuns {
        let line = line(named.piece, self.vocabulary);
        let found: Vec<usize> =
            (0..line.moves.len()).map(|from| self.runs.longest(&line.moves[from..])).collect();
        let share = |notes: usize| {
            let runs = (line.notes.len() + 1).checked_sub(notes).filter(|&runs| runs > 0)?;
            let known = found.iter().filter(|&&moves| moves + 1 >= notes).count();
            Some(known as f64 / runs as f64)
        };
        // The first of the longest.
        let longest = (0..found.len()).rev().max_by_key(|&from| found[from]);
        let copied = longest.filter(|&from| found[from] > 0).and_then(|from| {
            let notes = from..from + found[from];
            self.copied(named.piece, &line, notes.start, &line.moves[notes])
        });
        PieceRuns {
            title: named.name().to_owned(),
            longest: copied,
            runs_of_8: share(SHORT),
            runs_of_16: share(LONG),
        }
    }

    fn copied(&self, piece: &Piece, line: &MoveLine, from: usize, run: &[u32]) -> Option<Copied> {
        let mut places = self.runs.find(run);
        let &first = places.first()?;
        places.dedup_by_key(|place| place.piece);
        let (start, end) = (line.notes[from].start, line.notes[from + run.len()].end);
        let bar = piece.meters.bar_at(start);
        let source = &self.pieces[first.piece];
        let there = self.lines[first.piece].notes[first.note].start;
        Some(Copied {
            notes: run.len() + 1,
            bars: f64::from(end - start) / f64::from(bar.meter.bar()),
            bar: bar.number + 1,
            note: from,
            from: CopySource {
                title: source.title.to_owned(),
                file: source.file.to_owned(),
                bar: source.piece.meters.bar_at(there).number + 1,
            },
            in_pieces: places.len(),
        })
    }
}

fn line(piece: &Piece, vocabulary: &Vocabulary) -> MoveLine {
    MoveLine::of(&vocabulary.encode(piece).0, vocabulary)
}

impl Figures {
    /// Of some numbers; all 0 where there are none.
    fn of(numbers: impl Iterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = numbers.collect();
        sorted.sort_by(f64::total_cmp);
        Self {
            mean: mean(sorted.iter().copied()),
            percentile_95: percentile(&sorted, 0.95),
            maximum: sorted.last().copied().unwrap_or(0.0),
        }
    }
}

/// The number below which a share of sorted numbers lies, between two of them in proportion.
fn percentile(sorted: &[f64], share: f64) -> f64 {
    let place = sorted.len().saturating_sub(1) as f64 * share;
    let at = |index: f64| sorted.get(index as usize).copied().unwrap_or(0.0);
    let (below, above) = (at(place.floor()), at(place.ceil()));
    below + (above - below) * place.fract()
}

#[cfg(test)]
mod tests {
    use jukebox_model::meter::{Meter, MeterMap};
    use jukebox_model::piece::Note;

    use super::*;

    /// Quarter notes on these pitches, in 3/4.
    fn tune(pitches: &[u8]) -> Piece {
        let note = |(index, &pitch): (usize, &u8)| Note {
            onset: 24 * index as u32,
            part: 0,
            pitch,
            duration: 24,
            velocity: 80,
        };
        let meters = MeterMap::new(Meter::new(3, 4).unwrap());
        Piece { meters, notes: pitches.iter().enumerate().map(note).collect(), ..Piece::default() }
    }

    const LEARNT: [u8; 12] = [60, 62, 64, 65, 67, 69, 71, 72, 60, 67, 60, 67];

    fn piece_runs(piece: &Piece) -> PieceRuns {
        let other = tune(&[60, 61, 60, 61, 63]);
        let learnt = tune(&LEARNT);
        let vocabulary = Vocabulary::learn([&other, &learnt, piece]).unwrap();
        let named = |piece, title| NamedPiece { piece, title, file: "celtic.zip/a.mid" };
        let runs =
            LearntRuns::of(vec![named(&other, "Other"), named(&learnt, "The Scale")], &vocabulary);
        runs.figures(&[named(piece, "New")]).pieces.remove(0)
    }

    #[test]
    fn a_copied_phrase_is_found_in_any_key_and_its_piece_named() {
        // Six notes of the scale from its third on, two semitones higher, after four of its own.
        let runs = piece_runs(&tune(&[50, 59, 50, 59, 66, 67, 69, 71, 73, 74, 90, 91]));
        let longest = runs.longest.unwrap();
        assert_eq!((longest.notes, longest.note), (6, 4));
        assert_eq!(longest.bar, 2, "three quarters a bar");
        assert_eq!(longest.bars, 2.0);
        assert_eq!(longest.from.title, "The Scale");
        assert_eq!(longest.from.bar, 1);
        assert_eq!(longest.in_pieces, 1);
        assert_eq!((runs.runs_of_8, runs.runs_of_16), (Some(0.0), None));
    }

    #[test]
    fn a_piece_that_was_learnt_is_no_news_at_all() {
        let runs = piece_runs(&tune(&LEARNT));
        let longest = runs.longest.unwrap();
        assert_eq!((longest.notes, longest.bars), (12, 4.0));
        assert_eq!(runs.runs_of_8, Some(1.0));
    }

    #[test]
    fn shares_are_those_of_all_runs() {
        // Ten of the scale's notes, then five of another kind: 3 of 8 runs of eight notes are
        // known.
        let mut pitches = LEARNT[..10].to_vec();
        pitches.extend([90, 80, 91, 70, 95]);
        assert_eq!(piece_runs(&tune(&pitches)).runs_of_8, Some(3.0 / 8.0));
    }

    #[test]
    fn silence_borrows_nothing() {
        for pitches in [&[][..], &[60]] {
            let runs = piece_runs(&tune(pitches));
            assert_eq!((runs.longest, runs.runs_of_8), (None, None));
        }
    }

    #[test]
    fn figures_are_mean_percentile_and_maximum() {
        let figures = Figures::of((0..=100).map(f64::from));
        assert_eq!((figures.mean, figures.percentile_95, figures.maximum), (50.0, 95.0, 100.0));
        let figures = Figures::of([1.0, 2.0].into_iter());
        assert!((figures.percentile_95 - 1.95).abs() < 1e-9);
        assert_eq!(Figures::of(std::iter::empty()).maximum, 0.0);
    }
}
