//! The form: which earlier bar each bar is like, and the sections that follow from it.
//!
//! Bars are compared as sets of onsets and pitches (the self-similarity of Foote 1999, on notes), and
//! sections are found as blocks of bars that return (as in Paulus, Klapuri 2009, with a cost for what
//! does not return).

use crate::notes::Heard;

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

/// A bar's notes: place in the bar and pitch, sorted.
struct Bar(Vec<(u16, u8)>);

impl Bar {
    /// Share of the notes that two bars have in common, the other one moved up by semitones (Dice's
    /// coefficient); 1 for two empty ones.
    fn like(&self, other: &Self, moved: i8) -> f64 {
        if self.0.is_empty() && other.0.is_empty() {
            return 1.0;
        }
        let (mut i, mut j, mut common) = (0, 0, 0);
        while i < self.0.len() && j < other.0.len() {
            let mine = (self.0[i].0, i16::from(self.0[i].1));
            let theirs = (other.0[j].0, i16::from(other.0[j].1) + i16::from(moved));
            common += usize::from(mine == theirs);
            i += usize::from(mine <= theirs);
            j += usize::from(theirs <= mine);
        }
        2.0 * common as f64 / (self.0.len() + other.0.len()) as f64
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
        bars[bar].0.push((inside as u16, note.pitch));
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
    let drums_alone = notes.iter().all(|note| note.drum);
    let likeness = |(index, bar): (usize, &Bar)| {
        let mut best: Option<Likeness> = None;
        if bar.0.is_empty() {
            return None;
        }
        // The nearest of equals.
        for to in (index.saturating_sub(LOOK_BACK)..index).rev() {
            let other = &bars[to];
            let sizes = (bar.0.len().min(other.0.len()), bar.0.len().max(other.0.len()));
            let most = 2.0 * sizes.0 as f64 / (sizes.0 + sizes.1) as f64;
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
            // Moved copies: by the distance of the first notes.
            if here < 0.5 && !drums_alone && most > 0.6 {
                let moved = i16::from(bar.0[0].1) - i16::from(other.0[0].1);
                if moved != 0 && moved.abs() <= 12 {
                    consider(moved as i8);
                }
            }
        }
        best
    };
    bars.iter().enumerate().map(likeness).collect()
}

/// Lengths of sections in bars, and what each costs: eights are usual.
const LENGTHS: [(usize, f64); 8] =
    [(8, 0.5), (4, 0.9), (16, 0.7), (12, 1.2), (6, 1.6), (2, 2.0), (3, 2.2), (1, 2.5)];

/// A bar of new music is worth as much as one of this likeness.
const NEW: f64 = 0.45;

/// Likeness of sections of one letter, and of those that are not even varied.
const SAME: f64 = 0.5;
const EXACT: f64 = 0.85;

/// The sections of a piece.
pub fn sections(notes: &[Heard], beats: &[f64], lines: &[usize]) -> Vec<Section> {
    let bars = bars_of(notes, beats, lines);
    let count = bars.len();
    if count == 0 {
        return Vec::new();
    }
    let look_back = count.min(LOOK_BACK);
    // Likeness of each bar to the one that is a distance before it.
    let like: Vec<Vec<f32>> = (0..count)
        .map(|bar| {
            let far = bar.min(look_back);
            (0..=far)
                .map(
                    |back| {
                        if back == 0 { 1.0 } else { bars[bar].like(&bars[bar - back], 0) as f32 }
                    },
                )
                .collect()
        })
        .collect();
    // The best earlier block for one that starts at a bar: its start and mean likeness.
    let source = |start: usize, length: usize| {
        let mut best = (0usize, 0.0f32);
        for back in length..=start.min(look_back) {
            let sum: f32 = like[start..start + length].iter().map(|bar| bar[back]).sum();
            let mean = sum / length as f32;
            if mean > best.1 {
                best = (start - back, mean);
            }
        }
        best
    };
    // Best value of bars up to each, with the length of the last block.
    let mut value = vec![f64::NEG_INFINITY; count + 1];
    let mut last = vec![(1usize, 0usize, 0f32); count + 1];
    value[0] = 0.0;
    for start in 0..count {
        for (length, cost) in LENGTHS {
            let end = start + length;
            if end > count {
                continue;
            }
            let (from, mean) = source(start, length);
            let worth = f64::from(mean).max(NEW) * length as f64 - cost;
            if value[start] + worth > value[end] {
                value[end] = value[start] + worth;
                last[end] = (length, from, mean);
            }
        }
    }
    let mut blocks = Vec::new();
    let mut end = count;
    while end > 0 {
        let (length, from, mean) = last[end];
        blocks.push((end - length, end, from, mean));
        end -= length;
    }
    blocks.reverse();
    let mut sections: Vec<Section> = Vec::new();
    let mut letters = 0;
    for (from_bar, until_bar, source, mean) in blocks {
        let middle = source + (until_bar - from_bar) / 2;
        // Sections follow each other without a gap.
        let earlier = sections.get(sections.partition_point(|it| it.until_bar <= middle));
        let section = match earlier {
            Some(earlier) if f64::from(mean) >= SAME => Section {
                from_bar,
                until_bar,
                letter: earlier.letter,
                varied: f64::from(mean) < EXACT,
            },
            _ => {
                letters += 1;
                Section { from_bar, until_bar, letter: letters - 1, varied: false }
            }
        };
        sections.push(section);
    }
    sections
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
}
