//! Is it made like the collection? Form, harmony, groove, dynamics and drums of the takes, of training pieces and of
//! held-out ones, and how far the former lie from the latter.

use serde::Serialize;

use super::likeness::ComparedPieces;
use crate::format::counted;
use crate::measures::{self, Distances, FormProfile, Measured, Values, profile};

/// What is measured of the sets, and their distances.
#[derive(Debug, Serialize)]
pub struct Manner {
    /// How far the sets lie from the held-out pieces.
    pub distances: SetDistances,
    /// Means over pieces: how they repeat themselves.
    pub form: Vec<Row>,
    /// What sounds together.
    pub harmony: Vec<Row>,
    /// When notes start and how long they are.
    pub groove: Vec<Row>,
    /// How loud they are.
    pub dynamics: Vec<Row>,
    /// How drums are played.
    pub drums: Vec<Row>,
    /// What the takes have of the variety of the held-out pieces.
    pub plainness: Vec<Ratio>,
    /// Numbers of the takes that go round in one or two bars for eight or more, from 1.
    pub stuck: Vec<usize>,
}

/// Distances from the held-out pieces, and the yardstick.
#[derive(Debug, Serialize)]
pub struct SetDistances {
    /// Of the takes.
    pub composed: Distances,
    /// Of the training pieces.
    pub training: Distances,
    /// Of halves of the held-out pieces from each other.
    pub halves: Distances,
}

/// One number in the mean over each set; `None` where a set has no such music.
#[derive(Debug, Serialize)]
pub struct Row {
    /// What it is.
    pub name: String,
    /// Of the takes.
    pub composed: Option<f64>,
    /// Of the training pieces.
    pub training: Option<f64>,
    /// Of the held-out pieces.
    pub held_out: Option<f64>,
}

/// A mean of the takes over that of the held-out pieces.
#[derive(Debug, Serialize)]
pub struct Ratio {
    /// What it is.
    pub name: String,
    /// 1 where takes are as varied; `None` where there is nothing to divide by.
    pub ratio: Option<f64>,
}

impl Manner {
    /// Measures the sets.
    pub fn of(sets: ComparedPieces<'_>) -> Self {
        let ComparedPieces { composed, training, held_out } = sets;
        let [takes, training, held_out] = [composed, training, held_out].map(Measured::all);
        let all = [&takes[..], &training[..], &held_out[..]];
        let groove = rows(all, |it| it.groove.as_ref());
        let dynamics = rows(all, |it| it.dynamics.as_ref());
        let varied = ["onsets a quarter", "entropy of places, bits", "spread of lengths"];
        let varied = groove.iter().filter(|row| varied.contains(&&*row.name));
        let loud = dynamics.iter().filter(|row| row.name == "range of velocities");
        let stuck = (1..).zip(&takes).filter(|(_, it)| it.form.is_some_and(|it| it.is_stuck()));
        Self {
            distances: SetDistances {
                composed: measures::distances(&takes, &held_out),
                training: measures::distances(&training, &held_out),
                halves: measures::halves(&held_out),
            },
            form: form(all),
            harmony: rows(all, |it| it.harmony.as_ref()),
            plainness: varied.chain(loud).map(Ratio::of).collect(),
            groove,
            dynamics,
            drums: rows(all, |it| it.drums.as_ref()),
            stuck: stuck.map(|(take, _)| take).collect(),
        }
    }

    /// A row for each distance: its name, and that of the takes, of the training pieces and of halves.
    pub fn distance_rows(&self) -> impl Iterator<Item = Row> {
        let SetDistances { composed, training, halves } = &self.distances;
        let values = composed.values().into_iter().zip(training.values()).zip(halves.values());
        let row = |(name, ((composed, training), held_out)): (&&str, ((_, _), _))| Row {
            name: (*name).to_owned(),
            composed,
            training,
            held_out,
        };
        let rows: Vec<Row> = Distances::NAMES.iter().zip(values).map(row).collect();
        rows.into_iter().filter(Row::is_told)
    }

    /// The means, group by group.
    pub fn groups(&self) -> [(&'static str, &[Row]); 5] {
        [
            ("Form", &self.form),
            ("Harmony", &self.harmony),
            ("Groove", &self.groove),
            ("Dynamics", &self.dynamics),
            ("Drums", &self.drums),
        ]
    }

    /// Which takes are stuck, in words; `None` where none is.
    pub fn stuck_line(&self) -> Option<String> {
        let numbers: Vec<String> = self.stuck.iter().map(usize::to_string).collect();
        (!numbers.is_empty()).then(|| {
            format!(
                "Stuck, going round in one or two bars for eight or more: {} ({}).",
                counted(numbers.len(), "take"),
                numbers.join(", ")
            )
        })
    }
}

impl Row {
    /// Whether any set has a number.
    fn is_told(&self) -> bool {
        self.composed.or(self.training).or(self.held_out).is_some()
    }
}

impl Ratio {
    fn of(row: &Row) -> Self {
        let of = |(composed, held_out): (f64, f64)| (held_out > 0.0).then(|| composed / held_out);
        Self { name: row.name.clone(), ratio: row.composed.zip(row.held_out).and_then(of) }
    }
}

fn form(sets: [&[Measured]; 3]) -> Vec<Row> {
    let shares = sets.map(|set| {
        let profile = FormProfile::of(set.iter().filter_map(|it| it.form.as_ref()));
        profile.map(|it| it.shares()).unwrap_or_default()
    });
    let names = shares.iter().find(|it| !it.is_empty()).into_iter().flatten();
    let row = |(index, (name, _)): (usize, &(String, Option<f64>))| {
        let value = |which: usize| shares[which].get(index).and_then(|it: &(_, _)| it.1);
        Row { name: name.clone(), composed: value(0), training: value(1), held_out: value(2) }
    };
    names.enumerate().map(row).collect()
}

fn rows<'m, V: Values + 'm>(
    sets: [&'m [Measured]; 3],
    values: impl Fn(&'m Measured) -> Option<&'m V>,
) -> Vec<Row> {
    let means = sets.map(|set| profile(&set.iter().filter_map(&values).collect::<Vec<_>>()));
    if means.iter().all(Option::is_none) {
        return Vec::new();
    }
    let row = |(index, name): (usize, &&str)| {
        let mean = |which: usize| means[which].as_ref().map(|it| it[index].mean);
        Row { name: (*name).to_owned(), composed: mean(0), training: mean(1), held_out: mean(2) }
    };
    V::NAMES.iter().enumerate().map(row).collect()
}

#[cfg(test)]
mod tests {
    use jukebox_model::piece::{Note, Piece};

    use super::*;

    /// Sixteen bars of eighths; those that are stuck go round in one bar.
    fn pieces(title: &str, number: u32, stuck: bool) -> Vec<Piece> {
        let piece = |seed: u32| {
            let note = |it: u32| Note {
                onset: 12 * it,
                part: 0,
                pitch: 60 + if stuck { it % 8 } else { it * it * (seed + 3) % 13 } as u8,
                duration: 12,
                velocity: 60 + (it * (seed + 1) % 30) as u8,
            };
            let notes = (0..128).map(note).collect();
            Piece { title: format!("{title} {seed}"), notes, ..Piece::default() }
        };
        (1..=number).map(piece).collect()
    }

    #[test]
    fn takes_that_are_stuck_are_named_and_lie_farther_off() {
        let (held_out, training) = (pieces("held out", 6, false), pieces("learnt", 6, false));
        let of = |composed: &[Piece]| {
            let sets = ComparedPieces { composed, training: &training, held_out: &held_out };
            Manner::of(sets)
        };
        let (stuck, free) = (of(&pieces("take", 2, true)), of(&pieces("take", 2, false)));
        assert_eq!((&stuck.stuck[..], &free.stuck[..]), (&[1, 2][..], &[][..]));
        assert!(stuck.distances.composed.form > free.distances.composed.form);
        assert!(stuck.stuck_line().is_some_and(|it| it.ends_with("2 takes (1, 2).")));
        assert!(free.stuck_line().is_none());
        assert_eq!(free.plainness.len(), 4);
        assert!(free.plainness.iter().all(|it| it.ratio.is_none_or(|it| it > 0.0)));
        assert!(free.drums.is_empty() && free.form.len() == 11);
    }
}
