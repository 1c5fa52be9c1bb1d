//! The song as it is saved in the host's project, and back. Runs on the host's threads.
//!
//! The state is untrusted: everything is checked before a [`Song`] is made of it, and a state that
//! is refused leaves the song that plays as it is.

mod saved;
mod saved_bars;
mod saved_note;

use std::sync::Arc;

use nice_plug::params::persist::PersistentField;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::shared::{Refusal, Shared};
use crate::song::Song;
use saved::SavedSong;

/// What the state's field `song` holds: a song, or why it could not be read.
///
/// Reading one never fails, so that the reason reaches the editor.
pub struct Carried(Result<Arc<Song>, Refusal>);

impl Carried {
    /// A song to be written.
    pub fn of(song: Arc<Song>) -> Self {
        Self(Ok(song))
    }

    /// Why what was read is refused.
    pub fn refusal(&self) -> Option<String> {
        self.0.as_ref().err().map(|Refusal(reason)| reason.clone())
    }
}

impl Serialize for Carried {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Ok(song) => SavedSong::of(song).serialize(serializer),
            Err(Refusal(reason)) => Err(serde::ser::Error::custom(reason)),
        }
    }
}

impl<'de> Deserialize<'de> for Carried {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        let song = serde_json::from_value::<SavedSong>(value)
            .map_err(|error| format!("it is not one of this plugin's ({error})"))
            .and_then(SavedSong::restore);
        Ok(Self(
            song.map(Arc::new)
                .map_err(|reason| Refusal(format!("The saved song is refused: {reason}."))),
        ))
    }
}

/// The state's field `song`: read and written where the GUI and the conductor share the song.
pub struct SongField(pub Arc<Shared>);

impl PersistentField<'_, Carried> for SongField {
    fn set(&self, carried: Carried) {
        self.0.restore(carried.0);
    }

    fn map<F, R>(&self, f: F) -> R
    where
        F: Fn(&Carried) -> R,
    {
        f(&Carried(Ok(self.0.song())))
    }
}
