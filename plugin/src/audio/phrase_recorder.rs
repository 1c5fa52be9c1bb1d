//! Records what is played to the song, as notes at song positions. Runs on the audio thread.
//!
//! In the stretches in which the song listens, a key that goes down is a note from the nearest tick to
//! the one at which it goes up. Recording ends a little before the answer, so that the answer can be
//! composed in time: keys that are still down last until the answer begins.

use std::ops::Range;

use jukebox_model::piece::{Note, Tick, song_tick};

use crate::audio::input::InputEvent;
use crate::audio::player::Passage;
use crate::shared::News;

/// Ticks before the answer at which recording ends: an eighth note.
const CLOSING: Tick = 12;
const KEYS: usize = 128;

/// The keys that are down, and how far has been recorded.
#[derive(Debug)]
pub struct PhraseRecorder {
    /// Tick and velocity of each key that is down.
    down: [Option<(Tick, u8)>; KEYS],
    /// The first tick that has not been recorded; `None` where nothing was.
    next: Option<Tick>,
}

impl Default for PhraseRecorder {
    fn default() -> Self {
        Self { down: [None; KEYS], next: None }
    }
}

impl PhraseRecorder {
    /// Records a block, whose `events` are in order of time. `listens` are the stretches in which the
    /// song listens, in order and apart, `shift` the semitones from the white keys to the key that is
    /// heard; `tell` takes what the conductor should know.
    pub fn record(
        &mut self,
        passage: &Passage,
        mut events: &[InputEvent],
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
                self.next = Some(song_tick(segment.tick_at(segment.samples.start)));
            }
            // They come in order of time: no segment looks at those of another.
            while let Some((event, later)) = events.split_first()
                && event.timing < segment.samples.end
            {
                events = later;
                let now = song_tick(segment.tick_at(event.timing));
                self.go_to(now, listens, shift, tell);
                let Some(key) = event.key.filter(|key| usize::from(*key) < KEYS) else { continue };
                self.end(key, now, shift, tell);
                if let Some(velocity) = event.velocity {
                    let velocity = (velocity * 127.0).round().clamp(1.0, 127.0) as u8;
                    self.down[usize::from(key)] = Some((now, velocity));
                }
            }
            self.go_to(song_tick(segment.tick_at(segment.samples.end)), listens, shift, tell);
        }
    }

    /// Moves on to a tick, and ends the phrase whose last moments that passes.
    fn go_to(
        &mut self,
        now: Tick,
        listens: &[Range<Tick>],
        shift: i32,
        tell: &mut impl FnMut(News),
    ) {
        let next = self.next.unwrap_or(now);
        for phrase in within(listens, closing, next..now) {
            let began = |&(onset, _): &(Tick, u8)| phrase.contains(&onset);
            for key in 0..KEYS as u8 {
                if self.down[usize::from(key)].as_ref().is_some_and(began) {
                    self.end(key, phrase.end, shift, tell);
                }
            }
            tell(News::Phrase { start: phrase.start, until: closing(phrase), end: phrase.end });
        }
        self.next = Some(next.max(now));
    }

    /// Ends the note of a key, if it is down.
    fn end(&mut self, key: u8, now: Tick, shift: i32, tell: &mut impl FnMut(News)) {
        let Some((onset, velocity)) = self.down[usize::from(key)].take() else { return };
        let pitch = (i32::from(key) - shift).clamp(0, 127) as u8;
        let duration = now.saturating_sub(onset).max(1);
        tell(News::PlayedNote(Note { onset, part: 0, pitch, duration, velocity }));
    }
}

/// The tick from which on notes come too late for a phrase.
fn closing(phrase: &Range<Tick>) -> Tick {
    phrase.end - CLOSING.min((phrase.end - phrase.start) / 4)
}

/// Those whose ticks lie in a stretch, by bisection: a song of thousands of bars has thousands of
/// phrases, and each note that comes in asks. They are in order of their ticks.
fn within<T>(sorted: &[T], tick: impl Fn(&T) -> Tick, stretch: Range<Tick>) -> &[T] {
    let after = &sorted[sorted.partition_point(|one| tick(one) < stretch.start)..];
    // The stretch between two notes holds one at most, as a rule.
    let count = after.iter().take_while(|one| tick(one) < stretch.end).count();
    &after[..count]
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_note_looks_at_few_of_many_phrases() {
        let phrases: Vec<Range<Tick>> =
            (0..10_000).map(|bar| 2 * bar * 96..(2 * bar + 1) * 96).collect();
        for at in [0, 83, 84, 85, 5_000 * 192 + 84, 20_000 * 96, Tick::MAX - 1] {
            let looks = Cell::new(0);
            let counted = |phrase: &Range<Tick>| {
                looks.set(looks.get() + 1);
                closing(phrase)
            };
            let found = within(&phrases, counted, at..at + 1);
            assert!(looks.get() <= 20, "{} looks at {at}", looks.get());
            let expected: Vec<_> =
                phrases.iter().filter(|phrase| closing(phrase) == at).cloned().collect();
            assert_eq!(found, expected);
        }
        assert_eq!(within(&phrases, closing, 84..192 + 85), &phrases[..2]);
        assert!(within(&phrases, closing, 84..84).is_empty());
    }
}
