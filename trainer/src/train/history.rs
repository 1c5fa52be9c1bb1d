//! The finished epochs: the losses of each, and which was the best.

use std::fmt::Write;

use jukebox_model::network::Head;
use serde::{Deserialize, Serialize};

use super::learner::LossSums;
use crate::render::loss::LossPoint;

/// One finished epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochResult {
    /// What the training pieces cost while they were learnt.
    pub training: LossSums,
    /// What the validation pieces cost after it, where there are any.
    pub validation: Option<LossSums>,
    /// Learning rate at its end.
    pub rate: f64,
    /// Seconds of training at its end.
    pub seconds: f64,
}

impl EpochResult {
    /// What decides which epoch is best.
    pub fn loss(&self) -> f64 {
        self.validation.unwrap_or(self.training).loss()
    }
}

/// The finished epochs, from the first on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LossHistory(pub Vec<EpochResult>);

impl LossHistory {
    /// Number of the epoch with the lowest loss, counted from 1; of several the first.
    pub fn best(&self) -> Option<u32> {
        let best = self.0.iter().enumerate().min_by(|a, b| a.1.loss().total_cmp(&b.1.loss()));
        best.map(|(index, _)| index as u32 + 1)
    }

    /// Epochs since the best one.
    pub fn since_best(&self) -> u32 {
        self.best().map_or(0, |best| self.0.len() as u32 - best)
    }

    /// Notes that were learnt, each in every epoch.
    pub fn notes(&self) -> u64 {
        self.0.iter().map(|epoch| epoch.training.notes as u64).sum()
    }

    /// The curve to draw.
    pub fn points(&self) -> Vec<LossPoint> {
        let point = |(index, epoch): (usize, &EpochResult)| LossPoint {
            epoch: index as u32 + 1,
            train: epoch.training.loss(),
            validation: epoch.validation.map(|sums| sums.loss()),
        };
        self.0.iter().enumerate().map(point).collect()
    }

    /// The heads that chose: one of the part costs something, however little.
    pub fn choosing(&self) -> &'static [Head] {
        let cost = |epoch: &EpochResult| epoch.training.nats[Head::Part as usize] != 0.0;
        Head::choosing(self.0.iter().any(cost))
    }

    /// As comma-separated values, in nats a note; what there is not is empty.
    pub fn csv(&self) -> String {
        let mut text = String::from("epoch,training,validation");
        let choosing = self.choosing();
        for side in ["training", "validation"] {
            for head in choosing {
                let _ = write!(text, ",{side}_{}", head.name());
            }
        }
        text.push_str(",learning_rate,notes,seconds\n");
        for (index, epoch) in self.0.iter().enumerate() {
            let field = |value: Option<f64>| value.map_or(String::new(), |it| format!("{it:.6}"));
            let mut fields = vec![
                (index + 1).to_string(),
                field(Some(epoch.training.loss())),
                field(epoch.validation.map(|it| it.loss())),
            ];
            for sums in [Some(epoch.training), epoch.validation] {
                let nats = |&head: &Head| field(sums.map(|it| it.heads()[head as usize]));
                fields.extend(choosing.iter().map(nats));
            }
            fields.push(format!("{:.3e}", epoch.rate));
            fields.push(epoch.training.notes.to_string());
            fields.push(format!("{:.1}", epoch.seconds));
            let _ = writeln!(text, "{}", fields.join(","));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epoch(training: f64, validation: Option<f64>) -> EpochResult {
        let sums = |nats| LossSums { nats: [nats, 0.0, 0.0, 0.0, 0.0], notes: 1 };
        EpochResult {
            training: sums(training),
            validation: validation.map(sums),
            rate: 1e-3,
            seconds: 2.0,
        }
    }

    #[test]
    fn the_best_epoch_is_that_with_the_lowest_validation_loss() {
        let with = LossHistory(vec![
            epoch(3.0, Some(3.0)),
            epoch(2.0, Some(2.5)),
            epoch(1.0, Some(2.6)),
            epoch(0.5, Some(2.5)),
        ]);
        assert_eq!((with.best(), with.since_best()), (Some(2), 2));
        let without = LossHistory(vec![epoch(3.0, None), epoch(2.0, None)]);
        assert_eq!((without.best(), without.since_best()), (Some(2), 0));
        assert_eq!(LossHistory::default().best(), None);
    }

    #[test]
    fn every_row_of_the_table_has_every_column() {
        let csv = LossHistory(vec![epoch(3.0, Some(2.5)), epoch(2.0, None)]).csv();
        let rows: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
        assert_eq!(rows.len(), 3);
        assert!(rows.iter().all(|row| row.len() == rows[0].len()));
        assert!(!csv.contains("part"), "only where notes choose it");
        assert_eq!(rows[1][..3], ["1", "3.000000", "2.500000"]);
        assert_eq!(rows[2][..3], ["2", "2.000000", ""]);
    }
}
