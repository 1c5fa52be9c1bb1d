//! The look of the window: a dark cabinet, neon for what can be turned, warm light for the music.

use egui::style::{Selection, WidgetVisuals};
use egui::{
    Color32, Context, CornerRadius, FontFamily, FontId, Margin, Stroke, TextStyle, Visuals, vec2,
};

/// The cabinet, from the window's ground to what stands out from it.
pub const GROUND: Color32 = Color32::from_rgb(19, 17, 26);
pub const PANEL: Color32 = Color32::from_rgb(29, 26, 39);
pub const RAISED: Color32 = Color32::from_rgb(44, 40, 59);
pub const LINE: Color32 = Color32::from_rgb(66, 60, 86);
/// The paper of the roll, and its rows of black keys.
pub const PAPER: Color32 = Color32::from_rgb(28, 25, 38);
pub const SHADE: Color32 = Color32::from_rgb(18, 16, 24);
pub const BEAT: Color32 = Color32::from_rgb(43, 39, 57);
/// Text: at least 4.5 to 1 on every ground above (WCAG 2.2, 1.4.3).
pub const TEXT: Color32 = Color32::from_rgb(237, 232, 244);
pub const FAINT: Color32 = Color32::from_rgb(166, 158, 184);
/// The music, what composes it, what plays it, what is locked or wrong.
pub const NOTE: Color32 = Color32::from_rgb(255, 184, 92);
/// Notes that the motif memory has brought back.
pub const MOTIF: Color32 = Color32::from_rgb(255, 146, 118);
pub const COMPOSE: Color32 = Color32::from_rgb(94, 214, 192);
pub const PERFORM: Color32 = Color32::from_rgb(140, 168, 255);
pub const LOCK: Color32 = Color32::from_rgb(255, 128, 144);
pub const PLAYHEAD: Color32 = Color32::from_rgb(250, 248, 255);

/// Small print: the names of controls, bars and pitches.
pub fn small() -> FontId {
    FontId::proportional(11.0)
}

/// Dresses a window.
pub fn apply(ctx: &Context) {
    let mut visuals = Visuals::dark();
    visuals.panel_fill = GROUND;
    visuals.window_fill = PANEL;
    visuals.window_stroke = Stroke::new(1.0, LINE);
    visuals.extreme_bg_color = PAPER;
    visuals.override_text_color = Some(TEXT);
    visuals.hyperlink_color = COMPOSE;
    visuals.selection =
        Selection { bg_fill: COMPOSE.gamma_multiply(0.35), stroke: Stroke::new(1.0, COMPOSE) };
    let widget = |visuals: &mut WidgetVisuals, fill: Color32, line: Color32| {
        visuals.bg_fill = fill;
        visuals.weak_bg_fill = fill;
        visuals.bg_stroke = Stroke::new(1.0, line);
        visuals.fg_stroke = Stroke::new(1.0, TEXT);
        visuals.corner_radius = CornerRadius::same(5);
        visuals.expansion = 0.0;
    };
    let widgets = &mut visuals.widgets;
    widget(&mut widgets.noninteractive, PANEL, LINE);
    widget(&mut widgets.inactive, RAISED, RAISED);
    widget(&mut widgets.hovered, RAISED, LINE);
    widget(&mut widgets.active, LINE, COMPOSE);
    widget(&mut widgets.open, RAISED, COMPOSE);
    ctx.set_visuals(visuals);
    ctx.all_styles_mut(|style| {
        style.spacing.item_spacing = vec2(8.0, 6.0);
        style.spacing.button_padding = vec2(10.0, 5.0);
        style.spacing.window_margin = Margin::same(12);
        let sizes = [
            (TextStyle::Heading, 19.0),
            (TextStyle::Body, 13.5),
            (TextStyle::Button, 13.5),
            (TextStyle::Small, 11.0),
        ];
        for (of, size) in sizes {
            style.text_styles.insert(of, FontId::new(size, FontFamily::Proportional));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance (WCAG 2.2).
    fn luminance(colour: Color32) -> f64 {
        let channel = |value: u8| match f64::from(value) / 255.0 {
            low if low <= 0.04045 => low / 12.92,
            high => ((high + 0.055) / 1.055).powf(2.4),
        };
        let [red, green, blue, _] = colour.to_array().map(channel);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    #[test]
    fn text_can_be_read_on_every_ground() {
        for text in [TEXT, FAINT, NOTE, MOTIF, COMPOSE, PERFORM, LOCK] {
            for ground in [GROUND, PANEL, RAISED, PAPER, SHADE] {
                let (text, ground) = (luminance(text) + 0.05, luminance(ground) + 0.05);
                assert!(text / ground >= 4.5, "{}", text / ground);
            }
        }
    }
}
