//! The piano roll of a tune as a PNG file: pitches on lanes with their names, loudness as shade.

use std::ops::Range;
use std::path::Path;

use anyhow::Result;
use jukebox_model::key::is_white;
use jukebox_model::piece::{Note, Piece, Tick};

use super::{RollLayout, RollShape, bars, lanes};
use crate::names;
use crate::render::canvas::{self, Anchor, Canvas, Rgb};

const WIDTH: f64 = 1600.0;
const MARGIN: f64 = 36.0;
/// Height of title and subtitle together.
const HEAD: f64 = 84.0;
/// Above each row, for the bar numbers.
const RULER: f64 = 22.0;
/// Below each row.
const GAP: f64 = 18.0;
/// Rows that a picture has at most; later bars are left out.
const MOST_ROWS: u32 = 12;
/// Semitones from the lowest to the highest lane, about, at least: a narrow tune is not blown up.
const FEWEST_LANES: u8 = 18;

/// Draws a piece as a PNG file. The notes in `composed` are drawn as composed, the others as given.
///
/// # Errors
/// When the file cannot be written.
pub fn write_png(path: &Path, piece: &Piece, subtitle: &str, composed: &Range<Tick>) -> Result<()> {
    let layout = layout(piece);
    let size = (WIDTH as u32, height(&layout) as u32);
    canvas::picture(path, size, |canvas| {
        canvas.text(&piece.title, (MARGIN, 40.0), 30.0, canvas::BRIGHT, Anchor::Left);
        let subtitle = match layout.left_out {
            0 => subtitle.to_owned(),
            bars => format!("{subtitle}  ·  without the last {bars} bars"),
        };
        canvas.text(&subtitle, (MARGIN, 72.0), 17.0, canvas::DIM, Anchor::Left);
        for row in 0..layout.rows {
            draw_row(canvas, &layout, row, composed);
        }
    })
}

fn layout(piece: &Piece) -> RollLayout<'_> {
    let lanes = lanes(piece, FEWEST_LANES, 60..71);
    // Each drum has a name beside it, which takes some room.
    let lowest = if piece.drums { 12.0 } else { 4.0 };
    let shape = RollShape {
        left: MARGIN + if piece.drums { 150.0 } else { 44.0 },
        right: WIDTH - MARGIN,
        lane_height: (250.0 / lanes.len() as f64).floor().clamp(lowest, 18.0),
        bars_a_row: match bars(piece) {
            few @ ..=8 => few,
            many => many.div_ceil(3).clamp(8, 16).next_multiple_of(4),
        },
        most_rows: MOST_ROWS,
    };
    RollLayout::new(piece, lanes, shape)
}

fn height(layout: &RollLayout<'_>) -> f64 {
    HEAD + f64::from(layout.rows) * (RULER + layout.row_height() + GAP) + MARGIN - GAP
}

fn draw_row(canvas: &mut Canvas, layout: &RollLayout<'_>, row: u32, composed: &Range<Tick>) {
    let RollShape { left, lane_height, .. } = layout.shape;
    let top = HEAD + RULER + f64::from(row) * (RULER + layout.row_height() + GAP);
    let bottom = top + layout.row_height();
    let span = layout.span(row);
    let x = |tick: Tick| layout.x(&span, tick);
    let right = x(span.end);

    for (lane, &pitch) in layout.lanes.iter().enumerate() {
        let y = layout.lane_top(bottom, lane);
        let colour = if layout.is_dark(lane) { canvas::SHADE } else { canvas::PANEL };
        canvas.fill(left, y, right, y + lane_height, colour);
        if layout.piece.drums || is_named(pitch, lane_height) {
            let name = names::pitch(pitch, layout.piece.drums);
            let size = (lane_height + 1.0).clamp(11.0, 13.0);
            let place = (left - 8.0, y + lane_height / 2.0);
            canvas.text(&name, place, size, canvas::DIM, Anchor::Right);
        }
    }
    for number in layout.bars(row) {
        let bar = layout.piece.meters.bar(number);
        let end = layout.piece.meters.bar_end(bar);
        for beat in (bar.start..end).step_by(bar.meter.beat() as usize).skip(1) {
            canvas.fill(x(beat), top, x(beat) + 1.0, bottom, canvas::FINE);
        }
        canvas.fill(x(bar.start), top - 6.0, x(bar.start) + 1.5, bottom, canvas::STRONG);
        // As musicians count: the first bar is 1.
        let number = (number + 1).to_string();
        canvas.text(&number, (x(bar.start) + 5.0, top - 10.0), 13.0, canvas::DIM, Anchor::Left);
    }
    canvas.fill(right, top - 6.0, right + 1.5, bottom, canvas::STRONG);

    for (_, note, lane) in layout.notes(&span) {
        let y = layout.lane_top(bottom, lane);
        let (from, to) = (x(note.onset) + 1.0, x(note.end()) - 0.5);
        let place = (from, y + 0.5, to.max(from + 2.0), y + lane_height - 0.5);
        canvas.fill_round(place, note_colour(note, !composed.contains(&note.onset)));
    }
}

/// Whether a key is labelled: of the white ones as many as there is room for.
fn is_named(pitch: u8, lane_height: f64) -> bool {
    let class = pitch % 12;
    match lane_height {
        11.0.. => is_white(pitch.into()),
        // Without B and F, a semitone from the next.
        6.0.. => is_white(pitch.into()) && class != 11 && class != 5,
        _ => class == 0,
    }
}

fn note_colour(note: &Note, given: bool) -> Rgb {
    let colour = if given { canvas::TEAL } else { canvas::AMBER };
    canvas::mix(canvas::PANEL, colour, 0.3 + 0.7 * f64::from(note.velocity.min(110)) / 110.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(bars: u32, drums: bool) -> Piece {
        let notes = (0..bars * 8).map(|eighth| Note {
            onset: eighth * 12,
            part: 0,
            pitch: [60, 62, 64, 65, 67, 69, 71, 72][eighth as usize % 8],
            duration: 12,
            velocity: 40 + (eighth % 8) as u8 * 10,
        });
        Piece { title: "A scale".to_owned(), drums, notes: notes.collect(), ..Piece::default() }
    }

    #[test]
    fn rows_hold_all_bars_of_a_song_and_a_limit_holds_for_endless_ones() {
        for (bars, rows, left_out) in
            [(0, 1, 0), (4, 1, 0), (16, 2, 0), (24, 3, 0), (1000, 12, 808)]
        {
            let piece = scale(bars, false);
            let layout = layout(&piece);
            assert_eq!((layout.rows, layout.left_out), (rows, left_out), "{bars} bars");
        }
    }

    #[test]
    fn every_drum_has_room_for_its_name() {
        let notes = (35..82)
            .map(|pitch| Note { onset: 0, part: 0, pitch, duration: 12, velocity: 80 })
            .collect();
        let piece = Piece { drums: true, notes, ..Piece::default() };
        let layout = layout(&piece);
        assert_eq!((layout.lanes.len(), layout.shape.lane_height), (47, 12.0));
    }

    #[test]
    fn a_tune_becomes_a_picture_and_so_do_drums_and_silence() {
        let folder = tempfile::tempdir().unwrap();
        for (name, piece) in [
            ("tune.png", scale(20, false)),
            ("drums.png", scale(4, true)),
            ("silence", Piece::default()),
        ] {
            let path = folder.path().join(name);
            write_png(&path, &piece, "120 bpm", &(96..Tick::MAX)).unwrap();
            let bytes = std::fs::read(&path).unwrap();
            assert!(bytes.starts_with(b"\x89PNG") && bytes.len() > 1000, "{name}");
        }
    }

    #[test]
    fn the_same_tune_is_the_same_picture() {
        let folder = tempfile::tempdir().unwrap();
        let draw = |name: &str| {
            let path = folder.path().join(name);
            write_png(&path, &scale(8, false), "120 bpm", &(0..Tick::MAX)).unwrap();
            std::fs::read(path).unwrap()
        };
        assert_eq!(draw("a.png"), draw("b.png"));
    }
}
