//! The sleeve: a record's cover, drawn from what the record is. The same record has the same cover everywhere.

use std::f32::consts::TAU;

use egui::epaint::Hsva;
use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, pos2, vec2};

use crate::records::RecordFacts;

/// Numbers that a cover is drawn from, one after the other (splitmix64; Steele, Lea and Flood 2014).
struct Numbers(u64);

impl Numbers {
    /// From the receipt, which a file's header has, so that a list shows the cover before the record is read
    /// (FNV-1a).
    fn of(facts: &RecordFacts) -> Self {
        let mut hash = 0xcbf2_9ce4_8422_2325u64;
        let loss = facts.validation.unwrap_or_default().to_bits();
        let figures = [facts.pieces, facts.notes, loss].map(u64::to_le_bytes).concat();
        for byte in facts.name.bytes().chain(facts.learnt.bytes()).chain(figures) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Self(hash)
    }

    /// Uniform in [0, 1).
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((it ^ (it >> 31)) >> 40) as f32 / (1u64 << 24) as f32
    }
}

/// Draws the cover of a record: its keys are the figure, its notes the number of strokes, its parts the discs, and
/// its hash the colours and the kind of figure. Without a record an empty sleeve.
pub fn paint(painter: &Painter, rect: Rect, facts: Option<&RecordFacts>) {
    let painter = painter.with_clip_rect(rect.intersect(painter.clip_rect()));
    let Some(facts) = facts else {
        painter.rect_filled(rect, 4.0, Color32::from_gray(60));
        return;
    };
    let mut numbers = Numbers::of(facts);
    let hue = numbers.next();
    let beside = (hue + 0.05 + 0.14 * numbers.next()).fract();
    let colour =
        |hue: f32, saturation: f32, value: f32| Hsva::new(hue, saturation, value, 1.0).into();
    let [dark, warm, bright, paper]: [Color32; 4] = [
        colour(hue, 0.62, 0.30),
        colour(beside, 0.68, 0.86),
        colour(beside, 0.30, 1.0),
        colour(hue, 0.10, 0.97),
    ];
    painter.rect_filled(rect, 0.0, dark);
    let side = rect.width();
    // More notes, more strokes: 9 for a thousand, 15 for a million.
    let strokes = (3.0 + 2.0 * (facts.notes.max(10) as f32).log10()).round() as usize;
    let keys = strokes_of(facts, strokes);
    match (numbers.next() * 4.0) as u32 {
        _ if facts.drums => grid(&painter, rect, &mut numbers, warm, bright),
        0 => rays(&painter, rect, &keys, warm, bright),
        1 => bars(&painter, rect, &keys, warm, bright),
        2 => waves(&painter, rect, &keys, warm, bright),
        _ => rings(&painter, rect, &keys, warm, bright),
    }
    // A disc for each part.
    for part in 0..facts.parts.len().min(8) {
        let at = rect.left_bottom() + vec2(side * (0.1 + 0.1 * part as f32), -side * 0.09);
        painter.circle_filled(at, side * 0.035, paper);
    }
    painter.rect_stroke(rect, 0.0, (1.0, Color32::from_black_alpha(90)), egui::StrokeKind::Inside);
}

/// How much each of so many strokes reaches, 0 to 1: the share of the keys of its range that the record plays.
fn strokes_of(facts: &RecordFacts, strokes: usize) -> Vec<f32> {
    let (Some(&low), Some(&high)) = (facts.keys.first(), facts.keys.last()) else {
        return vec![0.5; strokes];
    };
    let span = f32::from(high - low + 1) / strokes as f32;
    let mut counts = vec![0.0f32; strokes];
    for &key in &facts.keys {
        counts[((f32::from(key - low) / span) as usize).min(strokes - 1)] += 1.0;
    }
    let most = counts.iter().copied().fold(1.0, f32::max);
    // The middle of a range is played most.
    let middle = |place: usize| 1.0 - ((place as f32 + 0.5) / strokes as f32 * 2.0 - 1.0).abs();
    (0..).zip(counts).map(|(place, it)| 0.25 + 0.35 * it / most + 0.4 * middle(place)).collect()
}

fn rays(painter: &Painter, rect: Rect, reach: &[f32], warm: Color32, bright: Color32) {
    let (centre, side) = (rect.left_bottom() + vec2(0.28, -0.30) * rect.width(), rect.width());
    let strokes = reach.len() as f32;
    for (place, reach) in reach.iter().enumerate() {
        let from = TAU * place as f32 / strokes;
        let to = from + TAU * 0.55 / strokes;
        let at = |angle: f32| centre + side * 1.1 * reach * vec2(angle.cos(), angle.sin());
        let colour = if place % 3 == 0 { bright } else { warm };
        let points = vec![centre, at(from), at(to)];
        painter.add(Shape::convex_polygon(points, colour, Stroke::NONE));
    }
    painter.circle_filled(centre, side * 0.14, bright);
}

fn bars(painter: &Painter, rect: Rect, reach: &[f32], warm: Color32, bright: Color32) {
    let step = rect.width() * 0.84 / reach.len() as f32;
    for (place, reach) in reach.iter().enumerate() {
        let left = rect.left() + rect.width() * 0.08 + step * place as f32;
        let height = rect.height() * 0.72 * reach;
        let bar = Rect::from_min_max(
            pos2(left + step * 0.14, rect.bottom() - rect.height() * 0.18 - height),
            pos2(left + step * 0.86, rect.bottom() - rect.height() * 0.18),
        );
        painter.rect_filled(bar, step * 0.36, if place % 3 == 1 { bright } else { warm });
    }
}

fn waves(painter: &Painter, rect: Rect, reach: &[f32], warm: Color32, bright: Color32) {
    let step = rect.height() * 0.86 / reach.len() as f32;
    for (line, reach) in reach.iter().enumerate() {
        let base = rect.top() + rect.height() * 0.12 + step * line as f32;
        let point = |x: usize| {
            let share = x as f32 / 28.0;
            let swell = (share * TAU * 0.5).sin().powi(2);
            let wave = (share * TAU * (1.5 + reach) + line as f32 * 0.7).sin();
            pos2(
                rect.left() + rect.width() * (0.08 + 0.84 * share),
                base - step * 1.5 * reach * swell * wave,
            )
        };
        let points: Vec<Pos2> = (0..=28).map(point).collect();
        let colour = if line % 3 == 1 { bright } else { warm };
        painter.line(points, Stroke::new((step * 0.35).max(1.2), colour));
    }
}

fn rings(painter: &Painter, rect: Rect, reach: &[f32], warm: Color32, bright: Color32) {
    let (centre, side) = (rect.center() + vec2(0.12, -0.08) * rect.width(), rect.width());
    let step = side * 0.62 / reach.len() as f32;
    for (ring, reach) in reach.iter().enumerate() {
        let radius = step * (ring as f32 + 1.0);
        let from = ring as f32 * 0.55;
        let points = (0..=40).map(|place| {
            let angle = from + TAU * reach * place as f32 / 40.0;
            centre + radius * vec2(angle.cos(), angle.sin())
        });
        let colour = if ring % 3 == 1 { bright } else { warm };
        painter.line(points.collect(), Stroke::new(step * 0.6, colour));
    }
}

/// Drums: a bar of sixteenths, as a drum machine shows it.
fn grid(painter: &Painter, rect: Rect, numbers: &mut Numbers, warm: Color32, bright: Color32) {
    let step = rect.width() * 0.80 / 4.0;
    for place in 0..16 {
        let (x, y) = ((place % 4) as f32 + 0.5, (place / 4) as f32 + 0.5);
        let at = rect.left_top() + vec2(0.10, 0.10) * rect.width() + step * vec2(x, y);
        let on = place == 0 || numbers.next() < 0.55;
        let colour = if place % 4 == 0 { bright } else { warm };
        match on {
            true => painter.circle_filled(at, step * 0.38, colour),
            false => painter.circle_stroke(at, step * 0.30, (1.2, colour.gamma_multiply(0.6))),
        };
    }
}
