//! The form: which earlier bar each bar is like, and the sections that follow from it.
//!
//! Bars are compared as sets of onsets and pitches (the self-similarity of Foote 1999, on notes), and
//! sections are found as blocks of bars that return (as in Paulus, Klapuri 2009, with a cost for what
//! does not return).

mod sections;

use crate::notes::Heard;

pub use sections::sections;

/// Places in a beat to which onsets are rounded.
const PLACES: f64 = 4.0;

/// Bars that are looked back at, at most.
const LOOK_BACK: usize = 400;

/// Least likeness that is told.
const ALIKE: f64 = 0.35;

/// What being moved to another pitch takes from a likeness.
const MOVED: f64 = 0.08;

/// Likeness of one bar to an earlier one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Likeness {
    /// Index of the earlier bar.
    pub to: usize,
    /// 0 to 1: 1 is the same onsets and pitches.
    pub share: f64,
    /// Semitones from the earlier bar up to this one.
    pub moved: i8,
}

/// Bars of one letter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Section {
    /// Index of its first bar.
    pub from_bar: usize,
    /// Index of the bar after its last.
    pub until_bar: usize,
    /// 0 is A.
    pub letter: usize,
    /// Whether it varies the first section of its letter.
    pub varied: bool,
}

impl Section {
    /// `A`, `B` and so on, with a stroke where varied; `AA` after `Z`.
    pub fn name(&self) -> String {
        let letter = char::from(b'A' + (self.letter % 26) as u8);
        let name: String = std::iter::repeat_n(letter, 1 + self.letter / 26).collect();
        if self.varied { name + "'" } else { name }
    }
}

/// What is added to the keys of drums: they are no pitches, and stay where the others are moved.
const DRUM: u8 = 128;

fn weight(key: u8) -> f64 {
    if key < DRUM { 1.0 } else { 0.2 }
}

/// A bar's notes: place in the bar and pitch, sorted.
struct Bar(Vec<(u16, u8)>);

impl Bar {
    /// Its first pitch, the lowest at its place.
    fn first(&self) -> Option<u8> {
        self.0.iter().map(|note| note.1).find(|&it| it < DRUM)
    }

    /// Semitones by which another one is moved where its first pitch becomes this one's; 0 where it is no
    /// copy of an octave or less.
    fn distance(&self, other: &Self) -> i8 {
        match (self.first(), other.first()) {
            (Some(mine), Some(theirs)) if mine.abs_diff(theirs) <= 12 => mine as i8 - theirs as i8,
            _ => 0,
        }
    }

    /// Weight of its notes: drums go on where the music changes, and count for little.
    fn weight(&self) -> f64 {
        self.0.iter().map(|note| weight(note.1)).sum()
    }

    /// Share of the notes that two bars have in common, the other one moved up by semitones (Dice's
    /// coefficient); 1 for two empty ones.
    fn like(&self, other: &Self, moved: i8) -> f64 {
        if self.0.is_empty() && other.0.is_empty() {
            return 1.0;
        }
        let (mut i, mut j, mut common) = (0, 0, 0.0);
        while i < self.0.len() && j < other.0.len() {
            let mine = (self.0[i].0, i16::from(self.0[i].1));
            let (place, pitch) = other.0[j];
            let shift = if pitch < DRUM { i16::from(moved) } else { 0 };
            let theirs = (place, i16::from(pitch) + shift);
            common += if mine == theirs { weight(pitch) } else { 0.0 };
            i += usize::from(mine <= theirs);
            j += usize::from(theirs <= mine);
        }
        2.0 * common / (self.weight() + other.weight())
    }
}

fn bars_of(notes: &[Heard], beats: &[f64], lines: &[usize]) -> Vec<Bar> {
    let mut bars: Vec<Bar> = lines.iter().map(|_| Bar(Vec::new())).collect();
    let Some(&first) = lines.first() else { return bars };
    for note in notes {
        let beat = beats.partition_point(|&at| at <= note.from).max(1) - 1;
        let length = match beats.get(beat + 1) {
            Some(next) => next - beats[beat],
            None => beats[beat] - beats[beat.saturating_sub(1)],
        };
        let place = ((note.from - beats[beat]) / length.max(1e-3) * PLACES).round().min(PLACES);
        let place = beat * PLACES as usize + place.max(0.0) as usize;
        if place < first * PLACES as usize {
            continue;
        }
        let bar = lines.partition_point(|&line| line * PLACES as usize <= place) - 1;
        let inside = (place - lines[bar] * PLACES as usize).min(usize::from(u16::MAX));
        let pitch = if note.drum { DRUM | note.pitch } else { note.pitch };
        bars[bar].0.push((inside as u16, pitch));
    }
    for bar in &mut bars {
        bar.0.sort_unstable();
        bar.0.dedup();
    }
    bars
}

/// For each bar the earlier one that it is most like, where it is like any. `lines` are the indices of
/// the beats that begin bars. Bars without notes are like none.
pub fn likenesses(notes: &[Heard], beats: &[f64], lines: &[usize]) -> Vec<Option<Likeness>> {
    let bars = bars_of(notes, beats, lines);
    let likeness = |(index, bar): (usize, &Bar)| {
        let mut best: Option<Likeness> = None;
        if bar.0.is_empty() {
            return None;
        }
        // The nearest of equals.
        for to in (index.saturating_sub(LOOK_BACK)..index).rev() {
            let other = &bars[to];
            let (least, most) =
                (bar.weight().min(other.weight()), bar.weight().max(other.weight()));
            let most = 2.0 * least / (least + most);
            let mut consider = |moved: i8| {
                let share = bar.like(other, moved) - if moved == 0 { 0.0 } else { MOVED };
                if share > ALIKE.max(best.map_or(0.0, |it| it.share + 1e-9)) {
                    best = Some(Likeness { to, share, moved });
                }
                share
            };
            if most <= ALIKE {
                continue;
            }
            let here = consider(0);
            let moved = bar.distance(other);
            if here < 0.5 && moved != 0 && most > 0.6 {
                consider(moved);
            }
        }
        best
    };
    bars.iter().enumerate().map(likeness).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bars of four beats with one note each; a letter is a melody of eight bars.
    fn tune(letters: &str, shift: u8) -> Vec<Heard> {
        let mut notes = Vec::new();
        for (block, letter) in letters.bytes().enumerate() {
            for beat in 0..32 {
                let at = (32 * block + beat) as f64;
                let step = (beat * (3 + usize::from(letter - b'A') * 2) + beat * beat / 5) % 11;
                notes.push(Heard {
                    from: at,
                    until: at + 0.9,
                    sounds_until: at + 0.9,
                    quarter: at,
                    pitch: 60 + 2 * step as u8 + if block > 0 { shift } else { 0 },
                    velocity: 80,
                    drum: false,
                    part: 0,
                });
            }
        }
        notes
    }

    fn grid(bars: usize) -> (Vec<f64>, Vec<usize>) {
        ((0..4 * bars).map(|beat| beat as f64).collect(), (0..bars).map(|bar| 4 * bar).collect())
    }

    #[test]
    fn letters_name_what_returns() {
        let (beats, lines) = grid(40);
        let sections = sections(&tune("AABAC", 0), &beats, &lines);
        let names: Vec<String> = sections.iter().map(Section::name).collect();
        assert_eq!(names, ["A", "A", "B", "A", "C"]);
        assert_eq!(sections[2].from_bar, 16);
    }

    #[test]
    fn a_bar_is_like_an_earlier_one_and_may_be_moved() {
        let (beats, lines) = grid(16);
        let exact = likenesses(&tune("AA", 0), &beats, &lines);
        assert_eq!(exact[8], Some(Likeness { to: 0, share: 1.0, moved: 0 }));
        assert_eq!(exact[0], None);
        let moved = likenesses(&tune("AA", 5), &beats, &lines);
        let found = moved[9].expect("a likeness");
        assert_eq!((found.to, found.moved), (1, 5));
    }

    #[test]
    fn drums_stay_where_the_rest_is_moved() {
        let (beats, lines) = grid(16);
        let mut notes = tune("AA", 5);
        let hits: Vec<Heard> =
            notes.iter().map(|it| Heard { pitch: 36, drum: true, ..*it }).collect();
        notes.extend(hits);
        let found = likenesses(&notes, &beats, &lines)[9].expect("a likeness");
        assert_eq!((found.to, found.moved), (1, 5));
        assert!(found.share > 0.9, "{}", found.share);
    }

    #[test]
    fn what_returns_alone_or_moved_is_a_section_wherever_it_is() {
        let (beats, lines) = grid(40);
        let names = |notes: &[Heard]| -> Vec<String> {
            sections(notes, &beats, &lines).iter().map(Section::name).collect()
        };
        // B is told from what stands before it by its return.
        assert_eq!(names(&tune("ABCBD", 0)), ["A", "B", "C", "B", "D"]);
        let mut moved = tune("ABACA", 0);
        moved.iter_mut().filter(|note| note.from >= 128.0).for_each(|note| note.pitch += 2);
        let found = names(&moved);
        assert_eq!(found.last().map(|it| &it[..1]), Some("A"), "{found:?}");
    }

    #[test]
    fn a_long_silence_is_one_section() {
        let (beats, lines) = grid(48);
        let mut notes = tune("AA", 0);
        for note in notes.iter_mut().filter(|note| note.from >= 32.0) {
            note.from += 120.0;
            note.until += 120.0;
        }
        let sections = sections(&notes, &beats, &lines);
        let spans: Vec<_> = sections.iter().map(|it| (it.from_bar, it.until_bar)).collect();
        // The last two bars are empty, too.
        assert_eq!(spans, [(0, 8), (8, 38), (38, 48)]);
        assert_eq!(sections[2].name(), "A");
    }
}
