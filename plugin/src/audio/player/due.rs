//! Notes on their way from the score to the host. The score has them in the order of their onsets;
//! humanise may swap them, and here they are put in the order in which they sound.

use jukebox_model::piece::Note;

use super::rendering::{Place, Times, Voice};
use super::song_clock::FINE;

/// Most notes that wait. One more sends the first on its way; what should have come before it then
/// comes with it.
const MOST: usize = 128;

/// A note that will sound.
#[derive(Clone, Copy, Debug)]
pub struct Due {
    /// When.
    pub times: Times,
    /// The note in the score.
    pub note: Note,
    /// Who plays it.
    pub voice: Voice,
    /// Its place in the bar.
    pub place: Place,
}

const NOBODY: Due = Due {
    times: Times { on: 0, off: 0 },
    note: Note { onset: 0, part: 0, pitch: 0, duration: 0, velocity: 0 },
    voice: Voice { drums: false, channel: 0, plays: false },
    place: Place { strong: false, louder: 0 },
};

/// The notes that wait, the last to sound first.
#[derive(Debug)]
pub struct Queue {
    notes: [Due; MOST],
    count: usize,
    /// Where the last note that went started.
    latest: i64,
}

impl Default for Queue {
    fn default() -> Self {
        Self { notes: [NOBODY; MOST], count: 0, latest: 0 }
    }
}

impl Queue {
    /// Notes sound from a fine tick on.
    pub fn begin(&mut self, fine: i64) {
        self.latest = fine;
    }

    /// Puts a note in its place, behind those that sound with it.
    pub fn push(&mut self, mut due: Due) {
        debug_assert!(!self.is_full());
        due.times.on = due.times.on.max(self.latest);
        due.times.off = due.times.off.max(due.times.on + FINE);
        let later = |waiting: &Due| waiting.times.on > due.times.on;
        let place = self.notes[..self.count].partition_point(later);
        self.notes.copy_within(place..self.count, place + 1);
        self.notes[place] = due;
        self.count += 1;
    }

    /// Takes the first note, if it sounds before a fine tick.
    pub fn pop_before(&mut self, fine: i64) -> Option<Due> {
        let first = *self.notes[..self.count].last()?;
        (first.times.on < fine).then(|| {
            self.count -= 1;
            self.latest = first.times.on;
            first
        })
    }

    /// Whether a note must go before another can come.
    pub fn is_full(&self) -> bool {
        self.count == MOST
    }
}
