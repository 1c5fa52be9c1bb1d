//! Records what is played to the song where it plays to what comes in: chords, or the notes of a part. Runs on the
//! audio thread.
//!
//! A key that goes down is a note from the nearest tick to the one at which it goes up. What is down at the end of a
//! bar is told twice: a little before, so that the next bar can be composed to it in time, and at the bar line, with
//! all that came in between. A key that was down before the song came here counts from here on, but was not struck
//! here.

use std::ops::Range;

use jukebox_model::piece::{Note, Tick, song_tick};

use crate::audio::input::InputEvent;
use crate::audio::player::Passage;
use crate::audio::player::parts::MOST_PARTS;
use crate::shared::News;
use crate::shared::link::HeardBar;
use crate::song::PlayedNote;

/// Ticks before a bar line at which the bar is told for the first time: an eighth note.
const CLOSING: Tick = 12;
const KEYS: usize = 128;

/// How the song's pitches are heard.
#[derive(Clone, Copy, Debug)]
pub struct Tuning {
    /// Semitones from the white keys to the key that is heard.
    pub shift: i32,
    /// Octaves by which the parts are moved.
    pub octaves: [i8; MOST_PARTS],
}

/// A key that is down.
#[derive(Clone, Copy, Debug)]
struct Down {
    onset: Tick,
    velocity: u8,
    struck: bool,
}

/// The keys that are down, and how far has been recorded.
#[derive(Debug)]
pub struct BarRecorder {
    down: [Option<Down>; KEYS],
    /// The last tick that has been recorded; `None` where the song does not run, or does not hear.
    reached: Option<Tick>,
    /// Where recording began, or the song last jumped.
    since: Tick,
    /// Whether a note was told since the last bar line.
    played: bool,
}

impl Default for BarRecorder {
    fn default() -> Self {
        Self { down: [None; KEYS], reached: None, since: 0, played: false }
    }
}

impl BarRecorder {
    /// Records a block, whose `events` are in order of time. `hears` are the bars in which the song plays to them, in
    /// order; `tell` takes what the conductor should know.
    pub fn record(
        &mut self,
        passage: &Passage,
        mut events: &[InputEvent],
        hears: &[Range<Tick>],
        tuning: Tuning,
        tell: &mut impl FnMut(News),
    ) {
        if hears.is_empty() || !passage.is_playing() {
            self.reached = None;
            events.iter().for_each(|event| self.follow(event));
            return;
        }
        for segment in passage.segments() {
            let start = song_tick(segment.tick_at(segment.samples.start));
            if segment.fresh || self.reached.is_none() {
                self.begin(start, tell);
            }
            while let Some((event, later)) = events.split_first()
                && event.timing < segment.samples.end
            {
                events = later;
                let now = song_tick(segment.tick_at(event.timing));
                self.go_to(now, segment.pass, hears, tuning, tell);
                for key in keys(event) {
                    self.end(key, now, tell);
                }
                self.press(event, now, true);
            }
            let end = song_tick(segment.tick_at(segment.samples.end));
            self.go_to(end, segment.pass, hears, tuning, tell);
        }
        // Nobody knows when they came.
        events.iter().for_each(|event| self.follow(event));
    }

    /// Keeps the keys that are down, of an event that is not recorded.
    pub fn follow(&mut self, event: &InputEvent) {
        for key in keys(event) {
            self.down[key] = None;
        }
        self.press(event, self.reached.unwrap_or(0), false);
    }

    fn press(&mut self, event: &InputEvent, onset: Tick, struck: bool) {
        let key = event.key.map(usize::from).filter(|&key| key < KEYS);
        if let (Some(key), Some(velocity)) = (key, event.velocity) {
            let velocity = (velocity * 127.0).round().clamp(1.0, 127.0) as u8;
            self.down[key] = Some(Down { onset, velocity, struck });
        }
    }

    /// The song starts here, or comes here from elsewhere.
    fn begin(&mut self, now: Tick, tell: &mut impl FnMut(News)) {
        for down in self.down.iter_mut().flatten() {
            *down = Down { onset: now, struck: false, ..*down };
        }
        (self.reached, self.since, self.played) = (Some(now), now, false);
        tell(News::HeardAnew);
    }

    /// Moves on to a tick, and tells the bars that are over, or nearly so, until there.
    fn go_to(
        &mut self,
        now: Tick,
        pass: u64,
        hears: &[Range<Tick>],
        tuning: Tuning,
        tell: &mut impl FnMut(News),
    ) {
        let reached = self.reached.unwrap_or(now);
        // Bars are in order: a song of thousands is not gone through.
        let first = hears.partition_point(|bar| bar.end <= reached);
        for bar in hears[first..].iter().take_while(|bar| bar.start < now) {
            let closing = bar.end - CLOSING.min((bar.end - bar.start) / 4);
            for tick in [closing, bar.end] {
                if reached < tick && tick <= now {
                    self.tell_bar(bar, tick, pass, tuning, tell);
                }
            }
        }
        self.reached = Some(reached.max(now));
    }

    /// Tells a bar until a tick, with the keys that are down as if they were so to its end.
    fn tell_bar(
        &mut self,
        bar: &Range<Tick>,
        tick: Tick,
        pass: u64,
        Tuning { shift, octaves }: Tuning,
        tell: &mut impl FnMut(News),
    ) {
        for (key, down) in self.down.iter().enumerate() {
            if let Some(down) = down.filter(|it| it.onset < bar.end) {
                self.played = true;
                tell(News::HeardNote(note(key, down, bar.end)));
            }
        }
        if self.played {
            let (from, end) = (bar.start.max(self.since), bar.end);
            tell(News::HeardBar(HeardBar { from, end, tick, pass, shift, octaves }));
        }
        self.played &= tick < bar.end;
    }

    /// Ends the note of a key, if it is down.
    fn end(&mut self, key: usize, now: Tick, tell: &mut impl FnMut(News)) {
        if let Some(down) = self.down[key].take() {
            self.played = true;
            tell(News::HeardNote(note(key, down, now)));
        }
    }
}

fn note(key: usize, Down { onset, velocity, struck }: Down, end: Tick) -> PlayedNote {
    let duration = end.saturating_sub(onset).max(1);
    PlayedNote { note: Note { onset, part: 0, pitch: key as u8, duration, velocity }, struck }
}

/// The keys that an event means: one, or all.
fn keys(event: &InputEvent) -> Range<usize> {
    match event.key.map(usize::from) {
        Some(key) if key < KEYS => key..key + 1,
        Some(_) => 0..0,
        None => 0..KEYS,
    }
}
