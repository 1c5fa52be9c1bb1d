//! The player: the take and the host's transport become note events at exact samples.
//!
//! Runs on the audio thread. It is a pure state machine: it knows no host, allocates nothing and
//! never waits. A block is played in two steps, so that the shell can see where the playhead goes
//! (and, in an offline render, wait for the bars that lie there) before anything sounds:
//!
//! ```text
//! Block -> Player::follow -> Passage -> Player::play(Passage, Score) -> PlayerEvents
//! ```

mod clock;
mod score;
mod sounding;
#[cfg(test)]
mod tests;

pub use clock::{Block, Passage};
pub use score::{Held, Score};

use clock::{Clock, FINE, Segment};
use jukebox_model::piece::{Note, Tick};
use sounding::Sounding;

/// The channel of General MIDI drums, counted from 0; everything else plays on channel 0.
const DRUM_CHANNEL: u8 = 9;

/// What the player sends, at a sample of the block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PlayerEvent {
    /// A key goes down.
    NoteOn {
        /// Sample in the block.
        timing: u32,
        /// MIDI channel, counted from 0.
        channel: u8,
        /// MIDI key number.
        key: u8,
        /// Above 0 and at most 1.
        velocity: f32,
    },
    /// A key goes up.
    NoteOff {
        /// Sample in the block.
        timing: u32,
        /// MIDI channel, counted from 0.
        channel: u8,
        /// MIDI key number.
        key: u8,
    },
}

impl PlayerEvent {
    /// Sample in the block.
    pub fn timing(&self) -> u32 {
        match *self {
            Self::NoteOn { timing, .. } | Self::NoteOff { timing, .. } => timing,
        }
    }
}

/// How notes are played. Changes act on the notes that start from then on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Performance {
    /// Semitones from the white keys to the key that is heard. Drums ignore it; a note that it
    /// moves off the keyboard is left out.
    pub shift: i32,
    /// Bypassed: sounding notes are released, and none starts.
    pub silent: bool,
}

impl Performance {
    /// What a note sounds as; nothing where it is moved off the keyboard.
    pub fn pitch_of(&self, note: &Note, drums: bool) -> Option<i32> {
        let pitch = i32::from(note.pitch) + if drums { 0 } else { self.shift };
        (0..128).contains(&pitch).then_some(pitch)
    }
}

/// The state between blocks: where in the song we are, and what sounds.
#[derive(Debug, Default)]
pub struct Player {
    clock: Clock,
    sounding: Sounding,
    underruns: u32,
    /// The pass and bar that was last counted as an underrun.
    missed: Option<(u64, u32)>,
}

impl Player {
    /// Moves the clock over a block. The passage must then be given to [`Player::play`].
    pub fn follow(&mut self, block: &Block) -> Passage {
        self.clock.follow(block)
    }

    /// Plays a passage. `out` takes the events in order of their samples and says whether the host
    /// took them; a note-off that it did not take is sent again in the next block.
    pub fn play(
        &mut self,
        passage: &Passage,
        score: &Score,
        performance: &Performance,
        out: &mut impl FnMut(PlayerEvent) -> bool,
    ) {
        if performance.silent || !passage.is_playing() {
            self.sounding.release_all(0, out);
            return;
        }
        for segment in passage.segments() {
            if segment.fresh {
                self.sounding.release_all(segment.samples.start, out);
            }
            self.play_segment(&segment, score, performance.shift, out);
            self.count_missing(&segment, score);
        }
    }

    fn play_segment(
        &mut self,
        segment: &Segment,
        score: &Score,
        shift: i32,
        out: &mut impl FnMut(PlayerEvent) -> bool,
    ) {
        for (note, drums) in score.notes(segment.pass, song_ticks(segment)) {
            let onset = i64::from(note.onset) * FINE;
            self.sounding.release_until(onset, segment, out);
            let (channel, shift) = if drums { (DRUM_CHANNEL, 0) } else { (0, shift) };
            let Ok(key @ 0..128) = u8::try_from(i32::from(note.pitch) + shift) else { continue };
            let timing = segment.sample_of(onset);
            self.sounding.release_key(channel, key, timing, out);
            let velocity = f32::from(note.velocity) / 127.0;
            if out(PlayerEvent::NoteOn { timing, channel, key, velocity }) {
                self.sounding.add(channel, key, i64::from(note.end()) * FINE, timing, out);
            }
        }
        self.sounding.release_until(segment.fine.end - 1, segment, out);
    }

    /// Counts an underrun where the playhead is in a bar that should have been composed by now.
    fn count_missing(&mut self, segment: &Segment, score: &Score) {
        let ticks = song_ticks(segment);
        if !score.complete && !ticks.is_empty() && ticks.end > score.end() {
            let bar = (segment.pass, score.bar_number(ticks.end - 1));
            if self.missed != Some(bar) {
                self.missed = Some(bar);
                self.underruns = self.underruns.saturating_add(1);
            }
        }
    }

    /// Forgets the position. What still sounds is released in the next block, because the host
    /// takes no events here.
    pub fn reset(&mut self) {
        self.clock.stop();
    }

    /// Song position at the end of the last passage, in quarter notes.
    pub fn position(&self) -> f64 {
        self.clock.position()
    }

    /// Bars that were not composed in time, ever.
    pub fn underruns(&self) -> u32 {
        self.underruns
    }
}

/// The ticks of a segment that lie in the song: a count-in lies before it.
fn song_ticks(segment: &Segment) -> std::ops::Range<Tick> {
    let tick = |tick: i64| Tick::try_from(tick.max(0)).unwrap_or(Tick::MAX);
    let ticks = segment.ticks();
    tick(ticks.start)..tick(ticks.end)
}
