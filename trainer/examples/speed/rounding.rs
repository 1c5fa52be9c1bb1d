//! What composing in half precision costs: the loss of a record, and of the same record with its
//! matrices rounded.

use std::path::Path;

use anyhow::{Result, ensure};
use candle_core::Device;
use jukebox_model::midi::PartChoice;
use jukebox_model::network::training::{Batch, Carry, Foresight, Graph, Lane, Window};
use jukebox_model::record::Record;
use jukebox_trainer::dataset::Collection;
use jukebox_trainer::dataset::training_data::TrainingData;
use jukebox_trainer::evaluate::scoring::Scorer;
use rayon::prelude::*;

/// Prints nats a note on the pieces of a collection that `train` keeps apart for validation.
pub fn compare(record: &Path, collection: &Path) -> Result<()> {
    let record = Record::load(record)?;
    let collection = Collection::read(&[collection.to_owned()], PartChoice::All)?;
    let data = TrainingData::new(&collection, None, 0.1, 1, None)?;
    ensure!(&data.vocabulary == record.vocabulary(), "the record has learnt something else");
    let pieces = data.validation;
    let notes: usize = pieces.iter().map(|piece| piece.events.len()).sum();
    ensure!(notes > 0, "there is nothing to validate with");
    let (config, vocabulary) = (*record.config(), record.vocabulary());
    let graph = Graph::from_weights(config, vocabulary, record.weights(), &Device::Cpu)?;
    let mut single = 0.0;
    for piece in &pieces {
        let windows = vec![Window { piece, start: 0, events: piece.events.len() }];
        let lane = Lane { windows, foresight: Foresight::Hidden, knows_sheet: true };
        let batch = Batch::new(vocabulary, piece.events.len(), &[lane]);
        let loss = graph.loss(&batch, &mut Carry::new(&config, 1), None)?;
        single += loss.choices.iter().map(|choice| choice.nats).sum::<f64>();
    }
    let scorer = Scorer::new(&record, false);
    let half: f64 = pieces.par_iter().map(|piece| scorer.score(piece).tally.total()).sum();
    println!("{} pieces, {notes} notes", pieces.len());
    println!("single precision: {:.6} nats a note", single / notes as f64);
    println!("half precision:   {:.6} nats a note", half / notes as f64);
    Ok(())
}
