//! Composing a note allocates nothing: the network's step works in memory that was made for it.
#![cfg(feature = "train")]

use candle_core::Device;
use jukebox_model::network::Config;
use jukebox_model::network::rows::TimeLeft;
use jukebox_model::network::step::{Direction, Network};
use jukebox_model::network::training::Graph;
use jukebox_model::piece::{Note, Part, Piece};
use jukebox_model::vocabulary::{KnownSheet, Vocabulary};

/// A piece of some parts, which take turns and sound together.
fn piece(parts: u8) -> Piece {
    let note = |i: u32| Note {
        onset: 12 * (i / 2),
        part: (i % 2) as u8 * (parts - 1),
        pitch: 60 + (i % 7) as u8,
        duration: 12,
        velocity: 80,
    };
    let parts = vec![Part::default(); parts.into()];
    Piece { notes: (0..50).map(note).collect(), parts, ..Piece::default() }
}

#[test]
fn reading_an_event_and_asking_the_heads_allocates_nothing() {
    for parts in [1, 3] {
        allocates_nothing(&piece(parts));
    }
}

fn allocates_nothing(piece: &Piece) {
    let config = Config { hidden: 20, layers: 2, embedding: 12, head: 10 };
    let vocabulary = Vocabulary::learn([piece]).unwrap();
    let tune = vocabulary.encode(piece).0;
    let weights = Graph::new(config, &vocabulary, 1, &Device::Cpu).unwrap().weights().unwrap();
    let network = Network::new(&config, &vocabulary, &weights);
    let (mut scratch, mut state) = (network.scratch(), network.initial());
    let future = network.future(None);
    let mut sum = 0.0;
    let mut note = |index: usize| {
        let (event, place) = (tune.events[index], tune.places[index]);
        let rows = network.rows().event(event, Some(event.step), place);
        network.read(Direction::Forward, &rows, &mut state, &mut scratch);
        network.attend(&state, &future, &mut scratch);
        let rows =
            network.rows().heads(event, place, place, [TimeLeft::NOTHING; 2], KnownSheet::UNKNOWN);
        for &head in network.rows().choosing() {
            sum += network.logits(head, &rows[head as usize], &mut scratch)[0];
        }
    };
    // The first note asks the system what the processor can do.
    note(0);
    let allocated = allocation_counter::measure(|| (1..50).for_each(&mut note));
    assert_eq!(allocated.count_total, 0);
    assert!(sum.is_finite());
}
