//! The loss of each epoch, drawn: of what is learnt, and of what is kept apart.

use egui::{Align2, Color32, Painter, Pos2, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::super::theme::{self, Scheme};
use crate::learning::Training;
use crate::learning::progress::{Epoch, Progress};

/// Height of the line below the curve that shows how much is over.
const SHARE: f32 = 3.0;
/// Room for what is written above the curve.
const HEAD: f32 = 20.0;
/// Most points that are drawn of a line.
const MOST: usize = 400;

/// Draws the curve of a training, or an empty place for one.
pub fn show(ui: &mut Ui, area: Rect, training: Option<&Training>) {
    let it = theme::of(ui);
    let response = ui.interact(area, ui.scope_id().with("loss"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "Loss of each epoch"));
    let painter = ui.painter_at(area.expand(1.0));
    painter.rect_filled(area, 5.0, it.panel);
    let Some(training) = training else {
        let (text, at) = ("How well it learns is drawn here", area.center());
        painter.text(at, Align2::CENTER_CENTER, text, theme::small(), it.faint);
        return;
    };
    let progress = &training.progress;
    legend(&painter, it, area, progress);
    let plot =
        Rect::from_min_max(area.min + vec2(10.0, HEAD + 6.0), area.max - vec2(10.0, 8.0 + SHARE));
    if progress.epochs.is_empty() {
        let text = if training.status.is_running() {
            "No epoch is finished yet"
        } else {
            "No epoch was finished"
        };
        painter.text(plot.center(), Align2::CENTER_CENTER, text, theme::small(), it.faint);
    } else {
        plot_losses(&painter, it, plot, progress);
    }
    if training.status.is_running() {
        let line = area.with_min_y(area.bottom() - SHARE);
        painter.rect_filled(line, 1.0, it.raised);
        let done = line.with_max_x(line.left() + line.width() * progress.share as f32);
        painter.rect_filled(done, 1.0, it.compose);
    }
    response.on_hover_text(tip(progress));
}

/// What the lines mean, and the best loss.
fn legend(painter: &Painter, it: &Scheme, area: Rect, progress: &Progress) {
    let at = area.min + vec2(10.0, 5.0);
    let learnt = painter.text(at, Align2::LEFT_TOP, "learnt", theme::small(), it.perform);
    if progress.epochs.iter().any(|epoch| epoch.validation.is_some()) {
        let at = pos2(learnt.right() + 10.0, at.y);
        painter.text(at, Align2::LEFT_TOP, "kept apart", theme::small(), it.compose);
    }
    if let Some((_, loss)) = best(progress) {
        let at = area.right_top() + vec2(-10.0, 5.0);
        painter.text(at, Align2::RIGHT_TOP, format!("{loss:.2}"), theme::small(), it.sound);
    }
}

/// The best epoch, counted from 1, and its loss.
fn best(progress: &Progress) -> Option<(u32, f64)> {
    let number = progress.best?;
    let epoch = progress.epochs.get(number as usize - 1)?;
    Some((number, epoch.validation.unwrap_or(epoch.loss)))
}

fn tip(progress: &Progress) -> String {
    let what = "The loss of each epoch in nats a note: how much the notes surprised. Lower is better; where the \
                line of what is kept apart rises, it begins to learn by heart.";
    match best(progress) {
        Some((epoch, loss)) => format!("{what}\nThe best is epoch {epoch} with {loss:.3}."),
        None => what.to_owned(),
    }
}

fn plot_losses(painter: &Painter, it: &Scheme, plot: Rect, progress: &Progress) {
    let epochs = &progress.epochs;
    let all = epochs.iter().flat_map(|epoch| [Some(epoch.loss), epoch.validation]).flatten();
    let (least, most) = all.fold((f64::MAX, f64::MIN), |(a, b), it| (a.min(it), b.max(it)));
    let range = (most - least).max(0.05);
    // One that ends early fills no more than its part.
    let count = epochs.len().max(progress.planned.unwrap_or(0) as usize).max(2);
    let point = |epoch: usize, loss: f64| -> Pos2 {
        let x = plot.left() + plot.width() * epoch as f32 / (count - 1) as f32;
        pos2(x, plot.bottom() - plot.height() * ((loss - least) / range) as f32)
    };
    let step = epochs.len().div_ceil(MOST);
    let line = |of: &dyn Fn(&Epoch) -> Option<f64>, colour: Color32| {
        let numbered = epochs.iter().enumerate();
        let points = numbered.filter(|(index, _)| index % step == 0 || index + 1 == epochs.len());
        let points: Vec<Pos2> =
            points.filter_map(|(index, epoch)| Some(point(index, of(epoch)?))).collect();
        if let [only] = points[..] {
            painter.circle_filled(only, 2.0, colour);
        }
        painter.line(points, (1.6, colour));
    };
    line(&|epoch| Some(epoch.loss), it.perform);
    line(&|epoch| epoch.validation, it.compose);
    if let Some((number, loss)) = best(progress) {
        painter.circle_filled(point(number as usize - 1, loss), 3.5, it.sound);
    }
}
