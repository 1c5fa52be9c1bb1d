//! The piano roll of a tune: bars in rows, pitches on lanes with their names, loudness as shade.

use std::ops::Range;
use std::path::Path;

use anyhow::Result;
use jukebox_model::piece::{Note, Piece, Tick};

use super::canvas::{self, Anchor, Canvas, Rgb};
use crate::names;

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

/// Draws a piece as a PNG file. The notes in `composed` are drawn as composed, the others as given.
///
/// # Errors
/// When the file cannot be written.
pub fn roll(path: &Path, piece: &Piece, subtitle: &str, composed: &Range<Tick>) -> Result<()> {
    let layout = Layout::of(piece);
    let size = (WIDTH as u32, layout.height() as u32);
    canvas::picture(path, size, |canvas| {
        canvas.text(&piece.title, (MARGIN, 40.0), 30.0, canvas::BRIGHT, Anchor::Left);
        let subtitle = match layout.left_out {
            0 => subtitle.to_owned(),
            bars => format!("{subtitle}  ·  without the last {bars} bars"),
        };
        canvas.text(&subtitle, (MARGIN, 72.0), 17.0, canvas::DIM, Anchor::Left);
        for row in 0..layout.rows {
            layout.draw_row(canvas, piece, row, composed);
        }
    })
}

/// Where things lie.
struct Layout {
    /// Pitches, one for each lane, from the lowest up.
    lanes: Vec<u8>,
    lane_height: f64,
    /// Left end of the bars: the names lie before it.
    left: f64,
    bars_a_row: u32,
    rows: u32,
    /// Ticks across a row: the longest of all.
    ticks_a_row: Tick,
    /// Bars that found no place.
    left_out: u32,
    drums: bool,
}

impl Layout {
    fn of(piece: &Piece) -> Self {
        let lanes = lanes(piece);
        let bars = piece.bars().max(1);
        // Each drum has a name beside it, which takes some room.
        let lowest = if piece.drums { 12.0 } else { 4.0 };
        let bars_a_row = match bars {
            ..=8 => bars,
            _ => bars.div_ceil(3).clamp(8, 16).next_multiple_of(4),
        };
        let rows = bars.div_ceil(bars_a_row).min(MOST_ROWS);
        let mut layout = Self {
            lane_height: (250.0 / lanes.len() as f64).floor().clamp(lowest, 18.0),
            left: MARGIN + if piece.drums { 150.0 } else { 44.0 },
            lanes,
            bars_a_row,
            rows,
            ticks_a_row: 1,
            left_out: bars.saturating_sub(rows * bars_a_row),
            drums: piece.drums,
        };
        layout.ticks_a_row =
            (0..rows).map(|row| layout.span(piece, row).len() as Tick).max().unwrap_or(1).max(1);
        layout
    }

    fn row_height(&self) -> f64 {
        self.lane_height * self.lanes.len() as f64
    }

    fn height(&self) -> f64 {
        HEAD + f64::from(self.rows) * (RULER + self.row_height() + GAP) + MARGIN - GAP
    }

    /// The bars of a row.
    fn bars(&self, row: u32) -> Range<u32> {
        row * self.bars_a_row..(row + 1) * self.bars_a_row
    }

    /// The ticks of a row, up to the end of the piece's last bar.
    fn span(&self, piece: &Piece, row: u32) -> Range<Tick> {
        let bars = self.bars(row);
        let last = piece.meters.bar(bars.end.min(piece.bars().max(1)) - 1);
        piece.meters.bar(bars.start).start..piece.meters.bar_end(last)
    }

    fn draw_row(&self, canvas: &mut Canvas, piece: &Piece, row: u32, composed: &Range<Tick>) {
        let top = HEAD + RULER + f64::from(row) * (RULER + self.row_height() + GAP);
        let bottom = top + self.row_height();
        let span = self.span(piece, row);
        let scale = (WIDTH - MARGIN - self.left) / f64::from(self.ticks_a_row);
        let x = |tick: Tick| {
            self.left + f64::from(tick.clamp(span.start, span.end) - span.start) * scale
        };
        let right = x(span.end);

        for (lane, &pitch) in self.lanes.iter().enumerate() {
            let y = bottom - self.lane_height * (lane + 1) as f64;
            let colour = if self.stands_back(lane, pitch) { canvas::SHADE } else { canvas::PANEL };
            canvas.fill(self.left, y, right, y + self.lane_height, colour);
            if self.is_named(pitch) {
                let name = names::pitch(pitch, self.drums);
                let size = (self.lane_height + 1.0).clamp(11.0, 13.0);
                let place = (self.left - 8.0, y + self.lane_height / 2.0);
                canvas.text(&name, place, size, canvas::DIM, Anchor::Right);
            }
        }
        for number in self.bars(row).take_while(|&number| piece.meters.bar(number).start < span.end)
        {
            let bar = piece.meters.bar(number);
            let end = piece.meters.bar_end(bar);
            for beat in (bar.start..end).step_by(bar.meter.beat() as usize).skip(1) {
                canvas.fill(x(beat), top, x(beat) + 1.0, bottom, canvas::FINE);
            }
            canvas.fill(x(bar.start), top - 6.0, x(bar.start) + 1.5, bottom, canvas::STRONG);
            // As musicians count: the first bar is 1.
            let number = (number + 1).to_string();
            canvas.text(&number, (x(bar.start) + 5.0, top - 10.0), 13.0, canvas::DIM, Anchor::Left);
        }
        canvas.fill(right, top - 6.0, right + 1.5, bottom, canvas::STRONG);

        for note in
            piece.notes.iter().filter(|note| note.onset < span.end && note.end() > span.start)
        {
            let Some(lane) = self.lanes.iter().position(|&pitch| pitch == note.pitch) else {
                continue;
            };
            let y = bottom - self.lane_height * (lane + 1) as f64;
            let (from, to) = (x(note.onset) + 1.0, x(note.end()) - 0.5);
            let place = (from, y + 0.5, to.max(from + 2.0), y + self.lane_height - 0.5);
            canvas.fill_round(place, note_colour(note, !composed.contains(&note.onset)));
        }
    }

    /// Whether a lane has the darker ground: the black keys, or every second drum.
    fn stands_back(&self, lane: usize, pitch: u8) -> bool {
        if self.drums { lane % 2 == 1 } else { !is_white(pitch) }
    }

    /// Whether a lane is labelled: every drum; of the white keys as many as there is room for.
    fn is_named(&self, pitch: u8) -> bool {
        let class = pitch % 12;
        match self.lane_height {
            _ if self.drums => true,
            11.0.. => is_white(pitch),
            // Without B and F, a semitone from the next.
            6.0.. => is_white(pitch) && class != 11 && class != 5,
            _ => class == 0,
        }
    }
}

/// The pitches to draw: from the lowest to the highest with some room, or the drums that are hit.
fn lanes(piece: &Piece) -> Vec<u8> {
    let mut pitches: Vec<u8> = piece.notes.iter().map(|note| note.pitch).collect();
    pitches.sort_unstable();
    pitches.dedup();
    if piece.drums && !pitches.is_empty() {
        return pitches;
    }
    let lowest = pitches.first().copied().unwrap_or(60);
    let highest = pitches.last().copied().unwrap_or(71);
    // An octave and a half at least: a narrow tune is not blown up.
    let spare = 18u8.saturating_sub(highest - lowest) / 2;
    (lowest.saturating_sub(spare.max(1))..=(highest + spare.max(1)).min(127)).collect()
}

fn is_white(pitch: u8) -> bool {
    matches!(pitch % 12, 0 | 2 | 4 | 5 | 7 | 9 | 11)
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
            let layout = Layout::of(&scale(bars, false));
            assert_eq!((layout.rows, layout.left_out), (rows, left_out), "{bars} bars");
        }
    }

    #[test]
    fn every_drum_has_room_for_its_name() {
        let notes =
            (35..82).map(|pitch| Note { onset: 0, pitch, duration: 12, velocity: 80 }).collect();
        let layout = Layout::of(&Piece { drums: true, notes, ..Piece::default() });
        assert_eq!((layout.lanes.len(), layout.lane_height), (47, 12.0));
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
            roll(&path, &piece, "120 bpm", &(96..Tick::MAX)).unwrap();
            let bytes = std::fs::read(&path).unwrap();
            assert!(bytes.starts_with(b"\x89PNG") && bytes.len() > 1000, "{name}");
        }
    }

    #[test]
    fn the_same_tune_is_the_same_picture() {
        let folder = tempfile::tempdir().unwrap();
        let draw = |name: &str| {
            let path = folder.path().join(name);
            roll(&path, &scale(8, false), "120 bpm", &(0..Tick::MAX)).unwrap();
            std::fs::read(path).unwrap()
        };
        assert_eq!(draw("a.png"), draw("b.png"));
    }
}
