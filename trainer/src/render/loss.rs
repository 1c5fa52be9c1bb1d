//! The loss curve of a training.

use std::ops::RangeInclusive;
use std::path::Path;

use anyhow::Result;

use super::canvas::{self, Anchor, Canvas, Rgb};

const SIZE: (u32, u32) = (1000, 600);
// The sides of the chart; the names of the curves lie right of it.
const LEFT: f64 = 78.0;
const RIGHT: f64 = 866.0;
const TOP: f64 = 92.0;
const BOTTOM: f64 = 546.0;
/// Lines across and down the chart that there are at most.
const MOST_LINES: (f64, f64) = (12.0, 9.0);

/// One epoch of the curve, in nats a note.
#[derive(Clone, Copy, Debug)]
pub struct LossPoint {
    /// Number of the epoch.
    pub epoch: u32,
    /// Loss over the training pieces.
    pub train: f64,
    /// Loss over the validation pieces, where there are any.
    pub validation: Option<f64>,
}

/// Draws the curve as a PNG file; `best` is the epoch to mark.
///
/// # Errors
/// When the file cannot be written.
pub fn write_png(path: &Path, name: &str, points: &[LossPoint], best: Option<u32>) -> Result<()> {
    let curve = |loss: fn(&LossPoint) -> Option<f64>| -> Vec<(f64, f64)> {
        let place = |point: &LossPoint| Some((f64::from(point.epoch), loss(point)?));
        points.iter().filter_map(place).filter(|point| point.1.is_finite()).collect()
    };
    let train = curve(|point| Some(point.train));
    let validation = curve(|point| point.validation);
    let losses = || train.iter().chain(&validation).map(|point| point.1);
    let (low, high) =
        losses().fold((f64::MAX, f64::MIN), |(low, high), loss| (low.min(loss), high.max(loss)));
    if low > high {
        // Nothing to draw yet.
        return Ok(());
    }
    let room = ((high - low) * 0.1).max(0.05);
    let last = points.last().map_or(1.0, |point| f64::from(point.epoch));
    let chart = Chart { epochs: 0.5..=last.max(2.0) + 0.5, losses: low - room..=high + room };

    canvas::picture(path, SIZE, |canvas| {
        canvas.text(name, (36.0, 36.0), 26.0, canvas::BRIGHT, Anchor::Left);
        canvas.text("nats a note, by epoch", (36.0, 64.0), 15.0, canvas::DIM, Anchor::Left);
        chart.draw_grid(canvas);
        // The end of each curve carries its name; two that end together are pushed apart.
        let mut ends = Vec::new();
        for (curve, colour, name) in
            [(&train, canvas::AMBER, "training"), (&validation, canvas::TEAL, "validation")]
        {
            let Some(&(_, loss)) = curve.last() else { continue };
            let places: Vec<(f64, f64)> = curve.iter().map(|&point| chart.place(point)).collect();
            canvas.line(&places, 2.0, colour);
            for (&(epoch, _), &place) in curve.iter().zip(&places) {
                let is_best = best.is_some_and(|best| f64::from(best) == epoch);
                canvas.dot(place, if is_best { 5.0 } else { 2.0 }, colour);
            }
            let &(x, y) = places.last().expect("a curve has a point for each of its losses");
            ends.push(Label { x, y, colour, text: format!("{name} {loss:.3}") });
        }
        draw_labels(canvas, ends);
    })
}

/// What the sides of the chart stand for.
struct Chart {
    epochs: RangeInclusive<f64>,
    losses: RangeInclusive<f64>,
}

impl Chart {
    /// Where an epoch and its loss lie in the picture.
    fn place(&self, (epoch, loss): (f64, f64)) -> (f64, f64) {
        let share =
            |value: f64, of: &RangeInclusive<f64>| (value - of.start()) / (of.end() - of.start());
        let x = LEFT + (RIGHT - LEFT) * share(epoch, &self.epochs);
        (x, BOTTOM - (BOTTOM - TOP) * share(loss, &self.losses))
    }

    fn draw_grid(&self, canvas: &mut Canvas) {
        // Epochs have whole numbers: no line stands between two of them.
        for epoch in lines(&self.epochs, MOST_LINES.0, 1.0) {
            let (x, _) = self.place((epoch, 0.0));
            canvas.fill(x.round(), TOP, x.round() + 1.0, BOTTOM, canvas::FINE);
            let label = format!("{epoch:.0}");
            canvas.text(&label, (x, BOTTOM + 16.0), 14.0, canvas::DIM, Anchor::Middle);
        }
        for loss in lines(&self.losses, MOST_LINES.1, 0.01) {
            let (_, y) = self.place((0.0, loss));
            canvas.fill(LEFT, y.round(), RIGHT, y.round() + 1.0, canvas::FINE);
            let label = format!("{loss:.2}");
            canvas.text(&label, (LEFT - 10.0, y), 14.0, canvas::DIM, Anchor::Right);
        }
        canvas.fill(LEFT - 1.0, TOP, LEFT, BOTTOM + 1.0, canvas::STRONG);
        canvas.fill(LEFT - 1.0, BOTTOM, RIGHT, BOTTOM + 1.0, canvas::STRONG);
    }
}

/// The values of a range to draw a line at: multiples of the smallest round step that gives no more than `most`,
/// and that is not below `least`.
fn lines(range: &RangeInclusive<f64>, most: f64, least: f64) -> Vec<f64> {
    let length = range.end() - range.start();
    let mut step = least;
    // 1, 2, 5, 10, 20, 50 ... times the least.
    for factor in [2.0, 2.5, 2.0].into_iter().cycle() {
        if length / step <= most || !step.is_finite() {
            break;
        }
        step *= factor;
    }
    let number = |line: f64| line * step;
    let (first, last) = ((range.start() / step).ceil(), (range.end() / step).floor());
    std::iter::successors(Some(first), |line| Some(line + 1.0))
        .take_while(|line| *line <= last)
        .take(most as usize + 1)
        .map(number)
        .collect()
}

/// The name at the end of a curve.
struct Label {
    x: f64,
    y: f64,
    colour: Rgb,
    text: String,
}

fn draw_labels(canvas: &mut Canvas, mut labels: Vec<Label>) {
    labels.sort_by(|a, b| a.y.total_cmp(&b.y));
    let mut lowest = f64::MIN;
    for label in labels {
        let y = label.y.max(lowest);
        lowest = y + 18.0;
        canvas.text(&label.text, (label.x + 12.0, y), 15.0, label.colour, Anchor::Left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_is_drawn_from_its_first_epoch_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("loss.png");
        write_png(&path, "Celtic", &[], None).unwrap();
        assert!(!path.exists(), "nothing to draw yet");
        let point = |epoch| LossPoint {
            epoch,
            train: 4.0 / f64::from(epoch) + 1.0,
            validation: epoch.is_multiple_of(2).then_some(2.0),
        };
        for epochs in [1, 2, 30] {
            let points: Vec<LossPoint> = (1..=epochs).map(point).collect();
            write_png(&path, "Celtic", &points, Some(epochs)).unwrap();
            assert!(std::fs::read(&path).unwrap().starts_with(b"\x89PNG"));
        }
    }

    #[test]
    fn losses_that_are_no_numbers_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("loss.png");
        let lost = LossPoint { epoch: 1, train: f64::NAN, validation: Some(f64::INFINITY) };
        write_png(&path, "Celtic", &[lost], None).unwrap();
        assert!(!path.exists(), "nothing to draw");
        let huge = LossPoint { epoch: 2, train: f64::MAX, validation: Some(f64::MIN) };
        write_png(&path, "Celtic", &[lost, huge], None).unwrap();
        assert!(path.exists());
    }

    #[test]
    fn lines_stand_at_round_numbers_and_are_not_too_many() {
        assert_eq!(lines(&(0.5..=2.5), 12.0, 1.0), [1.0, 2.0]);
        assert_eq!(lines(&(0.5..=30.5), 12.0, 1.0), [5.0, 10.0, 15.0, 20.0, 25.0, 30.0]);
        let hundredths = |low, high| -> Vec<i64> {
            lines(&(low..=high), 9.0, 0.01).iter().map(|it| (it * 100.0).round() as i64).collect()
        };
        assert_eq!(hundredths(1.95, 2.05), [196, 198, 200, 202, 204]);
        assert_eq!(hundredths(2.31, 5.12), [250, 300, 350, 400, 450, 500]);
    }
}
