//! Is it music like the collection? Composed and training pieces against held-out ones, feature by
//! feature, as Yang and Lerch compare two sets (2020, section 3.3).
//!
//! Two sets are alike in a feature where pieces of one lie as far from pieces of the other as the
//! latter lie from one another: where the densities of both kinds of distance overlap.

use jukebox_model::piece::Piece;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;
use serde::{Serialize, Serializer};

use super::SEED;
use super::density::Densities;
use super::features::{Classes, Feature, mean};

/// Most distances that make up a density: beyond, so many pairs are drawn by a fixed seed. 200
/// pieces a side are compared exhaustively.
pub const MOST_PAIRS: usize = 40_000;

/// The pieces of each kind, cut to the bars that are compared.
#[derive(Clone, Copy, Debug)]
pub struct ComparedPieces<'a> {
    /// What the record composes.
    pub composed: &'a [Piece],
    /// What it has learnt.
    pub training: &'a [Piece],
    /// What it has not.
    pub held_out: &'a [Piece],
}

/// One number for composed pieces, and the same for training pieces as the yardstick.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// Composed against held-out pieces.
    pub composed: f64,
    /// Training against held-out pieces.
    pub training: f64,
}

/// How like the held-out pieces the others are.
#[derive(Debug, Serialize)]
pub struct Likeness {
    /// Overlapping area, 0 to 1: the mean over all features.
    pub overlap: Measured,
    /// Kullback-Leibler divergence in nats: the mean over all features.
    pub divergence: Measured,
    /// Feature by feature.
    #[serde(serialize_with = "by_name")]
    pub features: Vec<Comparison>,
    /// The shares of pitch classes, or of drums.
    pub pitch_classes: Histogram,
    /// The shares of note values.
    pub note_lengths: Histogram,
}

/// One feature.
#[derive(Debug, Serialize)]
pub struct Comparison {
    /// Which.
    #[serde(skip)]
    pub feature: Feature,
    /// The paper's abbreviation.
    pub symbol: &'static str,
    /// Overlapping area of the held-out pieces' distances from one another and the others'
    /// distances from them.
    pub overlap: Measured,
    /// Kullback-Leibler divergence of the same.
    pub divergence: Measured,
    /// The composed pieces' values, where one number is measured.
    pub composed: Option<Spread>,
    /// The training pieces'.
    pub training: Option<Spread>,
    /// The held-out pieces'.
    pub held_out: Option<Spread>,
    /// The densities: held-out pieces among themselves, composed among themselves, composed to
    /// held-out, training to held-out.
    #[serde(skip)]
    pub densities: Densities,
}

/// Mean and standard deviation over pieces.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// The mean.
    pub mean: f64,
    /// The standard deviation.
    pub deviation: f64,
}

/// Shares in the mean over pieces, bin by bin.
#[derive(Debug, Serialize)]
pub struct Histogram {
    /// What each bin counts.
    pub names: Vec<String>,
    /// The composed pieces' shares.
    pub composed: Vec<f64>,
    /// The training pieces'.
    pub training: Vec<f64>,
    /// The held-out pieces'.
    pub held_out: Vec<f64>,
}

fn by_name<S: Serializer>(features: &[Comparison], to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(features.iter().map(|it| (it.feature.key(), it)))
}

impl Likeness {
    /// Compares the sets; there are two pieces in each at least. `lengths` names the note values of
    /// [`super::features::NOTE_VALUES`].
    pub fn of(sets: ComparedPieces<'_>, drums: bool, lengths: Vec<String>) -> Self {
        let all = sets.composed.iter().chain(sets.training).chain(sets.held_out);
        let classes = Classes::new(drums, all);
        let features: Vec<Feature> = Feature::of(drums).collect();
        let features: Vec<Comparison> =
            features.into_par_iter().map(|it| Comparison::of(it, sets, &classes)).collect();
        let over_all = |measure: fn(&Comparison) -> Measured| Measured {
            composed: mean(features.iter().map(|it| measure(it).composed)),
            training: mean(features.iter().map(|it| measure(it).training)),
        };
        Self {
            overlap: over_all(|it| it.overlap),
            divergence: over_all(|it| it.divergence),
            pitch_classes: Histogram::of(Feature::PitchClasses, sets, &classes, classes.names()),
            note_lengths: Histogram::of(Feature::NoteLengths, sets, &classes, lengths),
            features,
        }
    }
}

impl Comparison {
    fn of(feature: Feature, sets: ComparedPieces<'_>, classes: &Classes) -> Self {
        let measure = |pieces: &[Piece]| -> Vec<Vec<f64>> {
            pieces.iter().map(|piece| feature.measure(piece, classes)).collect()
        };
        let (composed, training) = (measure(sets.composed), measure(sets.training));
        let held_out = measure(sets.held_out);
        let lists = [
            distances(&held_out, None),
            distances(&composed, None),
            distances(&composed, Some(&held_out)),
            distances(&training, Some(&held_out)),
        ];
        let densities = Densities::of(&lists.each_ref().map(Vec::as_slice));
        Self {
            feature,
            symbol: feature.symbol(),
            overlap: Measured {
                composed: densities.overlap(0, 2),
                training: densities.overlap(0, 3),
            },
            divergence: Measured {
                composed: densities.divergence(0, 2),
                training: densities.divergence(0, 3),
            },
            composed: Spread::of(&composed),
            training: Spread::of(&training),
            held_out: Spread::of(&held_out),
            densities,
        }
    }
}

/// Euclidean distances of all pieces of a set from those of another, or from the others of their
/// own.
fn distances(set: &[Vec<f64>], other: Option<&[Vec<f64>]>) -> Vec<f64> {
    let across = other.unwrap_or(set);
    // Within a set a piece is compared with the others alone: one fewer.
    let width = across.len() - usize::from(other.is_none());
    let pairs = set.len() * width;
    let pair = |index: usize| {
        let (a, b) = (index / width, index % width);
        let skip = usize::from(other.is_none() && b >= a);
        distance(&set[a], &across[b + skip])
    };
    if pairs <= MOST_PAIRS {
        return (0..pairs).map(pair).collect();
    }
    let mut generator = ChaCha8Rng::seed_from_u64(SEED);
    (0..MOST_PAIRS).map(|_| pair((generator.next_u64() % pairs as u64) as usize)).collect()
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

impl Spread {
    fn of(values: &[Vec<f64>]) -> Option<Self> {
        if values.iter().any(|value| value.len() != 1) {
            return None;
        }
        let centre = mean(values.iter().map(|value| value[0]));
        let variance = mean(values.iter().map(|value| (value[0] - centre).powi(2)));
        Some(Self { mean: centre, deviation: variance.sqrt() })
    }
}

impl Histogram {
    fn of(
        feature: Feature,
        sets: ComparedPieces<'_>,
        classes: &Classes,
        names: Vec<String>,
    ) -> Self {
        let shares = |pieces: &[Piece]| {
            let measured: Vec<_> = pieces.iter().map(|it| feature.measure(it, classes)).collect();
            (0..names.len()).map(|bin| mean(measured.iter().map(|it| it[bin]))).collect()
        };
        Self {
            composed: shares(sets.composed),
            training: shares(sets.training),
            held_out: shares(sets.held_out),
            names,
        }
    }
}

#[cfg(test)]
mod tests {
    use jukebox_model::piece::Note;

    use super::*;

    /// A piece of eighth notes on a scale: `wide` is the interval, `offset` where it begins.
    fn scale(offset: u8, wide: u8, notes: u32) -> Piece {
        let note = |index: u32| Note {
            onset: 12 * index,
            part: 0,
            pitch: 40 + ((u32::from(offset) + u32::from(wide) * index) % 48) as u8,
            duration: 12,
            velocity: 80,
        };
        Piece { notes: (0..notes).map(note).collect(), ..Piece::default() }
    }

    fn compare(composed: &[Piece], held_out: &[Piece]) -> Likeness {
        Likeness::of(ComparedPieces { composed, training: held_out, held_out }, false, Vec::new())
    }

    #[test]
    fn pieces_like_the_held_out_ones_overlap_with_them_and_others_do_not() {
        let held_out: Vec<Piece> = (0..30).map(|it| scale(it, 2, 40 + u32::from(it))).collect();
        let alike: Vec<Piece> = (0..30).map(|it| scale(it + 1, 2, 41 + u32::from(it))).collect();
        let unlike: Vec<Piece> = (0..30).map(|it| scale(it, 11, 400 + u32::from(it))).collect();
        let (alike, unlike) = (compare(&alike, &held_out), compare(&unlike, &held_out));
        assert!(alike.overlap.composed > 0.85, "{:?}", alike.overlap);
        assert!(unlike.overlap.composed < 0.5, "{:?}", unlike.overlap);
        assert!(unlike.divergence.composed > alike.divergence.composed + 1.0);
        let notes = |it: &Likeness| {
            let notes = it.features.iter().find(|it| it.feature == Feature::NoteCount).unwrap();
            (notes.overlap.composed, notes.composed.unwrap().mean)
        };
        assert!(notes(&unlike).0 < 0.01);
        assert_eq!(notes(&unlike).1, 414.5);
    }

    #[test]
    fn all_pairs_are_compared_up_to_a_limit_and_as_many_drawn_beyond_it() {
        let values = |count: usize| -> Vec<Vec<f64>> {
            (0..count).map(|it| vec![(it * it) as f64]).collect()
        };
        let mut own = distances(&values(3), None);
        own.sort_by(f64::total_cmp);
        assert_eq!(own, [1.0, 1.0, 3.0, 3.0, 4.0, 4.0], "each against the others");
        assert_eq!(distances(&values(2), Some(&values(3))), [0.0, 1.0, 4.0, 1.0, 0.0, 3.0]);
        let many = values(300);
        assert_eq!(distances(&many, None).len(), MOST_PAIRS);
        assert!(distances(&many, None).iter().all(|&it| it > 0.0), "none against itself");
        assert_eq!(distances(&many, Some(&many)), distances(&many, Some(&many)));
    }

    #[test]
    fn features_are_named_in_json() {
        let pieces = [scale(0, 2, 20), scale(1, 2, 30)];
        let json = serde_json::to_value(compare(&pieces, &pieces)).unwrap();
        assert!(json["features"]["pitch_count"]["overlap"]["composed"].as_f64().is_some());
        assert_eq!(json["features"]["note_count"]["held_out"]["mean"], 25.0);
        assert_eq!(json["features"]["pitch_class_histogram"]["symbol"], "PCH");
        assert_eq!(json["pitch_classes"]["names"][1], "Db");
    }
}
