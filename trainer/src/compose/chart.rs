//! Chords and form as a user writes them.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::str::FromStr;

use anyhow::{Context, Result, bail, ensure};
use jukebox_model::chord::Chord;
use jukebox_model::sheet::KEPT;
use jukebox_model::vocabulary::BarChords;

/// Most bars of a chart.
const MOST_BARS: usize = 4096;
/// Longest file of a chart, in bytes.
const MOST_BYTES: u64 = 1 << 20;

/// The chords of some bars, in the key that they are played in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// A bar's two halves.
    pub bars: Vec<BarChords>,
}

impl Chart {
    /// Reads a chart, or the file that is named.
    ///
    /// # Errors
    /// Names what is no chord, and how charts are written.
    pub fn read(text: &str) -> Result<Self> {
        let path = Path::new(text);
        if !path.is_file() {
            return text.parse().with_context(|| format!("--chords {text:?}"));
        }
        let mut chart = String::new();
        let read =
            fs::File::open(path).and_then(|it| it.take(MOST_BYTES).read_to_string(&mut chart));
        read.with_context(|| format!("{} cannot be read", path.display()))?;
        chart.parse().with_context(|| path.display().to_string())
    }
}

impl FromStr for Chart {
    type Err = anyhow::Error;

    /// `Am F C G` is a chord a bar; `| Am | F G | % |` divides by strokes: two chords share a bar, `%` is the
    /// bar before, and `|: ... :|` is played twice. `N.C.` is no chord. What follows `#` and a space is a
    /// comment.
    fn from_str(text: &str) -> Result<Self> {
        // A sharp has no space behind it.
        let lines = text.lines().map(|line| match line.trim_start().strip_prefix("# ") {
            Some(_) => "",
            None => line.split(" # ").next().unwrap_or_default(),
        });
        let text: String = lines.flat_map(|line| [line, " "]).collect();
        let mut bars: Vec<BarChords> = Vec::new();
        // The bar from which a repeat goes.
        let mut from = 0;
        let cells: Vec<String> = match text.contains('|') {
            true => text.split('|').map(str::to_owned).collect(),
            false => text.split_whitespace().map(str::to_owned).collect(),
        };
        for cell in &cells {
            let (mut cell, mut back) = (cell.trim(), false);
            // Alone, it ends a repeat that has begun.
            if cell == ":" && bars.len() > from {
                (cell, back) = ("", true);
            } else if let Some(rest) = cell.strip_prefix(':') {
                (cell, from) = (rest.trim(), bars.len());
            }
            if let Some(rest) = cell.strip_suffix(':') {
                (cell, back) = (rest.trim(), true);
            }
            if !cell.is_empty() {
                bars.push(bar(cell, bars.last())?);
            }
            if back {
                let again = bars[from..].to_vec();
                bars.extend(again);
                from = bars.len();
            }
            ensure!(bars.len() <= MOST_BARS, "a chart has {MOST_BARS} bars at most");
        }
        ensure!(!bars.is_empty(), "there is no chord in it: write some, such as \"Am F C G\"");
        Ok(Self { bars })
    }
}

/// The chords of a bar: one, two, or four of which the first and the third count.
fn bar(cell: &str, before: Option<&BarChords>) -> Result<BarChords> {
    let chord = |text: &str| -> Result<Option<Chord>> {
        match text {
            "N.C." | "NC" | "N" | "-" => Ok(None),
            text => Ok(Some(text.parse()?)),
        }
    };
    let chords: Vec<&str> = cell.split_whitespace().collect();
    match (chords.as_slice(), before) {
        (["%"], Some(before)) => Ok(*before),
        (["%"], None) => bail!("% repeats the bar before it, and there is none"),
        ([one], _) => Ok([chord(one)?; 2]),
        ([one, two], _) => Ok([chord(one)?, chord(two)?]),
        ([one, _, two] | [one, _, two, _], _) => Ok([chord(one)?, chord(two)?]),
        _ => bail!("a bar has four chords at most: {cell:?}"),
    }
}

/// Letters of sections, each varied or not: `AABA`, or `A A' B A`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormLetters(pub Vec<(char, bool)>);

impl FormLetters {
    /// The bars of each section of so many bars in all.
    ///
    /// # Errors
    /// Where they do not divide, or a section comes back from farther than bars are kept.
    pub fn section(&self, bars: u32) -> Result<u32> {
        let Self(letters) = self;
        let sections = letters.len() as u32;
        ensure!(
            bars.is_multiple_of(sections),
            "{bars} bars do not divide into {sections} sections of like length: say --bars {}",
            bars.next_multiple_of(sections)
        );
        let each = bars / sections;
        let first = |letter: char| letters.iter().position(|it| it.0 == letter).unwrap_or(0);
        let farthest = (0..).zip(letters).map(|(at, it): (usize, _)| at - first(it.0)).max();
        ensure!(
            farthest.unwrap_or(0) * each as usize <= KEPT,
            "a section comes back from {KEPT} bars at most: write fewer sections, or shorter ones with --bars"
        );
        Ok(each)
    }
}

impl FromStr for FormLetters {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let error = || "letters of sections, such as AABA or A A' B A".to_owned();
        let mut letters: Vec<(char, bool)> = Vec::new();
        for letter in text.chars().filter(|it| !it.is_whitespace() && !"-|,".contains(*it)) {
            match (letter, letters.last_mut()) {
                ('\'' | '′' | '’', Some(last)) if !last.1 => last.1 = true,
                (letter, _) if letter.is_ascii_alphabetic() => {
                    letters.push((letter.to_ascii_uppercase(), false));
                }
                _ => return Err(error()),
            }
        }
        if letters.is_empty() || letters.len() > 64 { Err(error()) } else { Ok(Self(letters)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        let name = |it: &Option<Chord>| it.map_or("-".to_owned(), |it| it.to_string());
        let chart: Chart = text.parse().unwrap();
        chart.bars.iter().map(|it| format!("{} {}", name(&it[0]), name(&it[1]))).collect()
    }

    #[test]
    fn charts_are_read_as_musicians_write_them() {
        assert_eq!(names("Am F C G"), ["Am Am", "F F", "C C", "G G"]);
        assert_eq!(names("| Am | F G | % | N.C. |"), ["Am Am", "F G", "F G", "- -"]);
        assert_eq!(names("|: C | G/B :| Am |"), ["C C", "G G", "C C", "G G", "Am Am"]);
        assert_eq!(names("|: C | G | :| F |"), ["C C", "G G", "C C", "G G", "F F"]);
        assert_eq!(names("| C | # a verse\n| F# |"), ["C C", "F# F#"]);
        assert_eq!(names("# verse\n| C Em Am F |\n| F#m7b5 |"), ["C Am", "F#m7b5 F#m7b5"]);
    }

    #[test]
    fn what_is_no_chart_is_told() {
        let error = |text: &str| format!("{:#}", text.parse::<Chart>().unwrap_err());
        assert!(error("Am H C").contains("\"H\" is no chord"));
        assert!(error("| % |").contains("there is none"));
        assert!(error("").contains("no chord in it"));
        assert!(error("| A B C D E |").contains("four chords at most"));
        assert!(error(&"C ".repeat(5000)).contains("at most"));
    }

    #[test]
    fn forms_are_letters() {
        let letters = |text: &str| text.parse::<FormLetters>().map(|it| it.0);
        assert_eq!(
            letters("AA'ba").unwrap(),
            [('A', false), ('A', true), ('B', false), ('A', false)]
        );
        assert_eq!(letters("A - B").unwrap(), [('A', false), ('B', false)]);
        let section = |text: &str, bars| text.parse::<FormLetters>().unwrap().section(bars);
        assert_eq!(section("AABA", 32).unwrap(), 8);
        assert!(section("AAB", 16).unwrap_err().to_string().contains("--bars 18"));
        assert!(section("ABA", 195).unwrap_err().to_string().contains("128 bars at most"));
        for text in ["", "A1", "'A", "A''"] {
            assert!(letters(text).is_err(), "{text}");
        }
    }
}
