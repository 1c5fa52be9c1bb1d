//! Measures that are a row of numbers for each piece, and how far two sets of them lie apart.

use serde::Serialize;

/// Deviations below this are none: all pieces have the same number.
const NONE: f64 = 1e-6;

/// No number lies farther off than this, in deviations: one in which people's pieces hardly differ, and one take does,
/// shall not outweigh all others.
const FARTHEST: f64 = 3.0;

/// A measure of a piece: some numbers, the same ones for every piece.
pub trait Values {
    /// Their names for people, in order.
    const NAMES: &'static [&'static str];
    /// The numbers, finite, in the order of the names.
    fn values(&self) -> Vec<f64>;
}

/// Mean and standard deviation of one number over pieces.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// The mean.
    pub mean: f64,
    /// The standard deviation, of the set as it is.
    pub deviation: f64,
}

/// Mean and deviation of each number over a set; `None` of no piece.
pub fn profile<V: Values>(set: &[&V]) -> Option<Vec<Spread>> {
    let rows: Vec<Vec<f64>> = set.iter().map(|it| it.values()).collect();
    let count = rows.len() as f64;
    let spread = |index: usize| {
        let mean = rows.iter().map(|row| row[index]).sum::<f64>() / count;
        let squares: f64 = rows.iter().map(|row| (row[index] - mean).powi(2)).sum();
        Spread { mean, deviation: (squares / count).sqrt() }
    };
    (!rows.is_empty()).then(|| (0..V::NAMES.len()).map(spread).collect())
}

/// How far the means of a set lie from those of a reference, in deviations of the reference's pieces, in the mean over
/// all numbers in which these differ; three for what lies farther. `None` where a set is empty, or the reference's pieces differ in nothing.
pub fn deviations<V: Values>(set: &[&V], reference: &[&V]) -> Option<f64> {
    let (set, reference) = (profile(set)?, profile(reference)?);
    let away: Vec<f64> = set
        .iter()
        .zip(&reference)
        .filter(|(_, reference)| reference.deviation > NONE)
        .map(|(set, reference)| (set.mean - reference.mean).abs() / reference.deviation)
        .map(|away| away.min(FARTHEST))
        .collect();
    (!away.is_empty()).then(|| away.iter().sum::<f64>() / away.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Pair(f64, f64);

    impl Values for Pair {
        const NAMES: &'static [&'static str] = &["one", "other"];
        fn values(&self) -> Vec<f64> {
            vec![self.0, self.1]
        }
    }

    #[test]
    fn sets_lie_apart_in_deviations_of_the_reference() {
        let (low, high) = (Pair(1.0, 5.0), Pair(3.0, 5.0));
        let away = Pair(4.5, 9.0);
        // The first number has the mean 2 and the deviation 1, the second none.
        assert_eq!(deviations(&[&away], &[&low, &high]), Some(2.5));
        assert_eq!(deviations(&[&Pair(60.0, 5.0)], &[&low, &high]), Some(FARTHEST));
        assert_eq!(deviations(&[&low, &high], &[&low, &high]), Some(0.0));
        assert_eq!(deviations(&[&low], &[&low]), None);
        assert_eq!(deviations(&[], &[&low, &high]), None);
    }
}
