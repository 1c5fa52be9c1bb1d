//! The plainest baseline: how often each entry was chosen, whatever came before.

use jukebox_model::network::Head;
use jukebox_model::vocabulary::NoteEvent;

/// Added to every count, so that nothing is impossible (Krichevsky and Trofimov 1981).
const ADDED: f64 = 0.5;

/// The share of each entry of a head in some pieces, of `choices` entries.
pub fn unigram<'e>(
    head: Head,
    choices: usize,
    pieces: impl Iterator<Item = &'e [NoteEvent]>,
) -> Vec<f64> {
    let mut shares = vec![ADDED; choices];
    for event in pieces.flatten() {
        shares[usize::from(event.chosen(head))] += 1.0;
    }
    let sum: f64 = shares.iter().sum();
    shares.iter_mut().for_each(|share| *share /= sum);
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_follow_the_counts_and_none_is_zero() {
        let events = [0, 2, 2].map(|pitch| NoteEvent { pitch, ..NoteEvent::default() });
        let shares = unigram(Head::Pitch, 3, [&events[..]].into_iter());
        let expected = [1.5, 0.5, 2.5].map(|it| it / 4.5);
        assert!(shares.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12));
    }
}
