//! The piano roll: some bars of the take as they are heard, to look at, to lock and to read.

mod lane;
mod pad;
mod page;
mod paint;
mod parts;
mod sections;
mod strip;
mod writing;

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use egui::{Event, Key, PointerButton, Pos2, Rect, Response, Sense, Ui, pos2};
use jukebox_model::key::pitch_name;
use jukebox_model::piece::{Note, TICKS_PER_QUARTER, Tick};
use jukebox_model::take::Bar;
use nice_plug::prelude::ParamSetter;

use self::lane::Lane;
use self::page::{Page, Row};
pub use self::parts::name as part_name;
use self::sections::Sections;
use self::writing::Writing;
use crate::audio::player::PerformanceSettings;
use crate::editor::hints::{self, Hint};
use crate::editor::theme;
use crate::params::{Harmony, JukeboxParams};
use crate::shared::Score;
use crate::shared::{Live, Order, Shared, View};
use crate::song::bit;

/// Width of the keyboard, and of the names of drums where there are only drums, in points.
const KEYBOARD: f32 = 44.0;
const DRUMS: f32 = 76.0;
/// Bars in view: a phrase, and what zooming reaches.
const PHRASE: u32 = 8;
const ZOOM: std::ops::RangeInclusive<u32> = 1..=64;

/// What of the roll is in view, and what the pointer does to it.
#[derive(Default)]
pub struct Roll {
    /// Bars in view; the loop or a phrase where nobody has zoomed.
    bars: Option<u32>,
    /// The first bar in view; the page with the playhead where nobody has scrolled.
    first: Option<u32>,
    /// A wheel's turns that have not made a bar yet.
    scrolled: f32,
    /// The part that lies over the others.
    front: Option<u8>,
    sections: Sections,
    writing: Writing,
    /// The drums of a score.
    drums: (Option<Arc<Score>>, Vec<u8>),
    /// While the pointer drags over the heads of bars: whether it locks, and the last bar it has met.
    locking: Option<(bool, u32)>,
}

/// A note as it is heard.
#[derive(Clone, Copy, Debug)]
struct Heard {
    note: Note,
    row: Row,
    /// Whether the motif memory has brought it back.
    copied: bool,
    /// Whether its part is muted.
    silent: bool,
}

impl Roll {
    /// Goes back to the playhead's page.
    pub fn follow(&mut self) {
        self.first = None;
    }

    /// Whether something of the sheet is being written.
    pub fn is_writing(&self) -> bool {
        self.writing.is_open()
    }

    /// The bars in view.
    pub fn bars(&self, view: &View, live: &Live) -> Range<u32> {
        let here = view.score.bar_number(live.tick.load(Relaxed));
        let in_loop = view.slots.get(here as usize);
        let length = view.slots.iter().max().map(|last| last + 1);
        let bars = self.bars.unwrap_or(length.unwrap_or(PHRASE));
        let first = self.first.unwrap_or_else(|| match in_loop {
            Some(slot) if self.bars.is_none() => here.saturating_sub(*slot),
            _ => here / bars * bars,
        });
        first..first + bars
    }

    /// Shows the roll in the rest of a window.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        setter: &ParamSetter<'_>,
        params: &JukeboxParams,
        shared: &Shared,
        view: &View,
    ) {
        let performance = params.performance();
        let (live, score) = (&shared.live, &view.score);
        let has_chords = view.record.as_ref().is_some_and(|it| it.chords)
            || params.composition.harmony.value() == Harmony::FromInput;
        self.sections.update(view);
        let (response, painter) = ui.allocate_painter(ui.available_size(), Sense::click_and_drag());
        self.scroll(ui, &response, view, live);
        let bars = self.bars(view, live);
        let ticks = page::bar_line(score, bars.start)..page::bar_line(score, bars.end);
        let heard = heard(score, live.pass.load(Relaxed), ticks, &performance);
        if self.drums.0.as_ref().is_none_or(|seen| !Arc::ptr_eq(seen, score)) {
            self.drums = (Some(Arc::clone(score)), drums(score));
        }

        let rect = response.rect;
        let has_parts = score.band.parts.len() > 1;
        let strip = if has_parts { strip::WIDTH } else { 0.0 };
        let keys = if score.band.drums { DRUMS } else { KEYBOARD };
        let left = rect.left() + strip + keys;
        let (lane, height) = Lane::new((left..=rect.right()).into(), rect.top(), has_chords);
        let area = Rect::from_min_max(pos2(left, rect.top() + height), rect.max);
        let page =
            Page::new(score, bars, area, heard.iter().map(|it| it.row), self.drums.1.clone());
        let pointer = response.hover_pos();
        self.lock(ui, &response, shared, view, &page, lane.heads);

        let it = theme::of(ui);
        let now = live.tick.load(Relaxed);
        let sounds = |it: &&Heard| !it.silent && (it.note.onset..it.note.end()).contains(&now);
        let sounding: Vec<(Row, u8)> = match live.playing.load(Relaxed) {
            true => heard.iter().filter(sounds).map(|it| (it.row, it.note.part)).collect(),
            false => Vec::new(),
        };
        let margin = Rect::from_min_max(rect.min, pos2(left, rect.bottom()));
        painter.rect_filled(margin, 0.0, it.ground);
        paint::grid(&painter, it, &page, score);
        let keyboard = Rect::from_min_max(pos2(left - keys, area.top()), area.left_bottom());
        paint::keyboard(&painter, it, &page, keyboard, &sounding);
        paint::notes(&painter.with_clip_rect(area), it, &page, &heard, now, self.front);
        paint::listening(&painter, it, &page, score);
        lane.heads(ui, &painter, &page, view, (pointer, self.front));
        lane.sections(ui, &painter, &page, view, &self.sections);
        if has_chords {
            lane.chords(ui, &painter, &page, view, performance.shift);
            if !view.sheet.is_empty() {
                hints::place(ui, Hint::Chords, lane.chords);
            }
        }
        lane.names(ui, &painter, rect.left());
        if let Some(at) = response.interact_pointer_pos().filter(|_| response.clicked()) {
            let bar = score.bar_number(page.tick(at.x));
            self.writing.begin(&lane, at, bar, view, (performance.shift % 12) as i8);
        }
        self.writing.show(ui, &lane, setter, params, shared, view);
        if has_parts {
            let area = Rect::from_min_max(pos2(rect.left(), area.top()), keyboard.left_bottom());
            strip::show(ui, area, setter, params, shared, view, &mut self.front);
        } else {
            self.front = None;
        }
        if score.bars.is_empty() {
            paint::waiting(
                &painter,
                it,
                &page,
                "Press play in the host, and the jukebox composes.",
            );
        }
        let playhead = live.position.load(Relaxed) * f64::from(TICKS_PER_QUARTER);
        paint::playhead(&painter, it, &page, playhead, lane.heads.top());
        let text = |at| lane.tip(at).or_else(|| self.read(at, &page, score, &heard));
        if let Some(text) = pointer.and_then(text) {
            response.on_hover_text_at_pointer(text);
        }
    }

    /// The wheel and the arrow keys move through the song, or zoom.
    fn scroll(&mut self, ui: &Ui, response: &Response, view: &View, live: &Live) {
        let shown = self.bars(view, live);
        let free = ui.memory(|memory| memory.focused().is_none());
        let (mut by, mut zoom) = (0, 0);
        ui.input(|input| {
            if free {
                let key = |key: Key| i32::from(input.key_pressed(key));
                by = key(Key::ArrowRight) - key(Key::ArrowLeft);
                zoom = key(Key::Minus) - key(Key::Plus) - key(Key::Equals);
            }
            if response.hovered() {
                self.scrolled += input.smooth_scroll_delta().x + input.smooth_scroll_delta().y;
                zoom += match input.zoom_delta() {
                    more if more > 1.01 => -1,
                    less if less < 0.99 => 1,
                    _ => 0,
                };
            }
        });
        let turns = (self.scrolled / 40.0) as i32;
        self.scrolled -= turns as f32 * 40.0;
        by -= turns;
        let bars = shown.end - shown.start;
        if zoom != 0 {
            let bars = if zoom < 0 { bars / 2 } else { bars * 2 };
            self.bars = Some(bars.clamp(*ZOOM.start(), *ZOOM.end()));
        }
        if by != 0 {
            self.first =
                Some(shown.start.saturating_add_signed(by).min(crate::song::MOST_BARS as u32));
        }
    }

    /// Clicking a bar's head locks the bar or unlocks it; dragging goes on over others.
    fn lock(
        &mut self,
        ui: &Ui,
        response: &Response,
        shared: &Shared,
        view: &View,
        page: &Page,
        heads: Rect,
    ) {
        let bar_of = |at: Pos2| view.score.bar_number(page.tick(at.x));
        let front = self.front;
        // Of the part in front, or of all.
        let locked = |bar: u32| match front {
            Some(front) => view.locked_parts.get(bar as usize).map(|it| it & bit(front) != 0),
            None => view.locked.get(bar as usize).copied(),
        };
        let order = |bars: Range<u32>, locks: bool, goes_on: bool| match (front, goes_on) {
            (Some(front), _) => Order::LockPart(bars, front, locks),
            (None, true) => Order::LockOn(bars, locks),
            (None, false) => Order::Lock(bars, locks),
        };
        // From the events: where frames are slow, a click begins and ends in the same one.
        let pressed = ui.input(|input| input.events.iter().find_map(press));
        let by_key = ui.memory(|memory| memory.focused().is_none())
            && ui.input(|input| input.key_pressed(Key::L));
        if by_key && let Some(at) = response.hover_pos() {
            let bar = bar_of(at);
            if let Some(locked) = locked(bar) {
                shared.order(order(bar..bar + 1, !locked, false));
            }
        }
        if let Some(at) = pressed.filter(|&at| heads.contains(at) && response.contains_pointer())
            && let Some(locked) = locked(bar_of(at))
        {
            let bar = bar_of(at);
            self.locking = Some((!locked, bar));
            shared.order(order(bar..bar + 1, !locked, false));
        }
        if !ui.input(|input| input.pointer.primary_down()) {
            self.locking = None;
        }
        if let (Some((locks, last)), Some(at)) = (self.locking, response.interact_pointer_pos()) {
            let bar = bar_of(at);
            if bar != last && (bar as usize) < view.score.bars.len() {
                shared.order(order(bar.min(last + 1)..last.max(bar + 1), locks, true));
                self.locking = Some((locks, bar));
            }
        }
    }

    /// What lies under the pointer, in words.
    fn read(&self, at: Pos2, page: &Page, score: &Score, heard: &[Heard]) -> Option<String> {
        let tick = page.tick(at.x);
        if !page.area.contains(at) {
            return None;
        }
        let under = |it: &&Heard| {
            let Some(bottom) = page.y(it.row) else { return false };
            (bottom - page.row()..=bottom).contains(&at.y)
                && (it.note.onset..it.note.end()).contains(&tick)
        };
        let it = heard.iter().rev().find(under)?;
        let bar = score.bar_at(it.note.onset)?;
        let beat = (it.note.onset - bar.slot.start) as f32 / bar.slot.meter.beat().max(1) as f32;
        let name = match it.row {
            Row::Pitch(pitch) => u8::try_from(pitch).map(pitch_name).unwrap_or_default(),
            Row::Drum(key) => parts::drum(key).map_or_else(|| pitch_name(key), str::to_owned),
        };
        let part = match score.band.parts.get(usize::from(it.note.part)) {
            Some(part) if score.band.parts.len() > 1 => {
                format!("{}  ·  ", parts::name(part, usize::from(it.note.part)))
            }
            _ => String::new(),
        };
        Some(format!(
            "{part}{name}  ·  bar {}, beat {}  ·  {}  ·  velocity {}{}",
            bar.slot.number + 1,
            (beat * 100.0).round() / 100.0 + 1.0,
            length(it.note.duration),
            it.note.velocity,
            if it.copied { "  ·  a motif come back" } else { "" }
        ))
    }
}

/// Where an event presses the first button.
fn press(event: &Event) -> Option<Pos2> {
    match *event {
        Event::PointerButton { pos, button: PointerButton::Primary, pressed: true, .. } => {
            Some(pos)
        }
        _ => None,
    }
}

/// The notes that are heard in some ticks.
fn heard(
    score: &Score,
    pass: u64,
    ticks: Range<Tick>,
    performance: &PerformanceSettings,
) -> Vec<Heard> {
    let playing = performance.parts.playing(score.band.parts.len());
    let heard = |(note, drums): (&Note, bool)| {
        let key = performance.key_of(note, drums)?;
        let row = if drums { Row::Drum(key) } else { Row::Pitch(i32::from(key)) };
        let silent = !playing.has(note.part);
        Some(Heard { note: *note, row, copied: is_copied(score, note), silent })
    };
    score.notes(pass, ticks).filter_map(heard).collect()
}

/// The drums that the song has hit so far, ascending.
fn drums(score: &Score) -> Vec<u8> {
    if !score.band.drums && !score.band.parts.iter().any(|part| part.drums) {
        return Vec::new();
    }
    let notes = score.bars.iter().flat_map(|bar| &bar.notes);
    let mut is_hit = [false; 128];
    for note in notes.filter(|note| score.band.is_drum(note)) {
        is_hit[usize::from(note.pitch.min(127))] = true;
    }
    (0..128).filter(|&key| is_hit[usize::from(key)]).collect()
}

/// Whether the motif memory has brought a note of the song back.
fn is_copied(score: &Score, note: &Note) -> bool {
    let place = |bar: &Arc<Bar>| bar.copied.get(bar.notes.binary_search(note).ok()?).copied();
    score.bar_at(note.onset).and_then(place).unwrap_or(false)
}

/// A duration as a note value where it is one, else in beats.
fn length(ticks: Tick) -> String {
    const VALUES: [(Tick, &str); 10] = [
        (3, "1/32"),
        (4, "1/16 triplet"),
        (6, "1/16"),
        (8, "1/8 triplet"),
        (12, "1/8"),
        (18, "dotted 1/8"),
        (24, "1/4"),
        (36, "dotted 1/4"),
        (48, "1/2"),
        (96, "1/1"),
    ];
    match VALUES.iter().find(|&&(value, _)| value == ticks) {
        Some((_, name)) => (*name).to_owned(),
        None => format!("{:.2} quarters", f64::from(ticks) / f64::from(TICKS_PER_QUARTER)),
    }
}
