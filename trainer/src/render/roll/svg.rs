//! The piano roll of a take, with the run that it has in common with a learnt piece marked.

use std::fmt::Write;
use std::ops::Range;

use jukebox_model::piece::{Note, Piece, Tick};
use maud::{Markup, html};

use super::draw::Px;
use crate::names;

const WIDTH: f64 = 1000.0;
const MOST_BARS: u32 = 16;
/// Above each row, for the bar numbers.
const RULER: f64 = 16.0;
const GAP: f64 = 12.0;

/// Draws a piece; the notes of `copied` are marked.
pub fn roll(piece: &Piece, copied: Range<usize>) -> Markup {
    let layout = Layout::of(piece);
    let bars = piece.bars().max(1);
    html! {
        svg.roll viewBox={ "0 0 1000 " (Px(layout.row * f64::from(layout.rows) - GAP)) } role="img"
            aria-label={ "Piano roll of " (piece.title) }
        {
            @for row in 0..layout.rows {
                @let top = layout.row * f64::from(row) + RULER;
                @let bottom = top + layout.high * layout.lanes.len() as f64;
                @let span = layout.span(piece, row);
                rect.ground x=(Px(layout.left)) y=(Px(top)) height=(Px(bottom - top))
                    width=(Px(layout.x(&span, span.end).0 - layout.left)) {}
                path.shade stroke-width=(Px(layout.high)) d=(layout.shades(piece.drums, &span, bottom)) {}
                @for (lane, name) in layout.names(piece.drums) {
                    text.name x=(Px(layout.left - 6.0))
                        y=(Px(bottom - layout.high * (lane as f64 + 0.5) + 3.5)) { (name) }
                }
                @for number in layout.bars(row).filter(|&number| number < bars) {
                    @let x = layout.x(&span, piece.meters.bar(number).start);
                    line.bar x1=(x) x2=(x) y1=(Px(top - 5.0)) y2=(Px(bottom)) {}
                    text.number x=(Px(x.0 + 4.0)) y=(Px(top - 5.0)) { (number + 1) }
                }
                @for (class, inside) in [("plain", false), ("copied", true)] {
                    path class=(class) stroke-width=(Px((layout.high - 0.8).max(1.5)))
                        d=(layout.notes(piece, &span, bottom, |index| copied.contains(&index) == inside)) {}
                }
            }
        }
    }
}

struct Layout {
    /// Pitches from the lowest up.
    lanes: Vec<u8>,
    /// Height of a lane.
    high: f64,
    left: f64,
    rows: u32,
    bars_a_row: u32,
    /// Height of a row with its ruler and the gap below.
    row: f64,
    /// Ticks of the longest row.
    ticks: Tick,
}

impl Layout {
    fn of(piece: &Piece) -> Self {
        let lanes = lanes(piece);
        let high = if piece.drums { 12.0 } else { (110.0 / lanes.len() as f64).clamp(2.5, 6.0) };
        let bars = piece.bars().max(1);
        let rows = bars.div_ceil(MOST_BARS);
        let mut layout = Self {
            high,
            left: if piece.drums { 130.0 } else { 32.0 },
            rows,
            bars_a_row: bars.div_ceil(rows),
            row: RULER + high * lanes.len() as f64 + GAP,
            ticks: 1,
            lanes,
        };
        layout.ticks =
            (0..rows).map(|row| layout.span(piece, row).len() as Tick).max().unwrap_or(1);
        layout
    }

    fn bars(&self, row: u32) -> Range<u32> {
        row * self.bars_a_row..(row + 1) * self.bars_a_row
    }

    fn span(&self, piece: &Piece, row: u32) -> Range<Tick> {
        let bars = self.bars(row);
        let last = piece.meters.bar(bars.end.min(piece.bars().max(1)) - 1);
        piece.meters.bar(bars.start).start..piece.meters.bar_end(last)
    }

    fn x(&self, span: &Range<Tick>, tick: Tick) -> Px {
        let share =
            f64::from(tick.clamp(span.start, span.end) - span.start) / f64::from(self.ticks.max(1));
        Px(self.left + share * (WIDTH - 1.0 - self.left))
    }

    fn y(&self, bottom: f64, lane: usize) -> Px {
        Px(bottom - self.high * (lane as f64 + 0.5))
    }

    /// The lanes that stand back, as strokes: the black keys, or every second drum.
    fn shades(&self, drums: bool, span: &Range<Tick>, bottom: f64) -> String {
        let mut path = String::new();
        for (lane, &pitch) in self.lanes.iter().enumerate() {
            let black = matches!(pitch % 12, 1 | 3 | 6 | 8 | 10);
            if if drums { lane % 2 == 1 } else { black } {
                let right = self.x(span, span.end);
                // Writing to a string never fails.
                let _ = write!(path, "M{} {}H{right}", Px(self.left), self.y(bottom, lane));
            }
        }
        path
    }

    /// Notes as strokes.
    fn notes(
        &self,
        piece: &Piece,
        span: &Range<Tick>,
        bottom: f64,
        which: impl Fn(usize) -> bool,
    ) -> String {
        let mut path = String::new();
        let sounds = |note: &Note| note.onset < span.end && note.end() > span.start;
        for (index, note) in piece.notes.iter().enumerate().filter(|it| sounds(it.1)) {
            let Ok(lane) = self.lanes.binary_search(&note.pitch) else { continue };
            let (from, to) = (self.x(span, note.onset), self.x(span, note.end()));
            if which(index) {
                // A hairline between notes that follow on each other.
                let to = Px((to.0 - 0.9).max(from.0 + 1.0));
                let _ = write!(path, "M{from} {}H{to}", self.y(bottom, lane));
            }
        }
        path
    }

    /// The lanes that are named: each C, or every drum.
    fn names(&self, drums: bool) -> Vec<(usize, String)> {
        let named = |&(_, &pitch): &(usize, &u8)| drums || pitch.is_multiple_of(12);
        let lanes = self.lanes.iter().enumerate().filter(named);
        lanes.map(|(lane, &pitch)| (lane, names::pitch(pitch, drums))).collect()
    }
}

/// The pitches to draw: from the lowest to the highest, or the drums that are hit.
fn lanes(piece: &Piece) -> Vec<u8> {
    let mut pitches: Vec<u8> = piece.notes.iter().map(|note| note.pitch).collect();
    pitches.sort_unstable();
    pitches.dedup();
    match (pitches.first(), pitches.last()) {
        (Some(&low), Some(&high)) if !piece.drums => {
            (low.saturating_sub(1)..=(high + 1).min(127)).collect()
        }
        (None, _) => (60..=72).collect(),
        _ => pitches,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(notes: u32) -> Piece {
        let note = |index: u32| Note {
            onset: 24 * index,
            pitch: 60 + (index % 8) as u8,
            duration: 24,
            velocity: 80,
        };
        Piece {
            title: "a <b>".to_owned(),
            notes: (0..notes).map(note).collect(),
            ..Piece::default()
        }
    }

    /// Strokes of the paths of a class.
    fn strokes(svg: &str, class: &str) -> usize {
        let paths = svg.split("<path").filter(|it| it.contains(&format!("class=\"{class}\"")));
        paths.map(|it| it.matches('M').count()).sum()
    }

    #[test]
    fn every_note_is_drawn_and_the_copied_ones_are_marked() {
        let svg = roll(&piece(100), 10..25).into_string();
        assert_eq!((strokes(&svg, "plain"), strokes(&svg, "copied")), (85, 15));
        assert!(svg.contains("a &lt;b&gt;"));
    }

    #[test]
    fn silence_and_drums_have_rolls_too() {
        for piece in [
            Piece::default(),
            Piece { drums: true, ..piece(9) },
            Piece { drums: true, ..Piece::default() },
        ] {
            let svg = roll(&piece, 0..0).into_string();
            assert!(svg.contains("</svg>") && !svg.contains("NaN"), "{svg}");
        }
        assert!(roll(&Piece { drums: true, ..piece(9) }, 0..0).into_string().contains("Hi Bongo"));
    }
}
