//! How the parts of a piece are told apart: each has a colour and a shape of its own, so that no eye needs
//! the colours alone, and a legend names them.

use jukebox_model::piece::{Note, Part, Piece};

use crate::names;
use crate::render::canvas::{self, Anchor, Canvas, Rgb, mix};

/// Colours that differ for the colour-blind, too (after Okabe and Ito, "Color universal design", 2008),
/// lightened for a dark ground. The last is that of the drums alone.
const COLOURS: [Rgb; 8] = [
    Rgb(0xff, 0xc1, 0x4f),
    Rgb(0x62, 0xbd, 0xf5),
    Rgb(0xff, 0x82, 0x5c),
    Rgb(0x45, 0xd6, 0xa3),
    Rgb(0xee, 0x9c, 0xd4),
    Rgb(0xf5, 0xee, 0x74),
    Rgb(0xab, 0xa6, 0xff),
    Rgb(0xdc, 0xe1, 0xec),
];

/// The shape of a note. Their number has no divisor in common with that of the pitched parts' colours: 35 parts
/// differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A full bar.
    Full,
    /// A bar of stripes.
    Striped,
    /// A frame.
    Hollow,
    /// A block at the onset, and a line.
    Headed,
    /// High at the onset, low at the end.
    Tapered,
}

const SHAPES: [Shape; 5] =
    [Shape::Full, Shape::Striped, Shape::Hollow, Shape::Headed, Shape::Tapered];

/// How the notes of a part are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Of a loud note.
    pub colour: Rgb,
    /// Of every note.
    pub shape: Shape,
}

impl Style {
    /// The style of a pitched part by its place among those that play.
    pub fn of(place: usize) -> Self {
        let pitched = COLOURS.len() - 1;
        Self { colour: COLOURS[place % pitched], shape: SHAPES[place % SHAPES.len()] }
    }

    /// The style of a part of drums by its place among them: they lie on lanes of their own.
    pub fn of_drums(place: usize) -> Self {
        let colour = COLOURS[COLOURS.len() - 1 - place % COLOURS.len()];
        Self { colour, shape: SHAPES[place % SHAPES.len()] }
    }

    /// The colour of a note: softer notes are darker, but never so dark that the part cannot be told.
    pub fn shade(self, velocity: u8) -> Rgb {
        mix(canvas::PANEL, self.colour, 0.5 + 0.5 * f64::from(velocity.min(110)) / 110.0)
    }

    /// Draws a note into a place: left, top, right, bottom.
    pub fn draw(
        self,
        canvas: &mut Canvas,
        (left, top, right, bottom): (f64, f64, f64, f64),
        colour: Rgb,
    ) {
        let (height, middle) = (bottom - top, (top + bottom) / 2.0);
        let dark = mix(canvas::PAPER, colour, 0.3);
        match self.shape {
            Shape::Full => canvas.fill_round((left, top, right, bottom), colour),
            Shape::Striped => {
                const STRIPE: f64 = 3.0;
                canvas.fill(left, top, right, bottom, dark);
                let mut from = left;
                while from < right {
                    canvas.fill(from, top, (from + STRIPE).min(right), bottom, colour);
                    from += 2.0 * STRIPE;
                }
            }
            Shape::Hollow => {
                canvas.fill(left, top, right, bottom, colour);
                let edge = (height / 4.0).clamp(1.0, 2.0);
                if right - left > 3.0 * edge {
                    canvas.fill(left + edge, top + edge, right - edge, bottom - edge, dark);
                }
            }
            Shape::Headed => {
                let line = (height * 0.2).max(0.75);
                canvas.fill(left, middle - line, right, middle + line, colour);
                let head = (left + height.max(4.0)).min(right);
                canvas.fill(left, top, head, bottom, colour);
            }
            Shape::Tapered => {
                let mut from = left;
                while from < right {
                    let to = (from + 1.0).min(right);
                    let share = (from - left) / (right - left);
                    let half = height / 2.0 * (1.0 - 0.75 * share);
                    canvas.fill(from, middle - half, to, middle + half, colour);
                    from = to;
                }
            }
        }
    }
}

/// The parts of a piece that play, each with its style and name; empty where there is one line to draw.
#[derive(Clone, Debug, Default)]
pub struct Parts(Vec<(u8, Style, String)>);

impl Parts {
    /// Those of a piece.
    pub fn of(piece: &Piece) -> Self {
        let plays = |number: u8| piece.notes.iter().any(|note| note.part == number);
        let parts: Vec<(u8, &Part)> =
            (0..=u8::MAX).zip(&piece.parts).filter(|&(number, _)| plays(number)).collect();
        if parts.len() < 2 {
            return Self::default();
        }
        let mut places = (0.., 0..);
        let styled = parts.into_iter().map(|(number, part)| {
            let style = match part.drums {
                true => Style::of_drums(places.1.next().unwrap_or(0)),
                false => Style::of(places.0.next().unwrap_or(0)),
            };
            let name = match part.name.trim() {
                "" if part.drums => "Drums",
                "" => part.program.map_or("", names::program_family),
                name => name,
            };
            (number, style, name.to_owned())
        });
        Self(styled.collect())
    }

    /// Whether there is one line to draw.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The style of a note.
    pub fn style(&self, note: &Note) -> Option<Style> {
        let index = self.0.binary_search_by_key(&note.part, |it| it.0).ok()?;
        Some(self.0[index].1)
    }
}

/// Parts that a legend names at most.
const MOST_NAMES: usize = 32;
/// Letters of a name at most.
const LONGEST_NAME: usize = 28;
/// Pixels of a line of the legend, of its samples, and between its entries.
const LINE: f64 = 24.0;
const SAMPLE: (f64, f64) = (30.0, 9.0);
const APART: f64 = 26.0;
const SIZE: f64 = 15.0;

/// A legend, laid out: where each sample and its name begin, from its own upper left corner.
pub struct Legend {
    entries: Vec<((f64, f64), Option<Style>, String)>,
    /// Its height in pixels; 0 where there is nothing to name.
    pub height: f64,
}

impl Legend {
    /// Lays out a legend of some width.
    pub fn new(canvas: &Canvas, parts: &Parts, width: f64) -> Self {
        let mut named: Vec<(Option<Style>, String)> = Vec::new();
        for (number, (_, style, name)) in parts.0.iter().enumerate().take(MOST_NAMES) {
            let mut name: String = canvas.legible(name).trim().to_owned();
            if name.chars().count() > LONGEST_NAME {
                name = name.chars().take(LONGEST_NAME).collect::<String>().trim_end().to_owned();
                name.push_str("...");
            }
            let same = |other: &(Option<Style>, String)| other.1 == name;
            if name.is_empty() {
                name = format!("part {}", number + 1);
            } else if named.iter().any(same) {
                name = format!("{name} ({})", number + 1);
            }
            named.push((Some(*style), name));
        }
        if parts.0.len() > MOST_NAMES {
            named.push((None, format!("and {} more", parts.0.len() - MOST_NAMES)));
        }
        let (mut x, mut y) = (0.0, 0.0);
        let mut entries = Vec::new();
        for (style, name) in named {
            let sample = if style.is_some() { SAMPLE.0 + 8.0 } else { 0.0 };
            let length = sample + canvas.text_width(&name, SIZE);
            if x > 0.0 && x + length > width {
                (x, y) = (0.0, y + LINE);
            }
            entries.push(((x, y), style, name));
            x += length + APART;
        }
        let height = if entries.is_empty() { 0.0 } else { y + LINE };
        Self { entries, height }
    }

    /// Draws it from its upper left corner on.
    pub fn draw(&self, canvas: &mut Canvas, (left, top): (f64, f64)) {
        for &((x, y), style, ref name) in &self.entries {
            let (mut x, middle) = (left + x, top + y + LINE / 2.0);
            if let Some(style) = style {
                let half = SAMPLE.1 / 2.0;
                let place = (x, middle - half, x + SAMPLE.0, middle + half);
                style.draw(canvas, place, style.colour);
                x += SAMPLE.0 + 8.0;
            }
            canvas.text(name, (x, middle), SIZE, canvas::BRIGHT, Anchor::Left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The contrast of WCAG 2.1 of a colour on another.
    fn contrast(a: Rgb, b: Rgb) -> f64 {
        let luminance = |Rgb(red, green, blue): Rgb| {
            let linear = |value: u8| match f64::from(value) / 255.0 {
                low @ ..=0.04045 => low / 12.92,
                high => ((high + 0.055) / 1.055).powf(2.4),
            };
            0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_part_can_be_seen_and_soft_notes_too() {
        for place in 0..35 {
            let style = Style::of(place);
            let contrast = |colour| contrast(colour, canvas::PANEL);
            assert!(contrast(style.colour) >= 6.0, "{style:?}");
            assert!(contrast(style.shade(1)) >= 2.5, "{style:?}");
            let drums = Style::of_drums(0);
            assert!((0..place).all(|other| Style::of(other) != style), "{style:?} comes again");
            assert!(style.colour != drums.colour && contrast(drums.shade(1)) >= 2.5);
            assert_ne!(Style::of_drums(place + 1), Style::of_drums(place));
        }
    }

    #[test]
    fn a_legend_breaks_into_lines_and_tells_same_names_apart() {
        let canvas = Canvas::new((8, 8)).unwrap();
        let part = |name: &str, program| Part { name: name.into(), program, drums: false };
        let mut parts: Vec<Part> = (0..40).map(|_| part("Staff", None)).collect();
        parts[0] = part("", Some(33));
        parts[1] = part("\u{8eca}", None);
        let note = |part| Note { onset: 0, part, pitch: 60, duration: 9, velocity: 80 };
        let piece = Piece { parts, notes: (0..40).map(note).collect(), ..Piece::default() };
        let legend = Legend::new(&canvas, &Parts::of(&piece), 1000.0);
        let names: Vec<&str> = legend.entries.iter().map(|it| it.2.as_str()).collect();
        assert_eq!(names[..4], ["Bass", "part 2", "Staff", "Staff (4)"]);
        assert_eq!((names.len(), names[32]), (33, "and 8 more"));
        assert!(legend.entries.iter().all(|it| it.0.0 < 950.0));
        let last = legend.entries[32].0.1;
        assert!(last >= 2.0 * LINE && legend.height == last + LINE);

        let one = Piece { notes: vec![note(2)], ..piece };
        assert_eq!(Legend::new(&canvas, &Parts::of(&one), 1000.0).height, 0.0);
    }
}
