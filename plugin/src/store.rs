//! The record store: all instances of a process share one copy of a record. Runs on the conductors'
//! threads.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Weak};

use jukebox_model::record::{Record, RecordError};
use parking_lot::Mutex;

/// The record that every new instance plays.
const BUILT_IN: &[u8] = include_bytes!("../../records/celtic.safetensors");
/// What the built-in record is called in the store and in errors.
const BUILT_IN_NAME: &str = "the built-in record";

/// Records in use, by hash; the built-in one by its name as well.
static RECORDS: Mutex<BTreeMap<String, Weak<Record>>> = Mutex::new(BTreeMap::new());

/// The built-in record.
///
/// # Errors
/// None, unless the plugin was built wrongly.
pub fn built_in() -> Result<Arc<Record>, RecordError> {
    let mut records = RECORDS.lock();
    if let Some(record) = records.get(BUILT_IN_NAME).and_then(Weak::upgrade) {
        return Ok(record);
    }
    let record = share(&mut records, Record::parse(BUILT_IN, BUILT_IN_NAME)?);
    records.insert(BUILT_IN_NAME.to_owned(), Arc::downgrade(&record));
    Ok(record)
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
