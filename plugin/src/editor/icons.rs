//! Signs, in strokes, so that no font need have them.

use egui::{
    Color32, Painter, Pos2, Rect, Response, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2,
};

use super::theme;

/// Paints a sign round a point, some 14 points wide.
pub type Icon = fn(&Painter, Pos2, Color32);

/// A button with a sign. `name` says what it does to those who do not see it, `tip` to all.
pub fn button(ui: &mut Ui, icon: Icon, name: &str, tip: &str, enabled: bool) -> Response {
    let sense = if enabled { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(vec2(30.0, 28.0), sense);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name));
    let it = theme::of(ui);
    let lit = enabled && (response.hovered() || response.has_focus());
    ui.painter().rect_filled(rect, 5.0, if lit { it.line } else { it.raised });
    let colour = if enabled { it.text } else { it.faint.gamma_multiply(0.5) };
    icon(ui.painter(), rect.center(), colour);
    response.on_hover_text(tip)
}

/// A padlock, closed or open.
pub fn padlock(painter: &Painter, at: Pos2, colour: Color32, closed: bool) {
    let body = Rect::from_center_size(at + vec2(0.0, 2.5), vec2(9.0, 7.0));
    match closed {
        true => painter.rect_filled(body, 1.5, colour),
        false => painter.rect_stroke(body, 1.5, (1.2, colour), egui::StrokeKind::Inside),
    };
    let lift = if closed { 0.0 } else { -1.5 };
    let shackle = |x: f32, y: f32| pos2(at.x + x, at.y + y + lift);
    let points = vec![
        shackle(-2.7, 0.0),
        shackle(-2.7, -2.5),
        shackle(-1.2, -4.4),
        shackle(1.2, -4.4),
        shackle(2.7, -2.5),
        shackle(2.7, if closed { 0.0 } else { -1.5 }),
    ];
    painter.line(points, Stroke::new(1.4, colour));
}

/// A star, full or in outline.
pub fn star(painter: &Painter, at: Pos2, radius: f32, colour: Color32, full: bool) {
    let point = |corner: usize| {
        let angle = std::f32::consts::PI * (corner as f32 / 5.0 - 0.5);
        let radius = if corner.is_multiple_of(2) { radius } else { radius * 0.45 };
        at + radius * vec2(angle.cos(), angle.sin())
    };
    let points: Vec<Pos2> = (0..10).map(point).collect();
    if full {
        // Triangles: a star is not convex.
        for corner in (0..10).step_by(2) {
            let sides = [points[(corner + 9) % 10], points[corner], points[corner + 1], at];
            painter.add(Shape::convex_polygon(sides.to_vec(), colour, Stroke::NONE));
        }
    } else {
        painter.add(Shape::closed_line(points, Stroke::new(1.2, colour)));
    }
}

/// A die that shows five.
pub fn die(painter: &Painter, at: Pos2, colour: Color32) {
    let body = Rect::from_center_size(at, vec2(17.0, 17.0));
    painter.rect_stroke(body, 4.0, (1.6, colour), egui::StrokeKind::Inside);
    for (x, y) in [(-4.0, -4.0), (4.0, -4.0), (0.0, 0.0), (-4.0, 4.0), (4.0, 4.0)] {
        painter.circle_filled(at + vec2(x, y), 1.7, colour);
    }
}

/// A triangle: play.
pub fn play(painter: &Painter, at: Pos2, colour: Color32) {
    let points = vec![at + vec2(-5.0, -7.0), at + vec2(7.0, 0.0), at + vec2(-5.0, 7.0)];
    painter.add(Shape::convex_polygon(points, colour, Stroke::NONE));
}

/// A square: stop.
pub fn stop(painter: &Painter, at: Pos2, colour: Color32) {
    painter.rect_filled(Rect::from_center_size(at, vec2(12.0, 12.0)), 1.5, colour);
}

/// An arrow head to the left: what was before.
pub fn previous(painter: &Painter, at: Pos2, colour: Color32) {
    let points = vec![at + vec2(2.5, -5.0), at + vec2(-2.5, 0.0), at + vec2(2.5, 5.0)];
    painter.line(points, Stroke::new(1.8, colour));
}

/// An arrow head to the right: what comes next.
pub fn next(painter: &Painter, at: Pos2, colour: Color32) {
    let points = vec![at + vec2(-2.5, -5.0), at + vec2(2.5, 0.0), at + vec2(-2.5, 5.0)];
    painter.line(points, Stroke::new(1.8, colour));
}

/// Lines of a list.
pub fn list(painter: &Painter, at: Pos2, colour: Color32) {
    for y in [-5.0, 0.0, 5.0] {
        painter.circle_filled(at + vec2(-6.0, y), 1.3, colour);
        painter.line_segment([at + vec2(-3.0, y), at + vec2(7.0, y)], (1.6, colour));
    }
}

/// An arrow that turns back.
pub fn undo(painter: &Painter, at: Pos2, colour: Color32) {
    back(painter, at, colour, 1.0);
}

/// An arrow that turns forth.
pub fn redo(painter: &Painter, at: Pos2, colour: Color32) {
    back(painter, at, colour, -1.0);
}

fn back(painter: &Painter, at: Pos2, colour: Color32, side: f32) {
    let bow = (0..=14).map(|step| {
        let angle = std::f32::consts::PI * (-0.5 + step as f32 / 14.0);
        at + vec2(side * (1.5 + 4.5 * angle.cos()), 1.0 + 4.5 * angle.sin())
    });
    let mut points: Vec<Pos2> = bow.collect();
    points.insert(0, at + vec2(-6.0 * side, -3.5));
    points.push(at + vec2(-3.0 * side, 5.5));
    painter.line(points, Stroke::new(1.7, colour));
    let tip = at + vec2(-6.5 * side, -3.5);
    let head = vec![tip + vec2(3.8 * side, -3.8), tip, tip + vec2(3.8 * side, 3.8)];
    painter.line(head, Stroke::new(1.7, colour));
}

/// Two arrows in a ring: once more, otherwise.
pub fn again(painter: &Painter, at: Pos2, colour: Color32) {
    for half in [0.0, std::f32::consts::PI] {
        let point = |step: usize| {
            let angle = half + 0.35 + 2.2 * step as f32 / 8.0;
            at + 5.0 * vec2(angle.cos(), angle.sin())
        };
        painter.line((0..=8).map(point).collect(), Stroke::new(1.4, colour));
        let (tip, along) = (point(8), half + 0.35 + 2.2 + std::f32::consts::FRAC_PI_2);
        let side = |turn: f32| tip - 4.2 * vec2((along + turn).cos(), (along + turn).sin());
        painter.line(vec![side(0.75), tip, side(-0.45)], Stroke::new(1.4, colour));
    }
}

/// The sun and the moon: the other scheme of colours.
pub fn day_and_night(painter: &Painter, at: Pos2, colour: Color32) {
    painter.circle_stroke(at, 6.5, (1.6, colour));
    let half = (0..=16).map(|step| {
        let angle = std::f32::consts::PI * (0.5 + step as f32 / 16.0);
        at + 6.0 * vec2(angle.cos(), angle.sin())
    });
    painter.add(Shape::convex_polygon(half.collect(), colour, Stroke::NONE));
}

/// A question mark.
pub fn question(painter: &Painter, at: Pos2, colour: Color32) {
    painter.text(at, egui::Align2::CENTER_CENTER, "?", theme::large(), colour);
}
