//! The clock: which ticks of the song a block of the host's transport plays, and at which samples.
//!
//! The player counts in fine ticks, so that swing and humanise have places between the model's ticks.
//! A fine tick belongs to the sample nearest to it. Which ones have been played is counted in whole
//! fine ticks, so that no rounding at a block border doubles or loses one.

use std::ops::Range;

use jukebox_model::piece::TICKS_PER_QUARTER;

/// Fine ticks in a tick of the model. One is a third of a millisecond at 120 bpm.
pub const FINE: i64 = 64;
/// A jump of the host is longer than this, in quarter notes.
pub const JUMP: f64 = 1.0 / 960.0;
/// The grid that some hosts (Ardour) round their positions to, in quarter notes.
const GRID: f64 = 1.0 / 1920.0;
/// How near to the grid a position must be to count as rounded, in steps of the grid. CLAP's own
/// fixed-point positions are 2e-7 steps off.
const ON_GRID: f64 = 1e-5;
/// What CLAP's fixed-point positions are off, in quarter notes, at most.
const FIXED_POINT: f64 = 1.0 / (1u64 << 31) as f64;
/// Ties between two samples go to the later one, and so does what rounding errors leave just
/// below a tie: at most 3e-4 samples for CLAP's fixed-point positions.
const TIE: f64 = 0.5 + 1e-3;
/// Positions beyond this many quarter notes (138 hours at 120 bpm) are taken for missing.
const FURTHEST: f64 = 1e6;
/// The tempo where the host has told none, and what it may tell, in quarter notes a minute.
const TEMPO: f64 = 120.0;
const TEMPI: std::ops::RangeInclusive<f64> = 1.0..=9999.0;
const TICKS: f64 = TICKS_PER_QUARTER as f64;
/// Fine ticks in a quarter note.
const FINE_TICKS: f64 = TICKS * FINE as f64;

/// The largest whole number that is not above a value: every block asks for some, and a cast costs less
/// than a call of the maths library.
fn floor(value: f64) -> i64 {
    let whole = value as i64;
    whole - i64::from(whole as f64 > value)
}

/// A block of the host's transport.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Block {
    /// Length in samples.
    pub frames: u32,
    /// Samples a second.
    pub sample_rate: f64,
    /// Whether the transport runs.
    pub playing: bool,
    /// Song position at the first sample, in quarter notes; negative in a count-in.
    pub position: Option<f64>,
    /// Quarter notes a minute.
    pub tempo: Option<f64>,
    /// First and last position of the loop in quarter notes, where looping is on.
    pub loop_range: Option<(f64, f64)>,
}

/// A moment that is known both as a sample of the block and as a song position.
#[derive(Clone, Copy, Debug)]
struct Anchor {
    sample: f64,
    quarter: f64,
    samples_per_quarter: f64,
}

impl Anchor {
    /// The sample nearest to a position, before or after the block as well.
    fn nearest(&self, quarter: f64) -> i64 {
        floor(self.exact(quarter) + TIE)
    }

    fn exact(&self, quarter: f64) -> f64 {
        self.sample + (quarter - self.quarter) * self.samples_per_quarter
    }

    fn sample_of(&self, fine: i64) -> i64 {
        self.nearest(fine as f64 / FINE_TICKS)
    }

    /// The first fine tick that does not belong before a sample.
    fn first_fine(&self, sample: u32) -> i64 {
        let sample = i64::from(sample);
        let quarter = (sample as f64 - TIE - self.sample) / self.samples_per_quarter + self.quarter;
        let mut fine = -floor(-quarter * FINE_TICKS);
        while self.sample_of(fine - 1) >= sample {
            fine -= 1;
        }
        while self.sample_of(fine) < sample {
            fine += 1;
        }
        fine
    }
}

/// A stretch of a block in which the song runs straight on.
#[derive(Clone, Debug)]
pub struct Segment {
    /// Samples of the block.
    pub samples: Range<u32>,
    /// Fine ticks of the song that belong to them.
    pub fine: Range<i64>,
    /// Counts the jumps before it.
    pub pass: u64,
    /// Whether the song jumped to its start, so that nothing sounds on from before.
    pub fresh: bool,
    anchor: Anchor,
}

impl Segment {
    /// The tick of the song that is nearest to a sample.
    pub fn tick_at(&self, sample: u32) -> i64 {
        let Anchor { sample: at, quarter, samples_per_quarter } = self.anchor;
        let quarter = quarter + (f64::from(sample) - at) / samples_per_quarter;
        floor(quarter * TICKS + 0.5)
    }

    /// The sample of a fine tick, moved into the segment where the host was early or late.
    pub fn sample_of(&self, fine: i64) -> u32 {
        let last = i64::from(self.samples.end) - 1;
        let first = i64::from(self.samples.start);
        self.anchor.sample_of(fine).min(last).max(first) as u32
    }
}

/// The first tick at or after a fine tick.
pub fn tick_from(fine: i64) -> i64 {
    -(-fine).div_euclid(FINE)
}

/// The song time that a block plays.
#[derive(Clone, Debug)]
pub struct Passage {
    frames: u32,
    loop_range: Option<(f64, f64)>,
    /// `None` while the transport stands.
    start: Option<Start>,
    /// Counts the jumps up to its end.
    pub pass: u64,
    /// The song starts here, or the user has put the playhead here: no loop has led to it.
    pub is_new: bool,
    /// The last tick that it comes to.
    pub tick: i64,
    /// The tick before which every bar is needed to play it.
    pub needs: i64,
    /// Where the playhead will go back to.
    pub loop_start: Option<i64>,
}

/// Where a segment starts.
#[derive(Clone, Copy, Debug)]
struct Start {
    anchor: Anchor,
    sample: u32,
    fine: i64,
    pass: u64,
    fresh: bool,
}

impl Passage {
    /// Whether the transport runs.
    pub fn is_playing(&self) -> bool {
        self.start.is_some()
    }

    /// Its segments in order: one, and one more for each wrap of the loop.
    pub fn segments(&self) -> Segments {
        let Self { frames, loop_range, start, .. } = *self;
        Segments { frames, loop_range, start }
    }
}

/// The segments of a [`Passage`].
pub struct Segments {
    frames: u32,
    loop_range: Option<(f64, f64)>,
    start: Option<Start>,
}

impl Iterator for Segments {
    type Item = Segment;

    fn next(&mut self) -> Option<Segment> {
        let Start { anchor, sample, fine, pass, fresh } = self.start?;
        let wrap = self.loop_range.and_then(|(start, end)| {
            let at = u32::try_from(anchor.nearest(end)).ok()?;
            let inside = anchor.quarter < end && at < self.frames;
            inside.then_some((at, Anchor { sample: anchor.exact(end), quarter: start, ..anchor }))
        });
        self.start = wrap.map(|(sample, anchor)| Start {
            anchor,
            sample,
            fine: anchor.first_fine(sample),
            pass: pass + 1,
            fresh: true,
        });
        let end = wrap.map_or(self.frames, |(sample, _)| sample);
        let fine = fine..anchor.first_fine(end).max(fine);
        Some(Segment { samples: sample..end, fine, pass, fresh, anchor })
    }
}

/// Where in the song we are, between blocks.
#[derive(Debug)]
pub struct SongClock {
    playing: bool,
    /// Where the last block ended, in quarter notes.
    position: f64,
    tempo: f64,
    /// Seconds from the last jump inside the last block to its end.
    run: f64,
    /// The first fine tick that has not been played.
    next: i64,
    pass: u64,
}

impl Default for SongClock {
    fn default() -> Self {
        Self { playing: false, position: 0.0, tempo: TEMPO, run: 0.0, next: 0, pass: 0 }
    }
}

impl SongClock {
    /// Moves over a block.
    pub fn follow(&mut self, block: &Block) -> Passage {
        let told = block.position.filter(|position| position.abs() <= FURTHEST);
        let tempo = block.tempo.filter(|tempo| TEMPI.contains(tempo)).unwrap_or(self.tempo);
        if !block.playing || block.frames == 0 {
            if !block.playing {
                (self.playing, self.tempo) = (false, tempo);
                self.position = told.unwrap_or(self.position);
            }
            return self.passage(block, None);
        }
        let sample_rate = block.sample_rate.max(1000.0);
        let samples_per_quarter = 60.0 / tempo * sample_rate;
        let (position, fresh) = match told {
            Some(told) => self.locate(told, tempo),
            None => self.carry_on(block.loop_range, 1.0 / samples_per_quarter),
        };
        let anchor = Anchor { sample: 0.0, quarter: position, samples_per_quarter };
        let fine = if fresh { anchor.first_fine(0) } else { self.next };
        let pass = self.pass + u64::from(fresh);
        let start = Start { anchor, sample: 0, fine, pass, fresh };
        let mut passage = self.passage(block, Some(start));
        passage.is_new = fresh && !self.wraps(&passage, position);
        for segment in passage.segments() {
            let samples = f64::from(block.frames) - segment.anchor.sample;
            self.position = segment.anchor.quarter + samples / samples_per_quarter;
            self.run = samples / sample_rate;
            self.next = segment.fine.end;
            self.pass = segment.pass;
            passage.needs = passage.needs.max(tick_from(self.next));
        }
        (passage.pass, passage.tick) = (self.pass, (self.next - 1).div_euclid(FINE));
        passage.loop_start = passage
            .loop_range
            .filter(|&(_, end)| self.position < end + JUMP)
            .map(|(start, _)| (start * TICKS).round() as i64);
        (self.playing, self.tempo) = (true, tempo);
        passage
    }

    /// A passage that comes to where we are.
    fn passage(&self, block: &Block, start: Option<Start>) -> Passage {
        let usable = |&(from, to): &(f64, f64)| {
            let length = to - from;
            let samples = start.map_or(0.0, |start| length * start.anchor.samples_per_quarter);
            from.abs().max(to.abs()) <= FURTHEST && length * TICKS >= 1.0 && samples >= 1.0
        };
        Passage {
            frames: block.frames,
            loop_range: block.loop_range.filter(usable),
            start,
            pass: self.pass,
            is_new: false,
            tick: floor(self.position * TICKS),
            needs: 0,
            loop_start: None,
        }
    }

    /// Whether it was the loop that led from the end of the last block to a position.
    fn wraps(&self, passage: &Passage, position: f64) -> bool {
        let near = |a: f64, b: f64| (a - b).abs() <= JUMP;
        self.playing
            && passage
                .loop_range
                .is_some_and(|(start, end)| near(position, start) && near(self.position, end))
    }

    /// The position where nobody tells it, and whether the song jumped there: a block may have ended
    /// on the sample of the loop's end.
    fn carry_on(&self, loop_range: Option<(f64, f64)>, sample: f64) -> (f64, bool) {
        let wraps = |&(start, end): &(f64, f64)| {
            self.playing && end - start > JUMP && (0.0..=sample).contains(&(self.position - end))
        };
        match loop_range.filter(wraps) {
            Some((start, end)) => (start + self.position - end, true),
            None => (self.position, !self.playing),
        }
    }

    /// The position at the start of a block, and whether the song jumped there.
    fn locate(&self, told: f64, tempo: f64) -> (f64, bool) {
        // A tempo ramp ends the last block somewhere between where its own tempo and the next one
        // lead.
        let other = self.position + self.run * (tempo - self.tempo) / 60.0;
        let near = self.position.min(other) - JUMP..=self.position.max(other) + JUMP;
        if !self.playing || !near.contains(&told) {
            return (told, true);
        }
        let steps = told / GRID;
        let on_grid = (steps - steps.round()).abs() < ON_GRID;
        let rounding = if on_grid { GRID * (1.0 + ON_GRID) } else { FIXED_POINT };
        let rounded = (told - self.position).abs() < rounding;
        (if rounded { self.position } else { told }, false)
    }

    /// The next block starts afresh.
    pub fn stop(&mut self) {
        self.playing = false;
    }

    /// Where the last block ended, in quarter notes.
    pub fn position(&self) -> f64 {
        self.position
    }
}
