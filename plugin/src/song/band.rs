//! Who plays a song: what of it is drums, which are never transposed.

use std::sync::Arc;

use jukebox_model::piece::{DRUM_CHANNEL, Note, Part, channel_of};
use jukebox_model::record::{Groove, Record};

use super::kept::{ALL_PARTS, Parts};

/// The parts of a song. Copies share them; the audio thread reads them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Band {
    /// Whether all notes are drum hits.
    pub drums: bool,
    /// The parts; fewer than two where the notes are one line, or one heap.
    pub parts: Arc<[Part]>,
    /// How they play by place, where the record has learnt it.
    pub groove: Arc<Groove>,
}

impl Band {
    /// The band that plays a record.
    pub fn of(record: &Record) -> Self {
        let (vocabulary, groove) = (record.vocabulary(), record.groove().clone().into());
        Self { drums: vocabulary.drums, parts: vocabulary.parts.as_slice().into(), groove }
    }

    /// All its parts, a bit for each; a line is one.
    pub fn all(&self) -> Parts {
        ALL_PARTS >> (Parts::BITS - (self.parts.len() as u32).clamp(1, Parts::BITS))
    }

    /// Whether a note is a drum hit.
    pub fn is_drum(&self, note: &Note) -> bool {
        match self.parts.len() {
            0 | 1 => self.drums,
            _ => self.parts.get(usize::from(note.part)).map_or(self.drums, |part| part.drums),
        }
    }

    /// The MIDI channel, counted from 0, that a note's part is played on where nobody has chosen another.
    pub fn channel(&self, note: &Note) -> u8 {
        match self.parts.len() {
            0 | 1 if self.drums => DRUM_CHANNEL,
            0 | 1 => 0,
            _ => channel_of(&self.parts, note.part.into()),
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
        Band { drums, parts: parts.iter().map(part).collect(), ..Band::default() }
    }

    #[test]
    fn drums_are_known_by_their_part() {
        let hit = |band: &Band, part| {
            band.is_drum(&Note { onset: 0, part, pitch: 36, duration: 6, velocity: 80 })
        };
        let trio = band(false, &[false, true, false]);
        assert_eq!([0, 1, 2, 200].map(|part| hit(&trio, part)), [false, true, false, false]);
        assert!(hit(&band(true, &[]), 0) && !hit(&band(false, &[]), 0));
        let channel = |band: &Band, part| {
            band.channel(&Note { onset: 0, part, pitch: 36, duration: 6, velocity: 80 })
        };
        assert_eq!([0, 1, 2].map(|part| channel(&trio, part)), [0, 9, 1]);
        assert_eq!([band(true, &[]), band(false, &[])].map(|band| channel(&band, 0)), [9, 0]);
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
