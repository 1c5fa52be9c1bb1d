//! The network as it is trained against the network as it composes.
#![cfg(feature = "train")]

mod common;

use candle_core::{Device, Tensor};
use common::{CONFIG, band, graph, piece};
use jukebox_model::network::rows::TimeLeft;
use jukebox_model::network::step::{Direction, Network};
use jukebox_model::network::training::{
    Batch, Carry, Choices, Foresight, Graph, Lane, Loss, Window,
};
use jukebox_model::network::{Config, Head, Masks, Weights};
use jukebox_model::piece::Piece;
use jukebox_model::vocabulary::{BarPosition, Encoded, Vocabulary};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// Costs of a piece, read in windows of so many events, with the state carried on.
fn costs(graph: &Graph, encoded: &Encoded, window: usize, foresight: Foresight) -> Choices {
    let mut carry = Carry::new(graph.config(), 1);
    let mut sum = Choices::default();
    for start in (0..encoded.events.len()).step_by(window) {
        let events = window.min(encoded.events.len() - start);
        let lane = Lane {
            windows: vec![Window { piece: encoded, start, events }],
            foresight,
            knows_sheet: true,
        };
        let batch = Batch::new(graph.vocabulary(), window, &[lane]);
        let loss = graph.loss(&batch, &mut carry, None).unwrap();
        for (sum, choice) in sum.iter_mut().zip(loss.choices) {
            sum.nats += choice.nats;
        }
    }
    sum
}

/// The same costs, computed one event at a time; `ahead` events ahead the future is known.
fn step_by_step(
    vocabulary: &Vocabulary,
    weights: &Weights,
    encoded: &Encoded,
    ahead: Option<usize>,
    prepare: fn(&Config, &Vocabulary, &Weights) -> Network,
) -> [f64; Head::COUNT] {
    let network = prepare(&CONFIG, vocabulary, weights);
    let mut scratch = network.scratch();
    let Encoded { events, places, onsets, start, .. } = encoded;

    // The backward states, from the last event to the first.
    let mut backward = Vec::new();
    let mut state = network.initial();
    for index in (0..events.len()).rev() {
        let step = events.get(index + 1).map(|event| event.step);
        let rows = network.rows().event(events[index], step, places[index]);
        network.read(Direction::Backward, &rows, &mut state, &mut scratch);
        backward.insert(0, state.clone());
    }

    let mut state = network.initial();
    network.read(Direction::Forward, &network.rows().start(*start), &mut state, &mut scratch);
    let mut costs = [0.0; Head::COUNT];
    let masks = Masks::new(vocabulary);
    let (mut before, mut from): (BarPosition, u32) = (*start, 0);
    for (index, event) in events.iter().enumerate() {
        let known = ahead.map(|ahead| index + ahead).filter(|&known| known < events.len());
        let left = [from, onsets[index]].map(|from| {
            known.map_or(TimeLeft::NOTHING, |known| TimeLeft::new(onsets[known] - from))
        });
        let future = network.future(known.map(|known| &backward[known]));
        network.attend(&state, &future, &mut scratch);
        let rows = network.rows().heads(*event, before, places[index], left, encoded.sheet(index));
        let previous = index.checked_sub(1).map(|previous| &events[previous]);
        for &head in network.rows().choosing() {
            let logits = network.logits(head, &rows[head as usize], &mut scratch);
            let (lowest, chosen) = (masks.lowest(head, event, previous), event.chosen(head));
            let allowed = masks.allowed(head, event);
            let may = |entry: usize| entry >= lowest && allowed.is_none_or(|it| it[entry]);
            let odds = logits.iter().enumerate().filter(|(entry, _)| may(*entry));
            let sum: f64 = odds.map(|(_, &logit)| f64::from(logit).exp()).sum();
            costs[head as usize] += sum.ln() - f64::from(logits[usize::from(chosen)]);
        }
        let rows = network.rows().event(*event, Some(event.step), places[index]);
        network.read(Direction::Forward, &rows, &mut state, &mut scratch);
        (before, from) = (places[index], onsets[index]);
    }
    costs
}

#[test]
fn composing_steps_give_the_probabilities_that_were_trained() {
    for piece in [piece(), band()] {
        composing_steps_are_as_trained(&piece);
    }
}

fn composing_steps_are_as_trained(piece: &Piece) {
    let (vocabulary, encoded, graph) = graph(piece);
    let weights = graph.weights().unwrap();
    let all = encoded.events.len();
    for ahead in [None, Some(1), Some(7)] {
        let foresight = ahead.map_or(Foresight::Hidden, Foresight::Events);
        let trained = costs(&graph, &encoded, all, foresight);
        // In half precision, what a note costs changes by a ten-thousandth at most.
        for (prepare, close) in [
            (Network::precise as fn(&_, &_, &_) -> _, 1e-3),
            (Network::new, 1e-4 * encoded.events.len() as f64),
        ] {
            let composed = step_by_step(&vocabulary, &weights, &encoded, ahead, prepare);
            for (trained, composed) in trained.iter().zip(composed) {
                let trained = trained.nats;
                assert!((trained - composed).abs() < close, "{ahead:?}: {trained} {composed}");
            }
        }
    }
}

#[test]
fn windows_carry_the_state_on() {
    let (_, encoded, graph) = graph(&piece());
    let whole = costs(&graph, &encoded, encoded.events.len(), Foresight::Hidden);
    let parts = costs(&graph, &encoded, 9, Foresight::Hidden);
    for (whole, parts) in whole.iter().zip(parts) {
        assert!((whole.nats - parts.nats).abs() < 1e-3);
    }
}

#[test]
fn padding_and_other_lanes_change_nothing() {
    let (vocabulary, encoded, graph) = graph(&band());
    let all = encoded.events.len();
    let short = Lane {
        knows_sheet: true,
        windows: vec![Window { piece: &encoded, start: 0, events: 10 }],
        foresight: Foresight::Events(2),
    };
    let full = Lane {
        knows_sheet: true,
        windows: vec![Window { piece: &encoded, start: 0, events: all }],
        foresight: Foresight::Hidden,
    };
    let cost = |steps: usize, lanes: &[Lane<'_>]| {
        let batch = Batch::new(&vocabulary, steps, lanes);
        let choices =
            graph.loss(&batch, &mut Carry::new(&CONFIG, lanes.len()), None).unwrap().choices;
        choices.iter().map(|choice| choice.nats).sum::<f64>()
    };
    let together = cost(all + 5, &[short.clone(), full.clone()]);
    let apart = cost(10, &[short]) + cost(all, &[full]);
    assert!((together - apart).abs() < 1e-3, "{together} {apart}");
}

#[test]
fn gradients_of_the_loss_equal_finite_differences() {
    for piece in [piece(), band()] {
        gradients_are_right(&piece);
    }
}

fn gradients_are_right(piece: &Piece) {
    let (vocabulary, encoded, graph) = graph(piece);
    let window = |events| Window { piece: &encoded, start: 0, events };
    let lanes = [
        Lane { windows: vec![window(20)], foresight: Foresight::Events(3), knows_sheet: true },
        Lane { windows: vec![window(24)], foresight: Foresight::Hidden, knows_sheet: true },
    ];
    let batch = Batch::new(&vocabulary, 24, &lanes);
    // A share of 0 silences nothing, and gives gradients.
    let loss = || {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        graph.loss(&batch, &mut Carry::new(&CONFIG, 2), Some((0.0, &mut random))).unwrap()
    };
    let total = |loss: &Loss| {
        loss.choices.iter().map(|choice| choice.nats).sum::<f64>() / loss.notes as f64
    };
    let gradients = loss().objective.backward().unwrap();
    for (name, variable) in graph.variables() {
        let values = variable.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let gradient =
            gradients.get(variable).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let set = |values: Vec<f32>| {
            variable
                .set(&Tensor::from_vec(values, variable.shape(), &Device::Cpu).unwrap())
                .unwrap();
        };
        // The places with the largest gradients, and some others.
        let mut places: Vec<usize> = (0..values.len()).collect();
        places.sort_by(|&a, &b| gradient[b].abs().total_cmp(&gradient[a].abs()));
        for &place in places[..20].iter().chain(places.iter().step_by(places.len() / 20)) {
            let moved = |by: f32| {
                let mut moved = values.clone();
                moved[place] += by;
                set(moved);
                total(&loss())
            };
            let slope = (moved(2e-3) - moved(-2e-3)) / 4e-3;
            assert!(
                (slope - f64::from(gradient[place])).abs() < 1e-3,
                "{name} {place}: {slope} {}",
                gradient[place]
            );
        }
        set(values);
    }
}

#[test]
fn candles_own_operations_give_the_same_loss_and_gradients() {
    for piece in [piece(), band()] {
        candles_own_operations_agree(&piece);
    }
}

fn candles_own_operations_agree(piece: &Piece) {
    let (vocabulary, encoded, graph) = graph(piece);
    let portable =
        Graph::from_weights(CONFIG, &vocabulary, &graph.weights().unwrap(), &Device::Cpu).unwrap();
    let portable = portable.portable();
    let window = |start, events| Window { piece: &encoded, start, events };
    // A piece that goes on, one that ends and starts again, and padding.
    for foresight in [Foresight::Hidden, Foresight::Events(3)] {
        let lanes = [
            Lane { windows: vec![window(9, 17)], foresight, knows_sheet: true },
            Lane {
                windows: vec![window(30, 10), window(0, 9)],
                foresight: Foresight::Hidden,
                knows_sheet: true,
            },
        ];
        let batch = Batch::new(&vocabulary, 19, &lanes);
        let run = |graph: &Graph| {
            let mut carry = Carry::new(&CONFIG, 2);
            for layer in &mut carry.layers {
                layer.hidden.iter_mut().chain(&mut layer.cell).for_each(|state| *state = 0.3);
            }
            let mut random = ChaCha8Rng::seed_from_u64(5);
            let loss = graph.loss(&batch, &mut carry, Some((0.25, &mut random))).unwrap();
            let store = loss.objective.backward().unwrap();
            let gradients: Vec<Vec<f32>> = graph
                .variables()
                .map(|(_, variable)| {
                    store.get(variable).unwrap().flatten_all().unwrap().to_vec1().unwrap()
                })
                .collect();
            (loss.choices, carry, gradients)
        };
        let ((choices, carry, gradients), (expected, end, wanted)) = (run(&portable), run(&graph));
        for (found, expected) in choices.iter().zip(expected) {
            assert!((found.nats - expected.nats).abs() < 1e-4, "{foresight:?}: {found:?}");
            assert_eq!(found.hits, expected.hits);
        }
        for (found, expected) in carry.layers.iter().zip(end.layers) {
            let states = found.hidden.iter().zip(&expected.hidden);
            for (found, expected) in states.chain(found.cell.iter().zip(&expected.cell)) {
                assert!((found - expected).abs() < 1e-5);
            }
        }
        for ((name, _), (found, wanted)) in graph.variables().zip(gradients.iter().zip(&wanted)) {
            let scale = wanted.iter().fold(0.0f32, |most, it| most.max(it.abs()));
            for (found, wanted) in found.iter().zip(wanted) {
                assert!((found - wanted).abs() < 1e-4 * scale, "{name}: {found} {wanted}");
            }
        }
    }
}
