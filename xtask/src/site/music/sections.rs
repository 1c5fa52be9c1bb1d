//! Letters of sections where a file names none: four bars each, the same letter where the music comes back, with a
//! stroke where it is varied, as the plugin's window shows them.

use std::collections::BTreeSet;

use super::midi::Part;

/// Bars of a section.
const LENGTH: u32 = 4;

/// The least likeness of a section that comes back, and of one that comes back varied.
const SAME: f64 = 0.9;
const VARIED: f64 = 0.45;

/// What is compared: part, place in the section, key.
type Strokes = BTreeSet<(usize, u32, u8)>;

/// The sections of a take, from a tick on.
pub fn find(parts: &[Part], bar: u32, bars: u32) -> Vec<(u32, String)> {
    let mut known: Vec<Strokes> = Vec::new();
    let begins = (0..bars).step_by(LENGTH as usize).map(|first| first * bar);
    begins
        .map(|from| {
            let strokes = strokes(parts, from, from + LENGTH * bar);
            let nearest = known
                .iter()
                .map(|other| likeness(&strokes, other))
                .enumerate()
                .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
            let name = match nearest {
                Some((letter, alike)) if alike >= SAME => letter_of(letter).to_string(),
                Some((letter, alike)) if alike >= VARIED => format!("{}'", letter_of(letter)),
                _ => {
                    known.push(strokes);
                    letter_of(known.len() - 1).to_string()
                }
            };
            (from, name)
        })
        .collect()
}

fn letter_of(number: usize) -> char {
    u8::try_from(number).ok().filter(|&it| it < 26).map_or('–', |it| char::from(b'A' + it))
}

fn strokes(parts: &[Part], from: u32, end: u32) -> Strokes {
    let numbered = parts.iter().enumerate();
    let all = numbered.flat_map(|(number, part)| part.notes.iter().map(move |note| (number, note)));
    all.filter(|(_, note)| (from..end).contains(&note.onset))
        .map(|(number, note)| (number, note.onset - from, note.key))
        .collect()
}

/// What two sections share, of what both have in the mean: 0 to 1 (Dice's coefficient).
fn likeness(one: &Strokes, other: &Strokes) -> f64 {
    let both = one.len() + other.len();
    if both == 0 { 1.0 } else { 2.0 * one.intersection(other).count() as f64 / both as f64 }
}

#[cfg(test)]
mod tests {
    use super::super::midi::Note;
    use super::*;

    /// A line of one note a beat, a key for each bar of four beats.
    fn line(keys: &[u8]) -> Part {
        let beats =
            keys.iter().zip(0..).flat_map(|(&key, bar)| (0..4).map(move |beat| (key, bar, beat)));
        let notes = beats
            .map(|(key, bar, beat)| Note {
                onset: bar * 96 + beat * 24,
                key,
                length: 12,
                velocity: 80,
            })
            .collect();
        Part { name: "lead".to_owned(), drums: false, notes }
    }

    #[test]
    fn what_comes_back_has_the_same_letter_and_a_stroke_where_it_is_varied() {
        let keys = [60, 62, 64, 65, 60, 62, 64, 72, 50, 51, 52, 53, 60, 62, 64, 65];
        let found = find(&[line(&keys)], 96, 16);
        let names: Vec<&str> = found.iter().map(|it| it.1.as_str()).collect();
        assert_eq!(names, ["A", "A'", "B", "A"]);
        assert_eq!(found[2].0, 8 * 96);
    }
}
