//! Calibration: a temperature for each head, found on pieces that were held out.
//!
//! A network that has learnt few pieces by heart is too sure on music that it has not read. Each head's
//! logits are divided by the temperature at which pieces that were held out cost least (Guo, Pleiss, Sun
//! and Weinberger, "On Calibration of Modern Neural Networks", ICML 2017, section 4.2). The order of the
//! choices stays. A prior holds the temperature near 1 where few notes were held out.

use jukebox_model::network::Head;
use jukebox_model::record::Record;
use jukebox_model::vocabulary::Encoded;
use rayon::prelude::*;

use super::scoring::{Predictions, Scorer};

/// Notes that are read: one number a head is soon known.
const MOST: usize = 50_000;
/// Factors are looked for from a quarter to four times as sure.
const RANGE: std::ops::RangeInclusive<f64> = 0.25..=4.0;
/// How far from 1 a factor lies before anything is read: the standard deviation of a normal prior. Thousands
/// of notes outweigh it; without it, a head that is right about each of a hundred would be made as sure as
/// can be.
const PRIOR: f64 = 0.1;
/// A factor so near to 1 is 1.
const NEAR: f64 = 5e-3;
/// Steps of Newton's method. The cost is convex, and four or five do.
const STEPS: usize = 12;

/// What each head's logits are to be multiplied by (one over the temperature), in the order of [`Head::ALL`],
/// for pieces that the record has not learnt to cost least, the prior added. `None` where `stop` asked to
/// stop; it is called from several threads.
pub fn factors(
    record: &Record,
    pieces: &[Encoded],
    stop: &(dyn Fn() -> bool + Sync),
) -> Option<[f32; Head::COUNT]> {
    let scorer = Scorer::new(record, false);
    let mut notes = 0;
    let enough = |piece: &&Encoded| {
        let before = notes;
        notes += piece.events.len();
        before < MOST
    };
    let pieces: Vec<&Encoded> = pieces.iter().take_while(enough).collect();
    let read: Option<Vec<(Predictions, &Encoded)>> = pieces
        .into_par_iter()
        .map(|piece| (!stop()).then(|| (scorer.score(piece).predictions, piece)))
        .collect();
    let read = read?;
    let choices = |head: Head| {
        read.iter().flat_map(move |(predictions, piece)| {
            let events = piece.events.iter().enumerate();
            events.map(move |(index, event)| {
                (predictions.of(index, head), usize::from(event.chosen(head)))
            })
        })
    };
    let choosing = Head::choosing(record.vocabulary().has_parts());
    // One that does not choose keeps what it has.
    let factor = |head| if choosing.contains(&head) { factor(|| choices(head)) } else { 1.0 };
    Some(Head::ALL.map(|head| factor(head) as f32))
}

/// The power of probabilities, made to add up to 1 again, at which choices cost least.
fn factor<'p, C: Iterator<Item = (&'p [f32], usize)>>(choices: impl Fn() -> C) -> f64 {
    let mut factor = 1.0;
    for _ in 0..STEPS {
        let (mut slope, mut bend) = ((factor - 1.0) / (PRIOR * PRIOR), 1.0 / (PRIOR * PRIOR));
        for (probabilities, chosen) in choices() {
            let (mean, variance) = moments(probabilities, factor);
            slope += mean - logarithm(probabilities[chosen]);
            bend += variance;
        }
        let next = (factor - slope / bend).clamp(*RANGE.start(), *RANGE.end());
        let moved = (next - factor).abs();
        factor = next;
        if moved < 1e-4 {
            break;
        }
    }
    if (factor - 1.0).abs() < NEAR { 1.0 } else { factor }
}

/// Mean and variance of the logarithms of probabilities, weighted by a power of them.
fn moments(probabilities: &[f32], power: f64) -> (f64, f64) {
    let [mut sum, mut first, mut second] = [0.0; 3];
    for &probability in probabilities.iter().filter(|it| **it > 0.0) {
        let logarithm = logarithm(probability);
        let weight = (power * logarithm).exp();
        sum += weight;
        first += weight * logarithm;
        second += weight * logarithm * logarithm;
    }
    let mean = first / sum;
    (mean, second / sum - mean * mean)
}

fn logarithm(probability: f32) -> f64 {
    f64::from(probability.max(f32::MIN_POSITIVE)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Predictions of three entries with these weights, to a power.
    fn probabilities(weights: [f32; 3], power: f32) -> Vec<f32> {
        let weights = weights.map(|weight| weight.powf(power));
        let sum: f32 = weights.iter().sum();
        weights.map(|weight| weight / sum).to_vec()
    }

    #[test]
    fn who_is_twice_too_sure_is_halved_and_who_is_right_is_left_alone() {
        let weights = [[6.0, 3.0, 1.0], [1.0, 8.0, 1.0]];
        for (power, expected) in [(2.0, 0.5), (1.0, 1.0), (0.5, 2.0)] {
            let thought: Vec<_> = weights.iter().map(|it| probabilities(*it, power)).collect();
            // Thousands of choices of each, just as often as the weights say.
            let times = |weight: f32| 4000 * weight as usize;
            let made: Vec<(usize, usize)> = (0..2)
                .flat_map(|place| (0..3).map(move |entry| (place, entry)))
                .flat_map(|(place, entry)| vec![(place, entry); times(weights[place][entry])])
                .collect();
            let found = factor(|| made.iter().map(|&(place, entry)| (&*thought[place], entry)));
            assert!((found - expected).abs() < 0.01, "{found} is not {expected}");
        }
    }

    #[test]
    fn a_head_without_a_choice_is_left_alone() {
        let only = [1.0];
        assert_eq!(factor(|| [(&only[..], 0); 5].into_iter()), 1.0);
        assert_eq!(factor(std::iter::empty), 1.0);
    }

    #[test]
    fn who_was_right_a_few_times_stays_in_doubt() {
        let sure = [0.99, 0.01];
        for (times, most) in [(50, 1.1), (1000, 1.5)] {
            let found = factor(|| std::iter::repeat_n((&sure[..], 0), times));
            assert!((1.0..most).contains(&found), "{found} after {times}");
        }
    }

    #[test]
    fn what_never_seemed_possible_does_not_break_it() {
        let sure = [1.0, 0.0];
        let found = factor(|| [(&sure[..], 1), (&sure[..], 0)].into_iter());
        assert!(RANGE.contains(&found), "{found}");
    }
}
