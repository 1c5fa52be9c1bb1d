//! The player: the take and the host's transport become note events at exact samples.
//!
//! Runs on the audio thread. It is a pure state machine: it knows no host, allocates nothing and
//! never waits. A block is played in two steps, so that the shell can see where the playhead goes
//! (and, in an offline render, wait for the bars that lie there) before anything sounds:
//!
//! ```text
//! Block -> Player::follow -> Passage -> Player::play(Passage, Score) -> PlayerEvents
//! ```

mod due;
mod feel;
mod lateness;
pub mod parts;
pub mod performance;
mod recent_notes;
pub mod rendering;
mod run;
pub mod scale;
mod song_clock;
mod sounding;
#[cfg(test)]
mod tests;

pub use jukebox_model::pitch_classes::PitchClasses;
pub use parts::PartSettings;
pub use performance::PerformanceSettings;
pub use run::{Run, Transport};
pub use song_clock::{Block, FINE, Passage};

use std::ops::Range;

use due::{Due, Queue};
use feel::Feel;
use jukebox_model::piece::{Tick, song_tick};
use lateness::Lateness;
use parts::Playing;
use performance::Timing;
use recent_notes::RecentNotes;
use rendering::{BarLines, MOST_EARLY, Place, RenderedNote, Times, Voice, reach};
use song_clock::{Segment, SongClock, tick_from};
use sounding::Sounding;

use crate::shared::Score;
use crate::shared::score::Placed;

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
        /// The part that plays it; `None` for a key of the input that is passed on.
        part: Option<u8>,
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

    /// MIDI key number.
    pub fn key(&self) -> u8 {
        match *self {
            Self::NoteOn { key, .. } | Self::NoteOff { key, .. } => key,
        }
    }

    /// Whether a key goes down.
    pub fn is_on(&self) -> bool {
        matches!(self, Self::NoteOn { .. })
    }
}

/// The state between blocks: where in the song we are, and what sounds.
#[derive(Debug, Default)]
pub struct Player {
    clock: SongClock,
    sounding: Sounding,
    queue: Queue,
    recent: RecentNotes,
    /// The timing of the last block.
    timing: Timing,
    lateness: Lateness,
}

impl Player {
    /// Moves the clock over a block. The passage must then be given to [`Player::play`].
    pub fn follow(&mut self, block: &Block) -> Passage {
        self.clock.follow(block)
    }

    /// Plays a passage. `chord` tells the pitch classes that are held on the input at a sample; it is
    /// asked in order. `out` takes the events in order of their samples and says whether the host
    /// took them; a note-off that it did not take is sent again in the next block.
    pub fn play(
        &mut self,
        passage: &Passage,
        score: &Score,
        performance: &PerformanceSettings,
        chord: &mut impl FnMut(u32) -> PitchClasses,
        out: &mut impl FnMut(PlayerEvent) -> bool,
    ) {
        let before = std::mem::replace(&mut self.timing, performance.timing);
        if performance.silent || !passage.is_playing() {
            self.sounding.release_all(0, out);
            self.lateness.stand(song_tick(passage.tick));
            return;
        }
        for segment in passage.segments() {
            if segment.fresh {
                self.sounding.release_all(segment.samples.start, out);
            }
            self.recent.turn_to(segment.pass);
            let moved = Some(before).filter(|before| !segment.fresh && *before != self.timing);
            let playing = performance.parts.playing(score.band.parts.len());
            let scene = Scene { segment: &segment, performance, before: moved, playing };
            self.play_segment(&scene, score, chord, out);
            self.lateness.play(&segment, score);
        }
    }

    /// Plays the notes whose rendered onsets lie in a segment.
    fn play_segment(
        &mut self,
        scene: &Scene<'_>,
        score: &Score,
        chord: &mut impl FnMut(u32) -> PitchClasses,
        out: &mut impl FnMut(PlayerEvent) -> bool,
    ) {
        let fine = &scene.segment.fine;
        self.queue.begin(fine.start);
        for placed in score.placed(scene.segment.pass, song_ticks(&scene.near())) {
            // None of the notes to come in the score sounds before this.
            let earliest = i64::from(placed.note.onset) * FINE - MOST_EARLY;
            while let Some(due) = self.queue.pop_before(earliest) {
                self.start(&due, scene, chord, out);
            }
            if let Some(times) = scene.times(&placed).filter(|_| !self.recent.has(placed.note)) {
                if self.queue.is_full()
                    && let Some(due) = self.queue.pop_before(i64::MAX)
                {
                    self.start(&due, scene, chord, out);
                }
                let Placed { note, bar, band } = placed;
                let strong = rendering::is_strong(note, bar.slot);
                let place =
                    Place { strong, louder: feel(&placed, &scene.performance.timing).louder };
                let voice = Voice::of(note, band, scene.playing);
                self.queue.push(Due { times, note: *note, voice, place });
            }
        }
        while let Some(due) = self.queue.pop_before(i64::MAX) {
            self.start(&due, scene, chord, out);
        }
        self.sounding.release_until(fine.end - 1, scene.segment, out);
    }

    /// Starts a note.
    fn start(
        &mut self,
        due: &Due,
        scene: &Scene<'_>,
        chord: &mut impl FnMut(u32) -> PitchClasses,
        out: &mut impl FnMut(PlayerEvent) -> bool,
    ) {
        let Due { times, note, voice, place } = due;
        self.sounding.release_until(times.on, scene.segment, out);
        let timing = scene.segment.sample_of(times.on);
        let rendered = rendering::render(note, *place, *voice, scene.performance, chord(timing));
        // Two notes of an onset that a scale or a chord has brought to one key are one note.
        let rendered = rendered.filter(|&rendered| !self.recent.doubles(note, rendered));
        self.recent.add(note, rendered);
        let Some(RenderedNote { channel, key, velocity }) = rendered else { return };
        self.sounding.release_key(channel, key, timing, out);
        let velocity = f32::from(velocity) / 127.0;
        let part = Some(note.part);
        if out(PlayerEvent::NoteOn { timing, channel, key, velocity, part }) {
            self.sounding.add(channel, key, times.off, timing, out);
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

    /// Another song is to be played: its bars cannot have been composed yet.
    pub fn turn_to_another_song(&mut self) {
        self.lateness.excuse();
    }

    /// Bars that were not composed in time, ever; those apart that a jump has come to unforeseen.
    pub fn underruns(&self) -> u32 {
        self.lateness.count()
    }
}

/// A segment and how it is played.
struct Scene<'a> {
    segment: &'a Segment,
    performance: &'a PerformanceSettings,
    /// The timing until here, where it changes here in the midst of the song.
    before: Option<Timing>,
    playing: Playing,
}

impl Scene<'_> {
    /// Where the onsets lie of all notes that may start in the segment.
    fn near(&self) -> Range<i64> {
        let fine = &self.segment.fine;
        let (early, late) = reach(&self.performance.timing);
        let (before_early, before_late) = self.before.as_ref().map_or((early, late), reach);
        fine.start - late.max(before_late)..fine.end + early.max(before_early)
    }

    /// When a note sounds, if it starts in the segment.
    fn times(&self, placed: &Placed<'_>) -> Option<Times> {
        let fine = &self.segment.fine;
        let lines = BarLines::new(placed.bar.slot, placed.bar.end);
        let times = |timing: &Timing| {
            rendering::times(placed.note, lines, timing, feel(placed, timing).late)
        };
        let now = times(&self.performance.timing);
        if fine.contains(&now.on) {
            return Some(now);
        }
        // A note that lay ahead, and that the new timing has put behind the playhead, is late.
        let before = times(self.before.as_ref()?);
        let is_late = now.on < fine.start && before.on >= fine.start;
        is_late.then_some(now)
    }
}

/// How a note is felt at its place, where any of that is asked for.
fn feel(placed: &Placed<'_>, timing: &Timing) -> Feel {
    match timing.groove {
        0 => Feel::default(),
        _ => Feel::of(placed.note, placed.bar.slot, placed.band, timing.take),
    }
}

/// The ticks in a range of fine ticks that lie in the song: a count-in lies before it.
fn song_ticks(fine: &Range<i64>) -> Range<Tick> {
    let tick = |fine| song_tick(tick_from(fine));
    tick(fine.start)..tick(fine.end)
}
