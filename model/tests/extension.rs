//! A record that takes in new notes predicts as it did, until it learns.
#![cfg(feature = "train")]

use candle_core::Device;
use jukebox_model::meter::{Meter, MeterMap};
use jukebox_model::network::training::{Batch, Carry, Foresight, Graph, Lane, Window};
use jukebox_model::network::{Config, Head, Weights};
use jukebox_model::piece::{Note, Part, Piece};
use jukebox_model::vocabulary::{Encoded, Vocabulary};

const CONFIG: Config = Config { hidden: 12, layers: 2, embedding: 8, head: 10 };

/// A melody over these pitches, lengths and velocities, each list in a circle of its own.
fn melody(pitches: &[u8], lengths: &[u32], velocities: &[u8], meter: Meter) -> Piece {
    let mut onset = 0;
    let note = |index: usize| {
        let duration = lengths[index % lengths.len()];
        let (pitch, velocity) =
            (pitches[index % pitches.len()], velocities[index % velocities.len()]);
        onset += duration;
        Note { onset: onset - duration, part: 0, pitch, duration, velocity }
    };
    let meters = MeterMap::from_changes([(0, meter)]);
    Piece { notes: (0..60).map(note).collect(), meters, ..Piece::default() }
}

/// Two parts in unison, both of them what one was.
fn duet(piece: Piece) -> Piece {
    let both = |note: &Note| [*note, Note { part: 1, ..*note }];
    let notes = piece.notes.iter().flat_map(both).collect();
    Piece { notes, parts: vec![Part::default(); 2], ..piece }
}

fn known(as_it_is: fn(Piece) -> Piece) -> Vocabulary {
    let piece = melody(&[60, 62, 64, 65, 72, 76], &[12, 24, 48], &[60, 80], Meter::COMMON);
    Vocabulary::learn([&as_it_is(piece)]).unwrap()
}

/// Nats of each head over a piece, with the future known from three notes on.
fn costs(weights: &Weights, vocabulary: &Vocabulary, piece: &Encoded) -> [f64; Head::COUNT] {
    let graph = Graph::from_weights(CONFIG, vocabulary, weights, &Device::Cpu).unwrap();
    let window = Window { piece, start: 0, events: piece.events.len() };
    let lane = Lane { windows: vec![window], foresight: Foresight::Events(3), knows_sheet: true };
    let batch = Batch::new(vocabulary, piece.events.len(), &[lane]);
    let loss = graph.loss(&batch, &mut Carry::new(&CONFIG, 1), None).unwrap();
    loss.choices.map(|choice| choice.nats)
}

/// Nats of telling apart what the known vocabulary rounds together, by counting.
fn telling_apart(stand_ins: &[usize], choices: &[u16]) -> f64 {
    let count = |choice: usize| 1 + choices.iter().filter(|&&it| usize::from(it) == choice).count();
    let alike = |choice: usize| -> usize {
        let same = (0..stand_ins.len()).filter(|&it| stand_ins[it] == stand_ins[choice]);
        same.map(count).sum()
    };
    let nats = |&choice: &u16| (alike(choice.into()) as f64 / count(choice.into()) as f64).ln();
    choices.iter().map(nats).sum()
}

#[test]
fn new_music_costs_what_it_did_when_it_was_rounded_and_the_telling_apart() {
    for as_it_is in [std::convert::identity, duet] {
        new_music_costs_as_much(as_it_is);
    }
}

fn new_music_costs_as_much(as_it_is: fn(Piece) -> Piece) {
    let known = known(as_it_is);
    let graph = Graph::new(CONFIG, &known, 1, &Device::Cpu).unwrap();
    let mut weights = graph.weights().unwrap();
    // Biases that are not 0, as after a training.
    for head in ["step", "pitch", "duration", "velocity"] {
        let mut tensors = weights.tensors().clone();
        let bias = tensors.get_mut(&format!("heads.{head}.output.bias")).unwrap();
        bias.data.iter_mut().enumerate().for_each(|(index, it)| *it = (index as f32).sin());
        weights = Weights::new(tensors);
    }
    let jig = Meter::new(6, 8).unwrap();
    let new = melody(&[60, 61, 64, 74, 48, 71], &[12, 8, 36, 24, 13], &[60, 70, 90], jig);
    let new = as_it_is(new);
    let extended = known.extended(&Vocabulary::learn([&new]).unwrap());
    let (rounded, (piece, moved)) = (known.encode(&new).0, extended.encode(&new));
    assert_eq!(moved.steps + moved.pitches + moved.durations, 0, "nothing is rounded any more");
    let more = weights.extended(&CONFIG, &known, &extended, std::slice::from_ref(&piece));
    more.validate(&CONFIG, &extended).unwrap();

    let stand_ins = extended.stand_ins(&known);
    let lists = [
        (Head::Step, &stand_ins.steps),
        (Head::Pitch, &stand_ins.pitches),
        (Head::Duration, &stand_ins.durations),
        (Head::Velocity, &stand_ins.velocities),
    ];
    let before = costs(&weights, &known, &rounded);
    let after = costs(&more, &extended, &piece);
    for (head, stand_ins) in lists {
        let choices: Vec<u16> = piece.events.iter().map(|it| it.chosen(head)).collect();
        let apart = telling_apart(stand_ins, &choices);
        let (expected, after) = (before[head as usize] + apart, after[head as usize]);
        assert!(apart > 1.0, "something is new to every head");
        assert!((after - expected).abs() < 1e-3, "{head:?}: {after} {expected}");
    }
}

#[test]
fn where_nothing_is_new_nothing_changes() {
    let known = known(duet);
    let weights = Graph::new(CONFIG, &known, 1, &Device::Cpu).unwrap().weights().unwrap();
    let piece = known.encode(&duet(melody(&[60, 62], &[12], &[80], Meter::COMMON))).0;
    assert_eq!(weights.extended(&CONFIG, &known, &known.extended(&known), &[piece]), weights);
}
