//! The look of the window: one scheme of colours for the dark and one for the light, each colour with one
//! meaning, one scale of type and one of distances.

use egui::style::{Selection, WidgetVisuals};
use egui::{
    Color32, Context, CornerRadius, FontFamily, FontId, Margin, Stroke, TextStyle, Ui, Visuals,
    vec2,
};

/// What the colours of the window mean.
#[derive(Debug)]
pub struct Scheme {
    /// The cabinet, from the window's ground to what stands out from it.
    pub ground: Color32,
    pub panel: Color32,
    pub raised: Color32,
    pub line: Color32,
    /// The paper of the roll, its rows of black keys, its beats.
    pub paper: Color32,
    pub shade: Color32,
    pub beat: Color32,
    /// The keys of the keyboard.
    pub ivory: Color32,
    pub ebony: Color32,
    /// Text, and text that may be overlooked.
    pub text: Color32,
    pub faint: Color32,
    /// What composes, what plays, what sounds.
    pub compose: Color32,
    pub perform: Color32,
    pub sound: Color32,
    /// What is locked, or wrong.
    pub lock: Color32,
    /// What comes back.
    pub motif: Color32,
    /// Where the song is, and what sounds now.
    pub playhead: Color32,
    /// The parts, in their order.
    pub parts: [Color32; 8],
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

/// The parts' hues are those of Okabe and Ito ("Color Universal Design", 2008), which the colour-blind tell apart,
/// lightened for a dark ground and darkened for a light one.
pub const DARK: Scheme = Scheme {
    ground: rgb(0x13111a),
    panel: rgb(0x1d1a27),
    raised: rgb(0x2c283b),
    line: rgb(0x453f59),
    paper: rgb(0x1b1825),
    shade: rgb(0x131119),
    beat: rgb(0x282436),
    ivory: rgb(0xcfc9da),
    ebony: rgb(0x0c0a11),
    text: rgb(0xf0ecf6),
    faint: rgb(0xaca4be),
    compose: rgb(0x5ed6c0),
    perform: rgb(0x8fabff),
    sound: rgb(0xffb85c),
    lock: rgb(0xff8090),
    motif: rgb(0xff8f76),
    playhead: rgb(0xfaf8ff),
    parts: [
        rgb(0xf3a93c),
        rgb(0x63bdf0),
        rgb(0x3ccf9f),
        rgb(0xe08cbb),
        rgb(0xf2e35c),
        rgb(0x7f9cf5),
        rgb(0xf0764a),
        rgb(0xc2bfd0),
    ],
};

/// See [`DARK`].
pub const LIGHT: Scheme = Scheme {
    ground: rgb(0xf1eef6),
    panel: rgb(0xfbfaff),
    raised: rgb(0xe3deec),
    line: rgb(0xc4bcd4),
    paper: rgb(0xfcfbff),
    shade: rgb(0xf0edf6),
    beat: rgb(0xe4dfed),
    ivory: rgb(0xffffff),
    ebony: rgb(0x3d374d),
    text: rgb(0x201c2b),
    faint: rgb(0x575069),
    compose: rgb(0x0a6456),
    perform: rgb(0x304da8),
    sound: rgb(0x7d4500),
    lock: rgb(0xa51c38),
    motif: rgb(0x9a2f14),
    playhead: rgb(0x201c2b),
    parts: [
        rgb(0xb06000),
        rgb(0x0a6eae),
        rgb(0x00795a),
        rgb(0xa8437c),
        rgb(0x7a6c00),
        rgb(0x4556c4),
        rgb(0xbf3f12),
        rgb(0x67627a),
    ],
};

/// The scheme that a window is dressed in.
pub fn of(ui: &Ui) -> &'static Scheme {
    scheme(!ui.visuals().dark_mode)
}

/// A scheme.
pub fn scheme(light: bool) -> &'static Scheme {
    if light { &LIGHT } else { &DARK }
}

impl Scheme {
    /// The colour of a part.
    pub fn part(&self, part: u8) -> Color32 {
        self.parts[usize::from(part) % self.parts.len()]
    }
}

/// Sizes of type, in points: names of controls and marks; values and sentences; what is read first; the record.
pub const SIZES: [f32; 4] = [11.5, 13.5, 16.0, 21.0];

/// Names of controls, bars and pitches.
pub fn small() -> FontId {
    FontId::proportional(SIZES[0])
}

/// Values and sentences.
pub fn body() -> FontId {
    FontId::proportional(SIZES[1])
}

/// Values of what is turned most.
pub fn large() -> FontId {
    FontId::proportional(SIZES[2])
}

/// Dresses a window.
pub fn apply(ctx: &Context, light: bool) {
    let it = scheme(light);
    let mut visuals = if light { Visuals::light() } else { Visuals::dark() };
    visuals.panel_fill = it.ground;
    visuals.window_fill = it.panel;
    visuals.window_stroke = Stroke::new(1.0, it.line);
    visuals.extreme_bg_color = it.paper;
    visuals.override_text_color = Some(it.text);
    visuals.weak_text_color = Some(it.faint);
    visuals.hyperlink_color = it.compose;
    visuals.selection =
        Selection { bg_fill: it.compose.gamma_multiply(0.3), stroke: Stroke::new(1.0, it.compose) };
    let widget = |visuals: &mut WidgetVisuals, fill: Color32, line: Color32| {
        visuals.bg_fill = fill;
        visuals.weak_bg_fill = fill;
        visuals.bg_stroke = Stroke::new(1.0, line);
        visuals.fg_stroke = Stroke::new(1.0, it.text);
        visuals.corner_radius = CornerRadius::same(5);
        visuals.expansion = 0.0;
    };
    let widgets = &mut visuals.widgets;
    widget(&mut widgets.noninteractive, it.panel, it.line);
    widget(&mut widgets.inactive, it.raised, it.raised);
    widget(&mut widgets.hovered, it.raised, it.line);
    widget(&mut widgets.active, it.line, it.compose);
    widget(&mut widgets.open, it.raised, it.compose);
    ctx.set_visuals(visuals);
    ctx.all_styles_mut(|style| {
        style.spacing.item_spacing = vec2(8.0, 6.0);
        style.spacing.button_padding = vec2(10.0, 5.0);
        style.spacing.window_margin = Margin::same(12);
        let sizes = [
            (TextStyle::Heading, SIZES[3]),
            (TextStyle::Body, SIZES[1]),
            (TextStyle::Button, SIZES[1]),
            (TextStyle::Small, SIZES[0]),
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

    fn contrast(a: Color32, b: Color32) -> f64 {
        let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
        (a / b).max(b / a)
    }

    #[test]
    fn text_can_be_read_on_every_ground() {
        for it in [&DARK, &LIGHT] {
            let texts = [it.text, it.faint, it.compose, it.perform, it.sound, it.lock, it.motif];
            for text in texts {
                for ground in [it.ground, it.panel, it.raised, it.paper, it.shade] {
                    assert!(contrast(text, ground) >= 4.5, "{text:?} on {ground:?}");
                }
            }
            assert!(contrast(it.ebony, it.ivory) >= 4.5);
        }
    }

    /// WCAG 2.2, 1.4.11 asks 3 of what is not text.
    #[test]
    fn parts_stand_out_from_the_paper() {
        for it in [&DARK, &LIGHT] {
            for part in it.parts {
                for ground in [it.paper, it.shade, it.panel] {
                    assert!(contrast(part, ground) >= 3.0, "{part:?} on {ground:?}");
                }
            }
        }
    }
}
