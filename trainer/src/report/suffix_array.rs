//! The runs of notes that occur in some pieces, and where.
//!
//! A suffix array over all pieces: every place in them, in the order of the notes that follow
//! there. Runs that begin alike stand together in it, so the longest is found by binary search. The time does
//! not depend on how repetitive the pieces are.

use std::ops::Range;

use jukebox_model::piece::Tick;
use jukebox_model::vocabulary::{Encoded, NoteEvent, Vocabulary};

/// From one note to the next: the time and the interval between them. For drums, the time and both
/// drums. A run of some notes has one move fewer.
pub type Move = u32;

/// The moves of a piece, in the order of its events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MoveLine {
    /// The moves, one fewer than notes.
    pub moves: Vec<Move>,
    /// When each note sounds, in ticks.
    pub notes: Vec<Range<Tick>>,
}

impl MoveLine {
    /// The line of a piece as the record spells it.
    pub fn of(encoded: &Encoded, vocabulary: &Vocabulary) -> Self {
        let pitch = |index: usize| u32::from(vocabulary.key(encoded.events[index].pitch));
        let is_drum = |index: usize| vocabulary.is_drum(encoded.events[index].part);
        let step = |index: usize| vocabulary.steps[usize::from(encoded.events[index].step)];
        let next = |index: usize| {
            let (from, to) = (pitch(index - 1), pitch(index));
            // Steps have 11 bits, pitches 7, parts 5.
            let drums = is_drum(index - 1) || is_drum(index);
            let interval = if drums { from << 7 | to } else { 128 + to - from };
            let part = u32::from(encoded.events[index].part);
            part << 26 | u32::from(drums) << 25 | step(index) << 14 | interval
        };
        let sounding = |(&onset, event): (&Tick, &NoteEvent)| {
            onset..onset.saturating_add(vocabulary.durations[usize::from(event.duration)])
        };
        Self {
            moves: (1..encoded.events.len()).map(next).collect(),
            notes: encoded.onsets.iter().zip(&encoded.events).map(sounding).collect(),
        }
    }
}

/// The runs of a number of pieces.
#[derive(Debug)]
pub struct SuffixArray {
    /// The moves of all pieces, each piece closed by a mark of its own that no move is like.
    text: Vec<u64>,
    /// Places in the text, sorted by what follows there.
    suffixes: Vec<u32>,
    /// Where each piece begins in the text.
    starts: Vec<u32>,
}

/// A run in one of the pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunPosition {
    /// Index of the piece.
    pub piece: usize,
    /// Index of its first note.
    pub note: usize,
}

impl SuffixArray {
    /// Takes in the runs of some pieces, of at most 2^32 notes in all.
    pub fn of(lines: &[MoveLine]) -> Self {
        let notes = lines.iter().map(|line| line.moves.len() + 1).sum();
        let mut text: Vec<u64> = Vec::with_capacity(notes);
        let mut starts = Vec::with_capacity(lines.len());
        for (index, line) in lines.iter().enumerate() {
            starts.push(text.len() as u32);
            text.extend(line.moves.iter().copied().map(u64::from));
            text.push(u64::from(Move::MAX) + 1 + index as u64);
        }
        Self { suffixes: suffixes(&text), text, starts }
    }

    /// Length in moves of the longest run that begins as these moves do.
    pub fn longest(&self, moves: &[Move]) -> usize {
        let place = self.suffixes.partition_point(|&at| self.rest(at).lt(wide(moves)));
        let shared = |at: &u32| self.rest(*at).zip(wide(moves)).take_while(|(a, b)| a == b).count();
        // What is most alike stands beside the place where the moves themselves would.
        let before = place.checked_sub(1).and_then(|it| self.suffixes.get(it));
        let after = self.suffixes.get(place);
        before.into_iter().chain(after).map(shared).max().unwrap_or(0)
    }

    /// Everywhere that a run occurs, in the order of the pieces.
    pub fn find(&self, run: &[Move]) -> Vec<RunPosition> {
        let mut found: Vec<RunPosition> =
            self.suffixes[self.place(run)].iter().map(|&at| self.at(at)).collect();
        found.sort_unstable();
        found
    }

    fn place(&self, run: &[Move]) -> Range<usize> {
        let start = |at: u32| self.rest(at).take(run.len());
        let from = self.suffixes.partition_point(|&at| start(at).lt(wide(run)));
        let many = self.suffixes[from..].partition_point(|&at| start(at).eq(wide(run)));
        from..from + many
    }

    fn at(&self, place: u32) -> RunPosition {
        let piece = self.starts.partition_point(|&start| start <= place) - 1;
        RunPosition { piece, note: (place - self.starts[piece]) as usize }
    }

    fn rest(&self, at: u32) -> impl Iterator<Item = u64> {
        self.text[at as usize..].iter().copied()
    }
}

fn wide(moves: &[Move]) -> impl Iterator<Item = u64> {
    moves.iter().copied().map(u64::from)
}

/// The suffix array of a text, by doubling: places are sorted by what follows at once, then, among
/// those still equal, by the order of the places twice, four times, ... as far on (Manber and Myers
/// 1993; that only groups of equals are sorted again is Larsson and Sadakane's, 1999).
fn suffixes(text: &[u64]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..text.len() as u32).collect();
    order.sort_unstable_by_key(|&at| text[at as usize]);
    // The rank of a place is where its group of equals begins.
    let mut ranks = vec![0; text.len()];
    rank(&order, &mut ranks, |a, b| text[a] == text[b]);
    let mut known = 1;
    loop {
        let on = |at: usize| ranks.get(at + known).map_or(0, |rank| rank + 1);
        let mut equals = false;
        for group in order.chunk_by_mut(|&a, &b| ranks[a as usize] == ranks[b as usize]) {
            equals |= group.len() > 1;
            if group.len() > 1 {
                group.sort_unstable_by_key(|&at| on(at as usize));
            }
        }
        if !equals {
            return order;
        }
        let mut finer = vec![0; text.len()];
        rank(&order, &mut finer, |a, b| ranks[a] == ranks[b] && on(a) == on(b));
        ranks = finer;
        known *= 2;
    }
}

fn rank(order: &[u32], ranks: &mut [u32], equal: impl Fn(usize, usize) -> bool) {
    let mut group = 0;
    for (place, &at) in order.iter().enumerate() {
        if place > 0 && !equal(order[place - 1] as usize, at as usize) {
            group = place as u32;
        }
        ranks[at as usize] = group;
    }
}

#[cfg(test)]
mod tests {
    use jukebox_model::piece::{Note, Piece};

    use super::*;

    fn line(moves: &[Move]) -> MoveLine {
        MoveLine { moves: moves.to_vec(), notes: Vec::new() }
    }

    /// Moves without a pattern, of few kinds, so that short runs recur.
    fn moves(seed: u32, count: usize) -> Vec<Move> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state >> 29
        };
        (0..count).map(|_| next() % 3).collect()
    }

    #[test]
    fn every_longest_run_is_found_where_it_is() {
        let lines: Vec<MoveLine> = (0..6).map(|seed| line(&moves(seed, 90))).collect();
        let runs = SuffixArray::of(&lines);
        let query = moves(99, 60);
        let occurs = |run: &[Move]| -> Vec<RunPosition> {
            let mut found = Vec::new();
            for (piece, line) in lines.iter().enumerate() {
                let places = line.moves.windows(run.len()).enumerate();
                found.extend(
                    places.filter(|it| it.1 == run).map(|(note, _)| RunPosition { piece, note }),
                );
            }
            found
        };
        for from in 0..query.len() {
            let rest = &query[from..];
            let longest =
                (1..=rest.len()).take_while(|&it| !occurs(&rest[..it]).is_empty()).count();
            assert_eq!(runs.longest(rest), longest, "from {from}");
            assert_eq!(runs.find(&rest[..longest]), occurs(&rest[..longest]), "from {from}");
        }
    }

    #[test]
    fn no_run_goes_on_from_one_piece_into_the_next() {
        let runs = SuffixArray::of(&[line(&[1, 2]), line(&[3, 4])]);
        assert_eq!(runs.longest(&[1, 2, 3, 4]), 2);
        assert_eq!(runs.longest(&[2, 3]), 1);
        assert_eq!(runs.longest(&[9]), 0);
        assert_eq!(runs.longest(&[]), 0);
        assert_eq!(SuffixArray::of(&[]).longest(&[1]), 0);
    }

    #[test]
    fn a_piece_that_repeats_one_note_for_ever_is_no_burden() {
        let same = vec![7; 100_000];
        let runs = SuffixArray::of(&[line(&same), line(&moves(1, 100))]);
        assert_eq!(runs.longest(&same[..5000]), 5000);
        assert_eq!(runs.find(&same[..99_999]).len(), 2);
    }

    #[test]
    fn a_run_is_the_same_in_another_key_but_no_drum_is_another_drum() {
        let piece = |offset: u8, drums| Piece {
            notes: [(0, 60), (12, 64), (12, 67), (24, 65)]
                .map(|(onset, pitch)| Note {
                    onset,
                    part: 0,
                    pitch: pitch + offset,
                    duration: 12,
                    velocity: 80,
                })
                .to_vec(),
            drums,
            ..Piece::default()
        };
        for drums in [false, true] {
            let (here, there) = (piece(0, drums), piece(5, drums));
            let vocabulary = Vocabulary::learn([&here, &there]).unwrap();
            let line = |piece| MoveLine::of(&vocabulary.encode(piece).0, &vocabulary);
            assert_eq!(line(&here) == line(&there), !drums);
            assert_eq!(line(&here).moves.len(), 3);
        }
    }
}
