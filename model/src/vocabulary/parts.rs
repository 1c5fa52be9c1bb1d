//! Which part of a band plays a note, and which keys each part uses.
//!
//! Where a vocabulary has two parts or more, a note chooses its part before its pitch. The entries of the
//! pitches are then the pitched keys, followed by the drum keys: a kick drum and a low C share nothing. A
//! single part adds no choice: its notes are entries as those of a piece without parts.

use super::events::nearest;
use super::{Vocabulary, VocabularyError, check_list};
use crate::piece::Part;

impl Vocabulary {
    /// Most parts.
    pub const MAX_PARTS: usize = 32;
    /// Longest name of a part, in bytes.
    pub const MAX_NAME: usize = 256;

    /// Whether notes choose their part: there are two or more.
    pub fn has_parts(&self) -> bool {
        self.parts.len() > 1
    }

    /// Number of entries that a note's pitch is chosen from.
    pub fn keys(&self) -> usize {
        self.pitches.len() + self.drum_keys.len()
    }

    /// The MIDI key of a pitch entry.
    pub fn key(&self, entry: u16) -> u8 {
        let entry = usize::from(entry);
        match self.pitches.get(entry) {
            Some(&key) => key,
            None => self.drum_keys[entry - self.pitches.len()],
        }
    }

    /// Whether a part's notes are drum hits.
    pub fn is_drum(&self, part: u16) -> bool {
        self.parts.get(usize::from(part)).map_or(self.drums, |part| part.drums)
    }

    /// The part of a note: itself, or where there is none of that number the last.
    pub fn nearest_part(&self, part: u8) -> u16 {
        if self.has_parts() { u16::from(part).min(self.parts.len() as u16 - 1) } else { 0 }
    }

    /// The pitch entry of a part that comes nearest to a key: the key itself, the same note in the nearest
    /// octave, or the nearest key that the part uses. Drums have no octaves.
    pub fn nearest_key(&self, part: u16, key: u8) -> u16 {
        if !self.has_parts() {
            return nearest_in(&self.pitches, key, self.drums) as u16;
        }
        let (part, drums) = (usize::from(part), self.is_drum(part));
        let used = &self.part_keys[part];
        self.entry(drums, used[nearest_in(used, key, drums)])
    }

    /// The pitch entries that a part uses, upwards.
    pub fn part_entries(&self, part: u16) -> impl Iterator<Item = u16> + '_ {
        let drums = self.is_drum(part);
        let used = self.part_keys.get(usize::from(part)).map_or(&[][..], Vec::as_slice);
        used.iter().map(move |&key| self.entry(drums, key))
    }

    /// The entry of a key that is in the list of its kind.
    fn entry(&self, drums: bool, key: u8) -> u16 {
        let entry = match drums {
            true => self.pitches.len() + nearest(&self.drum_keys, key),
            false => nearest(&self.pitches, key),
        };
        entry as u16
    }

    /// Whether a part plays one note at a time.
    pub fn is_line(&self, part: u16) -> bool {
        self.lines.iter().any(|&line| u16::from(line) == part)
    }

    /// Checks the rules that the lists of parts must keep.
    pub(super) fn validate_parts(&self) -> Result<(), VocabularyError> {
        let error = |list, why: String| Err(VocabularyError { list, why });
        if self.parts.len() > Self::MAX_PARTS {
            let (found, most) = (self.parts.len(), Self::MAX_PARTS);
            return error("parts", format!("holds {found} entries, more than {most}"));
        }
        for part in &self.parts {
            if part.name.len() > Self::MAX_NAME {
                return error("parts", format!("a name is longer than {} bytes", Self::MAX_NAME));
            }
            if part.program.is_some_and(|program| program > 127) {
                return error("parts", "programs must lie between 0 and 127".to_owned());
            }
        }
        if !self.has_parts() {
            return match self.part_keys.is_empty() && self.drum_keys.is_empty() {
                true => Ok(()),
                false => error("part_keys", "belong to two parts or more".to_owned()),
            };
        }
        let every = |drums: bool| self.parts.iter().all(|part| part.drums == drums);
        if self.drums != every(true) {
            return error("drums", "must tell whether all parts are drums".to_owned());
        }
        if every(false) != self.drum_keys.is_empty() || every(true) != self.pitches.is_empty() {
            return error("drum_keys", "must be there for drums and for nothing else".to_owned());
        }
        if !self.drum_keys.is_empty() {
            check_list("drum_keys", &self.drum_keys, 128)?;
        }
        if self.part_keys.len() != self.parts.len() {
            return error("part_keys", "must be as many lists as there are parts".to_owned());
        }
        for (Part { drums, .. }, used) in self.parts.iter().zip(&self.part_keys) {
            check_list("part_keys", used, 128)?;
            let all = if *drums { &self.drum_keys } else { &self.pitches };
            if !used.iter().all(|key| all.binary_search(key).is_ok()) {
                return error("part_keys", "must hold keys of the vocabulary".to_owned());
            }
        }
        if self.drum_keys.iter().any(|&key| key > 127) {
            return error("drum_keys", "must lie between 0 and 127".to_owned());
        }
        Ok(())
    }
}

impl Vocabulary {
    /// Checks that lines are parts.
    pub(super) fn validate_lines(&self) -> Result<(), VocabularyError> {
        let parts = if self.has_parts() { self.parts.len() } else { 1 };
        let are_parts = self.lines.iter().all(|&line| usize::from(line) < parts);
        if are_parts && self.lines.is_sorted_by(|a, b| a < b) {
            return Ok(());
        }
        let why = "must be parts, sorted upwards without repeats".to_owned();
        Err(VocabularyError { list: "lines", why })
    }
}

/// Index of a key in a sorted list, of the same note in the nearest octave, or of the nearest key.
pub(super) fn nearest_in(keys: &[u8], key: u8, drums: bool) -> usize {
    let same_note = |&index: &usize| !drums && keys[index] % 12 == key % 12;
    let distance = |&index: &usize| keys[index].abs_diff(key);
    match keys.binary_search(&key) {
        Ok(index) => index,
        Err(_) => (0..keys.len())
            .filter(same_note)
            .min_by_key(distance)
            .unwrap_or_else(|| nearest(keys, key)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::Meter;

    fn part(name: &str, drums: bool) -> Part {
        Part { name: name.into(), program: None, drums }
    }

    fn band() -> Vocabulary {
        Vocabulary {
            ensembles: Vec::new(),
            steps: vec![0, 12],
            pitches: vec![36, 48, 60, 62],
            durations: vec![12],
            velocities: vec![80],
            meters: vec![Meter::COMMON],
            drums: false,
            parts: vec![part("melody", false), part("bass", false), part("drums", true)],
            drum_keys: vec![36, 38],
            part_keys: vec![vec![60, 62], vec![36, 48], vec![36, 38]],
            lines: vec![1],
            chords: Vec::new(),
        }
    }

    #[test]
    fn keys_are_those_of_their_part() {
        let band = band();
        band.validate().unwrap();
        assert_eq!(band.keys(), 6);
        let entries = |part| band.part_entries(part).collect::<Vec<_>>();
        assert_eq!([entries(0), entries(1), entries(2)], [vec![2, 3], vec![0, 1], vec![4, 5]]);
        assert_eq!([0, 1, 2].map(|part| band.nearest_key(part, 36)), [2, 0, 4]);
        assert_eq!([1, 4, 5].map(|entry| band.key(entry)), [48, 36, 38]);
        assert_eq!([0, 2, 9].map(|part| band.nearest_part(part)), [0, 2, 2]);
        assert_eq!([0, 1, 2].map(|part| band.is_line(part)), [false, true, false]);
    }

    #[test]
    fn lists_of_parts_from_a_file_are_checked() {
        let refused = |change: fn(&mut Vocabulary)| {
            let mut band = band();
            change(&mut band);
            band.validate().unwrap_err().to_string()
        };
        assert!(refused(|it| it.part_keys.truncate(2)).contains("as many lists"));
        assert!(refused(|it| it.part_keys[0] = vec![]).contains("is empty"));
        assert!(refused(|it| it.part_keys[0] = vec![61]).contains("keys of the vocabulary"));
        assert!(refused(|it| it.part_keys[2] = vec![60]).contains("keys of the vocabulary"));
        assert!(refused(|it| it.drum_keys.clear()).contains("drums and for nothing else"));
        assert!(refused(|it| it.drums = true).contains("all parts are drums"));
        assert!(refused(|it| it.parts[1].name = "x".repeat(257)).contains("longer than 256"));
        assert!(refused(|it| it.parts[1].program = Some(128)).contains("programs"));
        assert!(refused(|it| it.parts.truncate(1)).contains("two parts or more"));
        assert!(refused(|it| it.lines = vec![3]).contains("must be parts"));
        assert!(refused(|it| it.lines = vec![1, 0]).contains("sorted"));
        let many = |it: &mut Vocabulary| it.parts = vec![part("x", false); 33];
        assert!(refused(many).contains("33 entries"));
    }
}
