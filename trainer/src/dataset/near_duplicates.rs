//! Which pieces are versions of one tune: in another key, in notes of another length, with other
//! ornaments or another bass.
//!
//! A network that has learnt one version knows much of the other by heart, so both belong on the same
//! side of validation. They are found as near-duplicate texts are (Broder 1997, "On the resemblance
//! and containment of documents"): by the shingles that they share. A shingle here is a run of notes
//! of the upper line, told by its intervals and the ratios of its steps.
//!
//! Time and memory are linear in the notes of all pieces, but for a sort.

use jukebox_model::piece::Piece;
use rayon::prelude::*;

/// Intervals in a shingle: runs of eight notes.
const INTERVALS: usize = 7;
/// Share of the shorter piece's shingles that two versions of a tune have in common at least. Read
/// by eye in the Celtic collection, nearly all pairs above 0.2 are the same tune, half of those from
/// 0.15 to 0.2 and one in eight below; there the groups run together, too. A pair that is linked for
/// nothing costs nothing; one that is missed flatters the validation.
const CONTAINMENT: f64 = 0.15;
/// Shingles that they have in common at least: fewer are a figure, not a tune.
const FEWEST: usize = 8;
/// A shingle that more pieces have than these, or than this share of all, is a commonplace and links
/// none.
const COMMON: (usize, f64) = (64, 0.02);
/// Pieces that each piece is compared with for one shingle: those that have it, too, and whose indices
/// follow next. Up to 65 holders of a shingle this is every pair of them; of more it is a fixed number for
/// each, so that time and memory grow with the notes of a collection and not with the square of its
/// pieces. Versions of one tune have most shingles in common, so that neighbours by one are neighbours by
/// the others, and their group stays together.
const NEIGHBOURS: usize = 64;
/// Pieces that are compared by one thread in a row, at least.
const PIECES_A_SPLIT: usize = 256;

/// Two versions of one tune.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    /// Index of the earlier piece.
    pub first: usize,
    /// Index of the later piece.
    pub second: usize,
    /// Share of the shorter piece's shingles that the other has, too: 0 to 1.
    pub containment: f64,
}

/// Finds the versions of one tune among pieces, in the order of their indices. Of more than
/// `NEIGHBOURS` + 1 versions each is linked to the next ones, which still makes one group of them.
pub fn links(pieces: &[&Piece]) -> Vec<Link> {
    let index = Index::new(pieces);
    let later = |counts: &mut Counts, piece: usize| {
        index.places(piece).iter().for_each(|&place| counts.add(index.following(place)));
        counts.take(|other, common| index.link(piece, other, common))
    };
    // Each split makes counts of its own.
    let by_piece = (0..pieces.len()).into_par_iter().with_min_len(PIECES_A_SPLIT);
    by_piece.map_init(|| Counts::new(pieces.len()), later).flatten_iter().collect()
}

/// Which pieces from index `first` on are versions of a piece before it: their indices, in order.
pub fn versions_of_earlier(pieces: &[&Piece], first: usize) -> Vec<usize> {
    let index = Index::new(pieces);
    let is_version = |counts: &mut Counts, piece: usize| {
        let places = index.places(piece).iter();
        places.for_each(|&place| counts.add(index.last_before(place, first as u32)));
        let links = counts.take(|other, common| index.link(other, piece, common));
        (!links.is_empty()).then_some(piece)
    };
    let by_piece = (first..pieces.len()).into_par_iter().with_min_len(PIECES_A_SPLIT);
    by_piece.map_init(|| Counts::new(first), is_version).flatten_iter().collect()
}

/// A shingle, and the index of a piece that has it.
type Holder = (u64, u32);

/// Who has which shingle: those that two pieces or more have, and that are no commonplaces.
struct Index {
    /// Shingles of each piece, those that are not listed included.
    sizes: Vec<usize>,
    /// Sorted: the pieces with one shingle stand together, in order.
    holders: Vec<Holder>,
    /// Places in `holders`, piece by piece.
    places: Vec<usize>,
    /// Where each piece's places start, and where the last one's end.
    starts: Vec<usize>,
}

impl Index {
    fn new(pieces: &[&Piece]) -> Self {
        let sets: Vec<Vec<u64>> = pieces.par_iter().map(|piece| shingles(piece)).collect();
        let sizes = sets.iter().map(Vec::len).collect();
        let all = sets.into_iter().zip(0u32..);
        let mut all: Vec<Holder> =
            all.flat_map(|(set, piece)| set.into_iter().map(move |it| (it, piece))).collect();
        all.par_sort_unstable();
        let most = COMMON.0.max((pieces.len() as f64 * COMMON.1) as usize);
        let telling = |run: &&[Holder]| (2..=most).contains(&run.len());
        let holders = all.chunk_by(|a, b| a.0 == b.0).filter(telling).flatten().copied().collect();
        drop(all);
        Self::listed(sizes, holders)
    }

    fn listed(sizes: Vec<usize>, holders: Vec<Holder>) -> Self {
        let mut starts = vec![0; sizes.len() + 1];
        holders.iter().for_each(|&(_, piece)| starts[piece as usize + 1] += 1);
        for piece in 0..sizes.len() {
            starts[piece + 1] += starts[piece];
        }
        let (mut next, mut places) = (starts.clone(), vec![0; holders.len()]);
        for (place, &(_, piece)) in holders.iter().enumerate() {
            places[next[piece as usize]] = place;
            next[piece as usize] += 1;
        }
        Self { sizes, holders, places, starts }
    }

    /// Where a piece stands in the list.
    fn places(&self, piece: usize) -> &[usize] {
        &self.places[self.starts[piece]..self.starts[piece + 1]]
    }

    /// The next pieces with the shingle of a place.
    fn following(&self, place: usize) -> &[Holder] {
        let near = &self.holders[place + 1..self.holders.len().min(place + 1 + NEIGHBOURS)];
        &near[..near.partition_point(|it| it.0 == self.holders[place].0)]
    }

    /// The last pieces before `border` with the shingle of a place.
    fn last_before(&self, place: usize, border: u32) -> &[Holder] {
        let shingle = self.holders[place].0;
        let end = self.holders[..place].partition_point(|&it| it < (shingle, border));
        let near = &self.holders[end.saturating_sub(NEIGHBOURS)..end];
        &near[near.partition_point(|it| it.0 < shingle)..]
    }

    /// The link of two pieces, if they have enough shingles in common.
    fn link(&self, first: usize, second: usize, common: usize) -> Option<Link> {
        let shorter = self.sizes[first].min(self.sizes[second]);
        let containment = common as f64 / shorter as f64;
        let enough = common >= FEWEST && containment >= CONTAINMENT;
        enough.then_some(Link { first, second, containment })
    }
}

/// How many shingles each other piece has in common with one.
struct Counts {
    common: Vec<u32>,
    /// The pieces that have any.
    met: Vec<u32>,
}

impl Counts {
    fn new(pieces: usize) -> Self {
        Self { common: vec![0; pieces], met: Vec::new() }
    }

    fn add(&mut self, holders: &[Holder]) {
        for &(_, piece) in holders {
            let common = &mut self.common[piece as usize];
            if *common == 0 {
                self.met.push(piece);
            }
            *common += 1;
        }
    }

    /// What the counts tell of each piece, in the order of their indices; they start at 0 again.
    fn take<T>(&mut self, tell: impl Fn(usize, usize) -> Option<T>) -> Vec<T> {
        self.met.sort_unstable();
        let Self { common, met } = self;
        met.drain(..)
            .filter_map(|piece| {
                let common = std::mem::take(&mut common[piece as usize]);
                tell(piece as usize, common as usize)
            })
            .collect()
    }
}

/// Pieces in groups: the versions of one tune, and those of another that is a version of one of
/// them, are one group; a piece without a version is alone. Indices, in order.
pub fn groups(pieces: usize, links: &[Link]) -> Vec<Vec<usize>> {
    // The earliest known piece of the group; the links come in order, so that it is found quickly.
    let mut head: Vec<usize> = (0..pieces).collect();
    fn find(head: &mut [usize], piece: usize) -> usize {
        let mut piece = piece;
        while head[piece] != piece {
            head[piece] = head[head[piece]];
            piece = head[piece];
        }
        piece
    }
    for link in links {
        let (a, b) = (find(&mut head, link.first), find(&mut head, link.second));
        head[a.max(b)] = a.min(b);
    }
    let mut groups = vec![Vec::new(); pieces];
    for piece in 0..pieces {
        groups[find(&mut head, piece)].push(piece);
    }
    groups.retain(|group| !group.is_empty());
    groups
}

/// The different shingles of a piece.
fn shingles(piece: &Piece) -> Vec<u64> {
    // Drums have no upper line: of them every hit counts, the lowest first.
    let mut line: Vec<(u32, u8)> = Vec::with_capacity(piece.notes.len());
    for note in &piece.notes {
        match line.last_mut() {
            Some(last) if last.0 == note.onset && !piece.drums => last.1 = note.pitch,
            _ => line.push((note.onset, note.pitch)),
        }
    }
    let moves: Vec<(i16, u32)> = line
        .windows(2)
        .map(|pair| (i16::from(pair[1].1) - i16::from(pair[0].1), pair[1].0 - pair[0].0))
        .collect();
    let shingle = |run: &[(i16, u32)]| {
        let unit = run.iter().fold(0, |unit, &(_, step)| gcd(unit, step)).max(1);
        run.iter().fold(0, |hash, &(interval, step)| {
            mix(mix(hash, interval as u64), (step / unit).into())
        })
    };
    let mut shingles: Vec<u64> = moves.windows(INTERVALS).map(shingle).collect();
    shingles.sort_unstable();
    shingles.dedup();
    shingles
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// One round of a multiplicative hash (Knuth, TAOCP 3, 6.4): shingles that are not the same but have one
/// hash are too rare to make a link.
fn mix(hash: u64, word: u64) -> u64 {
    (hash.rotate_left(23) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

#[cfg(test)]
mod tests {
    use jukebox_model::piece::Note;

    use super::*;

    /// A tune of eighth notes that wanders by a rule of its own.
    fn tune(rule: u32, notes: u32) -> Piece {
        let mut state = rule;
        let note = |index: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            Note {
                onset: 12 * index,
                part: 0,
                pitch: 60 + (state >> 28) as u8,
                duration: 12,
                velocity: 80,
            }
        };
        Piece { notes: (0..notes).map(note).collect(), ..Piece::default() }
    }

    fn containment(a: &Piece, b: &Piece) -> f64 {
        links(&[a, b]).first().map_or(0.0, |link| link.containment)
    }

    #[test]
    fn a_tune_is_known_in_another_key_rhythm_and_setting() {
        let original = tune(1, 100);
        assert_eq!(containment(&original, &tune(2, 100)), 0.0);
        assert_eq!(containment(&original, &original.transposed(5)), 1.0);

        let mut longer = original.clone();
        longer.notes.iter_mut().for_each(|note| note.onset *= 2);
        assert_eq!(containment(&original, &longer), 1.0, "in quarter notes");

        let mut harmonised = original.clone();
        let bass = original.notes.iter().map(|note| Note { pitch: note.pitch - 20, ..*note });
        harmonised.notes.extend(bass.step_by(4));
        harmonised.notes.sort();
        assert_eq!(containment(&original, &harmonised), 1.0, "with a bass");

        let mut ornamented = original.clone();
        ornamented.notes.iter_mut().step_by(20).for_each(|note| note.pitch += 1);
        let share = containment(&original, &ornamented);
        assert!((0.4..0.8).contains(&share), "{share}");

        let mut within = tune(3, 300);
        within.notes.splice(
            100..200,
            original.notes.iter().map(|note| Note { onset: note.onset + 1200, ..*note }),
        );
        assert_eq!(containment(&original, &within), 1.0, "as a part of a longer piece");
    }

    #[test]
    fn drums_are_compared_hit_by_hit() {
        let drums = |rule| {
            let notes = tune(rule, 100).notes.into_iter().flat_map(|note| {
                // The cymbal on top is the same throughout.
                [note, Note { pitch: 90, ..note }]
            });
            Piece { notes: notes.collect(), drums: true, ..Piece::default() }
        };
        assert_eq!(containment(&drums(1), &drums(1)), 1.0);
        assert_eq!(containment(&drums(1), &drums(2)), 0.0);
    }

    #[test]
    fn commonplaces_link_nothing() {
        let figure = tune(99, 30);
        let with_figure = |rule: u32| {
            let own = tune(rule, 30).notes.into_iter();
            let own = own.map(|note| Note { onset: note.onset + 30 * 12, ..note });
            Piece { notes: figure.notes.iter().copied().chain(own).collect(), ..Piece::default() }
        };
        let pieces: Vec<Piece> = (0..100).map(with_figure).collect();
        assert_eq!(links(&pieces.iter().collect::<Vec<_>>()), []);
        assert_eq!(
            links(&[&pieces[0], &pieces[1]]).len(),
            1,
            "among few pieces it is no commonplace"
        );
    }

    /// Pieces that are figures of one pool in an order of their own: each figure is in 1.7 % of them.
    fn figured(pieces: u32) -> Vec<Piece> {
        let mut state = 1u32;
        let mut random = |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % below
        };
        let mut piece = || {
            let figures = (0..3).flat_map(|_| tune(1000 + random(180), 12).notes);
            let notes = (0..).zip(figures).map(|(i, it)| Note { onset: 12 * i, ..it });
            Piece { notes: notes.collect(), ..Piece::default() }
        };
        (0..pieces).map(|_| piece()).collect()
    }

    #[test]
    fn comparisons_grow_with_the_pieces_not_with_their_square() {
        let comparisons = |pieces: u32| {
            let pieces = figured(pieces);
            let index = Index::new(&pieces.iter().collect::<Vec<_>>());
            (0..index.holders.len()).map(|place| index.following(place).len()).sum::<usize>()
        };
        let (some, more) = (comparisons(10_000), comparisons(20_000));
        assert!(some > 1_000_000, "{some}");
        assert!(10 * more < 26 * some, "of twice the pieces: {some}, then {more}");
    }

    #[test]
    fn many_versions_of_a_tune_among_many_pieces_are_one_group() {
        let original = tune(1, 60);
        let version = |number: u32| {
            let mut piece = original.transposed((number % 12) as i8);
            let ornaments = piece.notes.iter_mut().skip(number as usize % 40).step_by(40);
            ornaments.for_each(|note| note.pitch += 1);
            piece
        };
        let of = |number: u32| match number % 60 {
            0 => version(number / 60),
            _ => tune(1_000 + number, 60),
        };
        let pieces: Vec<Piece> = (0..6_000).map(of).collect();
        let pieces: Vec<&Piece> = pieces.iter().collect();
        let groups = groups(pieces.len(), &links(&pieces));
        let versions: Vec<usize> = (0..6_000).step_by(60).collect();
        assert!(versions.len() > NEIGHBOURS + 1);
        assert_eq!(groups[0], versions);
        assert_eq!(groups.len(), 6_000 - versions.len() + 1);
    }

    #[test]
    fn versions_of_earlier_pieces_are_found_behind_many_others() {
        let version = |number: u32| tune(1, 60).transposed((number % 12) as i8);
        let other = |number: u32| tune(1000 + number, 60);
        // 60 versions, and 60 more: the last of those have no early one among their neighbours.
        let mut pieces: Vec<Piece> = (0..60).map(version).chain((0..3_440).map(other)).collect();
        let first = pieces.len();
        pieces.extend((0..60).map(version).chain((5_000..8_440).map(other)));
        let pieces: Vec<&Piece> = pieces.iter().collect();
        let found: Vec<usize> = (first..first + 60).collect();
        assert_eq!(versions_of_earlier(&pieces, first), found);
        assert_eq!(versions_of_earlier(&pieces[..first], first), [0; 0]);
    }

    #[test]
    fn versions_of_versions_are_one_group() {
        let link = |first, second| Link { first, second, containment: 1.0 };
        let links = [link(0, 4), link(1, 2), link(2, 5), link(3, 4)];
        assert_eq!(groups(7, &links), [vec![0, 3, 4], vec![1, 2, 5], vec![6]]);
        assert_eq!(groups(0, &[]), Vec::<Vec<usize>>::new());
    }
}
