//! Reads tunes with a record, and writes down what the network saw and what it made of it, so that
//! another implementation can be held against this one: `tests/parity` does so with PyTorch.
//!
//! ```text
//! cargo run -p jukebox-model --example logits -- RECORD OUT.safetensors TUNE.mid...
//! ```
//!
//! Every choice of a tune is made three times: with nothing known to come, with all from the next
//! event on, and with all from eight events on. For tune N of T events OUT holds
//!
//! | tensor | shape | holds |
//! | --- | --- | --- |
//! | `N.forward` | (T, 9), with parts (T, 10) | embedding rows that the forward LSTM reads before each choice |
//! | `N.backward` | the same | embedding rows of each event for the backward LSTM, which reads the last first |
//! | `N.future` | (3, T) | the first event that is known to come at each choice; -1 where none is |
//! | `N.HEAD.rows` | (3, T, fields) | rows of the head's table |
//! | `N.HEAD.logits` | (3, T, choices) | the logits |

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

use jukebox_model::midi::{self, ImportOptions, PartChoice};
use jukebox_model::network::Head;
use jukebox_model::network::rows::TimeLeft;
use jukebox_model::network::step::{Direction, Network};
use jukebox_model::record::Record;
use jukebox_model::vocabulary::Encoded;
use safetensors::tensor::{Dtype, TensorView};

/// From how many events ahead on the future is known.
const AHEAD: [Option<usize>; 3] = [None, Some(1), Some(8)];

/// A tensor: type, shape, bytes.
type Tensor = (Dtype, Vec<usize>, Vec<u8>);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [record, output, tunes @ ..] = arguments.as_slice() else {
        return Err("name a record, the file to write, and tunes".into());
    };
    let record = Record::load(Path::new(record))?;
    let part: PartChoice = record.receipt().part.parse().unwrap_or_default();
    // Unrounded, as the other implementation has them.
    let network = Network::precise(record.config(), record.vocabulary(), record.weights());
    let mut tensors = BTreeMap::new();
    for (number, tune) in tunes.iter().enumerate() {
        let keep_parts = record.vocabulary().has_parts();
        let options = ImportOptions { part, keep_parts, ..ImportOptions::default() };
        let (piece, _) = midi::import(&std::fs::read(tune)?, options)?.piece.to_white_keys();
        let vocabulary = record.vocabulary();
        let piece = vocabulary.adopt(&piece);
        let (encoded, _) = vocabulary.encode(&piece);
        // Whatever the piece's own may be: every chord is read.
        let mut chords = vocabulary.chords.iter().cycle();
        let bars: Vec<_> = (0..piece.bars()).map(|_| [chords.next().copied(); 2]).collect();
        let encoded = vocabulary.harmonised(encoded, &piece, &bars);
        let encoded = vocabulary.arranged(encoded, &piece);
        for (name, tensor) in read(&network, &encoded) {
            tensors.insert(format!("{number}.{name}"), tensor);
        }
    }
    let mut views = Vec::new();
    for (name, (kind, shape, bytes)) in &tensors {
        views.push((name, TensorView::new(*kind, shape.clone(), bytes)?));
    }
    std::fs::write(output, safetensors::serialize(views, None)?)?;
    Ok(())
}

/// Reads a tune, each choice after what the tune chose before; tensors by name.
fn read(network: &Network, tune: &Encoded) -> Vec<(String, Tensor)> {
    let mut tensors = Vec::new();
    let mut add = |name: &str, kind, shape, bytes| {
        tensors.push((name.to_owned(), (kind, shape, bytes)));
    };
    let Encoded { events, places, onsets, start, .. } = tune;
    let (rows, mut scratch) = (*network.rows(), network.scratch());
    let count = events.len();

    let read =
        events.iter().zip(places).map(|(event, &at)| rows.event(*event, Some(event.step), at));
    let forward: Vec<_> = std::iter::once(rows.start(*start)).chain(read).take(count).collect();
    let following = events.iter().skip(1).map(|event| Some(event.step)).chain([None]);
    let backward: Vec<_> = events
        .iter()
        .zip(following)
        .zip(places)
        .map(|((event, step), &at)| rows.event(*event, step, at))
        .collect();
    for (name, list) in [("forward", &forward), ("backward", &backward)] {
        let bytes =
            list.iter().flat_map(|rows| rows.iter()).flat_map(|row| row.to_le_bytes()).collect();
        add(name, Dtype::I32, vec![count, forward[0].len()], bytes);
    }

    let mut state = network.initial();
    let mut futures = vec![Vec::new(); count];
    for (rows, future) in backward.iter().zip(&mut futures).rev() {
        network.read(Direction::Backward, rows, &mut state, &mut scratch);
        *future = network.future(Some(&state));
    }
    let nothing = network.future(None);

    let mut known_from = Vec::new();
    let (mut selected, mut logits) = (vec![Vec::new(); Head::COUNT], vec![Vec::new(); Head::COUNT]);
    for ahead in AHEAD {
        let mut state = network.initial();
        let (mut before, mut from) = (*start, 0);
        for (index, event) in events.iter().enumerate() {
            network.read(Direction::Forward, &forward[index], &mut state, &mut scratch);
            let known = ahead.map(|ahead| index + ahead).filter(|&known| known < count);
            known_from.extend(known.map_or(-1, |known| known as i32).to_le_bytes());
            let left = [from, onsets[index]].map(|from| {
                known.map_or(TimeLeft::NOTHING, |known| TimeLeft::new(onsets[known] - from))
            });
            network.attend(&state, known.map_or(&nothing, |known| &futures[known]), &mut scratch);
            let heads = rows.heads(*event, before, places[index], left, tune.sheet(index));
            for &head in rows.choosing() {
                let (number, fields) = (head as usize, rows.head_fields(head));
                let rows = &heads[number];
                let fields = rows[..fields].iter();
                selected[number].extend(fields.flat_map(|row| row.to_le_bytes()));
                let found = network.logits(head, rows, &mut scratch).iter();
                logits[number].extend(found.flat_map(|logit| logit.to_le_bytes()));
            }
            (before, from) = (places[index], onsets[index]);
        }
    }
    add("future", Dtype::I32, vec![AHEAD.len(), count], known_from);
    for &head in rows.choosing() {
        let number = head as usize;
        let (selected, logits) =
            (std::mem::take(&mut selected[number]), std::mem::take(&mut logits[number]));
        let shape = |columns| vec![AHEAD.len(), count, columns];
        let name = |part: &str| format!("{}.{part}", head.name());
        add(&name("rows"), Dtype::I32, shape(rows.head_fields(head)), selected);
        add(&name("logits"), Dtype::F32, shape(rows.choices(head)), logits);
    }
    tensors
}
