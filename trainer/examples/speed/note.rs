//! Composing: what the network computes for one note.

use std::time::Duration;

use anyhow::Result;
use candle_core::Device;
use jukebox_model::network::rows::TimeLeft;
use jukebox_model::network::step::{Direction, Network};
use jukebox_model::network::training::Graph;
use jukebox_model::network::{Config, Head};
use jukebox_model::vocabulary::KnownSheet;

use crate::{celtic, median};

/// Notes of a timed run.
const NOTES: usize = 500;

/// Notes a second: an event is read, and the four heads are asked.
pub fn rate(budget: Duration) -> Result<f64> {
    let data = celtic::training_data()?;
    let config = Config { hidden: 256, layers: 2, embedding: 256, head: 128 };
    let weights = Graph::new(config, &data.vocabulary, 1, &Device::Cpu)?.weights()?;
    let network = Network::new(&config, &data.vocabulary, &weights);
    let (mut scratch, mut state) = (network.scratch(), network.initial());
    let future = network.future(None);
    let pieces = data.training.iter();
    let mut notes = pieces
        .flat_map(|piece| piece.events.iter().copied().zip(piece.places.iter().copied()))
        .cycle();
    let mut sum = 0.0;
    let seconds = median(budget, || {
        for (event, place) in notes.by_ref().take(NOTES) {
            let rows = network.rows().event(event, Some(event.step), place);
            network.read(Direction::Forward, &rows, &mut state, &mut scratch);
            network.attend(&state, &future, &mut scratch);
            let rows = network.rows().heads(
                event,
                place,
                place,
                [TimeLeft::NOTHING; 2],
                KnownSheet::UNKNOWN,
            );
            for head in Head::ALL {
                sum += network.logits(head, &rows[head as usize], &mut scratch)[0];
            }
        }
        Ok(())
    })?;
    std::hint::black_box(sum);
    Ok(NOTES as f64 / seconds)
}
