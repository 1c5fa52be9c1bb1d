//! What a step of training spends its time on. Each part is done by itself, at the sizes that it has
//! in the step.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use candle_core::{Device, Var};
use candle_nn::Optimizer;
use jukebox_model::network::Config;
use jukebox_model::network::rows::{EVENT_FIELDS, Rows};
use jukebox_model::network::training::ops::sum_rows;
use jukebox_model::network::training::{Batch, Carry, Foresight, Graph, Lane, Window};
use jukebox_trainer::dataset::random::{RandomPurpose, generator};
use jukebox_trainer::dataset::training_data::TrainingData;
use jukebox_trainer::train::adam::{Adam, Config as AdamConfig};

use crate::{celtic, layer, middle, step};

/// The sizes that others are compared at, and those that the rules choose for Celtic.
const SIZES: [step::Sizes; 2] = [
    step::Sizes { units: 256, lanes: 64, steps: 128 },
    step::Sizes { units: 192, lanes: 16, steps: 64 },
];

/// Prints a table in Markdown: milliseconds of a step, and shares of it.
pub fn print(budget: Duration) -> Result<()> {
    let data = celtic::training_data()?;
    println!(
        "| units | lanes x notes | future | step, ms | LSTM | embedding | heads, loss, dropout | data | clipping, Adam | copies |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for sizes in SIZES {
        for foresees in [false, true] {
            let [whole, lstm, embedding, loss, data, adam] =
                measure(sizes, foresees, &data, budget)?;
            let known = if foresees { "known" } else { "hidden" };
            let step::Sizes { units, lanes, steps } = sizes;
            print!("| {units} | {lanes} x {steps} | {known} | {:.1} |", 1e3 * whole);
            let (heads, copies) = (loss - lstm - embedding, whole - loss - data - adam);
            for part in [lstm, embedding, heads, data, adam, copies] {
                print!(" {:.1} % |", 100.0 * part / whole);
            }
            println!();
        }
    }
    Ok(())
}

/// Seconds of a step and of its parts: the fused LSTM forward and back; sums of embedding rows, and
/// their gradients; everything that the graph does, these two among it; the indices of the batch; the
/// gradients' norm and the optimizer.
///
/// They are done in turn, so that what else the machine does strikes them all.
fn measure(
    sizes: step::Sizes,
    foresees: bool,
    data: &TrainingData,
    budget: Duration,
) -> Result<[f64; 6]> {
    let step::Sizes { units, lanes, steps } = sizes;
    let directions = if foresees { 2 } else { 1 };
    let vocabulary = &data.vocabulary;
    let foresight = if foresees { Foresight::Events(4) } else { Foresight::Hidden };
    let long = data.training.iter().filter(|piece| piece.events.len() >= steps).cycle();
    let window = |piece| vec![Window { piece, start: 0, events: steps }];
    let lane = |piece| Lane { windows: window(piece), foresight, knows_sheet: true };
    let content: Vec<Lane<'_>> = long.take(lanes).map(lane).collect();
    let batch = Batch::new(vocabulary, steps, &content);

    let config = Config { hidden: units, layers: 1, embedding: units, head: units / 2 };
    let graph = Graph::new(config, vocabulary, 1, &Device::Cpu)?;
    let (mut carry, mut noise) = (Carry::new(&config, lanes), generator(1, RandomPurpose::Split));

    let rows = Rows::new(vocabulary).embedding();
    let table = Var::randn(0.0f32, 0.1, (rows, units), &Device::Cpu)?;
    let count = directions * steps * lanes * EVENT_FIELDS;
    let selected: Arc<Vec<u32>> = Arc::new((0..count).map(|i| (i * 7919 % rows) as u32).collect());

    let learnt: Vec<Var> = graph.variables().map(|(_, variable)| variable.clone()).collect();
    let mut optimizer = Adam::new(learnt, AdamConfig::new(1e-3, 1.0, 0.03))?;
    let mut noisy = |carry: &mut Carry| graph.loss(&batch, carry, Some((0.2, &mut noise)));
    let gradients = noisy(&mut carry)?.objective.backward()?;

    let mut bench = step::StepBench::new(sizes, foresees, data)?;
    let mut lstm = layer::work(layer::Sizes { units, lanes, steps, directions })?;
    let mut parts: [Box<dyn FnMut() -> Result<()> + '_>; 6] = [
        Box::new(|| bench.step()),
        Box::new(&mut lstm),
        Box::new(|| {
            let sums = sum_rows(&table, Arc::clone(&selected), EVENT_FIELDS, EVENT_FIELDS, 1)?;
            sums.sum_all()?.backward()?;
            Ok(())
        }),
        Box::new(|| {
            noisy(&mut carry)?.objective.backward()?;
            Ok(())
        }),
        Box::new(|| {
            std::hint::black_box(Batch::new(vocabulary, steps, &content));
            Ok(())
        }),
        Box::new(|| Ok(optimizer.step(&gradients)?)),
    ];
    let mut times: [Vec<f64>; 6] = Default::default();
    let begin = Instant::now();
    while times[0].len() < 5 || begin.elapsed() < 6 * budget {
        for (part, times) in parts.iter_mut().zip(&mut times) {
            let start = Instant::now();
            part()?;
            times.push(start.elapsed().as_secs_f64());
        }
    }
    Ok(times.map(middle))
}
