//! Piano rolls: bars in rows, pitches on lanes. `RollLayout` says where everything lies; it is drawn into a
//! PNG file by [`write_png()`], into a page by [`svg()`].

mod png;
mod svg;

use std::ops::Range;

use jukebox_model::key::is_white;
use jukebox_model::piece::{Note, Piece, Tick};

pub use self::png::write_png;
pub use self::svg::svg;

/// What a picture asks of its layout. Lengths are in pixels of the picture.
struct RollShape {
    /// Where the bars begin; the names of the lanes stand before that.
    left: f64,
    /// Where the longest row ends.
    right: f64,
    lane_height: f64,
    bars_a_row: u32,
    /// Rows that the picture has at most; later bars are left out.
    most_rows: u32,
}

/// Where the notes and bars of a piece lie.
struct RollLayout<'p> {
    piece: &'p Piece,
    /// Pitches, one for each lane, from the lowest up.
    lanes: Vec<u8>,
    shape: RollShape,
    /// At least one, of silence, too.
    rows: u32,
    /// Bars that found no place.
    left_out: u32,
    /// Pixels of a tick.
    scale: f64,
}

impl<'p> RollLayout<'p> {
    /// Lays out a piece on these lanes (see [`lanes`]).
    fn new(piece: &'p Piece, lanes: Vec<u8>, shape: RollShape) -> Self {
        let bars = bars(piece);
        let rows = bars.div_ceil(shape.bars_a_row).min(shape.most_rows);
        let left_out = bars.saturating_sub(rows * shape.bars_a_row);
        let mut layout = Self { piece, lanes, shape, rows, left_out, scale: 1.0 };
        let longest = (0..rows).map(|row| layout.span(row).len()).max().unwrap_or(1).max(1);
        layout.scale = (layout.shape.right - layout.shape.left) / longest as f64;
        layout
    }

    /// Height of the lanes of a row together.
    fn row_height(&self) -> f64 {
        self.shape.lane_height * self.lanes.len() as f64
    }

    /// The bars of a row that the piece has, counted from 0.
    fn bars(&self, row: u32) -> Range<u32> {
        let first = row * self.shape.bars_a_row;
        first..(first + self.shape.bars_a_row).min(bars(self.piece))
    }

    /// The ticks of a row, from bar line to bar line.
    fn span(&self, row: u32) -> Range<Tick> {
        let (bars, meters) = (self.bars(row), &self.piece.meters);
        meters.bar(bars.start).start..meters.bar_end(meters.bar(bars.end - 1))
    }

    /// The place of a tick in a row with this span, from the left; what lies outside is put to its ends.
    fn x(&self, span: &Range<Tick>, tick: Tick) -> f64 {
        self.shape.left + f64::from(tick.clamp(span.start, span.end) - span.start) * self.scale
    }

    /// The upper edge of a lane in a row whose lanes end at `bottom`.
    fn lane_top(&self, bottom: f64, lane: usize) -> f64 {
        bottom - self.shape.lane_height * (lane + 1) as f64
    }

    /// The middle of a lane in a row whose lanes end at `bottom`.
    fn lane_middle(&self, bottom: f64, lane: usize) -> f64 {
        bottom - self.shape.lane_height * (lane as f64 + 0.5)
    }

    /// Whether a lane has the darker ground: the black keys, or every second drum.
    fn is_dark(&self, lane: usize) -> bool {
        if self.piece.drums { lane % 2 == 1 } else { !is_white(self.lanes[lane].into()) }
    }

    /// The notes that sound in a row with this span, each with its index in the piece and its lane.
    fn notes(&self, span: &Range<Tick>) -> impl Iterator<Item = (usize, &'p Note, usize)> {
        let sounds = |note: &Note| note.onset < span.end && note.end() > span.start;
        self.piece.notes.iter().enumerate().filter(move |(_, note)| sounds(note)).filter_map(
            move |(index, note)| Some((index, note, self.lanes.binary_search(&note.pitch).ok()?)),
        )
    }
}

/// The bars to draw: one for silence.
fn bars(piece: &Piece) -> u32 {
    piece.bars().max(1)
}

/// The pitches to draw: the drums that are hit; or all from the lowest to the highest with one to spare on
/// either side, and at least about `fewest`. Silence is drawn as the two pitches of `silent` would be.
fn lanes(piece: &Piece, fewest: u8, silent: Range<u8>) -> Vec<u8> {
    let mut pitches: Vec<u8> = piece.notes.iter().map(|note| note.pitch).collect();
    pitches.sort_unstable();
    pitches.dedup();
    if piece.drums && !pitches.is_empty() {
        return pitches;
    }
    let lowest = pitches.first().copied().unwrap_or(silent.start);
    let highest = pitches.last().copied().unwrap_or(silent.end);
    let spare = (fewest.saturating_sub(highest - lowest) / 2).max(1);
    (lowest.saturating_sub(spare)..=(highest + spare).min(127)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(pitches: &[u8], drums: bool) -> Piece {
        let note = |(index, &pitch): (usize, &u8)| Note {
            onset: 96 * index as Tick,
            part: 0,
            pitch,
            duration: 96,
            velocity: 80,
        };
        Piece { drums, notes: pitches.iter().enumerate().map(note).collect(), ..Piece::default() }
    }

    #[test]
    fn lanes_reach_from_the_lowest_to_the_highest_pitch_and_a_little_beyond() {
        assert_eq!(lanes(&piece(&[60, 64], false), 0, 61..71), (59..=65).collect::<Vec<_>>());
        assert_eq!(lanes(&piece(&[60, 64], false), 18, 60..71), (53..=71).collect::<Vec<_>>());
        assert_eq!(lanes(&piece(&[0, 127], false), 18, 60..71), (0..=127).collect::<Vec<_>>());
        assert_eq!(lanes(&piece(&[42, 36, 42], true), 18, 60..71), [36, 42], "drums that are hit");
        assert_eq!(lanes(&piece(&[], true), 0, 61..71), (60..=72).collect::<Vec<_>>());
    }

    #[test]
    fn every_note_lies_in_each_row_that_it_sounds_in() {
        // Five bars in rows of two: the third row has one.
        let mut piece = piece(&[60, 62, 64, 65, 67], false);
        piece.notes[1].duration = 120;
        let lanes = lanes(&piece, 0, 61..71);
        let shape =
            RollShape { left: 10.0, right: 202.0, lane_height: 4.0, bars_a_row: 2, most_rows: 9 };
        let layout = RollLayout::new(&piece, lanes, shape);
        assert_eq!((layout.rows, layout.left_out), (3, 0));
        let rows = [0, 1, 2].map(|row| layout.span(row));
        assert_eq!(rows, [0..192, 192..384, 384..480]);
        let notes = |row: usize| layout.notes(&rows[row]).map(|it| it.0).collect::<Vec<_>>();
        assert_eq!([notes(0), notes(1), notes(2)], [vec![0, 1], vec![1, 2, 3], vec![4]]);
        assert_eq!(
            [0, 96, 192, 500].map(|tick| layout.x(&rows[0], tick)),
            [10.0, 106.0, 202.0, 202.0]
        );
        assert_eq!((layout.lane_top(100.0, 0), layout.lane_middle(100.0, 1)), (96.0, 94.0));
        assert!(!layout.is_dark(1) && layout.is_dark(2), "60 is white, 61 is black");
    }

    #[test]
    fn a_limit_of_rows_leaves_the_last_bars_out() {
        let piece = piece(&[60; 30], false);
        let shape =
            RollShape { left: 0.0, right: 96.0, lane_height: 4.0, bars_a_row: 8, most_rows: 2 };
        let layout = RollLayout::new(&piece, lanes(&piece, 0, 61..71), shape);
        assert_eq!((layout.rows, layout.left_out), (2, 14));
    }
}
