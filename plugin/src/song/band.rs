//! Who plays a song: what of it is drums, which are never transposed.

use std::sync::Arc;

use jukebox_model::piece::{Note, Part};
use jukebox_model::vocabulary::Vocabulary;

/// The parts of a song. Copies share them; the audio thread reads them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Band {
    /// Whether all notes are drum hits.
    pub drums: bool,
    /// The parts; fewer than two where the notes are one line, or one heap.
    pub parts: Arc<[Part]>,
}

impl Band {
    /// The band that a record's vocabulary plays.
    pub fn of(vocabulary: &Vocabulary) -> Self {
        Self { drums: vocabulary.drums, parts: vocabulary.parts.as_slice().into() }
    }

    /// Whether a note is a drum hit.
    pub fn is_drum(&self, note: &Note) -> bool {
        match self.parts.len() {
            0 | 1 => self.drums,
            _ => self.parts.get(usize::from(note.part)).map_or(self.drums, |part| part.drums),
        }
    }

    /// Whether notes of two bands would be heard alike: the same parts of both are drums.
    pub fn sounds_like(&self, other: &Self) -> bool {
        let drums = |band: &Self| match band.parts.len() {
            0 | 1 => vec![band.drums],
            _ => band.parts.iter().map(|part| part.drums).collect(),
        };
        drums(self) == drums(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn band(drums: bool, parts: &[bool]) -> Band {
        let part = |&drums: &bool| Part { drums, ..Part::default() };
        Band { drums, parts: parts.iter().map(part).collect() }
    }

    #[test]
    fn drums_are_known_by_their_part() {
        let hit = |band: &Band, part| {
            band.is_drum(&Note { onset: 0, part, pitch: 36, duration: 6, velocity: 80 })
        };
        let trio = band(false, &[false, true, false]);
        assert_eq!([0, 1, 2, 200].map(|part| hit(&trio, part)), [false, true, false, false]);
        assert!(hit(&band(true, &[]), 0) && !hit(&band(false, &[]), 0));
    }

    #[test]
    fn bands_sound_alike_where_the_same_parts_are_drums() {
        assert!(band(false, &[false]).sounds_like(&band(false, &[])));
        assert!(!band(true, &[]).sounds_like(&band(false, &[])));
        assert!(band(false, &[false, true]).sounds_like(&band(false, &[false, true])));
        assert!(!band(false, &[false, true]).sounds_like(&band(false, &[true, false])));
        assert!(!band(false, &[false, true]).sounds_like(&band(false, &[])));
    }
}
