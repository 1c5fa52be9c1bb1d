//! Which pieces are versions of one tune: in another key, in notes of another length, with other
//! ornaments or another bass.
//!
//! A network that has learnt one version knows much of the other by heart, so both belong on the same
//! side of validation. They are found as near-duplicate texts are (Broder 1997, "On the resemblance
//! and containment of documents"): by the shingles that they share. A shingle here is a run of notes
//! of the upper line, told by its intervals and the ratios of its steps.

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

/// Finds the versions of one tune among pieces, in the order of their indices.
pub fn links(pieces: &[&Piece]) -> Vec<Link> {
    let sets: Vec<Vec<u64>> = pieces.par_iter().map(|piece| shingles(piece)).collect();
    let holders = sets.iter().zip(0u32..);
    let mut holders: Vec<(u64, u32)> =
        holders.flat_map(|(set, piece)| set.iter().map(move |&shingle| (shingle, piece))).collect();
    holders.par_sort_unstable();
    let most = COMMON.0.max((pieces.len() as f64 * COMMON.1) as usize);
    let mut pairs: Vec<(u32, u32)> = Vec::new();
    for holders in holders.chunk_by(|a, b| a.0 == b.0).filter(|it| it.len() <= most) {
        for (place, &(_, first)) in holders.iter().enumerate() {
            pairs.extend(holders[place + 1..].iter().map(|&(_, second)| (first, second)));
        }
    }
    pairs.par_sort_unstable();
    let link = |same: &[(u32, u32)]| {
        let (first, second) = (same[0].0 as usize, same[0].1 as usize);
        let shorter = sets[first].len().min(sets[second].len());
        let containment = same.len() as f64 / shorter as f64;
        (same.len() >= FEWEST && containment >= CONTAINMENT).then_some(Link {
            first,
            second,
            containment,
        })
    };
    pairs.chunk_by(|a, b| a == b).filter_map(link).collect()
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
            Note { onset: 12 * index, pitch: 60 + (state >> 28) as u8, duration: 12, velocity: 80 }
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
    fn commonplaces_make_no_kin() {
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

    #[test]
    fn the_kin_of_kin_are_one_group() {
        let link = |first, second| Link { first, second, containment: 1.0 };
        let links = [link(0, 4), link(1, 2), link(2, 5), link(3, 4)];
        assert_eq!(groups(7, &links), [vec![0, 3, 4], vec![1, 2, 5], vec![6]]);
        assert_eq!(groups(0, &[]), Vec::<Vec<usize>>::new());
    }
}
