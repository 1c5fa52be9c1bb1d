//! The line at the bottom: what happens now, in words, and what the signs of the roll mean.

use std::sync::atomic::Ordering::Relaxed;

use egui::{Align, Layout, Rect, RichText, Sense, Ui, vec2};

use super::theme;
use crate::params::JukeboxParams;
use crate::shared::{Shared, View};

/// Shows the line; `exported` is what the last export has come to.
pub fn show(
    ui: &mut Ui,
    params: &JukeboxParams,
    shared: &Shared,
    view: &View,
    exported: Option<&Result<String, String>>,
) {
    let it = theme::of(ui);
    let message = match (&view.message, exported) {
        (Some(message), _) => Some((message.as_str(), it.lock)),
        (None, Some(Ok(done))) => Some((done.as_str(), it.compose)),
        (None, Some(Err(error))) => Some((error.as_str(), it.lock)),
        (None, None) => None,
    };
    if let Some((message, colour)) = message {
        ui.label(RichText::new(message).color(colour));
    }
    ui.horizontal(|ui| {
        let (text, figures) = words(params, shared, view);
        let text = RichText::new(text).small().color(it.faint);
        ui.label(text).on_hover_text(figures);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let version = concat!("AI Jukebox ", env!("CARGO_PKG_VERSION"));
            ui.label(RichText::new(version).small().color(it.faint));
            ui.add_space(12.0);
            legend(ui);
        });
    });
}

/// What the roll's signs mean, from right to left.
fn legend(ui: &mut Ui) {
    let it = theme::of(ui);
    ui.spacing_mut().item_spacing.x = 6.0;
    ui.label(RichText::new("louder").small().color(it.faint));
    let (rect, _) = ui.allocate_exact_size(vec2(34.0, 10.0), Sense::hover());
    for step in 0..3 {
        let loud = 0.3 + 0.35 * step as f32;
        let low = 3.0 * (1.0 - loud);
        let shape = Rect::from_min_size(
            rect.min + vec2(12.0 * step as f32, low),
            vec2(10.0, 10.0 - 2.0 * low),
        );
        ui.painter().rect_filled(shape, 2.0, it.part(0).gamma_multiply(0.35 + 0.65 * loud));
    }
    ui.add_space(10.0);
    ui.label(RichText::new("comes back").small().color(it.faint));
    let (rect, _) = ui.allocate_exact_size(vec2(16.0, 10.0), Sense::hover());
    ui.painter().rect_filled(rect.with_max_y(rect.bottom() - 1.0), 2.0, it.part(0));
    ui.painter().rect_filled(rect.with_min_y(rect.bottom() - 2.5), 0.0, it.motif);
}

/// What happens now, and the figures that stand behind it.
fn words(params: &JukeboxParams, shared: &Shared, view: &View) -> (String, String) {
    let (live, score) = (&shared.live, &view.score);
    let here = score.bar_number(live.tick.load(Relaxed));
    let late = live.underruns.load(Relaxed);
    let ahead = (score.bars.len() as u32).saturating_sub(here + 1);
    let locked = match view.slots.iter().max() {
        Some(last) => view.locked.iter().take(*last as usize + 1).filter(|it| **it).count(),
        None => view.locked.iter().filter(|it| **it).count(),
    };
    let take = params.composition.take.value();
    let mut text = match live.playing.load(Relaxed) {
        _ if live.seconds.load(Relaxed) < 1.0 => "Nothing has been played yet".to_owned(),
        true => format!("Take {take} plays, bar {}", here + 1),
        false => format!("Take {take} waits at bar {}", here + 1),
    };
    match locked {
        0 => {}
        1 => text.push_str("  ·  1 bar locked"),
        bars => text.push_str(&format!("  ·  {bars} bars locked")),
    }
    if late > 0 {
        text.push_str("  ·  some bars came too late");
    }
    let figures = format!("{ahead} bars are composed ahead.\n{late} bars came too late so far.");
    (text, figures)
}
