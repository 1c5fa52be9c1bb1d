//! The sections of a song: letters for groups of bars, the same letter where the music comes back.

use std::ops::Range;
use std::sync::Arc;

use jukebox_model::sheet::BarNotes;
use jukebox_model::take::Bar;

use crate::shared::View;

/// Bars of a section, unless a loop is shorter.
const LENGTH: usize = 4;
/// The least likeness of bars, on an average, of a section that comes back and of one that comes back varied.
const SAME: f32 = 0.9;
const VARIED: f32 = 0.45;
/// Most letters.
const LETTERS: usize = 26;

/// Neighbouring bars that belong together.
#[derive(Clone, Debug)]
pub struct Section {
    /// Its bars.
    pub bars: Range<u32>,
    /// Its letter, 0 for A; those beyond Z have none.
    letter: usize,
    /// Whether it is not quite like the first section of its letter.
    varied: bool,
    /// What it was found in, to see whether it has changed.
    from: Vec<Arc<Bar>>,
    notes: Vec<BarNotes>,
}

impl Section {
    /// Its letter, with a stroke where it is varied.
    pub fn name(&self) -> String {
        let letter = u8::try_from(self.letter).ok().filter(|&it| usize::from(it) < LETTERS);
        let letter = letter.map_or('–', |it| char::from(b'A' + it));
        format!("{letter}{}", if self.varied { "'" } else { "" })
    }

    /// How alike its bars are to those of another.
    fn likeness(&self, other: &Self) -> f32 {
        if self.notes.len() != other.notes.len() {
            return 0.0;
        }
        let silent = |a: &BarNotes, b: &BarNotes| a.is_empty() && b.is_empty();
        let pairs = self.notes.iter().zip(&other.notes);
        let alike: f32 = pairs.map(|(a, b)| if silent(a, b) { 1.0 } else { a.likeness(b) }).sum();
        alike / self.notes.len() as f32
    }
}

/// The sections of the song that is shown. What has not changed is not looked at again.
#[derive(Default)]
pub struct Sections(Vec<Section>);

impl Sections {
    /// The sections that lie in some bars.
    pub fn within(&self, bars: Range<u32>) -> impl Iterator<Item = &Section> {
        self.0.iter().filter(move |it| it.bars.start < bars.end && it.bars.end > bars.start)
    }

    /// Follows the song.
    pub fn update(&mut self, view: &View) {
        let bars = &view.score.bars;
        let (mut from, mut number) = (0, 0);
        while let Some(end) = section_end(view, from) {
            let known = self.0.get(number).is_some_and(|it| {
                let same = it.from.iter().zip(&bars[from..end]);
                it.bars == (from as u32..end as u32)
                    && same.into_iter().all(|(a, b)| Arc::ptr_eq(a, b))
            });
            if !known {
                self.0.truncate(number);
                self.add(&bars[from..end], from as u32);
            }
            (from, number) = (end, number + 1);
        }
        self.0.truncate(number);
    }

    fn add(&mut self, bars: &[Arc<Bar>], first: u32) {
        let mut section = Section {
            bars: first..first + bars.len() as u32,
            letter: 0,
            varied: false,
            from: bars.to_vec(),
            notes: bars.iter().map(|bar| BarNotes::new(bar.slot, &bar.notes)).collect(),
        };
        // The first section of each letter stands for it.
        let mut letters: Vec<&Section> = Vec::new();
        for it in &self.0 {
            if it.letter == letters.len() && letters.len() < LETTERS {
                letters.push(it);
            }
        }
        let best = letters
            .iter()
            .map(|it| (it.likeness(&section), it.letter))
            .fold((0.0, 0), |best, it| if it.0 > best.0 { it } else { best });
        (section.letter, section.varied) = match best {
            (likeness, letter) if likeness >= SAME => (letter, false),
            (likeness, letter) if likeness >= VARIED => (letter, true),
            _ => (letters.len(), false),
        };
        self.0.push(section);
    }
}

/// Where the section that begins at a bar ends; `None` where it is not there yet.
fn section_end(view: &View, from: usize) -> Option<usize> {
    let count = view.score.bars.len();
    let begins = |bar: usize| match view.slots.get(bar) {
        Some(slot) => slot.is_multiple_of(LENGTH as u32),
        None => bar.is_multiple_of(LENGTH),
    };
    (from + 1..=from + LENGTH).find(|&end| end <= count && (end - from == LENGTH || begins(end)))
}

#[cfg(test)]
mod tests {
    use jukebox_model::meter::MeterMap;
    use jukebox_model::piece::Note;

    use super::*;
    use crate::shared::Score;

    /// A song of bars that are named by letters; those of one letter are alike.
    fn view(song: &str, slots: Vec<u32>) -> View {
        let meters = MeterMap::default();
        let bar = |(number, letter): (u32, char)| {
            let slot = meters.bar(number);
            let note = |place: u32| Note {
                onset: slot.start + 24 * place,
                part: 0,
                pitch: 60 + (u32::from(letter) * (place + 1) % 12) as u8,
                duration: 12,
                velocity: 80,
            };
            Arc::new(Bar {
                slot,
                end: slot.end(),
                notes: (0..4).map(note).collect(),
                ..Bar::default()
            })
        };
        let bars = (0..).zip(song.chars()).map(bar).collect();
        View { score: Arc::new(Score { bars, ..Score::default() }), slots, ..View::default() }
    }

    fn names(sections: &Sections) -> Vec<String> {
        sections.within(0..1000).map(Section::name).collect()
    }

    #[test]
    fn what_comes_back_has_its_letter() {
        let mut sections = Sections::default();
        sections.update(&view("abcdefghabcdabcxxyz", Vec::new()));
        assert_eq!(names(&sections), ["A", "B", "A", "A'"]);
        // Another song: nothing of the one before is left.
        sections.update(&view("abcdabcd", Vec::new()));
        assert_eq!(names(&sections), ["A", "A"]);
        sections.update(&View::default());
        assert!(names(&sections).is_empty());
    }

    #[test]
    fn the_sections_of_a_loop_begin_with_it() {
        let mut sections = Sections::default();
        let slots = (0..12).map(|bar| bar % 6).collect();
        sections.update(&view("abcdefabcdef", slots));
        let bars: Vec<_> = sections.within(0..12).map(|it| it.bars.clone()).collect();
        assert_eq!(bars, [0..4, 4..6, 6..10, 10..12]);
        assert_eq!(names(&sections), ["A", "B", "A", "B"]);
    }
}
