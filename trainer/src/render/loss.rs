//! The loss curve of a training.

use std::path::Path;

use anyhow::Result;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::canvas::{self, Canvas, drawn, font, lost};

const SIZE: (u32, u32) = (1000, 600);

/// One epoch of the curve, in nats a note.
#[derive(Clone, Copy, Debug)]
pub struct Point {
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
pub fn loss(path: &Path, name: &str, points: &[Point], best: Option<u32>) -> Result<()> {
    let train: Vec<(f64, f64)> =
        points.iter().map(|point| (f64::from(point.epoch), point.train)).collect();
    let validation: Vec<(f64, f64)> = points
        .iter()
        .filter_map(|point| Some((f64::from(point.epoch), point.validation?)))
        .collect();
    let losses = || train.iter().chain(&validation).map(|point| point.1);
    let (low, high) =
        losses().fold((f64::MAX, f64::MIN), |(low, high), loss| (low.min(loss), high.max(loss)));
    if low > high {
        // Nothing to draw yet.
        return Ok(());
    }
    let room = ((high - low) * 0.1).max(0.05);
    let last = train.last().map_or(1.0, |point| point.0);

    canvas::picture(path, SIZE, |canvas| {
        canvas.text(name, (36.0, 36.0), 26.0, canvas::BRIGHT, HPos::Left)?;
        canvas.text("nats a note, by epoch", (36.0, 64.0), 15.0, canvas::DIM, HPos::Left)?;
        let mut chart = ChartBuilder::on(&canvas.area)
            .margin_top(drawn(86.0))
            .margin_bottom(drawn(20.0))
            .margin_left(drawn(20.0))
            .margin_right(drawn(130.0))
            .x_label_area_size(drawn(30.0))
            .y_label_area_size(drawn(50.0))
            .build_cartesian_2d(0.5..last.max(2.0) + 0.5, low - room..high + room)
            .map_err(lost)?;
        chart
            .configure_mesh()
            .bold_line_style(canvas::FINE)
            .light_line_style(TRANSPARENT)
            .axis_style(canvas::STRONG.stroke_width(2))
            .x_labels(last.clamp(2.0, 12.0) as usize)
            .x_label_formatter(&whole)
            .y_labels(8)
            .y_label_formatter(&|loss| format!("{loss:.2}"))
            .label_style(font(14.0, canvas::DIM))
            .draw()
            .map_err(lost)?;
        // The end of each curve carries its name; two that end together are pushed apart.
        let mut ends = Vec::new();
        for (curve, colour, name) in
            [(&train, canvas::AMBER, "training"), (&validation, canvas::TEAL, "validation")]
        {
            let Some(&end) = curve.last() else { continue };
            chart
                .draw_series(LineSeries::new(curve.clone(), colour.stroke_width(4)))
                .map_err(lost)?;
            let mark = |&(epoch, loss): &(f64, f64)| {
                let is_best = best.is_some_and(|best| f64::from(best) == epoch);
                let radius = if is_best { drawn(5.0) } else { drawn(2.0) };
                Circle::new((epoch, loss), radius, colour.filled())
            };
            chart.draw_series(curve.iter().map(mark)).map_err(lost)?;
            let (x, y) = chart.backend_coord(&end);
            ends.push(Label { x, y, colour, text: format!("{name} {:.3}", end.1) });
        }
        draw_labels(canvas, ends)
    })
}

/// The name at the end of a curve, in drawn pixels.
struct Label {
    x: i32,
    y: i32,
    colour: RGBColor,
    text: String,
}

fn draw_labels(canvas: &Canvas<'_>, mut labels: Vec<Label>) -> Result<()> {
    labels.sort_by_key(|label| label.y);
    let mut lowest = i32::MIN;
    for label in labels {
        let y = label.y.max(lowest);
        lowest = y + drawn(18.0);
        let place = (f64::from(label.x) / 2.0 + 12.0, f64::from(y) / 2.0);
        canvas.text(&label.text, place, 15.0, label.colour, HPos::Left)?;
    }
    Ok(())
}

/// Epochs have whole numbers: no label stands between two of them.
fn whole(epoch: &f64) -> String {
    if (epoch - epoch.round()).abs() < 1e-6 { format!("{epoch:.0}") } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_is_drawn_from_its_first_epoch_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("loss.png");
        loss(&path, "Celtic", &[], None).unwrap();
        assert!(!path.exists(), "nothing to draw yet");
        let point = |epoch| Point {
            epoch,
            train: 4.0 / f64::from(epoch) + 1.0,
            validation: epoch.is_multiple_of(2).then_some(2.0),
        };
        for epochs in [1, 2, 30] {
            let points: Vec<Point> = (1..=epochs).map(point).collect();
            loss(&path, "Celtic", &points, Some(epochs)).unwrap();
            assert!(std::fs::read(&path).unwrap().starts_with(b"\x89PNG"));
        }
    }
}
