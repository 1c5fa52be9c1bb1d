//! The parts of a band, and how their notes look: a colour and a pattern each, so that both tell them apart.

use egui::{Color32, Painter, Rect, Stroke, vec2};
use jukebox_model::piece::Part;

/// How many patterns there are.
const PATTERNS: u8 = 4;

/// What a part is called.
pub fn name(part: &Part, number: usize) -> String {
    let mut letters = part.name.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => format!("Part {}", number + 1),
    }
}

/// Draws a note of a part. `light`, 0 to 1, is how loud it is.
pub fn note(painter: &Painter, shape: Rect, part: u8, colour: Color32, light: f32) {
    let round = (shape.height() * 0.3).min(3.0);
    let fill = colour.gamma_multiply(0.35 + 0.65 * light);
    match part % PATTERNS {
        0 => {
            painter.rect_filled(shape, round, fill);
        }
        // An outline.
        1 => {
            painter.rect_filled(shape, round, colour.gamma_multiply(0.25 + 0.3 * light));
            let line = Stroke::new(1.4, colour.gamma_multiply(0.55 + 0.45 * light));
            painter.rect_stroke(shape, round, line, egui::StrokeKind::Inside);
        }
        // A line through the middle.
        2 => {
            painter.rect_filled(shape, 0.0, colour.gamma_multiply(0.2 + 0.3 * light));
            let middle = Rect::from_x_y_ranges(
                shape.x_range(),
                shape.center().y - shape.height() * 0.17..=shape.center().y + shape.height() * 0.17,
            );
            painter.rect_filled(middle, 0.0, fill.gamma_multiply(1.1));
        }
        // A bold head.
        _ => {
            painter.rect_filled(shape, round, colour.gamma_multiply(0.2 + 0.35 * light));
            let head = Rect::from_min_size(
                shape.min,
                vec2(shape.width().min(shape.height().max(4.0)), shape.height()),
            );
            painter.rect_filled(head, round, fill);
        }
    }
}

/// What General MIDI calls the drum of a key, in short.
pub fn drum(key: u8) -> Option<&'static str> {
    const NAMES: [&str; 47] = [
        "Kick 2",
        "Kick",
        "Rim",
        "Snare",
        "Clap",
        "Snare 2",
        "Low tom 2",
        "Closed hat",
        "Low tom",
        "Pedal hat",
        "Mid tom 2",
        "Open hat",
        "Mid tom",
        "High tom 2",
        "Crash",
        "High tom",
        "Ride",
        "China",
        "Ride bell",
        "Tambourine",
        "Splash",
        "Cowbell",
        "Crash 2",
        "Vibraslap",
        "Ride 2",
        "High bongo",
        "Low bongo",
        "Mute conga",
        "Open conga",
        "Low conga",
        "High timbale",
        "Low timbale",
        "High agogo",
        "Low agogo",
        "Cabasa",
        "Maracas",
        "Short whistle",
        "Long whistle",
        "Short guiro",
        "Long guiro",
        "Claves",
        "High block",
        "Low block",
        "Mute cuica",
        "Open cuica",
        "Mute triangle",
        "Open triangle",
    ];
    NAMES.get(usize::from(key.checked_sub(35)?)).copied()
}
