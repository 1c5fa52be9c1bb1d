//! The piano roll of a tune as a PNG file: pitches on lanes with their names, loudness as shade, parts by colour
//! and shape, letters of sections and chords above the bars.

use std::ops::Range;
use std::path::Path;

use anyhow::Result;
use jukebox_model::key::is_white;
use jukebox_model::piece::{Note, Piece, Tick};

use super::annotations::Annotations;
use super::marks::{self, CHORDS, RULER};
use super::style::{Legend, Parts};
use super::{Lane, RollLayout, RollShape, bars, drums, lanes};
use crate::names;
use crate::render::canvas::{self, Anchor, Canvas, Rgb};

const WIDTH: f64 = 1600.0;
const MARGIN: f64 = 36.0;
/// Height of title and subtitle together.
const HEAD: f64 = 84.0;
/// Between the legend and the first row.
const BELOW_LEGEND: f64 = 10.0;
/// Below each row.
const GAP: f64 = 18.0;
/// Rows that a picture has at most; later bars are left out.
const MOST_ROWS: u32 = 12;
/// Semitones from the lowest to the highest lane, about, at least: a narrow tune is not blown up.
const FEWEST_LANES: u8 = 18;
/// Height of the line that tells what was composed and what was given, above the lanes of a band.
const ORIGIN: f64 = 3.0;

/// Draws a piece as a PNG file. The notes in `composed` are drawn as composed, the others as given; where the
/// piece has parts, these are told apart instead, and a line above the bars tells what was composed. Letters of
/// sections and names of chords stand above the bars.
///
/// # Errors
/// When the file cannot be written.
pub fn write_png(path: &Path, piece: &Piece, subtitle: &str, composed: &Range<Tick>) -> Result<()> {
    let picture = Picture::new(piece, composed)?;
    canvas::picture(path, picture.size(), |canvas| picture.draw(canvas, subtitle))
}

/// A picture, laid out.
struct Picture<'p> {
    layout: RollLayout<'p>,
    parts: Parts,
    legend: Legend,
    annotations: Annotations,
    composed: Range<Tick>,
}

impl<'p> Picture<'p> {
    fn new(piece: &'p Piece, composed: &Range<Tick>) -> Result<Self> {
        let parts = Parts::of(piece);
        let legend = Legend::new(&Canvas::new((1, 1))?, &parts, WIDTH - 2.0 * MARGIN);
        Ok(Self {
            layout: layout(piece, !parts.is_empty()),
            parts,
            legend,
            annotations: Annotations::of(piece),
            composed: composed.clone(),
        })
    }

    /// Pixels from row to row, and above the lanes of each.
    fn row_heights(&self) -> (f64, f64) {
        let chords = if self.annotations.chords.is_empty() { 0.0 } else { CHORDS };
        (RULER + chords + self.layout.row_height() + GAP, RULER + chords)
    }

    /// Where the first row begins.
    fn head(&self) -> f64 {
        match self.legend.height {
            0.0 => HEAD,
            height => HEAD + height + BELOW_LEGEND,
        }
    }

    /// Where the lanes of a row begin.
    fn top(&self, row: u32) -> f64 {
        let (height, above) = self.row_heights();
        self.head() + above + f64::from(row) * height
    }

    fn size(&self) -> (u32, u32) {
        let height =
            self.head() + f64::from(self.layout.rows) * self.row_heights().0 + MARGIN - GAP;
        (WIDTH as u32, height as u32)
    }

    fn draw(&self, canvas: &mut Canvas, subtitle: &str) {
        let title = canvas.legible(&self.layout.piece.title);
        canvas.text(&title, (MARGIN, 40.0), 30.0, canvas::BRIGHT, Anchor::Left);
        let subtitle = match self.layout.left_out {
            0 => subtitle.to_owned(),
            bars => format!("{subtitle}  ·  without the last {bars} bars"),
        };
        canvas.text(&subtitle, (MARGIN, 72.0), 17.0, canvas::DIM, Anchor::Left);
        self.legend.draw(canvas, (MARGIN, HEAD));
        for row in 0..self.layout.rows {
            self.draw_grid(canvas, row);
            marks::draw(canvas, &self.layout, row, self.top(row), &self.annotations);
            self.draw_origin(canvas, row);
            self.draw_notes(canvas, row);
        }
    }

    fn draw_grid(&self, canvas: &mut Canvas, row: u32) {
        let layout = &self.layout;
        let left = layout.shape.left;
        let top = self.top(row);
        let bottom = top + layout.row_height();
        let span = layout.span(row);
        let x = |tick: Tick| layout.x(&span, tick);
        let right = x(span.end);
        for (lane, &Lane { pitch, is_drum }) in layout.lanes.iter().enumerate() {
            let (y, height) = (layout.lane_top(bottom, lane), layout.lane_height(lane));
            let colour = if layout.is_dark(lane) { canvas::SHADE } else { canvas::PANEL };
            canvas.fill(left, y, right, y + height, colour);
            if is_drum || is_named(pitch, height) {
                let name = names::pitch(pitch, is_drum);
                let size = (height + 1.0).clamp(11.0, 13.0);
                let place = (left - 8.0, y + height / 2.0);
                canvas.text(&name, place, size, canvas::DIM, Anchor::Right);
            }
        }
        // Nothing lies between the drums and the pitches but bar lines.
        let drums = layout.lane_top(bottom, layout.drums.saturating_sub(1));
        let grounds = match layout.drums {
            0 => vec![(top, bottom)],
            all if all == layout.lanes.len() => vec![(top, bottom)],
            _ => vec![(top, drums - layout.shape.gap), (drums, bottom)],
        };
        for number in layout.bars(row) {
            let bar = layout.piece.meters.bar(number);
            let end = layout.piece.meters.bar_end(bar);
            for beat in (bar.start..end).step_by(bar.meter.beat() as usize).skip(1) {
                for &(from, to) in &grounds {
                    canvas.fill(x(beat), from, x(beat) + 1.0, to, canvas::FINE);
                }
            }
            canvas.fill(x(bar.start), top - 6.0, x(bar.start) + 1.5, bottom, canvas::STRONG);
        }
        canvas.fill(right, top - 6.0, right + 1.5, bottom, canvas::STRONG);
    }

    /// Above a band that was given in part: what was composed.
    fn draw_origin(&self, canvas: &mut Canvas, row: u32) {
        let layout = &self.layout;
        let given = |note: &Note| !self.composed.contains(&note.onset);
        let both = layout.piece.notes.iter().any(given) && !layout.piece.notes.iter().all(given);
        if self.parts.is_empty() || !both {
            return;
        }
        let (span, top) = (layout.span(row), self.top(row));
        let x = |tick: Tick| layout.x(&span, tick);
        canvas.fill(x(span.start), top - ORIGIN, x(span.end), top, canvas::TEAL);
        let (from, to) = (x(self.composed.start), x(self.composed.end));
        canvas.fill(from, top - ORIGIN, to, top, canvas::AMBER);
    }

    fn draw_notes(&self, canvas: &mut Canvas, row: u32) {
        let layout = &self.layout;
        let span = layout.span(row);
        let bottom = self.top(row) + layout.row_height();
        let mut notes: Vec<(usize, &Note, usize)> = layout.notes(&span).collect();
        // What is named first is on top: mostly that is the tune.
        notes.sort_by_key(|&(index, note, _)| (std::cmp::Reverse(note.part), index));
        for (_, note, lane) in notes {
            let y = layout.lane_top(bottom, lane);
            let (from, to) = (layout.x(&span, note.onset) + 1.0, layout.x(&span, note.end()) - 0.5);
            let height = layout.lane_height(lane);
            let place = (from, y + 0.5, to.max(from + 2.0), y + height - 0.5);
            match self.parts.style(note) {
                Some(style) => style.draw(canvas, place, style.shade(note.velocity)),
                None => {
                    let given = !self.composed.contains(&note.onset);
                    canvas.fill_round(place, note_colour(note, given));
                }
            }
        }
    }
}

fn layout(piece: &Piece, is_band: bool) -> RollLayout<'_> {
    let lanes = lanes(piece, FEWEST_LANES, 60..71);
    let drums = drums(&lanes);
    let pitches = lanes.len() - drums;
    // What lies on the lanes of a band is to be told apart.
    let (height, least) = if is_band { (340.0, 5.0) } else { (250.0, 4.0) };
    let share = |lanes: usize, least: f64| (height / lanes as f64).floor().clamp(least, 18.0);
    let shape = RollShape {
        // Each drum has a name beside it, which takes some room.
        left: MARGIN + if drums > 0 { 150.0 } else { 44.0 },
        right: WIDTH - MARGIN,
        lane_height: share(pitches, least),
        drum_height: if pitches == 0 { share(drums, 12.0) } else { 12.0 },
        gap: 8.0,
        bars_a_row: match bars(piece) {
            few @ ..=8 => few,
            many => many.div_ceil(3).clamp(8, 16).next_multiple_of(4),
        },
        most_rows: MOST_ROWS,
    };
    RollLayout::new(piece, lanes, shape)
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
    use jukebox_model::piece::Part;

    use super::super::style::Style;
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
            let layout = layout(&piece, false);
            assert_eq!((layout.rows, layout.left_out), (rows, left_out), "{bars} bars");
        }
    }

    #[test]
    fn every_drum_has_room_for_its_name() {
        let notes = (35..82)
            .map(|pitch| Note { onset: 0, part: 0, pitch, duration: 12, velocity: 80 })
            .collect();
        let piece = Piece { drums: true, notes, ..Piece::default() };
        let layout = layout(&piece, false);
        assert_eq!((layout.lanes.len(), layout.shape.drum_height), (47, 12.0));
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

    /// A band of 16 bars: a tune, a bass and drums, the first eight bars and eight others.
    fn band() -> Piece {
        let part = |name: &str, drums| Part { name: name.into(), program: None, drums };
        let mut notes = Vec::new();
        for beat in 0..64 {
            let (place, step) = (beat % 32, if beat < 32 { 3 } else { 5 });
            let tune = 72 + (2 * ((place * step + place * place / 5) % 6)) as u8;
            for (part, pitch) in [(0, tune), (1, 40 + (place / 8 * 5) as u8), (2, 36)] {
                notes.push(Note { onset: beat * 24, part, pitch, duration: 20, velocity: 110 });
            }
        }
        Piece {
            parts: vec![part("Tune", false), part("Bass", false), part("Drums", true)],
            notes,
            ..Piece::default()
        }
    }

    fn drawn(picture: &Picture<'_>) -> Canvas {
        let mut canvas = Canvas::new(picture.size()).unwrap();
        picture.draw(&mut canvas, "120 bpm");
        canvas
    }

    /// Whether a colour is in a place of a picture: left, top, right, bottom.
    fn has(canvas: &Canvas, place: (f64, f64, f64, f64), colour: Rgb) -> bool {
        let (left, top, right, bottom) = place;
        let mut pixels = (top as usize..bottom.ceil() as usize).flat_map(|row| {
            (left as usize..right.ceil() as usize).map(move |column| canvas.pixel((column, row)))
        });
        pixels.any(|pixel| pixel == colour)
    }

    #[test]
    fn every_part_has_its_colour_where_its_notes_are_and_in_the_legend() {
        let piece = band();
        let picture = Picture::new(&piece, &(0..Tick::MAX)).unwrap();
        let canvas = drawn(&picture);
        let layout = &picture.layout;
        let colours: Vec<Rgb> = [Style::of(0), Style::of(1), Style::of_drums(0)]
            .iter()
            .map(|style| style.shade(110))
            .collect();
        let mut found = 0;
        for row in 0..layout.rows {
            let span = layout.span(row);
            let bottom = picture.top(row) + layout.row_height();
            for (_, note, lane) in layout.notes(&span) {
                let top = layout.lane_top(bottom, lane);
                let (left, right) = (layout.x(&span, note.onset), layout.x(&span, note.end()));
                let place = (left, top, right, top + layout.lane_height(lane));
                for (part, &colour) in colours.iter().enumerate() {
                    let is_its_own = part == usize::from(note.part);
                    assert_eq!(has(&canvas, place, colour), is_its_own, "part {part} at {note:?}");
                }
                found += 1;
            }
        }
        assert_eq!(found, piece.notes.len());
        // The drum lies below all pitches, and the legend above all rows.
        assert!(layout.lanes[0].is_drum && layout.drums == 1);
        for colour in colours {
            assert!(has(&canvas, (MARGIN, HEAD, WIDTH, picture.head()), colour));
        }
    }

    #[test]
    fn letters_stand_above_the_bars_that_begin_sections() {
        let piece = band();
        let picture = Picture::new(&piece, &(0..Tick::MAX)).unwrap();
        let letters = &picture.annotations.letters;
        let begins: Vec<Tick> = letters.iter().map(|it| it.0).collect();
        assert_eq!(begins, [0, 8 * 96], "{letters:?}");
        assert!(!picture.annotations.chords.is_empty());
        let canvas = drawn(&picture);
        let layout = &picture.layout;
        for row in 0..layout.rows {
            let (span, top) = (layout.span(row), picture.top(row));
            for number in layout.bars(row) {
                let start = piece.meters.bar(number).start;
                let left = layout.x(&span, start);
                let above = (left + 2.0, top - RULER - CHORDS, left + 40.0, top - CHORDS);
                let is_marked = has(&canvas, above, canvas::STRONG);
                assert_eq!(is_marked, begins.contains(&start), "bar {}", number + 1);
            }
        }
    }

    #[test]
    fn what_was_given_to_a_band_is_marked_above_it() {
        let piece = band();
        let picture = Picture::new(&piece, &(8 * 96..16 * 96)).unwrap();
        let canvas = drawn(&picture);
        let line = |row, colour| {
            let top = picture.top(row);
            has(&canvas, (300.0, top - ORIGIN, 1500.0, top), colour)
        };
        assert_eq!(
            [line(0, canvas::TEAL), line(0, canvas::AMBER), line(1, canvas::AMBER)],
            [true, false, true]
        );
        // A whole band is of one kind.
        let whole = drawn(&Picture::new(&piece, &(0..Tick::MAX)).unwrap());
        let top = picture.top(0);
        assert!(!has(&whole, (300.0, top - ORIGIN, 1500.0, top), canvas::AMBER));
    }
}
