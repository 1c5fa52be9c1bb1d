//! The sheet that every picture is drawn on: colours, shapes, the font, and a PNG file in the end.
//!
//! A pixel is covered by a shape in part where the shape's edge crosses it, and takes on as much of its colour.
//! Only additions, products and square roots are used, so a picture has the same bytes on every machine.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use ab_glyph::{Font, FontRef, GlyphId, Point, ScaleFont};
use anyhow::{Context, Result};

use crate::files;

/// A colour: red, green and blue as a screen takes them (sRGB).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

/// Behind everything.
pub const PAPER: Rgb = Rgb(0x14, 0x16, 0x1d);
/// Areas that hold something.
pub const PANEL: Rgb = Rgb(0x22, 0x26, 0x32);
/// Areas that stand back: the lanes of the black keys.
pub const SHADE: Rgb = Rgb(0x19, 0x1c, 0x25);
/// Fine lines: beats, the grid.
pub const FINE: Rgb = Rgb(0x2e, 0x33, 0x42);
/// Strong lines: bars, axes.
pub const STRONG: Rgb = Rgb(0x46, 0x4d, 0x61);
/// Labels.
pub const DIM: Rgb = Rgb(0x9a, 0xa3, 0xb8);
/// Titles.
pub const BRIGHT: Rgb = Rgb(0xf1, 0xf3, 0xf8);
/// What the jukebox made.
pub const AMBER: Rgb = Rgb(0xff, 0xc1, 0x4f);
/// What it was given.
pub const TEAL: Rgb = Rgb(0x4f, 0xc3, 0xc8);

/// Height of the font's capitals, in parts of its size (which is from its highest to its lowest line).
const CAPITALS: f64 = 0.6;

/// Which end of a text is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// The text begins there.
    Left,
    /// The text has its middle there.
    Middle,
    /// The text ends there.
    Right,
}

/// A sheet to draw on. Places and lengths are in pixels, from the upper left corner; what lies outside is left out.
pub struct Canvas {
    width: usize,
    height: usize,
    /// Three bytes a pixel, row by row.
    pixels: Vec<u8>,
    font: FontRef<'static>,
}

impl Canvas {
    /// A sheet of [`PAPER`].
    pub fn new((width, height): (u32, u32)) -> Result<Self> {
        let (width, height) = (width as usize, height as usize);
        let font = FontRef::try_from_slice(epaint_default_fonts::UBUNTU_LIGHT)
            .context("cannot draw: the built-in font is unusable")?;
        Ok(Self { width, height, pixels: [PAPER.0, PAPER.1, PAPER.2].repeat(width * height), font })
    }

    /// Fills a rectangle.
    pub fn fill(&mut self, left: f64, top: f64, right: f64, bottom: f64, colour: Rgb) {
        self.shade((left, top, right, bottom), colour, |x, y| {
            let across = (x + 0.5).min(right) - (x - 0.5).max(left);
            let down = (y + 0.5).min(bottom) - (y - 0.5).max(top);
            across.max(0.0) * down.max(0.0)
        });
    }

    /// Fills a rectangle with rounded corners.
    pub fn fill_round(&mut self, (left, top, right, bottom): (f64, f64, f64, f64), colour: Rgb) {
        let radius = ((right - left) / 2.0).min((bottom - top) / 2.0).min(2.0);
        self.shade((left, top, right, bottom), colour, |x, y| {
            // The nearest place that all of the corners' circles leave inside.
            let inner_x = x.clamp(left + radius, right - radius);
            let inner_y = y.clamp(top + radius, bottom - radius);
            covered(radius - distance((x, y), (inner_x, inner_y)))
        });
    }

    /// Fills a circle.
    pub fn dot(&mut self, (x, y): (f64, f64), radius: f64, colour: Rgb) {
        let around = (x - radius, y - radius, x + radius, y + radius);
        self.shade(around, colour, |at_x, at_y| covered(radius - distance((at_x, at_y), (x, y))));
    }

    /// Draws a line from place to place, with round joints and ends.
    pub fn line(&mut self, places: &[(f64, f64)], width: f64, colour: Rgb) {
        let radius = width / 2.0;
        let around = |places: &[(f64, f64)]| {
            let far = (f64::MAX, f64::MAX, f64::MIN, f64::MIN);
            let (left, top, right, bottom) =
                places.iter().fold(far, |(left, top, right, bottom), &(x, y)| {
                    (left.min(x), top.min(y), right.max(x), bottom.max(y))
                });
            (left - radius, top - radius, right + radius, bottom + radius)
        };
        // Where two pieces meet, both cover a pixel: it is shaded once, by the one that covers more of it.
        let (columns, rows) = self.pixels_of(around(places));
        let mut cover = vec![0.0_f64; columns.len() * rows.len()];
        for ends in places.windows(2) {
            let (across, down) = self.pixels_of(around(ends));
            for row in down {
                for column in across.clone() {
                    let place = (column as f64 + 0.5, row as f64 + 0.5);
                    let here = covered(radius - distance(place, nearest(place, ends[0], ends[1])));
                    let most =
                        &mut cover[(row - rows.start) * columns.len() + column - columns.start];
                    *most = most.max(here);
                }
            }
        }
        for (index, &cover) in cover.iter().enumerate() {
            let (row, column) =
                (rows.start + index / columns.len(), columns.start + index % columns.len());
            self.blend(column as i64, row as i64, colour, cover);
        }
    }

    /// Writes a line of text; `anchor` says which end of it lies at `x`, and `y` is the middle of its capitals.
    pub fn text(&mut self, text: &str, (x, y): (f64, f64), size: f64, colour: Rgb, anchor: Anchor) {
        let font = self.font.clone();
        let (glyphs, width) = self.set(text, size);
        let share = match anchor {
            Anchor::Left => 0.0,
            Anchor::Middle => 0.5,
            Anchor::Right => 1.0,
        };
        let left = x as f32 - width * share;
        // On a whole pixel: the feet of the letters are sharp.
        let base = (y + size * CAPITALS / 2.0).round() as f32;
        for (glyph, along) in glyphs {
            let place = Point { x: left + along, y: base };
            let Some(outline) =
                font.outline_glyph(glyph.with_scale_and_position(size as f32, place))
            else {
                continue;
            };
            let corner = outline.px_bounds().min;
            outline.draw(|column, row, cover| {
                let (column, row) =
                    (corner.x as i64 + i64::from(column), corner.y as i64 + i64::from(row));
                self.blend(column, row, colour, f64::from(cover));
            });
        }
    }

    /// The width of a line of text.
    pub fn text_width(&self, text: &str, size: f64) -> f64 {
        f64::from(self.set(text, size).1)
    }

    /// A text without the letters that the font lacks: nobody can read them.
    pub fn legible(&self, text: &str) -> String {
        text.chars().filter(|&letter| self.font.glyph_id(letter) != GlyphId(0)).collect()
    }

    /// The glyphs of a text with their places from its left end, and its width.
    fn set(&self, text: &str, size: f64) -> (Vec<(GlyphId, f32)>, f32) {
        let scaled = self.font.as_scaled(size as f32);
        let mut width = 0.0;
        let mut glyphs = Vec::new();
        let mut last = None;
        for glyph in text.chars().map(|letter| scaled.glyph_id(letter)) {
            width += last.map_or(0.0, |last| scaled.kern(last, glyph));
            glyphs.push((glyph, width));
            width += scaled.h_advance(glyph);
            last = Some(glyph);
        }
        (glyphs, width)
    }

    /// The colour of a pixel.
    #[cfg(test)]
    pub fn pixel(&self, (column, row): (usize, usize)) -> Rgb {
        let start = (row * self.width + column) * 3;
        Rgb(self.pixels[start], self.pixels[start + 1], self.pixels[start + 2])
    }

    /// Shades the pixels around a rectangle by how much of each is covered, told of its middle.
    fn shade(
        &mut self,
        around: (f64, f64, f64, f64),
        colour: Rgb,
        cover: impl Fn(f64, f64) -> f64,
    ) {
        let (across, down) = self.pixels_of(around);
        for row in down {
            for column in across.clone() {
                let cover = cover(column as f64 + 0.5, row as f64 + 0.5);
                self.blend(column as i64, row as i64, colour, cover);
            }
        }
    }

    /// The columns and rows of the sheet that a rectangle touches, half a pixel around it included.
    fn pixels_of(
        &self,
        (left, top, right, bottom): (f64, f64, f64, f64),
    ) -> (std::ops::Range<usize>, std::ops::Range<usize>) {
        let within = |low: f64, high: f64, end: usize| {
            // Casts of floats saturate: nothing is below 0.
            let (low, high) = ((low - 0.5).floor() as usize, (high + 0.5).ceil() as usize);
            low.min(end)..high.min(end)
        };
        (within(left, right, self.width), within(top, bottom, self.height))
    }

    fn blend(&mut self, column: i64, row: i64, colour: Rgb, cover: f64) {
        let inside =
            (0..self.width as i64).contains(&column) && (0..self.height as i64).contains(&row);
        if cover > 0.0 && inside {
            let start = (row as usize * self.width + column as usize) * 3;
            let [red, green, blue] = &mut self.pixels[start..start + 3] else { return };
            let mixed = mix(Rgb(*red, *green, *blue), colour, cover.min(1.0));
            (*red, *green, *blue) = (mixed.0, mixed.1, mixed.2);
        }
    }

    /// Writes the sheet as a PNG file.
    fn write(&self, path: &Path) -> Result<()> {
        let file = BufWriter::new(File::create(path)?);
        let mut png = png::Encoder::new(file, self.width as u32, self.height as u32);
        png.set_color(png::ColorType::Rgb);
        png.set_depth(png::BitDepth::Eight);
        png.set_compression(png::Compression::High);
        // Flat areas and sharp lines: what a filter would only hide.
        png.set_filter(png::Filter::NoFilter);
        let mut png = png.write_header()?;
        png.write_image_data(&self.pixels)?;
        Ok(png.finish()?)
    }
}

/// How much of a pixel is covered whose middle lies so far within an edge.
fn covered(within: f64) -> f64 {
    (within + 0.5).clamp(0.0, 1.0)
}

fn distance(a: (f64, f64), b: (f64, f64)) -> f64 {
    let (across, down) = (a.0 - b.0, a.1 - b.1);
    (across * across + down * down).sqrt()
}

/// The place between two others that is nearest to a third.
fn nearest(place: (f64, f64), from: (f64, f64), to: (f64, f64)) -> (f64, f64) {
    let (across, down) = (to.0 - from.0, to.1 - from.1);
    let length = across * across + down * down;
    let share = if length > 0.0 {
        (((place.0 - from.0) * across + (place.1 - from.1) * down) / length).clamp(0.0, 1.0)
    } else {
        0.0
    };
    (from.0 + across * share, from.1 + down * share)
}

/// A colour between two: all of `to` at 1.
pub fn mix(from: Rgb, to: Rgb, share: f64) -> Rgb {
    let blend = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as u8;
    Rgb(blend(from.0, to.0), blend(from.1, to.1), blend(from.2, to.2))
}

/// Draws a picture of a size in pixels and writes it as a PNG file, whole or not at all.
///
/// # Errors
/// When the file cannot be written.
pub fn picture(path: &Path, size: (u32, u32), draw: impl FnOnce(&mut Canvas)) -> Result<()> {
    let mut canvas = Canvas::new(size)?;
    draw(&mut canvas);
    files::write_with(path, |temporary| canvas.write(temporary))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHITE: Rgb = Rgb(255, 255, 255);

    fn canvas() -> Canvas {
        let mut canvas = Canvas::new((40, 30)).unwrap();
        canvas.pixels.fill(0);
        canvas
    }

    /// White pixels' worth of what is covered.
    fn area(canvas: &Canvas) -> f64 {
        canvas.pixels.iter().step_by(3).map(|&red| f64::from(red) / 255.0).sum()
    }

    #[test]
    fn shapes_cover_their_areas_wherever_they_lie_between_pixels() {
        for shift in [0.0, 0.25, 0.5, 0.9] {
            let (x, y) = (20.0 + shift, 15.0 + shift / 2.0);
            let draw = |draw: &dyn Fn(&mut Canvas)| {
                let mut canvas = canvas();
                draw(&mut canvas);
                area(&canvas)
            };
            let rectangle = draw(&|it| it.fill(x - 7.5, y - 3.0, x + 7.5, y + 3.0, WHITE));
            assert!((rectangle - 90.0).abs() < 0.3, "{rectangle} at {shift}");
            let dot = draw(&|it| it.dot((x, y), 6.0, WHITE));
            assert!((dot - 36.0 * std::f64::consts::PI).abs() < 1.0, "{dot} at {shift}");
            // A line of two pieces, one on the other: what both cover is no darker for it.
            let line = draw(&|it| it.line(&[(x - 8.0, y), (x + 8.0, y), (x, y)], 3.0, WHITE));
            let wanted = 16.0 * 3.0 + 2.25 * std::f64::consts::PI;
            assert!((line - wanted).abs() < 1.0, "{line} at {shift}");
            let round = draw(&|it| it.fill_round((x - 7.0, y - 5.0, x + 7.0, y + 5.0), WHITE));
            let wanted = 140.0 - 4.0 * (4.0 - std::f64::consts::PI);
            assert!((round - wanted).abs() < 1.0, "{round} at {shift}");
        }
    }

    #[test]
    fn what_lies_outside_is_left_out() {
        let mut canvas = canvas();
        canvas.fill(-10.0, -10.0, 50.0, -1.0, WHITE);
        canvas.fill_round((41.0, 3.0, 60.0, 9.0), WHITE);
        canvas.dot((-9.0, 50.0), 5.0, WHITE);
        canvas.line(&[(-50.0, -50.0), (90.0, -50.0)], 4.0, WHITE);
        canvas.text("far away", (400.0, -300.0), 20.0, WHITE, Anchor::Left);
        assert_eq!(area(&canvas), 0.0);
        canvas.text("half in", (0.0, 29.0), 20.0, WHITE, Anchor::Middle);
        assert!(area(&canvas) > 10.0);
    }

    #[test]
    fn text_lies_where_its_anchor_says_and_the_middle_of_its_capitals_at_y() {
        for (anchor, x) in [(Anchor::Left, 10.0), (Anchor::Middle, 20.0), (Anchor::Right, 30.0)] {
            let mut canvas = canvas();
            canvas.text("HH", (x, 15.0), 15.0, WHITE, anchor);
            let lit = |at: &dyn Fn(usize) -> usize| {
                let lit = (0..40 * 30).filter(|i| canvas.pixels[i * 3] > 90).map(at);
                let (low, high) = (lit.clone().min().unwrap(), lit.max().unwrap());
                (low as f64, high as f64 + 1.0)
            };
            let (left, right) = lit(&|i| i % 40);
            let (top, bottom) = lit(&|i| i / 40);
            assert!(((top + bottom) / 2.0 - 15.0).abs() <= 1.0, "{top} to {bottom}");
            match anchor {
                Anchor::Left => assert!((10.0..13.0).contains(&left), "{left}"),
                Anchor::Middle => assert!(((left + right) / 2.0 - 20.0).abs() <= 1.0),
                Anchor::Right => assert!((27.0..=30.0).contains(&right), "{right}"),
            }
        }
    }
}
