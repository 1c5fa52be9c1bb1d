//! Which pieces of a collection are learnt, and which are held out to validate with.
//!
//! Chosen by the seed alone, so that they are found again from a record's receipt. Versions of one
//! tune stay on one side. Of a handful of pieces the last bars of each are held out instead: whole ones
//! would be too many to lose and too few to tell anything.

use std::borrow::Cow;

use jukebox_model::meter::MeterMap;
use jukebox_model::piece::{Note, Piece, TempoChange};
use jukebox_model::vocabulary::PHRASE;

use super::random::{RandomPurpose, generator, shuffle};
use super::{Collection, SourcePiece};

/// Share of the pieces that is held out where nobody says how many.
pub const USUAL_SHARE: f64 = 0.1;
/// Pieces that are too few to hold whole ones out.
const FEW: usize = 5;

/// A collection in two.
#[derive(Debug)]
pub struct Split<'a> {
    /// What is learnt, in the collection's order.
    pub training: Vec<Excerpt<'a>>,
    /// What is validated with, in the collection's order; maybe nothing.
    pub validation: Vec<Excerpt<'a>>,
    /// What was held out.
    pub held_out: HeldOut,
}

/// A piece of a collection, or some bars of it.
#[derive(Debug)]
pub struct Excerpt<'a> {
    /// The piece that it is from.
    pub source: &'a SourcePiece,
    /// The music, from its first bar on.
    pub piece: Cow<'a, Piece>,
}

/// What a split holds out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeldOut {
    /// Nothing: there is too little, or nothing was asked for.
    Nothing,
    /// Whole pieces, without their versions on the other side.
    Pieces,
    /// Whole pieces, although all are versions of one another.
    Versions,
    /// The last bars of each piece.
    Bars,
}

impl<'a> Split<'a> {
    /// Everything is learnt.
    pub fn whole(collection: &'a Collection) -> Self {
        let training = collection.pieces.iter().map(Excerpt::whole).collect();
        Self { training, validation: Vec::new(), held_out: HeldOut::Nothing }
    }

    /// Holds a share of a collection's pieces out, 0 to 1: at least one and never all. The same
    /// collection, share and seed give the same pieces. Pieces that have been `learnt` before, and versions
    /// of them, are learnt again: they would tell nothing.
    pub fn new(
        collection: &'a Collection,
        share: f64,
        seed: u64,
        learnt: impl Fn(&Piece) -> bool,
    ) -> Self {
        if share <= 0.0 {
            return Self::whole(collection);
        }
        let new: Vec<bool> = collection.music().map(|piece| !learnt(piece)).collect();
        if collection.pieces.len() < FEW {
            let bars = Self::by_bars(collection, share, &new);
            if bars.held_out == HeldOut::Bars {
                return bars;
            }
        }
        let may = |group: &[usize]| group.iter().all(|&index| new[index]);
        let alone = || (0..collection.pieces.len()).map(|index| vec![index]).collect::<Vec<_>>();
        let (chosen, held_out) = match by_group(&collection.near_duplicates, share, seed, may) {
            Some(chosen) => (chosen, HeldOut::Pieces),
            None => match by_group(&alone(), share, seed, may) {
                Some(chosen) => (chosen, HeldOut::Versions),
                None => return Self::whole(collection),
            },
        };
        let (validation, training) = collection
            .pieces
            .iter()
            .enumerate()
            .partition::<Vec<_>, _>(|(index, _)| chosen.binary_search(index).is_ok());
        let excerpts = |side: Vec<(usize, &'a SourcePiece)>| {
            side.into_iter().map(|it| Excerpt::whole(it.1)).collect()
        };
        Self { training: excerpts(training), validation: excerpts(validation), held_out }
    }

    /// Holds the last bars out of each new piece that is long enough.
    fn by_bars(collection: &'a Collection, share: f64, new: &[bool]) -> Self {
        let mut split =
            Self { training: Vec::new(), validation: Vec::new(), held_out: HeldOut::Nothing };
        for (source, &new) in collection.pieces.iter().zip(new) {
            match new.then(|| cut(&source.piece, share)).flatten() {
                Some((before, after)) => {
                    split.training.push(Excerpt { source, piece: Cow::Owned(before) });
                    split.validation.push(Excerpt { source, piece: Cow::Owned(after) });
                    split.held_out = HeldOut::Bars;
                }
                None => split.training.push(Excerpt::whole(source)),
            }
        }
        split
    }
}

impl<'a> Excerpt<'a> {
    fn whole(source: &'a SourcePiece) -> Self {
        Self { source, piece: Cow::Borrowed(&source.piece) }
    }
}

/// Chooses whole groups until they hold a share of the pieces, in random order and none that is too
/// large for what is missing, of those that `may` be chosen; `None` where no group leaves half of the
/// pieces, or the other share, on the other side.
pub(crate) fn by_group(
    groups: &[Vec<usize>],
    share: f64,
    seed: u64,
    may: impl Fn(&[usize]) -> bool,
) -> Option<Vec<usize>> {
    let pieces: usize = groups.iter().map(Vec::len).sum();
    if pieces < 2 {
        return None;
    }
    let wanted = ((pieces as f64 * share).round() as usize).clamp(1, pieces - 1);
    let mut order: Vec<&Vec<usize>> = groups.iter().collect();
    shuffle(&mut order, &mut generator(seed, RandomPurpose::Split));
    order.retain(|group| may(group));
    let mut chosen: Vec<usize> = Vec::new();
    for group in &order {
        if chosen.len() + group.len() <= wanted {
            chosen.extend(group.iter());
        }
    }
    if chosen.is_empty() {
        let smallest = order.iter().min_by_key(|group| group.len())?;
        if smallest.len() > wanted.max(pieces / 2).min(pieces - 1) {
            return None;
        }
        chosen.extend(smallest.iter());
    }
    chosen.sort_unstable();
    Some(chosen)
}

/// Cuts the last share of a piece's bars off, at the start of a phrase; `None` where there would be no
/// note on one side.
fn cut(piece: &Piece, share: f64) -> Option<(Piece, Piece)> {
    let bars = piece.bars();
    let kept = ((f64::from(bars) * (1.0 - share)) as u32).min(bars.saturating_sub(1));
    // From a phrase on, the bars that follow have the places in it that they had.
    let line = piece.meters.bar(kept / PHRASE * PHRASE).start;
    let notes = piece.notes.partition_point(|note| note.onset < line);
    let (before, after) = piece.notes.split_at(notes);
    if before.is_empty() || after.is_empty() {
        return None;
    }
    let from_line = |at: u32| at.saturating_sub(line);
    let meter = piece.meters.bar_at(line).meter;
    let later = piece.meters.changes().iter().filter(|change| change.start > line);
    let meters = later.map(|change| (from_line(change.start), change.meter));
    let tempi = piece.tempi.iter().filter(|change| change.at > line);
    let tempi = tempi.map(|change| TempoChange { at: from_line(change.at), ..*change });
    let tempo = TempoChange { at: 0, bpm: piece.tempo_at(line) };
    let after = Piece {
        meters: MeterMap::from_changes(std::iter::once((0, meter)).chain(meters)),
        tempi: std::iter::once(tempo).chain(tempi).collect(),
        notes: after.iter().map(|note| Note { onset: note.onset - line, ..*note }).collect(),
        title: piece.title.clone(),
        parts: piece.parts.clone(),
        ..*piece
    };
    Some((Piece { notes: before.to_vec(), ..piece.clone() }, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(sizes: &[usize]) -> Vec<Vec<usize>> {
        let mut next = 0..;
        sizes.iter().map(|&size| next.by_ref().take(size).collect()).collect()
    }

    #[test]
    fn groups_stay_whole_and_make_up_the_share() {
        let groups = groups(&[1, 4, 1, 2, 3, 1, 1, 2, 40, 1, 1, 3]);
        for seed in 0..50 {
            let chosen = by_group(&groups, 0.1, seed, |_| true).unwrap();
            assert_eq!(chosen.len(), 6, "a tenth of 60 pieces");
            for group in &groups {
                let inside = group.iter().filter(|it| chosen.contains(it)).count();
                assert!(inside == 0 || inside == group.len());
            }
        }
        let chosen = |seed| by_group(&groups, 0.1, seed, |_| true);
        assert_eq!(chosen(3), chosen(3));
        assert_ne!(chosen(3), chosen(4));
        let even = |group: &[usize]| group.iter().all(|index| index % 2 == 0);
        let chosen = by_group(&groups, 0.1, 3, even).unwrap();
        assert!(!chosen.is_empty() && even(&chosen), "{chosen:?}");
        assert_eq!(by_group(&groups, 0.1, 3, |_| false), None);
    }

    #[test]
    fn one_side_is_never_empty() {
        let number = |sizes: &[usize], share| {
            by_group(&groups(sizes), share, 1, |_| true).map(|chosen| chosen.len())
        };
        assert_eq!(number(&[1], 0.1), None);
        assert_eq!(number(&[1, 1], 0.1), Some(1));
        assert_eq!(number(&[1, 1], 0.9), Some(1));
        assert_eq!(number(&[2, 2], 0.1), Some(2), "half of it is the most that may go");
        assert_eq!(number(&[9, 3], 0.1), Some(3));
        assert_eq!(number(&[12], 0.1), None, "nothing but versions of one tune");
    }

    #[test]
    fn a_long_piece_is_cut_at_the_start_of_a_phrase() {
        let note =
            |index: u32| Note { onset: 24 * index, part: 0, pitch: 60, duration: 24, velocity: 80 };
        let jig = "6/8".parse().unwrap();
        let tempo = |at, bpm| TempoChange { at, bpm };
        let piece = Piece {
            // Sixteen bars of 4/4, then 6/8.
            meters: MeterMap::from_changes([(16 * 96, jig)]),
            tempi: vec![tempo(0, 100.0), tempo(12 * 96, 90.0), tempo(17 * 96, 80.0)],
            notes: (0..100).map(note).collect(),
            ..Piece::default()
        };
        assert_eq!(piece.bars(), 16 + 12);
        let (before, after) = cut(&piece, 0.25).expect("two sides");
        assert_eq!((before.notes.len(), before.bars()), (64, 16));
        assert_eq!((after.notes.len(), after.notes[0].onset), (36, 0));
        assert_eq!(after.meters, MeterMap::new(jig));
        assert_eq!(after.tempi, [tempo(0, 90.0), tempo(96, 80.0)]);

        let (before, after) = cut(&piece, 0.5).expect("two sides");
        assert_eq!((before.bars(), after.bars()), (8, 20));
        assert_eq!(after.meters.bar(8).meter, jig, "eight bars later, as in the whole piece");
        assert_eq!(cut(&piece, 0.9), None, "nothing would be left to learn");
        let short = Piece { notes: piece.notes[..20].to_vec(), ..piece };
        assert_eq!(cut(&short, 0.1), None, "five bars");
    }
}
