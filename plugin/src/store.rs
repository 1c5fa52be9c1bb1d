//! The record store: all instances of a process share one copy of a record. Runs on the conductors'
//! threads.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Weak};

use jukebox_model::record::{Record, RecordError};
use parking_lot::Mutex;

/// The records that the plugin brings along, the one that every new instance plays first.
const BUILT_IN: [(&str, &[u8]); 1] =
    [("Celtic", include_bytes!("../../records/celtic.safetensors"))];

/// Records in use, by hash; the built-in ones by their name as well.
static RECORDS: Mutex<BTreeMap<String, Weak<Record>>> = Mutex::new(BTreeMap::new());

/// What the built-in records are called, in the order of their numbers, the first being 1.
pub fn built_in_names() -> impl ExactSizeIterator<Item = &'static str> {
    BUILT_IN.iter().map(|&(name, _)| name)
}

/// A built-in record by its number from 1; any other number is the first.
///
/// # Errors
/// None, unless the plugin was built wrongly.
pub fn built_in(number: u32) -> Result<Arc<Record>, RecordError> {
    let place = (number as usize).saturating_sub(1);
    let (name, bytes) = BUILT_IN.get(place).unwrap_or(&BUILT_IN[0]);
    let name = format!("the built-in record {name}");
    let mut records = RECORDS.lock();
    if let Some(record) = records.get(&name).and_then(Weak::upgrade) {
        return Ok(record);
    }
    let record = share(&mut records, Record::parse(bytes, &name)?);
    records.insert(name, Arc::downgrade(&record));
    Ok(record)
}

/// The built-in record of a hash; any other hash is the first's.
///
/// # Errors
/// As [`built_in`].
pub fn built_in_of(hash: &str) -> Result<Arc<Record>, RecordError> {
    for number in (2..).take(BUILT_IN.len() - 1) {
        let record = built_in(number)?;
        if record.hash() == hash {
            return Ok(record);
        }
    }
    built_in(1)
}

/// The record in a file.
///
/// # Errors
/// The record's own: each names the file, what is wrong and what to do.
pub fn load(path: &Path) -> Result<Arc<Record>, RecordError> {
    let record = Record::load(path)?;
    Ok(share(&mut RECORDS.lock(), record))
}

/// The record of a hash, where an instance plays it.
pub fn in_use(hash: &str) -> Option<Arc<Record>> {
    RECORDS.lock().get(hash)?.upgrade()
}

/// The copy that all instances share, and room made of those that nobody plays any more.
fn share(records: &mut BTreeMap<String, Weak<Record>>, record: Record) -> Arc<Record> {
    records.retain(|_, record| record.strong_count() > 0);
    if let Some(shared) = records.get(record.hash()).and_then(Weak::upgrade) {
        return shared;
    }
    let record = Arc::new(record);
    records.insert(record.hash().to_owned(), Arc::downgrade(&record));
    record
}
