//! The record store: all instances of a process share one copy of a record. Runs on the conductors'
//! threads.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Weak};

use jukebox_model::record::{Header, Record, RecordError};
use parking_lot::Mutex;

/// The records that the plugin brings along. Projects name them by their numbers from 1 and by their names: new
/// ones come last. They lie in the program as they lie in their files: each is read when it is played.
const BUILT_IN: [(&str, &[u8]); 8] = [
    ("Celtic", include_bytes!("../../../records/celtic.safetensors")),
    ("Rock", include_bytes!("../../../records/rock.safetensors")),
    ("Drums", include_bytes!("../../../records/drums.safetensors")),
    ("House", include_bytes!("../../../records/house.safetensors")),
    ("Lo-fi", include_bytes!("../../../records/lofi.safetensors")),
    ("Funk", include_bytes!("../../../records/funk.safetensors")),
    ("Bossa", include_bytes!("../../../records/bossa.safetensors")),
    ("Ballad", include_bytes!("../../../records/ballad.safetensors")),
];

/// The number of the record that a new instance plays: House, a band.
const FIRST_HEARD: u32 = 4;

/// Records in use, by hash; the built-in ones by their name as well.
static RECORDS: Mutex<BTreeMap<String, Weak<Record>>> = Mutex::new(BTreeMap::new());

/// What the built-in records are called, in the order of their numbers, the first being 1.
pub fn built_in_names() -> impl ExactSizeIterator<Item = &'static str> {
    BUILT_IN.iter().map(|&(name, _)| name)
}

/// A built-in record by its number from 1; with any other number the one that a new instance plays.
///
/// # Errors
/// None, unless the plugin was built wrongly.
pub fn built_in(number: u32) -> Result<Arc<Record>, RecordError> {
    let (name, bytes) = of_number(number);
    let name = format!("the built-in record {name}");
    let mut records = RECORDS.lock();
    if let Some(record) = records.get(&name).and_then(Weak::upgrade) {
        return Ok(record);
    }
    let record = share(&mut records, Record::parse(bytes, &name)?);
    records.insert(name, Arc::downgrade(&record));
    Ok(record)
}

/// The header of a built-in record, and the record's hash, by its number as [`built_in`] takes it.
///
/// # Errors
/// As [`built_in`].
pub fn built_in_header(number: u32) -> Result<(Header, String), RecordError> {
    let (name, bytes) = of_number(number);
    Ok((Header::parse(bytes, name)?, Record::hash_of(bytes)))
}

/// The name and the file of a built-in record.
fn of_number(number: u32) -> (&'static str, &'static [u8]) {
    let at = |number: u32| BUILT_IN.get((number as usize).wrapping_sub(1));
    *at(number).unwrap_or_else(|| &BUILT_IN[FIRST_HEARD as usize - 1])
}

/// The built-in record that a song names: that of its hash, else the one that has its name now, else the
/// one that a new instance plays.
///
/// # Errors
/// As [`built_in`].
pub fn built_in_of(hash: &str, name: &str) -> Result<Arc<Record>, RecordError> {
    built_in(number_of(hash, name))
}

/// The number of the built-in record of a hash or a name (see [`built_in_of`]), found without reading any.
fn number_of(hash: &str, name: &str) -> u32 {
    let mut numbered = (1..).zip(BUILT_IN);
    let named = numbered.clone().find(|(_, (called, _))| *called == name).map(|(number, _)| number);
    // A new instance has no hash yet. The name tells most often where the hash belongs: it is tried first.
    let has_hash = |number: &u32| Record::hash_of(of_number(*number).1) == hash;
    if hash.is_empty() || named.as_ref().is_some_and(has_hash) {
        return named.unwrap_or(FIRST_HEARD);
    }
    let known = numbered.find(|(number, _)| has_hash(number)).map(|(number, _)| number);
    known.or(named).unwrap_or(FIRST_HEARD)
}

/// The record in a file, which may be anything: it is opened without waiting for it.
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

#[cfg(test)]
mod tests {
    use jukebox_model::composer::{Composer, ComposerSettings};
    use jukebox_model::meter::{Meter, MeterMap};
    use jukebox_model::piece::{Note, TICKS_PER_QUARTER};
    use jukebox_model::take::Take;

    use super::*;
    use crate::conductor::tests::rig::{record, write};

    #[test]
    fn a_record_is_shared_wherever_its_file_lies_and_forgotten_after_its_last_instance() {
        let [here, there] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let record = record(77, false);
        let [first, second] =
            [here.path(), there.path()].map(|folder| load(&write(&record, folder)).unwrap());
        assert!(Arc::ptr_eq(&first, &second));
        let hash = first.hash().to_owned();
        drop(first);
        assert!(in_use(&hash).is_some());
        drop(second);
        assert!(in_use(&hash).is_none());
    }

    #[test]
    fn a_record_is_found_again_by_its_hash_whatever_it_was_called() {
        for (number, name) in (1..).zip(built_in_names()) {
            let record = built_in(number).unwrap();
            assert_eq!(record.receipt().name, name);
            for called in [name, "", "Another name", BUILT_IN[0].0] {
                assert_eq!(number_of(record.hash(), called), number);
            }
            assert!(Arc::ptr_eq(&built_in_of(record.hash(), "").unwrap(), &record));
        }
    }

    #[test]
    fn a_record_that_was_trained_again_is_found_by_its_name() {
        for (number, name) in (1..).zip(built_in_names()) {
            for hash in ["", "of the file that came along before"] {
                assert_eq!(number_of(hash, name), number);
            }
        }
    }

    #[test]
    fn nothing_known_is_what_a_new_instance_plays() {
        let first = built_in(FIRST_HEARD).unwrap();
        assert!(first.vocabulary().parts.len() > 2, "no band");
        for (hash, name) in [("", ""), ("no hash of ours", "no name of ours")] {
            assert!(Arc::ptr_eq(&built_in_of(hash, name).unwrap(), &first));
        }
        for number in [0, BUILT_IN.len() as u32 + 1, u32::MAX] {
            assert!(Arc::ptr_eq(&built_in(number).unwrap(), &first));
        }
    }

    #[test]
    fn a_record_is_small_enough_to_come_along() {
        for (name, bytes) in BUILT_IN {
            assert!(bytes.len() < 3_000_000, "{name} has {} bytes", bytes.len());
        }
    }

    /// The bars of a take.
    fn compose(record: &Arc<Record>, meter: Meter, take: u32) -> Vec<Vec<Note>> {
        let settings = ComposerSettings { take, ..ComposerSettings::default() };
        let mut composer = Composer::new(Arc::clone(record));
        let mut take = Take::new(MeterMap::new(meter));
        for _ in 0..16 {
            take.compose_next(&mut composer, &settings);
        }
        take.bars().iter().map(|bar| bar.notes.clone()).collect()
    }

    /// Most notes in a row that repeat one key.
    fn longest_repeat(notes: &[Note]) -> usize {
        let same = notes.chunk_by(|a, b| a.pitch == b.pitch);
        same.map(<[Note]>::len).max().unwrap_or(0)
    }

    /// Whatever the host's meter, a record plays music: most bars have notes, which come neither as a drip
    /// nor as a hail, and it does not hang on one of them.
    #[test]
    fn every_record_plays_in_every_meter() {
        for (number, name) in (1..).zip(built_in_names()) {
            let record = built_in(number).unwrap();
            for meter in ["4/4", "6/8", "9/8", "3/4", "5/4", "7/8"] {
                let meter: Meter = meter.parse().unwrap();
                let quarters = f64::from(16 * meter.bar()) / f64::from(TICKS_PER_QUARTER);
                let takes = [1, 2, 3].map(|take| compose(&record, meter, take));
                for bars in &takes {
                    let silent = bars.iter().filter(|bar| bar.is_empty()).count();
                    assert!(silent <= 4, "{name}, {meter}: {silent} of 16 bars are silent");
                }
                // One take may be wild, or stand on a pedal point.
                let [mut repeats, mut densities] = [[0.0; 3]; 2];
                for (number, bars) in takes.iter().enumerate() {
                    let notes = bars.concat();
                    repeats[number] = longest_repeat(&notes) as f64;
                    densities[number] = notes.len() as f64 / quarters;
                }
                for values in [&mut repeats, &mut densities] {
                    values.sort_by(f64::total_cmp);
                }
                assert!(repeats[1] <= 24.0, "{name}, {meter}: one key {repeats:?} times");
                let dense = densities[1];
                assert!((0.5..16.0).contains(&dense), "{name}, {meter}: {dense} notes a quarter");
            }
        }
    }
}
