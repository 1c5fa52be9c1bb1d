//! Sums of what choices cost, and which entries a choice is among.

use jukebox_model::network::Head;
use jukebox_model::vocabulary::NoteEvent;

/// The entry that a head chose in an event.
pub fn chosen(event: &NoteEvent, head: Head) -> usize {
    usize::from(match head {
        Head::Step => event.step,
        Head::Pitch => event.pitch,
        Head::Duration => event.duration,
        Head::Velocity => event.velocity,
    })
}

/// The first entry that a head may choose in an event after another: a chord goes upwards, and none
/// goes on from the highest of `pitches` pitches. The network, the composer and the baselines all
/// divide what is forbidden among the rest.
pub fn lowest(
    head: Head,
    event: &NoteEvent,
    previous: Option<&NoteEvent>,
    pitches: usize,
) -> usize {
    let Some(previous) = previous else { return 0 };
    let pitch = usize::from(previous.pitch);
    match head {
        Head::Step => usize::from(pitch + 1 == pitches),
        Head::Pitch if event.step == 0 => pitch + 1,
        _ => 0,
    }
}

/// Nats and hits of each head, in the order of [`Head::ALL`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    /// Sum of -ln P(chosen).
    pub nats: [f64; 4],
    /// Choices that were the likeliest entry.
    pub hits: [usize; 4],
}

impl Tally {
    /// Counts a choice by the probability of each entry.
    pub fn count(&mut self, head: Head, probabilities: &[f32], chosen: usize) {
        let probability = probabilities[chosen];
        // A probability that 32 bits cannot hold costs 87 nats, not an infinity of them.
        let held = f64::from(probability.max(f32::MIN_POSITIVE));
        self.nats[head as usize] -= held.ln();
        self.hits[head as usize] += usize::from(likeliest(probabilities) == chosen);
    }

    /// Nats of all heads.
    pub fn total(&self) -> f64 {
        self.nats.iter().sum()
    }
}

/// The first of the likeliest entries.
fn likeliest(probabilities: &[f32]) -> usize {
    let mut best = 0;
    for (entry, probability) in probabilities.iter().enumerate() {
        if *probability > probabilities[best] {
            best = entry;
        }
    }
    best
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        for head in 0..4 {
            self.nats[head] += other.nats[head];
            self.hits[head] += other.hits[head];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_costs_the_logarithm_of_its_odds() {
        let mut tally = Tally::default();
        tally.count(Head::Pitch, &[0.25, 0.75], 0);
        tally.count(Head::Pitch, &[0.25, 0.75], 1);
        assert!((tally.total() - (16.0f64 / 3.0).ln()).abs() < 1e-6);
        assert_eq!(tally.hits, [0, 1, 0, 0]);
    }

    #[test]
    fn what_cannot_be_chosen_is_known() {
        let event = |step, pitch| NoteEvent { step, pitch, ..NoteEvent::default() };
        let first = |head, step, before: Option<NoteEvent>| {
            lowest(head, &event(step, 0), before.as_ref(), 8)
        };
        assert_eq!(first(Head::Pitch, 0, None), 0);
        assert_eq!(first(Head::Pitch, 0, Some(event(1, 5))), 6);
        assert_eq!(first(Head::Pitch, 1, Some(event(1, 5))), 0);
        assert_eq!(first(Head::Step, 1, Some(event(1, 6))), 0);
        assert_eq!(first(Head::Step, 1, Some(event(1, 7))), 1);
        assert_eq!(first(Head::Duration, 0, Some(event(1, 7))), 0);
    }
}
