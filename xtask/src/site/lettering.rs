//! Headings in letters that are made of notes, as a piano roll would show them: seven keys high, runs in a row are
//! one note. They need no typeface, and look the same everywhere.

use std::fmt::Write;

use anyhow::{Context, Result};

use super::template::escape;

/// Rows of a letter.
const ROWS: usize = 7;

/// Each letter by its rows from the top, `#` where a key is held; all rows of a letter are equally long.
const LETTERS: &[(char, [&str; ROWS])] = &[
    ('A', [".###.", "#...#", "#...#", "#####", "#...#", "#...#", "#...#"]),
    ('B', ["####.", "#...#", "#...#", "####.", "#...#", "#...#", "####."]),
    ('C', [".###.", "#...#", "#....", "#....", "#....", "#...#", ".###."]),
    ('D', ["####.", "#...#", "#...#", "#...#", "#...#", "#...#", "####."]),
    ('E', ["#####", "#....", "#....", "####.", "#....", "#....", "#####"]),
    ('F', ["#####", "#....", "#....", "####.", "#....", "#....", "#...."]),
    ('G', [".###.", "#...#", "#....", "#.###", "#...#", "#...#", ".####"]),
    ('H', ["#...#", "#...#", "#...#", "#####", "#...#", "#...#", "#...#"]),
    ('I', ["###", ".#.", ".#.", ".#.", ".#.", ".#.", "###"]),
    ('J', ["..###", "...#.", "...#.", "...#.", "...#.", "#..#.", ".##.."]),
    ('K', ["#...#", "#..#.", "#.#..", "##...", "#.#..", "#..#.", "#...#"]),
    ('L', ["#....", "#....", "#....", "#....", "#....", "#....", "#####"]),
    ('M', ["#...#", "##.##", "#.#.#", "#.#.#", "#...#", "#...#", "#...#"]),
    ('N', ["#...#", "##..#", "##..#", "#.#.#", "#..##", "#..##", "#...#"]),
    ('O', [".###.", "#...#", "#...#", "#...#", "#...#", "#...#", ".###."]),
    ('P', ["####.", "#...#", "#...#", "####.", "#....", "#....", "#...."]),
    ('Q', [".###.", "#...#", "#...#", "#...#", "#.#.#", "#..#.", ".##.#"]),
    ('R', ["####.", "#...#", "#...#", "####.", "#.#..", "#..#.", "#...#"]),
    ('S', [".####", "#....", "#....", ".###.", "....#", "....#", "####."]),
    ('T', ["#####", "..#..", "..#..", "..#..", "..#..", "..#..", "..#.."]),
    ('U', ["#...#", "#...#", "#...#", "#...#", "#...#", "#...#", ".###."]),
    ('V', ["#...#", "#...#", "#...#", "#...#", "#...#", ".#.#.", "..#.."]),
    ('W', ["#...#", "#...#", "#...#", "#.#.#", "#.#.#", "##.##", "#...#"]),
    ('X', ["#...#", "#...#", ".#.#.", "..#..", ".#.#.", "#...#", "#...#"]),
    ('Y', ["#...#", "#...#", ".#.#.", "..#..", "..#..", "..#..", "..#.."]),
    ('Z', ["#####", "....#", "...#.", "..#..", ".#...", "#....", "#####"]),
    ('0', [".###.", "#...#", "#..##", "#.#.#", "##..#", "#...#", ".###."]),
    ('1', [".#.", "##.", ".#.", ".#.", ".#.", ".#.", "###"]),
    ('2', [".###.", "#...#", "....#", "...#.", "..#..", ".#...", "#####"]),
    ('3', ["####.", "....#", "....#", ".###.", "....#", "....#", "####."]),
    ('4', ["...#.", "..##.", ".#.#.", "#..#.", "#####", "...#.", "...#."]),
    ('5', ["#####", "#....", "####.", "....#", "....#", "#...#", ".###."]),
    ('6', [".###.", "#....", "#....", "####.", "#...#", "#...#", ".###."]),
    ('7', ["#####", "....#", "...#.", "...#.", "..#..", "..#..", "..#.."]),
    ('8', [".###.", "#...#", "#...#", ".###.", "#...#", "#...#", ".###."]),
    ('9', [".###.", "#...#", "#...#", ".####", "....#", "....#", ".###."]),
    ('-', ["...", "...", "...", "###", "...", "...", "..."]),
    ('?', [".###.", "#...#", "....#", "...#.", "..#..", ".....", "..#.."]),
    ('&', [".##..", "#..#.", "#.#..", ".#...", "#.#.#", "#..#.", ".##.#"]),
    (' ', ["..", "..", "..", "..", "..", "..", ".."]),
];

/// A text as a picture of one colour, that of the text around it, with the text itself for those who listen.
///
/// # Errors
/// Where there is no such letter.
pub fn letter(text: &str) -> Result<String> {
    let mut rows = vec![String::new(); ROWS];
    for letter in text.chars().flat_map(char::to_uppercase) {
        let found = LETTERS.iter().find(|(it, _)| *it == letter);
        let (_, shape) =
            found.with_context(|| format!("no notes spell \"{letter}\" of \"{text}\""))?;
        for (row, cells) in rows.iter_mut().zip(shape) {
            if !row.is_empty() {
                row.push('.');
            }
            row.push_str(cells);
        }
    }
    let width = rows[0].len();
    let path = path(&rows);
    let text = escape(text);
    Ok(format!(
        "<span class=\"said\">{text}</span><svg class=\"lettering\" style=\"--cells:{width}\" viewBox=\"0 -.5 {width} 7\" \
         aria-hidden=\"true\"><path d=\"{path}\"/></svg>"
    ))
}

/// A line for each run of held cells.
fn path(rows: &[String]) -> String {
    let mut path = String::new();
    for (y, row) in rows.iter().enumerate() {
        let (mut x, mut held) = (0, 0);
        for cell in row.chars().chain(['.']) {
            if cell == '#' {
                held += 1;
            } else if held > 0 {
                let _ = write!(path, "M{} {y}h{held}", x - held);
                held = 0;
            }
            x += 1;
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_rows_of_a_letter_are_equally_long() {
        for (letter, rows) in LETTERS {
            assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{letter}");
            assert!(rows.iter().all(|row| row.chars().all(|it| "#.".contains(it))), "{letter}");
        }
    }

    #[test]
    fn runs_become_notes_and_unknown_letters_errors() {
        let drawn = letter("T").unwrap();
        assert!(drawn.contains("d=\"M0 0h5M2 1h1M2 2h1"), "{drawn}");
        assert!(letter("ß€").unwrap_err().to_string().contains('€'));
    }
}
