//! Whether the host renders, whatever it says: it asks for more sound than time has passed. Part of
//! the audio thread.
//!
//! Some hosts render without saying so, some change between rendering and playing from block to block,
//! and through nice-plug 0.4's VST3 every change arrives one activation late.

use std::time::Instant;

/// How far ahead of the clock a host renders, in seconds: further than buffers or an anticipating mixer
/// ever are.
const LEAD: f64 = 0.5;
/// The largest lead that is counted, so that a long render is soon forgotten.
const MOST: f64 = 2.0 * LEAD;
/// How much faster the clock counts here than time passes: the lead of a render fades while the host
/// plays on without a pause.
const FADE: f64 = 1.1;

/// How far the host is ahead of the clock.
#[derive(Debug, Default)]
pub struct Haste {
    last: Option<Instant>,
    lead: f64,
}

impl Haste {
    /// Counts a block that lasts so many seconds. Says whether the host renders.
    pub fn hears(&mut self, seconds: f64) -> bool {
        let now = Instant::now();
        let passed = self.last.replace(now).map_or(0.0, |last| (now - last).as_secs_f64());
        self.hears_after(passed, seconds)
    }

    fn hears_after(&mut self, passed: f64, seconds: f64) -> bool {
        // A host that was held up owes nothing.
        self.lead = (self.lead - FADE * passed).max(0.0);
        let renders = self.lead > LEAD;
        self.lead = (self.lead + seconds).min(MOST);
        renders
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A block of 512 samples at 48 kHz.
    const BLOCK: f64 = 512.0 / 48_000.0;

    #[test]
    fn a_host_that_plays_never_renders() {
        let mut haste = Haste::default();
        // Blocks in bursts of eight, and now and then a dropout.
        for block in 0..10_000 {
            let passed = match block {
                _ if block % 1000 == 0 => 3.0,
                _ if block % 8 == 0 => 8.0 * BLOCK,
                _ => 0.0,
            };
            assert!(!haste.hears_after(passed, BLOCK), "block {block}");
        }
    }

    #[test]
    fn a_render_is_noticed_within_a_second_and_forgotten_in_ten() {
        let mut haste = Haste::default();
        let blocks = |seconds: f64| (seconds / BLOCK) as usize;
        let noticed = (0..blocks(1.0)).position(|_| haste.hears_after(BLOCK / 100.0, BLOCK));
        assert!(noticed.is_some());
        for _ in 0..blocks(3600.0) {
            assert!(haste.hears_after(BLOCK / 100.0, BLOCK));
        }
        let forgotten = (0..blocks(10.0)).position(|_| !haste.hears_after(BLOCK, BLOCK));
        assert!(forgotten.is_some());
        assert!(!haste.hears_after(BLOCK, BLOCK));
    }
}
