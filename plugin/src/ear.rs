//! The ear: what is played to the song, as notes at song positions. Part of the audio thread.
//!
//! In the stretches in which the song listens, a key that goes down is a note from the nearest tick to
//! the one at which it goes up. A little before the answer the ear closes, so that the answer can be
//! composed in time: keys that are still down last until the answer begins.

use std::ops::Range;

use jukebox_model::piece::{Note, Tick};

use crate::conductor::News;
use crate::input::InputEvent;
use crate::player::Passage;

/// Ticks before the answer at which the ear closes: an eighth note.
const CLOSING: Tick = 12;
const KEYS: usize = 128;

/// The keys that are down, and how far the ear has heard.
#[derive(Debug)]
pub struct Ear {
    /// Tick and velocity of each key that is down.
    down: [Option<(Tick, u8)>; KEYS],
    /// The first tick that has not been heard; `None` where it has not listened.
    next: Option<Tick>,
}

impl Default for Ear {
    fn default() -> Self {
        Self { down: [None; KEYS], next: None }
    }
}

impl Ear {
    /// Hears a block. `listens` are the stretches in which the song listens, `shift` the semitones from
    /// the white keys to the key that is heard; `tell` takes what the conductor should know.
    pub fn hear(
        &mut self,
        passage: &Passage,
        events: &[InputEvent],
        listens: &[Range<Tick>],
        shift: i32,
        tell: &mut impl FnMut(News),
    ) {
        if listens.is_empty() {
            self.next = None;
            return;
        }
        for segment in passage.segments() {
            if segment.fresh || self.next.is_none() {
                self.down = [None; KEYS];
                self.next = Some(tick(segment.tick_at(segment.samples.start)));
            }
            let within = events.iter().filter(|event| segment.samples.contains(&event.timing));
            for event in within {
                let now = tick(segment.tick_at(event.timing));
                self.go_to(now, listens, shift, tell);
                let Some(key) = event.key.filter(|key| usize::from(*key) < KEYS) else { continue };
                self.end(key, now, shift, tell);
                if let Some(velocity) = event.velocity {
                    let velocity = (velocity * 127.0).round().clamp(1.0, 127.0) as u8;
                    self.down[usize::from(key)] = Some((now, velocity));
                }
            }
            self.go_to(tick(segment.tick_at(segment.samples.end)), listens, shift, tell);
        }
    }

    /// Moves on to a tick, and closes where a phrase is nearly over.
    fn go_to(
        &mut self,
        now: Tick,
        listens: &[Range<Tick>],
        shift: i32,
        tell: &mut impl FnMut(News),
    ) {
        let next = self.next.unwrap_or(now);
        let heard = next..now;
        for phrase in listens {
            let closing = phrase.end - CLOSING.min((phrase.end - phrase.start) / 4);
            if heard.contains(&closing) {
                let began = |&(onset, _): &(Tick, u8)| phrase.contains(&onset);
                for key in 0..KEYS as u8 {
                    if self.down[usize::from(key)].as_ref().is_some_and(began) {
                        self.end(key, phrase.end, shift, tell);
                    }
                }
                tell(News::Phrase { start: phrase.start, until: closing, end: phrase.end });
            }
        }
        self.next = Some(next.max(now));
    }

    /// Ends the note of a key, if it is down.
    fn end(&mut self, key: u8, now: Tick, shift: i32, tell: &mut impl FnMut(News)) {
        let Some((onset, velocity)) = self.down[usize::from(key)].take() else { return };
        let pitch = (i32::from(key) - shift).clamp(0, 127) as u8;
        let duration = now.saturating_sub(onset).max(1);
        tell(News::Played(Note { onset, pitch, duration, velocity }));
    }
}

fn tick(tick: i64) -> Tick {
    Tick::try_from(tick.max(0)).unwrap_or(Tick::MAX)
}
