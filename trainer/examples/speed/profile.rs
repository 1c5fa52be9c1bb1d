//! What a step of training spends its time on. Each part is done by itself, at the sizes that it has
//! in the step.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use candle_core::{Device, Var};
use jukebox_model::network::Config;
use jukebox_model::network::rows::{EVENT_FIELDS, Rows};
use jukebox_model::network::training::ops::sum_rows;
use jukebox_model::network::training::{Batch, Carry, Foresight, Graph, Lane, Window};
use jukebox_trainer::training::adam::{Adam, Parameter};
use jukebox_trainer::training::material::Material;
use jukebox_trainer::training::streams::{Purpose, generator};

use crate::{layer, material, median, step};

/// The sizes that others are compared at, and those that the rules choose for Celtic.
const SIZES: [step::Sizes; 2] = [
    step::Sizes { units: 256, lanes: 64, steps: 128 },
    step::Sizes { units: 192, lanes: 16, steps: 64 },
];

/// Prints a table in Markdown: milliseconds of a step, and shares of it.
pub fn print(budget: Duration) -> Result<()> {
    let material = material::celtic()?;
    println!(
        "| units, lanes, notes, future | step, ms | LSTM | embedding | heads and loss | data | clipping and Adam | copies |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    for sizes in SIZES {
        for foresees in [false, true] {
            let whole = step::seconds(sizes, foresees, budget)?;
            let parts = Parts::measure(sizes, foresees, &material, budget)?;
            let known = if foresees { "known" } else { "hidden" };
            print!(
                "| {}, {}, {}, {known} | {:.1} |",
                sizes.units,
                sizes.lanes,
                sizes.steps,
                1e3 * whole
            );
            let Parts { lstm, embedding, loss, data, adam } = parts;
            let heads = loss - lstm - embedding;
            for part in [lstm, embedding, heads, data, adam, whole - loss - data - adam] {
                print!(" {:.1} % |", 100.0 * part / whole);
            }
            println!();
        }
    }
    Ok(())
}

/// Seconds of the parts of a step.
struct Parts {
    /// The fused operation, forward and back.
    lstm: f64,
    /// Sums of embedding rows, and their gradients.
    embedding: f64,
    /// Everything that the graph does: the two above, dropout, heads, loss, and all gradients.
    loss: f64,
    /// The indices of the batch.
    data: f64,
    /// The gradients' norm, and the step of the optimizer.
    adam: f64,
}

impl Parts {
    fn measure(
        sizes: step::Sizes,
        foresees: bool,
        material: &Material,
        budget: Duration,
    ) -> Result<Self> {
        let step::Sizes { units, lanes, steps } = sizes;
        let directions = if foresees { 2 } else { 1 };
        let vocabulary = &material.vocabulary;
        let foresight = if foresees { Foresight::Events(4) } else { Foresight::Hidden };
        let long = material.training.iter().filter(|piece| piece.events.len() >= steps).cycle();
        let window = |piece| vec![Window { piece, start: 0, events: steps }];
        let lane = |piece| Lane { windows: window(piece), foresight };
        let content: Vec<Lane<'_>> = long.take(lanes).map(lane).collect();
        let data = median(budget, || {
            std::hint::black_box(Batch::new(vocabulary, steps, &content));
            Ok(())
        })?;

        let config = Config { hidden: units, layers: 1, embedding: units, head: units / 2 };
        let graph = Graph::new(config, vocabulary, 1, &Device::Cpu)?;
        let batch = Batch::new(vocabulary, steps, &content);
        let mut carry = Carry::new(&config, lanes);
        let mut noise = generator(1, Purpose::Split);
        let loss = median(budget, || {
            let loss = graph.loss(&batch, &mut carry, Some((0.2, &mut noise)))?;
            loss.objective.backward()?;
            Ok(())
        })?;

        let rows = Rows::new(vocabulary).embedding();
        let table = Var::randn(0.0f32, 0.1, (rows, units), &Device::Cpu)?;
        let count = directions * steps * lanes * EVENT_FIELDS;
        let selected: Arc<Vec<u32>> =
            Arc::new((0..count).map(|i| (i * 7919 % rows) as u32).collect());
        let embedding = median(budget, || {
            let sums = sum_rows(&table, Arc::clone(&selected), EVENT_FIELDS, EVENT_FIELDS)?;
            sums.sum_all()?.backward()?;
            Ok(())
        })?;

        let sizes = graph.variables().map(|(_, variable)| variable.elem_count());
        let sizes: Vec<usize> = sizes.collect();
        let mut weights: Vec<Vec<f32>> = sizes.iter().map(|&size| vec![0.1; size]).collect();
        let gradients = weights.clone();
        let mut optimizer = Adam::new(sizes);
        let adam = median(budget, || {
            let pairs = weights.iter_mut().zip(&gradients);
            let mut parameters: Vec<Parameter<'_>> =
                pairs.map(|(weights, gradient)| Parameter { weights, gradient }).collect();
            optimizer.step(&mut parameters, 1e-3, 1.0, 0.03).ok();
            Ok(())
        })?;
        let layer = layer::Sizes { units, lanes, steps, directions };
        Ok(Self { lstm: layer::seconds(layer, budget)?, embedding, loss, data, adam })
    }
}
