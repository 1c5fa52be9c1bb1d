//! A piece brought to the parts of a vocabulary.

use std::borrow::Cow;
use std::cmp::Reverse;

use super::Vocabulary;
use crate::piece::{Note, Part, Piece, tidy};

impl Vocabulary {
    /// The piece with the parts of this vocabulary. Each of its parts becomes one of those: of the same name,
    /// or else a part that is pitched or drums as it is, with the same family of General MIDI programs, and
    /// whose keys lie nearest. Notes of a part that has no like are left out; what plays the same key of one
    /// part at once becomes one note. Without parts here the piece becomes one heap (see [`Piece::merged`]).
    pub fn adopt<'p>(&self, piece: &'p Piece) -> Cow<'p, Piece> {
        let same = piece.parts == self.parts;
        if same || (piece.parts.len() < 2 && !self.has_parts()) {
            return Cow::Borrowed(piece);
        }
        if !self.has_parts() {
            return Cow::Owned(piece.clone().merged());
        }
        let unnamed = [Part { drums: piece.drums, ..Part::default() }];
        let parts = if piece.parts.is_empty() { &unnamed[..] } else { &piece.parts };
        let places: Vec<Option<u8>> =
            (0..=u8::MAX).zip(parts).map(|(number, part)| self.like(part, number, piece)).collect();
        let moved = |note: &Note| {
            let part = (*places.get(usize::from(note.part))?)?;
            Some(Note { part, ..*note })
        };
        let mut notes: Vec<Note> = piece.notes.iter().filter_map(moved).collect();
        tidy(&mut notes);
        Cow::Owned(Piece { notes, parts: self.parts.clone(), drums: self.drums, ..piece.clone() })
    }

    /// The part that is most like a part of a piece.
    fn like(&self, part: &Part, number: u8, piece: &Piece) -> Option<u8> {
        let name = |part: &Part| part.name.trim().to_lowercase();
        let family = |part: &Part| part.program.map(|program| program / 8);
        let notes = piece.notes.iter().filter(|note| note.part == number);
        let middle = mean(notes.map(|note| note.pitch));
        let mut alike = (0..).zip(&self.parts).filter(|(_, it)| it.drums == part.drums);
        let named = alike.clone().find(|(_, it)| !name(it).is_empty() && name(it) == name(part));
        let nearest = || {
            alike.by_ref().min_by_key(|(place, it)| {
                let same_family = family(it).is_some() && family(it) == family(part);
                let keys = self.part_keys[usize::from(*place)].iter().copied();
                (Reverse(same_family), mean(keys).abs_diff(middle))
            })
        };
        named.or_else(nearest).map(|(place, _)| place)
    }
}

/// The mean of keys in hundredths; 0 where there are none.
fn mean(keys: impl Iterator<Item = u8>) -> u32 {
    let (sum, count) = keys.fold((0, 0), |(sum, count), key| (sum + u32::from(key), count + 1));
    100 * sum / count.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: &str, program: Option<u8>, drums: bool) -> Part {
        Part { name: name.into(), program, drums }
    }

    fn note(part: u8, pitch: u8) -> Note {
        Note { onset: 0, part, pitch, duration: 12, velocity: 80 }
    }

    fn band() -> Vocabulary {
        let parts = vec![
            part("melody", None, false),
            part("bass", Some(33), false),
            part("kit", None, true),
        ];
        let notes = vec![note(0, 60), note(0, 72), note(1, 36), note(1, 48), note(2, 36)];
        Vocabulary::learn([&Piece { notes, parts, ..Piece::default() }]).unwrap()
    }

    #[test]
    fn parts_find_their_like_by_name_program_and_keys() {
        let parts = vec![
            part("drums", None, true),
            part("", Some(38), false),
            part(" Melody ", None, false),
            part("flute", Some(73), false),
        ];
        let notes = vec![note(0, 36), note(1, 70), note(2, 50), note(3, 74), note(3, 50)];
        let piece = Piece { notes, parts, ..Piece::default() };
        let band = band();
        let adopted = band.adopt(&piece);
        assert_eq!(adopted.parts, band.parts);
        // The flute's 50 is the melody's.
        assert_eq!(adopted.notes, [note(0, 50), note(0, 74), note(1, 70), note(2, 36)]);
        assert_eq!(*band.adopt(&adopted), *adopted);
    }

    #[test]
    fn heaps_and_bands_become_one_another() {
        let heap = Piece { notes: vec![note(0, 40)], ..Piece::default() };
        assert_eq!(band().adopt(&heap).notes, [note(1, 40)]);
        let notes = vec![note(0, 60), note(1, 60), note(2, 36)];
        let piece = Piece { notes, parts: band().parts, ..Piece::default() };
        let line = Vocabulary::learn([&heap]).unwrap();
        assert_eq!(line.adopt(&piece).notes, [note(0, 60)]);
        assert!(matches!(line.adopt(&heap), Cow::Borrowed(_)));
    }
}
