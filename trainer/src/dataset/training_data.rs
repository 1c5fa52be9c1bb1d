//! What a training reads: a collection's pieces as events, some of them held out for validation.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Context, Result};
use jukebox_analysis::sheet::bar_chords;
use jukebox_model::piece::Piece;
use jukebox_model::sheet::{Form, FormModel};
use jukebox_model::vocabulary::{Encoded, RoundedValues, Vocabulary};
use rayon::prelude::*;

use super::chords::{Harmonised, has_chords};
use super::learnt::notes_hash;
use super::split::{HeldOut, Split};
use super::{Collection, NoteCounts};
use crate::measures::MOST_BARS;
use crate::takes;

/// Validation pieces that takes are held against, at most.
const MOST_MODELS: usize = 100;
/// Pieces that are too few for that: training pieces are added.
const FEW_MODELS: usize = 32;

/// The pieces to validate with.
#[derive(Clone, Debug, PartialEq)]
pub enum ValidationSource {
    /// A share of the collection's pieces.
    Share(f64),
    /// The pieces of another collection.
    Collection(PathBuf),
}

impl FromStr for ValidationSource {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(share) if (0.0..=0.9).contains(&share) => Ok(Self::Share(share)),
            Ok(_) => Err("a share of the pieces lies between 0 and 0.9".to_owned()),
            Err(_) => Ok(Self::Collection(text.into())),
        }
    }
}

/// What a record that goes on learning knows already.
#[derive(Clone, Copy, Debug)]
pub struct KnownPieces<'a> {
    /// The record's vocabulary, which a training extends.
    pub vocabulary: &'a Vocabulary,
    /// Hashes of the pieces that it is known to have learnt (see [`KnownPieces::hash`]).
    pub learnt: &'a BTreeSet<String>,
}

impl KnownPieces<'_> {
    /// Whether a piece is one of them.
    pub fn has(&self, piece: &Piece) -> bool {
        !self.learnt.is_empty() && self.learnt.contains(&self.hash(piece))
    }

    /// Hash of a piece's notes as the record reads them, hexadecimal.
    pub fn hash(&self, piece: &Piece) -> String {
        notes_hash(&self.vocabulary.encode(&self.vocabulary.adopt(piece)).0.events).to_string()
    }
}

/// What the sheets of some pieces cost, in nats: what composing them adds to the notes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SheetCost {
    /// Where all bars come from.
    pub form: f64,
    /// The chords of all bars.
    pub chords: f64,
    /// The parts that play in all bars.
    pub parts: f64,
}

impl SheetCost {
    fn of<'f>(model: &FormModel, forms: impl Iterator<Item = &'f Form> + Clone) -> Self {
        Self {
            form: forms.clone().map(|it| model.nats(it)).sum(),
            chords: forms.clone().map(|it| model.chord_nats(it)).sum(),
            parts: forms.map(|it| model.parts_nats(it)).sum(),
        }
    }
}

/// Pieces to learn and pieces to validate with, as events.
#[derive(Debug)]
pub struct TrainingData {
    /// What the training pieces are made of.
    pub vocabulary: Vocabulary,
    /// The vocabulary for people.
    pub counts: NoteCounts,
    /// The training pieces.
    pub training: Vec<Encoded>,
    /// The validation pieces; none where there is too little.
    pub validation: Vec<Encoded>,
    /// How the bars of the training pieces come back, their chords, and who plays in them.
    pub form: FormModel,
    /// What form, chords and parts of the validation pieces cost by that model.
    pub sheet: SheetCost,
    /// Pieces that takes are to be like, cut to their first bars: those that validate, and where they are few some of
    /// the training pieces.
    pub models: Vec<Piece>,
    /// What was held out of the collection's own pieces.
    pub held_out: HeldOut,
    /// What was not in the vocabulary and moved to the nearest entry.
    pub rounding: RoundedValues,
}

impl TrainingData {
    /// Splits a collection, learns the vocabulary of the training pieces and encodes all. `validation` are
    /// the pieces of another collection to validate with; without them a share of the collection's own is
    /// held out, chosen by the seed (see [`Split`]). Where a record goes on learning, the vocabulary extends
    /// what it has `known`, and none of the validation pieces is one that it has learnt.
    ///
    /// # Errors
    /// Where nothing is left to learn.
    pub fn new(
        collection: &Collection,
        validation: Option<&Collection>,
        share: f64,
        seed: u64,
        known: Option<KnownPieces<'_>>,
    ) -> Result<Self> {
        let learnt = |piece: &Piece| known.is_some_and(|known| known.has(piece));
        let split = match validation {
            Some(_) => Split::whole(collection),
            None => Split::new(collection, share, seed, learnt),
        };
        let training: Vec<Cow<'_, Piece>> =
            split.training.iter().map(|it| adopt(&it.piece, known)).collect();
        let validation: Vec<&Piece> = match validation {
            Some(other) => other.music().filter(|piece| !learnt(piece)).collect(),
            None => split.validation.iter().map(|it| &*it.piece).collect(),
        };
        let new = Vocabulary::learn(training.iter().map(|it| &**it))
            .context("there is no note to learn")?;
        let borrowed: Vec<&Piece> = training.iter().map(|it| &**it).collect();
        let new = match has_chords(&borrowed) {
            true => {
                let bars: Vec<_> = borrowed.par_iter().map(|it| bar_chords(it)).collect();
                new.with_chords(bars.iter().flatten())
            }
            false => new,
        };
        let ensembles = borrowed.par_iter().map(|it| Vocabulary::bar_ensembles(&new.adopt(it)));
        let ensembles: Vec<_> = ensembles.collect();
        let new = new.with_ensembles(ensembles.into_iter().flatten());
        let vocabulary = known.map_or_else(|| new.clone(), |known| known.vocabulary.extended(&new));
        let understood = |pieces: &[&Piece]| -> Vec<(Encoded, RoundedValues, Form)> {
            let understood = pieces.par_iter().map(|piece| {
                let piece = Harmonised::new(&vocabulary, piece);
                let (encoded, rounded) = piece.encode(&vocabulary);
                (encoded, rounded, piece.form(&vocabulary))
            });
            understood.collect()
        };
        let (mut encoded, mut roundings, mut forms) = (Vec::new(), Vec::new(), Vec::new());
        for (piece, rounding, form) in understood(&borrowed) {
            encoded.push(piece);
            roundings.push(rounding);
            forms.push(form);
        }
        let form = FormModel::learn(forms);
        let held_out = understood(&validation);
        let validation_forms = held_out.iter().map(|it| &it.2);
        let sheet = SheetCost::of(&form, validation_forms);
        let mut rounding = RoundedValues::default();
        roundings.into_iter().for_each(|it| rounding += it);
        let mut models = spread_out(&validation, MOST_MODELS);
        let lacking = FEW_MODELS.saturating_sub(models.len());
        models.extend(spread_out(&borrowed, lacking));
        let model = |piece: &&Piece| {
            let piece = vocabulary.adopt(piece);
            takes::excerpt(&piece, piece.bars().min(MOST_BARS as u32))
        };
        let models = models.iter().map(model).filter(|it| it.notes.len() > 1).collect();
        let named = training.iter().map(|it| &**it).zip(&encoded);
        Ok(Self {
            sheet,
            form,
            models,
            counts: NoteCounts::count(&collection.name, &vocabulary, named),
            validation: held_out.into_iter().map(|it| it.0).collect(),
            training: encoded,
            held_out: split.held_out,
            rounding,
            vocabulary,
        })
    }

    /// Events to learn.
    pub fn notes(&self) -> usize {
        self.training.iter().map(|piece| piece.events.len()).sum()
    }
}

/// So many of some pieces at most, evenly from the first to the last.
fn spread_out<'p>(pieces: &[&'p Piece], most: usize) -> Vec<&'p Piece> {
    let count = pieces.len().min(most);
    (0..count).map(|index| pieces[index * pieces.len() / count]).collect()
}

/// A piece as it is learnt: a record that goes on learning keeps its parts, and what it learns is brought to
/// them.
fn adopt<'p>(piece: &'p Piece, known: Option<KnownPieces<'_>>) -> Cow<'p, Piece> {
    match known {
        Some(known) => known.vocabulary.adopt(piece),
        None => Cow::Borrowed(piece),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_or_a_path_is_told_from_what_is_written() {
        assert_eq!("0.2".parse(), Ok(ValidationSource::Share(0.2)));
        assert_eq!("held-out.zip".parse(), Ok(ValidationSource::Collection("held-out.zip".into())));
        assert!("1.5".parse::<ValidationSource>().is_err());
    }
}
