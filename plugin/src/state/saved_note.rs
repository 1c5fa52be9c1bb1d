//! A note of a bar as it is written: a list of ticks since the bar line, pitch, duration, velocity and, where
//! it is not the first, the part.

use std::fmt;

use jukebox_model::piece::{Note, Tick};
use serde::de::{Error, SeqAccess, Visitor};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A note as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct SavedNote {
    /// Ticks since the bar line.
    pub onset: Tick,
    pub part: u8,
    pub pitch: u8,
    pub duration: Tick,
    pub velocity: u8,
}

impl From<Note> for SavedNote {
    fn from(Note { onset, part, pitch, duration, velocity }: Note) -> Self {
        Self { onset, part, pitch, duration, velocity }
    }
}

impl Serialize for SavedNote {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut list = to.serialize_seq(Some(4 + usize::from(self.part > 0)))?;
        list.serialize_element(&self.onset)?;
        list.serialize_element(&self.pitch)?;
        list.serialize_element(&self.duration)?;
        list.serialize_element(&self.velocity)?;
        if self.part > 0 {
            list.serialize_element(&self.part)?;
        }
        list.end()
    }
}

impl<'de> Deserialize<'de> for SavedNote {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_seq(NoteVisitor)
    }
}

struct NoteVisitor;

impl<'de> Visitor<'de> for NoteVisitor {
    type Value = SavedNote;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a note of four or five numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<SavedNote, A::Error> {
        let missing = |index| A::Error::invalid_length(index, &NoteVisitor);
        Ok(SavedNote {
            onset: list.next_element()?.ok_or_else(|| missing(0))?,
            pitch: list.next_element()?.ok_or_else(|| missing(1))?,
            duration: list.next_element()?.ok_or_else(|| missing(2))?,
            velocity: list.next_element()?.ok_or_else(|| missing(3))?,
            part: list.next_element()?.unwrap_or(0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_is_written_where_there_is_one() {
        let note = |part| SavedNote { onset: 6, part, pitch: 60, duration: 12, velocity: 80 };
        let text = [0, 2].map(|part| serde_json::to_string(&note(part)).unwrap());
        assert_eq!(text, ["[6,60,12,80]", "[6,60,12,80,2]"]);
        for (text, part) in text.iter().zip([0, 2]) {
            assert_eq!(serde_json::from_str::<SavedNote>(text).unwrap(), note(part));
        }
        for damaged in ["[6,60,12]", "[6,60,12,80,2,1]", "[6,60,12,80,256]", "7"] {
            assert!(serde_json::from_str::<SavedNote>(damaged).is_err(), "{damaged}");
        }
    }
}
