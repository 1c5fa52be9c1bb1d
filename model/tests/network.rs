//! The network as it is trained against the network as it composes, and the record between them.
#![cfg(feature = "train")]

use std::sync::Arc;

use candle_core::{Device, Tensor};
use jukebox_model::composer::{Composer, ComposerSettings};
use jukebox_model::meter::{Meter, MeterMap};
use jukebox_model::network::rows::TimeLeft;
use jukebox_model::network::step::{Direction, Network};
use jukebox_model::network::training::{
    Batch, Carry, Choices, Foresight, Graph, Lane, Loss, Window,
};
use jukebox_model::network::{Config, Head, Masks, Weights};
use jukebox_model::piece::{Note, Part, Piece};
use jukebox_model::record::{Precision, Problem, Receipt, Record};
use jukebox_model::take::Take;
use jukebox_model::vocabulary::{BarPosition, Encoded, Vocabulary};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

const CONFIG: Config = Config { hidden: 12, layers: 2, embedding: 8, head: 10 };

/// A piece with chords, rests and a meter change.
fn piece() -> Piece {
    let mut notes = Vec::new();
    for i in 0..40u32 {
        let onset = 12 * i + if i > 20 { 96 } else { 0 };
        let pitch = 60 + [0, 2, 4, 5, 7, 9, 11][(i * i % 7) as usize];
        notes.push(Note {
            onset,
            part: 0,
            pitch,
            duration: 12 + 12 * (i % 3),
            velocity: 60 + 20 * (i % 2) as u8,
        });
        if i % 5 == 0 {
            notes.push(Note { onset, part: 0, pitch: pitch + 12, duration: 24, velocity: 80 });
        }
    }
    let meters = MeterMap::from_changes([(0, Meter::COMMON), (192, Meter::new(6, 8).unwrap())]);
    Piece { notes, meters, ..Piece::default() }
}

/// The same as the melody of a band: with a bass, which plays some of its keys, and drums.
fn band() -> Piece {
    let part = |name: &str, drums| Part { name: name.into(), program: None, drums };
    let mut piece = piece();
    piece.parts = vec![part("melody", false), part("bass", false), part("drums", true)];
    let melody = piece.notes.clone();
    for (index, note) in melody.iter().enumerate() {
        if index % 3 == 0 {
            piece.notes.push(Note { part: 1, pitch: note.pitch - 12 * (index % 2) as u8, ..*note });
        }
        let drum = if index % 4 == 0 { 36 } else { 60 };
        piece.notes.push(Note { part: 2, pitch: drum, duration: 12, ..*note });
        if index % 6 == 0 {
            piece.notes.push(Note { part: 2, pitch: 42, duration: 12, ..*note });
        }
    }
    jukebox_model::piece::tidy(&mut piece.notes);
    piece
}

fn graph(piece: &Piece) -> (Vocabulary, Encoded, Graph) {
    let vocabulary = Vocabulary::learn([piece]).unwrap();
    let encoded = vocabulary.encode(piece).0;
    let graph = Graph::new(CONFIG, &vocabulary, 1, &Device::Cpu).unwrap();
    (vocabulary, encoded, graph)
}

fn record(piece: &Piece) -> Record {
    let (vocabulary, _, graph) = graph(piece);
    let receipt = Receipt { name: "Test".into(), ..Receipt::default() };
    Record::new(CONFIG, vocabulary, receipt, graph.weights().unwrap()).unwrap()
}

/// Costs of a piece, read in windows of so many events, with the state carried on.
fn costs(graph: &Graph, encoded: &Encoded, window: usize, foresight: Foresight) -> Choices {
    let mut carry = Carry::new(graph.config(), 1);
    let mut sum = Choices::default();
    for start in (0..encoded.events.len()).step_by(window) {
        let events = window.min(encoded.events.len() - start);
        let lane = Lane {
            windows: vec![Window { piece: encoded, start, events }],
            foresight,
            knows_chords: true,
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
        let rows =
            network.rows().heads(*event, before, places[index], left, encoded.harmony(index));
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
        knows_chords: true,
        windows: vec![Window { piece: &encoded, start: 0, events: 10 }],
        foresight: Foresight::Events(2),
    };
    let full = Lane {
        knows_chords: true,
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
fn a_record_file_holds_the_record() {
    for (piece, version) in [(piece(), 1), (band(), 2)] {
        let record = record(&piece);
        holds_the_record(&record);
        let bytes = record.to_bytes(Precision::Half);
        let version = format!("\"version\":\"{version}\"");
        assert!(String::from_utf8_lossy(&bytes).contains(&version), "{version}");
        let older = String::from_utf8_lossy(&bytes).contains("parts");
        assert_eq!(older, piece.parts.len() > 1, "older programs read what they can play");
    }
}

fn holds_the_record(record: &Record) {
    for (precision, close) in [(Precision::Single, 0.0), (Precision::Half, 1e-3)] {
        let bytes = record.to_bytes(precision);
        let read = Record::parse(&bytes, "test").unwrap();
        assert_eq!(
            (read.config(), read.vocabulary(), read.receipt()),
            (record.config(), record.vocabulary(), record.receipt())
        );
        for (name, tensor) in record.weights().tensors() {
            let found = &read.weights().tensors()[name];
            assert!(
                tensor.data.iter().zip(&found.data).all(|(a, b)| (a - b).abs() <= close),
                "{name}"
            );
        }
        assert_eq!(read.to_bytes(precision), bytes);
    }
    let single = Record::parse(&record.to_bytes(Precision::Single), "test").unwrap();
    assert_eq!(single.hash(), record.hash());
}

#[test]
fn every_truncation_of_a_record_is_an_error() {
    let bytes = record(&band()).to_bytes(Precision::Half);
    for length in (0..bytes.len()).step_by(97).chain([0, 1, 7, 8, 9, bytes.len() - 1]) {
        assert!(Record::parse(&bytes[..length], "cut").is_err(), "{length}");
    }
}

#[test]
fn every_kind_of_damage_has_its_own_error() {
    let good = record(&piece());
    let bytes = good.to_bytes(Precision::Single);
    let header = String::from_utf8(
        bytes[8..8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize].to_vec(),
    )
    .unwrap();
    let with_header = |header: String| {
        let mut changed = (header.len() as u64).to_le_bytes().to_vec();
        changed.extend_from_slice(header.as_bytes());
        changed.extend_from_slice(
            &bytes[8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize..],
        );
        Record::parse(&changed, "damaged").err().unwrap().problem
    };
    let replaced = |from: &str, to: &str| {
        assert!(header.contains(from), "{from} is not in {header}");
        with_header(header.replacen(from, to, 1))
    };
    assert!(matches!(replaced("ai-jukebox-record", "another"), Problem::Foreign));
    assert!(matches!(replaced("\"version\":\"1\"", "\"version\":\"5\""), Problem::Newer(5)));
    assert!(matches!(replaced("\\\"layers\\\":2", "\\\"layers\\\":9"), Problem::Config(_)));
    assert!(matches!(
        replaced("\\\"layers\\\":2", "\\\"layers\\\":-1"),
        Problem::Header { part: "config", .. }
    ));
    assert!(matches!(replaced("\\\"steps\\\":[0,", "\\\"steps\\\":[1,"), Problem::Vocabulary(_)));
    assert!(matches!(replaced("\\\"hidden\\\":12", "\\\"hidden\\\":13"), Problem::Weights(_)));
    assert!(matches!(replaced("future.unknown", "future.unknowm"), Problem::Weights(_)));
    assert!(matches!(with_header("{}".into()), Problem::Damaged(_)));

    let mut infinite = good.weights().tensors().clone();
    infinite.get_mut("embed.weight").unwrap().data[5] = f32::NAN;
    let refused =
        Record::new(CONFIG, good.vocabulary().clone(), Receipt::default(), Weights::new(infinite));
    assert!(matches!(refused, Err(Problem::Weights(_))));
}

#[test]
fn a_take_is_the_same_every_time_and_changes_with_its_number() {
    let record = Arc::new(record(&band()));
    let compose = |take: u32| {
        let mut composer = Composer::new(Arc::clone(&record));
        let mut song = Take::default();
        for _ in 0..12 {
            song.compose_next(
                &mut composer,
                &ComposerSettings { take, ..ComposerSettings::default() },
            );
        }
        song.notes()
    };
    assert_eq!(compose(1), compose(1));
    assert_ne!(compose(1), compose(2));
}

/// A take of some bars with settings.
fn composed(piece: &Piece, settings: ComposerSettings, bars: usize) -> Take {
    let mut composer = Composer::new(Arc::new(record(piece)));
    let mut take = Take::default();
    for _ in 0..bars {
        take.compose_next(&mut composer, &settings);
    }
    take
}

#[test]
fn density_register_and_variation_steer_a_take() {
    let plain = ComposerSettings::default();
    let notes = |settings| composed(&piece(), settings, 40).notes();
    let [few, some, many] =
        [-1.0, 0.0, 1.0].map(|density| notes(ComposerSettings { density, ..plain }).len());
    assert!(few < some && some < many, "{few} {some} {many}");
    let pitches: Vec<u8> = notes(plain).iter().map(|note| note.pitch).collect();
    let (low, high) = (pitches.iter().min().unwrap() + 1, pitches.iter().max().unwrap() - 1);
    let within = notes(ComposerSettings { register: (low, high), ..plain });
    assert!(within.iter().all(|note| (low..=high).contains(&note.pitch)));
    assert_ne!(notes(ComposerSettings { variation: 1, ..plain }), notes(plain));
}

#[test]
fn bars_tell_which_notes_the_motif_memory_has_brought_back() {
    let copied = |motif: f32| {
        let settings = ComposerSettings { motif, ..ComposerSettings::default() };
        let take = composed(&band(), settings, 40);
        assert!(take.bars().iter().all(|bar| bar.copied.len() == bar.notes.len()));
        take.bars().iter().flat_map(|bar| bar.copied.clone()).filter(|copied| *copied).count()
    };
    assert_eq!(copied(0.0), 0);
    assert!(copied(0.9) > copied(0.1));
}

#[test]
fn composed_bars_hold_sorted_notes_of_the_vocabulary_inside_the_bar() {
    for piece in [piece(), band()] {
        composes_sorted_notes(&piece);
    }
}

fn composes_sorted_notes(piece: &Piece) {
    let record = Arc::new(record(piece));
    let mut composer = Composer::new(Arc::clone(&record));
    let meters = MeterMap::from_changes([
        (0, Meter::COMMON),
        (4 * 96, Meter::new(7, 8).unwrap()),
        (4 * 96 + 100, Meter::new(6, 8).unwrap()),
    ]);
    let mut take = Take::new(meters);
    for _ in 0..20 {
        take.compose_next(
            &mut composer,
            &ComposerSettings {
                take: 3,
                temperature: 1.5,
                top_p: 1.0,
                ..ComposerSettings::default()
            },
        );
    }
    for bar in take.bars() {
        for note in &bar.notes {
            assert!((bar.slot.start..bar.end).contains(&note.onset));
            let vocabulary = record.vocabulary();
            let keys = vocabulary.part_keys.get(usize::from(note.part));
            assert!(keys.unwrap_or(&vocabulary.pitches).contains(&note.pitch));
        }
        // Ascending parts inside an onset, and pitches inside a part: sorted, and none twice.
        let place = |note: &Note| (note.onset, note.part, note.pitch);
        assert!(bar.notes.is_sorted_by(|a, b| place(a) < place(b)));
    }
    assert!(take.notes().len() > 20);
    for part in 0..piece.parts.len() as u8 {
        assert!(take.notes().iter().any(|note| note.part == part), "part {part} plays");
    }
}

#[test]
fn the_register_holds_for_pitched_parts_and_leaves_drums_alone() {
    let settings = ComposerSettings { register: (58, 66), ..ComposerSettings::default() };
    let take = composed(&band(), settings, 40);
    let (drums, pitched): (Vec<Note>, Vec<Note>) =
        take.notes().into_iter().partition(|note| note.part == 2);
    assert!(pitched.iter().all(|note| (58..=66).contains(&note.pitch)));
    assert!(drums.iter().any(|note| note.pitch == 36));
}

#[test]
fn motifs_come_back_in_their_parts() {
    let settings = ComposerSettings { motif: 1.0, ..ComposerSettings::default() };
    let take = composed(&band(), settings, 40);
    let copied = take.bars().iter().flat_map(|bar| bar.notes.iter().zip(&bar.copied));
    let copied: Vec<u8> = copied.filter(|(_, it)| **it).map(|(note, _)| note.part).collect();
    assert!((0..3).all(|part| copied.contains(&part)));
}

#[test]
fn a_restored_take_goes_on_as_the_original_does() {
    let record = Arc::new(record(&band()));
    let mut composer = Composer::new(Arc::clone(&record));
    let settings = ComposerSettings::default();
    let mut original = Take::default();
    for _ in 0..6 {
        original.compose_next(&mut composer, &settings);
    }
    let saved: Vec<_> =
        original.bars()[..4].iter().map(|bar| (bar.settings, bar.notes.clone())).collect();
    let mut restored = Take::restore(original.meters().clone(), saved);
    restored.compose_next(&mut composer, &settings);
    restored.compose_next(&mut composer, &settings);
    assert_eq!(restored.notes(), original.notes());
}

#[test]
fn a_known_future_changes_what_is_composed_before_it() {
    let mut composer = Composer::new(Arc::new(record(&band())));
    let (meters, bar) = (MeterMap::default(), MeterMap::default().bar(0));
    let piece = band();
    let coming: Vec<Note> =
        piece.notes.iter().map(|note| Note { onset: note.onset + 96, ..*note }).collect();
    let future = composer.foresee(&meters, &coming).unwrap();
    assert!(composer.foresee(&meters, &[]).is_none());
    let past = composer.begin(bar);
    let composed = |composer: &mut Composer, future| {
        let settings = |take| ComposerSettings {
            take,
            temperature: 1.0,
            top_p: 1.0,
            ..ComposerSettings::default()
        };
        (1..20)
            .map(|take| composer.compose(&past, bar, 96, &settings(take), future).notes)
            .collect::<Vec<_>>()
    };
    assert_ne!(composed(&mut composer, None), composed(&mut composer, Some(&future)));
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
        Lane { windows: vec![window(20)], foresight: Foresight::Events(3), knows_chords: true },
        Lane { windows: vec![window(24)], foresight: Foresight::Hidden, knows_chords: true },
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
            Lane { windows: vec![window(9, 17)], foresight, knows_chords: true },
            Lane {
                windows: vec![window(30, 10), window(0, 9)],
                foresight: Foresight::Hidden,
                knows_chords: true,
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
