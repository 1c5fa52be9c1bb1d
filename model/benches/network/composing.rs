//! The composing step.

use candle_core::Device;
use divan::Bencher;
use divan::counter::ItemsCount;
use jukebox_model::network::rows::TimeLeft;
use jukebox_model::network::step::{Direction, Network};
use jukebox_model::network::training::Graph;
use jukebox_model::network::{Config, Head};
use jukebox_model::vocabulary::KnownSheet;

use crate::music::TUNES_AS_EVENTS;

/// Everything that the network computes for one note: an event is read, and four heads are asked.
#[divan::bench(args = [(256, 1), (256, 2), (512, 1), (128, 1)])]
fn a_note(bencher: Bencher<'_, '_>, (hidden, layers): (usize, usize)) {
    let (vocabulary, tunes) = &*TUNES_AS_EVENTS;
    let config = Config { hidden, layers, embedding: hidden, head: hidden / 2 };
    let weights = Graph::new(config, vocabulary, 1, &Device::Cpu).unwrap().weights().unwrap();
    let network = Network::new(&config, vocabulary, &weights);
    let (mut scratch, mut state) = (network.scratch(), network.initial());
    let future = network.future(None);
    let tune = &tunes[0];
    let mut index = 0;
    bencher.counter(ItemsCount::new(1usize)).bench_local(|| {
        let (event, place) = (tune.events[index], tune.places[index]);
        let rows = network.rows().event(event, Some(event.step), place);
        network.read(Direction::Forward, &rows, &mut state, &mut scratch);
        network.attend(&state, &future, &mut scratch);
        let rows =
            network.rows().heads(event, place, place, [TimeLeft::NOTHING; 2], KnownSheet::UNKNOWN);
        index = (index + 1) % tune.events.len();
        let logit = |&head| network.logits(head, &rows[head as usize], &mut scratch)[0];
        Head::choosing(false).iter().map(logit).sum::<f32>()
    });
}
