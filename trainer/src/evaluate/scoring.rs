//! How well a network predicts pieces: the probability of every choice before it is made.
//!
//! It runs as the composer does, one event at a time, and gives what training's teacher-forced
//! batches give. A piece is read twice: backwards for what each event's future looks like, then
//! forwards, choice by choice.

use std::sync::Arc;

use jukebox_model::network::rows::{HeadRows, TimeLeft};
use jukebox_model::network::step::{Direction, Network, Scratch, State};
use jukebox_model::network::{Allowed, Head, Masks};
use jukebox_model::record::Record;
use jukebox_model::vocabulary::{Encoded, NoteEvent, Vocabulary};

use super::future::{ALL, first_known};
use super::tally::Tally;

/// Probabilities of every entry of every head at every event of a piece, no future known. What the
/// masks forbid is 0, and each head's add up to 1.
#[derive(Clone, Debug, Default)]
pub struct Predictions {
    /// Where each head's entries end in an event's row.
    ends: [usize; Head::COUNT],
    rows: Vec<f32>,
}

impl Predictions {
    /// The probabilities of a head at an event; none of one that does not choose.
    pub fn of(&self, event: usize, head: Head) -> &[f32] {
        let all = self.ends[Head::COUNT - 1];
        let row = &self.rows[event * all..][..all];
        let start = (head as usize).checked_sub(1).map_or(0, |before| self.ends[before]);
        &row[start..self.ends[head as usize]]
    }
}

/// How well a piece was predicted.
#[derive(Clone, Debug, Default)]
pub struct PieceScores {
    /// What its choices cost with no future known.
    pub tally: Tally,
    /// Nats with a future known, in the order of [`ALL`]; 0 where it was not asked for.
    pub future: [f64; ALL.len()],
    /// The probabilities of all choices.
    pub predictions: Predictions,
}

/// Scores pieces with a record's network.
pub struct Scorer<'r> {
    pub(super) vocabulary: &'r Vocabulary,
    pub(super) network: Arc<Network>,
    masks: Masks,
    /// What the heads read where nothing is known to come.
    pub(super) nothing: Vec<f32>,
    /// Whether it is measured what a known future is worth.
    foresees: bool,
}

impl<'r> Scorer<'r> {
    /// A scorer for a record, which also measures what a known future is worth if it `foresees`.
    pub fn new(record: &'r Record, foresees: bool) -> Self {
        let network = record.network();
        let nothing = network.future(None);
        let (vocabulary, masks) = (record.vocabulary(), Masks::new(record.vocabulary()));
        Self { vocabulary, nothing, network, masks, foresees }
    }

    /// Scores a piece.
    pub fn score(&self, piece: &Encoded) -> PieceScores {
        let Encoded { events, places, onsets, start, .. } = piece;
        let network = &*self.network;
        let (rows, mut scratch) = (*network.rows(), network.scratch());
        let (mut futures, mut known) = (Vec::new(), Vec::new());
        if self.foresees {
            futures = self.futures(piece, &mut scratch);
            known.extend(ALL.map(|known| first_known(known, piece, self.vocabulary)));
        }
        let mut scores = PieceScores::default();
        let mut end = 0;
        scores.predictions.ends = Head::ALL.map(|head| {
            end += rows.choices(head);
            end
        });
        scores.predictions.rows.reserve_exact(events.len() * end);

        let mut state = network.initial();
        network.read(Direction::Forward, &rows.start(*start), &mut state, &mut scratch);
        let (mut before, mut from, mut previous) = (*start, 0, None);
        for (index, event) in events.iter().enumerate() {
            let (place, onset) = (places[index], onsets[index]);
            let heads = |known: Option<usize>| {
                let left = [from, onset].map(|from| {
                    known.map_or(TimeLeft::NOTHING, |known| TimeLeft::new(onsets[known] - from))
                });
                rows.heads(*event, before, place, left, piece.sheet(index))
            };
            network.attend(&state, &self.nothing, &mut scratch);
            let plain = self.choices(event, previous, &heads(None), &mut scratch, &mut scores);
            for (known, sum) in known.iter().zip(&mut scores.future) {
                *sum += match known[index] {
                    Some(known) => {
                        network.attend(&state, &futures[known], &mut scratch);
                        self.nats(event, previous, &heads(Some(known)), &mut scratch)
                    }
                    None => plain,
                };
            }
            network.read(
                Direction::Forward,
                &rows.event(*event, Some(event.step), place),
                &mut state,
                &mut scratch,
            );
            (before, from, previous) = (place, onset, Some(event));
        }
        scores
    }

    /// What the heads read of the future that starts at each event.
    fn futures(&self, piece: &Encoded, scratch: &mut Scratch) -> Vec<Vec<f32>> {
        let network = &*self.network;
        let mut state: State = network.initial();
        let mut following = None;
        let mut futures: Vec<Vec<f32>> = piece
            .events
            .iter()
            .zip(&piece.places)
            .rev()
            .map(|(event, place)| {
                let rows = network.rows().event(*event, following, *place);
                network.read(Direction::Backward, &rows, &mut state, scratch);
                following = Some(event.step);
                network.future(Some(&state))
            })
            .collect();
        futures.reverse();
        futures
    }

    /// Counts an event's choices, keeps their probabilities, and gives their nats.
    fn choices(
        &self,
        event: &NoteEvent,
        previous: Option<&NoteEvent>,
        rows: &[HeadRows; Head::COUNT],
        scratch: &mut Scratch,
        scores: &mut PieceScores,
    ) -> f64 {
        let PieceScores { tally, predictions, .. } = scores;
        let before = tally.total();
        for &head in self.network.rows().choosing() {
            let logits = self.network.logits(head, &rows[head as usize], scratch);
            let allowed = self.masks.choice(head, event, previous);
            let start = predictions.rows.len();
            predictions.rows.resize(start + logits.len(), 0.0);
            let row = &mut predictions.rows[start..];
            softmax(logits, row, allowed);
            tally.count(head, row, usize::from(event.chosen(head)));
        }
        tally.total() - before
    }

    /// The probabilities of a head's entries at an event.
    pub(super) fn probabilities(
        &self,
        head: Head,
        event: &NoteEvent,
        previous: Option<&NoteEvent>,
        rows: &HeadRows,
        scratch: &mut Scratch,
        probabilities: &mut Vec<f32>,
    ) {
        let logits = self.network.logits(head, rows, scratch);
        probabilities.clear();
        probabilities.resize(logits.len(), 0.0);
        softmax(logits, probabilities, self.masks.choice(head, event, previous));
    }

    /// Nats of an event's choices.
    fn nats(
        &self,
        event: &NoteEvent,
        previous: Option<&NoteEvent>,
        rows: &[HeadRows; Head::COUNT],
        scratch: &mut Scratch,
    ) -> f64 {
        let cost = |&head: &Head| {
            let logits = self.network.logits(head, &rows[head as usize], scratch);
            let allowed = self.masks.choice(head, event, previous);
            let chosen = logits[usize::from(event.chosen(head))];
            let odds = logits.iter().enumerate().filter(|(entry, _)| allowed.has(*entry));
            let sum: f64 = odds.map(|(_, &it)| f64::from(it - chosen).exp()).sum();
            sum.ln()
        };
        self.network.rows().choosing().iter().map(cost).sum()
    }
}

/// Probabilities of the logits that are allowed; the others stay as they are.
fn softmax(logits: &[f32], probabilities: &mut [f32], allowed: Allowed<'_>) {
    let odds = || logits.iter().enumerate().filter(|(entry, _)| allowed.has(*entry));
    let best = odds().map(|(_, &logit)| logit).fold(f32::NEG_INFINITY, f32::max);
    let weights = || odds().map(|(entry, &logit)| (entry, f64::from(logit - best).exp()));
    let sum: f64 = weights().map(|(_, weight)| weight).sum();
    for (entry, weight) in weights() {
        probabilities[entry] = (weight / sum) as f32;
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;
    use jukebox_model::meter::{Meter, MeterMap};
    use jukebox_model::network::Config;
    use jukebox_model::network::training::{Batch, Carry, Foresight, Graph, Lane, Window};
    use jukebox_model::piece::{Note, Piece};
    use jukebox_model::record::Receipt;

    use super::*;
    use crate::evaluate::future::Known;

    const CONFIG: Config = Config { hidden: 12, layers: 2, embedding: 8, head: 10 };

    /// A piece with chords, some of them up to the highest pitch, and a change of meter.
    fn piece() -> Piece {
        let mut notes = Vec::new();
        for i in 0..60u32 {
            let pitch = 60 + [0, 2, 4, 5, 7, 9, 11][(i * i % 7) as usize];
            let velocity = 60 + 20 * (i % 2) as u8;
            notes.push(Note {
                onset: 12 * i,
                part: 0,
                pitch,
                duration: 12 + 12 * (i % 3),
                velocity,
            });
            if i % 5 == 0 {
                notes.push(Note { onset: 12 * i, part: 0, pitch: 72, duration: 24, velocity: 80 });
            }
        }
        let meters = MeterMap::from_changes([(192, Meter::new(6, 8).unwrap())]);
        Piece { notes, meters, ..Piece::default() }
    }

    fn example() -> (Encoded, Graph, Record) {
        let piece = piece();
        let vocabulary = Vocabulary::learn([&piece]).unwrap();
        let encoded = vocabulary.encode(&piece).0;
        let graph = Graph::new(CONFIG, &vocabulary, 1, &Device::Cpu).unwrap();
        let weights = graph.weights().unwrap();
        let record = Record::new(CONFIG, vocabulary, Receipt::default(), weights).unwrap();
        (encoded, graph, record)
    }

    #[test]
    fn a_piece_costs_what_training_says() {
        let (encoded, graph, record) = example();
        let scores = Scorer::new(&record, true).score(&encoded);
        let events = encoded.events.len();
        let trained = |foresight| {
            let windows = vec![Window { piece: &encoded, start: 0, events }];
            let batch = Batch::new(
                graph.vocabulary(),
                events,
                &[Lane { windows, foresight, knows_sheet: true }],
            );
            graph.loss(&batch, &mut Carry::new(&CONFIG, 1), None).unwrap().choices
        };
        let hidden = trained(Foresight::Hidden);
        for head in Head::ALL {
            let (found, expected) = (&scores.tally, &hidden[head as usize]);
            assert!((found.nats[head as usize] - expected.nats).abs() < 1e-3, "{head:?}");
            assert_eq!(found.hits[head as usize] as f64, expected.hits, "{head:?}");
        }
        for (known, found) in ALL.iter().zip(scores.future) {
            if let Known::Ahead(ahead) = *known {
                let choices = trained(Foresight::Events(ahead));
                let expected: f64 = choices.iter().map(|it| it.nats).sum();
                assert!((found - expected).abs() < 1e-3, "{ahead}: {found} is not {expected}");
            }
        }
    }

    #[test]
    fn probabilities_add_up_to_one_and_what_is_forbidden_has_none() {
        let (encoded, _, record) = example();
        let masks = Masks::new(record.vocabulary());
        let predictions = Scorer::new(&record, false).score(&encoded).predictions;
        let mut masked = [0; Head::COUNT];
        for (index, event) in encoded.events.iter().enumerate() {
            let previous = index.checked_sub(1).map(|previous| &encoded.events[previous]);
            for &head in Head::choosing(false) {
                let row = predictions.of(index, head);
                let lowest = masks.lowest(head, event, previous);
                masked[head as usize] += lowest;
                assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-5);
                assert!(row[..lowest].iter().all(|&it| it == 0.0));
                assert!(row[lowest..].iter().all(|&it| it > 0.0));
            }
        }
        assert!(masked[0] > 0 && masked[2] > 0, "both masks are at work: {masked:?}");
    }
}
