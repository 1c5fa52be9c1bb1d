//! The motif memory: mixes copies of earlier notes into the network's probabilities of the next one.
//!
//! Every earlier note that stood in a like context is a candidate to be copied: after the same notes,
//! after the same notes moved up or down, or at the same place in its bar. Its weight is learnt (see
//! `weights`): it grows with the length of the match, and four or eight bars back count more than
//! three. With the network's own choice it makes one mixture over whole notes,
//!
//! ```text
//! P(note) ~ G p(step) p(part) p(pitch) p(duration) p(velocity) + sum of w(c) over candidates c that are it
//! ```
//!
//! of which each head sees its conditional part: once the step of a candidate was chosen, the same
//! candidate tells the part, the pitch and the duration. So a copied motif keeps its rhythm. It generalises the
//! continuous cache (Grave, Joulin and Usunier, arXiv 1612.04426), whose weights come from the
//! network's states, and the longest match of PPM-like compressors, which trusts one candidate.
//!
//! The mixture is a pure function of the notes so far. Runs wherever notes are composed or evaluated;
//! never on the audio thread.

mod history;
mod weights;

pub use self::weights::{Fit, MotifWeights};

use self::history::NoteHistory;
use self::weights::{Features, Slope};
use crate::network::Head;
use crate::network::kernel::activation::ln;
use crate::vocabulary::{BarPosition, NoteEvent, Vocabulary};

/// Longest match that is looked for, in notes: a passage of 16 bars that came twice is known.
const LONGEST: usize = 192;
/// Most candidates that follow the same note, and most that follow the same move.
const MOST_AFTER: usize = 64;
/// Most candidates that share the place in the bar alone.
const MOST_AT: usize = 16;

/// How much copying counts, as odds against the network: 1 is as the weights were learnt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Strength(f32);

impl Strength {
    /// As music is found to repeat itself.
    pub const NATURAL: Self = Self(1.0);
    /// Nothing is copied.
    pub const NEVER: Self = Self(0.0);

    /// Most that a copy of a step counts which may fill a bar more than any bar was: the knob at 0.8. A
    /// short step that is copied without end makes a bar as full as its grid allows; with these odds the
    /// network, whose weight grows in such a circle, ends it.
    const MOST_FILLING: f32 = 0.8 / (1.0 - 0.8);

    /// From a knob: 0 never looks back, 0.5 is natural, 1 copies wherever it can without filling a bar
    /// more than an earlier one.
    pub fn from_knob(knob: f32) -> Self {
        let knob = knob.clamp(0.0, 1.0);
        Self(if knob < 1.0 { knob / (1.0 - knob) } else { f32::INFINITY })
    }

    /// The odds of copying for a head, and how many times as much a copy of what stood at the same place
    /// of an earlier bar counts: such a step leads where that bar went on.
    fn of(self, head: Head) -> (f32, f32) {
        match head {
            Head::Step if self.0 > Self::MOST_FILLING => {
                (Self::MOST_FILLING, self.0 / Self::MOST_FILLING)
            }
            _ => (self.0, 1.0),
        }
    }
}

/// Remembers the notes of a take, or of one piece after another.
#[derive(Clone, Debug)]
pub struct MotifMemory {
    history: NoteHistory,
    weights: MotifWeights,
    candidates: Vec<Candidate>,
    /// How often the last passage has come again at once.
    rounds: usize,
    /// The network's probabilities of each head of the note at work; empty where it was not asked.
    network: [Vec<f32>; Head::COUNT],
}

/// A note that may be copied.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    /// Its entries by head; none where a moved pitch is not in the vocabulary.
    entries: [Option<u16>; Head::COUNT],
    features: Features,
    /// Its weight for each head.
    weights: [f32; Head::COUNT],
    /// Whether it followed a note at the same place of an earlier bar.
    in_place: bool,
}

impl Candidate {
    /// Whether a note with these choices may still be a copy, and which entry a head then chooses:
    /// one that the network allows.
    fn copy(&self, number: usize, chosen: &[u16; Head::COUNT], network: &[f32]) -> Option<usize> {
        let mut before = self.entries[..number].iter().zip(chosen);
        let entry = usize::from(self.entries[number]?);
        let goes_on = before.all(|(entry, chosen)| *entry == Some(*chosen));
        (goes_on && network[entry] > 0.0).then_some(entry)
    }
}

impl MotifMemory {
    /// A memory of nothing, for events of a vocabulary.
    pub fn new(vocabulary: &Vocabulary, weights: MotifWeights) -> Self {
        Self {
            history: NoteHistory::new(vocabulary),
            weights,
            candidates: Vec::with_capacity(2 * MOST_AFTER + MOST_AT),
            rounds: 0,
            network: Default::default(),
        }
    }

    /// Events remembered.
    pub fn len(&self) -> usize {
        self.history.len()
    }

    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Remembers the event that was played.
    pub fn push(&mut self, event: NoteEvent, place: BarPosition) {
        self.history.push(event, place);
    }

    /// Forgets the last event.
    pub fn pop(&mut self) {
        self.history.pop();
    }

    /// A new piece starts: matches end here, but earlier pieces are remembered.
    pub fn start_piece(&mut self) {
        self.history.start_piece();
    }

    /// Looks for what may be copied as the next event. Then each head's probabilities can be mixed,
    /// in order.
    pub fn look_back(&mut self) {
        self.candidates.clear();
        self.network.iter_mut().for_each(Vec::clear);
        self.rounds = 0;
        let Self { history, weights, candidates, rounds, .. } = self;
        let Some(last) = history.last() else { return };
        let mut add = |at, length, moved| {
            candidates.push(candidate(history, weights, last, at, length, moved));
        };
        for at in history.after_same_note(last).take(MOST_AFTER) {
            let length = history.match_length(last, at, LONGEST);
            *rounds = (*rounds).max(length / (last - at));
            add(at, length, false);
        }
        for at in history.after_same_move(last).take(MOST_AFTER) {
            if !history.is_same_note(last, at) {
                add(at, history.moved_match_length(last, at, LONGEST), true);
            }
        }
        for at in history.at_same_place(last).take(MOST_AT) {
            if !history.is_same_note(last, at) && !history.is_same_move(last, at) {
                add(at, 0, false);
            }
        }
    }

    /// Mixes copying into the network's probabilities of a head's entries. `event` holds the choices of
    /// the heads before; entries that may not be chosen have probability 0, and keep it. The
    /// probabilities sum to 1, before and after.
    ///
    /// # Panics
    /// Where there is not a probability for each entry of the vocabulary.
    pub fn mix(
        &mut self,
        head: Head,
        event: &NoteEvent,
        probabilities: &mut [f32],
        strength: Strength,
    ) -> f32 {
        if self.candidates.is_empty() || strength.0 <= 0.0 {
            return 0.0;
        }
        let number = head as usize;
        self.network[number].extend_from_slice(probabilities);
        let chosen = choices(event);
        let network = &self.network[number];
        let copies = self
            .candidates
            .iter()
            .filter_map(|candidate| Some((candidate.copy(number, &chosen, network)?, candidate)));
        let (strength, in_place) = strength.of(head);
        // Beyond all numbers it leaves nothing to the others, where there is one.
        let only_in_place = in_place.is_infinite() && copies.clone().any(|(_, it)| it.in_place);
        let copies = copies.map(|(entry, candidate)| {
            let factor = match (candidate.in_place, only_in_place) {
                (true, false) if in_place.is_finite() => in_place,
                (false, true) => 0.0,
                _ => 1.0,
            };
            (entry, factor * candidate.weights[number])
        });
        let copied: f32 = copies.clone().map(|(_, weight)| weight).sum();
        if copied <= 0.0 {
            return 0.0;
        }
        let gate = self.weights.gate(head, self.surprise(number, &chosen), self.rounds);
        let odds = if only_in_place { f32::INFINITY } else { strength * copied / gate };
        let share = if odds.is_finite() { odds / (1.0 + odds) } else { 1.0 };
        for probability in probabilities.iter_mut() {
            *probability *= 1.0 - share;
        }
        for (entry, weight) in copies {
            probabilities[entry] += share * weight / copied;
        }
        share
    }

    /// What the network gave to an entry of a head, where [`MotifMemory::mix`] has mixed copies in.
    pub fn given(&self, head: Head, entry: usize) -> f32 {
        self.network[head as usize].get(entry).copied().unwrap_or(0.0)
    }

    /// The logarithm of what the network gave to the choices of the heads before one.
    fn surprise(&self, number: usize, chosen: &[u16; Head::COUNT]) -> f32 {
        let given = self.network[..number].iter().zip(chosen);
        given
            .filter_map(|(network, &chosen)| network.get(usize::from(chosen)))
            .map(|&p| ln(p))
            .sum()
    }

    /// Fits the weights to what followed, after all heads were mixed with natural strength.
    pub fn learn(&mut self, event: &NoteEvent, fit: &mut Fit) {
        let chosen = choices(event);
        for head in Head::ALL {
            let number = head as usize;
            let (network, right) = (&self.network[number], usize::from(chosen[number]));
            if network.is_empty() {
                continue;
            }
            let surprise = self.surprise(number, &chosen);
            let gate = self.weights.gate(head, surprise, self.rounds);
            // The loss is ln(all / hit): all weights, and those of the mixture's parts that were right.
            let (mut all, mut hit) = (gate, gate * network[right]);
            let copies = self.candidates.iter().filter_map(|candidate| {
                Some((candidate.copy(number, &chosen, network)? == right, candidate))
            });
            for (is_right, candidate) in copies.clone() {
                all += candidate.weights[number];
                hit += if is_right { candidate.weights[number] } else { 0.0 };
            }
            let hit = hit.max(f32::MIN_POSITIVE);
            let mut slope = Slope::new();
            slope.add_gate(surprise, self.rounds, gate / all - gate * network[right] / hit);
            for (is_right, candidate) in copies {
                let weight = candidate.weights[number];
                let share = if is_right { weight / hit } else { 0.0 };
                slope.add(&candidate.features, weight / all - share);
            }
            fit.step(&mut self.weights, head, &slope);
        }
    }

    /// The weights as they are now.
    pub fn weights(&self) -> &MotifWeights {
        &self.weights
    }
}

fn choices(event: &NoteEvent) -> [u16; Head::COUNT] {
    Head::ALL.map(|head| event.chosen(head))
}

/// The event after `at`, weighed as what may follow `last`.
fn candidate(
    history: &NoteHistory,
    weights: &MotifWeights,
    last: usize,
    at: usize,
    length: usize,
    moved: bool,
) -> Candidate {
    let (here, there, copied) = (history.get(last), history.get(at), history.get(at + 1));
    let mut entries = choices(&copied.event).map(Some);
    if moved {
        entries[Head::Pitch as usize] = history.moved_pitch(copied);
    }
    let same_place = (here.place.within, here.place.beat) == (there.place.within, there.place.beat);
    let same_piece = here.start == there.start;
    let bars = (same_piece && same_place).then(|| here.bar.abs_diff(there.bar) as usize);
    let features = Features::new(length, same_place, moved, bars, !same_piece);
    let weights = Head::ALL.map(|head| weights.of(head, &features));
    Candidate { entries, features, weights, in_place: bars.is_some_and(|bars| bars > 0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::Meter;

    fn vocabulary() -> Vocabulary {
        Vocabulary {
            steps: vec![0, 12, 24],
            pitches: vec![60, 62, 64, 65, 67],
            durations: vec![12, 24],
            velocities: vec![80],
            meters: vec![Meter::COMMON],
            ..Vocabulary::default()
        }
    }

    fn event(step: u16, pitch: u16) -> NoteEvent {
        NoteEvent { step, pitch, duration: step.saturating_sub(1), ..NoteEvent::default() }
    }

    fn memory(events: &[NoteEvent]) -> MotifMemory {
        let mut memory = MotifMemory::new(&vocabulary(), MotifWeights::default());
        events.iter().for_each(|&event| memory.push(event, BarPosition::default()));
        memory
    }

    /// A motif in a rhythm of its own, then other notes, then the motif's beginning again.
    fn motif_begun_again() -> MotifMemory {
        let motif = [event(2, 0), event(1, 2), event(1, 4), event(2, 1)];
        let other = [event(1, 3), event(1, 3), event(2, 4)];
        let mut memory = memory(&[]);
        for (bar, events) in [&motif[..], &other, &motif[..3]].into_iter().enumerate() {
            for (beat, &event) in (0..).zip(events) {
                memory.push(
                    event,
                    BarPosition { beat, phrase: 2 * bar as u8, ..BarPosition::default() },
                );
            }
        }
        memory
    }

    fn mixed(
        memory: &mut MotifMemory,
        head: Head,
        event: &NoteEvent,
        knob: f32,
        entries: usize,
    ) -> Vec<f32> {
        let mut probabilities = vec![1.0 / entries as f32; entries];
        memory.mix(head, event, &mut probabilities, Strength::from_knob(knob));
        probabilities
    }

    #[test]
    fn a_motif_that_begins_again_is_copied_with_its_rhythm() {
        let mut memory = motif_begun_again();
        memory.look_back();
        let steps = mixed(&mut memory, Head::Step, &NoteEvent::default(), 0.5, 3);
        assert!(steps[2] > 0.6, "{steps:?}");
        let pitches = mixed(&mut memory, Head::Pitch, &event(2, 0), 0.5, 5);
        assert!(pitches[1] > 0.6, "{pitches:?}");
        let durations = mixed(&mut memory, Head::Duration, &event(2, 1), 0.5, 2);
        assert!(durations[1] > 0.8, "{durations:?}");
    }

    #[test]
    fn another_rhythm_than_the_motifs_leaves_the_pitch_to_the_network() {
        let mut memory = memory(&[event(2, 0), event(1, 2), event(2, 1), event(2, 0), event(1, 2)]);
        memory.look_back();
        mixed(&mut memory, Head::Step, &NoteEvent::default(), 0.5, 3);
        let pitches = mixed(&mut memory, Head::Pitch, &event(0, 0), 0.5, 5);
        assert_eq!(pitches, [0.2; 5]);
    }

    #[test]
    fn a_motif_is_recognised_when_it_is_moved() {
        // C D C, then from F: F G -> F.
        let notes = [(2, 0), (2, 1), (2, 0), (1, 4), (2, 3), (2, 4)];
        let mut memory = memory(&notes.map(|(step, pitch)| event(step, pitch)));
        memory.look_back();
        let pitches = mixed(&mut memory, Head::Pitch, &event(2, 0), 1.0, 5);
        assert!(pitches[3] > 0.5, "{pitches:?}");
    }

    #[test]
    fn the_knob_goes_from_the_network_alone_to_copies_alone() {
        let mut memory = motif_begun_again();
        memory.look_back();
        let shares: Vec<f32> = [0.0, 0.25, 0.5, 0.75, 1.0]
            .map(|knob| mixed(&mut memory.clone(), Head::Step, &NoteEvent::default(), knob, 3)[2])
            .to_vec();
        assert!(shares.is_sorted_by(|a, b| a < b), "{shares:?}");
        let copies = mixed(&mut memory, Head::Duration, &event(2, 1), 1.0, 2);
        assert_eq!((shares[0], copies[0]), (1.0 / 3.0, 0.0));
    }

    #[test]
    fn a_short_step_that_comes_again_leaves_the_network_a_say() {
        // A half bar of notes, each a short step after the other, at ever other places of one bar.
        let mut memory = memory(&[]);
        for within in 0..12 {
            memory.push(event(1, 0), BarPosition { within, ..BarPosition::default() });
        }
        memory.look_back();
        let steps = |knob| mixed(&mut memory.clone(), Head::Step, &NoteEvent::default(), knob, 3);
        assert_eq!(steps(1.0), steps(0.8), "no more than four to one");
        assert!(steps(1.0)[2] > 0.01, "{:?}", steps(1.0));
        let mut pitches = [0.2; 5];
        let mut copied = |knob| {
            pitches = [0.2; 5];
            memory.mix(Head::Pitch, &event(1, 0), &mut pitches, Strength::from_knob(knob))
        };
        assert!(copied(0.8) < 1.0);
        assert_eq!(copied(1.0), 1.0, "the other heads copy wherever they can");
    }

    #[test]
    fn what_led_on_from_the_place_of_an_earlier_bar_does_so_again() {
        let mut memory = motif_begun_again();
        memory.look_back();
        // Of the third bar two beats were played before: one in the first, the other in the second.
        let steps = mixed(&mut memory, Head::Step, &NoteEvent::default(), 1.0, 3);
        assert_eq!((steps[0], steps.iter().sum::<f32>()), (0.0, 1.0), "{steps:?}");
        let less = mixed(&mut memory.clone(), Head::Step, &NoteEvent::default(), 0.8, 3);
        assert!(less[0] > 0.0, "{less:?}");
    }

    #[test]
    fn probabilities_still_sum_to_1_and_masked_entries_stay_out() {
        let mut memory = motif_begun_again();
        memory.look_back();
        let mut odds = [0.5, 0.5, 0.0];
        memory.mix(Head::Step, &NoteEvent::default(), &mut odds, Strength::NATURAL);
        assert_eq!(odds[2], 0.0);
        assert!((odds.iter().sum::<f32>() - 1.0).abs() < 1e-6, "{odds:?}");
    }

    #[test]
    fn what_is_taken_back_is_forgotten() {
        let mut memory = motif_begun_again();
        let ask = |memory: &mut MotifMemory| {
            memory.look_back();
            mixed(memory, Head::Step, &NoteEvent::default(), 0.5, 3)
        };
        let before = ask(&mut memory);
        memory.push(event(1, 1), BarPosition::default());
        memory.push(event(2, 2), BarPosition::default());
        assert_ne!(ask(&mut memory), before);
        memory.pop();
        memory.pop();
        assert_eq!(ask(&mut memory), before);
        (0..memory.len()).for_each(|_| memory.pop());
        assert_eq!(ask(&mut memory), [1.0 / 3.0; 3]);
    }

    #[test]
    fn matches_end_where_a_piece_starts() {
        let mut memory = motif_begun_again();
        memory.start_piece();
        memory.look_back();
        assert_eq!(mixed(&mut memory, Head::Step, &NoteEvent::default(), 1.0, 3), [1.0 / 3.0; 3]);
        memory.push(event(2, 0), BarPosition::default());
        memory.look_back();
        let steps = mixed(&mut memory, Head::Step, &NoteEvent::default(), 0.5, 3);
        assert!(steps[1] > 1.0 / 3.0, "earlier pieces are remembered: {steps:?}");
    }

    #[test]
    fn learning_makes_what_happens_likelier() {
        let (mut memory, mut fit) = (motif_begun_again(), Fit::default());
        let follows = event(1, 0);
        let mut likelihoods = Vec::new();
        for _ in 0..20 {
            memory.look_back();
            let mut likelihood = 1.0;
            for (head, entries, chosen) in
                [(Head::Step, 3, 1), (Head::Pitch, 5, 0), (Head::Duration, 2, 0)]
            {
                likelihood *= mixed(&mut memory, head, &follows, 0.5, entries)[chosen];
            }
            likelihoods.push(likelihood);
            memory.learn(&follows, &mut fit);
        }
        assert!(likelihoods.is_sorted_by(|a, b| a < b), "{likelihoods:?}");
    }

    #[test]
    fn weights_from_a_file_are_checked() {
        let general = serde_json::to_string(&MotifWeights::default()).unwrap();
        let read: MotifWeights = serde_json::from_str(&general).unwrap();
        assert_eq!(read, MotifWeights::default());
        for damaged in ["[]", "[[1],[1],[1],[1]]", &general.replacen("-5.0", "1e30", 1)] {
            assert!(serde_json::from_str::<MotifWeights>(damaged).is_err(), "{damaged}");
        }
    }
}
