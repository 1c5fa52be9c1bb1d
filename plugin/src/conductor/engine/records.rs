//! Which record composes: finding it, putting it on, changing it.

use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;

use jukebox_model::composer::Composer;
use jukebox_model::record::Record;

use super::Engine;
use crate::records::RecordFacts;
use crate::records::network_path::is_network_path;
use crate::records::store;
use crate::song::{Band, CompositionSettings, RecordName};

impl Engine {
    /// Finds the record that the song names: one that is in use, else the built-in one or the file.
    pub(super) fn find_record(&mut self) {
        let wanted = self.song.record.clone();
        let found = match (store::in_use(&wanted.hash), &wanted.path) {
            (Some(record), _) => Ok(record),
            (None, Some(path)) => self.load_unasked(path),
            (None, None) => {
                let found = store::built_in_of(&wanted.hash, &wanted.name);
                found.map_err(|error| error.to_string())
            }
        };
        let keeps = if self.song.take.bars().is_empty() {
            ""
        } else {
            " The bars that were saved play on."
        };
        match found {
            Ok(record) => {
                if !wanted.hash.is_empty() && wanted.hash != record.hash() && !keeps.is_empty() {
                    self.say(format!(
                        "The record \"{}\" is not the one that this song was saved with.{keeps} \
                         New bars come from the record as it is now.",
                        wanted.called()
                    ));
                }
                self.put_on(record, wanted.path.as_deref());
            }
            Err(error) => {
                self.composer = None;
                self.shared.show(|view| (view.record, view.path) = (None, None));
                self.say(format!(
                    "The record \"{}\" cannot be loaded ({error}).{keeps} To compose more, load \
                     the record from where it is now.",
                    wanted.called()
                ));
            }
        }
    }

    /// Loads a record of a path that a project names. Whoever made the project may have chosen it: a path
    /// that leads out of the machine is opened only where the user has chosen it here. (A look at
    /// `\\host\share` alone makes Windows send that host the user's name and a hash of the password.)
    fn load_unasked(&self, path: &Path) -> Result<Arc<Record>, String> {
        if is_network_path(path) && !self.chosen.contains(path) {
            return Err(format!(
                "{} is a network path or a device, and is not opened unasked; if you trust it, load it \
                 from the list of records",
                path.display()
            ));
        }
        store::load(path).map_err(|error| error.to_string())
    }

    /// Makes a record the one that composes.
    pub(super) fn put_on(&mut self, record: Arc<Record>, path: Option<&Path>) {
        let facts = RecordFacts::of(&record);
        self.song.record = RecordName {
            name: facts.name.clone(),
            hash: record.hash().to_owned(),
            path: path.map(Path::to_owned),
            band: Band::of(&record),
        };
        let path = path.map(Path::to_owned);
        self.shared.show(|view| (view.record, view.path) = (Some(facts), path));
        if self.composer.as_ref().is_none_or(|composer| composer.record().hash() != record.hash()) {
            self.composer = Some(Composer::new(record));
        }
    }

    /// Plays another record; where it cannot be loaded, what plays goes on. Says whether it is another.
    pub(super) fn change_record(
        &mut self,
        found: Result<Arc<Record>, impl Display>,
        path: Option<&Path>,
    ) -> bool {
        let record = match found {
            Ok(record) => record,
            Err(error) => {
                self.say(error.to_string());
                return false;
            }
        };
        self.shared.show(|view| view.message = None);
        let another = record.hash() != self.song.record.hash;
        if another {
            self.rounds.clear();
        }
        if !Band::of(&record).sounds_like(&self.song.record.band) {
            // Drums would play as notes, and notes as drums.
            self.song.edits = Arc::default();
        }
        self.put_on(record, path);
        another
    }

    /// Puts on the record that composition settings ask for: a built-in one, or the one that was loaded.
    pub(super) fn change_to(&mut self, settings: &CompositionSettings) -> bool {
        let loaded = self.song.loaded.clone().filter(|_| settings.record == 0);
        let found = match &loaded {
            Some(path) => self.load_unasked(path),
            None => store::built_in(settings.record).map_err(|error| error.to_string()),
        };
        self.change_record(found, loaded.as_deref())
    }
}
