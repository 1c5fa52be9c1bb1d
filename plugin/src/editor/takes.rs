//! The take strip: this take and the next ones, each with a look at its first bars, and a star.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::{Align2, Painter, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use nice_plug::prelude::{Param, ParamSetter};

use super::control::Control;
use super::hints::{self, Hint};
use super::icons;
use super::sketches::{Brief, Sketches};
use super::theme::{self, Scheme};
use crate::params::JukeboxParams;
use crate::records::store;
use crate::shared::{Score, View};
use crate::song::{CompositionSettings, HeardInput, SheetByHand};

/// Bars of a take that are shown.
const BARS: usize = 8;
/// How long settings stay before takes are composed with them that nobody has heard.
const PATIENCE: Duration = Duration::from_millis(600);
/// Most takes whose looks are remembered.
const MOST: usize = 64;
/// The least width of a tile, and the width of what is beside them.
const TILE: f32 = 104.0;
const STARRED: f32 = 34.0;

/// A note of a look: where it begins and ends, and how high it is, each 0 to 1; and its part.
type Dot = (f32, f32, f32, u8);

/// The takes of a record, as they are with the settings of now.
#[derive(Default)]
pub struct Takes {
    /// What they are composed with: the record's hash, the settings but the take, the sheet, and what
    /// was heard on the input; and since when.
    of: (String, CompositionSettings, SheetByHand, HeardInput),
    since: Option<Instant>,
    looks: BTreeMap<u32, Vec<Dot>>,
    /// The score that was looked at last.
    seen: Option<Arc<Score>>,
    /// Takes on their way that nobody has heard, and those that were asked for so far.
    sketches: Option<Sketches>,
    asked: BTreeSet<u32>,
    /// Whether the starred takes are shown, not the next ones.
    starred: bool,
}

impl Takes {
    /// Shows as many takes as have room; says whether the starred ones are to be laid out as a song.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        area: Rect,
        setter: &ParamSetter<'_>,
        params: &JukeboxParams,
        view: &View,
    ) -> bool {
        let take = params.composition.take.value().max(1) as u32;
        self.remember(view, params, take);
        self.starred_switch(ui, area.with_min_x(area.right() - STARRED + 4.0), params);
        let area = area.with_max_x(area.right() - STARRED);
        let count = ((area.width() + 8.0) / (TILE + 8.0)).floor().max(1.0) as usize;
        let width = (area.width() + 8.0) / count as f32 - 8.0;
        // The last place among stars is for all of them.
        let lays_out = self.starred && count > 1;
        let takes = self.to_show(params, take, count - usize::from(lays_out));
        self.sketch(view, &takes);
        hints::place(
            ui,
            Hint::Takes,
            area.with_min_x(area.left() + (width + 8.0).min(area.width() / 2.0)),
        );
        for (place, &number) in takes.iter().enumerate() {
            let left = area.left() + place as f32 * (width + 8.0);
            let tile = Rect::from_min_size(pos2(left, area.top()), vec2(width, area.height()));
            if self.tile(ui, tile, params, number, number == take) && number != take {
                let param = &params.composition.take;
                param.set(setter, param.preview_normalized(number as i32));
            }
        }
        let left = area.left() + takes.len() as f32 * (width + 8.0);
        let tile = Rect::from_min_size(pos2(left, area.top()), vec2(width, area.height()));
        lays_out && lay_out(ui, tile)
    }

    /// Whether takes are on their way, or soon will be.
    pub fn is_busy(&self) -> bool {
        let soon = self.since.is_some_and(|since| since.elapsed() < PATIENCE + PATIENCE / 2);
        soon || self.sketches.as_ref().is_some_and(|it| !it.is_over())
    }

    fn to_show(&self, params: &JukeboxParams, take: u32, count: usize) -> Vec<u32> {
        if !self.starred {
            return (0..count as u32).map(|ahead| (take - 1 + ahead) % 999 + 1).collect();
        }
        let look = params.look.read();
        let others = look.stars.iter().filter(|it| it.record == self.of.0 && it.take != take);
        std::iter::once(take).chain(others.map(|it| it.take)).take(count).collect()
    }

    /// Looks at the song, if it is another one.
    fn remember(&mut self, view: &View, params: &JukeboxParams, take: u32) {
        let record = view.record.as_ref().map_or("", |it| &it.hash);
        let mut settings = params.composition_settings(None);
        settings.notes.take = 0;
        let sheet = view.written == self.of.2 && view.input.is_same(&self.of.3);
        if record != self.of.0 || settings != self.of.1 || !sheet {
            let of = (record.to_owned(), settings, view.written.clone(), view.input.clone());
            let since = Some(Instant::now());
            // What is on its way is of no use any more. It ends by itself: nobody waits here.
            let sketches = self.sketches.take().inspect(Sketches::stop);
            let starred = self.starred;
            *self = Self { of, since, sketches, starred, ..Self::default() };
        }
        if self.seen.as_ref().is_some_and(|seen| Arc::ptr_eq(seen, &view.score)) {
            return;
        }
        self.seen = Some(Arc::clone(&view.score));
        self.look(take, &view.score);
    }

    fn look(&mut self, take: u32, score: &Score) {
        let dots = dots(score, take);
        if !dots.is_empty() {
            self.looks.insert(take, dots);
        }
        if self.looks.len() > MOST {
            // The one that lies farthest from here.
            let farthest = self.looks.keys().copied().max_by_key(|it| it.abs_diff(take));
            farthest.map(|it| self.looks.remove(&it));
        }
    }

    /// Has takes composed that nobody has heard yet, once the settings stay as they are.
    fn sketch(&mut self, view: &View, takes: &[u32]) {
        while let Some((take, score)) = self.sketches.as_ref().and_then(Sketches::next) {
            self.looks.insert(take, dots(&score, take));
        }
        if self.sketches.as_ref().is_some_and(|it| !it.is_over())
            || self.since.is_none_or(|since| since.elapsed() < PATIENCE)
            || self.of.1.reply > 0
        {
            return;
        }
        // Each once: what could not be composed is not tried for ever.
        let is_unknown = |take: &u32| !self.looks.contains_key(take) && !self.asked.contains(take);
        let unknown: Vec<u32> = takes.iter().copied().filter(is_unknown).collect();
        // Nothing has been heard of a song that has not begun.
        let (Some(first), false) = (view.score.bars.first(), unknown.is_empty()) else { return };
        if let Some(record) = store::in_use(&self.of.0) {
            let (_, settings, written, input) = self.of.clone();
            let meter = first.slot.meter;
            let brief = Brief { record, settings, written, input, meter, bars: BARS };
            self.asked.extend(&unknown);
            self.sketches = Some(Sketches::begin(brief, unknown));
        }
    }

    /// A take; says whether it was chosen.
    fn tile(
        &mut self,
        ui: &mut Ui,
        tile: Rect,
        params: &JukeboxParams,
        number: u32,
        current: bool,
    ) -> bool {
        let it = theme::of(ui);
        let name = format!("Take {number}");
        let response = ui.interact(tile, ui.scope_id().with(("take", number)), Sense::click());
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, current, &name));
        let painter = ui.painter();
        let lit = response.hovered() || response.has_focus();
        painter.rect_filled(tile, 6.0, if lit { it.raised } else { it.panel });
        let line = if current { (1.5, it.compose) } else { (1.0, it.line) };
        painter.rect_stroke(tile, 6.0, line, egui::StrokeKind::Inside);
        let colour = if current { it.text } else { it.faint };
        let at = tile.left_top() + vec2(9.0, 7.0);
        painter.text(at, Align2::LEFT_TOP, &name, theme::small(), colour);
        let picture = Rect::from_min_max(tile.min + vec2(9.0, 26.0), tile.max - vec2(9.0, 8.0));
        match self.looks.get(&number) {
            Some(dots) => paint(painter, it, picture, dots, current),
            None => icons::die(painter, picture.center(), it.faint.gamma_multiply(0.7)),
        }
        let chosen = response.clicked();
        response.on_hover_text(match current {
            true => "This take. The same number brings the same music back.",
            false => "Click to hear this take.",
        });
        self.star(ui, tile, params, number);
        chosen
    }

    /// A take's star.
    fn star(&self, ui: &Ui, tile: Rect, params: &JukeboxParams, number: u32) {
        let it = theme::of(ui);
        let place = Rect::from_min_size(tile.right_top() - vec2(28.0, -1.0), vec2(26.0, 24.0));
        let response = ui.interact(place, ui.scope_id().with(("star", number)), Sense::click());
        let has_star = params.look.read().has_star(&self.of.0, number);
        let name = format!("Star take {number}");
        response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, has_star, &name));
        if response.clicked() {
            params.look.write().toggle_star(&self.of.0, number);
        }
        let lit = response.hovered() || response.has_focus();
        let colour = if has_star || lit { it.sound } else { it.faint };
        icons::star(ui.painter(), place.center(), 6.0, colour, has_star);
        response.on_hover_text(match has_star {
            true => "A starred take. Click to take the star away.",
            false => "Stars this take, to find it again.",
        });
    }

    /// Shows the starred takes in the place of the next ones.
    fn starred_switch(&mut self, ui: &Ui, area: Rect, params: &JukeboxParams) {
        let it = theme::of(ui);
        let response = ui.interact(area, ui.scope_id().with("starred"), Sense::click());
        let starred = self.starred;
        response
            .widget_info(|| WidgetInfo::selected(Role::CheckBox, true, starred, "Starred takes"));
        let painter = ui.painter();
        let lit = starred || response.hovered() || response.has_focus();
        painter.rect_filled(area, 6.0, if lit { it.raised } else { it.panel });
        let count = params.look.read().stars.iter().filter(|it| it.record == self.of.0).count();
        let at = area.center() - vec2(0.0, 9.0);
        icons::star(painter, at, 7.0, if starred { it.sound } else { it.faint }, starred);
        let at = area.center() + vec2(0.0, 11.0);
        painter.text(at, Align2::CENTER_CENTER, count.to_string(), theme::small(), it.text);
        if response.clicked() {
            self.starred = !self.starred;
        }
        response.on_hover_text("Shows the starred takes of this record, or the next takes.");
    }
}

/// The place that lays all starred takes out; says whether it was clicked.
fn lay_out(ui: &Ui, tile: Rect) -> bool {
    let it = theme::of(ui);
    let response = ui.interact(tile, ui.scope_id().with("lay out"), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Lay out as a song"));
    let lit = response.hovered() || response.has_focus();
    let painter = ui.painter();
    painter.rect_filled(tile, 6.0, if lit { it.raised } else { it.ground });
    painter.rect_stroke(tile, 6.0, (1.0, it.line), egui::StrokeKind::Inside);
    icons::list(painter, tile.center() - vec2(0.0, 12.0), it.sound);
    let at = tile.center() + vec2(0.0, 14.0);
    painter.text(at, Align2::CENTER_CENTER, "As a song", theme::small(), it.text);
    let tip = "Lays the starred takes out one after the other, as the locked bars of a song.";
    response.on_hover_text(tip).clicked()
}

/// The first bars of a take in a song.
fn dots(score: &Score, take: u32) -> Vec<Dot> {
    let bars = score.bars.iter().take(BARS).take_while(|bar| bar.settings.take == take);
    let bars: Vec<_> = bars.collect();
    let (Some(first), Some(last)) = (bars.first(), bars.last()) else { return Vec::new() };
    let (start, length) = (first.slot.start, (last.end - first.slot.start).max(1) as f32);
    let notes = || bars.iter().flat_map(|bar| &bar.notes);
    let low = notes().map(|note| note.pitch).min().unwrap_or(60);
    let high = notes().map(|note| note.pitch).max().unwrap_or(60).max(low.saturating_add(7));
    let dot = |note: &jukebox_model::piece::Note| {
        let place = |tick: u32| (tick - start) as f32 / length;
        let height = f32::from(note.pitch - low) / f32::from(high - low);
        (place(note.onset), place(note.end()).min(1.0), height, note.part)
    };
    notes().map(dot).collect()
}

fn paint(painter: &Painter, it: &Scheme, area: Rect, dots: &[Dot], current: bool) {
    for &(from, to, height, part) in dots {
        let x = |share: f32| area.left() + area.width() * share;
        let y = area.bottom() - 2.0 - (area.height() - 2.0) * height;
        let shape = Rect::from_min_max(pos2(x(from), y), pos2(x(to).max(x(from) + 1.5), y + 2.0));
        let light = if current { 1.0 } else { 0.6 };
        painter.rect_filled(shape, 0.5, it.part(part).gamma_multiply(light));
    }
}
