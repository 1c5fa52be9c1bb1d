//! The notes vocabulary: the steps, pitches, durations and velocities that a collection uses.

mod adopt;
mod bar_position;
mod chords;
mod ensembles;
mod events;
mod extend;
mod learn;
mod parts;

pub use bar_position::{BarPosition, BarPositionRows, PHRASE};
pub(crate) use chords::half;
pub use chords::{BarChords, Harmony, has_halves};
pub use ensembles::{Ensemble, PartSet};
pub(crate) use events::nearest;
pub use events::{Encoded, KnownSheet, NoteEvent, RoundedValues};
pub use extend::StandIns;

use serde::{Deserialize, Serialize};

use crate::chord::Chord;
use crate::meter::Meter;
use crate::piece::{Part, Tick};

/// What the notes of a collection are made of. Every list is sorted upwards without repeats; an
/// [`NoteEvent`] holds places in these lists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vocabulary {
    /// Ticks since the previous onset; the first is 0, "together with the previous note".
    pub steps: Vec<Tick>,
    /// MIDI key numbers: in the white-key frame, or General MIDI drum keys. Where notes choose their part
    /// (see [`Vocabulary::has_parts`]), the pitched ones.
    pub pitches: Vec<u8>,
    /// Ticks until the release.
    pub durations: Vec<Tick>,
    /// Velocity bins, at most [`Vocabulary::MAX_VELOCITIES`], by the velocity that each plays.
    pub velocities: Vec<u8>,
    /// Meters, by their written form.
    pub meters: Vec<Meter>,
    /// Whether all notes are drum hits, which are never transposed.
    pub drums: bool,
    /// Who plays; empty where the notes are one line, or one heap. Two or more make a choice of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    /// General MIDI drum keys, which follow the pitches as entries; only where notes choose their part.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drum_keys: Vec<u8>,
    /// The keys that each part uses, in the order of the parts; only where notes choose their part.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub part_keys: Vec<Vec<u8>>,
    /// Numbers of the parts that play one note at a time: 0 where notes choose no part. Their notes never sound
    /// together where they are composed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<u8>,
    /// The chords that notes are played to; none where the network reads none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chords: Vec<Chord>,
    /// The sets of parts that play together in bars, as bits (see [`PartSet`]); none where the network reads none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ensembles: Vec<u16>,
}

/// Why a vocabulary cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{list}: {why}")]
pub struct VocabularyError {
    list: &'static str,
    why: String,
}

impl Vocabulary {
    /// Most velocity bins.
    pub const MAX_VELOCITIES: usize = 8;
    /// Most entries in any list.
    pub const MAX_ENTRIES: usize = 256;
    /// Longest step or duration, in ticks: 16 whole notes.
    pub const MAX_TICKS: Tick = 16 * 96;

    /// Checks every rule that the lists must keep, for a vocabulary that comes from a file.
    ///
    /// # Errors
    /// Names the list and the rule that it breaks.
    pub fn validate(&self) -> Result<(), VocabularyError> {
        let error = |list, why: &str| Err(VocabularyError { list, why: why.to_owned() });
        check_list("steps", &self.steps, Self::MAX_ENTRIES)?;
        if !(self.has_parts() && self.drums) {
            check_list("pitches", &self.pitches, Self::MAX_ENTRIES)?;
        }
        check_list("durations", &self.durations, Self::MAX_ENTRIES)?;
        check_list("velocities", &self.velocities, Self::MAX_VELOCITIES)?;
        check_list("meters", &self.meters, Self::MAX_ENTRIES)?;
        if self.steps[0] != 0 || self.steps.len() < 2 {
            return error("steps", "must start with 0 and hold at least one more");
        }
        if self.steps.iter().any(|&step| step > Self::MAX_TICKS) {
            return error("steps", "must not exceed 16 whole notes");
        }
        if self.pitches.iter().any(|&pitch| pitch > 127) {
            return error("pitches", "must lie between 0 and 127");
        }
        if self.durations.iter().any(|&ticks| ticks == 0 || ticks > Self::MAX_TICKS) {
            return error("durations", "must lie between 1 tick and 16 whole notes");
        }
        if self.velocities.iter().any(|velocity| !(1..=127).contains(velocity)) {
            return error("velocities", "must lie between 1 and 127");
        }
        self.validate_parts()?;
        self.validate_lines()?;
        if !self.chords.is_empty() {
            check_list("chords", &self.chords, Self::MAX_ENTRIES)?;
        }
        if self.ensembles.is_empty() {
            return Ok(());
        }
        check_list("ensembles", &self.ensembles, Self::MAX_ENTRIES)?;
        let parts = self.parts.len();
        match self.has_ensembles() && self.ensembles.iter().all(|&it| u32::from(it) >> parts == 0) {
            true => Ok(()),
            false => error("ensembles", "must be of parts that there are"),
        }
    }
}

fn check_list<T: Ord>(
    list: &'static str,
    values: &[T],
    most: usize,
) -> Result<(), VocabularyError> {
    let why = if values.is_empty() {
        "is empty".to_owned()
    } else if values.len() > most {
        format!("holds {} entries, more than {most}", values.len())
    } else if !values.is_sorted_by(|a, b| a < b) {
        "is not sorted upwards without repeats".to_owned()
    } else {
        return Ok(());
    };
    Err(VocabularyError { list, why })
}
