//! Piano rolls: bars in rows, pitches on lanes, drums on lanes of their own below them. `RollLayout` says where
//! everything lies; it is drawn into a PNG file by [`write_png()`], into a page by [`svg()`].

mod annotations;
mod marks;
mod png;
mod style;
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
    /// Height of a pitch's lane, and of a drum's.
    lane_height: f64,
    drum_height: f64,
    /// Between the pitches and the drums of a row, where it has both.
    gap: f64,
    bars_a_row: u32,
    /// Rows that the picture has at most; later bars are left out.
    most_rows: u32,
}

/// What notes lie on: a pitch, or a drum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Lane {
    pitch: u8,
    is_drum: bool,
}

impl Lane {
    /// Drums lie below the pitches; both ascend.
    fn order(self) -> (bool, u8) {
        (!self.is_drum, self.pitch)
    }
}

/// Where the notes and bars of a piece lie.
struct RollLayout<'p> {
    piece: &'p Piece,
    /// From the lowest up: the drums that are hit, then the pitches.
    lanes: Vec<Lane>,
    /// Lanes that are drums.
    drums: usize,
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
    fn new(piece: &'p Piece, lanes: Vec<Lane>, shape: RollShape) -> Self {
        let bars = bars(piece);
        let rows = bars.div_ceil(shape.bars_a_row).min(shape.most_rows);
        let left_out = bars.saturating_sub(rows * shape.bars_a_row);
        let drums = drums(&lanes);
        let mut layout = Self { piece, lanes, drums, shape, rows, left_out, scale: 1.0 };
        let longest = (0..rows).map(|row| layout.span(row).len()).max().unwrap_or(1).max(1);
        layout.scale = (layout.shape.right - layout.shape.left) / longest as f64;
        layout
    }

    /// Height of the lanes of a row together.
    fn row_height(&self) -> f64 {
        -self.lane_top(0.0, self.lanes.len() - 1)
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

    /// The height of a lane.
    fn lane_height(&self, lane: usize) -> f64 {
        if lane < self.drums { self.shape.drum_height } else { self.shape.lane_height }
    }

    /// The upper edge of a lane in a row whose lanes end at `bottom`.
    fn lane_top(&self, bottom: f64, lane: usize) -> f64 {
        let (drums, pitches) = ((lane + 1).min(self.drums), (lane + 1).saturating_sub(self.drums));
        let gap = if drums > 0 && pitches > 0 { self.shape.gap } else { 0.0 };
        let RollShape { lane_height, drum_height, .. } = self.shape;
        bottom - drum_height * drums as f64 - gap - lane_height * pitches as f64
    }

    /// The middle of a lane in a row whose lanes end at `bottom`.
    fn lane_middle(&self, bottom: f64, lane: usize) -> f64 {
        self.lane_top(bottom, lane) + self.lane_height(lane) / 2.0
    }

    /// Whether a lane has the darker ground: the black keys, or every second drum.
    fn is_dark(&self, lane: usize) -> bool {
        let Lane { pitch, is_drum } = self.lanes[lane];
        if is_drum { lane % 2 == 1 } else { !is_white(pitch.into()) }
    }

    /// The notes that sound in a row with this span, each with its index in the piece and its lane.
    fn notes(&self, span: &Range<Tick>) -> impl Iterator<Item = (usize, &'p Note, usize)> {
        let sounds = |note: &Note| note.onset < span.end && note.end() > span.start;
        let lane = |note: &Note| {
            let lane = Lane { pitch: note.pitch, is_drum: self.piece.is_drum(note) };
            self.lanes.binary_search_by_key(&lane.order(), |it| it.order()).ok()
        };
        self.piece
            .notes
            .iter()
            .enumerate()
            .filter(move |(_, note)| sounds(note))
            .filter_map(move |(index, note)| Some((index, note, lane(note)?)))
    }
}

/// The bars to draw: one for silence.
fn bars(piece: &Piece) -> u32 {
    piece.bars().max(1)
}

/// How many lanes are drums.
fn drums(lanes: &[Lane]) -> usize {
    lanes.iter().filter(|lane| lane.is_drum).count()
}

/// What to draw: the drums that are hit; and all pitches from the lowest to the highest with one to spare on
/// either side, and at least about `fewest`. Silence is drawn as the two pitches of `silent` would be.
fn lanes(piece: &Piece, fewest: u8, silent: Range<u8>) -> Vec<Lane> {
    let lane = |note: &Note| Lane { pitch: note.pitch, is_drum: piece.is_drum(note) };
    let mut lanes: Vec<Lane> = piece.notes.iter().map(lane).collect();
    lanes.sort_unstable_by_key(|lane| lane.order());
    lanes.dedup();
    let pitches = lanes.split_off(drums(&lanes));
    if pitches.is_empty() && !lanes.is_empty() {
        return lanes;
    }
    let lowest = pitches.first().map_or(silent.start, |lane| lane.pitch);
    let highest = pitches.last().map_or(silent.end, |lane| lane.pitch);
    let spare = (fewest.saturating_sub(highest - lowest) / 2).max(1);
    let pitches = lowest.saturating_sub(spare)..=(highest + spare).min(127);
    lanes.extend(pitches.map(|pitch| Lane { pitch, is_drum: false }));
    lanes
}

#[cfg(test)]
mod tests {
    use jukebox_model::piece::Part;

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

    fn shape(right: f64, bars_a_row: u32, most_rows: u32) -> RollShape {
        RollShape {
            left: 10.0,
            right,
            lane_height: 4.0,
            drum_height: 12.0,
            gap: 6.0,
            bars_a_row,
            most_rows,
        }
    }

    #[test]
    fn lanes_reach_from_the_lowest_to_the_highest_pitch_and_a_little_beyond() {
        let lanes = |pitches: &[u8], drums, fewest, silent| -> Vec<u8> {
            lanes(&piece(pitches, drums), fewest, silent).iter().map(|lane| lane.pitch).collect()
        };
        assert_eq!(lanes(&[60, 64], false, 0, 61..71), (59..=65).collect::<Vec<_>>());
        assert_eq!(lanes(&[60, 64], false, 18, 60..71), (53..=71).collect::<Vec<_>>());
        assert_eq!(lanes(&[0, 127], false, 18, 60..71), (0..=127).collect::<Vec<_>>());
        assert_eq!(lanes(&[42, 36, 42], true, 18, 60..71), [36, 42], "drums that are hit");
        assert_eq!(lanes(&[], true, 0, 61..71), (60..=72).collect::<Vec<_>>());
    }

    #[test]
    fn every_note_lies_in_each_row_that_it_sounds_in() {
        // Five bars in rows of two: the third row has one.
        let mut piece = piece(&[60, 62, 64, 65, 67], false);
        piece.notes[1].duration = 120;
        let layout = RollLayout::new(&piece, lanes(&piece, 0, 61..71), shape(202.0, 2, 9));
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
    fn drums_have_lanes_of_their_own_below_the_pitches() {
        let mut piece = piece(&[60, 38, 38, 36], false);
        let drums = Part { drums: true, ..Part::default() };
        piece.parts = vec![Part::default(), drums];
        // Key 38 once as a pitch, once as a drum.
        piece.notes[2].part = 1;
        piece.notes[3].part = 1;
        let layout = RollLayout::new(&piece, lanes(&piece, 0, 61..71), shape(202.0, 8, 9));
        let lane = |pitch, is_drum| Lane { pitch, is_drum };
        assert_eq!(layout.lanes[..3], [lane(36, true), lane(38, true), lane(37, false)]);
        assert_eq!(layout.lanes.len(), 2 + 25);
        let on: Vec<usize> = layout.notes(&(0..384)).map(|it| it.2).collect();
        assert_eq!(on, [2 + 23, 2 + 1, 1, 0]);
        assert_eq!((layout.lane_top(200.0, 1), layout.lane_top(200.0, 2)), (176.0, 166.0));
        assert_eq!(layout.row_height(), 24.0 + 6.0 + 100.0);
    }

    #[test]
    fn a_limit_of_rows_leaves_the_last_bars_out() {
        let piece = piece(&[60; 30], false);
        let layout = RollLayout::new(&piece, lanes(&piece, 0, 61..71), shape(96.0, 8, 2));
        assert_eq!((layout.rows, layout.left_out), (2, 14));
    }
}
