//! The piano roll of a take in a page, with the run that it has in common with a learnt piece marked.

use std::fmt::Write;
use std::ops::Range;

use jukebox_model::piece::{Piece, Tick};
use maud::{Markup, html};

use super::{Lane, RollLayout, RollShape, bars, drums, lanes};
use crate::names;
use crate::render::page::svg::Px;

const WIDTH: f64 = 1000.0;
const MOST_BARS: u32 = 16;
/// Above each row, for the bar numbers.
const RULER: f64 = 16.0;
const GAP: f64 = 12.0;

/// Draws a piece as an SVG picture; the notes whose indices are in `copied` are marked.
pub fn svg(piece: &Piece, copied: Range<usize>) -> Markup {
    let layout = layout(piece);
    let RollShape { left, lane_height, drum_height, .. } = layout.shape;
    // Strokes are as wide as the lanes that they lie on.
    let kinds = [(false, lane_height), (true, drum_height)];
    let row_height = RULER + layout.row_height() + GAP;
    html! {
        svg.roll viewBox={ "0 0 1000 " (Px(row_height * f64::from(layout.rows) - GAP)) } role="img"
            aria-label={ "Piano roll of " (piece.title) }
        {
            @for row in 0..layout.rows {
                @let top = row_height * f64::from(row) + RULER;
                @let bottom = top + layout.row_height();
                @let span = layout.span(row);
                rect.ground x=(Px(left)) y=(Px(top)) height=(Px(bottom - top))
                    width=(Px(layout.x(&span, span.end) - left)) {}
                @for (drums, height) in kinds {
                    path.shade stroke-width=(Px(height)) d=(dark_lanes(&layout, &span, bottom, drums)) {}
                }
                @for (lane, name) in lane_names(&layout) {
                    text.name x=(Px(left - 6.0))
                        y=(Px(layout.lane_middle(bottom, lane) + 3.5)) { (name) }
                }
                @for number in layout.bars(row) {
                    @let x = layout.x(&span, piece.meters.bar(number).start);
                    line.bar x1=(Px(x)) x2=(Px(x)) y1=(Px(top - 5.0)) y2=(Px(bottom)) {}
                    text.number x=(Px(x + 4.0)) y=(Px(top - 5.0)) { (number + 1) }
                }
                @for (class, inside) in [("plain", false), ("copied", true)] {
                    @for (drums, height) in kinds {
                        path class=(class) stroke-width=(Px((height - 0.8).max(1.5)))
                            d=(notes(&layout, &span, bottom, |index, lane| {
                                copied.contains(&index) == inside && layout.lanes[lane].is_drum == drums
                            })) {}
                    }
                }
            }
        }
    }
}

fn layout(piece: &Piece) -> RollLayout<'_> {
    let lanes = lanes(piece, 0, 61..71);
    let bars = bars(piece);
    let drums = drums(&lanes);
    let shape = RollShape {
        left: if drums > 0 { 130.0 } else { 32.0 },
        right: WIDTH - 1.0,
        lane_height: (110.0 / (lanes.len() - drums) as f64).clamp(2.5, 6.0),
        drum_height: 12.0,
        gap: 5.0,
        // Rows that are about as long.
        bars_a_row: bars.div_ceil(bars.div_ceil(MOST_BARS)),
        most_rows: u32::MAX,
    };
    RollLayout::new(piece, lanes, shape)
}

/// The lanes of drums, or of pitches, with the darker ground, as strokes.
fn dark_lanes(layout: &RollLayout<'_>, span: &Range<Tick>, bottom: f64, drums: bool) -> String {
    let mut path = String::new();
    let lanes = (0..layout.lanes.len()).filter(|&lane| layout.lanes[lane].is_drum == drums);
    for lane in lanes.filter(|&lane| layout.is_dark(lane)) {
        let (y, right) = (layout.lane_middle(bottom, lane), layout.x(span, span.end));
        // Writing to a string never fails.
        let _ = write!(path, "M{} {}H{}", Px(layout.shape.left), Px(y), Px(right));
    }
    path
}

/// The notes whose indices and lanes are asked for, as strokes.
fn notes(
    layout: &RollLayout<'_>,
    span: &Range<Tick>,
    bottom: f64,
    which: impl Fn(usize, usize) -> bool,
) -> String {
    let mut path = String::new();
    for (_, note, lane) in layout.notes(span).filter(|&(index, _, lane)| which(index, lane)) {
        let (from, to) = (layout.x(span, note.onset), layout.x(span, note.end()));
        // A hairline between notes that follow on each other.
        let to = (to - 0.9).max(from + 1.0);
        let _ = write!(path, "M{} {}H{}", Px(from), Px(layout.lane_middle(bottom, lane)), Px(to));
    }
    path
}

/// The lanes that are named: each C, or every drum.
fn lane_names(layout: &RollLayout<'_>) -> Vec<(usize, String)> {
    let named = |(_, lane): &(usize, &Lane)| lane.is_drum || lane.pitch.is_multiple_of(12);
    let lanes = layout.lanes.iter().enumerate().filter(named);
    lanes.map(|(index, lane)| (index, names::pitch(lane.pitch, lane.is_drum))).collect()
}

#[cfg(test)]
mod tests {
    use jukebox_model::piece::{Note, Part};

    use super::*;

    fn piece(notes: u32) -> Piece {
        let note = |index: u32| Note {
            onset: 24 * index,
            part: 0,
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
        let svg = svg(&piece(100), 10..25).into_string();
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
            let svg = svg(&piece, 0..0).into_string();
            assert!(svg.contains("</svg>") && !svg.contains("NaN"), "{svg}");
        }
        assert!(svg(&Piece { drums: true, ..piece(9) }, 0..0).into_string().contains("Hi Bongo"));
    }

    #[test]
    fn the_drums_of_a_band_are_named_and_its_other_notes_are_pitches() {
        let mut band = piece(9);
        band.parts = vec![Part { drums: true, ..Part::default() }, Part::default()];
        band.notes.iter_mut().skip(1).for_each(|note| note.part = 1);
        let svg = svg(&band, 0..0).into_string();
        assert!(svg.contains("Hi Bongo") && !svg.contains("Low Bongo"), "{svg}");
        assert_eq!(strokes(&svg, "plain"), 9);
    }
}
