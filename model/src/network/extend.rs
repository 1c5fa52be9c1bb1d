//! Weights for a larger vocabulary, that predict as they did.

use std::collections::BTreeMap;

use super::rows::Origins;
use super::weights::{Tensor, shapes};
use super::{Config, Head, Weights};
use crate::vocabulary::{Encoded, Vocabulary};

impl Weights {
    /// The weights of `known`, fitted to `extended`, a vocabulary that holds all of it; `pieces` are
    /// the music to come, in the extended one.
    ///
    /// A new entry starts as a copy of the one that stood in for it, in every table that is read and
    /// in the choices. There the two share the odds that the one had, as the pieces do, by a
    /// difference of their biases. So the network reads new music as if it were rounded to what it
    /// knows, predicts it as well, and tells apart what was rounded together by counting: it loses
    /// nothing before it learns, where random rows would make each new entry noise to it. Learning
    /// parts the copies, for each is read and chosen in places of its own.
    #[must_use]
    pub fn extended(
        &self,
        config: &Config,
        known: &Vocabulary,
        extended: &Vocabulary,
        pieces: &[Encoded],
    ) -> Self {
        let stand_ins = extended.stand_ins(known);
        let origins = Origins::new(known, &stand_ins);
        let mut tensors: BTreeMap<String, Tensor> = self.tensors().clone();
        for (name, shape) in shapes(config, extended) {
            let rows = match name.strip_prefix("heads.").and_then(parted) {
                Some((head, "table")) => origins.head(head),
                Some((head, "output.weight" | "output.bias")) => origins.choices(head).to_vec(),
                _ if name == "embed.weight" => origins.embedding(),
                _ => continue,
            };
            let old = self.get(&name);
            let width: usize = shape[1..].iter().product();
            let data = rows.iter().flat_map(|row| &old[row * width..][..width]).copied().collect();
            tensors.insert(name, Tensor { shape, data });
        }
        for head in Head::ALL {
            let choices = origins.choices(head);
            if let Some(bias) = tensors.get_mut(&format!("heads.{}.output.bias", head.name())) {
                for (bias, share) in bias.data.iter_mut().zip(shares(head, choices, pieces)) {
                    *bias += share.ln();
                }
            }
        }
        Self::new(tensors)
    }
}

/// "pitch.output.bias" as the head and what follows.
fn parted(name: &str) -> Option<(Head, &str)> {
    let (head, part) = name.split_once('.')?;
    Some((Head::ALL.into_iter().find(|it| it.name() == head)?, part))
}

/// What share each choice has of all that one entry stood in for, in the pieces. Every choice counts
/// once more than it occurs: one that they lack stays possible.
fn shares(head: Head, stand_ins: &[usize], pieces: &[Encoded]) -> Vec<f32> {
    let mut counts = vec![1.0; stand_ins.len()];
    for event in pieces.iter().flat_map(|piece| &piece.events) {
        counts[usize::from(event.chosen(head))] += 1.0;
    }
    let mut sums = vec![0.0; stand_ins.len()];
    for (count, &stand_in) in counts.iter().zip(stand_ins) {
        sums[stand_in] += count;
    }
    counts.iter().zip(stand_ins).map(|(count, &stand_in)| count / sums[stand_in]).collect()
}
