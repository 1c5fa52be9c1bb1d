//! The sheet that every picture is drawn on: colours, the font, and a PNG file in the end.
//!
//! Pictures are drawn at twice their size and averaged down, which smooths every edge.

use std::path::Path;
use std::sync::OnceLock;

use anyhow::{Result, anyhow};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::files;

/// Behind everything.
pub const PAPER: RGBColor = RGBColor(0x14, 0x16, 0x1d);
/// Areas that hold something.
pub const PANEL: RGBColor = RGBColor(0x22, 0x26, 0x32);
/// Areas that stand back: the lanes of the black keys.
pub const SHADE: RGBColor = RGBColor(0x19, 0x1c, 0x25);
/// Fine lines: beats, the grid.
pub const FINE: RGBColor = RGBColor(0x2e, 0x33, 0x42);
/// Strong lines: bars, axes.
pub const STRONG: RGBColor = RGBColor(0x46, 0x4d, 0x61);
/// Labels.
pub const DIM: RGBColor = RGBColor(0x9a, 0xa3, 0xb8);
/// Titles.
pub const BRIGHT: RGBColor = RGBColor(0xf1, 0xf3, 0xf8);
/// What the jukebox made.
pub const AMBER: RGBColor = RGBColor(0xff, 0xc1, 0x4f);
/// What it was given.
pub const TEAL: RGBColor = RGBColor(0x4f, 0xc3, 0xc8);

/// Drawn pixels for a pixel of the picture, in each direction.
const OVERSAMPLING: u32 = 2;
const FONT: &str = "jukebox";

/// A sheet to draw on, measured in pixels of the finished picture.
pub struct Canvas<'a> {
    /// The area in drawn pixels, for charts.
    pub area: DrawingArea<BitMapBackend<'a>, Shift>,
}

impl Canvas<'_> {
    /// Fills a rectangle; the right and lower edges lie outside.
    pub fn fill(
        &self,
        left: f64,
        top: f64,
        right: f64,
        bottom: f64,
        colour: RGBColor,
    ) -> Result<()> {
        // A rectangle of the drawing library includes its last row and column.
        let (from, to) = ((drawn(left), drawn(top)), (drawn(right) - 1, drawn(bottom) - 1));
        if to.0 >= from.0 && to.1 >= from.1 {
            self.area.draw(&Rectangle::new([from, to], colour.filled())).map_err(lost)?;
        }
        Ok(())
    }

    /// Fills a rectangle with rounded corners.
    pub fn fill_round(
        &self,
        (left, top, right, bottom): (f64, f64, f64, f64),
        colour: RGBColor,
    ) -> Result<()> {
        // Steps of half a pixel read as a curve.
        for step in [0.0, 0.5, 1.5] {
            let across = 1.5 - step;
            self.fill(left + across, top + step, right - across, bottom - step, colour)?;
        }
        Ok(())
    }

    /// Writes a line of text; `side` says on which side of `x` it lies, and `y` is its middle.
    pub fn text(
        &self,
        text: &str,
        (x, y): (f64, f64),
        size: f64,
        colour: RGBColor,
        side: HPos,
    ) -> Result<()> {
        let style = font(size, colour).pos(Pos::new(side, VPos::Center));
        let place = (drawn(x), drawn(y + size * 0.18));
        self.area.draw(&Text::new(text.to_owned(), place, style)).map_err(lost)
    }
}

/// The font at a size in pixels of the finished picture.
pub fn font(size: f64, colour: RGBColor) -> TextStyle<'static> {
    (FONT, size * f64::from(OVERSAMPLING)).into_font().color(&colour)
}

/// A length in drawn pixels.
pub fn drawn(pixels: f64) -> i32 {
    (pixels * f64::from(OVERSAMPLING)).round() as i32
}

/// A colour between two: all of `to` at 1.
pub fn mix(from: RGBColor, to: RGBColor, share: f64) -> RGBColor {
    let blend = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as u8;
    RGBColor(blend(from.0, to.0), blend(from.1, to.1), blend(from.2, to.2))
}

/// The error of a drawing that failed.
pub fn lost<E: std::fmt::Display>(error: E) -> anyhow::Error {
    anyhow!("cannot draw: {error}")
}

/// Draws a picture of a size in pixels and writes it as a PNG file, whole or not at all.
///
/// # Errors
/// Those of the drawing, and of writing the file.
pub fn picture(
    path: &Path,
    (width, height): (u32, u32),
    draw: impl FnOnce(&Canvas<'_>) -> Result<()>,
) -> Result<()> {
    register_font()?;
    let large = (width * OVERSAMPLING, height * OVERSAMPLING);
    let mut pixels = [PAPER.0, PAPER.1, PAPER.2].repeat(large.0 as usize * large.1 as usize);
    {
        let canvas =
            Canvas { area: BitMapBackend::with_buffer(&mut pixels, large).into_drawing_area() };
        draw(&canvas)?;
        canvas.area.present().map_err(lost)?;
    }
    let small = average(&pixels, width as usize);
    files::write_with(path, |temporary| {
        // The file's name decides the format; a path without an ending is a PNG all the same.
        let named = temporary.with_extension("png");
        let mut backend = BitMapBackend::new(&named, (width, height));
        backend.blit_bitmap((0, 0), (width, height), &small).map_err(lost)?;
        backend.present().map_err(lost)?;
        if named != temporary {
            std::fs::rename(&named, temporary)?;
        }
        Ok(())
    })
}

/// Averages each two by two of the drawn pixels; the picture is `width` pixels wide.
fn average(pixels: &[u8], width: usize) -> Vec<u8> {
    let row = 2 * width * 3;
    let mut small = Vec::with_capacity(pixels.len() / 4);
    for (upper, lower) in pixels.chunks_exact(2 * row).map(|rows| rows.split_at(row)) {
        for (a, b) in upper.chunks_exact(6).zip(lower.chunks_exact(6)) {
            for c in 0..3 {
                let sum =
                    u16::from(a[c]) + u16::from(a[c + 3]) + u16::from(b[c]) + u16::from(b[c + 3]);
                small.push((sum / 4) as u8);
            }
        }
    }
    small
}

/// Makes the font known to the drawing library, once.
fn register_font() -> Result<()> {
    static DONE: OnceLock<bool> = OnceLock::new();
    let bytes = epaint_default_fonts::UBUNTU_LIGHT;
    let done = DONE.get_or_init(|| register_font_bytes(bytes));
    if *done { Ok(()) } else { Err(anyhow!("cannot draw: the built-in font is unusable")) }
}

fn register_font_bytes(bytes: &'static [u8]) -> bool {
    plotters::style::register_font(FONT, FontStyle::Normal, bytes).is_ok()
}
