//! Chords as a musician writes them.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::chord::Chord;
use crate::vocabulary::BarChords;

/// The chords of some bars, in the key that they are played in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chart {
    /// A bar's two halves.
    pub bars: Vec<BarChords>,
}

/// What is wrong with a chart, in words.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{0}")]
pub struct ChartError(String);

impl Chart {
    /// Most bars of a chart.
    pub const MOST_BARS: usize = 4096;
}

impl FromStr for Chart {
    type Err = ChartError;

    /// `Am F C G` is a chord a bar; `| Am | F G | % |` divides by strokes: two chords share a bar, `%` is the
    /// bar before, and `|: ... :|` is played twice. `N.C.` is no chord. What follows `#` and a space is a
    /// comment.
    fn from_str(text: &str) -> Result<Self, ChartError> {
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
            if bars.len() > Self::MOST_BARS {
                return Err(ChartError(format!("a chart has {} bars at most", Self::MOST_BARS)));
            }
        }
        if bars.is_empty() {
            let nothing = "there is no chord in it: write some, such as \"Am F C G\"";
            return Err(ChartError(nothing.to_owned()));
        }
        Ok(Self { bars })
    }
}

impl fmt::Display for Chart {
    /// Writes it as it is read: a stroke before each bar.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |chord: Option<Chord>| chord.map_or("N.C.".to_owned(), |it| it.to_string());
        for bar in &self.bars {
            match bar.map(name) {
                [one, two] if one == two => write!(f, "| {one} ")?,
                [one, two] => write!(f, "| {one} {two} ")?,
            }
        }
        if self.bars.is_empty() { Ok(()) } else { f.write_str("|") }
    }
}

/// The chords of a bar: one, two, or four of which the first and the third count.
fn bar(cell: &str, before: Option<&BarChords>) -> Result<BarChords, ChartError> {
    let chord = |text: &str| -> Result<Option<Chord>, ChartError> {
        match text {
            "N.C." | "NC" | "N" | "-" => Ok(None),
            text => match text.parse() {
                Ok(chord) => Ok(Some(chord)),
                Err(error) => Err(ChartError(format!("{error}"))),
            },
        }
    };
    let chords: Vec<&str> = cell.split_whitespace().collect();
    match (chords.as_slice(), before) {
        (["%"], Some(before)) => Ok(*before),
        (["%"], None) => {
            Err(ChartError("% repeats the bar before it, and there is none".to_owned()))
        }
        ([one], _) => Ok([chord(one)?; 2]),
        ([one, two], _) => Ok([chord(one)?, chord(two)?]),
        ([one, _, two] | [one, _, two, _], _) => Ok([chord(one)?, chord(two)?]),
        _ => Err(ChartError(format!("a bar has four chords at most: {cell:?}"))),
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
    fn a_chart_is_read_as_it_is_written() {
        for text in ["| Am | F G | N.C. |", "| F#m7b5 | Bb |"] {
            let chart: Chart = text.parse().unwrap();
            assert_eq!(chart.to_string().parse::<Chart>(), Ok(chart));
        }
        assert_eq!(Chart::default().to_string(), "");
    }
}
