//! Underruns: bars that the playhead came to before they were composed.
//!
//! Where it jumps to a place that nobody could foresee, a state is loaded or the plugin is activated, the
//! conductor has to catch up first: nothing counts until the playhead has found composed bars again, or has
//! looked for them long enough.

use jukebox_model::piece::{TICKS_PER_QUARTER, Tick};

use super::song_clock::Segment;
use super::song_ticks;
use crate::shared::Score;

/// How far beyond the last tick a jump is foreseen: the conductor composes at least as far ahead.
const FORESEEN: Tick = 4 * TICKS_PER_QUARTER;
/// How long the conductor may catch up: four bars of 4/4.
const PATIENCE: Tick = 16 * TICKS_PER_QUARTER;

/// Counts the bars that are late.
#[derive(Debug, Default)]
pub struct Lateness {
    count: u32,
    /// The pass and bar that was counted last.
    last: Option<(u64, u32)>,
    /// The last tick that the playhead has come to.
    reached: Tick,
    /// Ticks for which the conductor may still catch up.
    excused: Tick,
}

impl Lateness {
    /// The conductor begins anew.
    pub fn excuse(&mut self) {
        self.excused = PATIENCE;
    }

    /// The playhead stands at a tick.
    pub fn stand(&mut self, tick: Tick) {
        self.come_to(tick);
        self.reached = tick;
    }

    /// The playhead moves through a segment.
    pub fn play(&mut self, segment: &Segment, score: &Score) {
        let ticks = song_ticks(&segment.fine);
        if segment.fresh {
            self.come_to(ticks.start);
        }
        self.reached = ticks.end;
        if ticks.is_empty() {
            return;
        }
        if score.complete || ticks.end <= score.end() {
            self.excused = 0;
        } else if self.excused > 0 {
            self.excused = self.excused.saturating_sub(ticks.end - ticks.start);
        } else {
            let bar = (segment.pass, score.bar_number(ticks.end - 1));
            if self.last.replace(bar) != Some(bar) {
                self.count = self.count.saturating_add(1);
            }
        }
    }

    /// The playhead has jumped to a tick, or may have.
    fn come_to(&mut self, tick: Tick) {
        if tick > self.reached.saturating_add(FORESEEN) {
            self.excuse();
        }
    }

    /// Bars that were late, ever.
    pub fn count(&self) -> u32 {
        self.count
    }
}
