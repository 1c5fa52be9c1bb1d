//! The pieces of people that are compared: some held-out pieces and a training piece for each of them, all cut to
//! the same bars.

use jukebox_model::meter::Meter;
use jukebox_model::piece::Piece;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::SEED;
use crate::dataset::random::shuffle;
use crate::dataset::split::Excerpt;
use crate::takes::excerpt;

/// Most bars of a piece that are compared.
pub const MOST_BARS: u32 = 32;

/// Chooses at most so many pieces by a fixed seed, in the order in which they stand. Those that
/// hold fewer than two notes in the bars that are compared cannot be.
pub fn choose<'a, 'c>(pieces: &'a [Excerpt<'c>], most: usize) -> Vec<&'a Excerpt<'c>> {
    let usable = |it: &&Excerpt<'_>| excerpt(&it.piece, bars(&it.piece)).notes.len() >= 2;
    let usable: Vec<&Excerpt<'_>> = pieces.iter().filter(usable).collect();
    let mut order: Vec<usize> = (0..usable.len()).collect();
    shuffle(&mut order, &mut ChaCha8Rng::seed_from_u64(SEED));
    order.truncate(most);
    order.sort_unstable();
    order.into_iter().map(|index| usable[index]).collect()
}

/// The bars of a piece that are compared.
pub fn bars(piece: &Piece) -> u32 {
    piece.bars().min(MOST_BARS)
}

/// Finds a training piece for each of the pieces: in the same meter, and as near as there is in its
/// number of bars; each serves once while there are enough. They are cut to the bars of their
/// models.
pub fn partners(training: &[Excerpt<'_>], models: &[Piece]) -> Vec<Piece> {
    let mut order: Vec<&Excerpt<'_>> = training.iter().collect();
    shuffle(&mut order, &mut ChaCha8Rng::seed_from_u64(SEED));
    let shapes: Vec<(Meter, u32)> = order.iter().map(|it| shape(&it.piece)).collect();
    let mut served = vec![0; order.len()];
    let mut partner = |model: &Piece| {
        let (meter, bars) = shape(model);
        let fit = |&index: &usize| {
            let (its_meter, its_bars) = shapes[index];
            (served[index], its_meter != meter, its_bars.abs_diff(bars))
        };
        let best = (0..order.len()).min_by_key(fit)?;
        served[best] += 1;
        Some(excerpt(&order[best].piece, bars))
    };
    models.iter().filter_map(&mut partner).collect()
}

fn shape(piece: &Piece) -> (Meter, u32) {
    (piece.meters.bar(0).meter, bars(piece))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use jukebox_model::meter::MeterMap;
    use jukebox_model::midi::{self, PartChoice};
    use jukebox_model::piece::Note;

    use super::*;
    use crate::dataset::Collection;
    use crate::dataset::split::Split;

    /// A piece of quarter notes that fills some bars.
    fn piece(meter: &str, bars: u32) -> Piece {
        let meter: Meter = meter.parse().unwrap();
        let note = |index: u32| Note {
            onset: 24 * index,
            part: 0,
            // A line of its own for each piece.
            pitch: 60 + (index * index * (bars + 1) / 3 % 23) as u8,
            duration: 24,
            velocity: 80,
        };
        let notes = (0..bars * meter.bar() / 24).map(note).collect();
        Piece { meters: MeterMap::new(meter), notes, ..Piece::default() }
    }

    /// Pieces as a collection read from files.
    fn collection(pieces: &[Piece]) -> Collection {
        let folder = tempfile::tempdir().unwrap();
        for (index, piece) in pieces.iter().enumerate() {
            let path = folder.path().join(format!("{index:02}.mid"));
            std::fs::write(path, midi::export(piece)).unwrap();
        }
        Collection::read(&[PathBuf::from(folder.path())], PartChoice::All).unwrap()
    }

    #[test]
    fn an_excerpt_ends_on_a_bar_line() {
        let mut long = piece("4/4", 40);
        long.notes[31 * 4 + 3].duration = 500;
        assert_eq!(bars(&long), 32);
        let excerpt = excerpt(&long, 32);
        assert_eq!((excerpt.notes.len(), excerpt.bars()), (128, 32));
        assert_eq!(excerpt.notes[127].duration, 24);
    }

    #[test]
    fn as_many_are_chosen_as_there_are_and_the_same_each_time() {
        let pieces: Vec<Piece> = (4..24).map(|bars| piece("4/4", bars)).collect();
        let single = Piece { notes: pieces[0].notes[..1].to_vec(), ..Piece::default() };
        let collection = collection(&[pieces, vec![single]].concat());
        let all = Split::whole(&collection).training;
        assert_eq!(all.len(), 21);
        assert_eq!(choose(&all, 100).len(), 20, "one note is no piece to compare with");
        let names = |most| -> Vec<String> {
            choose(&all, most).iter().map(|it| it.source.file.clone()).collect()
        };
        assert_eq!(names(5).len(), 5);
        assert_eq!(names(5), names(5));
        assert!(names(5).is_sorted(), "in the collection's order");
    }

    #[test]
    fn a_partner_has_the_same_meter_and_the_nearest_length() {
        let learnt = [("4/4", 8), ("4/4", 16), ("6/8", 9), ("6/8", 24), ("4/4", 40)];
        let collection = collection(&learnt.map(|(meter, bars)| piece(meter, bars)));
        let learnt = Split::whole(&collection).training;
        let partners = |models: &[(&str, u32)]| -> Vec<(String, u32)> {
            let models: Vec<Piece> =
                models.iter().map(|&(meter, bars)| piece(meter, bars)).collect();
            let partners = partners(&learnt, &models);
            partners.iter().map(|it| (it.meters.bar(0).meter.to_string(), it.bars())).collect()
        };
        let expected = |list: &[(&str, u32)]| -> Vec<(String, u32)> {
            list.iter().map(|&(meter, bars)| (meter.to_owned(), bars)).collect()
        };
        assert_eq!(
            partners(&[("4/4", 14), ("6/8", 8), ("4/4", 32)]),
            expected(&[("4/4", 14), ("6/8", 8), ("4/4", 32)]),
            "cut to the length of their models"
        );
        assert_eq!(
            partners(&[("6/8", 9), ("6/8", 9), ("6/8", 9)])[..2],
            expected(&[("6/8", 9), ("6/8", 9)]),
            "the longer one serves where the nearest has served"
        );
        assert_eq!(partners(&[("4/4", 8); 11]).len(), 11, "in turn where there are too few");
    }
}
