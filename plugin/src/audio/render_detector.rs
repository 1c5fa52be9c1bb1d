//! Detects whether a host renders by its pace, where its word cannot be believed: more sound than time has
//! passed. Part of the audio thread.
//!
//! Through nice-plug 0.4's VST3 a plugin learns of each process mode one activation late, and some VST3
//! hosts change it from block to block. So the plugin measures. The lead of a host is the sound that it
//! has asked for since the playhead was last put somewhere, less the time that has passed. A host that
//! plays never gets further ahead than its buffers are long: its lead is less than the time in which
//! what it asks for now is due. A host that renders soon is.
//!
//! A host that plays may throw away what it has asked for, and ask again, where the playhead is put elsewhere or
//! the transport stops: that is no lead, so the count begins anew there, but for a host that is known to render. Where
//! the transport starts it goes on: an export runs for a while before it starts, which tells it from its first note
//! on (Ardour's runs for two seconds).

use std::time::Instant;

/// How far ahead of the clock a host renders, in seconds: more than twice what buffers and anticipating mixers are
/// set to, for one that plays fills them before and after the transport starts.
const LEAD: f64 = 1.25;
/// The largest lead that is counted, so that a long render is soon forgotten.
const MOST: f64 = 2.0 * LEAD;
/// How much faster the clock counts here than time passes: the lead of a render fades while the host
/// plays on without a pause. A render that is hardly faster than time needs no waiting.
const FADE: f64 = 1.5;

/// How far the host is ahead of the clock.
#[derive(Debug, Default)]
pub struct RenderDetector {
    last: Option<Instant>,
    lead: f64,
    /// Whether it rendered in the block before.
    renders: bool,
    /// Whether the transport ran in the block before.
    playing: bool,
}

impl RenderDetector {
    /// Counts a block that lasts so many seconds, with the transport running or not; `is_new` says whether the
    /// playhead was put elsewhere at its start, or the transport started. Says whether the host renders.
    ///
    /// Reads the clock, which is no system call where hosts run (Linux, macOS and Windows map it into
    /// the process) and takes some 30 nanoseconds.
    pub fn count_block(&mut self, seconds: f64, playing: bool, is_new: bool) -> bool {
        let now = Instant::now();
        let passed = self.last.replace(now).map_or(0.0, |last| (now - last).as_secs_f64());
        let was_playing = std::mem::replace(&mut self.playing, playing);
        self.count_after(passed, seconds, was_playing && (is_new || !playing))
    }

    /// The plugin has held the host up: that time does not count.
    pub fn exclude_wait(&mut self) {
        self.last = Some(Instant::now());
    }

    fn count_after(&mut self, passed: f64, seconds: f64, jumped: bool) -> bool {
        // A host that was held up owes nothing.
        self.lead = (self.lead - FADE * passed).max(0.0);
        if jumped && !self.renders {
            self.lead = 0.0;
        }
        self.renders = self.lead > LEAD;
        self.lead = (self.lead + seconds).min(MOST);
        self.renders
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A block of 512 samples at 48 kHz.
    const BLOCK: f64 = 512.0 / 48_000.0;

    fn blocks(seconds: f64) -> usize {
        (seconds / BLOCK) as usize
    }

    #[test]
    fn a_host_that_plays_never_renders() {
        let mut detector = RenderDetector::default();
        // Blocks in bursts of a second, and now and then a dropout.
        for block in 0..20_000 {
            let passed = match block {
                _ if block % 1000 == 0 => 3.0,
                _ if block % blocks(1.0) == 0 => 1.0,
                _ => 0.0,
            };
            assert!(!detector.count_after(passed, BLOCK, false), "block {block}");
        }
    }

    #[test]
    fn a_host_that_fills_its_buffers_anew_after_each_jump_never_renders() {
        let mut detector = RenderDetector::default();
        for _ in 0..100 {
            for block in 0..blocks(0.6) {
                assert!(!detector.count_after(0.0, BLOCK, block == 0));
            }
        }
    }

    #[test]
    fn a_render_is_noticed_after_its_first_seconds_and_forgotten_as_soon() {
        let mut detector = RenderDetector::default();
        let noticed =
            (0..blocks(3.0)).position(|_| detector.count_after(BLOCK / 100.0, BLOCK, false));
        assert!(noticed.is_some());
        for _ in 0..blocks(3600.0) {
            assert!(detector.count_after(BLOCK / 100.0, BLOCK, false));
        }
        let forgotten = (0..blocks(5.0)).position(|_| !detector.count_after(BLOCK, BLOCK, false));
        assert!(forgotten.is_some());
        assert!(!detector.count_after(BLOCK, BLOCK, false));
        assert!(!detector.count_after(0.0, BLOCK, true));
    }

    #[test]
    fn a_render_that_begins_elsewhere_is_still_one() {
        let mut detector = RenderDetector::default();
        for _ in 0..blocks(3.0) {
            detector.count_after(0.0, BLOCK, false);
        }
        assert!(detector.count_after(0.0, BLOCK, true));
    }
}
