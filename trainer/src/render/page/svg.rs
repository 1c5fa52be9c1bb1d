//! What charts are drawn with: scales, round numbers for their axes, and paths.

use std::cmp::Ordering;
use std::fmt::{self, Display, Formatter, Write};

/// A length or place in pixels, written with a tenth at most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Px(pub f64);

impl Display for Px {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let tenths = (self.0 * 10.0).round() / 10.0;
        // Not -0.
        write!(f, "{}", if tenths == 0.0 { 0.0 } else { tenths })
    }
}

/// From numbers to pixels.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    /// The number at either end.
    pub numbers: (f64, f64),
    /// The pixel at either end.
    pub pixels: (f64, f64),
}

impl Scale {
    /// The place of a number.
    pub fn at(self, number: f64) -> Px {
        let (from, to) = self.numbers;
        let share = if to > from { (number - from) / (to - from) } else { 0.0 };
        Px(self.pixels.0 + share * (self.pixels.1 - self.pixels.0))
    }

    /// Round numbers to label it with, at most so many: 1, 2 or 5, or these by a power of ten,
    /// apart.
    pub fn ticks(self, most: usize) -> Vec<f64> {
        let (from, to) = self.numbers;
        if from.partial_cmp(&to) != Some(Ordering::Less) {
            return Vec::new();
        }
        let fine = 10f64.powf(((to - from) / most as f64).log10().floor());
        let fits = |step: &f64| (to / step).floor() - (from / step).ceil() < most as f64;
        let step = [1.0, 2.0, 5.0, 10.0].map(|it| it * fine).into_iter().find(fits);
        let step = step.unwrap_or(20.0 * fine);
        let first = (from / step).ceil() as i64;
        (first..).map(|it| it as f64 * step).take_while(|&it| it <= to).collect()
    }
}

/// A number as an axis names it: without zeros that say nothing.
pub fn label(number: f64) -> String {
    let text = format!("{number:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// A line through points, as the `d` of a path.
pub fn line(points: impl Iterator<Item = (Px, Px)>) -> String {
    let mut path = String::new();
    for (index, (x, y)) in points.enumerate() {
        // Writing to a string never fails.
        let _ = write!(path, "{}{x} {y}", if index == 0 { "M" } else { "L" });
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_are_labelled_with_round_numbers() {
        let ticks = |from, to| {
            let scale = Scale { numbers: (from, to), pixels: (0.0, 100.0) };
            scale.ticks(5).into_iter().map(label).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(ticks(0.0, 1.0), "0 0.5 1");
        assert_eq!(ticks(0.0, 0.83), "0 0.2 0.4 0.6 0.8");
        assert_eq!(ticks(3.0, 42.0), "10 20 30 40");
        assert_eq!(ticks(0.0, 1234.0), "0 500 1000");
        assert_eq!(ticks(-1.0, 1.0), "-1 -0.5 0 0.5 1");
        assert_eq!(ticks(2.0, 2.0), "");
        assert_eq!(ticks(0.0, f64::NAN), "");
    }

    #[test]
    fn places_are_short_to_write() {
        let scale = Scale { numbers: (0.0, 3.0), pixels: (10.0, 110.0) };
        let path = line([(scale.at(1.0), Px(-0.01)), (scale.at(3.0), Px(2.5))].into_iter());
        assert_eq!(path, "M43.3 0L110 2.5");
    }
}
