//! The ruler above a row of bars: letters of sections and numbers of bars, and the chords below them.

use std::ops::Range;

use jukebox_model::piece::{Piece, Tick};

use super::RollLayout;
use super::annotations::Annotations;
use crate::render::canvas::{self, Anchor, Canvas};

/// Pixels of the line of letters and numbers, and of the line of chords.
pub const RULER: f64 = 22.0;
pub const CHORDS: f64 = 20.0;

/// Sizes of letters, numbers and chords.
const LETTER: f64 = 16.0;
const NUMBER: f64 = 13.0;
const CHORD: f64 = 15.0;

/// Pixels between two chords at least.
const APART: f64 = 7.0;

/// Draws the ruler of a row whose lanes begin at `top`.
pub fn draw(
    canvas: &mut Canvas,
    layout: &RollLayout<'_>,
    row: u32,
    top: f64,
    annotations: &Annotations,
) {
    let span = layout.span(row);
    let chords = if annotations.chords.is_empty() { 0.0 } else { CHORDS };
    let middle = top - chords - 10.0;
    for number in layout.bars(row) {
        let start = layout.piece.meters.bar(number).start;
        let mut x = layout.x(&span, start) + 5.0;
        let begins = annotations.letters.binary_search_by_key(&start, |it| it.0);
        if let Ok(letter) = begins.map(|index| &annotations.letters[index].1) {
            let width = canvas.text_width(letter, LETTER);
            let frame = (x - 4.0, middle - 9.0, x + width + 6.0, middle + 8.0);
            canvas.fill_round(frame, canvas::STRONG);
            canvas.text(letter, (x + 1.0, middle), LETTER, canvas::BRIGHT, Anchor::Left);
            x += width + 12.0;
        }
        // As musicians count: the first bar is 1.
        let number = (number + 1).to_string();
        canvas.text(&number, (x, middle), NUMBER, canvas::DIM, Anchor::Left);
    }
    for (x, name) in row_of_chords(canvas, layout, &span, annotations) {
        canvas.text(name, (x, top - 10.0), CHORD, canvas::BRIGHT, Anchor::Left);
    }
}

/// The chords that there is room for in a row, each with its place: those on bar lines first, then the
/// longest. One that goes on from the row before is named again; one that comes again at once is not.
fn row_of_chords<'a>(
    canvas: &Canvas,
    layout: &RollLayout<'_>,
    span: &Range<Tick>,
    annotations: &'a Annotations,
) -> Vec<(f64, &'a str)> {
    struct Candidate<'a> {
        left: f64,
        right: f64,
        name: &'a str,
        on_line: bool,
        lasts: Tick,
    }
    let sounds =
        |chord: &&(Range<Tick>, String)| chord.0.start < span.end && chord.0.end > span.start;
    let mut all: Vec<Candidate<'_>> = Vec::new();
    for (ticks, name) in annotations.chords.iter().filter(sounds) {
        if all.last().is_some_and(|last| last.name == name) {
            continue;
        }
        let start = ticks.start.max(span.start);
        let left = layout.x(span, start) + 5.0;
        all.push(Candidate {
            left,
            right: left + canvas.text_width(name, CHORD),
            name,
            on_line: is_bar_line(layout.piece, start),
            lasts: ticks.end - start,
        });
    }
    let mut order: Vec<usize> = (0..all.len()).collect();
    // Equals from the left.
    order.sort_by_key(|&index| (!all[index].on_line, std::cmp::Reverse(all[index].lasts)));
    let mut placed: Vec<&Candidate<'_>> = Vec::new();
    for candidate in order.into_iter().map(|index| &all[index]) {
        let is_free = |other: &&Candidate<'_>| {
            candidate.right + APART <= other.left || other.right + APART <= candidate.left
        };
        if candidate.right <= layout.shape.right && placed.iter().all(is_free) {
            placed.push(candidate);
        }
    }
    placed.sort_by(|a, b| a.left.total_cmp(&b.left));
    placed.into_iter().map(|candidate| (candidate.left, candidate.name)).collect()
}

fn is_bar_line(piece: &Piece, tick: Tick) -> bool {
    piece.meters.bar_at(tick).start == tick
}

#[cfg(test)]
mod tests {
    use jukebox_model::piece::Note;

    use super::super::{RollShape, lanes};
    use super::*;

    /// The chords drawn over a row of eight bars in a picture of some width, with the room of each.
    fn drawn(chords: &[(Range<Tick>, &str)], width: f64) -> Vec<(f64, f64, String)> {
        let canvas = Canvas::new((8, 8)).unwrap();
        let note = Note { onset: 0, part: 0, pitch: 60, duration: 8 * 96, velocity: 80 };
        let piece = Piece { notes: vec![note], ..Piece::default() };
        let shape = RollShape {
            left: 0.0,
            right: width,
            lane_height: 4.0,
            drum_height: 12.0,
            gap: 6.0,
            bars_a_row: 8,
            most_rows: 1,
        };
        let layout = RollLayout::new(&piece, lanes(&piece, 0, 60..71), shape);
        let chords = chords.iter().map(|(ticks, name)| (ticks.clone(), (*name).to_owned()));
        let annotations = Annotations { letters: Vec::new(), chords: chords.collect() };
        let row = row_of_chords(&canvas, &layout, &(0..768), &annotations);
        row.into_iter()
            .map(|(x, name)| (x, canvas.text_width(name, CHORD), name.to_owned()))
            .collect()
    }

    #[test]
    fn a_chord_that_goes_on_is_named_once_and_again_in_the_next_row() {
        let names = |chords: &[(Range<Tick>, &str)]| -> Vec<String> {
            drawn(chords, 1600.0).into_iter().map(|it| it.2).collect()
        };
        assert_eq!(names(&[(0..96, "C"), (120..192, "C"), (192..384, "F")]), ["C", "F"]);
        let none: [String; 0] = [];
        assert_eq!(names(&[(768..900, "C")]), none, "it belongs to the next row");
        let mut before = drawn(&[(0..9, "C"), (9..1000, "F#m7")], 1600.0);
        assert_eq!(before.pop().map(|it| it.2), Some("F#m7".to_owned()));
    }

    #[test]
    fn where_bars_are_narrow_the_chords_on_bar_lines_stay_and_none_overlap() {
        let names = ["Bbm7", "Ebdim7", "Abmaj7", "F#m7"];
        let chords: Vec<(Range<Tick>, &str)> =
            (0..32).map(|beat| (24 * beat..24 * beat + 24, names[beat as usize % 4])).collect();
        for (width, most) in [(3200.0, 32), (700.0, 12), (300.0, 6)] {
            let drawn = drawn(&chords, width);
            assert!((3..=most).contains(&drawn.len()), "{width}: {drawn:?}");
            for pair in drawn.windows(2) {
                assert!(pair[0].0 + pair[0].1 < pair[1].0, "{width}: {drawn:?}");
            }
            // Each first beat of a bar that has room.
            let on_lines = drawn.iter().filter(|it| it.2 == "Bbm7").count();
            assert_eq!(on_lines, if width > 400.0 { 8 } else { drawn.len() }, "{width}: {drawn:?}");
        }
    }
}
