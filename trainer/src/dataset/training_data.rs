//! What is learnt: a collection's pieces as events, some of them kept for validation.

use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Context, Result};
use jukebox_model::piece::Piece;
use jukebox_model::vocabulary::{Encoded, Rounding, Vocabulary};
use rayon::prelude::*;

use super::split::{Division, Kept};
use super::{Collection, Notes};
use crate::train::base_record::Origin;

/// The pieces to validate with.
#[derive(Clone, Debug, PartialEq)]
pub enum Validation {
    /// A share of the collection's pieces.
    Share(f64),
    /// The pieces of another collection.
    Collection(PathBuf),
}

impl FromStr for Validation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(share) if (0.0..=0.9).contains(&share) => Ok(Self::Share(share)),
            Ok(_) => Err("a share of the pieces lies between 0 and 0.9".to_owned()),
            Err(_) => Ok(Self::Collection(text.into())),
        }
    }
}

/// Pieces to learn and pieces to validate with, as events.
#[derive(Debug)]
pub struct Material {
    /// What the training pieces are made of.
    pub vocabulary: Vocabulary,
    /// The vocabulary for people.
    pub counts: Notes,
    /// The training pieces.
    pub training: Vec<Encoded>,
    /// The validation pieces; none where there is too little.
    pub validation: Vec<Encoded>,
    /// What was kept apart of the collection's own pieces.
    pub kept: Kept,
    /// What was not in the vocabulary and moved to the nearest entry.
    pub rounding: Rounding,
}

impl Material {
    /// Divides a collection, learns the vocabulary of the training pieces and encodes all. `held_out`
    /// are the validation pieces of another collection; without them a share of the collection's own
    /// is kept, chosen by the seed (see [`Division`]). Where there is a record to go on from, the vocabulary
    /// holds all of its own, and none of the validation pieces is one that it is known to have learnt.
    ///
    /// # Errors
    /// Where nothing is left to learn.
    pub fn new(
        collection: &Collection,
        held_out: Option<&Collection>,
        share: f64,
        seed: u64,
        origin: Option<&Origin>,
    ) -> Result<Self> {
        let learnt = |piece: &Piece| origin.is_some_and(|origin| origin.has_learnt(piece));
        let division = match held_out {
            Some(_) => Division::whole(collection),
            None => Division::new(collection, share, seed, learnt),
        };
        let training: Vec<&Piece> = division.training.iter().map(|it| &*it.piece).collect();
        let validation: Vec<&Piece> = match held_out {
            Some(other) => other.pieces().filter(|piece| !learnt(piece)).collect(),
            None => division.validation.iter().map(|it| &*it.piece).collect(),
        };
        let new =
            Vocabulary::learn(training.iter().copied()).context("there is no note to learn")?;
        let vocabulary =
            origin.map_or_else(|| new.clone(), |origin| origin.vocabulary.extended(&new));
        let encode = |pieces: &[&Piece]| -> (Vec<Encoded>, Vec<Rounding>) {
            pieces.par_iter().map(|piece| vocabulary.encode(piece)).unzip()
        };
        let (encoded, roundings) = encode(&training);
        let mut rounding = Rounding::default();
        roundings.into_iter().for_each(|it| rounding += it);
        let named = training.iter().copied().zip(&encoded);
        Ok(Self {
            counts: Notes::count(&collection.name, &vocabulary, named),
            validation: encode(&validation).0,
            training: encoded,
            kept: division.kept,
            rounding,
            vocabulary,
        })
    }

    /// Events to learn.
    pub fn notes(&self) -> usize {
        self.training.iter().map(|piece| piece.events.len()).sum()
    }
}

/// Cuts pieces that are longer than `longest` events into such as are not, between onsets where that
/// is possible. Each part starts in the place where the one before it ends.
pub fn cut(pieces: Vec<Encoded>, longest: usize) -> Vec<Encoded> {
    let mut parts = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let length = piece.events.len();
        if length <= longest {
            parts.push(piece);
            continue;
        }
        let mut from = 0;
        while from < length {
            let to = (from + longest).min(length);
            // Back to the start of a chord, unless it is longer than all.
            let chord = |&at: &usize| at == length || piece.events[at].step != 0;
            let to = (from + 1..=to).rev().find(chord).unwrap_or(to);
            parts.push(part(&piece, from, to));
            from = to;
        }
    }
    parts
}

fn part(piece: &Encoded, from: usize, to: usize) -> Encoded {
    let (start, first) = match from.checked_sub(1) {
        Some(before) => (piece.places[before], piece.onsets[before]),
        None => (piece.start, 0),
    };
    Encoded {
        events: piece.events[from..to].to_vec(),
        places: piece.places[from..to].to_vec(),
        onsets: piece.onsets[from..to].iter().map(|onset| onset - first).collect(),
        start,
    }
}

#[cfg(test)]
mod tests {
    use jukebox_model::piece::Note;

    use super::*;

    #[test]
    fn a_share_or_a_path_is_told_from_what_is_written() {
        assert_eq!("0.2".parse(), Ok(Validation::Share(0.2)));
        assert_eq!("held-out.zip".parse(), Ok(Validation::Collection("held-out.zip".into())));
        assert!("1.5".parse::<Validation>().is_err());
    }

    #[test]
    fn a_long_piece_is_cut_between_chords_and_loses_nothing() {
        let note = |i: u32| Note {
            onset: i / 3 * 24,
            pitch: 60 + (i % 3) as u8,
            duration: 24,
            velocity: 80,
        };
        let piece = Piece { notes: (0..30).map(note).collect(), ..Piece::default() };
        let vocabulary = Vocabulary::learn([&piece]).unwrap();
        let (encoded, _) = vocabulary.encode(&piece);
        let parts = cut(vec![encoded.clone()], 8);
        assert!(parts.iter().all(|part| part.events.len() == 6));
        let events: Vec<_> = parts.iter().flat_map(|part| part.events.clone()).collect();
        assert_eq!(events, encoded.events);
        for pair in parts.windows(2) {
            assert_eq!(Some(&pair[1].start), pair[0].places.last());
            assert_eq!(pair[1].onsets[0], 24, "counted from the onset before");
        }
        let whole = [encoded];
        assert_eq!(cut(whole.to_vec(), 30), whole);
        assert_eq!(cut(whole.to_vec(), 2).len(), 20, "a chord that is too long is cut");
    }
}
