//! The best bars through a row of beats.

use super::strength::BeatPlace;

/// What the search may assume.
#[derive(Clone, Copy, Debug)]
pub struct Assumptions<'a> {
    /// What the beats of a bar are: the first is its line.
    pub pattern: &'a [BeatPlace],
    /// How much the evidence of a beat counts: beats are not independent of each other.
    pub trust: f64,
    /// The beat that a piece begins on, and the logarithm of how much likelier a bar line is there
    /// than anywhere else.
    pub first: (usize, f64),
}

/// Cost of a bar of two beats among bars of four, and of any other bar that is cut short.
const HALF_BAR: f64 = 3.0;
const CUT: f64 = 7.0;

/// Positions in the bar, 0 being its first beat, by Viterbi's algorithm, and the score.
pub fn positions(ratios: &[[f64; 4]], assumptions: Assumptions<'_>) -> (Vec<usize>, f64) {
    let Assumptions { pattern, trust, first } = assumptions;
    let beats = pattern.len();
    if ratios.is_empty() || pattern.is_empty() {
        return (Vec::new(), 0.0);
    }
    let evidence = |beat: usize, position: usize| {
        let prior = if beat == first.0 && position == 0 { first.1 } else { 0.0 };
        trust * ratios[beat][pattern[position] as usize] + prior
    };
    let mut scores: Vec<f64> = (0..beats).map(|position| evidence(0, position)).collect();
    // For each beat: the position before, where this one is 0.
    let mut before = vec![0usize; ratios.len()];
    for (beat, before) in before.iter_mut().enumerate().skip(1) {
        let mut best = (f64::NEG_INFINITY, 0);
        for (position, score) in scores.iter().enumerate() {
            let cost = match position + 1 {
                whole if whole == beats => 0.0,
                2 if beats == 4 => HALF_BAR,
                _ => CUT,
            };
            if score - cost > best.0 {
                best = (score - cost, position);
            }
        }
        *before = best.1;
        scores.rotate_right(1);
        scores[0] = best.0;
        for (position, score) in scores.iter_mut().enumerate() {
            *score += evidence(beat, position);
        }
    }
    let (mut position, score) =
        scores.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((0, 0.0));
    let mut positions = vec![0; ratios.len()];
    for beat in (0..ratios.len()).rev() {
        positions[beat] = position;
        position = if position == 0 { before[beat] } else { position - 1 };
    }
    (positions, score)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_bar_among_whole_ones_is_found() {
        let mut ratios = vec![[0.0, 0.3, 0.0, -1.0]; 42];
        // Bars of four, but for one of two after the fifth.
        let lines: Vec<usize> =
            (0..5).map(|bar| 4 * bar).chain([20]).chain((0..5).map(|bar| 22 + 4 * bar)).collect();
        for &line in &lines {
            ratios[line] = [0.0, -1.0, 0.0, 1.5];
        }
        let pattern = [BeatPlace::Down, BeatPlace::Weak, BeatPlace::Middle, BeatPlace::Weak];
        let assumptions = Assumptions { pattern: &pattern, trust: 1.0, first: (0, 0.0) };
        let (positions, _) = positions(&ratios, assumptions);
        let found: Vec<usize> = (0..42).filter(|&beat| positions[beat] == 0).collect();
        assert_eq!(found, lines);
    }
}
