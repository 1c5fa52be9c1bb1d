//! Real music to work on: the Celtic collection.

use std::path::Path;

use anyhow::Result;
use jukebox_model::midi::PartChoice;
use jukebox_trainer::dataset::Collection;
use jukebox_trainer::dataset::training_data::TrainingData;

/// The collection as `train` divides it.
pub fn training_data() -> Result<TrainingData> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../corpora/celtic.zip");
    let collection = Collection::read(&[Path::new(path).to_owned()], PartChoice::All)?;
    TrainingData::new(&collection, None, 0.1, 1, None)
}
