//! Reading the collections of a report: the pieces that a record has learnt, and those that it has not.

use anyhow::{Result, bail};
use jukebox_model::record::Record;

use super::ReportOptions;
use crate::dataset::reading::Reading;
use crate::dataset::split::{Excerpt, Split};
use crate::dataset::{Collection, provenance};
use crate::format::counted;

/// The collections of a report.
#[derive(Debug)]
pub struct ReportCollections {
    /// The one to compare with.
    collection: Collection,
    /// The one that the record has learnt, where it is named.
    learnt: Option<Collection>,
}

/// The pieces that are compared: those that the record has learnt, and those that it has not.
#[derive(Debug)]
pub struct ReportData<'a> {
    /// The name of the collection that is compared with.
    pub name: &'a str,
    /// What the record has learnt.
    pub learnt: Vec<Excerpt<'a>>,
    /// What it has not.
    pub held_out: Vec<Excerpt<'a>>,
    /// What the user should know, a sentence each.
    pub remarks: Vec<String>,
}

impl ReportCollections {
    /// Reads the collections, of each file the part that the record has learnt.
    ///
    /// # Errors
    /// Where one cannot be read, or holds no music.
    pub fn read(options: &ReportOptions, reading: &Reading) -> Result<Self> {
        let read = |paths: &[_]| Collection::read(paths, reading.clone())?.usable();
        let mut collection = read(&options.collections)?;
        let learnt = match options.learnt.as_slice() {
            [] => None,
            paths => Some(read(paths)?),
        };
        if let Some(learnt) = learnt.as_ref().filter(|it| it.hash != collection.hash) {
            // What was learnt is not held out, nor is another version of it.
            collection.without(learnt);
        }
        Ok(Self { collection, learnt })
    }

    /// Splits the collection as in the record's training, where it is the record's own. Another is
    /// held out as a whole, and what was learnt is looked for in the collection that was named.
    ///
    /// # Errors
    /// Where it is not known what the record has learnt.
    pub fn data(&self, record: &Record) -> Result<ReportData<'_>> {
        let Self { collection, learnt } = self;
        let name = &collection.name;
        if let Some((Split { training, validation, .. }, _)) = provenance::split(collection, record)
        {
            let remarks = Vec::new();
            return Ok(ReportData { name, learnt: training, held_out: validation, remarks });
        }
        if collection.hash == record.receipt().collection_hash {
            bail!(
                "which pieces of {name} the record has learnt cannot be told: its receipt is of an older \
                 jukebox. Train it anew, or name other music to compare with, and this with --learnt"
            );
        }
        let Some(learnt) = learnt else {
            bail!(
                "{name} is not the collection that the record was trained on, by its receipt: name \
                 that one with --learnt, so that copies can be looked for in what was learnt"
            );
        };
        let mut remarks = Vec::new();
        let split = provenance::split(learnt, record).map(|it| it.0).unwrap_or_else(|| {
            remarks.push(format!(
                "what the record has learnt of {} cannot be told from its receipt: all of its {} are \
                 taken as learnt",
                learnt.name,
                counted(learnt.pieces.len(), "piece")
            ));
            Split::whole(learnt)
        });
        let held_out = Split::whole(collection).training;
        Ok(ReportData { name, learnt: split.training, held_out, remarks })
    }
}
